// How far accounts have read, for the devices that watch: first everything, then what moves, whichever device of whichever
// node moved it (PROTOCOL.md: READ-4). Positions only rise within a history, so all ways by which one comes here (this
// node's own marks, notices of other nodes, the store read again) are merged by taking the highest: neither their order
// nor a repetition matters, and what a lost notice had is found by the next reading.
import type { Bus } from '../bus/bus.ts'
import type { AccountRef, Position } from '../domain/entry.ts'
import { type ConversationStore, READ_POSITIONS_MOST, type ReadPosition } from '../store/conversations.ts'

/** How often changes go out, at most. */
const BATCH_MS = 1_000
/** How often what is watched is read again, where notices may be lost. */
const REREAD_MS = 10_000
/** A reading that failed is tried again after this long. */
const RETRY_MS = 1_000

export interface ReadPositionsOptions {
  readonly store: Pick<ConversationStore, 'markRead' | 'readPositions'>
  readonly bus: Pick<Bus, 'listen' | 'unlisten'>
  /** Other nodes move positions too, and their notices may be lost. */
  readonly isShared: boolean
  onError(error: unknown): void
  readonly batchMs?: number
  readonly rereadMs?: number
  /** Milliseconds that only rise. */
  readonly clock?: () => number
}

/** Gets what moved; the same array for every listener of an account. */
export type ReadListener = (moved: readonly ReadPosition[]) => void

/** The positions of one account, to be watched. */
export interface OwnPositions {
  /** Everything, the newest first; once `watch` has resolved. The same array until something moves. */
  current(): readonly ReadPosition[]
  /** Resolves once `current` is what the store has, and calls back from then on. Answers with the way to stop. */
  watch(listener: ReadListener): Promise<() => void>
}

export interface ReadPositions {
  /** As `ConversationStore.markRead`; tells who watches. Null: the account has been deleted. */
  mark(accountId: string, peer: AccountRef | null, position: Position): Promise<Position | null>
  of(accountId: string): OwnPositions
  /** Another node has moved a position. */
  hear(accountId: string, moved: ReadPosition): void
  /** Notices may have been lost: everything that is watched is read again. */
  gap(): void
  /** The log is another history, and what is noted may have gone back: whoever watches gets everything anew. */
  reset(): void
  close(): void
}

/** An account that somebody watches here. */
interface Watched {
  readonly accountId: string
  /** Who watches, or is about to. */
  users: number
  readonly listeners: Set<ReadListener>
  /** By peer. What was told, or is in `moved`. */
  known: Map<string, ReadPosition>
  moved: Map<string, ReadPosition>
  snapshot: readonly ReadPosition[] | null
  /** Resolves once `known` has what the store had when it was listened to. */
  ready: Promise<void>
  isReady: boolean
  timer: NodeJS.Timeout | null
  flushedAt: number
  readAt: number
  /** The reading again that is under way, and whether it is to be followed by one more. */
  reading: Promise<void> | null
  again: boolean
}

const keyOf = ({ peer }: ReadPosition): string => peer?.id ?? ''

