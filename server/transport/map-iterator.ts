// An iterator seen through a function. Not an async generator: `return()` on a generator that waits for its source's
// next value waits too, so a feed would outlive its client until the next message comes.

export function mapIterator<From, To>(
  source: AsyncIterator<From>,
  map: (value: From) => To,
): AsyncIterableIterator<To> {
  return {
    async next() {
      const result = await source.next()
      return result.done ? { value: undefined, done: true } : { value: map(result.value), done: false }
    },
    async return() {
      await source.return?.()
      return { value: undefined, done: true }
    },
    [Symbol.asyncIterator]() {
      return this
    },
  }
}
