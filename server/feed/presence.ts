// Who is online: state, not log. An account is online while it has a connection, here or at another node, and for some
// seconds after its last one went (a reload is not an absence). Changes are batched: whoever watches hears at most once
// a second.
//
//                connect                       the last connection went             grace is over
//   (absent) ───────────────▶ here, connected ─────────────────────────▶ here, leaving ───────────▶ (absent)
//                                    ▲────────────── connect ───────────────────┘
//
// `elsewhere` is beside that: what other nodes say (bus/presence-leases.ts). Absent here and not elsewhere is offline.
import { LRUCache } from 'lru-cache'
import type { PresenceLeases } from '../bus/presence-leases.ts'
import type { AccountRef } from '../domain/entry.ts'

/** How long an account stays online after its last connection went. */
const GRACE_MS = 5_000
/** How often changes go out, at most. */
const BATCH_MS = 1_000
/** Accounts whose last absence is remembered here; older ones are in the store. */
const REMEMBERED = 10_000
/** Deleted accounts that other nodes may still take for present: until they have heard of it, a second or so. */
const FORGOTTEN = { max: 10_000 }

export interface PresenceOptions {
  /**
   * Told when an account has gone, milliseconds since 1970: for the store to keep. Of several nodes one is told, once the
   * account is gone from all of them.
   */
  onGone(accountId: string, at: number): void
  /** What other nodes have. Default: there are no others. */
  readonly leases?: PresenceLeases
  readonly clock?: () => number
  readonly graceMs?: number
  readonly batchMs?: number
}

/** A connection that is there. */
export interface Stay {
  /** It is gone. Calling twice is harmless. */
  leave(): void
}

/** Gets the changes; the same array for every watcher. */
export type PresenceListener = (changed: readonly AccountRef[]) => void

export interface Presence {
  /** A connection of this account is there, until it says that it has gone. */
  connect(account: AccountRef): Stay
  /** The account is no more: offline at once, without grace. */
  forget(accountId: string): void
  isOnline(accountId: string): boolean
  /** Milliseconds since 1970; null: online; undefined: not known here, ask the store. */
  lastSeen(accountId: string): number | null | undefined
  /** Everyone online. The same array until something changes. */
  online(): readonly AccountRef[]
  watch(listener: PresenceListener): () => void
  /** Whoever is still here leaves with the node. Resolves once other nodes can know. */
  close(): Promise<void>
}

interface Attendance {
  readonly account: AccountRef
  connections: number
  /** When the last connection went; meaningful only while there are none. */
  leftAt: number
  /** Has connections, or is within its grace. */
  here: boolean
  elsewhere: boolean
}

export function createPresence({
  onGone,
  leases,
  clock = Date.now,
  graceMs = GRACE_MS,
  batchMs = BATCH_MS,
}: PresenceOptions): Presence {
  /** Everyone online: each is here, or elsewhere, or both. */
  const attendanceByAccount = new Map<string, Attendance>()
  /** Accounts without a connection, within their grace. */
  const leaving = new Set<string>()
  const lastSeenByAccount = new Map<string, number>()
  const forgotten = new LRUCache<string, true>(FORGOTTEN)
  const listeners = new Set<PresenceListener>()
  /** What watchers were last told of each changed account; compared when the batch goes out. */
  const changed = new Map<string, { account: AccountRef; was: boolean }>()
  let snapshot: readonly AccountRef[] | null = null
  let timer: NodeJS.Timeout | null = null

  function tick(): void {
    const now = clock()
    for (const id of leaving) {
      const attendance = attendanceByAccount.get(id)
      if (attendance && now - attendance.leftAt >= graceMs) leave(attendance, attendance.leftAt)
    }
    const batch: AccountRef[] = []
    for (const [id, { account, was }] of changed) if (attendanceByAccount.has(id) !== was) batch.push(account)
    changed.clear()
    if (batch.length > 0) for (const listener of listeners) listener(batch)
    if (leaving.size === 0 && changed.size === 0 && timer) {
      clearInterval(timer)
      timer = null
    }
  }

  function note(account: AccountRef, was: boolean): void {
    snapshot = null
    if (!changed.has(account.id)) changed.set(account.id, { account, was })
    startTimer()
  }

  function startTimer(): void {
    timer ??= setInterval(tick, batchMs).unref()
  }

  function attend(account: AccountRef): Attendance {
    const attendance = { account, connections: 0, leftAt: 0, here: false, elsewhere: false }
    attendanceByAccount.set(account.id, attendance)
    note(account, false)
    return attendance
  }

  /** This node has it no longer. Whether it was the last one that had it is for all nodes together to say. */
  function leave(attendance: Attendance, at: number): void {
    const { id } = attendance.account
    attendance.here = false
    leaving.delete(id)
    if (leases) leases.leave(id, at)
    else onGone(id, at)
    if (!attendance.elsewhere) goOffline(attendance, at)
  }

  function goOffline({ account }: Attendance, at: number): void {
    attendanceByAccount.delete(account.id)
    lastSeenByAccount.delete(account.id)
    lastSeenByAccount.set(account.id, at)
    if (lastSeenByAccount.size > REMEMBERED) {
      for (const oldest of lastSeenByAccount.keys()) {
        lastSeenByAccount.delete(oldest)
        break
      }
    }
    note(account, true)
  }

  /** A class, since each of many thousand connections has one: a closure would weigh three times as much. */
  class AttendedStay implements Stay {
    #attendance: Attendance | null

    constructor(attendance: Attendance) {
      this.#attendance = attendance
    }

    leave(): void {
      const attendance = this.#attendance
      if (!attendance) return
      this.#attendance = null
      const { id } = attendance.account
      // Another one, or none: the account was forgotten meanwhile.
      if (attendanceByAccount.get(id) !== attendance || --attendance.connections > 0) return
      attendance.leftAt = clock()
      leaving.add(id)
      startTimer()
    }
  }

  leases?.subscribe({
    arrived(accounts) {
      for (const account of accounts) {
        if (forgotten.has(account.id)) continue
        const attendance = attendanceByAccount.get(account.id) ?? attend(account)
        attendance.elsewhere = true
      }
    },
    departed(departures) {
      for (const { accountId, at } of departures) {
        const attendance = attendanceByAccount.get(accountId)
        if (!attendance?.elsewhere) continue
        attendance.elsewhere = false
        if (!attendance.here) goOffline(attendance, at)
      }
    },
    gone: onGone,
  })

  return {
    connect(account) {
      const attendance = attendanceByAccount.get(account.id) ?? attend(account)
      if (!attendance.here) {
        attendance.here = true
        leases?.enter(account)
      }
      attendance.connections++
      leaving.delete(account.id)
      return new AttendedStay(attendance)
    },
    forget(accountId) {
      forgotten.set(accountId, true)
      const attendance = attendanceByAccount.get(accountId)
      if (!attendance) return
      const now = clock()
      attendance.elsewhere = false
      if (attendance.here) leave(attendance, now)
      else goOffline(attendance, now)
    },
    isOnline: accountId => attendanceByAccount.has(accountId),
    lastSeen(accountId) {
      return attendanceByAccount.has(accountId) ? null : lastSeenByAccount.get(accountId)
    },
    online() {
      snapshot ??= [...attendanceByAccount.values()].map(({ account }) => account)
      return snapshot
    },
    watch(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    async close() {
      if (timer) clearInterval(timer)
      if (leases) return leases.close()
      const now = clock()
      for (const id of attendanceByAccount.keys()) onGone(id, now)
    },
  }
}
