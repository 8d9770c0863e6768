// From what a bus says, which may be lost, doubled or out of order, to the log as it is: one unbroken, strictly rising
// sequence. Each link names the entry right before it; one that does not follow what was passed on last is a hole, and
// so is the stub of a private entry that somebody here must have whole. A hole is given a moment, since links overtake
// each other, then closed from the log before anything passes. Where nothing comes at all, the log's head is looked at.
//
//             start(head)                       a hole that stays, gap(), or a head that no link told of
//   starting ─────────────▶  following  ──────────────────────────────────────────────────────────────▶  repairing
//                                ▲                                                                          │
//                                └──────────────────────────────────────────────────────────────────────────┘
//                                     the log was read to its end, and everything it had was passed on
//   stopped: from any state. Nothing is passed on afterwards.
import { backoffMs } from '../domain/backoff.ts'
import type { Link, LogItem, Position } from '../domain/entry.ts'
import { Refusal } from '../domain/errors.ts'
import type { Store } from '../store/store.ts'
import { createHeldLinks } from './held-links.ts'

export interface ChainTimes {
  /** How long links that are out of order are waited for before the log is asked. Default 5 ms. */
  readonly holdMs: number
  /** After how long without a link the head of the log is looked at. Default 1,000 ms. */
  readonly quietMs: number
  /** A repair that failed is tried again after this long, doubled each time, with jitter. Default 50 ms. */
  readonly minRetryMs: number
  /** Default 1,000 ms: whoever waits for the storage to be back must not wait much longer than that. */
  readonly maxRetryMs: number
}

const TIMES: ChainTimes = { holdMs: 5, quietMs: 1_000, minRetryMs: 50, maxRetryMs: 1_000 }
/** Entries in one read of the log. */
const READ_LIMIT = 1_000
/** What may wait for its turn. Over this it is dropped, and read from the log. */
const HELD_BYTES = 4 * 1024 * 1024

export interface ChainOptions {
  readonly store: Pick<Store, 'follow' | 'check'>
  /** Whether private entries of this account are needed whole: it has feeds on this node. */
  serves(accountId: string): boolean
  /** Takes what comes next in the log. */
  pass(items: readonly LogItem[]): void
  /** Resolves once what was passed is out: a long repair goes at the pace of its readers. */
  flushed(): Promise<void>
  /**
   * Entries after the head were trimmed before they were read: has everybody begin anew with what is left of the log, and
   * answers with its head. Null: nothing of that kind was trimmed.
   */
  renew(): Promise<Position | null>
  onError(error: unknown): void
  readonly times?: Partial<ChainTimes>
}

export interface Chain {
  /** The position that was passed on last. */
  readonly head: Position
  /** Takes links as they came. */
  take(links: readonly Link[]): void
  /** Links may have been lost: the log is asked at once, also whether it is still the same history. */
  gap(): void
  /** Everything up to `head` is known; what came before this call was held, and follows. */
  start(head: Position): void
  /**
   * Resolves once everything up to this position was passed on; undefined: it was. The log is asked at once.
   * Rejects with Refusal HISTORY_RESET if the log ends before it, or with the cause of `stop`.
   */
  reach(position: Position): Promise<void> | undefined
  stop(cause: Refusal): void
}

interface Waiter {
  readonly position: Position
  resolve(): void
  reject(cause: Refusal): void
}

