// Upgrades that are refused, each with its HTTP status, and those that look odd but are taken.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openRawSocket, type RawSocketOptions } from '../setup/raw-socket.ts'
import { type Entered, enter } from '../setup/request.ts'
import { startTestServer, type TestServer } from '../setup/server.ts'
import { callWitness, type Witness } from '../setup/witness.ts'

let server: TestServer
let witness: Witness
let mallory: Entered
let cookie: string

beforeAll(async () => {
  server = await startTestServer({
    ALLOWED_ORIGINS: 'https://friend.example',
    TRUST_PROXY: '127.0.0.1',
    CONNECTIONS_PER_ADDRESS: '3',
  })
  witness = await callWitness(server)
  mallory = await enter(server.graphql, 'mallory')
  cookie = `recado=${mallory.token}`
})

afterAll(async () => {
  await witness.dispose()
  await server.close()
})

async function statusOf(options: RawSocketOptions): Promise<number> {
  const socket = await openRawSocket(server.socket, options)
  socket.destroy()
  return socket.status
}

describe('upgrades', () => {
  const REFUSED: readonly [what: string, status: number, options: () => RawSocketOptions][] = [
    ['ORIGIN-1 a foreign Origin', 403, () => ({ headers: { Origin: 'https://evil.example' } })],
    [
      'ORIGIN-1 a foreign Origin with a cookie',
      403,
      () => ({ headers: { Origin: 'https://evil.example', Cookie: cookie } }),
    ],
    [
      'ORIGIN-1 an Origin that merely begins like ours',
      403,
      () => ({ headers: { Origin: `${server.url}.evil.example` } }),
    ],
    ['ORIGIN-1 our host on another port', 403, () => ({ headers: { Origin: 'http://127.0.0.1:1' } })],
    ['ORIGIN-1 Origin: null', 403, () => ({ headers: { Origin: 'null' } })],
    ['ORIGIN-2 a cookie without an Origin', 403, () => ({ headers: { Cookie: cookie } })],
    ['AUTH-7 a token in the URL', 400, () => ({ query: `?token=${mallory.token}` })],
    ['AUTH-7 an authorization in the URL', 400, () => ({ query: `?authorization=Bearer%20${mallory.token}` })],
    ['AUTH-7 an access_token in the URL', 400, () => ({ query: `?access_token=${mallory.token}` })],
    ['HTTP-6 headers over 16 KiB', 431, () => ({ headers: { 'X-Large': 'x'.repeat(17_000) } })],
  ]
  for (const [what, status, options] of REFUSED) {
    test(`${what} is refused with ${status}`, async () => {
      expect(await statusOf(options())).toBe(status)
      await witness.isUnharmed()
    })
  }

  test('ORIGIN-1 ORIGIN-2 our own Origin, an allowed one, and none at all are taken', async () => {
    expect(await statusOf({ headers: { Origin: server.url, Cookie: cookie } })).toBe(101)
    expect(await statusOf({ headers: { Origin: 'https://friend.example', Cookie: cookie } })).toBe(101)
    expect(await statusOf({})).toBe(101)
    expect(await statusOf({ headers: { Authorization: `Bearer ${mallory.token}` } })).toBe(101)
  })

  test('LIMIT-4 over the connections of an address the upgrade is refused with 429, and taken again once one is gone', async () => {
    const headers = { 'X-Forwarded-For': '203.0.113.5' }
    const sockets = await Promise.all(Array.from({ length: 3 }, () => openRawSocket(server.socket, { headers })))
    expect(sockets.map(({ status }) => status)).toEqual([101, 101, 101])
    expect(await statusOf({ headers })).toBe(429)
    expect(await statusOf({ headers: { 'X-Forwarded-For': '203.0.113.6' } })).toBe(101)
    sockets[0]?.destroy()
    await expect.poll(() => statusOf({ headers }), { timeout: 5_000 }).toBe(101)
    for (const socket of sockets) socket.destroy()
    await witness.isUnharmed()
  })

  test('BAD: a broken handshake is refused with a status of 4xx', async () => {
    const { host } = new URL(server.url)
    const requests = [
      `GET /graphql HTTP/1.1\r\nHost: ${host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`,
      `GET /graphql HTTP/1.1\r\nHost: ${host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 12\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n`,
      `GET /graphql HTTP/1.1\r\nHost: ${host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: short\r\n\r\n`,
      `POST /graphql HTTP/1.1\r\nHost: ${host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n`,
      `GET /elsewhere HTTP/1.1\r\nHost: ${host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n`,
    ]
    for (const request of requests) {
      const status = await statusOf({ request })
      expect([request.split('\r\n')[0], status >= 400 && status < 500]).toEqual([request.split('\r\n')[0], true])
    }
    await witness.isUnharmed()
  })

  test('HTTP-6 headers that do not arrive are answered with 408, and other requests go on meanwhile', async () => {
    const slow = openRawSocket(server.socket, { request: 'GET /graphql HTTP/1.1\r\nHost: x\r\n', answerMs: 45_000 })
    await witness.isUnharmed()
    expect((await slow).status).toBe(408)
  })
})
