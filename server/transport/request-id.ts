// The name of one HTTP request, or of one socket, in the log: as the proxy before the server gave it (`X-Request-Id`), or made
// here. The answer has it, and every line of the log that is about the request.
import { AsyncLocalStorage } from 'node:async_hooks'
import type { IncomingMessage } from 'node:http'
import { randomId } from '../domain/message.ts'

/** Nothing longer, and nothing that could be taken for something else in a log. */
const ID = /^[\w.:-]{1,64}$/

/** The request that is being answered; undefined: none, or on a socket, which hands its own on. */
export const requestIds = new AsyncLocalStorage<string>()

export function requestIdOf({ headers }: IncomingMessage): string {
  const given = headers['x-request-id']
  return typeof given === 'string' && ID.test(given) ? given : randomId()
}
