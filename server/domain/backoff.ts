// How long to wait before trying again.

/**
 * `firstMs`, doubled for each failure before this one, at most `longestMs`; less up to half of it at random, so that those
 * who failed together do not come back together.
 * @param failures how many there were before this one, in a row
 */
export function backoffMs(failures: number, firstMs: number, longestMs: number): number {
  return Math.min(longestMs, firstMs * 2 ** Math.min(failures, 20)) * (1 - Math.random() / 2)
}
