// What `meta` says of how a space is kept: by which version's rules, or that an import into it has not come to its end.
// While it says that no server opens the space, of whatever version, for that format is none that any knows.
import { StoreError } from '../store-error.ts'

/**
 * What is kept now: 2 has edits, deletions and replies. A space of format 1 is one of format 2 that has none yet, but a
 * server of that time would take what it does not know of for another history, and begin one.
 */
export const FORMAT = 2
/** Above every format that there will be. */
export const UNFINISHED_FORMAT = 999_999
/** An import that said nothing for so long is dead, by the clock of Redis. */
export const ABANDONED_MS = 60_000

/** @throws StoreError `UNFINISHED`, `REDIS_TOO_NEW` */
export function refuseFormat(space: string, format: number): void {
  if (format === UNFINISHED_FORMAT) {
    throw new StoreError(
      'UNFINISHED',
      `An import into the space ${space} in Redis has not come to its end: run it again, from the beginning.`,
    )
  }
  if (!(format > FORMAT)) return
  throw new StoreError(
    'REDIS_TOO_NEW',
    `The space ${space} in Redis has format ${format}, and this version of Recado knows ${FORMAT}: update it.`,
  )
}
