// The entry of a worker thread: makes GraphiQL's page once, answers with it, and ends.
import { createHash } from 'node:crypto'
import { parentPort } from 'node:worker_threads'
import { gzipSync } from 'node:zlib'
import { renderGraphiQL } from '@graphql-yoga/render-graphiql'
import { graphiqlTabs } from './graphiql.ts'

export interface PackedGraphiql {
  readonly gzip: Uint8Array
  readonly etag: string
  /** Sources of a policy, one for each script inside the page. */
  readonly scripts: readonly string[]
}

if (!parentPort) throw new Error('This is the entry of a worker thread.')
parentPort.postMessage(pack())

function pack(): PackedGraphiql {
  const html = renderGraphiQL({ subscriptionsProtocol: 'WS', title: 'Recado', defaultTabs: graphiqlTabs })
  const gzip = gzipSync(html)
  return {
    gzip,
    etag: `"${digest(gzip)}"`,
    scripts: scriptsOf(html).map(script => `sha256-${digest(script)}`),
  }
}

/** As a browser cuts them out: from each tag to the first end of one, with its own line ends. */
function scriptsOf(html: string): string[] {
  const scripts = html.replaceAll(/\r\n?/g, '\n').matchAll(/<script>([\s\S]*?)<\/script>/g)
  return [...scripts].map(([, script = '']) => script)
}

function digest(bytes: string | Buffer): string {
  return createHash('sha256').update(bytes).digest('base64')
}
