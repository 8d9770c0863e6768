// Who is online: state, not log. An account is online while it has a connection, and for some seconds after its last
// one went (a reload is not an absence). Changes are batched: whoever watches hears at most once a second.
import type { AccountRef } from '../domain/entry.ts'

/** How long an account stays online after its last connection went. */
const GRACE_MS = 5_000
/** How often changes go out, at most. */
const BATCH_MS = 1_000
/** Accounts whose last absence is remembered here; older ones are in the store. */
const REMEMBERED = 10_000

export interface PresenceOptions {
  /** Told when an account has gone, milliseconds since 1970: for the store to keep. */
  onGone(accountId: string, at: number): void
  readonly clock?: () => number
  readonly graceMs?: number
  readonly batchMs?: number
}

/** Gets the changes; the same array for every watcher. */
export type PresenceListener = (changed: readonly AccountRef[]) => void

export interface Presence {
  /** A connection of this account is there. Answers with what to call when it is gone; calling twice is harmless. */
  connect(account: AccountRef): () => void
  /** The account is no more: offline at once, without grace. */
  forget(accountId: string): void
  isOnline(accountId: string): boolean
  /** Milliseconds since 1970; null: online; undefined: not known here, ask the store. */
  lastSeen(accountId: string): number | null | undefined
  /** Everyone online. The same array until something changes. */
  online(): readonly AccountRef[]
  watch(listener: PresenceListener): () => void
  close(): void
}

interface Attendance {
  readonly account: AccountRef
  connections: number
  /** When the last connection went; meaningful only while there are none. */
  leftAt: number
}

export function createPresence({
  onGone,
  clock = Date.now,
  graceMs = GRACE_MS,
  batchMs = BATCH_MS,
}: PresenceOptions): Presence {
  const attendanceByAccount = new Map<string, Attendance>()
  /** Accounts without a connection, within their grace. */
  const leaving = new Set<string>()
  const lastSeenByAccount = new Map<string, number>()
  const listeners = new Set<PresenceListener>()
  /** What watchers were last told of each changed account; compared when the batch goes out. */
  const changed = new Map<string, { account: AccountRef; was: boolean }>()
  let snapshot: readonly AccountRef[] | null = null
  let timer: NodeJS.Timeout | null = null

  function tick(): void {
    const now = clock()
    for (const id of leaving) {
      const attendance = attendanceByAccount.get(id)
      if (attendance && now - attendance.leftAt >= graceMs) goOffline(attendance, attendance.leftAt)
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

  function goOffline({ account }: Attendance, at: number): void {
    attendanceByAccount.delete(account.id)
    leaving.delete(account.id)
    lastSeenByAccount.delete(account.id)
    lastSeenByAccount.set(account.id, at)
    if (lastSeenByAccount.size > REMEMBERED) {
      for (const oldest of lastSeenByAccount.keys()) {
        lastSeenByAccount.delete(oldest)
        break
      }
    }
    note(account, true)
    onGone(account.id, at)
  }

  return {
    connect(account) {
      let attendance = attendanceByAccount.get(account.id)
      if (!attendance) {
        attendance = { account, connections: 0, leftAt: 0 }
        attendanceByAccount.set(account.id, attendance)
        note(account, false)
      }
      attendance.connections++
      leaving.delete(account.id)
      let connected = true
      return () => {
        if (!connected) return
        connected = false
        const present = attendanceByAccount.get(account.id)
        if (!present || --present.connections > 0) return
        present.leftAt = clock()
        leaving.add(account.id)
        startTimer()
      }
    },
    forget(accountId) {
      const attendance = attendanceByAccount.get(accountId)
      if (attendance) goOffline(attendance, clock())
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
    close() {
      if (timer) clearInterval(timer)
      // Whoever is still here leaves with the server.
      const now = clock()
      for (const id of attendanceByAccount.keys()) onGone(id, now)
    },
  }
}
