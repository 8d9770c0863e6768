// Brings the log into the index: a feed of everything. Behind, it reads the log; at its head, it takes what the bus says.
//
//   behind ──reads up to the head, and all that came meanwhile is at hand──▶ joined
//      ▲───────────── a hole, a stub, too much at once, gap() ─────────────────┘
//
// It is in nobody's way: sends do not wait for it, batches are small, and after each one it rests for a while, four times
// as long as the batch took while messages come in, so that it has a fifth of one core at most when others need it.
import { type Entry, type Link, messageOf, ORIGIN, type Position } from '../domain/entry.ts'
import { Refusal } from '../domain/errors.ts'
import type { Store } from '../store/store.ts'
import type { IndexItem } from './index-file.ts'

export interface FollowerOptions {
  readonly store: Pick<Store, 'follow' | 'trimmed' | 'head'>
  /** Writes a batch; answers with the milliseconds of processor time that it took. */
  write(items: readonly IndexItem[], through: Position): Promise<number>
  /** The index is of a log that this one is not: `stop`, and begin anew. */
  rebuild(): void
  onError(error: unknown): void
  readonly times?: Partial<FollowerTimes>
}

export interface FollowerTimes {
  /** What comes within this time shares a batch, unless somebody searches. Default 100 ms. */
  readonly gatherMs: number
  /** How often a quiet log is looked at: the bus may have lost its last word. Default 2,000 ms. */
  readonly lookMs: number
  /** Before the log is read again after an error. Default 500 ms. */
  readonly retryMs: number
}

export interface Follower {
  /** How far the index is behind the log, in seconds; null: it has not joined yet. */
  readonly lagSeconds: number | null
  /** It has been at the head of the log since it started. */
  readonly hasJoined: boolean
  /** There is an index, which has everything up to this position. */
  start(through: Position): void
  /** There is none now. */
  stop(): void
  /** What the bus says. */
  take(links: readonly Link[]): void
  gap(): void
  /** Resolves once it has joined and has everything up to this position; in any case after this many milliseconds. */
  reach(position: Position, deadlineMs: number): Promise<void>
  /** Resolves once nothing runs any more. */
  close(): Promise<void>
}

const BATCH = 500
/** Entries from the bus that may wait; when there are more, the log is read instead. */
const MOST_FRESH = 2_000
const TIMES: FollowerTimes = { gatherMs: 100, lookMs: 2_000, retryMs: 500 }
/** How long it rests, in times of what the batch took: while others write, and otherwise. */
const REST = { busy: 4, idle: 0.5 }
/** Nobody has written anything for this long. */
const IDLE_MS = 250
/** A log that can't be joined at once is tried again after this long. */
const AGAIN_MS = 10
/** It rests no longer while somebody waits for the little that is missing. */
const SOON_MS = 5

interface Waiter {
  readonly position: Position
  resolve(): void
}

