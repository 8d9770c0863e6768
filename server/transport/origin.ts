// Which pages may use this server (PROTOCOL.md, ORIGIN): those of its own host, and those that ALLOWED_ORIGINS names. A
// browser sends its cookie to us from any page, and always says which page asks; so a cookie counts only with an Origin
// that may. Whoever brings a token proves more than a cookie does, and needs no Origin.
import type { IncomingMessage } from 'node:http'

export interface OriginRules {
  /** ALLOWED_ORIGINS, exactly as browsers write them. */
  readonly allowed: readonly string[]
  /** PUBLIC_URL: where people reach the server when a proxy stands before it. */
  readonly publicUrl: string | null
}

export interface Origins {
  /** Whether a page of this origin may use the server; no header at all is not a page. */
  mayUse(request: IncomingMessage): boolean
  /** Whether the origin is a foreign one that gets CORS. */
  isListed(origin: string): boolean
}

export function createOrigins({ allowed, publicUrl }: OriginRules): Origins {
  const listed = new Set(allowed)
  const own = publicUrl ? new URL(publicUrl).origin : null

  return {
    mayUse(request) {
      const { origin } = request.headers
      if (origin === undefined) return !isOfAnotherPage(request)
      if (listed.has(origin)) return true
      if (own) return origin === own
      return URL.canParse(origin) && new URL(origin).host === request.headers.host
    },
    isListed: origin => listed.has(origin),
  }
}

/**
 * Whether a browser says that a page of another origin asks for something to use it: an image, a script, a frame. Such a
 * request has no Origin, and a neighbour's on another port has our cookie. Going to an address, by a link, is not that.
 */
function isOfAnotherPage({ headers }: IncomingMessage): boolean {
  const site = headers['sec-fetch-site']
  if (site !== 'cross-site' && site !== 'same-site') return false
  return headers['sec-fetch-mode'] !== 'navigate' || headers['sec-fetch-dest'] !== 'document'
}
