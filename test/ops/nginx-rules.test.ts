// The rules of ops/nginx/recado.conf that need nodes which misbehave: nginx is real, what is behind it is written here.
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import type { Duplex } from 'node:stream'
import { afterEach, describe, expect, test } from 'vitest'
import { renderNginx } from '../../ops/cluster/nginx.ts'
import { freePort } from '../../ops/cluster/ports.ts'
import { SETTINGS } from '../../server/config.ts'
import { startTestNginx, type TestNginx } from '../setup/nginx.ts'

const opened: { close(): unknown }[] = []

afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one.close()
})

interface FakeNode {
  readonly address: string
  close(): void
  readonly seen: { readonly method: string; readonly headers: IncomingMessage['headers'] }[]
}

/** Reads a request whole, writes it down, and then does this. */
async function fakeNode(
  act: (response: ServerResponse, request: IncomingMessage) => void,
  port = 0,
): Promise<FakeNode> {
  const seen: FakeNode['seen'] = []
  const server: Server = createServer(async (request, response) => {
    request.on('error', () => {})
    for await (const _ of request);
    seen.push({ method: request.method ?? '', headers: request.headers })
    act(response, request)
  })
  // What is opened for good, as a WebSocket is.
  server.on('upgrade', (_, socket) => {
    socket.on('error', () => {})
    socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n')
    upgraded.add(socket)
  })
  const upgraded = new Set<Duplex>()
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  const close = (): void => {
    server.closeAllConnections()
    for (const socket of upgraded) socket.destroy()
    server.close()
  }
  opened.push({ close })
  return { address: `127.0.0.1:${(server.address() as AddressInfo).port}`, seen, close }
}

async function nginxBefore(...nodes: readonly (FakeNode | string)[]): Promise<TestNginx> {
  const nginx = await startTestNginx(async () => nodes.map(node => (typeof node === 'string' ? node : node.address)))
  opened.push(nginx)
  return nginx
}

const post = (nginx: TestNginx, body = '{"query":"mutation { x }"}') =>
  fetch(nginx.graphql, { method: 'POST', headers: { 'content-type': 'application/json' }, body })

const hangUp = (response: ServerResponse) => void response.destroy()
const answer = (response: ServerResponse) => void response.end('answered')

describe('a request that a node did not answer', () => {
  test('a POST that was sent to a node is never sent to a second one', async () => {
    const nodes = [await fakeNode(hangUp), await fakeNode(hangUp), await fakeNode(hangUp)]
    const response = await post(await nginxBefore(...nodes))
    expect(response.status).toBe(502)
    expect(nodes.flatMap(({ seen }) => seen.map(({ method }) => method))).toEqual(['POST'])
  })

  test('nor one that was answered with 503', async () => {
    const nodes = [await fakeNode(busy), await fakeNode(busy)]
    expect((await post(await nginxBefore(...nodes))).status).toBe(503)
    expect(nodes.flatMap(({ seen }) => seen)).toHaveLength(1)
  })

  test('a POST that could not be sent goes to another node', async () => {
    const node = await fakeNode(answer)
    const nginx = await nginxBefore(`127.0.0.1:${await freePort()}`, node, `127.0.0.1:${await freePort()}`)
    for (let n = 0; n < 6; n++) expect(await (await post(nginx)).text()).toBe('answered')
    expect(node.seen).toHaveLength(6)
  })

  test('a GET goes to another node, also when the first one is about to stop', async () => {
    const [stopping, gone, good] = [await fakeNode(busy), await fakeNode(hangUp), await fakeNode(answer)]
    const nginx = await nginxBefore(stopping, gone, good)
    for (let n = 0; n < 6; n++) expect(await (await fetch(`${nginx.url}/health/ready`)).text()).toBe('answered')
    expect(good.seen).toHaveLength(6)
    expect(stopping.seen.length + gone.seen.length).toBeGreaterThan(0)
  })

  test('a node that was away takes WebSockets as soon as it is back, and for as many as come', async () => {
    const nodes = [await fakeNode(answer), await fakeNode(answer)]
    const nginx = await nginxBefore(...nodes)
    for (const index of [0, 1, 0]) {
      const node = nodes[index] as FakeNode
      node.close()
      for (let n = 0; n < 4; n++) expect(await upgrade(nginx)).toBe(101)
      nodes[index] = await fakeNode(answer, Number(node.address.split(':')[1]))
      // Those that stay open must not keep nginx from believing in it.
      for (let n = 0; n < 4; n++) expect(await upgrade(nginx)).toBe(101)
    }
  })

  test('so does a WebSocket that is refused because its node drains', async () => {
    const nginx = await nginxBefore(await draining(), await draining(), await fakeNode(answer))
    for (let n = 0; n < 4; n++) expect(await upgrade(nginx)).toBe(101)
  })
})

