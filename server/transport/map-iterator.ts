// An iterator seen through a function. Not an async generator: `return()` on a generator that waits for its source's
// next value waits too, so a feed would outlive its client until the next message comes.

/** @param onEnd called once, when the source is exhausted, has failed, or was returned */
export function mapIterator<From, To>(
  source: AsyncIterator<From>,
  map: (value: From) => To,
  onEnd: () => void = () => {},
): AsyncIterableIterator<To> {
  let over = false
  const end = (): void => {
    if (over) return
    over = true
    onEnd()
  }
  return {
    async next() {
      try {
        const result = await source.next()
        if (!result.done) return { value: map(result.value), done: false }
      } catch (error) {
        end()
        throw error
      }
      end()
      return { value: undefined, done: true }
    },
    async return() {
      end()
      await source.return?.()
      return { value: undefined, done: true }
    },
    [Symbol.asyncIterator]() {
      return this
    },
  }
}
