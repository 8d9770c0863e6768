// Topics to feeds: takes what comes next in the log (chain.ts), keeps it in the tail, and flushes it to the live feeds of
// everyone who may see it. Public entries go to all, private ones to the two accounts' topics; both leave in one order,
// in one batch.
//
// A lane's live feeds all stand at the lane's position, so that a flush costs nothing per feed but the delivery. A feed
// promoted while entries are published but not yet flushed is live from its own position: it waits in `joining`, and
// the next flush gives it only what is above that.
import type { Entry, LogItem, Position } from '../domain/entry.ts'
import { maySee, messageOf } from '../domain/entry.ts'
import { Refusal } from '../domain/errors.ts'
import type { Batch, Feed, Lane } from './feed.ts'
import type { Tail } from './tail.ts'

/** A flush is cut into slices of about this long, so that sockets are read and other work is done in between. */
const SLICE_MS = 8
/** A flush takes at most about this many bytes of text: what is left goes with the next. */
const FLUSH_BYTES = 256 * 1024
/** A flush that took T waits T/2 before the next: fewer, larger writes under load, no wait when idle. At most this. */
const MAX_PAUSE_MS = 4

interface LiveLane {
  readonly lane: Lane
  /** In no order; Feed.index says where. Walked from the end, so that removal by swapping is harmless. */
  readonly live: Feed[]
  /** Live from Feed.position, which is above `position`. */
  readonly joining: Set<Feed>
  /** All that is visible up to here was delivered to every feed in `live`. */
  position: Position
}

/** What one portion of the tail means for each feed. Shared by all lanes at the same position. */
interface Portion {
  readonly after: Position
  readonly through: Position
  readonly publicBatch: Batch | null
  /** Accounts here that have private entries in the portion: their whole batch. */
  readonly batchByAccount: ReadonlyMap<string, Batch>
  /** All entries that somebody here gets. */
  readonly entries: readonly Entry[]
}

export interface HubOptions {
  readonly tail: Tail
  /** Called with a feed whose sink overflowed: it is behind now, at `Feed.position`. */
  onDemoted(feed: Feed): void
  /** Called once for each feed that is closed, by whomever. */
  onClosed?(feed: Feed): void
  /** Called after entries went out: how many deliveries. */
  onDelivered?(count: number): void
  onError(error: unknown): void
}

export interface Hub {
  /** Takes what comes next in the log, in order: nothing of an account that has feeds here is a stub. */
  receive(items: readonly LogItem[]): void
  /** The log has trimmed everything up to here: the tail forgets it, but for what live feeds still need. */
  forget(floor: Position): void
  /** Has every live feed read the log again from where it stands. */
  demoteAll(): void
  /** Registers a feed on its account's topic. */
  open(feed: Feed): void
  /** Makes a feed live that has delivered all up to the tail's head. Synchronous: no entry can slip in between. */
  promote(feed: Feed): void
  /** Removes a feed, whatever its state. */
  close(feed: Feed): void
  /** Ends every feed, whatever its state, and tells its sink why. */
  endAll(cause: Refusal): void
  /** All feeds of an account on this node. */
  feedsOf(accountId: string): readonly Feed[]
  /** Whether the account has feeds on this node. */
  serves(accountId: string): boolean
  readonly counts: { readonly live: number; readonly behind: number }
  /** Where the feed is that is furthest behind. Null: none is. Walks all feeds: for what is rare. */
  furthestBehind(): Position | null
  /** Every feed, in no order. Walks all of them: for what is asked rarely. */
  all(): Iterable<Feed>
  /** Resolves once everything received so far has been handed to the sinks of live feeds. */
  flushed(): Promise<void>
}

