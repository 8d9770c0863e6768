// Many token buckets of one size, by key: how much somebody may still do now, and how long to wait for more. A burst and
// a lasting rate are both exact, memory is bounded, and nobody waits a turn for the answer. Limits that several nodes
// share stand on these, too (shared-sends.ts).
import { LRUCache } from 'lru-cache'

export interface TokenBucketsOptions {
  /** What a full bucket holds: the largest burst. */
  readonly capacity: number
  /** Tokens that drip in each second: the lasting rate. */
  readonly perSecond: number
  /** Milliseconds that only rise. */
  readonly clock: () => number
  /** Buckets kept; the longest unused is forgotten, which makes it full again. Default 100,000. */
  readonly max?: number
}

export interface TokenBuckets {
  /** Takes one token. Answers 0, or, having taken nothing, the whole milliseconds until there will be one. */
  take(key: string): number
  /** Gives a token back. */
  give(key: string): void
  /** Somebody who knows better says in how many milliseconds the bucket will be full. */
  settle(key: string, fullInMs: number): void
}

/** Milliseconds that sums of fractions may be off by: whoever waits as told is let through. */
const ROUNDING = 1e-3

export function createTokenBuckets(options: TokenBucketsOptions): TokenBuckets {
  const { capacity, perSecond, clock, max = 100_000 } = options
  const msPerToken = 1000 / perSecond
  /** By key, when the bucket will be full again; one that is missing is full. One number is all there is to a bucket. */
  const fullAt = new LRUCache<string, number>({ max })

  return {
    take(key) {
      const now = clock()
      const full = Math.max(now, fullAt.get(key) ?? now) + msPerToken
      const waitMs = full - now - capacity * msPerToken
      if (waitMs > ROUNDING) return Math.ceil(waitMs - ROUNDING)
      fullAt.set(key, full)
      return 0
    },

    give(key) {
      const full = fullAt.peek(key)
      if (full !== undefined) fullAt.set(key, full - msPerToken)
    },

    settle(key, fullInMs) {
      if (fullInMs > 0) fullAt.set(key, clock() + fullInMs)
      else fullAt.delete(key)
    },
  }
}
