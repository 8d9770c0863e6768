// The log as the program uses it: append (durable, numbered, then announced), pages, places. Recent pages and places are
// answered from the tail; the rest from the store. And feeds: opened here, from a position, behind until caught up.
import type { Bus } from '../bus/bus.ts'
import { type Entry, maySee, ORIGIN, type Position } from '../domain/entry.ts'
import { Refusal } from '../domain/errors.ts'
import type { Appended, Draft, Page, PageQuery, Store } from '../store/store.ts'
import { type CatchUp, createCatchUp } from './catch-up.ts'
import { Feed, type Lane, type Sink } from './feed.ts'
import { createHub, type Hub } from './hub.ts'
import { createTail, type Tail } from './tail.ts'

export interface LogOptions {
  readonly store: Store
  readonly bus: Bus
  /** Entries kept in memory. */
  readonly tailEntries: number
  onDelivered?(count: number): void
  onError(error: unknown): void
}

export interface OpenFeed {
  readonly accountId: string
  readonly lane: Lane
  readonly sink: Sink
  /** A checked position (see `locate`), or null: from now. */
  readonly since: Position | null
}

export interface FeedHandle {
  /** The sink has drained: go on if the feed waits for it. */
  resume(): void
  /** No more deliveries, at once. */
  close(): void
}

/** A class, since there is one for each of many thousand sockets: three closures would be 200 bytes more. */
class OpenedFeed implements FeedHandle {
  readonly #feed: Feed
  readonly #hub: Pick<Hub, 'close'>
  readonly #catchUp: CatchUp

  constructor(feed: Feed, hub: Pick<Hub, 'close'>, catchUp: CatchUp) {
    this.#feed = feed
    this.#hub = hub
    this.#catchUp = catchUp
  }

  resume(): void {
    if (this.#feed.waiting) this.#catchUp.start(this.#feed)
  }

  close(): void {
    this.#hub.close(this.#feed)
  }
}

export interface Log {
  append(draft: Draft): Promise<Appended>
  /** @throws Refusal CURSOR_EXPIRED: something that the viewer could see was trimmed after `after` */
  page(query: PageQuery): Promise<Page>
  /**
   * Checks that a position is one that this account was given, and for `since` (the default), that all it could see
   * after it is still there. Nothing is left before a place that was trimmed, which is all that `before` wants to know.
   * @throws Refusal HISTORY_RESET: this history has no such place, or not for this account; CURSOR_EXPIRED
   */
  locate(accountId: string, position: Position, use?: 'since' | 'before'): Promise<void>
  /** The newest position that the account may see, or could before it was trimmed; ORIGIN: there is none. */
  newestVisible(accountId: string): Promise<Position>
  open(feed: OpenFeed): Promise<FeedHandle>
  /** The log has trimmed everything up to here: what memory has of it is dropped. */
  forget(floor: Position): void
  readonly hub: Pick<Hub, 'counts' | 'flushed'>
  close(): void
}

export async function createLog({ store, bus, tailEntries, onDelivered, onError }: LogOptions): Promise<Log> {
  // Subscribed before the read, so that nothing slips in between; what both have is taken once.
  const early: Entry[] = []
  let receive = (entries: readonly Entry[]): void => void early.push(...entries)
  const unsubscribe = await bus.subscribe({
    links: links => receive(links.flatMap(({ entry }) => (entry.kind === 'stub' ? [] : [entry]))),
    gap() {},
  })
  const head = store.head()
  const newest = await store.newest(tailEntries)
  // Read after the entries, so it covers what was trimmed before them.
  const trimmed = await store.trimmed(null)
  const initial = [...newest, ...early.filter(entry => entry.position > (newest.at(-1)?.position ?? head))]
  const tail: Tail = createTail({
    capacity: Math.max(1, tailEntries),
    initial,
    whole: newest.length < tailEntries,
    trimmed,
    head,
  })
  const observer = onDelivered ? { onDelivered } : {}
  const hub = createHub({ tail, onDemoted: feed => catchUp.start(feed), onError, ...observer })
  const catchUp = createCatchUp({ tail, store, hub, onError, ...observer })
  receive = entries => hub.receive(entries)

  async function newestVisible(accountId: string): Promise<Position> {
    const recent = tail.newestVisible(accountId)
    if (recent) return recent.position
    if (tail.floor === ORIGIN) return ORIGIN
    const page = await store.page({ viewer: accountId, scope: 'ALL', limit: 1 })
    return page.entries.at(-1)?.position ?? page.trimmed
  }

  return {
    append: draft => store.append(draft),
    async page(query) {
      const recent = tail.newestPage(query)
      if (recent) return recent
      const page = await store.page(query)
      if (query.after !== undefined && page.trimmed > query.after) throw new Refusal('CURSOR_EXPIRED')
      return page
    },
    async locate(accountId, position, use = 'since') {
      if (position > tail.floor) {
        const entry = position <= tail.head ? tail.at(position) : null
        if (entry && maySee(accountId, entry)) return
        throw new Refusal('HISTORY_RESET')
      }
      // Nothing was ever trimmed.
      if (position === ORIGIN && tail.floor === ORIGIN) return
      if (position !== ORIGIN && (await store.at(accountId, position))) return
      // Only now, so that it covers what is no longer there. The mark itself is a place that the account was given.
      const trimmed = await store.trimmed(accountId)
      if (position > trimmed) throw new Refusal('HISTORY_RESET')
      if (position < trimmed && use === 'since') throw new Refusal('CURSOR_EXPIRED')
    },
    newestVisible,
    async open({ accountId, lane, sink, since }) {
      // The head of this very moment: a feed from now must not skip what arrives while the look-up below runs.
      const from = since ?? tail.head
      const visible = since ?? (await newestVisible(accountId))
      const feed = new Feed(accountId, lane, sink, from, visible)
      hub.open(feed)
      catchUp.start(feed)
      return new OpenedFeed(feed, hub, catchUp)
    },
    forget(floor) {
      hub.forget(floor)
      catchUp.forget(floor)
    },
    hub,
    close: unsubscribe,
  }
}
