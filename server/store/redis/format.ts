// What `meta` says of how a space is kept: by which version's rules, or that an import into it has not come to its end.
// While it says that no server opens the space, of whatever version, for that format is none that any knows.
import { StoreError } from '../store-error.ts'

/** What is understood. */
export const FORMAT = 1
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
