// The bus of a single node: publishing is a function call. Nothing is lost, repeated or reordered, and every entry comes
// whole.
import type { Bus, BusListener, ControlBus, ControlListener } from './bus.ts'

export function createLocalBus(): Bus & ControlBus {
  const listeners = new Set<BusListener>()
  const controlListeners = new Set<ControlListener>()
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
    tell(notice) {
      for (const listener of controlListeners) listener(notice)
    },
    onControl(listener) {
      controlListeners.add(listener)
      return () => void controlListeners.delete(listener)
    },
    async close() {
      listeners.clear()
      controlListeners.clear()
    },
  }
}
