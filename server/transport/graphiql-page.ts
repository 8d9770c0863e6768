// GraphiQL's page as one answer: made when somebody first asks for it (its code is 9 MB, which a server that nobody asks
// need not hold), kept compressed, and with the hashes of the scripts inside it, for a policy that lets nothing else run.
import { createHash } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { promisify } from 'node:util'
import { createGunzip, gzip } from 'node:zlib'
import { graphiqlTabs } from './graphiql.ts'
import type { SecurityHeaders } from './security-headers.ts'

export interface GraphiqlPage {
  /** Whether a browser asks for a page to look at, not for data. */
  isAskedFor(request: IncomingMessage): boolean
  answer(request: IncomingMessage, response: ServerResponse): Promise<void>
}

interface Packed {
  readonly gzip: Buffer
  readonly etag: string
  readonly scripts: readonly string[]
}

export function createGraphiqlPage(headers: Pick<SecurityHeaders, 'setGraphiql'>): GraphiqlPage {
  let packing: Promise<Packed> | null = null

  return {
    isAskedFor: ({ method, headers }) => method === 'GET' && (headers.accept?.includes('text/html') ?? false),

    async answer(request, response) {
      packing ??= pack().catch(error => {
        packing = null
        throw error
      })
      const { gzip, etag, scripts } = await packing
      headers.setGraphiql(request, response, scripts)
      response.setHeader('Cache-Control', 'no-cache')
      response.setHeader('Vary', 'Accept, Accept-Encoding')
      response.setHeader('ETag', etag)
      if (request.headers['if-none-match'] === etag) return void response.writeHead(304).end()
      response.setHeader('Content-Type', 'text/html; charset=utf-8')
      if (/\bgzip\b/.test(String(request.headers['accept-encoding'] ?? ''))) {
        response.writeHead(200, { 'Content-Encoding': 'gzip', 'Content-Length': gzip.length })
        return void response.end(gzip)
      }
      response.writeHead(200)
      const whole = createGunzip()
      whole.pipe(response)
      whole.end(gzip)
    },
  }
}

async function pack(): Promise<Packed> {
  const { renderGraphiQL } = await import('@graphql-yoga/render-graphiql')
  const html = renderGraphiQL({ subscriptionsProtocol: 'WS', title: 'Recado', defaultTabs: graphiqlTabs })
  const packed = await promisify(gzip)(html)
  return {
    gzip: packed,
    etag: `"${digest(packed)}"`,
    scripts: scriptsOf(html).map(script => `sha256-${digest(script)}`),
  }
}

/** As a browser cuts them out: from each tag to the first end of one, with its own line ends. */
function scriptsOf(html: string): string[] {
  const scripts = html.replaceAll(/\r\n?/g, '\n').matchAll(/<script>([\s\S]*?)<\/script>/g)
  return [...scripts].map(([, script = '']) => script)
}

const digest = (bytes: string | Buffer): string => createHash('sha256').update(bytes).digest('base64')
