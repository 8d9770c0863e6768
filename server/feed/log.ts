// The log as it is read: pages, places, and feeds, which are opened here, from a position, behind until caught up. Recent
// pages and places are answered from the tail; the rest from the store. What is appended and revised goes to the store
// itself, and comes here over the bus.
//
// All of that stands on a generation, which is one history of the log. When the storage turns out to hold another one:
//
//   current ──reset()──▶ ending ─────────────────next turn────────────────▶ building ─────────▶ current
//                        its feeds are told; what was     cursors and the     newest entries are read;
//                        under way is finished or         fan-out follow      pages and feeds wait
//                        refused, under the old epoch     the new epoch
//
// The turn between matters: whatever decoded a cursor, or is about to encode one, does the rest of its work in the turn
// in which its last read came, so under one epoch.
import { setTimeout as delay, setImmediate as turn } from 'node:timers/promises'
import type { Bus } from '../bus/bus.ts'
import { maySee, ORIGIN, type Position } from '../domain/entry.ts'
import { Refusal } from '../domain/errors.ts'
import type { Page, PageQuery, Store } from '../store/store.ts'
import type { CatchUp } from './catch-up.ts'
import type { Chain, ChainTimes } from './chain.ts'
import { Feed, type Lane, type Sink } from './feed.ts'
import { createGeneration, type Generation } from './generation.ts'
import type { Hub } from './hub.ts'

/** A new generation that could not be read is tried again after this long, with jitter. */
const RETRY_MS = 250
/** A stopping server waits this long, at most, for its own appends to come back to it. */
const OWN_APPENDS_MS = 2_000

export interface LogOptions {
  readonly store: Store
  readonly bus: Bus
  /** Entries kept in memory. */
  readonly tailEntries: number
  onDelivered?(count: number): void
  /** `epoch` has just become another one: forget whatever was made of cursors of the old one. Is told again if it throws. */
  onReset?(): void
  onError(error: unknown): void
  readonly chainTimes?: Partial<ChainTimes>
}

export interface OpenFeed {
  readonly accountId: string
  readonly lane: Lane
  readonly sink: Sink
  /** A position that was located in this turn (see `locate`), or null: from now. */
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
  /** Of the history that feeds and pages are of now: what cursors have to be of. */
  readonly epoch: string
  /** Everything up to here has come over the bus, or was read from the log; ORIGIN: nothing yet, of this history. */
  readonly head: Position
  /** @throws Refusal CURSOR_EXPIRED: something that the viewer could see was trimmed after `after` */
  page(query: PageQuery): Promise<Page>
  /**
   * Checks that a position is one that this account was given. For `since` (the default) also that nothing was trimmed
   * after it that the account could see. As `before`, a place that was trimmed is the beginning of what is left.
   * @throws Refusal HISTORY_RESET: this history has no such place, or not for this account; CURSOR_EXPIRED
   */
  locate(accountId: string, position: Position, use?: 'since' | 'before'): Promise<void>
  /** The newest position that the account may see, or could before it was trimmed; ORIGIN: there is none. */
  newestVisible(accountId: string): Promise<Position>
  open(feed: OpenFeed): Promise<FeedHandle>
  /** The log has trimmed everything up to here: what memory has of it is dropped. */
  forget(floor: Position): void
  /** The storage holds another history from now on: every feed ends with HISTORY_RESET, and all begins anew. */
  reset(): void
  readonly hub: Pick<Hub, 'counts' | 'furthestBehind' | 'flushed' | 'all'>
  /** Entries above this position are in memory; ORIGIN: all of the log is. */
  readonly tailFloor: Position
  close(): void
}

