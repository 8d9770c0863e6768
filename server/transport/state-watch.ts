// A subscription to state that is no log (who is online, how far one has read): first all of it, then what changed. A
// reader that can't keep up is not queued for: it gets all of it anew once it has drained.

/** What is watched. */
export interface StateSource<Value> {
  /** All of it, as it is now; once `watch` has answered. */
  current(): Value
  /** Calls back with what changes from then on. Answers with the way to stop. */
  watch(listener: (changed: Value) => void): (() => void) | Promise<() => void>
}

export interface StateSink<Payload> {
  readonly congested: boolean
  deliverValue(payload: Payload): void
}

export interface StateWatch {
  /** The sink has drained. */
  resume(): void
  close(): void
}

export interface StateWatchOptions<Value, Payload> {
  readonly source: StateSource<Value>
  encode(value: Value): Payload | Promise<Payload>
  readonly sink: StateSink<Payload>
  onError(error: unknown): void
  /** It can't be watched. */
  onRefused(error: unknown): void
}

export function watchState<Value, Payload>(options: StateWatchOptions<Value, Payload>): StateWatch {
  const { source, encode, sink, onError, onRefused } = options
  let stale = false
  let closed = false
  /** Null: not watching yet. */
  let stop: (() => void) | null = null
  /** Fields that ask the store make a promise: what follows waits for it, so that order is kept. */
  let order: Promise<void> | null = null

  function deliver(value: Value): void {
    const encoding = order ? order.then(() => send(value)) : send(value)
    if (!encoding) return
    const mine: Promise<void> = encoding.catch(onError).then(() => {
      if (order === mine) order = null
    })
    order = mine
  }

  function send(value: Value): Promise<void> | undefined {
    if (closed) return
    const payload = encode(value)
    if (!(payload instanceof Promise)) {
      sink.deliverValue(payload)
      return
    }
    return payload.then(encoded => {
      if (!closed) sink.deliverValue(encoded)
    })
  }

  function begin(stopWatching: () => void): void {
    if (closed) return stopWatching()
    stop = stopWatching
    deliver(source.current())
  }

  const watching = source.watch(changed => {
    // What came before the beginning is in it.
    if (!stop) return
    if (sink.congested) stale = true
    else deliver(changed)
  })
  if (watching instanceof Promise) watching.then(begin).catch(onRefused)
  else begin(watching)

  return {
    resume() {
      if (!stale) return
      stale = false
      deliver(source.current())
    },
    close() {
      closed = true
      stop?.()
    },
  }
}
