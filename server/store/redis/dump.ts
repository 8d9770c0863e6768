// A space in Redis as rows (archive/archive.ts). Redis has no snapshots: no server may run on the space meanwhile, and in
// the end it is looked whether any has written.
import { ORIGIN, type Position } from '../../domain/entry.ts'
import type { RedisClient } from '../../redis/client.ts'
import type {
  AccountRow,
  ArchiveHeader,
  ArchiveRow,
  Dump,
  MessageRow,
  NonceRow,
  SessionRow,
} from '../archive/archive.ts'
import { StoreError } from '../store-error.ts'
import { entryOf, nonceRow } from './entries.ts'
import { refuseFormat } from './format.ts'
import { type Keys, keysOf } from './keys.ts'
import { BEFORE_ENTRIES, READ } from './read-script.ts'
import { runScript } from './script.ts'
import { connect, refuseServers, scanKeys, storeErrorOf } from './whole-space.ts'

/** Rows asked for at once. */
const AT_ONCE = 200
const NUL = '\0'

/**
 * Begins a dump.
 * Rejects with StoreError `NOTHING_THERE`, `IN_USE`, `UNFINISHED`, `REDIS_TOO_NEW`, or when there is no connection.
 */
export async function dumpRedis(url: string, space: string): Promise<Dump> {
  const client = await connect(url)
  const keys = keysOf(space)
  try {
    await refuseServers(client, space, keys)
    const header = await readHeader(client, space, keys)
    return {
      header,
      rows: rowsOf(client, space, keys, header),
      close: async () => client.disconnect(),
    }
  } catch (error) {
    client.disconnect()
    throw storeErrorOf(error)
  }
}

interface SpaceHeader extends ArchiveHeader {
  readonly space: string
  /** How many messages there are. */
  readonly messages: number
}

function written(space: string): StoreError {
  return new StoreError('IN_USE', `A server has written to the space ${space} meanwhile: stop all, and begin again.`)
}

async function readHeader(client: RedisClient, space: string, keys: Keys): Promise<SpaceHeader> {
  const { epoch, secret, format, head, floor, trimmedPublic } = await client.hgetall(keys.meta)
  refuseFormat(space, Number(format))
  if (!epoch || !secret) throw new StoreError('NOTHING_THERE', `There is no space ${space} in Redis.`)
  const [accounts, sessions, publics, privates] = await Promise.all([
    client.zcard(keys.names),
    client.zcard(keys.expiry),
    client.xlen(keys.public),
    client.xlen(keys.private),
  ])
  return {
    space,
    messages: publics + privates,
    epoch,
    secret: new Uint8Array(Buffer.from(secret, 'base64url')),
    head: Number(head ?? ORIGIN),
    floor: Number(floor ?? ORIGIN),
    trimmedPublic: Number(trimmedPublic ?? ORIGIN),
    isLive: false,
    // As if each message had a nonce: how many there are is known only when all were read.
    about: accounts + sessions + 2 * (publics + privates),
  }
}

async function* rowsOf(
  client: RedisClient,
  space: string,
  keys: Keys,
  header: SpaceHeader,
): AsyncGenerator<ArchiveRow> {
  try {
    for await (const ids of livingAccounts(client, keys)) yield* await accountRows(client, keys, ids)
    const deleted = new Set<string>()
    for await (const ids of deletedAccounts(client, keys)) {
      const fresh = [...new Set(ids)].filter(id => !deleted.has(id))
      for (const id of fresh) deleted.add(id)
      yield* await accountRows(client, keys, fresh)
    }
    yield* sessionRows(client, keys)
    yield* messageRows(client, keys, header)
    for await (const ids of livingAccounts(client, keys)) yield* nonceRows(client, keys, ids)
    await refuseServers(client, space, keys)
    const now = await readHeader(client, space, keys)
    if (now.epoch !== header.epoch || now.head !== header.head || now.floor !== header.floor) throw written(space)
  } catch (error) {
    throw storeErrorOf(error)
  }
}

async function* livingAccounts(client: RedisClient, keys: Keys): AsyncGenerator<readonly string[]> {
  let start = '-'
  for (;;) {
    const names = await client.zrangebylex(keys.names, start, '+', 'LIMIT', 0, AT_ONCE)
    const last = names.at(-1)
    if (last === undefined) return
    yield names.map(name => name.slice(name.indexOf(NUL) + 1))
    start = `(${last}`
  }
}

