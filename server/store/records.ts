// What the program keeps beside the log and the accounts, and what a store need not understand: small texts by kind and
// key, written all or none, on condition of what is there. Who may do what, who blocks whom, invitations, bound accounts of
// others, and the list of what administrators did are kept so (server/moderation).

/** Kinds of records. A store keeps each apart, in the order of the bytes of their keys. */
export const RECORD_KINDS = ['standing', 'block', 'invitation', 'audit', 'identity', 'bound', 'spent'] as const
export type RecordKind = (typeof RECORD_KINDS)[number]

export interface StoredRecord {
  /** 1 to 200 printable characters of ASCII. */
  readonly key: string
  readonly value: string
}

export interface RecordChange {
  readonly kind: RecordKind
  readonly key: string
  /** Null: it is removed. */
  readonly value: string | null
  /** What must be there now, null for nothing, or nothing at all is written. Default: whatever it is. */
  readonly expect?: string | null
}

export interface RecordsQuery {
  readonly kind: RecordKind
  /** Only keys that begin so. */
  readonly prefix?: string
  /** Exclusive: only keys after this one, or with `newest` before it. */
  readonly edge?: string
  readonly limit: number
  /** From the last key back. Default: from the first one on. */
  readonly newest?: boolean
}

export interface RecordStore {
  record(kind: RecordKind, key: string): Promise<string | null>
  records(query: RecordsQuery): Promise<readonly StoredRecord[]>
  /**
   * Writes all changes in one step, durably, or none: false where one finds something else than it expects. Other nodes of
   * the space are told which records changed (`records` of domain/notice.ts); that may be lost.
   */
  writeRecords(changes: readonly RecordChange[]): Promise<boolean>
}

/** No key has this character, and all others come before it: the end of the keys with a prefix. */
export const AFTER_KEYS = '\x7f'

const KEY = /^[\x20-\x7e]{1,200}$/

/** @throws TypeError for a key that a store can't keep: a defect */
export function checkRecordKey(key: string): string {
  if (KEY.test(key)) return key
  throw new TypeError(`That is no key of a record: ${JSON.stringify(key)}.`)
}
