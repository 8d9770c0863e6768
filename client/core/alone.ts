// Work that one client of an account does at a time, whatever tabs it is open in.

/**
 * Work that is asked for: at once, or, asked for while it runs, once more when it is done, however often it was. Only one tab
 * does it at a time (`alone`), and none once the signal aborts.
 *
 * @returns asks for it; the name is the same in all tabs
 */
export function aloneInTurn(work: () => Promise<void>, signal: AbortSignal): (name: string) => Promise<void> {
  let isRunning = false
  let again = false
  return async name => {
    again = true
    if (isRunning) return
    isRunning = true
    try {
      while (again && !signal.aborted) {
        again = false
        await alone(name, work, signal)
      }
    } finally {
      isRunning = false
    }
  }
}

/** Runs the work while no other tab does, where the browser can tell; not at all once the signal aborts. */
async function alone(name: string, work: () => Promise<void>, signal: AbortSignal): Promise<void> {
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
