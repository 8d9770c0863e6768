// URLs end up in logs and histories: a token in one is refused rather than read (PROTOCOL.md, AUTH-7).
import type { IncomingMessage } from 'node:http'

/** What a token in a URL could be called. */
const NAMES = ['token', 'authorization', 'access_token', 'auth']

/** Whether the request's URL has a parameter that looks like a token. */
export function hasSecret(request: IncomingMessage): boolean {
  const { url = '' } = request
  const start = url.indexOf('?')
  if (start < 0) return false
  const parameters = new URLSearchParams(url.slice(start))
  return NAMES.some(name => parameters.has(name))
}
