// What one append and one notice cost, in Redis and in a node, by themselves: the figures that docs/scaling.ts reckons
// with. Takes about 45 seconds and one redis-server of its own.
//   node bench/unit-costs.ts          # writes bench/results/unit-costs.json
import { type ChildProcess, fork } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { Redis } from 'ioredis'
import { createRedisBus } from '../server/bus/redis.ts'
import { ORIGIN } from '../server/domain/entry.ts'
import { messageId } from '../server/domain/message.ts'
import { createRedisClient } from '../server/redis/client.ts'
import { openRedisStore } from '../server/store/redis/redis-store.ts'
import type { Draft } from '../server/store/store.ts'
import { type RedisServer, startRedis } from '../test/setup/redis.ts'
import { describeMachine } from './machine.ts'

const OUTPUT = new URL('./results/unit-costs.json', import.meta.url)
const SPACE = 'costs'
const PEOPLE = 200
const TEXT = 'Bom dia! Alguém viu o guarda-chuva azul que ficou na sala?'
const DIGEST = new Uint8Array(16).fill(7)
/** Drafts under way at a time: as many as one round trip takes along, twice. */
const WINDOW = 512
const SECONDS = 3
/** Connections that listen, as many nodes would have. */
const LISTENERS = [0, 10, 50] as const

interface Phase {
  readonly perSecond: number
  /** Processor time of Redis' main thread, and of this process, in microseconds. */
  readonly redisUs: number
  readonly nodeUs: number
  readonly count: number
}

/** The fields of INFO, as numbers. */
async function info(redis: RedisServer, section: string, ...fields: string[]): Promise<number[]> {
  const text = await redis.client.info(section)
  return fields.map(field => Number(new RegExp(`^${field}:(\\S+)`, 'm').exec(text)?.[1] ?? Number.NaN))
}

async function redisCpuUs(redis: RedisServer): Promise<number> {
  const [user = 0, system = 0] = await info(redis, 'cpu', 'used_cpu_user_main_thread', 'used_cpu_sys_main_thread')
  return (user + system) * 1e6
}

async function openStore(redis: RedisServer) {
  return openRedisStore({ url: redis.url, space: SPACE, events: { committed() {} }, lastKnown: () => ORIGIN })
}

type OpenStore = Awaited<ReturnType<typeof openStore>>

async function claim(store: OpenStore): Promise<{ id: string; username: string }[]> {
  return Promise.all(
    Array.from({ length: PEOPLE }, async (_, n) => {
      const account = { id: messageId(n), username: `pessoa${n}` }
      const { id, username } = account
      await store.claim({ id, username, key: username, skeleton: username, passwordHash: null, createdAt: 1 })
      return account
    }),
  )
}

interface Load {
  readonly redis: RedisServer
  readonly store: OpenStore
  readonly people: readonly { id: string; username: string }[]
  readonly isPrivate?: boolean
  readonly window?: number
}

/** Appends for a while; the first half second is not counted. */
async function append({ redis, store, people, isPrivate = false, window = WINDOW }: Load): Promise<Phase> {
  let number = 0
  let isOver = false
  const draft = (): Draft => {
    const n = number++
    const from = people[n % people.length] as (typeof people)[number]
    const to = isPrivate ? (people[(n * 7 + 1) % people.length] ?? null) : null
    const sentAt = Date.now()
    const nonce = { key: `n:${randomUUID()}`, digest: DIGEST }
    return { messageId: messageId(sentAt), from, to, text: TEXT, sentAt, replyTo: null, nonce }
  }
  const lanes = Array.from({ length: window }, async () => {
    while (!isOver) await store.append(draft())
  })
  await delay(500)
  const before = { number, redis: await redisCpuUs(redis), own: process.cpuUsage(), at: performance.now() }
  await delay(SECONDS * 1_000)
  const own = process.cpuUsage(before.own)
  const count = number - before.number
  const seconds = (performance.now() - before.at) / 1_000
  const redisUs = ((await redisCpuUs(redis)) - before.redis) / count
  isOver = true
  await Promise.all(lanes)
  return { perSecond: count / seconds, redisUs, nodeUs: (own.user + own.system) / count, count }
}

/** Bytes that a message takes: in memory with all that belongs to it, and in the append-only file. */
async function bytes(load: Load): Promise<{ memory: number; file: number }> {
  const fields = async () => [
    ...(await info(load.redis, 'memory', 'used_memory_dataset')),
    ...(await info(load.redis, 'persistence', 'aof_current_size')),
  ]
  const [memory = 0, file = 0] = await fields()
  // Everybody says hundreds of things, so that what is kept by account grows out of Redis' compact forms.
  const most = 150_000
  let sent = 0
  const sentAt = Date.now()
  await Promise.all(
    Array.from({ length: WINDOW }, async () => {
      while (sent < most) {
        const n = sent++
        const from = load.people[n % PEOPLE] as { id: string; username: string }
        const to = load.isPrivate ? (load.people[(n * 7 + 1) % PEOPLE] ?? null) : null
        const nonce = { key: `n:${randomUUID()}`, digest: DIGEST }
        await load.store.append({ messageId: messageId(sentAt), from, to, text: TEXT, sentAt, replyTo: null, nonce })
      }
    }),
  )
  const [memoryAfter = 0, fileAfter = 0] = await fields()
  return { memory: (memoryAfter - memory) / sent, file: (fileAfter - file) / sent }
}

