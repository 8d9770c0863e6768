// Rows (archive/archive.ts) into an empty space in Redis. From the first row to the last one the space has a mark that
// keeps servers out (format.ts); a load that fails takes away what it wrote, and one that died is taken away by the
// next.
import { randomUUID } from 'node:crypto'
import { type MessageRef, ORIGIN, type Position } from '../../domain/entry.ts'
import { databaseOf, type RedisClient } from '../../redis/client.ts'
import type {
  AccountRow,
  ArchiveHeader,
  ArchiveRow,
  Load,
  MessageRow,
  NonceRow,
  ReadingRow,
  RecordRow,
  RevisionRow,
  RowKind,
  SessionRow,
} from '../archive/archive.ts'
import { ArchiveError } from '../archive/archive-error.ts'
import { isDigestedNonce, nonceName } from '../nonce-name.ts'
import { StoreError } from '../store-error.ts'
import { SILENT, type StoreLog } from '../store-log.ts'
import { CLAIM } from './account-scripts.ts'
import { EVERYONE } from './conversations.ts'
import { checkDurability } from './durability.ts'
import { nonceRowOf, replyOf, revisionRowOf, stubFields, stubOf, textRowOf } from './entries.ts'
import { ABANDONED_MS, FORMAT, UNFINISHED_FORMAT } from './format.ts'
import { type Keys, keysOf } from './keys.ts'
import { logKeys } from './log-scripts.ts'
import { createScript, runScript } from './script.ts'
import { sessionRowOf } from './sessions.ts'
import { connect, refuseServers, scanKeys, storeErrorOf } from './whole-space.ts'

const NAMES_KEPT = 20_000
const SIGN_OF_LIFE_MS = 10_000

/**
 * KEYS: meta, then whatever else there is in a space that is not empty. ARGV: token.
 * Answer: `ours`, `busy` (another import runs), `stale` (one has died), `full`.
 */
const BEGIN = createScript(`
local time = redis.call('TIME')
local now = time[1] * 1000
local loading, at = unpack(redis.call('HMGET', KEYS[1], 'loading', 'loadingAt'))
if loading then return now - tonumber(at) < ${ABANDONED_MS} and 'busy' or 'stale' end
if redis.call('EXISTS', unpack(KEYS)) > 0 then return 'full' end
redis.call('HSET', KEYS[1], 'format', '${UNFINISHED_FORMAT}', 'epoch', '', 'secret', '', 'head', '0', 'floor', '0',
  'loading', ARGV[1], 'loadingAt', string.format('%.0f', now))
return 'ours'
`)

/** Says that the import lives. KEYS: meta. ARGV: token. Answer: 0 when the space is another's by now. */
const RENEW = createScript(`
if redis.call('HGET', KEYS[1], 'loading') ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'loadingAt', string.format('%.0f', redis.call('TIME')[1] * 1000))
return 1
`)

/** KEYS: meta. ARGV: token, then fields and values. Answer: 0 when the space is another's by now. */
const FINISH = createScript(`
if redis.call('HGET', KEYS[1], 'loading') ~= ARGV[1] then return 0 end
redis.call('HDEL', KEYS[1], 'loading', 'loadingAt')
redis.call('HSET', KEYS[1], unpack(ARGV, 2))
return 1
`)

export interface RedisLoadOptions {
  readonly url: string
  readonly space: string
  /** The name of the history from now on. */
  readonly epoch: string
  /** As of a server (REDIS_ALLOW_VOLATILE). */
  readonly allowVolatile: boolean
  /** Default: says nothing. */
  readonly log?: StoreLog
}

/** Begins a load. Rejects with StoreError `NOT_EMPTY`, `IN_USE`, or as a server that opens the space. */
export async function loadRedis(header: ArchiveHeader, options: RedisLoadOptions): Promise<Load> {
  const { url, space, epoch, allowVolatile, log = SILENT } = options
  const client = await connect(url)
  const keys = keysOf(space, databaseOf(client))
  const token = randomUUID()
  try {
    await checkDurability(client, allowVolatile, log)
    await refuseServers(client, space, keys)
    await begin(client, space, keys, token)
  } catch (error) {
    client.disconnect()
    throw storeErrorOf(error)
  }
  const life = setInterval(() => void renew().catch(() => {}), SIGN_OF_LIFE_MS)
  life.unref()
  const inserts = createInserts(client, keys)
  let isOpen = true

  async function renew(): Promise<void> {
    if ((await runScript(client, RENEW, [keys.meta], [token])) !== 1) throw taken(space)
  }

  function end(): void {
    isOpen = false
    clearInterval(life)
    client.disconnect()
  }

  return {
    async add(rows) {
      try {
        await renew()
        await inserts(rows)
      } catch (error) {
        throw storeErrorOf(error)
      }
    },
    async finish() {
      const { head, floor, trimmedPublic } = header
      const secret = Buffer.from(header.secret).toString('base64url')
      const meta = { format: FORMAT, epoch, secret, head, floor, ...(trimmedPublic > 0 ? { trimmedPublic } : {}) }
      try {
        const fields = Object.entries(meta).flat()
        if ((await runScript(client, FINISH, [keys.meta], [token, ...fields])) !== 1) throw taken(space)
      } catch (error) {
        throw storeErrorOf(error)
      }
      end()
    },
    async abandon() {
      if (!isOpen) return
      try {
        // Where Redis is gone, the mark stays: no server takes the space, and the next import takes all away.
        await renew()
        await wipe(client, keys)
      } catch (error) {
        log.warn({ reason: storeErrorOf(error).message }, 'what was imported could not be taken away')
      } finally {
        end()
      }
    },
  }
}

