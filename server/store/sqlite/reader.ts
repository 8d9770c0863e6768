// Every read of the contract, on one read-only connection. Calls in, plain data out.
import type { DatabaseSync, SQLInputValue } from 'node:sqlite'
import { maySee, ORIGIN, type Position } from '../../domain/entry.ts'
import type { Account, PageQuery, SessionRow } from '../store.ts'
import type { Reads } from './calls.ts'
import { createBoundedMap, createEntryReader, MESSAGE_COLUMNS, type MessageRow } from './entries.ts'
import { prepare, type Statement } from './statement.ts'
import { type Direction, type Source, visibleMessages, visiblePositions } from './visible.ts'

/** Numbers of accounts kept by a thread. */
const NUMBERS_KEPT = 20_000
/** No account has this number: such a viewer sees what is public. */
const NOBODY = -1
/** Above every position. */
const END = Number.MAX_SAFE_INTEGER

const ACCOUNT_COLUMNS = `account.id, account.username, account.key, account.password_hash AS passwordHash,
  account.created_at AS createdAt, account.last_seen_at AS lastSeenAt, account.deleted_at AS deletedAt`

interface SessionAndAccountRow extends Account {
  readonly sessionId: string
  readonly tokenHash: Uint8Array
  readonly sessionCreatedAt: number
  readonly expiresAt: number
}

export function createReader(db: DatabaseSync): Reads {
  const entries = createEntryReader(db)
  const selectHead = prepare<{ head: Position | null }>(db, 'SELECT max(position) AS head FROM message')
  const selectNewest = prepare<MessageRow>(
    db,
    `SELECT ${MESSAGE_COLUMNS} FROM message ORDER BY position DESC LIMIT :limit`,
  )
  const selectNumber = prepare<{ n: number }>(db, 'SELECT n FROM account WHERE id = :id')
  const selectNonce = prepare<{ position: Position; digest: Uint8Array }>(
    db,
    'SELECT position, digest FROM nonce WHERE account = :account AND key = :key',
  )
  const accountWhere = (condition: string) =>
    prepare<Account>(db, `SELECT ${ACCOUNT_COLUMNS} FROM account WHERE ${condition}`)
  const selectById = accountWhere('id = :id')
  const selectByKey = accountWhere('key = :key AND deleted_at IS NULL')
  const selectBySkeleton = accountWhere('skeleton = :skeleton AND deleted_at IS NULL')
  const selectAccounts = accountWhere('deleted_at IS NULL AND key > :after ORDER BY key LIMIT :limit')
  const selectSession = prepare<SessionAndAccountRow>(
    db,
    `SELECT ${ACCOUNT_COLUMNS}, session.id AS sessionId, session.token_hash AS tokenHash,
      session.created_at AS sessionCreatedAt, session.expires_at AS expiresAt
    FROM session JOIN account ON account.n = session.account
    WHERE token_hash = :tokenHash AND expires_at >= :now AND account.deleted_at IS NULL`,
  )

  const numbersById = createBoundedMap<string, number>(NUMBERS_KEPT)
  function numberOf(accountId: string): number {
    const known = numbersById.get(accountId)
    if (known !== undefined) return known
    const row = selectNumber.get({ id: accountId })
    if (!row) return NOBODY
    numbersById.set(accountId, row.n)
    return row.n
  }

  const messagesByWalk = new Map<string, Statement<MessageRow>>()
  const positionsByWalk = new Map<string, Statement<{ position: Position }>>()
  function prepared<Row>(known: Map<string, Statement<Row>>, key: string, sql: () => string): Statement<Row> {
    const statement = known.get(key) ?? prepare<Row>(db, sql())
    known.set(key, statement)
    return statement
  }

  /** SQLite refuses parameters that the SQL does not have: only those of the source. */
  function walkParameters(source: Source, viewer: number, peer: number): Record<string, SQLInputValue> {
    if (source === 'PUBLIC') return {}
    return source === 'PEER' ? { viewer, peer } : { viewer }
  }

  function walk(source: Source, direction: Direction, parameters: Record<string, SQLInputValue>) {
    const key = `${source} ${direction}`
    return prepared(messagesByWalk, key, () => visibleMessages(source, direction)).all(parameters)
  }

  function anyFrom(source: Source, direction: Direction, parameters: Record<string, SQLInputValue>): boolean {
    const key = `${source} ${direction}`
    const statement = prepared(positionsByWalk, key, () => visiblePositions(source, direction))
    return statement.get({ ...parameters, limit: 1 }) !== undefined
  }

  return {
    read(viewer, after, limit) {
      // Read before the entries: whatever is visible up to this head is then among them.
      const head = selectHead.get()?.head ?? ORIGIN
      const rows = walk('ALL', 'after', { viewer: numberOf(viewer), edge: after, limit })
      const last = rows.at(-1)?.position ?? after
      return { entries: rows.map(entries.toEntry), through: rows.length < limit ? Math.max(head, last) : last }
    },

    page(query) {
      const source = sourceOf(query)
      if (source === null) return { entries: [], hasPrevious: false, hasNext: false }
      const { limit } = query
      const viewer = numberOf(query.viewer)
      const peer = query.with === undefined ? NOBODY : numberOf(query.with)
      const parameters = walkParameters(source, viewer, peer)
      if (query.after !== undefined) {
        const rows = walk(source, 'after', { ...parameters, edge: query.after, limit: limit + 1 })
        return {
          entries: rows.slice(0, limit).map(entries.toEntry),
          hasPrevious: anyFrom(source, 'before', { ...parameters, edge: query.after + 1 }),
          hasNext: rows.length > limit,
        }
      }
      const rows = walk(source, 'before', { ...parameters, edge: query.before ?? END, limit: limit + 1 })
      return {
        entries: rows.slice(0, limit).reverse().map(entries.toEntry),
        hasPrevious: rows.length > limit,
        hasNext: query.before !== undefined && anyFrom(source, 'after', { ...parameters, edge: query.before - 1 }),
      }
    },

    at(viewer, position) {
      const entry = entries.at(position)
      return entry !== null && maySee(viewer, entry) ? entry : null
    },

    newest: limit => selectNewest.all({ limit }).reverse().map(entries.toEntry),

    findNonce(accountId, key) {
      const row = selectNonce.get({ account: numberOf(accountId), key })
      const entry = row ? entries.at(row.position) : null
      return row && entry ? { entry, digest: row.digest } : null
    },

    accountById: id => selectById.get({ id }) ?? null,
    accountByKey: key => selectByKey.get({ key }) ?? null,
    accountBySkeleton: skeleton => selectBySkeleton.get({ skeleton }) ?? null,
    accounts: (afterKey, limit) => selectAccounts.all({ after: afterKey ?? '', limit }),

    findSession(tokenHash, now) {
      const row = selectSession.get({ tokenHash, now })
      if (!row) return null
      const { sessionId, tokenHash: hash, sessionCreatedAt, expiresAt, ...account } = row
      const session: SessionRow = {
        id: sessionId,
        tokenHash: hash,
        accountId: account.id,
        createdAt: sessionCreatedAt,
        expiresAt,
      }
      return { session, account }
    },
  }
}

/** Null: nothing can match, for no public message is part of a private conversation. */
function sourceOf(query: PageQuery): Source | null {
  if (query.with === undefined) return query.scope
  return query.scope === 'PUBLIC' ? null : 'PEER'
}
