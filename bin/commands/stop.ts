// Ctrl-C and `kill` for commands that have something to tidy up before they end.
import { nextSignal } from './signals.ts'

/** Aborted at the first signal; a second one ends the process at once. */
export function stopSignal(): AbortSignal {
  const stop = new AbortController()
  void nextSignal().then(() => stop.abort())
  return stop.signal
}

/** The same items, until the signal comes: then it throws what `cause` makes. */
export async function* untilStopped<Item>(
  items: AsyncIterable<Item>,
  signal: AbortSignal,
  cause: () => Error,
): AsyncGenerator<Item> {
  for await (const item of items) {
    if (signal.aborted) throw cause()
    yield item
  }
}
