// Every write of the contract, on the one writing connection: a batch of calls becomes one transaction, and what each
// call came to is known when it is committed and synced. Positions are given in here.
import type { DatabaseSync } from 'node:sqlite'
import { type MessageEntry, ORIGIN, type Position } from '../../domain/entry.ts'
import {
  type Draft,
  EXPIRED_DROPPED_AT_ONCE,
  EXPIRED_KEPT_MS,
  type FirstSend,
  NAMED_TOKENS,
  type Revised,
  type Revision,
} from '../store.ts'
import { createStrides } from '../strides.ts'
import { type AppendOutcome, dispatch, type Outcome, type WriteCall, type Writes } from './calls.ts'
import { createConversationWrites } from './conversations.ts'
import { lastPosition } from './database-file.ts'
import { createBoundedMap, createEntryReader, MESSAGE_COLUMNS, type MessageRow, messageOfNonce } from './entries.ts'
import { createNonces } from './nonces.ts'
import { createRecordWrites } from './records.ts'
import { errorText, isStorageFailure } from './sqlite-errors.ts'
import { prepare, prepareHot, prepareTuples } from './statement.ts'
import { createTrim } from './trim.ts'

/** Accounts known to exist and not to be deleted. */
const LIVE_ACCOUNTS_KEPT = 20_000

export interface Writer {
  /** The last committed position. */
  readonly head: Position
  /**
   * Commits a batch. A call that breaks a constraint fails alone. Throws when the storage failed: then whether the
   * batch was kept is unknown, and the connection must not be used again.
   */
  commit(calls: readonly WriteCall[], now: number): readonly Outcome[]
}

/** Thrown inside a batch to begin it again with a savepoint for each call. */
class BatchSpoilt extends Error {}

/** @param secret the store's: keys the index of nonces */
export function createWriter(db: DatabaseSync, secret: Uint8Array): Writer {
  const begin = prepare(db, 'BEGIN IMMEDIATE')
  const commit = prepare(db, 'COMMIT')
  const rollback = prepare(db, 'ROLLBACK')
  const savepoint = prepare(db, 'SAVEPOINT call')
  const release = prepare(db, 'RELEASE call')
  const rollbackToSavepoint = prepare(db, 'ROLLBACK TO call')

  let committedHead = lastPosition(db)
  const transaction = createTransaction(db, secret)

  /** Savepoints cost a quarter of a short call, so only a batch in which some call failed is run with them. */
  function attempt(calls: readonly WriteCall[], now: number, withSavepoints: boolean): Outcome[] {
    transaction.start(committedHead, now)
    begin.run()
    const outcomes = calls.map((call): Outcome => {
      if (withSavepoints) savepoint.run()
      try {
        const value = dispatch<Writes>(transaction.writes, call)
        if (withSavepoints) release.run()
        return { value }
      } catch (error) {
        if (isStorageFailure(error)) throw error
        if (!withSavepoints) throw new BatchSpoilt()
        rollbackToSavepoint.run()
        release.run()
        return { failure: `${call.name} failed: ${errorText(error)}` }
      }
    })
    transaction.finish()
    commit.run()
    transaction.committed()
    committedHead = transaction.head
    return outcomes
  }

  return {
    get head() {
      return committedHead
    },
    commit(calls, now) {
      try {
        return attempt(calls, now, false)
      } catch (error) {
        if (!(error instanceof BatchSpoilt)) throw error
        rollback.run()
        return attempt(calls, now, true)
      }
    },
  }
}

