// An account's sessions as its devices see them: a list, and the list again whenever one was made or has ended, on whichever
// node. Reads the store, told when to by the sessions. (PROTOCOL.md: DEVICE-1, DEVICE-3)
//
//            watch, changed                     read                        nothing changed meanwhile
//   (idle) ─────────────────▶ due ─ at once, or ──────▶ reading ─▶ told ──────────────────────────────▶ (idle)
//                              ▲     a second after the last one     │ changed meanwhile
//                              └─────────────────────────────────────┘
import type { SessionEntry } from '../store/store.ts'
import type { Sessions } from './sessions.ts'

/** How often an account's devices are told of changes, at most. */
const PACE_MS = 1_000

/** A session of the account, with whether it is connected here. */
export interface Device {
  readonly id: string
  readonly device: string
  /** Milliseconds since 1970. */
  readonly createdAt: number
  /** For one that is connected: now. */
  readonly lastUsedAt: number
  readonly online: boolean
}

export interface DevicesOptions {
  readonly sessions: Pick<Sessions, 'list' | 'onChanged'>
  /** Whether this node has a connection of the session. */
  isConnected(sessionId: string): boolean
  /** Milliseconds since 1970. Default `Date.now`. */
  readonly clock?: () => number
  /** Default 1,000. */
  readonly paceMs?: number
  /** Told when a list could not be read; it is tried again. */
  onError(error: unknown): void
}

export type DevicesListener = (devices: readonly Device[]) => void

export interface Devices {
  /** The account's devices, the newest first. */
  list(accountId: string): Promise<readonly Device[]>
  /**
   * Tells the whole list as soon as it is read, and again when one was made or has ended: the first change at once, more of
   * them at most once a second. Answers with what stops that.
   */
  watch(accountId: string, listener: DevicesListener): () => void
}

interface Watched {
  /** By listener, the ids that it was told last; null: it was told nothing yet. */
  readonly told: Map<DevicesListener, string | null>
  due: boolean
  reading: boolean
  readAt: number
  timer: NodeJS.Timeout | null
}

export function createDevices(options: DevicesOptions): Devices {
  const { sessions, isConnected, clock = Date.now, paceMs = PACE_MS, onError } = options
  const watchedByAccount = new Map<string, Watched>()

  async function list(accountId: string): Promise<readonly Device[]> {
    const now = clock()
    return (await sessions.list(accountId)).map(session => deviceOf(session, now))
  }

  function deviceOf({ id, device, createdAt, lastUsedAt }: SessionEntry, now: number): Device {
    const online = isConnected(id)
    return { id, device, createdAt, lastUsedAt: online ? Math.max(lastUsedAt, now) : lastUsedAt, online }
  }

  function schedule(accountId: string, watched: Watched, atOnce: boolean): void {
    watched.due = true
    if (watched.reading) return
    const pause = atOnce ? 0 : Math.max(0, watched.readAt + paceMs - performance.now())
    if (pause > 0) {
      watched.timer ??= setTimeout(read, pause, accountId, watched).unref()
      return
    }
    read(accountId, watched)
  }

  function read(accountId: string, watched: Watched): void {
    if (watched.timer) clearTimeout(watched.timer)
    watched.timer = null
    if (watched.told.size === 0) return
    watched.due = false
    watched.reading = true
    watched.readAt = performance.now()
    list(accountId)
      .then(
        devices => tell(watched, devices),
        (error: unknown) => {
          watched.due = true
          onError(error)
        },
      )
      .finally(() => {
        watched.reading = false
        // What came while it was being read may be missing in it. After a failure this is the pause before the next try.
        if (watched.due) schedule(accountId, watched, false)
      })
  }

  function tell(watched: Watched, devices: readonly Device[]): void {
    const ids = devices.map(({ id }) => id).join(' ')
    for (const [listener, told] of [...watched.told]) {
      if (told === ids) continue
      watched.told.set(listener, ids)
      listener(devices)
    }
  }

  sessions.onChanged(accountIds => {
    for (const accountId of accountIds ?? [...watchedByAccount.keys()]) {
      const watched = watchedByAccount.get(accountId)
      if (watched) schedule(accountId, watched, false)
    }
  })

  return {
    list,
    watch(accountId, listener) {
      const watched = watchedByAccount.get(accountId) ?? {
        told: new Map(),
        due: false,
        reading: false,
        readAt: Number.NEGATIVE_INFINITY,
        timer: null,
      }
      watchedByAccount.set(accountId, watched)
      watched.told.set(listener, null)
      schedule(accountId, watched, true)
      return () => {
        watched.told.delete(listener)
        if (watched.told.size > 0 || watchedByAccount.get(accountId) !== watched) return
        watchedByAccount.delete(accountId)
        if (watched.timer) clearTimeout(watched.timer)
      }
    },
  }
}
