// The bus of a single node: publishing is a function call. Nothing is lost, repeated or reordered.
import type { Entry } from '../domain/entry.ts'
import type { Bus } from './bus.ts'

export function createLocalBus(): Bus {
  const listeners = new Set<(entries: readonly Entry[]) => void>()
  return {
    publish(entries) {
      for (const listener of listeners) listener(entries)
    },
    subscribe(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    async close() {
      listeners.clear()
    },
  }
}
