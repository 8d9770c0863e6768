// One running subscription: a position in the log, what its account may see, and where its entries go.
//
//            open                 has delivered all up to the head (synchronously, from the tail)
//   ───────────────▶  behind  ───────────────────────────────────────────────────────────────────▶  live
//                       ▲  reads the log at the pace of its sink                                     │
//                       └────────────────────────────────────────────────────────────────────────────┘
//                                    the sink's backlog is over its bound: nothing is dropped, it reads again
//   ended: from any state, by its client, its session, or a refusal. Nothing is delivered afterwards.
import type { Entry, Position } from '../domain/entry.ts'
import type { Refusal } from '../domain/errors.ts'
import type { Stretch } from '../store/store.ts'

/** What goes to sinks: entries of the log in its order, each visible to the account. Never changed once made. */
export interface Batch {
  readonly entries: readonly Entry[]
}

/** Replay has become live: the newest cursor the account knows, and how many entries were replayed. */
export interface CaughtUp {
  readonly position: Position
  readonly replayed: number
}

/** Feeds of one lane render entries alike, so the work is done once for all of them. */
export interface Lane {
  /** What its feeds have in common, for whoever looks at a running server. Without: nothing that they share. */
  readonly operation?: { readonly key: string }
  /**
   * Makes ready what `deliver` will need; a promise only when a field of the operation is asynchronous. It rejects with a
   * Refusal for what can't be had just now: its feeds wait, and try again.
   */
  prepare(entries: readonly Entry[]): void | Promise<void>
}

/** Where a feed's entries go. */
export interface Sink {
  /** Takes a batch whose entries were prepared. Never refuses: look at `congested` and `overflowing` afterwards. */
  deliver(batch: Batch): void
  caughtUp(mark: CaughtUp): void
  /** Replay should wait: `Feed.resume` is called once it need not. */
  readonly congested: boolean
  /** More is waiting than a live feed may have: it has to become behind. */
  readonly overflowing: boolean
  /** The feed was ended by the server: `cause` says why. */
  ended(cause: Refusal): void
}

export type FeedState = 'behind' | 'live' | 'ended'

export class Feed {
  readonly accountId: string
  readonly lane: Lane
  readonly sink: Sink
  state: FeedState = 'behind'
  /** While behind: all that is visible up to here was delivered. While live, the hub's lane keeps it. */
  position: Position
  /** Until the first promotion: what CaughtUp will say. Then null. */
  opening: { position: Position; replayed: number } | null
  /** While behind, below the tail: the account's private entries after `position`, as far as they were read. */
  privates: Stretch | null = null
  /** A step of catching up is queued or under way: there is never more than one. */
  busy = false
  /** Waits for its sink to drain. */
  waiting = false
  /** Failed reads of the log in a row. */
  failures = 0

  // The hub's own marks, kept here so that a feed costs no map entries. `index`: where it stands among its lane's live
  // feeds, -1 elsewhere. `round`: the last flush that delivered to it.
  index = -1
  round = 0

  constructor(accountId: string, lane: Lane, sink: Sink, position: Position, visible: Position) {
    this.accountId = accountId
    this.lane = lane
    this.sink = sink
    this.position = position
    this.opening = { position: visible, replayed: 0 }
  }
}
