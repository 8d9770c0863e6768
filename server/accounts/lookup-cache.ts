// What was looked up lately, by key: bounded, one look-up at a time for a key, and never an answer from before a
// `forget`. Nothing is kept of what was not found, nor of failures.
import { LRUCache } from 'lru-cache'

export interface LookupCacheOptions<Value> {
  /** Values kept; the longest unused goes. */
  readonly max: number
  /** Milliseconds after which a value is looked up again. */
  readonly ttl: number
  lookUp(key: string): Promise<Value | null>
}

export interface LookupCache<Value> {
  get(key: string): Promise<Value | null>
  /** Drops the values that match, and every look-up under way: it may have begun too early. */
  forget(matches: (value: Value) => boolean): void
}

interface Kept<Value> {
  readonly looked: Promise<Value | null>
  /** Undefined: still looking. */
  value: Value | undefined
}

export function createLookupCache<Value>({ max, ttl, lookUp }: LookupCacheOptions<Value>): LookupCache<Value> {
  const kept = new LRUCache<string, Kept<Value>>({ max, ttl })

  return {
    get(key) {
      const known = kept.get(key)
      if (known) return known.looked
      const entry: Kept<Value> = { looked: lookUp(key), value: undefined }
      kept.set(key, entry)
      const drop = () => {
        if (kept.peek(key) === entry) kept.delete(key)
      }
      entry.looked.then(value => {
        if (value === null) drop()
        else entry.value = value
      }, drop)
      return entry.looked
    },

    forget(matches) {
      for (const [key, { value }] of [...kept.entries()]) if (value === undefined || matches(value)) kept.delete(key)
    },
  }
}
