// The bus of a single node: publishing is a function call. Nothing is lost, repeated or reordered, and every entry comes
// whole.
import type { Bus, BusListener } from './bus.ts'

export function createLocalBus(): Bus {
  const listeners = new Set<BusListener>()
  return {
    publish(entries) {
      const links = entries.map(entry => ({ entry, previous: null }))
      for (const listener of listeners) listener.links(links)
    },
    async subscribe(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    listen: () => undefined,
    unlisten() {},
    async close() {
      listeners.clear()
    },
  }
}
