// The web page at `/`: the files that vite built, and how long browsers may keep each.
import { existsSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Readable } from 'node:stream'
import sirv from 'sirv'

export type Page = (request: IncomingMessage, response: ServerResponse, notFound: () => void) => void

/** @param directory where the page was built, as a file URL's path */
export function createPage(directory: string): Page {
  if (!existsSync(directory)) {
    return (_, response) => {
      response.writeHead(503, { 'Content-Type': 'text/plain; charset=utf-8', 'Cache-Control': 'no-store' })
      response.end('A página não foi construída / the page was not built: npm run build\n')
    }
  }
  const serve = sirv(directory, {
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
  return (request, response, notFound) => {
    // A page that is being built anew takes files away that it had: that answer breaks off, and nothing else.
    response.once('pipe', (file: Readable) => file.once('error', () => response.destroy()))
    serve(request, response, notFound)
  }
}
