// Real nodes over a real Redis behind a real nginx with the configuration that people install: WebSockets, streams, who
// a client is, and which pages may use the server.
import { once } from 'node:events'
import { request as httpRequest, type IncomingMessage } from 'node:http'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { startTestNginx, type TestNginx } from '../setup/nginx.ts'
import { type RedisServer, startRedis } from '../setup/redis.ts'
import { codeOf, enter, type Result, send } from '../setup/request.ts'
import { startTestServer, type TestServer } from '../setup/server.ts'
import { EVENTS, live, stockClient, textsOf } from '../setup/stock.ts'
import { until } from '../setup/until.ts'

const NODES = 3
const ATTEMPTS = 4

let redis: RedisServer
let nodes: TestServer[]
let nginx: TestNginx

beforeAll(async () => {
  redis = await startRedis({ config: { appendfsync: 'always' } })
  nginx = await startTestNginx(async url => {
    const env = {
      REDIS_URL: redis.url,
      PUBLIC_URL: url,
      TRUST_PROXY: '127.0.0.1',
      ENTER_PER_MINUTE: String(ATTEMPTS),
      PING_INTERVAL_MS: '1000',
    }
    nodes = await Promise.all(Array.from({ length: NODES }, () => startTestServer(env)))
    return nodes.map(node => new URL(node.url).host)
  })
})

afterAll(async () => {
  await nginx.close()
  await Promise.all(nodes.map(node => node.close()))
  await redis.dispose()
})

async function connectionsOf(node: TestServer): Promise<number> {
  const text = await (await fetch(`${node.url}/metrics`)).text()
  return Number(/^recado_connections\{transport="websocket"\} (\d+)$/m.exec(text)?.[1])
}

describe('feeds through nginx', () => {
  test('WebSockets are spread over the nodes, and each message reaches all of them, whichever node took it, in one order', async () => {
    const { token } = await enter(nginx.graphql, 'ana')
    const { token: other } = await enter(nginx.graphql, 'bia')
    const devices = Array.from({ length: 3 * NODES }, () => stockClient(nginx.socket, token, { lazy: false }))
    const feeds = devices.map(device => device.subscribe(EVENTS))
    await Promise.all(feeds.map(live))
    const counts = await Promise.all(nodes.map(connectionsOf))
    expect(counts).toEqual(nodes.map(() => 3))

    const texts: string[] = []
    for (const [n, endpoint] of [...nodes.map(node => node.graphql), nginx.graphql].entries()) {
      await send(endpoint, n % 2 === 0 ? token : other, { text: `public ${n}` })
      await send(endpoint, other, { text: `private ${n}`, to: 'ana' })
      texts.push(`public ${n}`, `private ${n}`)
    }
    const [first] = devices
    await first?.send({ text: 'over the socket' })
    texts.push('over the socket')
    await until('all have all', () => feeds.every(feed => textsOf(feed).length >= texts.length))
    for (const feed of feeds) expect(textsOf(feed)).toEqual(texts)
    for (const device of devices) await device.dispose()
  })

  test('a stream over SSE is not held back: an event is there while the stream is open', async () => {
    const { token } = await enter(nginx.graphql, 'caio')
    const abort = new AbortController()
    const response = await fetch(nginx.graphql, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'text/event-stream', authorization: `Bearer ${token}` },
      body: JSON.stringify({ query: 'subscription { onMessage { text } }' }),
      signal: abort.signal,
    })
    expect(response.headers.get('content-type')).toMatch(/^text\/event-stream/)
    let text = ''
    let ended = false
    const write = (chunk: string): void => {
      text += chunk
    }
    const reading = response.body
      ?.pipeThrough(new TextDecoderStream())
      .pipeTo(new WritableStream({ write }))
      .finally(() => {
        ended = true
      })
      .catch(() => {})
    // Its comments come too, so the feed is there.
    await until('a heartbeat', () => text.includes(':\n\n'))
    await send((nodes[1] as TestServer).graphql, token, { text: 'streamed' })
    await until('the event', () => text.includes('streamed'))
    expect(ended).toBe(false)
    abort.abort()
    await reading
  })
})

/** Posts from another address of the loopback, as another machine would. */
async function enterFrom(
  localAddress: string,
  username: string,
  headers: Record<string, string> = {},
): Promise<Result> {
  const request = httpRequest(nginx.graphql, {
    method: 'POST',
    localAddress,
    headers: { 'content-type': 'application/json', ...headers },
  })
  request.end(
    JSON.stringify({ query: `mutation { enter(username: "${username}", password: "a wrong one") { token } }` }),
  )
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  let body = ''
  for await (const chunk of response.setEncoding('utf8')) body += chunk
  return JSON.parse(body) as Result
}

