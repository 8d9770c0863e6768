// Retention: removes the oldest entries of the log with everything that names them, and notes in the same script up to
// where each account, and everybody, lost something. What is oldest is looked up first, so that the script is told all
// keys that it touches; it does nothing when another node has trimmed meanwhile.
import { ORIGIN, type Position } from '../../domain/entry.ts'
import { Refusal } from '../../domain/errors.ts'
import type { RedisClient } from '../../redis/client.ts'
import type { Retention, Store, TrimStep } from '../store.ts'
import type { Connection } from './connection.ts'
import { revisionRow, type Stub, stubFields } from './entries.ts'
import type { History } from './history.ts'
import type { Keys } from './keys.ts'
import { createLogScript, runLogScript } from './log-scripts.ts'

/** Entries removed in one step: a few milliseconds of Redis. */
const REMOVED_AT_ONCE = 250

/**
 * KEYS: texts; accounts; lists of positions.
 * ARGV: epoch, floor, the new floor, the newest public position that goes or 0; how many accounts, and for each the
 * newest private position that it loses; ids of the messages.
 * Answer: 1; 0 when the history or the floor is another one: nothing was removed.
 */
const TRIM = createLogScript(`
local texts = KEYS[6]
local m = redis.call('HMGET', meta, 'epoch', 'floor')
if m[1] ~= ARGV[1] or tonumber(m[2] or 0) ~= tonumber(ARGV[2]) then return 0 end
local floor, accounts = tonumber(ARGV[3]), tonumber(ARGV[5])

-- First what takes no memory, so that this works when there is none left.
local minimum = string.format('%.0f', floor + 1) .. '-0'
for _, stream in ipairs({public, private, public_revisions, private_revisions}) do
  redis.call('XTRIM', stream, 'MINID', '=', minimum)
end
for n = 6 + accounts, #ARGV do redis.call('HDEL', texts, ARGV[n]) end
for n = 7 + accounts, #KEYS do
  local first = redis.call('LINDEX', KEYS[n], 0)
  while first and tonumber(first) <= floor do
    redis.call('LPOP', KEYS[n])
    first = redis.call('LINDEX', KEYS[n], 0)
  end
end
for n = 1, accounts do
  if redis.call('EXISTS', KEYS[6 + n]) == 1 then redis.call('HSET', KEYS[6 + n], 'trimmed', ARGV[5 + n]) end
end
redis.call('HSET', meta, 'floor', ARGV[3])
if ARGV[4] ~= '0' then redis.call('HSET', meta, 'trimmedPublic', ARGV[4]) end
return 1
`)

interface OldEntry {
  readonly position: Position
  /** Of its message. */
  readonly stub: Stub
  readonly isRevision: boolean
}

interface Oldest {
  readonly floor: Position
  /** Messages in the whole log. */
  readonly count: number
  /** The first of the log, ascending, at most REMOVED_AT_ONCE. None that was appended while they were looked up. */
  readonly entries: readonly OldEntry[]
}

export interface TrimOptions {
  readonly writes: Connection
  readonly reads: Connection
  readonly history: History
  readonly keys: Keys
}

export function createTrim({ writes, reads, history, keys }: TrimOptions): Pick<Store, 'trim' | 'trimmed'> {
  async function oldest(client: RedisClient): Promise<Oldest> {
    // The floor first: should another node trim before the rest is read, the script finds another one. And the head: up to
    // there the streams are whole, while of what another node appends meanwhile only one may be seen to have its part.
    const [[floor = null, head = null], publicCount, privateCount, ...streams] = await Promise.all([
      client.hmget(keys.meta, 'floor', 'head'),
      client.xlen(keys.public),
      client.xlen(keys.private),
      client.xrange(keys.public, '-', '+', 'COUNT', REMOVED_AT_ONCE),
      client.xrange(keys.private, '-', '+', 'COUNT', REMOVED_AT_ONCE),
      client.xrange(keys.publicRevisions, '-', '+', 'COUNT', REMOVED_AT_ONCE),
      client.xrange(keys.privateRevisions, '-', '+', 'COUNT', REMOVED_AT_ONCE),
    ])
    const entries = streams
      .flat()
      .map(([id, [, row = '']]) => oldEntry(Number(id.slice(0, -2)), row))
      .filter(({ position }) => position <= Number(head ?? ORIGIN))
      .sort((a, b) => a.position - b.position)
      .slice(0, REMOVED_AT_ONCE)
    return { floor: Number(floor ?? ORIGIN), count: publicCount + privateCount, entries }
  }

  /** Null: another node has trimmed meanwhile. */
  async function step(client: RedisClient, { messages, olderThan, upTo }: Retention): Promise<TrimStep | null> {
    const { epoch } = history
    const found = await oldest(client)
    const tooMany = messages > 0 ? Math.max(0, found.count - messages) : 0
    let end = 0
    let count = 0
    for (const { position, isRevision } of found.entries) {
      if (position > upTo || (position > olderThan && count >= tooMany)) break
      if (!isRevision) count++
      end++
    }
    const removed = found.entries.slice(0, end)
    const last = removed.at(-1)
    if (!last) return { floor: found.floor, removed: 0, more: false }
    const { names, args } = encode(removed, last.position)
    if ((await runLogScript(client, TRIM, keys, names, [epoch, found.floor, ...args])) !== 1) return null
    return { floor: last.position, removed: count, more: end === REMOVED_AT_ONCE }
  }

  function encode(removed: readonly OldEntry[], through: Position) {
    let lastPublic: Position = ORIGIN
    const lastByAccount = new Map<string, Position>()
    const lists = new Set<string>()
    for (const { position, stub, isRevision } of removed) {
      const { from, to } = stub
      if (to === null) {
        lastPublic = position
        continue
      }
      for (const { id } of [from, to]) {
        lastByAccount.set(keys.account(id), position)
        lists.add(isRevision ? keys.revisionsOf(id) : keys.privateOf(id))
      }
      if (!isRevision) lists.add(keys.between(from.id, to.id))
    }
    return {
      names: [keys.texts, ...lastByAccount.keys(), ...lists],
      args: [
        through,
        lastPublic,
        lastByAccount.size,
        ...lastByAccount.values(),
        ...removed.filter(({ isRevision }) => !isRevision).map(({ stub }) => stub.messageId),
      ],
    }
  }

  return {
    async trim(retention) {
      for (;;) {
        const { epoch } = history
        const done = await writes.run(client => step(client, retention), 'frees memory')
        if (done) return done
        await history.resolve()
        // The next call may have other reasons.
        if (history.epoch !== epoch) throw new Refusal('HISTORY_RESET')
      }
    },

    async trimmed(viewer) {
      if (viewer === null) return Number((await reads.run(client => client.hget(keys.meta, 'floor'))) ?? ORIGIN)
      const marks = await reads.run(client =>
        Promise.all([client.hget(keys.meta, 'trimmedPublic'), client.hget(keys.account(viewer), 'trimmed')]),
      )
      return Math.max(...marks.map(mark => Number(mark ?? ORIGIN)))
    },
  }
}

function oldEntry(position: Position, row: string): OldEntry {
  const revision = revisionRow(row)
  return { position, stub: stubFields(revision?.stub ?? row), isRevision: revision !== null }
}
