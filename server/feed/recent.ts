// At most once in so long for each key: remembers only when, and only of those who were lately.
import { LRUCache } from 'lru-cache'

export interface RecentOptions {
  readonly everyMs: number
  /** Milliseconds that only rise. */
  readonly clock: () => number
  /** Keys remembered; the longest unused is forgotten, and admitted again. Default 100,000. */
  readonly max?: number
}

export interface Recent {
  /** Whether it was not admitted lately; it is now. */
  admit(key: string): boolean
}

export function createRecent({ everyMs, clock, max = 100_000 }: RecentOptions): Recent {
  const admittedAt = new LRUCache<string, number>({ max })
  return {
    admit(key) {
      const now = clock()
      const at = admittedAt.get(key)
      if (at !== undefined && now - at < everyMs) return false
      admittedAt.set(key, now)
      return true
    },
  }
}
