// Trims the log: removes its oldest entries, and notes in the same transaction up to where each account, and everybody,
// lost something. Whoever reads finds these marks in the snapshot of the messages themselves.
import type { DatabaseSync } from 'node:sqlite'
import { ORIGIN, type Position } from '../../domain/entry.ts'
import type { Retention, TrimStep } from '../store.ts'
import { prepare } from './statement.ts'

/** Entries removed in one step: some milliseconds of the writer. */
const REMOVED_AT_ONCE = 250
/** Messages counted in one step, as long as their number is not known: so too. */
const COUNTED_AT_ONCE = 10_000

export interface TrimMarks {
  /** The newest trimmed position; ORIGIN: none. */
  floor(): Position
  /** The newest trimmed position that everybody could see. */
  public(): Position
  /** The newest trimmed private position of an account, by its number. */
  private(account: number): Position
}

/** Reads the marks. For one snapshot with the messages, read them inside a transaction. */
export function trimMarks(db: DatabaseSync): TrimMarks {
  const selectMark = prepare<{ value: Position }>(db, 'SELECT value FROM meta WHERE key = :key')
  const selectPrivate = prepare<{ trimmed: Position }>(db, 'SELECT trimmed FROM account WHERE n = :n')
  return {
    floor: () => selectMark.get({ key: 'trimmed' })?.value ?? ORIGIN,
    public: () => selectMark.get({ key: 'trimmed_public' })?.value ?? ORIGIN,
    private: n => selectPrivate.get({ n })?.trimmed ?? ORIGIN,
  }
}

interface OldEntry {
  readonly position: Position
  readonly author: number
  readonly recipient: number | null
  readonly is_message: 0 | 1
}

/** One step of `Store.trim`; call it inside a transaction. Nothing is kept in memory: it may be rolled back. */
export function createTrim(db: DatabaseSync): (retention: Retention) => TrimStep {
  const marks = trimMarks(db)
  const selectMark = prepare<{ value: number }>(db, 'SELECT value FROM meta WHERE key = :key')
  const setMark = prepare(db, 'INSERT INTO meta VALUES (:key, :value) ON CONFLICT DO UPDATE SET value = excluded.value')
  const count = prepare<{ messages: number; through: Position | null }>(
    db,
    `SELECT count(*) AS messages, max(position) AS through
    FROM (SELECT position FROM message WHERE position > :after ORDER BY position LIMIT ${COUNTED_AT_ONCE})`,
  )
  const oldestOf = (table: string, isMessage: 0 | 1) =>
    `SELECT position, author, recipient, ${isMessage} AS is_message FROM ${table}
    WHERE position <= :upTo ORDER BY position LIMIT :limit`
  const selectOldest = prepare<OldEntry>(
    db,
    `SELECT * FROM (${oldestOf('message', 1)}) UNION ALL SELECT * FROM (${oldestOf('revision', 0)})
    ORDER BY position LIMIT :limit`,
  )
  const deleteMessages = prepare(db, 'DELETE FROM message WHERE position <= :through')
  const deletePrivate = prepare(db, 'DELETE FROM private WHERE account = :account AND position = :position')
  const deleteRevisions = prepare(db, 'DELETE FROM revision WHERE position <= :through')
  const deletePrivateRevision = prepare(
    db,
    'DELETE FROM private_revision WHERE account = :account AND position = :position',
  )
  const setPrivateMark = prepare(db, 'UPDATE account SET trimmed = :position WHERE n = :n')

  /** Counts on from where counting had come to. Null: not at the end yet. */
  function countOn(): number | null {
    const counted = selectMark.get({ key: 'counted' })?.value ?? 0
    const after = selectMark.get({ key: 'counted_through' })?.value ?? ORIGIN
    const { messages, through } = count.get({ after }) ?? { messages: 0, through: null }
    if (messages === 0 || through === null) return counted
    setMark.run({ key: 'counted', value: counted + messages })
    setMark.run({ key: 'counted_through', value: through })
    return messages < COUNTED_AT_ONCE ? counted + messages : null
  }

  function uncount(removed: number, through: Position): void {
    const counted = selectMark.get({ key: 'counted' })?.value ?? 0
    const countedThrough = selectMark.get({ key: 'counted_through' })?.value ?? ORIGIN
    // What was removed by age before it was counted takes the count along.
    setMark.run({ key: 'counted', value: through < countedThrough ? counted - removed : 0 })
    if (through > countedThrough) setMark.run({ key: 'counted_through', value: through })
  }

  function remove(old: readonly OldEntry[], through: Position): void {
    let lastPublic: Position = ORIGIN
    const lastByAccount = new Map<number, Position>()
    for (const { position, author, recipient, is_message: isMessage } of old) {
      if (recipient === null) {
        lastPublic = position
        continue
      }
      for (const account of new Set([author, recipient])) {
        if (isMessage) deletePrivate.run({ account, position })
        else deletePrivateRevision.run({ account, position })
        lastByAccount.set(account, position)
      }
    }
    deleteMessages.run({ through })
    deleteRevisions.run({ through })
    setMark.run({ key: 'trimmed', value: through })
    if (lastPublic !== ORIGIN) setMark.run({ key: 'trimmed_public', value: lastPublic })
    for (const [n, position] of lastByAccount) setPrivateMark.run({ n, position })
    uncount(messagesOf(old), through)
  }

  return ({ messages, olderThan, upTo }) => {
    const counted = messages > 0 ? countOn() : 0
    if (counted === null) return { floor: marks.floor(), removed: 0, more: true }
    const tooMany = messages > 0 ? Math.max(0, counted - messages) : 0
    const oldest = selectOldest.all({ upTo, limit: REMOVED_AT_ONCE })
    let end = 0
    let removed = 0
    for (const { position, is_message: isMessage } of oldest) {
      if (position > olderThan && removed >= tooMany) break
      removed += isMessage
      end++
    }
    const old = oldest.slice(0, end)
    const last = old.at(-1)
    if (last) remove(old, last.position)
    return { floor: marks.floor(), removed, more: end === REMOVED_AT_ONCE }
  }
}

function messagesOf(entries: readonly OldEntry[]): number {
  return entries.reduce((count, { is_message: isMessage }) => count + isMessage, 0)
}
