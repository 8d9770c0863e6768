// The web page at `/`: the files that vite built, and the headers that keep other people's scripts and frames out.
import { existsSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import sirv from 'sirv'

/** Everything from this server alone; styles and scripts from files; connections to where the page came from. */
const PAGE_POLICY = [
  "default-src 'self'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self' ws: wss:",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

/** GraphiQL brings its scripts and styles inside its page. */
const GRAPHIQL_POLICY = [
  "default-src 'self' 'unsafe-inline' 'unsafe-eval' data: blob:",
  "connect-src 'self' ws: wss:",
  "object-src 'none'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ')

/** Headers for every answer; `/graphql` gets the policy that GraphiQL needs. */
export function setSecurityHeaders(response: ServerResponse, path: string): void {
  response.setHeader('Content-Security-Policy', path === '/graphql' ? GRAPHIQL_POLICY : PAGE_POLICY)
  response.setHeader('X-Content-Type-Options', 'nosniff')
  response.setHeader('X-Frame-Options', 'DENY')
  response.setHeader('Referrer-Policy', 'no-referrer')
  response.setHeader('Cross-Origin-Opener-Policy', 'same-origin')
}

export type Page = (request: IncomingMessage, response: ServerResponse, notFound: () => void) => void

/** @param directory where the page was built, as a file URL's path */
export function createPage(directory: string): Page {
  if (!existsSync(directory)) {
    return (_, response) => {
      response.writeHead(503, { 'Content-Type': 'text/plain; charset=utf-8' })
      response.end('A página não foi construída / the page was not built: npm run build\n')
    }
  }
  return sirv(directory, {
    etag: true,
    // vite's build leaves both beside each file.
    gzip: true,
    brotli: true,
    setHeaders(response, path) {
      // Built files carry a hash in their name; the page that names them does not.
      const lasts = path.startsWith('/assets/')
      response.setHeader('Cache-Control', lasts ? 'public, max-age=31536000, immutable' : 'no-cache')
    },
  })
}
