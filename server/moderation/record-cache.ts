// What was read of the records lately, by key: bounded, one reading at a time for a key, and never an answer from before a
// `forget`. Of a store that others write too it is believed for a moment only, for the word of a change may be lost.
import { LRUCache } from 'lru-cache'

/** How long what another node may have changed is believed without a word of it, in milliseconds. */
const BELIEVED_MS = 1_500
const KEPT = 20_000

export interface RecordCache<Value> {
  /** At once where it is known. */
  get(key: string): Value | Promise<Value>
  forget(key: string): void
}

/** @param isShared other nodes write the same records */
export function createRecordCache<Value extends object>(
  read: (key: string) => Promise<Value>,
  isShared: boolean,
): RecordCache<Value> {
  const known = new LRUCache<string, Value>({ max: KEPT, ...(isShared ? { ttl: BELIEVED_MS } : {}) })
  const reading = new Map<string, Promise<Value>>()

  function look(key: string): Promise<Value> {
    const looked = read(key).then(
      value => {
        if (reading.get(key) === looked) {
          reading.delete(key)
          known.set(key, value)
        }
        return value
      },
      (error: unknown) => {
        if (reading.get(key) === looked) reading.delete(key)
        throw error
      },
    )
    reading.set(key, looked)
    return looked
  }

  return {
    get: key => known.get(key) ?? reading.get(key) ?? look(key),
    forget(key) {
      known.delete(key)
      // One that is under way may have begun too early: whoever asks from now on reads anew.
      reading.delete(key)
    },
  }
}
