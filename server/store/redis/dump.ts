// A space in Redis as rows (archive/archive.ts). Redis has no snapshots: no server may run on the space meanwhile, and in
// the end it is looked whether any has written.
import { ORIGIN, type Position } from '../../domain/entry.ts'
import { databaseOf, type RedisClient } from '../../redis/client.ts'
import type {
  AccountRow,
  ArchiveHeader,
  ArchiveRow,
  Dump,
  MessageRow,
  NonceRow,
  ReadingRow,
  RecordRow,
  RevisionRow,
  SessionRow,
} from '../archive/archive.ts'
import { RECORD_KINDS } from '../records.ts'
import { StoreError } from '../store-error.ts'
import { EVERYONE } from './conversations.ts'
import { nonceRow, type RevisionRow as RevisionFields, revisionRow, stubFields, textRow } from './entries.ts'
import { refuseFormat } from './format.ts'
import { type Keys, keysOf } from './keys.ts'
import { BEFORE_ENTRIES, READ } from './log-read-script.ts'
import { runLogScript } from './log-scripts.ts'
import { parseSessionRow } from './sessions.ts'
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
  const keys = keysOf(space, databaseOf(client))
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
  /** How many messages there are, and how many edits and deletions. */
  readonly messages: number
  readonly revisions: number
}

function written(space: string): StoreError {
  return new StoreError('IN_USE', `A server has written to the space ${space} meanwhile: stop all, and begin again.`)
}

async function readHeader(client: RedisClient, space: string, keys: Keys): Promise<SpaceHeader> {
  const { epoch, secret, format, head, floor, trimmedPublic } = await client.hgetall(keys.meta)
  refuseFormat(space, Number(format))
  if (!epoch || !secret) throw new StoreError('NOTHING_THERE', `There is no space ${space} in Redis.`)
  const [accounts, sessions, publics, privates, ...revisions] = await Promise.all([
    client.zcard(keys.names),
    client.zcard(keys.expiry),
    client.xlen(keys.public),
    client.xlen(keys.private),
    client.xlen(keys.publicRevisions),
    client.xlen(keys.privateRevisions),
  ])
  const revised = revisions.reduce((sum, length) => sum + length, 0)
  return {
    space,
    messages: publics + privates,
    revisions: revised,
    epoch,
    secret: new Uint8Array(Buffer.from(secret, 'base64url')),
    head: Number(head ?? ORIGIN),
    floor: Number(floor ?? ORIGIN),
    trimmedPublic: Number(trimmedPublic ?? ORIGIN),
    isLive: false,
    // As if each message had a nonce: how many there are is known only when all were read.
    about: accounts + sessions + 2 * (publics + privates) + revised,
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
    for await (const ids of livingAccounts(client, keys)) yield* await readingRows(client, keys, ids)
    yield* recordRows(client, keys)
    yield* messageRows(client, keys, header)
    yield* revisionRows(client, keys, header)
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
      const tokenHash = new Uint8Array(Buffer.from(token, 'base64url'))
      yield { kind: 'session', ...parseSessionRow(row), id, tokenHash, expiresAt: Number(expiry[2 * n + 1]) }
    }
  }
}

async function readingRows(client: RedisClient, keys: Keys, ids: readonly string[]): Promise<ReadingRow[]> {
  const positions = await Promise.all(ids.map(id => client.hgetall(keys.readsOf(id))))
  return ids.flatMap((accountId, n) =>
    Object.entries(positions[n] ?? {}).map(
      ([peer, position]): ReadingRow => ({
        kind: 'reading',
        accountId,
        withId: peer === EVERYONE ? null : peer,
        position: Number(position),
      }),
    ),
  )
}

async function* recordRows(client: RedisClient, keys: Keys): AsyncGenerator<RecordRow> {
  for (const of of RECORD_KINDS.toSorted()) {
    for (let start = '-'; ; ) {
      const names = await client.zrangebylex(keys.recordKeysOf(of), start, '+', 'LIMIT', 0, AT_ONCE)
      if (names.length === 0) break
      const values = await client.hmget(keys.recordsOf(of), ...names)
      for (const [n, key] of names.entries()) yield { kind: 'record', of, key, value: values[n] ?? '' }
      start = `(${names.at(-1)}`
    }
  }
}

async function* messageRows(client: RedisClient, keys: Keys, header: SpaceHeader): AsyncGenerator<MessageRow> {
  const { epoch, space, messages, floor } = header
  const own = [keys.texts, keys.meta, keys.meta, keys.meta]
  let edge: Position = ORIGIN
  let count = 0
  for (;;) {
    const args = ['LOG', 'after', edge, AT_ONCE, epoch, ORIGIN, ORIGIN, 'messages']
    const answer = (await runLogScript(client, READ, keys, own, args)) as string[]
    if (answer.length === 0) throw written(space)
    const fields = answer.slice(BEFORE_ENTRIES)
    for (let n = 0; n < fields.length; n += 3) {
      const [, stub = '', row = ''] = fields.slice(n, n + 3)
      const { messageId: id, from, to, sentAt, replyTo } = stubFields(stub)
      const { position, text, revised, editedAt, deletedAt } = textRow(row)
      const answered = replyTo && replyTo.position > floor ? replyTo.position : null
      const ids = { fromId: from.id, toId: to?.id ?? null }
      // In the order of every archive, so that two of the same content are the same.
      yield { kind: 'message', position, id, ...ids, text, sentAt, replyTo: answered, editedAt, deletedAt, revised }
      edge = position
      count++
    }
    if (fields.length >= 3 * AT_ONCE) continue
    // Better nothing than an archive that lacks some and does not say so.
    if (count !== messages) throw written(space)
    return
  }
}

async function* revisionRows(client: RedisClient, keys: Keys, header: SpaceHeader): AsyncGenerator<RevisionRow> {
  let edge: Position = header.floor
  let count = 0
  for (;;) {
    const found = await Promise.all(
      [keys.publicRevisions, keys.privateRevisions].map(stream =>
        client.xrange(stream, `(${edge}-0`, '+', 'COUNT', AT_ONCE),
      ),
    )
    const rows = found
      .flat()
      .map(([id, [, row = '']]) => ({ position: Number(id.slice(0, -2)), row }))
      .sort((a, b) => a.position - b.position)
      .slice(0, AT_ONCE)
    for (const { position, row } of rows) {
      const { kind: change, at, position: messagePosition, stub } = revisionRow(row) as RevisionFields
      const { messageId, from, to, sentAt } = stubFields(stub)
      const message = { messageId, messagePosition, fromId: from.id, toId: to?.id ?? null, sentAt }
      yield { kind: 'revision', position, change, ...message, at }
      edge = position
      count++
    }
    if (rows.length === AT_ONCE) continue
    if (count !== header.revisions) throw written(header.space)
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
      const rows = fields.filter((_, i) => i % 2 === 1).map(nonceRow)
      const ids = rows.map(({ messageId }) => messageId)
      const revised = ids.length === 0 ? [] : await client.hmget(keys.revisedOf(accountId), ...ids)
      for (const [i, { position, digest, messageId, sentAt, toId }] of rows.entries()) {
        const revisedAt = revised[i] == null ? null : Number(revised[i])
        const row = { accountId, key: fields[2 * i] as string, digest, position, messageId, toId, sentAt, revisedAt }
        yield { kind: 'nonce', ...row }
      }
      if (cursor === '0') break
      ;[cursor, fields] = await scan(accountId, cursor)
    }
  }
}
