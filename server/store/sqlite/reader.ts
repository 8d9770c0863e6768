// Every read of the contract, on one read-only connection. Calls in, plain data out. What is committed but has not been
// announced yet is not shown, so that nobody is given a position that the rest of the program does not know.
import type { DatabaseSync, SQLInputValue } from 'node:sqlite'
import { type Entry, maySee, ORIGIN, type Position, type Scope } from '../../domain/entry.ts'
import { newestFirst } from '../newest-first.ts'
import type { Account, Page, PageQuery, SessionEntry, SessionRow } from '../store.ts'
import { dispatch, type ReadCall, type Reads } from './calls.ts'
import { createConversationReads } from './conversations.ts'
import {
  createBoundedMap,
  createEntryReader,
  inOrder,
  MESSAGE_COLUMNS,
  type MessageRow,
  REVISION_COLUMNS,
  type RevisionRow,
} from './entries.ts'
import { createRecordReads } from './records.ts'
import { prepare, prepareTuples, type Statement } from './statement.ts'
import { trimMarks } from './trim.ts'
import {
  type Direction,
  type RevisionSource,
  type Source,
  visibleMessages,
  visiblePositions,
  visibleRevisionPositions,
  visibleRevisions,
} from './visible.ts'

/** Numbers of accounts kept by a thread. */
const NUMBERS_KEPT = 20_000
/** No account has this number: such a viewer sees what is public. */
const NOBODY = -1

const ACCOUNT_COLUMNS = `account.id, account.username, account.key, account.password_hash AS passwordHash,
  account.created_at AS createdAt, account.last_seen_at AS lastSeenAt, account.deleted_at AS deletedAt`

interface SessionAndAccountRow extends Account {
  readonly sessionId: string
  readonly tokenHash: Uint8Array
  readonly device: string
  readonly sessionCreatedAt: number
  readonly lastUsedAt: number
  readonly expiresAt: number
}

/** Where a walk along the visible messages starts, and how far it goes. */
interface Walk {
  readonly viewer: number
  readonly peer: number
  readonly edge: Position
  readonly limit: number
}

export interface Reader {
  /** @param until the last position that was announced: nothing above it is shown */
  answer(call: ReadCall, until: Position): unknown
}

