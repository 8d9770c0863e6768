// Listeners of one kind of news. One that throws harms nobody else: its error is reported as an uncaught one.

export interface Listeners<Arguments extends unknown[]> {
  readonly size: number
  add(listener: (...args: Arguments) => void): () => void
  emit(...args: Arguments): void
}

export function createListeners<Arguments extends unknown[]>(): Listeners<Arguments> {
  // By subscription, not by function: the same function may listen twice, and each `off` takes one away.
  const listeners = new Set<{ call: (...args: Arguments) => void }>()
  return {
    get size() {
      return listeners.size
    },
    add(listener) {
      const entry = { call: listener }
      listeners.add(entry)
      return () => listeners.delete(entry)
    },
    emit(...args) {
      for (const entry of [...listeners]) {
        if (!listeners.has(entry)) continue
        try {
          entry.call(...args)
        } catch (error) {
          queueMicrotask(() => {
            throw error
          })
        }
      }
    },
  }
}

/**
 * Of a state that its listeners may change: what they change is told to all of them once this is told, so that nobody is
 * told something older after something newer.
 */
export function oneAfterAnother(tell: () => void): () => void {
  let isTelling = false
  let isDue = false
  return () => {
    isDue = true
    if (isTelling) return
    isTelling = true
    while (isDue) {
      isDue = false
      tell()
    }
    isTelling = false
  }
}
