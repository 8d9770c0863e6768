// Brings feeds that are behind to the head: reads the log (from the tail where it reaches, else from the store), at the
// pace of each feed's sink, and promotes a feed in the same turn in which it was found to have everything. What the tail
// has of its account as stubs is read first. In slices, and with few reads of the store at once, so that a thousand
// returning clients neither block the loop nor fill memory.
import { backoffMs } from '../domain/backoff.ts'
import { ORIGIN, type Position, type RevisionEntry } from '../domain/entry.ts'
import { Refusal } from '../domain/errors.ts'
import type { Store } from '../store/store.ts'
import { visibleBatch } from './chunk.ts'
import type { Batch, Feed } from './feed.ts'
import { createHistory } from './history.ts'
import type { Hub } from './hub.ts'
import { createRevisions } from './revisions.ts'
import type { Tail } from './tail.ts'

/** How long feeds are stepped before other work has its turn. */
const SLICE_MS = 5
/** Private entries of one account in one read of the store. */
const READ_LIMIT = 256
/** Reads of the store under way at once, over all feeds. */
const MAX_READS = 4
/** A read that failed is tried again after this long, doubled each time, with jitter. */
const MIN_RETRY_MS = 100
const MAX_RETRY_MS = 5_000

export interface CatchUpOptions {
  readonly tail: Tail
  readonly store: Pick<Store, 'read'>
  readonly hub: Pick<Hub, 'promote' | 'close' | 'feedsOf'>
  onDelivered?(count: number): void
  onError(error: unknown): void
}

export interface CatchUp {
  /** Queues a feed that is behind. Harmless when it is queued already, or no longer behind. */
  start(feed: Feed): void
  /** The log has trimmed everything up to here. */
  forget(floor: Position): void
  /** These have just entered the tail: no feed gets any more what they have replaced. */
  revise(revisions: readonly RevisionEntry[]): void
}

export function createCatchUp({ tail, store, hub, onDelivered, onError }: CatchUpOptions): CatchUp {
  const revisions = createRevisions()
  const history = createHistory(store, revisions)
  /** Feeds to step next. Each is in one of: here, `toRead`, a read under way, waiting for its sink. */
  let ready: Feed[] = []
  const toRead: Feed[] = []
  /** Accounts whose stubs are being filled: one read for all their feeds. */
  const fills = new Map<string, Promise<void>>()
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
    const { accountId, position } = feed
    if (position >= tail.floor) {
      if (tail.firstStub(accountId) !== null) return readLater(feed)
      const chunk = tail.chunkAfter(position)
      return hand(feed, visibleBatch(chunk, accountId, position, chunk.through), chunk.through)
    }
    const chunk = history.find(position)
    const { privates } = feed
    if (!chunk || !privates || privates.through <= position) return readLater(feed)
    // The store may know more than the tail does by now. That is the tail's to tell: a feed never stands above its head.
    const through = Math.min(chunk.through, privates.through, tail.head)
    hand(feed, visibleBatch(chunk, accountId, position, through, privates.entries), through)
  }

  /** Hands one batch over; all that is visible up to `through` has then been delivered. */
  function hand(feed: Feed, batch: Batch, through: Position): void {
    const prepared = batch.entries.length > 0 ? feed.lane.prepare(batch.entries) : undefined
    if (!prepared) return deliver(feed, batch, through)
    const hold = revisions.hold()
    prepared
      .then(() => {
        // What was revised while it was rendered is taken from the log again.
        if (hold.upToDate(batch.entries) === batch.entries) deliver(feed, batch, through)
        else again(feed)
      })
      .catch(error => fail(feed, error))
      .finally(() => hold.end())
  }

  function deliver(feed: Feed, batch: Batch, through: Position): void {
    if (feed.state !== 'behind') return release(feed)
    const last = batch.entries.at(-1)
    if (last) {
      feed.sink.deliver(batch)
      if (feed.opening) {
        feed.opening.position = last.position
        feed.opening.replayed += batch.entries.length
      }
      onDelivered?.(batch.entries.length)
    }
    feed.position = through
    // In the turn in which the tail's last entry went out nothing can have followed it: live at once, or a feed under
    // steady load would run after the head for ever. (Nothing of the account is a stub in the tail of a live feed, even
    // if this one came here without it.)
    if (through >= tail.head && tail.firstStub(feed.accountId) === null) return promote(feed)
    again(feed)
  }

  function promote(feed: Feed): void {
    const { opening } = feed
    feed.opening = null
    feed.privates = null
    release(feed)
    if (opening) feed.sink.caughtUp(opening)
    hub.promote(feed)
  }

  function readLater(feed: Feed): void {
    toRead.push(feed)
    readNext()
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
    const { accountId, position, privates } = feed
    if (position >= tail.floor) {
      await fill(accountId)
      feed.failures = 0
      return again(feed)
    }
    const hold = revisions.hold()
    try {
      const [own, trimmed] = await Promise.all([
        privates && privates.through > position ? privates : store.read(accountId, position, READ_LIMIT, 'PRIVATE'),
        history.find(position) ? ORIGIN : history.load(position),
      ])
      if (Math.max(own.trimmed, trimmed) > position) return expire(feed)
      feed.privates = { ...own, entries: hold.upToDate(own.entries) }
      feed.failures = 0
      again(feed)
    } finally {
      hold.end()
    }
  }

  /** What comes next was trimmed under it: it can't go on without a hole (PROTOCOL.md, CURSOR-5). */
  function expire(feed: Feed): void {
    release(feed)
    if (feed.state !== 'behind') return
    hub.close(feed)
    feed.sink.ended(new Refusal('CURSOR_EXPIRED'))
  }

  /** Has everything of the account whole in the tail. From then on nothing of it comes as a stub: it has a feed here. */
  function fill(accountId: string): Promise<void> {
    const running = fills.get(accountId)
    if (running) return running
    const filling = readStubs(accountId).finally(() => fills.delete(accountId))
    fills.set(accountId, filling)
    return filling
  }

  async function readStubs(accountId: string): Promise<void> {
    for (let first = tail.firstStub(accountId); first !== null; first = tail.firstStub(accountId)) {
      const hold = revisions.hold()
      try {
        const stretch = await store.read(accountId, first - 1, READ_LIMIT, 'PRIVATE')
        if (stretch.through < first) throw new Error('The store does not know an entry yet that the bus has told of')
        tail.fill(accountId, { ...stretch, entries: hold.upToDate(stretch.entries) })
      } finally {
        hold.end()
      }
    }
  }

  function again(feed: Feed): void {
    ready.push(feed)
    schedule()
  }

  function fail(feed: Feed, error: unknown): void {
    // What failed for a feed that has ended meanwhile is nobody's concern: a reset ends feeds, and refuses their reads.
    if (feed.state !== 'behind') return release(feed)
    onError(error)
    setTimeout(() => again(feed), backoffMs(feed.failures++, MIN_RETRY_MS, MAX_RETRY_MS)).unref()
  }

  function release(feed: Feed): void {
    feed.busy = false
  }

  function revise(entries: readonly RevisionEntry[]): void {
    revisions.note(entries)
    history.revise(entries.filter(({ to }) => to === null))
    for (const { from, to } of entries) {
      if (to === null) continue
      // Read again, from where each of them stands.
      for (const { id } of [from, to]) for (const feed of hub.feedsOf(id)) feed.privates = null
    }
  }

  return { start, forget: floor => history.forget(floor), revise }
}
