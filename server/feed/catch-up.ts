// Brings feeds that are behind to the head: reads the log (from the tail where it reaches, else from the store), at the
// pace of each feed's sink, and promotes a feed in the same turn in which it was found to have everything. In slices,
// and with few reads of the store at once, so that a thousand returning clients neither block the loop nor fill memory.
import type { Entry } from '../domain/entry.ts'
import type { Store } from '../store/store.ts'
import type { Feed } from './feed.ts'
import type { Hub } from './hub.ts'
import type { Tail } from './tail.ts'

/** How long feeds are stepped before other work has its turn. */
const SLICE_MS = 5
/** Entries in one read of the log. */
const READ_LIMIT = 256
/** A step hands its sink at most about this many bytes of text before it looks whether the sink is congested. */
const CHUNK_BYTES = 64 * 1024
/** Reads of the store under way at once, over all feeds. */
const MAX_READS = 4
/** A read that failed is tried again after this long, doubled each time, with jitter. */
const MIN_RETRY_MS = 100
const MAX_RETRY_MS = 5_000

export interface CatchUpOptions {
  readonly tail: Tail
  readonly store: Pick<Store, 'read'>
  readonly hub: Pick<Hub, 'promote'>
  onDelivered?(count: number): void
  onError(error: unknown): void
}

export interface CatchUp {
  /** Queues a feed that is behind. Harmless when it is queued already, or no longer behind. */
  start(feed: Feed): void
}

export function createCatchUp({ tail, store, hub, onDelivered, onError }: CatchUpOptions): CatchUp {
  /** Feeds to step next. Each is in one of: here, `toRead`, a read under way, waiting for its sink. */
  let ready: Feed[] = []
  const toRead: Feed[] = []
  let reads = 0
  let scheduled = false

  function start(feed: Feed): void {
    if (feed.busy || feed.state !== 'behind') return
    feed.busy = true
    feed.waiting = false
    ready.push(feed)
    schedule()
  }

  function schedule(): void {
    if (scheduled) return
    scheduled = true
    setImmediate(run)
  }

  function run(): void {
    scheduled = false
    const started = performance.now()
    const queue = ready
    ready = []
    let next = 0
    while (next < queue.length && performance.now() - started < SLICE_MS) {
      const feed = queue[next++] as Feed
      try {
        step(feed)
      } catch (error) {
        fail(feed, error)
      }
    }
    // Those that were not reached go first in the next turn.
    if (next < queue.length) ready = queue.slice(next).concat(ready)
    if (ready.length > 0) schedule()
  }

  function step(feed: Feed): void {
    if (feed.state !== 'behind') return release(feed)
    if (feed.sink.congested) {
      feed.waiting = true
      return release(feed)
    }
    if (feed.position < tail.floor) {
      toRead.push(feed)
      return readNext()
    }
    const entries = tail.visibleAfter(feed.accountId, feed.position, READ_LIMIT)
    if (entries.length === 0) return promote(feed)
    const prepared = feed.lane.prepare(entries)
    if (prepared) {
      prepared
        .then(() => {
          hand(feed, entries, null)
          again(feed)
        })
        .catch(error => fail(feed, error))
    }
    // In the turn in which the tail's last entry went out nothing can have followed it: live at once, or a feed under
    // steady load would run after the head for ever.
    else if (hand(feed, entries, null) && entries.length < READ_LIMIT) promote(feed)
    else again(feed)
  }

  function promote(feed: Feed): void {
    const { opening } = feed
    feed.opening = null
    release(feed)
    if (opening) feed.sink.caughtUp(opening)
    hub.promote(feed)
  }

  function readNext(): void {
    while (reads < MAX_READS) {
      const feed = toRead.shift()
      if (!feed) return
      if (feed.state !== 'behind') {
        release(feed)
        continue
      }
      reads++
      read(feed)
        .catch(error => fail(feed, error))
        .finally(() => {
          reads--
          readNext()
        })
    }
  }

  async function read(feed: Feed): Promise<void> {
    const { entries, through } = await store.read(feed.accountId, feed.position, READ_LIMIT)
    await feed.lane.prepare(entries)
    feed.failures = 0
    hand(feed, entries, through)
    again(feed)
  }

  /** Hands a stretch over, as far as the sink takes it. Answers whether it took all. */
  function hand(feed: Feed, entries: readonly Entry[], through: number | null): boolean {
    let start = 0
    while (start < entries.length) {
      if (feed.state !== 'behind' || feed.sink.congested) return false
      let end = start
      for (let bytes = 0; end < entries.length && bytes < CHUNK_BYTES; end++) {
        bytes += (entries[end] as Entry).text.length + 256
      }
      const chunk = start === 0 && end === entries.length ? entries : entries.slice(start, end)
      feed.sink.deliver({ entries: chunk })
      const last = chunk.at(-1) as Entry
      feed.position = last.position
      if (feed.opening) {
        feed.opening.position = last.position
        feed.opening.replayed += chunk.length
      }
      onDelivered?.(chunk.length)
      start = end
    }
    // All was taken, so nothing that this account may see lies between the last entry and `through`.
    if (through !== null) feed.position = Math.max(feed.position, through)
    return true
  }

  function again(feed: Feed): void {
    ready.push(feed)
    schedule()
  }

  function fail(feed: Feed, error: unknown): void {
    onError(error)
    if (feed.state !== 'behind') return release(feed)
    const wait = Math.min(MAX_RETRY_MS, MIN_RETRY_MS * 2 ** Math.min(feed.failures, 10))
    feed.failures++
    setTimeout(() => again(feed), wait * (0.5 + Math.random() / 2)).unref()
  }

  function release(feed: Feed): void {
    feed.busy = false
  }

  return { start }
}
