// What other nodes ended → the sessions and accounts that this node has to forget, and whose sessions are others now. The
// store keeps a durable sequence of it, which is read every half second, and at once when a notice hints at news, so that
// a lost notice costs half a second and nothing else. (PROTOCOL.md: ENTER-7, DEVICE-3)
import type { Store } from '../store/store.ts'

/** How often the sequence is read. With the reading itself, a token is refused everywhere within a second. */
const INTERVAL_MS = 500
/** How often hints may make that more often: a thousand people who leave at once are no thousand readings. */
const HINT_MS = 50
/**
 * After this long without a successful reading, what is remembered of a session is not believed any more: it is looked
 * up again, which a node that is cut off from the store cannot do. Longer than a hiccup, shorter than a coffee.
 */
const TRUST_MS = 5_000

export interface RevocationsOptions {
  readonly store: Required<Pick<Store, 'revokedSince'>>
  /** Milliseconds between two readings. Default 500. */
  readonly intervalMs?: number
  /** Milliseconds that cached sessions are believed without a reading. Default 5,000. */
  readonly trustMs?: number
  /** Milliseconds that only rise. Default: the process's own clock. */
  readonly clock?: () => number
  /** Default: says nothing. */
  readonly log?: { warn(details: object, message: string): void }
}

export interface Revocation {
  readonly sessionIds: readonly string[]
  /** Deleted accounts: every session of theirs is over, listed or not. */
  readonly accountIds: readonly string[]
  /** Accounts that have other sessions than before: one was made, or has ended. */
  readonly changedIds: readonly string[]
}

export interface Revocations {
  /**
   * Finds out where the sequence stands, and follows it from there. Sessions may be looked up, and sockets let in, once
   * this has resolved. Rejects as the store does.
   */
  start(): Promise<void>
  /** Reads now: something may have been revoked. */
  hint(): void
  /** Whether everything that was revoked up to `trustMs` ago is known here. */
  isCurrent(): boolean
  /** Is told what was revoked, this node's own revocations included. Answers with what stops that. */
  onRevoked(listener: (revocation: Revocation) => void): () => void
  /**
   * Is told that some may have been missed for good, because this node was cut off for longer than the store keeps them
   * (a day): nobody's session is known to be living any more.
   */
  onGap(listener: () => void): () => void
  close(): void
}

export function createRevocations({
  store,
  intervalMs = INTERVAL_MS,
  trustMs = TRUST_MS,
  clock = () => performance.now(),
  log,
}: RevocationsOptions): Revocations {
  const revokedListeners = new Set<(revocation: Revocation) => void>()
  const gapListeners = new Set<() => void>()
  /** Everything before it is known here. Null: `start` has not resolved yet. */
  let mark: string | null = null
  /** When the last successful reading began: what was revoked before that is known. */
  let coveredUntil = Number.NEGATIVE_INFINITY
  let readAt = Number.NEGATIVE_INFINITY
  let timer: NodeJS.Timeout | null = null
  let reading: Promise<void> | null = null
  /** Something may have been revoked after the present reading began. */
  let hinted = false
  let failing = false
  let closed = false

  async function read(): Promise<void> {
    const startedAt = clock()
    readAt = startedAt
    const revoked = await store.revokedSince(mark)
    if (closed) return
    const { sessionIds, accountIds, changedIds, complete } = revoked
    mark = revoked.mark
    coveredUntil = startedAt
    if (sessionIds.length > 0 || accountIds.length > 0 || changedIds.length > 0) {
      // There may be more: an answer can be bounded.
      hinted = true
      for (const listener of revokedListeners) listener({ sessionIds, accountIds, changedIds })
    }
    if (!complete) for (const listener of gapListeners) listener()
  }

  /** One reading at a time; a failed one is made again after the interval, as any other. */
  function schedule(): void {
    if (closed || reading) return
    if (timer) clearTimeout(timer)
    const pause = hinted && !failing ? Math.max(0, readAt + HINT_MS - clock()) : intervalMs
    timer = setTimeout(() => {
      hinted = false
      reading = read()
        .then(
          () => {
            failing = false
          },
          (error: unknown) => {
            if (!failing && !closed) log?.warn({ err: error }, 'revocations could not be read; trying again')
            failing = true
          },
        )
        .finally(() => {
          reading = null
          schedule()
        })
    }, pause).unref()
  }

  return {
    async start() {
      await read()
      schedule()
    },
    hint() {
      if (hinted || mark === null) return
      hinted = true
      schedule()
    },
    isCurrent: () => clock() - coveredUntil <= trustMs,
    onRevoked(listener) {
      revokedListeners.add(listener)
      return () => revokedListeners.delete(listener)
    },
    onGap(listener) {
      gapListeners.add(listener)
      return () => gapListeners.delete(listener)
    },
    close() {
      closed = true
      if (timer) clearTimeout(timer)
    },
  }
}
