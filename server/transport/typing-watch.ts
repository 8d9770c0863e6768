// A subscription to who is writing: lists as they are told, each encoded once for all who get the same. A reader that
// can't keep up misses some: they would be stale by the time that it reads them.
import type { Typing, Typist } from '../feed/typing.ts'
import type { StateSink, StateWatch } from './state-watch.ts'

export function watchTyping<Payload>(
  typing: Pick<Typing, 'watch'>,
  accountId: string,
  encode: (typists: readonly Typist[]) => Payload | Promise<Payload>,
  sink: StateSink<Payload>,
  onError: (error: unknown) => void,
): StateWatch {
  let closed = false
  /** A list that waits for the store (when somebody was last seen) is not overtaken by another: that one is left out. */
  let isEncoding = false

  const stop = typing.watch(accountId, typists => {
    if (closed || isEncoding || sink.congested) return
    const payload = encode(typists)
    if (!(payload instanceof Promise)) return sink.deliverValue(payload)
    isEncoding = true
    payload
      .then(encoded => {
        if (!closed && !sink.congested) sink.deliverValue(encoded)
      }, onError)
      .finally(() => {
        isEncoding = false
      })
  })

  return {
    resume() {},
    close() {
      closed = true
      stop()
    },
  }
}
