// What an account may do beside what everybody may: its role, and whether it is muted or banned. Changes are written
// together with their entry in the audit log. (PROTOCOL.md: ADMIN, MUTE, BAN)
import { Refusal } from '../domain/errors.ts'
import type { RecordStore } from '../store/records.ts'
import type { AuditDraft, AuditLog } from './audit-log.ts'
import { createRecordCache } from './record-cache.ts'

/** A restriction. */
export interface Restriction {
  /** Milliseconds since 1970; null: no end. */
  readonly until: number | null
  /** In words; empty: none were given. */
  readonly reason: string
}

export interface Standing {
  readonly isAdministrator: boolean
  /** Null: it is not. One whose end has come is none. */
  readonly muted: Restriction | null
  readonly banned: Restriction | null
}

export interface Standings {
  /** As it was at most a moment ago, on a node that is not alone; at once where it is known. */
  of(accountId: string): Standing | Promise<Standing>
  /** As it is, asked of the store. */
  now(accountId: string): Promise<Standing>
  /**
   * Changes it, with an entry of the audit log in the same step. False: it is so already, and nothing was written.
   * @param change what it is to be; throws what refuses it
   */
  change(accountId: string, change: (standing: Standing) => Standing, draft: AuditDraft): Promise<boolean>
  /** Accounts whose standing is not everybody's, by id, after this id. */
  list(after: string | null, limit: number): Promise<readonly (Standing & { readonly accountId: string })[]>
  /** Another node, or the operator, may have changed it. */
  forget(accountId: string): void
  /** Drops what is kept of an account that was deleted. */
  drop(accountId: string): Promise<void>
}

const EVERYBODYS: Standing = { isAdministrator: false, muted: null, banned: null }
/** Others change the same account at the same time: seldom, and never for long. */
const ATTEMPTS = 20

export interface StandingsOptions {
  readonly store: RecordStore
  readonly audit: AuditLog
  /** Other nodes write the same records. */
  readonly isShared: boolean
  /** Milliseconds since 1970. Default `Date.now`. */
  readonly clock?: () => number
}

export function createStandings({ store, audit, isShared, clock = Date.now }: StandingsOptions): Standings {
  const cache = createRecordCache<{ readonly kept: Standing }>(
    async id => ({ kept: parse(await store.record('standing', id)) }),
    isShared,
  )

  /** Without what is over. */
  function present(kept: Standing): Standing {
    if (kept.muted === null && kept.banned === null) return kept
    return { ...kept, muted: unended(kept.muted), banned: unended(kept.banned) }
  }

  function unended(restriction: Restriction | null): Restriction | null {
    return restriction && (restriction.until === null || restriction.until > clock()) ? restriction : null
  }

  return {
    of(accountId) {
      const known = cache.get(accountId)
      return known instanceof Promise ? known.then(({ kept }) => present(kept)) : present(known.kept)
    },

    now: async accountId => present(parse(await store.record('standing', accountId))),

    async change(accountId, change, draft) {
      for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
        const kept = await store.record('standing', accountId)
        const before = present(parse(kept))
        const after = change(before)
        if (textOf(after) === textOf(before)) return false
        const written = await store.writeRecords([
          { kind: 'standing', key: accountId, value: textOf(after), expect: kept },
          audit.entry(draft),
        ])
        cache.forget(accountId)
        if (written) return true
      }
      throw new Refusal('STORAGE_UNAVAILABLE')
    },

    async list(after, limit) {
      const rows = await store.records({ kind: 'standing', limit, ...(after === null ? {} : { edge: after }) })
      return rows.map(({ key, value }) => ({ accountId: key, ...present(parse(value)) }))
    },

    forget: cache.forget,

    async drop(accountId) {
      await store.writeRecords([{ kind: 'standing', key: accountId, value: null }])
      cache.forget(accountId)
    },
  }
}

/** Null: nothing is kept of an account that is as all others. */
function textOf({ isAdministrator, muted, banned }: Standing): string | null {
  if (!isAdministrator && !muted && !banned) return null
  return JSON.stringify({ isAdministrator, muted, banned })
}

function parse(text: string | null): Standing {
  return text === null ? EVERYBODYS : { ...EVERYBODYS, ...(JSON.parse(text) as Partial<Standing>) }
}

/** @throws Refusal `BANNED` */
export function refuseBanned({ banned }: Standing): void {
  if (!banned) return
  throw new Refusal('BANNED', undefined, {
    until: banned.until === null ? null : new Date(banned.until).toISOString(),
    ...(banned.reason === '' ? {} : { reason: banned.reason }),
  })
}

/** @throws Refusal `MUTED`: with `until`, and `retryAfterMs` where that comes */
export function refuseMuted({ muted }: Standing, now: number): void {
  if (!muted) return
  throw new Refusal('MUTED', undefined, {
    until: muted.until === null ? null : new Date(muted.until).toISOString(),
    ...(muted.until === null ? {} : { retryAfterMs: Math.max(1, muted.until - now) }),
    ...(muted.reason === '' ? {} : { reason: muted.reason }),
  })
}