/** The status that an upgrade gets; the socket stays open until the test is over. */
async function upgrade({ port }: TestNginx): Promise<number> {
  const socket = connect(port, '127.0.0.1')
  opened.push({ close: () => socket.destroy() })
  socket.on('error', () => {})
  socket.write('GET /graphql HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n')
  const [head] = await once(socket, 'data')
  return Number(/^HTTP\/1\.1 (\d+)/.exec(String(head))?.[1])
}

function busy(response: ServerResponse): void {
  response.writeHead(503).end()
}

/** Refuses upgrades as a node does that drains. */
async function draining(): Promise<string> {
  const server = createServer()
  server.on('upgrade', (_, socket) => {
    socket.end('HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nContent-Length: 0\r\n\r\n')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  opened.push(server)
  return `127.0.0.1:${(server.address() as AddressInfo).port}`
}

describe('what a node gets to see', () => {
  test('the address, the host and the scheme are what nginx knows, whatever the client claims', async () => {
    const node = await fakeNode(answer)
    const nginx = await nginxBefore(node)
    const claims = {
      'x-forwarded-for': '203.0.113.7',
      'x-forwarded-proto': 'https',
      'x-forwarded-host': 'evil.example',
      forwarded: 'for=203.0.113.7',
    }
    await fetch(nginx.graphql, { headers: { ...claims, authorization: 'Bearer a', origin: 'https://a.example' } })
    const [request] = node.seen
    expect(request?.headers).toMatchObject({
      host: `127.0.0.1:${nginx.port}`,
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-proto': 'http',
      authorization: 'Bearer a',
      origin: 'https://a.example',
    })
    expect(request?.headers['x-forwarded-host']).toBeUndefined()
    expect(request?.headers.forwarded).toBeUndefined()
    expect(request?.headers.upgrade).toBeUndefined()
  })

  test('a figure of a node is for nobody outside', async () => {
    const node = await fakeNode(answer)
    const nginx = await nginxBefore(node)
    expect((await fetch(`${nginx.url}/metrics`)).status).toBe(404)
    expect((await fetch(`${nginx.url}/metrics?x`)).status).toBe(404)
    expect(node.seen).toEqual([])
  })

  test('a body above what a node reads reaches it, so that the node says so; one far above does not', async () => {
    const node = await fakeNode(answer)
    const nginx = await nginxBefore(node)
    const most = Number(SETTINGS.MAX_MESSAGE_BYTES.default)
    expect((await post(nginx, 'x'.repeat(most + 1))).status).toBe(200)
    expect((await post(nginx, 'x'.repeat(4 * most))).status).toBe(413)
    expect(node.seen).toHaveLength(1)
  })
})

describe('the times in it', () => {
  const conf = renderNginx({ listen: '127.0.0.1:80', nodes: ['127.0.0.1:4000'] })
  const secondsOf = (directive: string): number => Number(new RegExp(`^ *${directive} (\\d+)s;`, 'm').exec(conf)?.[1])

  test('a connection may be silent for longer than a ping takes to come, and than the slowest answer', () => {
    expect(secondsOf('proxy_read_timeout')).toBeGreaterThan((2 * Number(SETTINGS.PING_INTERVAL_MS.default)) / 1_000)
    expect(secondsOf('proxy_read_timeout')).toBeGreaterThan(Number(SETTINGS.CHALLENGE_TIMEOUT_MS.default) / 1_000 + 5)
  })

  test('an idle connection to a node ends here before it ends there', () => {
    expect(secondsOf('keepalive_timeout') * 1_000).toBeLessThan(createServer().keepAliveTimeout)
  })

  test('no value is left open', () => {
    expect(conf.replaceAll(/^ *#.*$/gm, '')).not.toContain('RECADO_')
  })
})
