// What administrators and the operator did, to whom, when and why: entries are added in the same step as what they tell
// of, and never changed or removed by the program. (PROTOCOL.md: ADMIN-4)
import type { AccountRef } from '../domain/entry.ts'
import { randomId } from '../domain/message.ts'
import type { RecordChange, RecordStore } from '../store/records.ts'

const AUDIT_ACTIONS = [
  'GRANT',
  'REVOKE',
  'MUTE',
  'UNMUTE',
  'BAN',
  'UNBAN',
  'REMOVE_MESSAGE',
  'CREATE_INVITATION',
  'REVOKE_INVITATION',
  'RESET_PASSWORD',
  'END_SESSIONS',
  'CREATE_TOKEN',
  'REVOKE_TOKEN',
  'EXPORT',
] as const
export type AuditAction = (typeof AUDIT_ACTIONS)[number]

export interface AuditEntry {
  /** Sorts by time. */
  readonly id: string
  /** Milliseconds since 1970. */
  readonly at: number
  /** Who did it; null: the operator, on the server's machine. */
  readonly by: AccountRef | null
  readonly action: AuditAction
  /** To whom; null: nobody in particular. */
  readonly whom: AccountRef | null
  /** What it was about beside that: the id of a message or an invitation, the name of a token. */
  readonly what: string | null
  /** In words; empty: none were given. */
  readonly reason: string
  /** Until when, in milliseconds since 1970; null: no end, or nothing that has one. */
  readonly until: number | null
}

export type AuditDraft = Pick<AuditEntry, 'by' | 'action'> &
  Partial<Pick<AuditEntry, 'whom' | 'what' | 'reason' | 'until'>>

export interface AuditLog {
  /** What adds an entry: to be written together with what it tells of. */
  entry(draft: AuditDraft): RecordChange
  /** Adds one by itself. */
  add(draft: AuditDraft): Promise<void>
  /** The newest first, before the entry with this id, at most `limit`. */
  page(before: string | null, limit: number): Promise<readonly AuditEntry[]>
}

const DIGITS = 13
const ID = /^[0-9]{13}-[\w-]{22}$/

export function createAuditLog(store: RecordStore, clock: () => number = Date.now): AuditLog {
  /** Two of one millisecond, and of a clock that was set back, keep their order as far as this process goes. */
  let last = 0

  function entry({ by, action, whom = null, what = null, reason = '', until = null }: AuditDraft): RecordChange {
    const at = clock()
    last = Math.max(last + 1, at)
    const key = `${String(last).padStart(DIGITS, '0')}-${randomId()}`
    const value = JSON.stringify({ at, by: refOf(by), action, whom: refOf(whom), what, reason, until })
    // Random: it can't be there. Were it, nothing is written rather than an entry lost.
    return { kind: 'audit', key, value, expect: null }
  }

  return {
    entry,
    async add(draft) {
      if (!(await store.writeRecords([entry(draft)]))) throw new Error('An entry of the audit log was there already.')
    },
    async page(before, limit) {
      if (before !== null && !ID.test(before)) return []
      const rows = await store.records({
        kind: 'audit',
        newest: true,
        limit,
        ...(before === null ? {} : { edge: before }),
      })
      return rows.map(({ key, value }) => ({ id: key, ...(JSON.parse(value) as Omit<AuditEntry, 'id'>) }))
    },
  }
}

function refOf(account: AccountRef | null): AccountRef | null {
  return account && { id: account.id, username: account.username }
}
