// How long to wait before trying again.

/** Full jitter: a random time below `firstMs`, doubled for each failure before it, at most `longestMs`. */
export function backoffMs(failures: number, firstMs = 50, longestMs = 5_000): number {
  return Math.random() * Math.min(longestMs, firstMs * 2 ** Math.min(failures, 20))
}
