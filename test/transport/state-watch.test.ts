// Subscriptions to state: all of it first, then what changes; a reader that does not read costs nothing.
import { setImmediate as turn } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { watchState } from '../../server/transport/state-watch.ts'

/** A source whose `watch` answers when `ready` does, and a sink that notes what it gets. */
function rig(ready?: Promise<void>) {
  let state = [0]
  const listeners = new Set<(changed: number[]) => void>()
  const refusals: unknown[] = []
  const got: string[] = []
  const sink = { congested: false, deliverValue: (payload: string) => void got.push(payload) }
  const stop = (listener: (changed: number[]) => void) => () => void listeners.delete(listener)
  const watch = watchState<number[], string>({
    source: {
      current: () => state,
      watch(listener) {
        listeners.add(listener)
        return ready ? ready.then(() => stop(listener)) : stop(listener)
      },
    },
    encode: value => (String(value) === '13' ? turn().then(() => `late ${value}`) : String(value)),
    sink,
    onError(error) {
      throw error
    },
    onRefused: error => refusals.push(error),
  })
  return {
    watch,
    sink,
    got,
    refusals,
    listeners,
    change(...values: number[]) {
      state = [...state, ...values]
      for (const listener of listeners) listener(values)
    },
  }
}

describe('a watch of state', () => {
  test('begins with all of it, also where that takes a while, and what changes meanwhile is in it', async () => {
    const { promise, resolve } = Promise.withResolvers<void>()
    const { got, change } = rig(promise)
    change(1)
    expect(got).toEqual([])
    resolve()
    await turn()
    change(2)
    expect(got).toEqual(['0,1', '2'])
  })

  test('keeps the order where a value takes a while to encode', async () => {
    const { got, change } = rig()
    change(13)
    change(1)
    change(2)
    await turn()
    await turn()
    expect(got).toEqual(['0', 'late 13', '1', '2'])
  })

  test('queues nothing for a reader that does not read: it gets all of it anew once it does', () => {
    const { got, sink, change, watch } = rig()
    sink.congested = true
    for (let n = 1; n <= 1_000; n++) change(n)
    expect(got).toEqual(['0'])
    sink.congested = false
    watch.resume()
    expect(got).toHaveLength(2)
    expect(got[1]?.split(',')).toHaveLength(1_001)
    watch.resume()
    expect(got).toHaveLength(2)
  })

  test('that is closed delivers nothing more and leaves its source, also before it has begun', async () => {
    const begun = rig()
    begun.change(13)
    begun.watch.close()
    await turn()
    await turn()
    expect(begun.got).toEqual(['0'])
    expect(begun.listeners.size).toBe(0)
    const { promise, resolve } = Promise.withResolvers<void>()
    const waiting = rig(promise)
    waiting.watch.close()
    resolve()
    await turn()
    expect(waiting.got).toEqual([])
    expect(waiting.listeners.size).toBe(0)
  })

  test('that can not be had is refused', async () => {
    const refusal = new Error('no')
    const { got, refusals } = rig(Promise.reject(refusal))
    await turn()
    expect(refusals).toEqual([refusal])
    expect(got).toEqual([])
  })
})