export function createFollower({ store, write, rebuild, onError, times }: FollowerOptions): Follower {
  const { gatherMs, lookMs, retryMs } = { ...TIMES, ...times }
  let through: Position = ORIGIN
  /** All of the log up to here is in the index; above `through` only where the log has nothing between. */
  let reached: Position = ORIGIN
  let joined = false
  let hasJoined = false
  /** What the bus said, in one piece: joined, what follows `through`; else since the read that is under way began. */
  let fresh: Entry[] = []
  /** Of the entry right before the first of `fresh`, or that it will have; null: the bus vouches for it. */
  let previousOfFresh: Position | null = null
  let collecting = false
  let heardAt = Number.NEGATIVE_INFINITY
  /** When something came, since it last was at the head; null: nothing did. */
  let behindSince: number | null = null
  /** Each start and each stop begins another one: a run that is of an earlier one ends. */
  let era = 0
  let running: Promise<void> = Promise.resolve()
  let pause: { readonly untilNews: boolean; end(): void } | null = null
  const waiters = new Set<Waiter>()

  function scatter(): void {
    joined = false
    collecting = false
    fresh = []
  }

  async function run(mine: number): Promise<void> {
    while (era === mine) {
      try {
        if (joined && fresh.length === 0) await restAtHead()
        else await step(mine)
      } catch (error) {
        if (era !== mine) return
        scatter()
        // A log or an index that is away has told so already.
        if (!(error instanceof Refusal)) onError(error)
        await rest(retryMs, false)
      }
    }
  }

  async function restAtHead(): Promise<void> {
    await rest(lookMs, true)
    if (joined && fresh.length === 0) {
      // Nothing came, but there may be something that the bus did not tell of, or not yet.
      if (store.head() > reached) scatter()
    } else if (waiters.size === 0) await rest(gatherMs, false)
  }

  async function step(mine: number): Promise<void> {
    const batch = joined ? takeFresh() : await read(mine)
    if (era !== mine) return
    const last = batch.at(-1)
    if (!last) return joined ? settle() : rest(AGAIN_MS, false)
    const tookMs = await write(batch.map(itemOf), last.position)
    if (era !== mine) return
    through = last.position
    settle()
    const isBusy = performance.now() - heardAt < IDLE_MS
    await rest(tookMs * (isBusy ? REST.busy : REST.idle), false)
  }

  function takeFresh(): readonly Entry[] {
    const batch = fresh.splice(0, BATCH)
    previousOfFresh = batch.at(-1)?.position ?? previousOfFresh
    return batch
  }

  async function read(mine: number): Promise<readonly Entry[]> {
    const head = store.head()
    fresh = []
    collecting = true
    const found = await store.follow(through, BATCH)
    if (era !== mine) return []
    if (found === null) await recover(mine)
    else if (found.length === BATCH) scatter()
    else join(found.at(-1)?.position ?? through, head)
    return found ?? []
  }

  /** The log was read up to here, where it ended; what the bus has said since goes on from there, if it is whole. */
  function join(position: Position, head: Position): void {
    const start = fresh.findIndex(entry => entry.position > position)
    const previous = start > 0 ? (fresh[start - 1] as Entry).position : previousOfFresh
    const isWhole = collecting && (start < 0 || previous === null || previous === position)
    const following = start < 0 ? [] : fresh.slice(start)
    scatter()
    if (!isWhole) return
    joined = true
    hasJoined = true
    collecting = true
    fresh = following
    previousOfFresh = position
    reached = Math.max(position, head)
  }

  async function recover(mine: number): Promise<void> {
    scatter()
    const floor = await store.trimmed(null)
    if (era !== mine) return
    // What is between is gone from the log, and nothing to index.
    if (floor > through) through = floor
    else rebuild()
  }

  function settle(): void {
    if (joined && fresh.length === 0) {
      reached = Math.max(reached, through)
      behindSince = null
    }
    for (const waiter of waiters) if (isReached(waiter.position)) waiter.resolve()
  }

  function isReached(position: Position): boolean {
    return hasJoined && position <= (joined && fresh.length === 0 ? reached : through)
  }

  /**
   * @param untilNews whatever comes ends it. Otherwise somebody who searches does, if that is all there is between them
   *   and an answer
   */
  async function rest(ms: number, untilNews: boolean): Promise<void> {
    await new Promise<void>(resolve => {
      const timer = setTimeout(resolve, joined && waiters.size > 0 ? Math.min(ms, SOON_MS) : ms)
      timer.unref()
      pause = {
        untilNews,
        end() {
          clearTimeout(timer)
          resolve()
        },
      }
    })
    pause = null
  }

  function news(): void {
    if (pause?.untilNews) pause.end()
  }

  return {
    get lagSeconds() {
      if (!hasJoined) return null
      if (behindSince === null) return 0
      // The first is too much after a quiet time, the second where messages never stop.
      const ofLog = (store.head() - through) / 1e6
      return Math.max(0, Math.min(ofLog, (performance.now() - behindSince) / 1000))
    },
    get hasJoined() {
      return hasJoined
    },
    start(position) {
      const mine = ++era
      scatter()
      through = position
      reached = ORIGIN
      hasJoined = false
      running = running.then(() => run(mine))
    },
    stop() {
      era++
      scatter()
      hasJoined = false
      pause?.end()
    },
    take(links) {
      heardAt = performance.now()
      behindSince ??= heardAt
      if (!collecting) return
      for (const { entry, previous } of links) {
        const last = fresh.at(-1)?.position ?? (joined ? previousOfFresh : null)
        if (last !== null && entry.position <= last) continue
        const follows = previous === null || last === null || previous === last
        if (entry.kind === 'stub' || !follows || fresh.length >= MOST_FRESH) {
          scatter()
          break
        }
        if (fresh.length === 0 && !joined) previousOfFresh = previous
        fresh.push(entry)
      }
      news()
    },
    gap() {
      scatter()
      news()
    },
    reach(position, deadlineMs) {
      if (isReached(position)) return Promise.resolve()
      return new Promise(resolve => {
        const timer = setTimeout(() => waiter.resolve(), deadlineMs)
        const waiter: Waiter = {
          position,
          resolve() {
            clearTimeout(timer)
            waiters.delete(waiter)
            resolve()
          },
        }
        waiters.add(waiter)
        if (joined) pause?.end()
      })
    },
    async close() {
      era++
      scatter()
      pause?.end()
      for (const waiter of waiters) waiter.resolve()
      await running
    },
  }
}

function itemOf(entry: Entry): IndexItem {
  const { position, from, to, text, deletedAt } = messageOf(entry)
  return {
    position,
    from: from.id,
    to: to?.id ?? null,
    text: deletedAt === null ? text : null,
    isRevised: entry.kind !== 'added',
  }
}
