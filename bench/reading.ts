// What the list of conversations costs, by the number of conversations and by what is unread, and what noting a read
// position costs: of both stores, without the server in front of them.
//   node bench/reading.ts [sqlite|redis] [conversations] [messages in one of them]
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type AccountRef, ORIGIN } from '../server/domain/entry.ts'
import { messageId } from '../server/domain/message.ts'
import { openRedisStore } from '../server/store/redis/redis-store.ts'
import { openSqliteStore } from '../server/store/sqlite/sqlite-store.ts'
import type { Store } from '../server/store/store.ts'
import { startRedis } from '../test/setup/redis.ts'

const which = process.argv[2] ?? 'sqlite'
const [conversations = 10_000, deep = 100_000] = process.argv.slice(3).map(Number)
const events = { committed() {} }

async function open(): Promise<{ store: Store; close(): Promise<void>; busyMs(): Promise<number> }> {
  if (which === 'redis') {
    const redis = await startRedis()
    const store = await openRedisStore({ url: redis.url, space: 'bench', events, lastKnown: () => ORIGIN })
    return {
      store,
      close: () => store.close().then(() => redis.dispose()),
      async busyMs() {
        const text = await redis.client.info('cpu')
        const seconds = [...text.matchAll(/^used_cpu_(?:sys|user):(\S+)/gm)].map(([, value]) => Number(value))
        return seconds.reduce((sum, value) => sum + value, 0) * 1000
      },
    }
  }
  const dataDir = await mkdtemp(join(tmpdir(), 'recado-bench-'))
  const store = await openSqliteStore({ dataDir, events })
  const cpu = () => process.cpuUsage().user + process.cpuUsage().system
  return {
    store,
    close: () => store.close().then(() => rm(dataDir, { recursive: true })),
    busyMs: async () => cpu() / 1000,
  }
}

const { store, close, busyMs } = await open()

async function claim(username: string): Promise<AccountRef> {
  const id = messageId(Date.now())
  await store.claim({ id, username, key: username, skeleton: username, passwordHash: null, createdAt: 1 })
  return { id, username }
}

function say(from: AccountRef, to: AccountRef | null): Promise<unknown> {
  const sentAt = Date.now()
  const draft = { messageId: messageId(sentAt), from, to, text: 'Bom dia!', sentAt, replyTo: null, nonce: null }
  return store.append(draft)
}

async function many(count: number, act: (n: number) => Promise<unknown>): Promise<void> {
  for (let n = 0; n < count; n += 1_000) {
    await Promise.all(Array.from({ length: Math.min(1_000, count - n) }, (_, i) => act(n + i)))
  }
}

async function measure(name: string, times: number, act: (n: number) => Promise<unknown>): Promise<void> {
  const took: number[] = []
  const before = await busyMs()
  for (let n = 0; n < times; n++) {
    const started = performance.now()
    await act(n)
    took.push(performance.now() - started)
  }
  const busy = ((await busyMs()) - before) / times
  took.sort((a, b) => a - b)
  const [median = 0, worst = 0] = [took[Math.floor(times / 2)], took.at(-1)]
  console.log(`${name}: ${median.toFixed(2)} ms (at most ${worst.toFixed(2)}), ${busy.toFixed(2)} ms of CPU each`)
}

const me = await claim('me')
const friend = await claim('friend')
const peers: AccountRef[] = []
await many(conversations, async n => {
  peers[n] = await claim(`peer${n}`)
})
await many(conversations, n => say(peers[n] as AccountRef, me))
await many(deep, n => say(n % 2 ? friend : me, n % 2 ? me : friend))
await many(deep, () => say(friend, null))
const list = (limit: number) => store.conversations({ viewer: me.id, limit })

console.log(`${which}: ${conversations + 2} conversations, two of them of ${deep} messages`)
await measure('the first list of 50 ever', 1, () => list(50))
await measure('a list of 50, two of them with more than a thousand unread', 50, () => list(50))
await store.markRead(me.id, null, store.head())
await store.markRead(me.id, friend, store.head())
await measure('a list of 50, one unread in each', 50, () => list(50))
await many(100, n => many(1_100, () => say(peers[n] as AccountRef, me)))
await measure('the next list of 100, after 110,000 more messages', 1, () => list(100))
await measure('a list of 100, each with more than a thousand unread', 20, () => list(100))
for (const peer of peers) await store.markRead(me.id, peer, store.head())
await measure('a list of 100, all read', 50, () => list(100))
await measure('noting a position', 200, n => store.markRead(me.id, null, store.head() + n))
const started = performance.now()
await many(20_000, n => store.markRead(me.id, peers[n % peers.length] ?? null, store.head() + n))
console.log(`${Math.round(20_000 / ((performance.now() - started) / 1000))} positions a second, a thousand at once`)
await measure(`all positions of ${conversations + 2} conversations`, 20, () => store.readPositions(me.id))
await close()
