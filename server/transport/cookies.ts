// The session cookie: HttpOnly, so that no script reads it, SameSite=Lax, and over TLS Secure with the __Host- prefix,
// so that no neighbouring host can set it.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Cookies } from '../graphql/context.ts'

export interface SessionCookie {
  read(request: IncomingMessage): string | null
  /** Writes to this answer. */
  writer(response: ServerResponse): Cookies
}

/** @param secure people reach the server over TLS */
export function createSessionCookie(secure: boolean): SessionCookie {
  const name = secure ? '__Host-recado' : 'recado'
  const attributes = `Path=/; HttpOnly; SameSite=Lax${secure ? '; Secure' : ''}`

  return {
    read(request) {
      for (const pair of request.headers.cookie?.split(';') ?? []) {
        const separator = pair.indexOf('=')
        if (separator > 0 && pair.slice(0, separator).trim() === name) return pair.slice(separator + 1).trim()
      }
      return null
    },
    writer(response) {
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
    },
  }
}
