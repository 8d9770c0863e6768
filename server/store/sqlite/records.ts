// Records (../records.ts) in SQLite: one table, in the order of its key.
import type { DatabaseSync } from 'node:sqlite'
import {
  AFTER_KEYS,
  checkRecordKey,
  type RecordChange,
  type RecordKind,
  type RecordsQuery,
  type StoredRecord,
} from '../records.ts'
import { prepare } from './statement.ts'

const RANGE = 'SELECT key, value FROM record WHERE kind = :kind AND key > :low AND key < :high ORDER BY key'

export interface RecordReads {
  record(kind: RecordKind, key: string): string | null
  records(query: RecordsQuery): StoredRecord[]
}

export function createRecordReads(db: DatabaseSync): RecordReads {
  const select = prepare<{ value: string }>(db, 'SELECT value FROM record WHERE kind = :kind AND key = :key')
  const ascending = prepare<StoredRecord>(db, `${RANGE} LIMIT :limit`)
  const descending = prepare<StoredRecord>(db, `${RANGE} DESC LIMIT :limit`)

  return {
    record: (kind, key) => select.get({ kind, key })?.value ?? null,
    records({ kind, prefix = '', edge, limit, newest = false }) {
      const end = prefix + AFTER_KEYS
      const low = newest ? prefix : later(prefix, edge)
      const high = newest && edge !== undefined && edge < end ? edge : end
      return (newest ? descending : ascending).all({ kind, low, high, limit })
    },
  }
}

/** A prefix is before every key that begins with it, and is none itself. */
function later(prefix: string, edge: string | undefined): string {
  return edge !== undefined && edge > prefix ? edge : prefix
}

/** @returns whether they were written; called inside a transaction, it changes nothing before all is looked at */
export function createRecordWrites(db: DatabaseSync): (changes: readonly RecordChange[]) => boolean {
  const select = prepare<{ value: string }>(db, 'SELECT value FROM record WHERE kind = :kind AND key = :key')
  const upsert = prepare(
    db,
    'INSERT INTO record VALUES (:kind, :key, :value) ON CONFLICT DO UPDATE SET value = excluded.value',
  )
  const remove = prepare(db, 'DELETE FROM record WHERE kind = :kind AND key = :key')

  return changes => {
    for (const { kind, key, expect } of changes) {
      checkRecordKey(key)
      if (expect !== undefined && (select.get({ kind, key })?.value ?? null) !== expect) return false
    }
    for (const { kind, key, value } of changes) {
      if (value === null) remove.run({ kind, key })
      else upsert.run({ kind, key, value })
    }
    return true
  }
}