export async function createLog(options: LogOptions): Promise<Log> {
  const { store, bus, tailEntries, onDelivered, onReset, onError, chainTimes } = options
  let epoch = store.epoch
  let current: Generation | null = null
  /** The generation to come, while there is no current one. */
  let next: Promise<Generation>
  /** Where the bus's links go: to the current generation, or to the one that is being built. */
  let chain: Chain | null = null
  let closed = false

  const unsubscribe = await bus.subscribe({ links: links => chain?.take(links), gap: () => chain?.gap() })
  const build = (): Promise<Generation | null> =>
    createGeneration({
      store,
      tailEntries,
      onClosed: feed => bus.unlisten(feed.accountId),
      onError,
      follow: building => {
        chain = building
      },
      ...(onDelivered ? { onDelivered } : {}),
      ...(chainTimes ? { chainTimes } : {}),
    })

  async function rebuild(): Promise<Generation> {
    while (!closed) {
      await turn()
      epoch = store.epoch
      try {
        onReset?.()
        const built = await build()
        if (built?.epoch === store.epoch && !closed) {
          current = built
          return built
        }
        built?.end(new Refusal('HISTORY_RESET'))
      } catch (error) {
        // A read may say so, too, that it has become another one once more.
        if (store.epoch !== epoch) continue
        onError(error)
        await delay(RETRY_MS * (0.5 + Math.random() / 2), undefined, { ref: false })
      }
    }
    throw new Refusal('DRAINING')
  }

  while (!current) {
    epoch = store.epoch
    current = await build()
  }
  next = Promise.resolve(current)

  /** What this node appended may not have come back over the bus yet: then only the store has everything. */
  function knowsAll({ tail }: Generation): boolean {
    return tail.head >= store.head()
  }

  /**
   * The newest position that the account may see: none above `through`, unless the tail has come to hold it meanwhile.
   * No promise where the tail knows.
   */
  function newestUpTo({ tail }: Generation, accountId: string, through: Position): Position | Promise<Position> {
    const recent = through <= tail.head ? tail.newestVisible(accountId) : null
    if (recent !== null) return recent
    if (through <= tail.head && tail.floor === ORIGIN) return ORIGIN
    return store.lastVisible(accountId, through)
  }

  return {
    get epoch() {
      return epoch
    },
    get head() {
      return current?.chain.head ?? ORIGIN
    },
    async page(query) {
      const itsEpoch = epoch
      const hasPosition = query.after !== undefined || query.before !== undefined
      for (;;) {
        const generation = current ?? (await next)
        if (hasPosition && generation.epoch !== itsEpoch) throw new Refusal('HISTORY_RESET')
        const recent = knowsAll(generation) ? generation.tail.newestPage(query) : null
        if (recent) return recent
        try {
          const page = await store.page(query)
          if (generation === current) {
            if (query.after !== undefined && page.trimmed > query.after) throw new Refusal('CURSOR_EXPIRED')
            return page
          }
        } catch (error) {
          // A read that was under way may have been refused for the reset.
          if (generation === current || hasPosition) throw error
        }
      }
    },
    async locate(accountId, position, use = 'since') {
      const itsEpoch = epoch
      const generation = current ?? (await next)
      if (generation.epoch !== itsEpoch) throw new Refusal('HISTORY_RESET')
      const { tail } = generation
      // Nothing was ever trimmed.
      if (position === ORIGIN && tail.floor === ORIGIN) return
      const isRecent = position > tail.floor && position <= tail.head
      const item = isRecent ? tail.at(position) : await store.at(accountId, position)
      const isThere = item !== null && maySee(accountId, item)
      // Read only now, so that it covers what was not there. The mark itself is a place that the account was given.
      const trimmed = isThere || isRecent ? ORIGIN : await store.trimmed(accountId)
      if (generation !== current || (!isThere && position > trimmed)) throw new Refusal('HISTORY_RESET')
      if (position < trimmed && use === 'since') throw new Refusal('CURSOR_EXPIRED')
    },
    async newestVisible(accountId) {
      for (;;) {
        const generation = current ?? (await next)
        try {
          const position = await newestUpTo(generation, accountId, Math.max(generation.tail.head, store.head()))
          if (generation === current) return position
        } catch (error) {
          if (generation === current) throw error
        }
      }
    },
    async open({ accountId, lane, sink, since }) {
      // The head of this very moment: a feed from now must not skip what arrives while the look-ups below run.
      const itsEpoch = since === null ? store.epoch : epoch
      const from = since ?? Math.max(current?.tail.head ?? ORIGIN, store.head())
      const generation = current ?? (await next)
      if (generation.epoch !== itsEpoch) throw new Refusal('HISTORY_RESET')
      const { tail, hub, catchUp } = generation
      const feed = new Feed(accountId, lane, sink, from, from)
      // It has a place here before anything is waited for. From now on the account's entries come whole, one way or
      // the other (chain.ts), and a reset meanwhile ends it as any other.
      hub.open(feed)
      try {
        const listening = bus.listen(accountId)
        if (listening) await listening
        // A client may know more than this node does yet: another node, or the answer to a send, has told it.
        if (from > tail.head) await generation.chain.reach(from)
        if (since === null && feed.opening) {
          const visible = newestUpTo(generation, accountId, from)
          feed.opening.position = typeof visible === 'number' ? visible : await visible
        }
      } catch (error) {
        hub.close(feed)
        throw error
      }
      catchUp.start(feed)
      return new OpenedFeed(feed, hub, catchUp)
    },
    forget(floor) {
      current?.hub.forget(floor)
      current?.catchUp.forget(floor)
    },
    reset() {
      if (!current || closed) return
      const ending = current
      current = null
      chain = null
      next = rebuild()
      // Whoever waits for it hears of it; nobody may.
      next.catch(() => {})
      ending.end(new Refusal('HISTORY_RESET'))
    },
    get tailFloor() {
      return current?.tail.floor ?? ORIGIN
    },
    hub: {
      all: () => current?.hub.all() ?? [],
      get counts() {
        return current?.hub.counts ?? { live: 0, behind: 0 }
      },
      furthestBehind: () => current?.hub.furthestBehind() ?? null,
      async flushed() {
        const generation = current
        if (!generation) return
        const own = generation.chain.reach(store.head())
        // What this node acknowledged is delivered, unless the log can't be read: clients resume then.
        if (own) await Promise.race([own.catch(onError), delay(OWN_APPENDS_MS, undefined, { ref: false })])
        await generation.hub.flushed()
      },
    },
    close() {
      closed = true
      unsubscribe()
      current?.chain.stop(new Refusal('DRAINING'))
    },
  }
}
