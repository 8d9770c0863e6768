// The real server with all that protects it from other people's pages taken away: a relay that forgives every content type
// and method, hides where a request came from, lets every origin read the answers, sends no policy, and adds the cookie that
// the browser keeps back where another site asks. What succeeds here and not at the real one is stopped by the real one, or
// by what it told the browser.
import { request as ask, createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { connect as dial } from 'node:net'

export interface WeakServer {
  /** `http://127.0.0.1:PORT` */
  readonly url: string
  close(): Promise<void>
}

const TAKEN_AWAY = [
  ...['content-security-policy', 'x-frame-options', 'cross-origin-opener-policy', 'cross-origin-resource-policy'],
  ...['x-content-type-options', 'referrer-policy', 'origin-agent-cluster', 'permissions-policy'],
]

/** @param target of the form `http://127.0.0.1:PORT` */
export async function startWeakServer(target: string): Promise<WeakServer> {
  const { host, port } = new URL(target)

  /** Of whoever has entered last. */
  let kept: string | undefined

  /** As if one of its own pages had asked. */
  function disguised(headers: IncomingMessage['headers']): IncomingMessage['headers'] {
    const own = Object.entries(headers).filter(([name]) => !name.startsWith('sec-fetch') && name !== 'content-length')
    const isOwn = headers['sec-fetch-site'] === 'same-origin'
    const cookie = headers.cookie ?? (isOwn ? undefined : kept)
    return {
      ...Object.fromEntries(own),
      ...(cookie === undefined ? {} : { cookie }),
      host,
      ...(headers.origin === undefined ? {} : { origin: target }),
    }
  }

  async function relay(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { origin } = request.headers
    if (origin !== undefined) {
      response.setHeader('access-control-allow-origin', origin)
      response.setHeader('access-control-allow-credentials', 'true')
      response.setHeader('access-control-allow-headers', 'content-type')
    }
    if (request.method === 'OPTIONS') return void response.writeHead(204).end()
    const operation = await operationOf(request)
    const headers = disguised(request.headers)
    const asData = { ...headers, 'content-type': 'application/json', accept: 'application/json' }
    const onward = ask(
      {
        host: '127.0.0.1',
        port,
        path: operation === null ? request.url : '/graphql',
        method: operation === null ? request.method : 'POST',
        headers: operation === null ? headers : asData,
      },
      answer => {
        const headers = Object.entries(answer.headers).filter(([name]) => !TAKEN_AWAY.includes(name))
        kept = answer.headers['set-cookie']?.[0]?.split(';')[0] ?? kept
        response.writeHead(answer.statusCode ?? 502, Object.fromEntries(headers))
        answer.pipe(response)
      },
    )
    onward.on('error', () => response.destroy())
    response.on('close', () => onward.destroy())
    onward.end(operation ?? undefined)
  }

  const server = createServer((request, response) => void relay(request, response).catch(() => response.destroy()))
  server.on('upgrade', (request, socket, head) => {
    const upstream = dial(Number(port), '127.0.0.1')
    const headers = Object.entries(disguised(request.headers)).map(([name, value]) => `${name}: ${value}`)
    upstream.write(`${request.method} ${request.url} HTTP/1.1\r\n${headers.join('\r\n')}\r\n\r\n`)
    upstream.write(head)
    socket.pipe(upstream).pipe(socket)
    for (const [one, other] of [
      [socket, upstream],
      [upstream, socket],
    ] as const) {
      one.on('error', () => other.destroy())
      one.on('close', () => other.destroy())
    }
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return {
    url: `http://127.0.0.1:${address.port}`,
    async close() {
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    },
  }
}

/** The operation in a request of whatever form, as JSON; null: there is none, or it is a subscription by GET. */
async function operationOf(request: IncomingMessage): Promise<string | null> {
  const url = new URL(request.url ?? '/', 'http://x')
  if (url.pathname !== '/graphql') return null
  if (request.method === 'GET') {
    const query = url.searchParams.get('query')
    return query?.startsWith('mutation') ? JSON.stringify({ query }) : null
  }
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  const body = Buffer.concat(chunks).toString()
  const type = request.headers['content-type'] ?? ''
  if (type.startsWith('application/x-www-form-urlencoded')) {
    return JSON.stringify({ query: new URLSearchParams(body).get('query') })
  }
  if (type.startsWith('multipart/form-data')) {
    return JSON.stringify({ query: /name="query"\r\n\r\n([\s\S]*?)\r\n--/.exec(body)?.[1] })
  }
  return body
}
