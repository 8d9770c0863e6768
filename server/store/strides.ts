// From one position of the log to the next.
import { randomBytes } from 'node:crypto'

/** Random steps of 1 to 256: they hide how many messages lie between two. */
export function createStrides() {
  const pool = Buffer.alloc(4096)
  let used = pool.length
  return {
    next(): number {
      if (used === pool.length) {
        randomBytes(pool.length).copy(pool)
        used = 0
      }
      return pool.readUInt8(used++) + 1
    },
  }
}
