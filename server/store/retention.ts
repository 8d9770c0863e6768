// Keeps the log as short as the operator wants it (`RETAIN_MESSAGES`, `RETAIN_DAYS`): a timer that trims the store in
// short steps, with pauses, so that sends are not held up. Every node may run one: what one has trimmed, the others find
// trimmed, and forget what their memory has of it.
import { setTimeout as delay } from 'node:timers/promises'
import { ORIGIN, type Position } from '../domain/entry.ts'
import { DAY_MS } from '../domain/time.ts'
import type { Store } from './store.ts'

const INTERVAL_MS = 60_000
/**
 * Whatever the limits say, nothing is removed before it is this old: who lost the connection for a moment, or a node
 * that is a little behind, comes back to a whole log.
 */
const SETTLED_MS = 60_000
/** Between two steps at least; and twice as long as a step took, so that trimming has a third of the writer at most. */
const PAUSE_MS = 10

export interface RetentionOptions {
  readonly store: Pick<Store, 'trim'>
  /** How many of the newest messages stay; 0: any number. */
  readonly messages: number
  /** How many days a message stays; 0: for ever. With `messages` too, what either excludes goes. */
  readonly days: number
  /** Told after each round up to where the log has been trimmed, by whomever. */
  onTrimmed(floor: Position): void
  onError(error: unknown): void
  /** Milliseconds since 1970. Default `Date.now`. */
  readonly clock?: () => number
  /** From one round to the next, about. Default a minute; the first begins at once. */
  readonly intervalMs?: number
}

export interface RetentionTimer {
  /** One round, as the timer runs it. Never rejects: what went wrong is told, and tried again in the next round. */
  round(): Promise<void>
  /** No more steps; resolves once the one under way is done. Call it before the store is closed. */
  close(): Promise<void>
}

/** Starts the timer. Without limits there is none, and nothing is trimmed. */
export function startRetention(options: RetentionOptions): RetentionTimer {
  const { store, messages, days, onTrimmed, onError, clock = Date.now, intervalMs = INTERVAL_MS } = options
  const stop = new AbortController()
  let running: Promise<void> | null = null
  let timer: NodeJS.Timeout | null = null

  async function trim(): Promise<void> {
    const now = clock()
    const olderThan = days > 0 ? microseconds(now - days * DAY_MS) : ORIGIN
    const upTo = microseconds(now - SETTLED_MS)
    let more = true
    while (more && !stop.signal.aborted) {
      const started = performance.now()
      const step = await store.trim({ messages, olderThan, upTo })
      const took = performance.now() - started
      more = step.more
      if (!more) onTrimmed(step.floor)
      else await delay(Math.max(PAUSE_MS, 2 * took), undefined, { signal: stop.signal })
    }
  }

  function round(): Promise<void> {
    running ??= trim()
      .catch(error => {
        if (!stop.signal.aborted) onError(error)
      })
      .finally(() => {
        running = null
      })
    return running
  }

  /** A little sooner or later, so that the nodes of a space take turns. */
  const next = (): number => intervalMs * (0.75 + Math.random() / 2)

  function schedule(waitMs: number): void {
    if (stop.signal.aborted) return
    timer = setTimeout(() => void round().then(() => schedule(next())), waitMs).unref()
  }

  if (messages > 0 || days > 0) schedule(0)
  return {
    round,
    async close() {
      stop.abort()
      if (timer) clearTimeout(timer)
      await running
    },
  }
}

/** As positions count them. */
function microseconds(milliseconds: number): Position {
  return Math.max(ORIGIN, milliseconds * 1000)
}
