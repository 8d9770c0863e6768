// Whose request it is: connectionParams before the Authorization header before the cookie, without falling through: a
// bad token in a higher place is refused, not replaced by a lower one (PROTOCOL.md, AUTH).
import type { IncomingMessage } from 'node:http'
import { deviceLabelOf } from '../accounts/device-label.ts'
import type { LivingSession, Sessions } from '../accounts/sessions.ts'
import type { Viewer } from '../graphql/context.ts'
import type { SessionCookie } from './cookies.ts'

export type Authentication =
  | { readonly status: 'nobody' }
  | { readonly status: 'somebody'; readonly viewer: Viewer; readonly session: LivingSession }
  /** A credential was there and is not good; `via` says which. */
  | { readonly status: 'refused'; readonly via: 'cookie' | 'token' }

export type Authenticate = (
  request: IncomingMessage,
  connectionParams?: Readonly<Record<string, unknown>>,
) => Promise<Authentication>

export function createAuthenticate(sessions: Pick<Sessions, 'find'>, cookie: SessionCookie): Authenticate {
  return async (request, connectionParams) => {
    const given = connectionParams?.authorization ?? request.headers.authorization
    if (given !== undefined && given !== null) {
      const token = typeof given === 'string' ? /^(?:Bearer +)?([^ ]+)$/i.exec(given.trim())?.[1] : undefined
      return resolve(request, token ?? '', 'token')
    }
    const token = cookie.read(request)
    return token === null ? { status: 'nobody' } : resolve(request, token, 'cookie')
  }

  async function resolve(request: IncomingMessage, token: string, via: 'cookie' | 'token'): Promise<Authentication> {
    // Of others' tokens, which have dots, no cookie is ever set.
    if (via === 'cookie' && token.includes('.')) return { status: 'refused', via }
    const found = await sessions.find(token, () => deviceLabelOf(request.headers['user-agent']))
    if (!found) return { status: 'refused', via }
    // The account's object itself: all connections of a session share it.
    return { status: 'somebody', viewer: { account: found.account, sessionId: found.sessionId, via }, session: found }
  }
}
