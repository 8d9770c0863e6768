// Upgrades that are refused, by clients that never end their side: they get their answer, and their sockets are let go.
// The refusals themselves are in test/hostile/rows/upgrades.ts.
import { once } from 'node:events'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { startTestServer } from '../setup/server.ts'
import { within } from '../setup/until.ts'

/** What is refused before ws sees it, and by ws. */
const REFUSED: Readonly<Record<string, (host: string, key: string) => readonly string[]>> = {
  '404 Not Found': (host, key) => ['GET /elsewhere HTTP/1.1', `Host: ${host}`, `Sec-WebSocket-Key: ${key}`],
  '403 Forbidden': (host, key) => [
    'GET /graphql HTTP/1.1',
    `Host: ${host}`,
    `Sec-WebSocket-Key: ${key}`,
    'Origin: https://evil.example',
  ],
  '429 Too Many Requests': (host, key) => [
    'GET /graphql HTTP/1.1',
    `Host: ${host}`,
    `Sec-WebSocket-Key: ${key}`,
    'X-Forwarded-For: 203.0.113.9',
  ],
  '400 Bad Request': host => ['GET /graphql HTTP/1.1', `Host: ${host}`],
}

test('LIMIT-4 a refused upgrade is answered, and its socket let go though the client never ends it', async () => {
  await using server = await startTestServer({ TRUST_PROXY: '127.0.0.1', CONNECTIONS_PER_ADDRESS: '1' })
  const { host, hostname, port } = new URL(server.url)
  const ask = (lines: readonly string[]) => {
    const socket = connect({ port: Number(port), host: hostname, allowHalfOpen: true })
    const head = [...lines, 'Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13']
    socket.write(`${head.join('\r\n')}\r\n\r\n`)
    return socket
  }
  const key = Buffer.alloc(16).toString('base64')
  const fills = ask(REFUSED['429 Too Many Requests']?.(host, key) ?? [])
  await once(fills, 'data')
  for (const [status, linesOf] of Object.entries(REFUSED)) {
    const socket = ask(linesOf(host, key))
    expect(await within(`the answer ${status}`, text(socket))).toMatch(`HTTP/1.1 ${status}\r\n`)
    // Only a socket that is gone at the other side resets what still writes to it.
    const isReset = once(socket, 'error')
    const writing = setInterval(() => socket.write('x'), 20)
    await within(`the end of ${status}`, isReset).finally(() => clearInterval(writing))
    socket.destroy()
  }
  fills.destroy()
})