export function createHub({ tail, onDemoted, onClosed, onDelivered, onError }: HubOptions): Hub {
  const liveLanes = new Map<Lane, LiveLane>()
  /** Topics of accounts: every feed, live or behind. */
  const feedsByAccount = new Map<string, Feed[]>()
  let feedCount = 0
  let liveCount = 0
  let round = 0
  /** A flush is scheduled or under way. */
  let flushing = false
  let flushEnded = 0
  let flushTook = 0
  let idle: (() => void)[] = []

  function schedule(): void {
    if (flushing) return
    flushing = true
    const pause = Math.min(flushTook / 2, MAX_PAUSE_MS) - (performance.now() - flushEnded)
    if (pause < 1) setImmediate(run)
    else setTimeout(run, pause)
  }

  function run(): void {
    flush().catch(error => {
      onError(error)
      finish()
    })
  }

  async function flush(): Promise<void> {
    const started = performance.now()
    const slice = { started }
    let delivered = 0
    const through = bounded(lowestPosition())
    // Large lanes first: most people wait for those.
    const lanes = [...liveLanes.values()].sort((a, b) => b.live.length - a.live.length)
    let portion: Portion | null = null
    for (const laneState of lanes) {
      if (laneState.position >= through) continue
      if (portion?.after !== laneState.position) portion = portionOf(laneState.position, through)
      try {
        delivered += await flushLane(laneState, portion, slice)
      } catch (error) {
        if (error instanceof Refusal) demoteLane(laneState)
        else {
          onError(error)
          abandon(laneState)
        }
      }
    }
    flushTook = performance.now() - started
    onDelivered?.(delivered)
    finish()
  }

  async function flushLane(laneState: LiveLane, portion: Portion, slice: { started: number }): Promise<number> {
    const prepared = laneState.lane.prepare(portion.entries)
    if (prepared) await prepared
    round++
    let delivered = 0
    const { live } = laneState
    if (portion.publicBatch) {
      for (let i = live.length - 1; i >= 0; i--) {
        // Feeds may have left, or moved down, while the loop was cut.
        const feed = live[i]
        if (!feed || feed.round === round) continue
        delivered += give(feed, portion)
        if ((i & 31) === 0 && isOver(slice)) await nextSlice(slice)
      }
    } else {
      for (const accountId of portion.batchByAccount.keys()) {
        for (const feed of [...feedsOf(accountId)]) {
          if (feed.index >= 0 && feed.lane === laneState.lane) delivered += give(feed, portion)
        }
      }
    }
    delivered += settle(laneState, portion)
    if (isOver(slice)) await nextSlice(slice)
    return delivered
  }

  /** What a lane threw is a defect: its clients are told, and resume. The other lanes go on. */
  function abandon(laneState: LiveLane): void {
    for (const feed of [...laneState.live, ...laneState.joining]) {
      close(feed)
      feed.sink.ended(new Refusal('INTERNAL_SERVER_ERROR'))
    }
  }

  function finish(): void {
    flushing = false
    flushEnded = performance.now()
    tail.trim(lowestPosition())
    if (lowestPosition() < tail.head) return schedule()
    const waiting = idle
    idle = []
    for (const resolve of waiting) resolve()
  }

  /** Gives a live feed its batch of the portion. Answers with the number of entries that it got. */
  function give(feed: Feed, portion: Portion): number {
    feed.round = round
    const batch = portion.batchByAccount.get(feed.accountId) ?? portion.publicBatch
    if (!batch) return 0
    feed.sink.deliver(batch)
    if (feed.sink.overflowing) demote(feed, portion.through)
    return batch.entries.length
  }

  /** The portion is out: the lane moves on, and those who joined meanwhile get what is above their own position. */
  function settle(laneState: LiveLane, portion: Portion): number {
    laneState.position = portion.through
    let delivered = 0
    for (const feed of laneState.joining) {
      if (feed.position < portion.through) {
        const entries = portion.entries.filter(entry => entry.position > feed.position && maySee(feed.accountId, entry))
        feed.position = portion.through
        if (entries.length > 0) feed.sink.deliver({ entries })
        delivered += entries.length
      }
      if (feed.position > portion.through) continue
      laneState.joining.delete(feed)
      enlist(laneState, feed)
      if (feed.sink.overflowing) demote(feed, portion.through)
    }
    return delivered
  }

  function enlist(laneState: LiveLane, feed: Feed): void {
    feed.index = laneState.live.length
    laneState.live.push(feed)
  }

  function demote(feed: Feed, position: Position): void {
    removeLive(feed)
    feed.state = 'behind'
    feed.position = position
    onDemoted(feed)
  }

  function demoteLane(laneState: LiveLane): void {
    for (const feed of [...laneState.live]) demote(feed, laneState.position)
    for (const feed of [...laneState.joining]) demote(feed, feed.position)
  }

  /** Takes a feed out of its lane; a lane without feeds is forgotten. */
  function removeLive(feed: Feed): void {
    const laneState = liveLanes.get(feed.lane)
    if (!laneState) return
    if (feed.index >= 0) {
      const last = laneState.live.pop() as Feed
      if (last !== feed) {
        laneState.live[feed.index] = last
        last.index = feed.index
      }
      feed.index = -1
    } else if (!laneState.joining.delete(feed)) return
    liveCount--
    if (laneState.live.length === 0 && laneState.joining.size === 0) liveLanes.delete(feed.lane)
  }

  function lowestPosition(): Position {
    let lowest = tail.head
    for (const { position } of liveLanes.values()) if (position < lowest) lowest = position
    return lowest
  }

  /** How far a flush from here goes: to the head, unless that is too much for one write. */
  function bounded(after: Position): Position {
    let bytes = 0
    for (const item of tail.range(after, tail.head)) {
      bytes += item.kind === 'stub' ? 0 : messageOf(item).text.length + 256
      if (bytes > FLUSH_BYTES) return item.position
    }
    return tail.head
  }

  function portionOf(after: Position, through: Position): Portion {
    const all = tail.range(after, through)
    const publicEntries: Entry[] = []
    const entries: Entry[] = []
    const accounts = new Set<string>()
    for (const entry of all) {
      // Of accounts without a live feed here: those that have one have everything whole.
      if (entry.kind === 'stub') continue
      if (entry.to === null) {
        publicEntries.push(entry)
        entries.push(entry)
        continue
      }
      const heard = [entry.from.id, entry.to.id].filter(id => feedsByAccount.has(id))
      for (const id of heard) accounts.add(id)
      if (heard.length > 0) entries.push(entry)
    }
    const batchByAccount = new Map<string, Batch>()
    for (const id of accounts) batchByAccount.set(id, { entries: entries.filter(entry => maySee(id, entry)) })
    return {
      after,
      through,
      publicBatch: publicEntries.length > 0 ? { entries: publicEntries } : null,
      batchByAccount,
      entries,
    }
  }

  function close(feed: Feed): void {
    if (feed.state === 'ended') return
    removeLive(feed)
    feed.state = 'ended'
    feedCount--
    const feeds = feedsByAccount.get(feed.accountId)
    if (feeds) {
      const index = feeds.indexOf(feed)
      const last = feeds.pop()
      if (last && last !== feed) feeds[index] = last
      if (feeds.length === 0) feedsByAccount.delete(feed.accountId)
    }
    onClosed?.(feed)
  }

  function endAll(cause: Refusal): void {
    for (const feeds of [...feedsByAccount.values()]) {
      for (const feed of [...feeds]) {
        close(feed)
        try {
          feed.sink.ended(cause)
        } catch (error) {
          // The others are told all the same.
          onError(error)
        }
      }
    }
  }

  function* all(): Generator<Feed> {
    for (const feeds of feedsByAccount.values()) yield* feeds
  }

  function feedsOf(accountId: string): readonly Feed[] {
    return feedsByAccount.get(accountId) ?? []
  }

  return {
    receive(items) {
      tail.push(items)
      if (liveLanes.size > 0) schedule()
      else tail.trim(tail.head)
    },
    forget: floor => tail.forget(floor, lowestPosition()),
    demoteAll() {
      for (const laneState of [...liveLanes.values()]) demoteLane(laneState)
    },
    open(feed) {
      feedCount++
      const feeds = feedsByAccount.get(feed.accountId)
      if (feeds) feeds.push(feed)
      else feedsByAccount.set(feed.accountId, [feed])
    },
    promote(feed) {
      feed.state = 'live'
      feed.position = tail.head
      liveCount++
      let laneState = liveLanes.get(feed.lane)
      if (!laneState) {
        laneState = { lane: feed.lane, live: [], joining: new Set(), position: tail.head }
        liveLanes.set(feed.lane, laneState)
      }
      // A lane in the middle of a flush still stands at the position before it.
      if (laneState.position === feed.position && !flushing) enlist(laneState, feed)
      else laneState.joining.add(feed)
      if (laneState.joining.size > 0) schedule()
    },
    close,
    endAll,
    feedsOf,
    serves: accountId => feedsByAccount.has(accountId),
    counts: {
      get live() {
        return liveCount
      },
      get behind() {
        return feedCount - liveCount
      },
    },
    all,
    furthestBehind() {
      let furthest: Position | null = null
      if (feedCount === liveCount) return null
      for (const { state, position } of all()) {
        if (state === 'behind') furthest = Math.min(furthest ?? position, position)
      }
      return furthest
    },
    flushed() {
      if (!flushing) return Promise.resolve()
      return new Promise(resolve => idle.push(resolve))
    },
  }
}

function isOver(slice: { started: number }): boolean {
  return performance.now() - slice.started > SLICE_MS
}

/** Lets sockets be read and other work be done before the flush goes on. */
async function nextSlice(slice: { started: number }): Promise<void> {
  await new Promise(resolve => setImmediate(resolve))
  slice.started = performance.now()
}