export function createReader(db: DatabaseSync): Reader {
  /** Of the call that is being answered. */
  let until: Position = 0
  const entries = createEntryReader(db)
  const selectNewest = prepareTuples<MessageRow>(
    db,
    `SELECT ${MESSAGE_COLUMNS} FROM message WHERE position <= :until ORDER BY position DESC LIMIT :limit`,
  )
  const selectFollowing = prepareTuples<MessageRow>(
    db,
    `SELECT ${MESSAGE_COLUMNS} FROM message WHERE position > :after AND position <= :until ORDER BY position LIMIT :limit`,
  )
  const selectNewestRevisions = prepare<RevisionRow>(
    db,
    `SELECT ${REVISION_COLUMNS} FROM revision WHERE position <= :until ORDER BY position DESC LIMIT :limit`,
  )
  const selectFollowingRevisions = prepare<RevisionRow>(
    db,
    `SELECT ${REVISION_COLUMNS} FROM revision
    WHERE position > :after AND position <= :until ORDER BY position LIMIT :limit`,
  )
  const selectMessage = prepareTuples<MessageRow>(
    db,
    `SELECT ${MESSAGE_COLUMNS} FROM message WHERE id = :messageId AND position <= :until`,
  )
  const selectNumber = prepare<{ n: number }>(db, 'SELECT n FROM account WHERE id = :id')
  const begin = prepare(db, 'BEGIN')
  const commit = prepare(db, 'COMMIT')
  const marks = trimMarks(db)
  const reading = createConversationReads(db)
  const accountWhere = (condition: string) =>
    prepare<Account>(db, `SELECT ${ACCOUNT_COLUMNS} FROM account WHERE ${condition}`)
  const selectById = accountWhere('id = :id')
  const selectByKey = accountWhere('key = :key AND deleted_at IS NULL')
  const selectBySkeleton = accountWhere('skeleton = :skeleton AND deleted_at IS NULL')
  const selectAccounts = accountWhere('deleted_at IS NULL AND key > :after ORDER BY key LIMIT :limit')
  const selectSession = prepare<SessionAndAccountRow>(
    db,
    `SELECT ${ACCOUNT_COLUMNS}, session.id AS sessionId, session.token_hash AS tokenHash,
      session.device, session.created_at AS sessionCreatedAt, session.last_used_at AS lastUsedAt,
      session.expires_at AS expiresAt
    FROM session JOIN account ON account.n = session.account
    WHERE token_hash = :tokenHash AND expires_at >= :now AND account.deleted_at IS NULL`,
  )

  const selectSessions = prepare<Omit<SessionEntry, 'accountId'>>(
    db,
    `SELECT session.id, device, session.created_at AS createdAt, last_used_at AS lastUsedAt, expires_at AS expiresAt
    FROM session JOIN account ON account.n = session.account
    WHERE session.account = :account AND expires_at >= :now AND account.deleted_at IS NULL`,
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

  /** Runs several statements on one snapshot, so that what was trimmed and what is left fit together. */
  function atOnce<Result>(read: () => Result): Result {
    begin.run()
    try {
      const result = read()
      commit.run()
      return result
    } catch (error) {
      if (db.isTransaction) db.exec('ROLLBACK')
      throw error
    }
  }

  function trimmedFor(viewer: number, scope: Scope): Position {
    return Math.max(scope === 'PRIVATE' ? ORIGIN : marks.public(), scope === 'PUBLIC' ? ORIGIN : marks.private(viewer))
  }

  const messagesByWalk = new Map<string, Statement<MessageRow>>()
  const positionsByWalk = new Map<string, Statement<{ position: Position }>>()
  function prepared<Row>(known: Map<string, Statement<Row>>, key: string, make: () => Statement<Row>): Statement<Row> {
    const statement = known.get(key) ?? make()
    known.set(key, statement)
    return statement
  }

  /** SQLite refuses parameters that the SQL does not have: only those of the source and direction. */
  function bind(source: Source, direction: Direction, walk: Walk): Record<string, SQLInputValue> {
    const { edge, limit, viewer, peer } = walk
    return {
      limit,
      ...(direction === 'after' ? { edge, until } : { edge: Math.min(edge, until + 1) }),
      ...(source === 'PUBLIC' ? {} : { viewer }),
      ...(source === 'PEER' ? { peer } : {}),
    }
  }

  function messages(source: Source, direction: Direction, walk: Walk): MessageRow[] {
    const make = () => prepareTuples<MessageRow>(db, visibleMessages(source, direction))
    return prepared(messagesByWalk, `${source} ${direction}`, make).all(bind(source, direction, walk))
  }

  function anyMessage(source: Source, direction: Direction, walk: Omit<Walk, 'limit'>): boolean {
    const make = () => prepare<{ position: Position }>(db, visiblePositions(source, direction))
    const statement = prepared(positionsByWalk, `${source} ${direction}`, make)
    return statement.get(bind(source, direction, { ...walk, limit: 1 })) !== undefined
  }

  const revisionsBySource = new Map<string, Statement<RevisionRow>>()
  const lastMessages = prepare<{ position: Position }>(db, visiblePositions('ALL', 'before'))
  const lastRevisions = prepare<{ position: Position }>(db, visibleRevisionPositions('ALL', 'before'))

  function revisions(source: RevisionSource, walk: Walk): Entry[] {
    const rows = prepared(revisionsBySource, source, () => prepare<RevisionRow>(db, visibleRevisions(source))).all(
      bind(source, 'after', walk),
    )
    return rows.map(entries.toRevision)
  }

  function pageOf(query: PageQuery, viewer: number): Page {
    const source = sourceOf(query)
    if (source === null) return { entries: [], hasPrevious: false, hasNext: false }
    const { limit, after, before } = query
    const peer = query.with === undefined ? NOBODY : numberOf(query.with)
    if (after !== undefined) {
      const rows = messages(source, 'after', { viewer, peer, edge: after, limit: limit + 1 })
      return {
        entries: rows.slice(0, limit).map(entries.toEntry),
        hasPrevious: anyMessage(source, 'before', { viewer, peer, edge: after + 1 }),
        hasNext: rows.length > limit,
      }
    }
    const rows = messages(source, 'before', { viewer, peer, edge: before ?? until + 1, limit: limit + 1 })
    return {
      entries: rows.slice(0, limit).reverse().map(entries.toEntry),
      hasPrevious: rows.length > limit,
      hasNext: before !== undefined && anyMessage(source, 'after', { viewer, peer, edge: before - 1 }),
    }
  }

  const reads: Reads = {
    ...createRecordReads(db),
    read(account, after, limit, scope = 'ALL') {
      const viewer = numberOf(account)
      return atOnce(() => {
        const walk = { viewer, peer: NOBODY, edge: after, limit }
        const added = messages(scope, 'after', walk).map(entries.toEntry)
        const found = inOrder(added, revisions(scope, walk)).slice(0, limit)
        const through = found.length < limit ? Math.max(until, after) : (found.at(-1)?.position ?? after)
        return { entries: found, through, trimmed: trimmedFor(viewer, scope) }
      })
    },

    message(viewer, messageId) {
      const row = selectMessage.get({ messageId, until })
      const message = row ? entries.toEntry(row) : null
      return message !== null && maySee(viewer, message) ? message : null
    },

    page(query) {
      const viewer = numberOf(query.viewer)
      return atOnce(() => ({ ...pageOf(query, viewer), trimmed: trimmedFor(viewer, 'ALL') }))
    },

    trimmed: viewer => (viewer === null ? marks.floor() : atOnce(() => trimmedFor(numberOf(viewer), 'ALL'))),

    lastVisible(account, through) {
      const viewer = numberOf(account)
      const walk = { viewer, peer: NOBODY, edge: through + 1, limit: 1 }
      return atOnce(() => {
        const last = Math.max(
          lastMessages.get(bind('ALL', 'before', walk))?.position ?? ORIGIN,
          lastRevisions.get(bind('ALL', 'before', walk))?.position ?? ORIGIN,
        )
        return last === ORIGIN ? trimmedFor(viewer, 'ALL') : last
      })
    },

    at(viewer, position) {
      const entry = position > until ? null : entries.at(position)
      return entry !== null && maySee(viewer, entry) ? entry : null
    },

    follow(after, limit) {
      return atOnce(() => {
        const floor = marks.floor()
        // The floor itself was in the log. What lies below it is followed by something that is gone.
        if (after !== floor && (after < floor || after > until || entries.at(after) === null)) return null
        const added = selectFollowing.all({ after, until, limit }).map(entries.toEntry)
        const revised = selectFollowingRevisions.all({ after, until, limit }).map(entries.toRevision)
        return inOrder(added, revised).slice(0, limit)
      })
    },

    newest: limit =>
      atOnce(() => {
        const added = selectNewest.all({ limit, until }).reverse().map(entries.toEntry)
        const revised = selectNewestRevisions.all({ limit, until }).map(entries.toRevision)
        return limit > 0 ? inOrder(added, revised).slice(-limit) : []
      }),

    readPositions: account => reading.readPositions(numberOf(account)),
    conversations: query => atOnce(() => reading.conversations(numberOf(query.viewer), query, until)),

    accountById: id => selectById.get({ id }) ?? null,
    accountByKey: key => selectByKey.get({ key }) ?? null,
    accountBySkeleton: skeleton => selectBySkeleton.get({ skeleton }) ?? null,
    areFree: names =>
      names.map(({ key, skeleton }) => !selectByKey.get({ key }) && !selectBySkeleton.get({ skeleton })),
    accounts: (afterKey, limit) => selectAccounts.all({ after: afterKey ?? '', limit }),

    findSession(tokenHash, now) {
      const row = selectSession.get({ tokenHash, now })
      if (!row) return null
      const { sessionId, tokenHash: hash, device, sessionCreatedAt, lastUsedAt, expiresAt, ...account } = row
      const session: SessionRow = {
        id: sessionId,
        tokenHash: hash,
        accountId: account.id,
        device,
        createdAt: sessionCreatedAt,
        lastUsedAt,
        expiresAt,
      }
      return { session, account }
    },
    sessions(accountId, now) {
      const rows = selectSessions.all({ account: numberOf(accountId), now })
      return rows.map(row => ({ ...row, accountId })).sort(newestFirst)
    },
  }

  return {
    answer(call, announced) {
      until = announced
      return dispatch<Reads>(reads, call)
    },
  }
}

/** Null: nothing can match, for no public message is part of a private conversation. */
function sourceOf(query: PageQuery): Source | null {
  if (query.with === undefined) return query.scope
  return query.scope === 'PUBLIC' ? null : 'PEER'
}
