// How long to wait before trying again: exponential with full jitter, so that clients that lost one server together
// don't come back together.

export interface Backoff {
  /** Milliseconds to wait now; the next wait may be twice as long. */
  next(): number
  /** The longest kind of wait, for what rarely mends: between half of the maximum and all of it. */
  slow(): number
  /** Things went well: the next wait is a first one again. */
  reset(): void
}

/** A defect that one request provokes must not hold up all others for ever: after so many, it counts as refused. */
export const SERVER_ERRORS_ENDURED = 10

/**
 * @param minMs the shortest wait
 * @param maxMs the longest wait
 * @param random a number in [0, 1)
 */
export function createBackoff(minMs: number, maxMs: number, random: () => number = Math.random): Backoff {
  let attempts = 0
  return {
    next() {
      attempts += 1
      // 2^30 times any sensible minimum is above any sensible maximum, and no overflow.
      const ceiling = Math.min(maxMs, minMs * 2 ** Math.min(attempts, 30))
      return Math.max(minMs, random() * ceiling)
    },
    slow: () => maxMs / 2 + (random() * maxMs) / 2,
    reset() {
      attempts = 0
    },
  }
}