function taken(space: string): StoreError {
  return new StoreError('IN_USE', `Another import has taken the space ${space} in Redis.`)
}

async function begin(client: RedisClient, space: string, keys: Keys, token: string): Promise<void> {
  const { names, skeletons, texts, tokens, sessions, expiry, revoked } = keys
  const all = [...logKeys(keys), names, skeletons, texts, tokens, sessions, expiry, revoked]
  for (;;) {
    const answer = await runScript(client, BEGIN, all, [token])
    if (answer === 'ours') return
    if (answer === 'busy') {
      throw new StoreError('IN_USE', `Another import into the space ${space} in Redis runs, or ended a minute ago.`)
    }
    if (answer === 'full') {
      throw new StoreError('NOT_EMPTY', `The space ${space} in Redis is not empty: import into another one (SPACE).`)
    }
    await wipe(client, keys)
  }
}

/** Removes every key of the space, its mark last. */
async function wipe(client: RedisClient, keys: Keys): Promise<void> {
  const prefix = keys.account('').slice(0, -'account:'.length)
  for await (const names of scanKeys(client, `${prefix}*`)) {
    await Promise.all(names.filter(name => name !== keys.meta).map(name => client.unlink(name)))
  }
  await client.unlink(keys.meta)
}

function createInserts(client: RedisClient, keys: Keys): (rows: readonly ArchiveRow[]) => Promise<void> {
  /** Names of accounts that there are, by id. */
  const names = new Map<string, string>()

  async function learn(ids: ReadonlySet<string>): Promise<void> {
    if (names.size + ids.size > NAMES_KEPT) names.clear()
    const unknown = [...ids].filter(id => !names.has(id))
    const found = await Promise.all(unknown.map(id => client.hget(keys.account(id), 'username')))
    for (const [n, id] of unknown.entries()) {
      const name = found[n]
      if (name == null) throw new ArchiveError('DAMAGED', `a row names the account ${id}, which there is not`)
      names.set(id, name)
    }
  }

  const refOf = (id: string) => ({ id, username: names.get(id) ?? '' })

  async function addAccount(row: AccountRow): Promise<boolean> {
    const { id, username, key, skeleton, passwordHash, createdAt, lastSeenAt, deletedAt, trimmed } = row
    const account = keys.account(id)
    if ((await client.exists(account)) === 1) return false
    if (skeleton !== null) {
      const args = [id, username, key, skeleton, passwordHash ?? '', createdAt]
      if ((await runScript(client, CLAIM, [account, keys.names, keys.skeletons], args)) !== 1) return false
    }
    const more = {
      ...(skeleton === null ? { username, key, createdAt } : {}),
      ...(lastSeenAt === null ? {} : { lastSeenAt }),
      ...(deletedAt === null ? {} : { deletedAt }),
      ...(trimmed === 0 ? {} : { trimmed }),
    }
    if (Object.keys(more).length > 0) await client.hset(account, more)
    return true
  }

  async function addSession(session: SessionRow): Promise<boolean> {
    const { id, tokenHash, accountId, expiresAt } = session
    const token = Buffer.from(tokenHash).toString('base64url')
    const [isNew, isNewId] = await Promise.all([
      client.hsetnx(keys.tokens, token, sessionRowOf(session)),
      client.hsetnx(keys.sessions, id, token),
      client.zadd(keys.expiry, expiresAt, id),
      client.sadd(keys.sessionsOf(accountId), id),
    ])
    return isNew === 1 && isNewId === 1
  }

  async function addReading({ accountId, withId, position }: ReadingRow): Promise<boolean> {
    return (await client.hsetnx(keys.readsOf(accountId), withId ?? EVERYONE, position)) === 1
  }

  async function addRecord({ of, key, value }: RecordRow): Promise<boolean> {
    const [isNew] = await Promise.all([
      client.hsetnx(keys.recordsOf(of), key, value),
      client.zadd(keys.recordKeysOf(of), 0, key),
    ])
    return isNew === 1
  }

  async function addMessage(row: MessageRow, replyTo: MessageRef | null): Promise<boolean> {
    const { position, id, fromId, toId, sentAt } = row
    const stub = stubOf({ messageId: id, from: refOf(fromId), to: toId === null ? null : refOf(toId), sentAt })
    const whole = replyTo ? `${stub},${replyOf(replyTo)}` : stub
    const lists =
      toId === null ? [] : [...new Set([keys.privateOf(fromId), keys.privateOf(toId)]), keys.between(fromId, toId)]
    const [isNew] = await Promise.all([
      client.hsetnx(keys.texts, id, textRowOf(row)),
      client.xadd(toId === null ? keys.public : keys.private, `${position}-0`, 'm', whole),
      ...lists.map(list => client.rpush(list, position)),
    ])
    return isNew === 1
  }

  /** What messages answer that are about to be added, by its position. One that was trimmed is left out. */
  async function answeredBy(rows: readonly MessageRow[]): Promise<ReadonlyMap<Position, MessageRef>> {
    const refs = new Map<Position, MessageRef>()
    for (const { position, id, fromId } of rows) refs.set(position, { messageId: id, position, from: refOf(fromId) })
    const earlier = rows.flatMap(({ replyTo }) => (replyTo === null || refs.has(replyTo) ? [] : [replyTo]))
    for (const [position, stub] of await stubsAt(earlier)) {
      const { messageId, from } = stubFields(stub)
      refs.set(position, { messageId, position, from })
    }
    return refs
  }

  /** Of messages that were added, as far as they are there. */
  async function stubsAt(positions: readonly Position[]): Promise<ReadonlyMap<Position, string>> {
    const stubs = new Map<Position, string>()
    await Promise.all(
      [...new Set(positions)].map(async position => {
        const id = `${position}-0`
        const found = await Promise.all([keys.public, keys.private].map(stream => client.xrange(stream, id, id)))
        const stub = found.flat()[0]?.[1][1]
        if (stub !== undefined) stubs.set(position, stub)
      }),
    )
    return stubs
  }

  /** @param stub of its message; without one what the row has of a message that was trimmed must do */
  async function addRevision(row: RevisionRow, stub: string | undefined): Promise<boolean> {
    const { position, change: kind, at, messageId, messagePosition, fromId, toId, sentAt } = row
    const fields = { messageId, from: refOf(fromId), to: toId === null ? null : refOf(toId), sentAt }
    const its = { kind, at, position: messagePosition, stub: stub ?? stubOf(fields) }
    const stream = toId === null ? keys.publicRevisions : keys.privateRevisions
    const lists = toId === null ? [] : [...new Set([keys.revisionsOf(fromId), keys.revisionsOf(toId)])]
    await Promise.all([
      client.xadd(stream, `${position}-0`, 'r', revisionRowOf(its)),
      ...lists.map(list => client.rpush(list, position)),
    ])
    return true
  }

  async function addNonce({ accountId, key, revisedAt, ...row }: NonceRow): Promise<boolean> {
    const name = isDigestedNonce(key) ? key : nonceName(key)
    await Promise.all([
      client.hset(keys.noncesOf(accountId), name, nonceRowOf(row)),
      ...(revisedAt === null ? [] : [client.hset(keys.revisedOf(accountId), row.messageId, revisedAt)]),
    ])
    return true
  }

  return async rows => {
    const ids = new Set<string>()
    for (const row of rows) {
      if (row.kind === 'session' || row.kind === 'reading' || row.kind === 'nonce') ids.add(row.accountId)
      if (row.kind === 'reading' && row.withId !== null) ids.add(row.withId)
      if (row.kind === 'message' || row.kind === 'revision') ids.add(row.fromId)
      if ('toId' in row && row.toId !== null) ids.add(row.toId)
    }
    // What a row refers to may be in the same batch: kinds are added one after the other.
    await addAll(rows, 'account', addAccount)
    await learn(ids)
    await addAll(rows, 'session', addSession)
    await addAll(rows, 'reading', addReading)
    await addAll(rows, 'record', addRecord)
    const answered = await answeredBy(rows.filter(row => row.kind === 'message'))
    await addAll(rows, 'message', row => addMessage(row, answered.get(row.replyTo ?? ORIGIN) ?? null))
    const revised = rows.flatMap(row => (row.kind === 'revision' ? [row.messagePosition] : []))
    const stubs = await stubsAt(revised)
    await addAll(rows, 'revision', row => addRevision(row, stubs.get(row.messagePosition)))
    await addAll(rows, 'nonce', addNonce)
  }

  /** Sent in this order, on one connection. All have come to their end when it fails, so nothing is written later. */
  async function addAll<Kind extends RowKind>(
    rows: readonly ArchiveRow[],
    kind: Kind,
    add: (row: Extract<ArchiveRow, { kind: Kind }>) => Promise<boolean>,
  ): Promise<void> {
    const isOfKind = (row: ArchiveRow): row is Extract<ArchiveRow, { kind: Kind }> => row.kind === kind
    const outcomes = await Promise.allSettled(rows.filter(isOfKind).map(add))
    const failed = outcomes.find(outcome => outcome.status === 'rejected')
    if (failed) throw failed.reason
    if (outcomes.some(outcome => outcome.status === 'fulfilled' && !outcome.value)) {
      throw new ArchiveError('DAMAGED', `a row of kind ${kind} does not fit the others`)
    }
  }
}
