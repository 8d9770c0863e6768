// Work that one client of an account does at a time, whatever tabs it is open in.

/** Runs the work while no other tab does, where the browser can tell; not at all once the signal aborts. */
export async function alone(name: string, work: () => Promise<void>, signal: AbortSignal): Promise<void> {
  if (typeof navigator === 'undefined' || navigator.locks === undefined) return work()
  let started = false
  try {
    await navigator.locks.request(name, { signal }, () => {
      started = true
      return work()
    })
  } catch (error) {
    if (started) throw error
    // Refused: a page without an origin of its own, such as one in a sandboxed frame.
    if (!signal.aborted) await work()
  }
}
