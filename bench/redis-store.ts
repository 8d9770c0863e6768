// What the store over Redis carries by itself, without the server in front of it: appends and edits a second from one node,
// with an append-only file synced every second, and the memory that a message takes.
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
    replyTo: null,
    nonce: { key: `n:${randomUUID()}`, digest: DIGEST },
  }
}

async function info(section: string, ...fields: string[]): Promise<number[]> {
  const text = await redis.client.info(section)
  return fields.map(field => Number(new RegExp(`^${field}:(\\S+)`, 'm').exec(text)?.[1]))
}

const sent: Draft[] = []

async function append(n: number, isPrivate: boolean): Promise<void> {
  const draft = draftOf(n, isPrivate)
  await store.append(draft)
  if (sent.length < 10_000) sent.push(draft)
}

/** Each of the first messages in turn, to another text than it has. */
async function edit(n: number): Promise<void> {
  const { messageId, from } = sent[n % sent.length] as Draft
  await store.revise({ messageId, by: from.id, kind: 'edited', text: `${TEXT} ${n}`, at: Date.now() })
}

async function measure(name: string, write: (n: number) => Promise<void>): Promise<void> {
  const [memory = 0] = await info('memory', 'used_memory_dataset')
  const [system = 0, user = 0] = await info('cpu', 'used_cpu_sys', 'used_cpu_user')
  const own = process.cpuUsage()
  const started = performance.now()
  const end = started + seconds * 1000
  let count = 0
  await Promise.all(
    Array.from({ length: window }, async () => {
      while (performance.now() < end) await write(count++)
    }),
  )
  const took = (performance.now() - started) / 1000
  const here = process.cpuUsage(own)
  const [systemAfter = 0, userAfter = 0] = await info('cpu', 'used_cpu_sys', 'used_cpu_user')
  const [memoryAfter = 0] = await info('memory', 'used_memory_dataset')
  const micros = (value: number): string => (value / count).toFixed(1)
  console.log(
    `${name}: ${Math.round(count / took)} writes/s of ${count}; CPU each: ${micros(here.user + here.system)} µs here, ` +
      `${micros((systemAfter + userAfter - system - user) * 1e6)} µs in Redis; ` +
      `memory each: ${Math.round((memoryAfter - memory) / count)} bytes`,
  )
}

console.log(`${seconds} s each, ${window} unanswered, ${senders} senders, ${TEXT.length} characters, each with a nonce`)
await measure('public', n => append(n, false))
await measure('edits of public ones', edit)
sent.length = 0
await measure('private', n => append(n, true))
await measure('edits of private ones', edit)
for (const key of [
  'public',
  'private',
  'publicRevisions',
  'privateRevisions',
  'texts',
  `nonces:${people[0]?.id}`,
  `private:${people[0]?.id}`,
]) {
  const [bytes, type] = await Promise.all([
    redis.client.call('MEMORY', 'USAGE', `{bench}:${key}`, 'SAMPLES', '0'),
    redis.client.call('OBJECT', 'ENCODING', `{bench}:${key}`),
  ])
  console.log(`  ${key.replace(/:.*/, ':…')}: ${bytes} bytes, ${type}`)
}
await store.close()
await redis.dispose()
