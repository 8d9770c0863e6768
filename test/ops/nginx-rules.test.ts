// The rules of ops/nginx/recado.conf that need nodes which misbehave: nginx is real, what is behind it is written here.
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
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
  readonly seen: { readonly method: string; readonly headers: IncomingMessage['headers'] }[]
}

/** Reads a request whole, writes it down, and then does this. */
async function fakeNode(act: (response: ServerResponse, request: IncomingMessage) => void): Promise<FakeNode> {
  const seen: FakeNode['seen'] = []
  const server: Server = createServer(async (request, response) => {
    request.on('error', () => {})
    for await (const _ of request);
    seen.push({ method: request.method ?? '', headers: request.headers })
    act(response, request)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  opened.push({
    close() {
      server.closeAllConnections()
      server.close()
    },
  })
  return { address: `127.0.0.1:${(server.address() as AddressInfo).port}`, seen }
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

  test('so does a WebSocket that is refused because its node drains', async () => {
    const open = await fakeNode(answer)
    const nodes = [await draining(), await draining(), open]
    const nginx = await nginxBefore(...nodes)
    // Here it is a plain answer; that it comes from the third node is what counts.
    const socket = new WebSocket(nginx.socket, 'graphql-transport-ws')
    const [, response] = (await once(socket, 'unexpected-response')) as [unknown, IncomingMessage]
    socket.on('error', () => {})
    expect(response.statusCode).toBe(200)
    socket.terminate()
  })
})

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