/** Some may come twice. */
async function* deletedAccounts(client: RedisClient, keys: Keys): AsyncGenerator<readonly string[]> {
  const prefix = keys.account('')
  for await (const names of scanKeys(client, `${prefix}*`)) {
    const deletedAt = await Promise.all(names.map(name => client.hget(name, 'deletedAt')))
    yield names.filter((_, n) => deletedAt[n] !== null).map(name => name.slice(prefix.length))
  }
}

async function accountRows(client: RedisClient, keys: Keys, ids: readonly string[]): Promise<AccountRow[]> {
  const rows = await Promise.all(ids.map(id => client.hgetall(keys.account(id))))
  const number = (text: string | undefined) => (text === undefined ? null : Number(text))
  return rows.map(({ username = '', key = '', ...row }, n) => ({
    kind: 'account',
    id: ids[n] as string,
    username,
    key,
    skeleton: row.skeleton ?? null,
    passwordHash: row.passwordHash ?? null,
    createdAt: Number(row.createdAt),
    lastSeenAt: number(row.lastSeenAt),
    deletedAt: number(row.deletedAt),
    trimmed: Number(row.trimmed ?? ORIGIN),
  }))
}

async function* sessionRows(client: RedisClient, keys: Keys): AsyncGenerator<SessionRow> {
  for (let start = 0; ; start += AT_ONCE) {
    const expiry = await client.zrange(keys.expiry, String(start), String(start + AT_ONCE - 1), 'WITHSCORES')
    if (expiry.length === 0) return
    const ids = expiry.filter((_, n) => n % 2 === 0)
    const tokens = await client.hmget(keys.sessions, ...ids)
    const rows = await Promise.all(tokens.map(token => (token === null ? null : client.hget(keys.tokens, token))))
    for (const [n, id] of ids.entries()) {
      const [token, row] = [tokens[n], rows[n]]
      if (token == null || row == null) continue
      const [, accountId, createdAt] = JSON.parse(row) as [string, string, number]
      const tokenHash = new Uint8Array(Buffer.from(token, 'base64url'))
      yield { kind: 'session', id, tokenHash, accountId, createdAt, expiresAt: Number(expiry[2 * n + 1]) }
    }
  }
}

async function* messageRows(
  client: RedisClient,
  keys: Keys,
  { epoch, space, messages }: SpaceHeader,
): AsyncGenerator<MessageRow> {
  const names = [keys.meta, keys.public, keys.private, keys.texts, keys.meta, keys.meta]
  let edge: Position = ORIGIN
  let count = 0
  for (;;) {
    const args = ['LOG', 'after', edge, AT_ONCE, epoch, ORIGIN, ORIGIN]
    const answer = (await runScript(client, READ, names, args)) as string[]
    if (answer.length === 0) throw written(space)
    const fields = answer.slice(BEFORE_ENTRIES)
    for (let n = 0; n < fields.length; n += 3) {
      const entry = entryOf(Number(fields[n]), fields[n + 1] as string, fields[n + 2] ?? null)
      const { position, messageId: id, from, to, text, sentAt } = entry
      yield { kind: 'message', position, id, fromId: from.id, toId: to?.id ?? null, text, sentAt }
      edge = position
      count++
    }
    if (fields.length >= 3 * AT_ONCE) continue
    // Better nothing than an archive that lacks some and does not say so.
    if (count !== messages) throw written(space)
    return
  }
}

/** Some may come twice. */
async function* nonceRows(client: RedisClient, keys: Keys, accountIds: readonly string[]): AsyncGenerator<NonceRow> {
  const scan = (id: string, cursor: string) => client.hscan(keys.noncesOf(id), cursor, 'COUNT', AT_ONCE)
  const firsts = await Promise.all(accountIds.map(id => scan(id, '0')))
  for (const [n, accountId] of accountIds.entries()) {
    let [cursor, fields] = firsts[n] as [string, string[]]
    for (;;) {
      for (let i = 0; i < fields.length; i += 2) {
        const { position, digest, messageId, sentAt, toId } = nonceRow(fields[i + 1] as string)
        yield { kind: 'nonce', accountId, key: fields[i] as string, digest, position, messageId, toId, sentAt }
      }
      if (cursor === '0') break
      ;[cursor, fields] = await scan(accountId, cursor)
    }
  }
}
