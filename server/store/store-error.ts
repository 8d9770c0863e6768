// Why a store cannot be opened: a code for programs, and a sentence for the person who started the server.

/**
 * - `DATA_DIR_IN_USE`: another server holds this data folder.
 * - `DATA_DIR_UNUSABLE`: the folder can't be made, read or written.
 * - `FILE_CORRUPT`: the database is damaged. Nothing in it was changed.
 * - `FILE_FOREIGN`: the file is not a Recado database. Nothing in it was changed.
 * - `FILE_TOO_NEW`: a newer version of Recado wrote it. Nothing in it was changed.
 * - `FILE_TOO_OLD`: a running server of an older version has it, and it can't be brought up to date meanwhile.
 * - `NOTHING_THERE`: there is no space to read.
 * - `NOT_EMPTY`: there is something already where a space was to be put. Nothing in it was changed.
 * - `IN_USE`: servers run on this space in Redis, or another import.
 * - `UNFINISHED`: an import into this space in Redis has not come to its end.
 * - `REDIS_URL_INVALID`, `REDIS_UNREACHABLE`, `REDIS_DENIED`: there is no connection (redis/client.ts).
 * - `REDIS_VOLATILE`: Redis keeps no append-only file: a restart would lose what was acknowledged.
 * - `REDIS_EVICTS`: Redis drops keys when memory is short.
 * - `REDIS_REFUSED`: Redis answers, but not with what a store needs: it is a replica, out of memory, too old.
 * - `REDIS_TOO_NEW`: a newer version of Recado wrote this space. Nothing in it was changed.
 */
export type StoreErrorCode =
  | 'DATA_DIR_IN_USE'
  | 'DATA_DIR_UNUSABLE'
  | 'FILE_CORRUPT'
  | 'FILE_FOREIGN'
  | 'FILE_TOO_NEW'
  | 'FILE_TOO_OLD'
  | 'NOTHING_THERE'
  | 'NOT_EMPTY'
  | 'IN_USE'
  | 'UNFINISHED'
  | 'REDIS_URL_INVALID'
  | 'REDIS_UNREACHABLE'
  | 'REDIS_DENIED'
  | 'REDIS_VOLATILE'
  | 'REDIS_EVICTS'
  | 'REDIS_REFUSED'
  | 'REDIS_TOO_NEW'

/** The store refused to open; `message` is a whole sentence that says what to do. */
export class StoreError extends Error {
  readonly code: StoreErrorCode

  constructor(code: StoreErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'StoreError'
    this.code = code
  }
}