describe('who a client is', () => {
  test('limits count the address that nginx sees; what a client claims about itself changes nothing', async () => {
    await enter(nginx.graphql, 'davi', 'a good password')
    const codes: (string | null)[] = []
    // At most so many, however the nodes share the count.
    for (let n = 0; n <= NODES * ATTEMPTS; n++) codes.push(codeOf(await enterFrom('127.0.0.2', 'davi')))
    expect(codes[0]).toBe('USERNAME_TAKEN')
    expect(codes.at(-1)).toBe('RATE_LIMITED')
    for (let n = 0; n < NODES; n++) {
      for (const claim of [`203.0.113.${n}`, '127.0.0.1', '127.0.0.1, 127.0.0.1', `198.51.100.${n}, 127.0.0.1`]) {
        const headers = { 'x-forwarded-for': claim, forwarded: `for=${claim}`, 'x-real-ip': claim }
        expect(codeOf(await enterFrom('127.0.0.2', 'davi', headers)), claim).toBe('RATE_LIMITED')
      }
    }
    // Somebody else at another address still may try.
    expect(codeOf(await enterFrom('127.0.0.3', 'davi'))).toBe('USERNAME_TAKEN')
  })

  test('a client that reaches a node past nginx can not claim an address either', async () => {
    await enter(nginx.graphql, 'eva', 'a good password')
    const [node] = nodes as [TestServer]
    const attempt = async (claim: string) => {
      const request = httpRequest(node.graphql, {
        method: 'POST',
        localAddress: '127.0.0.4',
        headers: { 'content-type': 'application/json', 'x-forwarded-for': claim },
      })
      request.end(JSON.stringify({ query: 'mutation { enter(username: "eva", password: "a wrong one") { token } }' }))
      const [response] = (await once(request, 'response')) as [IncomingMessage]
      let body = ''
      for await (const chunk of response.setEncoding('utf8')) body += chunk
      return codeOf(JSON.parse(body) as Result)
    }
    const codes: (string | null)[] = []
    for (let n = 0; n <= ATTEMPTS; n++) codes.push(await attempt(`203.0.113.${n}`))
    expect(codes.at(-1)).toBe('RATE_LIMITED')
  })
})

describe('pages behind nginx', () => {
  /** Enters as the page does, and answers with its cookie. */
  async function cookieOf(username: string): Promise<string> {
    const response = await fetch(nginx.graphql, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: nginx.url },
      body: JSON.stringify({ query: `mutation { enter(username: "${username}") { me { id } } }` }),
    })
    expect(((await response.json()) as Result).errors).toBeUndefined()
    const [cookie = ''] = response.headers.getSetCookie()
    expect(cookie).toMatch(/HttpOnly; SameSite=Lax/)
    return cookie.split(';')[0] ?? ''
  }

  async function upgrade(headers: Record<string, string>): Promise<number> {
    const socket = new WebSocket(nginx.socket, 'graphql-transport-ws', { headers })
    socket.on('error', () => {})
    const status = await Promise.race([
      once(socket, 'open').then(() => 101),
      once(socket, 'unexpected-response').then(([, response]) => Number(response.statusCode)),
    ])
    socket.terminate()
    return status
  }

  test('the page of PUBLIC_URL uses its cookie on every node; no other page does, and no cookie without a page', async () => {
    const cookie = await cookieOf('fabio')
    for (let n = 0; n < NODES; n++) {
      expect(await upgrade({ cookie, origin: nginx.url })).toBe(101)
      expect(await upgrade({ cookie, origin: 'https://evil.example' })).toBe(403)
      // A node's own address is not the public one.
      expect(await upgrade({ cookie, origin: (nodes[n] as TestServer).url })).toBe(403)
      expect(await upgrade({ cookie })).toBe(403)
    }
    for (let n = 0; n < NODES; n++) {
      const response = await fetch(nginx.graphql, {
        method: 'POST',
        headers: { 'content-type': 'application/json', origin: nginx.url, cookie },
        body: JSON.stringify({ query: '{ me { username } }' }),
      })
      expect(await response.json()).toEqual({ data: { me: { username: 'fabio' } } })
    }
  })

  test('the page itself comes through, with its headers', async () => {
    const page = await fetch(`${nginx.url}/`)
    expect(page.status).toBe(200)
    expect(page.headers.get('content-security-policy')).toBeTruthy()
    const html = await page.text()
    const [, script = ''] = /<link rel="modulepreload"[^>]+href="([^"]+parts[^"]+)"/.exec(html) ?? []
    const asset = await fetch(new URL(script, nginx.url))
    expect(asset.status).toBe(200)
    expect((await asset.text()).length).toBeGreaterThan(10_000)
  })

  test('nginx has nothing to complain about', async () => {
    expect(await nginx.output()).not.toMatch(/\[(error|crit|alert|emerg)\]/)
  })
})