export function createReadPositions(options: ReadPositionsOptions): ReadPositions {
  const { store, bus, isShared, onError } = options
  const { batchMs = BATCH_MS, rereadMs = REREAD_MS, clock = () => performance.now() } = options
  const watchedByAccount = new Map<string, Watched>()
  /** Rises with each history. */
  let history = 0
  let rereads: NodeJS.Timeout | null = null
  let closed = false

  const isWatched = (watched: Watched): boolean => watchedByAccount.get(watched.accountId) === watched

  function take(watched: Watched, position: ReadPosition): void {
    const key = keyOf(position)
    if ((watched.known.get(key)?.position ?? -1) >= position.position) return
    watched.known.set(key, position)
    watched.snapshot = null
    if (watched.known.size > READ_POSITIONS_MOST) forgetOldest(watched.known)
    if (!watched.isReady) return
    watched.moved.set(key, position)
    watched.timer ??= setTimeout(flush, Math.max(0, watched.flushedAt + batchMs - clock()), watched).unref()
  }

  function flush(watched: Watched): void {
    if (watched.timer) clearTimeout(watched.timer)
    watched.timer = null
    watched.flushedAt = clock()
    const moved = [...watched.moved.values()]
    watched.moved = new Map()
    if (moved.length > 0) for (const listener of watched.listeners) listener(moved)
  }

  function snapshotOf(watched: Watched): readonly ReadPosition[] {
    watched.snapshot ??= [...watched.known.values()].sort((a, b) => b.position - a.position)
    return watched.snapshot
  }

  function start(accountId: string): Watched {
    const watched: Watched = {
      accountId,
      users: 0,
      listeners: new Set(),
      known: new Map(),
      moved: new Map(),
      snapshot: null,
      ready: Promise.resolve(),
      isReady: false,
      timer: null,
      flushedAt: Number.NEGATIVE_INFINITY,
      readAt: clock(),
      reading: null,
      again: false,
    }
    watchedByAccount.set(accountId, watched)
    watched.ready = open(watched)
    // Everybody who watches hears of it.
    watched.ready.catch(() => {})
    if (isShared) rereads ??= setInterval(rereadSome, Math.min(1_000, rereadMs)).unref()
    return watched
  }

  /** Listens first, so that what moves while the store is read comes as a notice. */
  async function open(watched: Watched): Promise<void> {
    await bus.listen(watched.accountId)
    for (let its = -1; its !== history; ) {
      its = history
      const positions = await store.readPositions(watched.accountId)
      if (its === history) for (const position of positions) take(watched, position)
    }
    watched.isReady = true
    if (watched.again) void reread(watched)
  }

  function leave(watched: Watched): void {
    if (--watched.users > 0) return
    if (watched.timer) clearTimeout(watched.timer)
    if (!isWatched(watched)) return
    watchedByAccount.delete(watched.accountId)
    bus.unlisten(watched.accountId)
    if (watchedByAccount.size > 0 || !rereads) return
    clearInterval(rereads)
    rereads = null
  }

  function rereadSome(): void {
    const due = clock() - rereadMs
    for (const watched of watchedByAccount.values()) if (watched.readAt <= due && watched.isReady) void reread(watched)
  }

  /** Resolves once a reading has worked that began after this. One at a time. */
  function reread(watched: Watched): Promise<void> {
    watched.again = true
    watched.reading ??= readUntilItWorks(watched)
    return watched.reading
  }

  async function readUntilItWorks(watched: Watched): Promise<void> {
    while (watched.again && isWatched(watched) && !closed) {
      watched.again = false
      watched.readAt = clock()
      const its = history
      try {
        const positions = await store.readPositions(watched.accountId)
        if (its !== history) watched.again = true
        else for (const position of positions) take(watched, position)
      } catch (error) {
        onError(error)
        watched.again = true
        await new Promise(resolve => setTimeout(resolve, RETRY_MS).unref())
      }
    }
    watched.reading = null
  }

  /** Tells everything anew, once the store says what that is. */
  async function restart(watched: Watched): Promise<void> {
    watched.known = new Map()
    watched.moved = new Map()
    watched.snapshot = null
    await reread(watched)
    if (!isWatched(watched)) return
    watched.moved = new Map(watched.known)
    flush(watched)
  }

  return {
    async mark(accountId, peer, position) {
      try {
        const marked = await store.markRead(accountId, peer, position)
        const watched = watchedByAccount.get(accountId)
        if (marked && watched) take(watched, { peer, position: marked.position })
        return marked?.position ?? null
      } catch (error) {
        // It may have been kept all the same.
        const watched = watchedByAccount.get(accountId)
        if (watched?.isReady) void reread(watched)
        throw error
      }
    },

    of: accountId => {
      let watched: Watched | null = null
      return {
        current: () => (watched ? snapshotOf(watched) : []),
        async watch(listener) {
          const mine = watchedByAccount.get(accountId) ?? start(accountId)
          mine.users++
          try {
            await mine.ready
          } catch (error) {
            leave(mine)
            throw error
          }
          watched = mine
          mine.listeners.add(listener)
          return () => {
            if (mine.listeners.delete(listener)) leave(mine)
          }
        },
      }
    },

    hear(accountId, moved) {
      const watched = watchedByAccount.get(accountId)
      if (watched) take(watched, moved)
    },

    gap() {
      for (const watched of watchedByAccount.values()) {
        if (watched.isReady) void reread(watched)
        else watched.again = true
      }
    },

    reset() {
      history++
      for (const watched of watchedByAccount.values()) if (watched.isReady) void restart(watched)
    },

    close() {
      closed = true
      if (rereads) clearInterval(rereads)
      for (const { timer } of watchedByAccount.values()) if (timer) clearTimeout(timer)
      watchedByAccount.clear()
    },
  }
}

/** An account may come to have read more conversations than are kept: the one that was read longest ago goes. */
function forgetOldest(known: Map<string, ReadPosition>): void {
  let oldest: ReadPosition | null = null
  for (const each of known.values()) if (!oldest || each.position < oldest.position) oldest = each
  if (oldest) known.delete(keyOf(oldest))
}
