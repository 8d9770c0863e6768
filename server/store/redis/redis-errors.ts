// What goes wrong between us and Redis: it (or the way to it) is not there or takes no writes now, or it is a defect of
// ours. Errors of ioredis carry the arguments of their command, so they are never logged or passed on as they are.
import { Refusal } from '../../domain/errors.ts'

/**
 * Error codes of a server that may answer otherwise later: not the master, starting, short of memory or disk, of a
 * Cluster that is not whole or moves slots, with a script that runs for ever, with other users than before.
 */
const UNAVAILABLE =
  /^(READONLY|LOADING|OOM|MISCONF|CLUSTERDOWN|MASTERDOWN|NOREPLICAS|TRYAGAIN|MOVED|ASK|BUSY|NOAUTH|WRONGPASS|NOPERM|ERR max number of clients)/

/** Whether the storage failed. Everything that did not come from the server as an answer is about the connection. */
export function isUnavailable(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  return error.name !== 'ReplyError' || UNAVAILABLE.test(error.message)
}

/** The contract's rejection for an error of ioredis. */
export function rejectionOf(error: unknown): Error {
  if (error instanceof Refusal) return error
  return isUnavailable(error) ? new Refusal('STORAGE_UNAVAILABLE') : new Error(`Redis: ${reasonOf(error)}`)
}

/** Its message, which may begin with a code, without anything else. */
export function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error)
  // Redis repeats the arguments of a command that it does not know.
  return message.replace(/, with args beginning with:.*$/s, '').slice(0, 300)
}