/** The calls themselves, and what they know while a transaction runs. */
function createTransaction(db: DatabaseSync, secret: Uint8Array) {
  const selectLiveNumber = prepare<{ n: number }>(db, 'SELECT n FROM account WHERE id = :id AND deleted_at IS NULL')
  const selectNameTaken = prepare<{ n: number }>(
    db,
    `SELECT n FROM account WHERE key = :key AND deleted_at IS NULL
    UNION ALL SELECT n FROM account WHERE skeleton = :skeleton AND deleted_at IS NULL LIMIT 1`,
  )
  const insertAccount = prepare(
    db,
    `INSERT INTO account (id, username, key, skeleton, password_hash, created_at)
    VALUES (:id, :username, :key, :skeleton, :passwordHash, :createdAt)`,
  )
  const selectPassword = prepare<{ hash: string | null }>(db, 'SELECT password_hash AS hash FROM account WHERE n = :n')
  const updatePassword = prepare(db, 'UPDATE account SET password_hash = :hash WHERE n = :n')
  const updateLastSeen = prepare(db, 'UPDATE account SET last_seen_at = :at WHERE n = :n')
  const markDeleted = prepare(db, 'UPDATE account SET deleted_at = :at, password_hash = NULL WHERE n = :n')
  const deleteSessions = prepare<{ id: string }>(db, 'DELETE FROM session WHERE account = :n RETURNING id')
  const insertSession = prepare(
    db,
    `INSERT INTO session (id, token_hash, account, device, created_at, last_used_at, expires_at)
    VALUES (:id, :tokenHash, :account, :device, :createdAt, :lastUsedAt, :expiresAt)`,
  )
  const selectSession = prepare<{ id: string }>(db, 'SELECT id FROM session WHERE id = :id AND account = :account')
  const deleteLeastUsed = prepare<{ id: string }>(
    db,
    `DELETE FROM session WHERE id IN (
      SELECT id FROM session WHERE account = :account AND id <> :id AND id NOT GLOB '${NAMED_TOKENS}*'
      ORDER BY last_used_at DESC, created_at DESC, rowid DESC LIMIT -1 OFFSET :others) RETURNING id`,
  )
  const dropExpired = prepare(
    db,
    `DELETE FROM session WHERE id IN (
      SELECT id FROM session WHERE expires_at < :before ORDER BY expires_at LIMIT ${EXPIRED_DROPPED_AT_ONCE})`,
  )
  const updateExpiry = prepare(
    db,
    'UPDATE session SET expires_at = :expiresAt, last_used_at = :lastUsedAt WHERE id = :id',
  )
  const deleteSession = prepare<{ id: string }>(
    db,
    'DELETE FROM session WHERE id = :id AND account = (SELECT n FROM account WHERE id = :accountId) RETURNING id',
  )
  const insertMessage = prepareHot(
    db,
    'INSERT INTO message (position, id, author, recipient, text, sent_at, reply_to) VALUES (?, ?, ?, ?, ?, ?, ?)',
  )
  const insertPrivate = prepare(db, 'INSERT INTO private VALUES (:account, :peer, :position)')
  const selectMessage = prepareTuples<MessageRow>(db, `SELECT ${MESSAGE_COLUMNS} FROM message WHERE id = :id`)
  const editMessage = prepare(
    db,
    'UPDATE message SET text = :text, edited_at = :at, revised = :position WHERE position = :message',
  )
  const deleteMessage = prepare(
    db,
    `UPDATE message SET text = '', deleted_at = :at, revised = :position WHERE position = :message`,
  )
  const insertRevision = prepare(
    db,
    `INSERT INTO revision VALUES (:position, :message, :messageId, :author, :recipient, :sentAt, :isDeletion, :at)`,
  )
  const insertPrivateRevision = prepare(db, 'INSERT INTO private_revision VALUES (:account, :position)')
  const nonces = createNonces(db, secret)
  const reading = createConversationWrites(db)

  const strides = createStrides()
  const liveNumbersById = createBoundedMap<string, number>(LIVE_ACCOUNTS_KEPT)
  const entries = createEntryReader(db)
  let head: Position = ORIGIN
  let now = 0

  function liveNumber(accountId: string): number | null {
    const known = liveNumbersById.get(accountId)
    if (known !== undefined) return known
    const row = selectLiveNumber.get({ id: accountId })
    if (!row) return null
    liveNumbersById.set(accountId, row.n)
    return row.n
  }

  function ifLive<Result>(accountId: string, action: (n: number) => Result): Result | undefined {
    const n = liveNumber(accountId)
    return n === null ? undefined : action(n)
  }

  /** Whether the account, if it lives, has this hash of a password. Undefined: whichever it has. */
  function isPresent(accountId: string, hash: string | null | undefined): boolean {
    if (hash === undefined) return true
    const row = ifLive(accountId, n => selectPassword.get({ n }))
    return row === undefined || row.hash === hash
  }

  const nextPosition = (): Position => Math.max(head, now * 1000) + strides.next()

  function revise({ messageId, by, kind, text, at, asAdministrator = false }: Revision): Revised {
    const account = liveNumber(by)
    const row = account === null ? undefined : selectMessage.get({ id: messageId })
    if (!row) return { status: 'unknown' }
    const [message, , author, recipient, formerText, sentAt, , , deletedAt] = row
    if (recipient !== null && recipient !== account && author !== account) return { status: 'unknown' }
    const isDeletion = kind === 'deleted'
    if (deletedAt !== null && !isDeletion) return { status: 'unknown' }
    const mayRemove = asAdministrator && isDeletion && recipient === null
    if (author !== account && !mayRemove) return { status: 'not-author' }
    if (deletedAt !== null || (!isDeletion && formerText === text)) {
      return { status: 'unchanged', message: entries.toEntry(row) }
    }
    const position = nextPosition()
    if (isDeletion) deleteMessage.run({ message, position, at })
    else editMessage.run({ message, position, at, text })
    insertRevision.run({
      position,
      message,
      messageId,
      author,
      recipient,
      sentAt,
      isDeletion: isDeletion ? 1 : 0,
      at,
    })
    if (recipient !== null) {
      for (const account of new Set([author, recipient])) insertPrivateRevision.run({ account, position })
    }
    nonces.noteRevised(message, at)
    head = position
    const former = entries.toEntry(row)
    const now: MessageEntry = isDeletion
      ? { ...former, text: '', deletedAt: at, revised: position }
      : { ...former, text, editedAt: at, revised: position }
    return { status: 'stored', entry: { kind, position, from: former.from, to: former.to, at, message: now } }
  }

  function append(draft: Draft): AppendOutcome {
    const author = liveNumber(draft.from.id)
    if (author === null) return { status: 'gone', who: 'from' }
    const { nonce } = draft
    // Before the recipient, so that a retry is answered also when the recipient has been deleted meanwhile.
    const first = nonce ? nonces.find(author, nonce.key) : undefined
    if (nonce && first) {
      if (Buffer.compare(first.digest, nonce.digest) !== 0) return { status: 'nonce-reused' }
      // Once it was trimmed, its text is the retry's, as the digests say; of one that was revised none comes back.
      const entry = entries.messageAt(first.position) ?? entries.toEntry(messageOfNonce(author, first, draft.text))
      return { status: 'repeated', entry }
    }
    const recipient = draft.to === null ? null : liveNumber(draft.to.id)
    if (draft.to !== null && recipient === null) return { status: 'gone', who: 'to' }

    const position = nextPosition()
    const { messageId, text, sentAt, replyTo } = draft
    insertMessage.run(position, messageId, author, recipient, text, sentAt, replyTo?.position ?? null)
    if (recipient !== null) {
      insertPrivate.run({ account: author, peer: recipient, position })
      if (recipient !== author) insertPrivate.run({ account: recipient, peer: author, position })
    }
    if (nonce) {
      const { key, digest } = nonce
      nonces.insert({ account: author, key, digest, position, id: messageId, recipient, sentAt })
    }
    head = position
    return { status: 'stored', position }
  }

  function findNonce(accountId: string, key: string): FirstSend | null {
    const account = liveNumber(accountId)
    const row = account === null ? undefined : nonces.find(account, key)
    if (account === null || !row) return null
    const { position, digest, revised_at: revisedAt } = row
    const entry = entries.messageAt(position)
    if (entry) return { entry, digest }
    const gone = entries.toEntry(messageOfNonce(account, row, ''))
    return { entry: revisedAt === null ? { ...gone, text: null } : gone, digest }
  }

  const writes: Writes = {
    append,
    revise,
    findNonce,
    claim(claim) {
      if (selectNameTaken.get({ key: claim.key, skeleton: claim.skeleton })) return 'taken'
      const { id, username, key, skeleton, passwordHash, createdAt } = claim
      insertAccount.run({ id, username, key, skeleton, passwordHash, createdAt })
      return 'claimed'
    },
    setPasswordHash(accountId, hash, present) {
      if (!isPresent(accountId, present)) return false
      ifLive(accountId, n => updatePassword.run({ n, hash }))
      return true
    },
    setLastSeen(accountId, at) {
      ifLive(accountId, n => updateLastSeen.run({ n, at }))
    },
    deleteAccount(accountId, at, present) {
      if (!isPresent(accountId, present)) return false
      ifLive(accountId, n => {
        liveNumbersById.delete(accountId)
        markDeleted.run({ n, at })
        deleteSessions.all({ n })
        reading.forget(n)
      })
      return true
    },
    createSession({ accountId, ...session }, { most, by } = {}) {
      dropExpired.run({ before: session.createdAt - EXPIRED_KEPT_MS })
      const account = liveNumber(accountId)
      if (account === null || (by !== undefined && !selectSession.get({ id: by, account }))) return null
      insertSession.run({ ...session, account })
      if (most === undefined) return []
      return deleteLeastUsed.all({ account, id: session.id, others: most - 1 }).map(row => row.id)
    },
    renewSession(id, expiresAt, lastUsedAt) {
      updateExpiry.run({ id, expiresAt, lastUsedAt })
    },
    endSession: (id, accountId) => deleteSession.get({ id, accountId }) !== undefined,
    endSessions: accountId => ifLive(accountId, n => deleteSessions.all({ n }).map(row => row.id)) ?? [],
    markRead: (accountId, peer, position) => ifLive(accountId, n => reading.markRead(n, peer, position)) ?? null,
    writeRecords: createRecordWrites(db),
    trim: createTrim(db),
  }

  return {
    writes,
    get head() {
      return head
    },
    /**
     * What an attempt that was rolled back had learnt of accounts stays right: the next one begins with the same calls,
     * which come to the same.
     */
    start(from: Position, at: number) {
      head = from
      now = at
      nonces.start()
    },
    finish: nonces.mergeSlice,
    committed: nonces.committed,
  }
}
