// One timer for many that all have the same time: the oldest is always the next to be due.

export interface Deadlines<Item> {
  add(item: Item): void
  /** Unknown ones are ignored. */
  delete(item: Item): void
}

/** @param ms how long an item has from being added; 0: for ever */
export function createDeadlines<Item>(ms: number, onDue: (item: Item) => void): Deadlines<Item> {
  /** When each is due, on the monotonic clock: in the order of being added, which is that of being due. */
  const dueAt = new Map<Item, number>()
  let timer: NodeJS.Timeout | null = null

  function tick(): void {
    timer = null
    const now = performance.now()
    for (const [item, at] of dueAt) {
      if (at > now) return wait(at - now)
      dueAt.delete(item)
      onDue(item)
    }
  }

  function wait(left: number): void {
    timer = setTimeout(tick, Math.ceil(left)).unref()
  }

  return {
    add(item) {
      if (ms === 0) return
      dueAt.set(item, performance.now() + ms)
      if (!timer) wait(ms)
    },
    delete: item => void dueAt.delete(item),
  }
}
