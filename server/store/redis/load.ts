// Rows (archive/archive.ts) into an empty space in Redis. From the first row to the last one the space has a mark that
// keeps servers out (format.ts); a load that fails takes away what it wrote, and one that died is taken away by the
// next.
import { randomUUID } from 'node:crypto'
import type { RedisClient } from '../../redis/client.ts'
import type {
  AccountRow,
  ArchiveHeader,
  ArchiveRow,
  Load,
  MessageRow,
  NonceRow,
  SessionRow,
} from '../archive/archive.ts'
import { ArchiveError } from '../archive/archive-error.ts'
import { isDigestedNonce, nonceName } from '../nonce-name.ts'
import { StoreError } from '../store-error.ts'
import { SILENT, type StoreLog } from '../store-log.ts'
import { CLAIM } from './account-scripts.ts'
import { checkDurability } from './durability.ts'
import { nonceRowOf, stubOf } from './entries.ts'
import { ABANDONED_MS, FORMAT, UNFINISHED_FORMAT } from './format.ts'
import { type Keys, keysOf } from './keys.ts'
import { createScript, runScript } from './script.ts'
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
  const keys = keysOf(space)
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
  const { meta, names, skeletons, texts, tokens, sessions, expiry, revoked } = keys
  const all = [meta, keys.public, keys.private, names, skeletons, texts, tokens, sessions, expiry, revoked]
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

  async function addSession({ id, tokenHash, accountId, createdAt, expiresAt }: SessionRow): Promise<boolean> {
    const token = Buffer.from(tokenHash).toString('base64url')
    const [isNew, isNewId] = await Promise.all([
      client.hsetnx(keys.tokens, token, JSON.stringify([id, accountId, createdAt])),
      client.hsetnx(keys.sessions, id, token),
      client.zadd(keys.expiry, expiresAt, id),
      client.sadd(keys.sessionsOf(accountId), id),
    ])
    return isNew === 1 && isNewId === 1
  }

  async function addMessage({ position, id, fromId, toId, text, sentAt }: MessageRow): Promise<boolean> {
    const stub = stubOf({ messageId: id, from: refOf(fromId), to: toId === null ? null : refOf(toId), sentAt })
    const lists =
      toId === null ? [] : [...new Set([keys.privateOf(fromId), keys.privateOf(toId)]), keys.between(fromId, toId)]
    const [isNew] = await Promise.all([
      client.hsetnx(keys.texts, id, `[${position},${JSON.stringify(text)}]`),
      client.xadd(toId === null ? keys.public : keys.private, `${position}-0`, 'm', stub),
      ...lists.map(list => client.rpush(list, position)),
    ])
    return isNew === 1
  }

  async function addNonce({ accountId, key, ...row }: NonceRow): Promise<boolean> {
    const name = isDigestedNonce(key) ? key : nonceName(key)
    await client.hset(keys.noncesOf(accountId), name, nonceRowOf(row))
    return true
  }

  function add(row: ArchiveRow): Promise<boolean> {
    switch (row.kind) {
      case 'account':
        return addAccount(row)
      case 'session':
        return addSession(row)
      case 'message':
        return addMessage(row)
      case 'nonce':
        return addNonce(row)
    }
  }

  return async rows => {
    const ids = new Set<string>()
    for (const row of rows) {
      if (row.kind === 'session' || row.kind === 'nonce') ids.add(row.accountId)
      if (row.kind === 'message') ids.add(row.fromId)
      if ((row.kind === 'message' || row.kind === 'nonce') && row.toId !== null) ids.add(row.toId)
    }
    // Accounts may be in the same batch as what refers to them.
    const accounts = rows.filter(row => row.kind === 'account')
    const others = rows.filter(row => row.kind !== 'account')
    await addAll(accounts)
    await learn(ids)
    await addAll(others)
  }

  /** Sent in this order, on one connection. All have come to their end when it fails, so nothing is written later. */
  async function addAll(rows: readonly ArchiveRow[]): Promise<void> {
    const outcomes = await Promise.allSettled(rows.map(add))
    const failed = outcomes.find(outcome => outcome.status === 'rejected')
    if (failed) throw failed.reason
    const n = outcomes.findIndex(outcome => outcome.status === 'fulfilled' && !outcome.value)
    if (n >= 0) throw new ArchiveError('DAMAGED', `a row of kind ${rows[n]?.kind} does not fit the others`)
  }
}
