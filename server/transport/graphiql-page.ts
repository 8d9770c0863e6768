// GraphiQL's page as one answer: made when somebody first asks for it (its code is 9 MB, which a server that nobody asks
// need not hold) by a thread of its own (it takes most of a second, in which those who talk would wait), and kept compressed.
import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { Worker } from 'node:worker_threads'
import { createGunzip } from 'node:zlib'
import { scriptBeside } from '../domain/script.ts'
import type { PackedGraphiql } from './graphiql-worker.ts'
import type { SecurityHeaders } from './security-headers.ts'

export interface GraphiqlPage {
  /** Whether a browser asks for a page to look at, not for data. */
  isAskedFor(request: IncomingMessage): boolean
  answer(request: IncomingMessage, response: ServerResponse): Promise<void>
}

export function createGraphiqlPage(headers: Pick<SecurityHeaders, 'setGraphiql'>): GraphiqlPage {
  let packing: Promise<PackedGraphiql> | null = null

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

async function pack(): Promise<PackedGraphiql> {
  const worker = new Worker(scriptBeside(import.meta.url, 'graphiql-worker'), { name: 'recado-graphiql' })
  const failed = once(worker, 'exit').then(() => Promise.reject(new Error('The thread ended without a page.')))
  const [packed] = await Promise.race([once(worker, 'message') as Promise<[PackedGraphiql]>, failed])
  return packed
}
