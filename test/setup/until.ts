// Waits for a condition of the world outside, never for a time that seems long enough.

/** Longer than anything takes on a busy machine, so that only what never comes is given up. Milliseconds. */
const LONG_MS = 60_000

/** Polls until `condition` answers with something truthy, and answers with it; rejects after `deadlineMs`. */
export async function until<T>(
  what: string,
  condition: () => T | Promise<T>,
  deadlineMs = LONG_MS,
): Promise<Exclude<T, null | undefined | false>> {
  const end = performance.now() + deadlineMs
  for (;;) {
    const answer = await condition()
    if (answer) return answer as Exclude<T, null | undefined | false>
    if (performance.now() > end) throw new Error(`${what}: not within ${deadlineMs} ms`)
    await new Promise(resolve => setTimeout(resolve, 5))
  }
}

/** The promise's answer, or an error that says what did not come in time. */
export async function within<T>(what: string, promise: Promise<T>, deadlineMs = LONG_MS): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(new Error(`${what}: not within ${deadlineMs} ms`)), deadlineMs)
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}