/** Channels of accounts, as a node subscribes them for those that it serves. */
async function subscribe(redis: RedisServer): Promise<{ redisUs: number; bytes: number }> {
  const count = 50_000
  const client = new Redis(redis.url)
  const [memory = 0] = await info(redis, 'memory', 'used_memory')
  const before = await redisCpuUs(redis)
  for (let n = 0; n < count; n += 500) {
    const channels = Array.from({ length: 500 }, (_, i) => `{${SPACE}}:user:${messageId(n + i)}`)
    await client.subscribe(...channels)
  }
  const redisUs = ((await redisCpuUs(redis)) - before) / count
  const [after = 0] = await info(redis, 'memory', 'used_memory')
  client.disconnect()
  return { redisUs, bytes: (after - memory) / count }
}

/** What a node spends to hear of an entry: a process with a bus, and nothing behind it. */
async function hearing(redis: RedisServer, load: Load): Promise<{ nodeUs: number; redis: Phase }> {
  const child: ChildProcess = fork(fileURLToPath(import.meta.url), ['hear', redis.url], { stdio: 'inherit' })
  await once(child, 'message')
  const phase = await append(load)
  child.send('how much?')
  const [{ count, us }] = (await once(child, 'message')) as [{ count: number; us: number }]
  child.kill()
  await once(child, 'exit')
  return { nodeUs: us / count, redis: phase }
}

/** The other process of `hearing`. */
async function hear(url: string): Promise<void> {
  const client = await createRedisClient(url, 'commands')
  const meta = await client.hget(`{${SPACE}}:meta`, 'epoch')
  const bus = createRedisBus({ client, space: SPACE, epoch: () => meta ?? '', log: { warn() {} } })
  let count = 0
  await bus.subscribe({
    links(links) {
      count += links.length
    },
    gap() {},
  })
  const before = process.cpuUsage()
  process.on('message', () => {
    const { user, system } = process.cpuUsage(before)
    process.send?.({ count, us: user + system })
  })
  process.send?.('ready')
}

async function measure(): Promise<void> {
  const started = performance.now()
  // A rewrite of the file would be in the figures.
  const everysec = await startRedis({ config: { 'auto-aof-rewrite-percentage': '0' } })
  const store = await openStore(everysec)
  const [empty = 0] = await info(everysec, 'memory', 'used_memory_dataset')
  const people = await claim(store)
  const [claimed = 0] = await info(everysec, 'memory', 'used_memory_dataset')
  const load = { redis: everysec, store, people }

  const publicBytes = await bytes(load)
  const privateBytes = await bytes({ ...load, isPrivate: true })
  const pipelined = await append(load)
  const privately = await append({ ...load, isPrivate: true })
  const byListeners: { listeners: number; redisUs: number }[] = []
  const listening: Redis[] = []
  for (const listeners of LISTENERS) {
    while (listening.length < listeners) {
      const one = new Redis(everysec.url)
      await one.subscribe(`{${SPACE}}:all`)
      listening.push(one)
    }
    // The own connections' work is not Redis' and makes this process slower, not its main thread.
    byListeners.push({ listeners, redisUs: (await append({ ...load, window: 128 })).redisUs })
  }
  for (const one of listening) one.disconnect()
  const subscription = await subscribe(everysec)
  const heard = await hearing(everysec, load)
  await store.close()
  await everysec.dispose()

  const always = await startRedis({ config: { appendfsync: 'always' } })
  const durable = await openStore(always)
  const durableLoad = { redis: always, store: durable, people: await claim(durable) }
  const synced = await append(durableLoad)
  const oneByOne = await append({ ...durableLoad, window: 1 })
  await durable.close()
  await always.dispose()

  const [none, few, many] = byListeners as [(typeof byListeners)[0], (typeof byListeners)[0], (typeof byListeners)[0]]
  const costs = {
    measuredAt: new Date().toISOString(),
    seconds: Math.round((performance.now() - started) / 1_000),
    machine: describeMachine(),
    textBytes: Buffer.byteLength(TEXT),
    bytesPerMessage: { public: round(publicBytes.memory), private: round(privateBytes.memory) },
    fileBytesPerMessage: { public: round(publicBytes.file), private: round(privateBytes.file) },
    bytesPerAccount: round((claimed - empty) / PEOPLE),
    append: {
      everysec: phase(pipelined),
      everysecPrivate: phase(privately),
      always: phase(synced),
      alwaysOneByOne: phase(oneByOne),
    },
    /** Redis' main thread, for each append and each connection that listens. */
    noticeRedisUs: round((many.redisUs - none.redisUs) / many.listeners, 2),
    redisUsByListeners: [none, few, many].map(({ listeners, redisUs }) => ({ listeners, redisUs: round(redisUs, 1) })),
    /** For each account that a node serves: a channel of its own. */
    subscription: { redisUs: round(subscription.redisUs, 1), bytes: round(subscription.bytes) },
    /** A node that hears of an append: its processor time, all threads. */
    noticeNodeUs: round(heard.nodeUs, 1),
  }
  writeFileSync(OUTPUT, `${JSON.stringify(costs, null, 2)}\n`)
  console.log(JSON.stringify(costs, null, 2))
}

function phase({ perSecond, redisUs, nodeUs }: Phase) {
  return { perSecond: round(perSecond), redisUs: round(redisUs, 1), nodeUs: round(nodeUs, 1) }
}

function round(value: number, digits = 0): number {
  return Number(value.toFixed(digits))
}

if (process.argv[2] === 'hear') await hear(process.argv[3] ?? '')
else await measure()