export function createChain({ store, serves, pass, flushed, renew, onError, times }: ChainOptions): Chain {
  const { holdMs, quietMs, minRetryMs, maxRetryMs } = { ...TIMES, ...times }
  let state: 'starting' | 'following' | 'repairing' | 'stopped' = 'starting'
  let head: Position = 0
  /** Links that do not follow the head. */
  const held = createHeldLinks(HELD_BYTES)
  /** Vouched entries that have to wait, in order: the bus says that nothing is missing before each. */
  let vouched: LogItem[] = []
  /** Links were dropped that nothing else will tell of. */
  let lost = false
  /** The bus has missed something, or a link was of another history. */
  let suspect = false
  let waiters: Waiter[] = []
  let lastLinkAt = performance.now()
  let checking = false
  let holdTimer: NodeJS.Timeout | null = null
  let quietTimer: NodeJS.Timeout | null = null
  let wake = (): void => {}

  /** Somebody here must have it whole, and it is not. */
  function isHole(item: LogItem): boolean {
    return item.kind === 'stub' && (serves(item.from.id) || serves(item.to.id))
  }

  function hold({ entry, previous }: Link): void {
    if (previous === null) vouched.push(entry)
    else if (!held.hold({ entry, previous })) lost = true
  }

  /** Moves what now follows the head from `held` to `run`. */
  function unhold(run: LogItem[]): void {
    for (let link = held.after(head); link && !isHole(link.entry); link = held.after(head)) {
      held.release(link)
      head = link.entry.position
      run.push(link.entry)
    }
  }

  /** Moves what follows the head, which is where the log ended, from `vouched` to `run`. */
  function unholdVouched(run: LogItem[]): void {
    for (const item of vouched) {
      if (item.position <= head) continue
      head = item.position
      run.push(item)
    }
    vouched = []
  }

  function passOn(run: readonly LogItem[]): void {
    if (run.length > 0) pass(run)
    if (waiters.length === 0) return
    const reached = waiters.filter(({ position }) => position <= head)
    waiters = waiters.filter(({ position }) => position > head)
    for (const { resolve } of reached) resolve()
  }

  function take(links: readonly Link[]): void {
    if (state === 'stopped') return
    const run: LogItem[] = []
    let isNew = false
    for (const link of links) {
      const { entry, previous } = link
      if (entry.position <= head) continue
      isNew = true
      if (state === 'following' && (previous === null || previous === head) && !isHole(entry)) {
        const stub = held.size > 0 ? held.after(head) : undefined
        if (stub) held.release(stub)
        head = entry.position
        run.push(entry)
        if (held.size > 0) unhold(run)
      } else hold(link)
    }
    if (isNew) lastLinkAt = performance.now()
    passOn(run)
    if (held.size > 0 || lost) waitForOrder()
  }

  /** Links that overtook others are given a moment; what is still missing then is a hole. */
  function waitForOrder(): void {
    if (state !== 'following' || holdTimer) return
    holdTimer = setTimeout(() => {
      holdTimer = null
      if (state !== 'following') return
      held.forgetThrough(head)
      // Somebody says that nothing stands where our head does.
      if (held.hasAcross(head)) suspect = true
      if (held.size > 0 || lost) void repair()
    }, holdMs).unref()
  }

  /** Reads the log to its end. One at a time; whoever finds a hole meanwhile is served by the same. */
  async function repair(): Promise<void> {
    if (state !== 'following') return
    state = 'repairing'
    let failures = 0
    while (isRepairing()) {
      try {
        if (suspect) await checkHistory()
        if (!isRepairing()) return
        const atEnd = await readOn()
        failures = 0
        // What was asked for while this turn of the loop ended is looked at now, or never.
        if (atEnd && isRepairing() && !lost && !suspect && waiters.length === 0) state = 'following'
      } catch (error) {
        if (!isRepairing()) return
        onError(error)
        await pause(backoffMs(failures++, minRetryMs, maxRetryMs))
      }
    }
    if (held.size > 0 && state === 'following') waitForOrder()
  }

  // The state may have become `stopped` in every await.
  function isRepairing(): boolean {
    return state === 'repairing'
  }

  async function checkHistory(): Promise<void> {
    suspect = false
    try {
      await store.check()
    } catch (error) {
      suspect = true
      throw error
    }
  }

  /** Answers whether that was all that the log has. */
  async function readOn(): Promise<boolean> {
    // The log has all that came before this read. What is not in it is no part of it.
    held.clear()
    lost = false
    const asked = new Set(waiters)
    const entries = await store.follow(head, READ_LIMIT)
    if (!isRepairing()) return true
    if (!entries) return readAnew()
    const run: LogItem[] = []
    for (const entry of entries) {
      if (entry.position <= head) continue
      head = entry.position
      run.push(entry)
    }
    const isWhole = entries.length < READ_LIMIT
    if (isWhole) unholdVouched(run)
    held.forgetThrough(head)
    unhold(run)
    passOn(run)
    if (!isWhole) {
      await flushed()
      return false
    }
    for (const waiter of waiters) if (asked.has(waiter)) waiter.reject(new Refusal('HISTORY_RESET'))
    waiters = waiters.filter(waiter => !asked.has(waiter))
    return true
  }

  async function readAnew(): Promise<boolean> {
    const renewed = await renew()
    if (!isRepairing()) return true
    if (renewed === null) {
      throw new Error('The log has no such place, and the store did not say that it is another history')
    }
    head = Math.max(head, renewed)
    held.forgetThrough(head)
    passOn([])
    return false
  }

  async function pause(ms: number): Promise<void> {
    await new Promise<void>(resolve => {
      const timer = setTimeout(resolve, ms).unref()
      wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }

  /** One timer, however many links: it looks at when the last one came. */
  function watch(ms: number): void {
    quietTimer = setTimeout(() => {
      const left = lastLinkAt + quietMs - performance.now()
      if (left > 1) return watch(left)
      if (state === 'following' && !checking) void check()
      watch(quietMs)
    }, ms).unref()
  }

  async function check(): Promise<void> {
    checking = true
    try {
      const position = await store.check()
      if (position > head) void repair()
    } catch (error) {
      if (state !== 'stopped') onError(error)
    } finally {
      checking = false
    }
  }

  return {
    get head() {
      return head
    },
    take,
    gap() {
      suspect = true
      wake()
      void repair()
    },
    start(known) {
      if (state !== 'starting') return
      state = 'following'
      head = known
      const run: LogItem[] = []
      unholdVouched(run)
      held.forgetThrough(head)
      unhold(run)
      passOn(run)
      watch(quietMs)
      if (suspect || waiters.length > 0) void repair()
      else if (held.size > 0 || lost) waitForOrder()
    },
    reach(position) {
      if (position <= head) return undefined
      if (state === 'stopped') return Promise.reject(new Refusal('HISTORY_RESET'))
      return new Promise((resolve, reject) => {
        waiters.push({ position, resolve, reject })
        void repair()
      })
    },
    stop(cause) {
      state = 'stopped'
      if (holdTimer) clearTimeout(holdTimer)
      if (quietTimer) clearTimeout(quietTimer)
      wake()
      held.clear()
      vouched = []
      for (const { reject } of waiters) reject(cause)
      waiters = []
    },
  }
}
