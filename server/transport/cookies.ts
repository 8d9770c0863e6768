// The session cookie: HttpOnly, so that no script reads it, SameSite=Lax, and over TLS Secure with the __Host- prefix,
// so that no neighbouring host can set it. It is set at entering, and again while it is used: browsers drop it by its own
// end, which no use of the session moves. (PROTOCOL.md: AUTH-1, AUTH-8)
import type { IncomingMessage, ServerResponse } from 'node:http'
import { LRUCache } from 'lru-cache'
import type { LivingSession } from '../accounts/sessions.ts'
import { DAY_MS } from '../domain/time.ts'
import type { Cookies } from '../graphql/context.ts'

/** Sessions of which it is known when their cookie was set last. Of any other it is set once more than it need be. */
const RENEWED = { max: 20_000 }
/** By so much of its time a cookie may end before its session does, or by a day, whichever is less. */
const MOST_LOST = 1 / 8

export interface SessionCookie {
  read(request: IncomingMessage): string | null
  /** Writes to this answer. */
  writer(response: ServerResponse): Cookies
  /**
   * Sets it again for as long as its session lasts now: about once a day, oftener where that is some days only.
   * @param session the one that the request's cookie is of
   */
  renew(request: IncomingMessage, response: ServerResponse, session: LivingSession): void
}

/**
 * @param secure people reach the server over TLS
 * @param clock milliseconds since 1970. Default `Date.now`
 */
export function createSessionCookie(secure: boolean, clock: () => number = Date.now): SessionCookie {
  const name = secure ? '__Host-recado' : 'recado'
  const attributes = `Path=/; HttpOnly; SameSite=Lax${secure ? '; Secure' : ''}`

  /** By session, in milliseconds since 1970. */
  const setAtBySession = new LRUCache<string, number>(RENEWED)

  function read(request: IncomingMessage): string | null {
    for (const pair of request.headers.cookie?.split(';') ?? []) {
      const separator = pair.indexOf('=')
      if (separator > 0 && pair.slice(0, separator).trim() === name) return pair.slice(separator + 1).trim()
    }
    return null
  }

  function writer(response: ServerResponse): Cookies {
    return {
      set(token, expiresAt) {
        response.setHeader(
          'Set-Cookie',
          `${name}=${token}; Expires=${new Date(expiresAt).toUTCString()}; ${attributes}`,
        )
      },
      clear() {
        response.setHeader('Set-Cookie', `${name}=; Max-Age=0; ${attributes}`)
      },
    }
  }

  return {
    read,
    writer,
    renew(request, response, { sessionId, createdAt, expiresAt }) {
      const token = read(request)
      // What another site makes a browser ask is no visit of somebody's.
      if (token === null || request.headers['sec-fetch-site'] === 'cross-site') return
      const now = clock()
      const setAt = setAtBySession.get(sessionId) ?? createdAt
      if (now - setAt < Math.min(DAY_MS, (expiresAt - now) * MOST_LOST)) return
      setAtBySession.set(sessionId, now)
      writer(response).set(token, expiresAt)
    },
  }
}
