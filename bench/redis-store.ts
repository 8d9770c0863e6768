// What the store over Redis carries by itself, without the server in front of it: appends a second from one node, with
// an append-only file synced every second, and the memory that a message takes.
//   node bench/redis-store.ts [seconds] [window] [senders]
import { randomUUID } from 'node:crypto'
import { ORIGIN } from '../server/domain/entry.ts'
import { messageId } from '../server/domain/message.ts'
import { openRedisStore } from '../server/store/redis/redis-store.ts'
import type { Draft } from '../server/store/store.ts'
import { startRedis } from '../test/setup/redis.ts'

const [seconds = 5, window = 512, senders = 200] = process.argv.slice(2).map(Number)
const TEXT = 'Bom dia! Alguém viu o guarda-chuva azul que ficou na sala?'
const DIGEST = new Uint8Array(16).fill(7)

const redis = await startRedis()
const store = await openRedisStore({
  url: redis.url,
  space: 'bench',
  events: { committed() {} },
  lastKnown: () => ORIGIN,
})
const people = await Promise.all(
  Array.from({ length: senders }, async (_, n) => {
    const account = { id: messageId(n), username: `pessoa${n}` }
    const { id, username } = account
    await store.claim({ id, username, key: username, skeleton: username, passwordHash: null, createdAt: 1 })
    return account
  }),
)

function draftOf(n: number, isPrivate: boolean): Draft {
  const from = people[n % senders] as (typeof people)[number]
  const to = isPrivate ? (people[(n * 7 + 1) % senders] ?? null) : null
  const sentAt = Date.now()
  return {
    messageId: messageId(sentAt),
    from,
    to,
    text: TEXT,
    sentAt,
    nonce: { key: `n:${randomUUID()}`, digest: DIGEST },
  }
}

async function info(section: string, ...fields: string[]): Promise<number[]> {
  const text = await redis.client.info(section)
  return fields.map(field => Number(new RegExp(`^${field}:(\\S+)`, 'm').exec(text)?.[1]))
}

async function measure(name: string, isPrivate: boolean): Promise<void> {
  const [memory = 0] = await info('memory', 'used_memory_dataset')
  const [system = 0, user = 0] = await info('cpu', 'used_cpu_sys', 'used_cpu_user')
  const own = process.cpuUsage()
  const started = performance.now()
  const end = started + seconds * 1000
  let sent = 0
  await Promise.all(
    Array.from({ length: window }, async () => {
      while (performance.now() < end) await store.append(draftOf(sent++, isPrivate))
    }),
  )
  const took = (performance.now() - started) / 1000
  const here = process.cpuUsage(own)
  const [systemAfter = 0, userAfter = 0] = await info('cpu', 'used_cpu_sys', 'used_cpu_user')
  const [memoryAfter = 0] = await info('memory', 'used_memory_dataset')
  const micros = (value: number): string => (value / sent).toFixed(1)
  console.log(
    `${name}: ${Math.round(sent / took)} appends/s of ${sent}; CPU a message: ${micros(here.user + here.system)} µs here, ` +
      `${micros((systemAfter + userAfter - system - user) * 1e6)} µs in Redis; ` +
      `memory a message: ${Math.round((memoryAfter - memory) / sent)} bytes`,
  )
}

console.log(`${seconds} s each, ${window} unanswered, ${senders} senders, ${TEXT.length} characters, each with a nonce`)
await measure('public', false)
await measure('private', true)
for (const key of ['public', 'private', 'texts', `nonces:${people[0]?.id}`, `private:${people[0]?.id}`]) {
  const [bytes, type] = await Promise.all([
    redis.client.call('MEMORY', 'USAGE', `{bench}:${key}`, 'SAMPLES', '0'),
    redis.client.call('OBJECT', 'ENCODING', `{bench}:${key}`),
  ])
  console.log(`  ${key.replace(/:.*/, ':…')}: ${bytes} bytes, ${type}`)
}
await store.close()
await redis.dispose()
