// The feed: every event that the account may see, once, in the log's order, across all reconnections. It subscribes with
// the newest cursor it delivered, drops what it has seen, and says so (`Reset`) when the server can't go on from there.
import type { Connection } from './connection.ts'
import type { RecadoError } from './errors.ts'
import { MessagesDocument, OnEventDocument, type OnEventSubscription } from './generated/graphql.ts'
import { keepSubscribed } from './lasting.ts'
import { dataOf, requestOf } from './link.ts'
import { createListeners } from './listeners.ts'
import type { Event, FeedEvent, FeedReset, RecadoFeed } from './types.ts'

/**
 *           first listener          CaughtUp
 *  resting ───────────────▶ behind ──────────▶ live
 *     ▲                       ▲  │ refused cursor │ paused
 *     │ last listener gone    │  ▼                │
 *     └── from anywhere       └─ Reset ◀──────────┘ (paused alone: back to behind)
 */
export interface Feed extends RecadoFeed {
  readonly phase: 'resting' | 'behind' | 'live'
  /** What keeps it behind, where that is neither the network nor a refused cursor. */
  readonly trouble: RecadoError | undefined
}

function isResetCode(code: string): code is FeedReset['code'] {
  return code === 'HISTORY_RESET' || code === 'CURSOR_EXPIRED' || code === 'CURSOR_INVALID'
}

/** Cursors of one epoch sort as strings. Another epoch is another history: whatever comes from it is new. */
export function isNewer(cursor: string, than: string): boolean {
  return epochOf(cursor) !== epochOf(than) || cursor > than
}

function epochOf(cursor: string): string {
  return cursor.slice(0, cursor.indexOf('-'))
}

export function createFeed(connection: Connection, since: string | undefined, onPhase: () => void): Feed {
  const listeners = createListeners<[FeedEvent]>()
  let cursor: string | null = since ?? null
  let phase: Feed['phase'] = 'resting'
  let trouble: RecadoError | undefined
  /** Set from the refusal of a cursor until the application was told. */
  let resetCode: FeedReset['code'] | undefined
  /** A second refusal before anything came is not mended at once: that would ask without end. */
  let cameSinceReset = true
  let stop: (() => void) | undefined
  let repeated = 0

  function become(next: Feed['phase'], why?: RecadoError): void {
    if (phase === next && trouble === why) return
    phase = next
    trouble = why
    onPhase()
  }

  function deliver(event: Event): void {
    const seen = cursor !== null && !isNewer(event.cursor, cursor)
    if (seen && event.__typename !== 'CaughtUp') repeated += 1
    if (!seen) cursor = event.cursor
    if (event.__typename === 'CaughtUp') {
      become('live')
      listeners.emit(event)
      return
    }
    // A type that this version does not know has no fields but these: its cursor has been taken, that is all.
    if (!seen && 'message' in event) listeners.emit(event)
  }

  function start(): void {
    stop = keepSubscribed(connection, {
      async request(link, isCurrent) {
        if (cursor === null || resetCode !== undefined) {
          // Not simply "from now": a drop before the first event would then lose what came in between.
          const { messages } = dataOf(MessagesDocument, await link.execute(requestOf(MessagesDocument, { limit: 1 })))
          if (isCurrent()) {
            cursor = messages.pageInfo.endCursor
            if (resetCode !== undefined) {
              const code = resetCode
              resetCode = undefined
              listeners.emit({ __typename: 'Reset', code, cursor })
            }
          }
        }
        return requestOf(OnEventDocument, { since: cursor })
      },
      next(data) {
        cameSinceReset = true
        deliver((data as OnEventSubscription).onEvent)
      },
      paused(error) {
        // A refused cursor prevents nothing: `Reset` tells of it, once.
        become('behind', error && isResetCode(error.code) ? undefined : error)
      },
      mended(error) {
        if (!isResetCode(error.code)) return false
        resetCode = error.code
        const atOnce = cameSinceReset
        cameSinceReset = false
        return atOnce
      },
    })
  }

  return {
    get cursor() {
      return cursor
    },
    get repeated() {
      return repeated
    },
    skipTo(next) {
      cursor = next
      resetCode = undefined
      if (stop === undefined) return
      stop()
      become('behind')
      start()
    },
    get phase() {
      return phase
    },
    get trouble() {
      return trouble
    },
    subscribe(listener, begin) {
      const remove = listeners.add(listener)
      if (listeners.size === 1) {
        cursor ??= begin ?? null
        become('behind')
        start()
      }
      return () => {
        remove()
        if (listeners.size > 0 || stop === undefined) return
        stop()
        stop = undefined
        become('resting')
      }
    },
  }
}
