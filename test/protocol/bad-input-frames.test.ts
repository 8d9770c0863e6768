// Frames that no client library would send, on a socket that is acknowledged and has a feed: each gets its close code,
// and nobody else notices.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { frame, OPCODE, openRawSocket, type RawSocket } from '../setup/raw-socket.ts'
import { type Entered, enter } from '../setup/request.ts'
import { startTestServer, type TestServer } from '../setup/server.ts'
import { callWitness, type Witness } from '../setup/witness.ts'

let server: TestServer
let witness: Witness
let mallory: Entered

beforeAll(async () => {
  server = await startTestServer()
  witness = await callWitness(server)
  mallory = await enter(server.graphql, 'mallory')
})

afterAll(async () => {
  await witness.dispose()
  await server.close()
})

async function acknowledged(): Promise<RawSocket> {
  const socket = await openRawSocket(server.socket)
  socket.send({ type: 'connection_init', payload: { authorization: mallory.token } })
  expect((await socket.receive()).type).toBe('connection_ack')
  socket.send({ id: 'feed', type: 'subscribe', payload: { query: 'subscription { onEvent { __typename } }' } })
  expect((await socket.receive()).type).toBe('next')
  return socket
}

const PING = JSON.stringify({ type: 'ping' })
const { continuation, text, binary, close, ping } = OPCODE
const HUGE = 2n ** 53n

const CASES: readonly [what: string, code: number, bytes: Buffer][] = [
  ['an unmasked frame', 1002, frame({ opcode: text, payload: PING, masked: false })],
  ['the first reserved bit', 1002, frame({ opcode: text, payload: PING, reserved: 4 })],
  ['the second reserved bit', 1002, frame({ opcode: text, payload: PING, reserved: 2 })],
  ['the third reserved bit', 1002, frame({ opcode: text, payload: PING, reserved: 1 })],
  ['an unknown data opcode', 1002, frame({ opcode: 3, payload: PING })],
  ['an unknown control opcode', 1002, frame({ opcode: 11 })],
  ['a fragmented control frame', 1002, frame({ opcode: ping, fin: false })],
  ['an oversized control frame', 1002, frame({ opcode: ping, payload: Buffer.alloc(126) })],
  ['an orphan continuation', 1002, frame({ opcode: continuation, payload: PING })],
  [
    'a text inside a fragmented message',
    1002,
    Buffer.concat([frame({ opcode: text, fin: false, payload: '{' }), frame({ opcode: text, payload: PING })]),
  ],
  ['a close code below 1000', 1002, frame({ opcode: close, payload: Buffer.from([3, 231]) })],
  ['the close code 1005, which is never sent', 1002, frame({ opcode: close, payload: Buffer.from([3, 237]) })],
  ['a close frame of one byte', 1002, frame({ opcode: close, payload: Buffer.from([3]) })],
  ['bad UTF-8 in a text', 1007, frame({ opcode: text, payload: Buffer.from([0x22, 0xc3, 0x28, 0x22]) })],
  ['a surrogate in UTF-8', 1007, frame({ opcode: text, payload: Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22]) })],
  [
    'bad UTF-8 in a close reason',
    1007,
    frame({ opcode: close, payload: Buffer.concat([Buffer.from([3, 232]), Buffer.from([0xff, 0xfe])]) }),
  ],
  ['a message over the size', 1009, frame({ opcode: text, payload: 'x'.repeat(65_537) })],
  ['a header that claims 2^53 bytes', 1009, frame({ opcode: text, claims: HUGE })],
  ['a header that claims 2^63 bytes', 1009, frame({ opcode: text, claims: 2n ** 63n })],
  ['a header that claims 65,537 bytes', 1009, frame({ opcode: text, claims: 65_537n })],
  [
    'fragments that are over the size together',
    1009,
    Buffer.concat([
      frame({ opcode: text, fin: false, payload: 'x'.repeat(40_000) }),
      frame({ opcode: continuation, payload: 'x'.repeat(40_000) }),
    ]),
  ],
  [
    'too many fragments',
    1008,
    Buffer.concat([
      frame({ opcode: text, fin: false, payload: '{' }),
      ...Array.from({ length: 70 }, () => frame({ opcode: continuation, fin: false, payload: ' ' })),
    ]),
  ],
  ['a binary frame', 1003, frame({ opcode: binary, payload: PING })],
  ['an empty binary frame', 1003, frame({ opcode: binary })],
]

describe('CLOSE-1 SOCK-9 bad frames', () => {
  for (const [what, code, bytes] of CASES) {
    test(`${what} is closed with ${code}`, async () => {
      const socket = await acknowledged()
      socket.write(bytes)
      const ending = await socket.ended()
      expect(ending.code).toBe(code)
      expect(ending.reason).toMatch(/^[\x20-\x7e]{0,122}$/)
      await witness.isUnharmed()
    })
  }

  test('SOCK-9 a message of exactly the size, in exactly 64 fragments, is taken', async () => {
    const socket = await acknowledged()
    const message = JSON.stringify({ type: 'ping', payload: { padding: '' } })
    const padded = JSON.stringify({ type: 'ping', payload: { padding: 'x'.repeat(65_536 - message.length) } })
    for (let i = 0; i < 64; i++) {
      const payload = padded.slice(i * 1024, (i + 1) * 1024)
      socket.sendFrame({ opcode: i === 0 ? text : continuation, fin: i === 63, payload })
    }
    expect((await socket.receive()).type).toBe('pong')
    socket.destroy()
  })

  test('SOCK-9 a control frame between the fragments of a message is answered, and the message is whole', async () => {
    const socket = await acknowledged()
    socket.sendFrame({ opcode: text, fin: false, payload: '{"type":' })
    socket.sendFrame({ opcode: ping, payload: 'here?' })
    const pong = await socket.receiveFrame()
    expect([pong.opcode, String(pong.payload)]).toEqual([OPCODE.pong, 'here?'])
    socket.sendFrame({ opcode: continuation, payload: '"ping"}' })
    expect((await socket.receive()).type).toBe('pong')
    socket.destroy()
  })

  test('SOCK-9 no extension is negotiated, whatever is offered', async () => {
    const socket = await openRawSocket(server.socket, {
      headers: { 'Sec-WebSocket-Extensions': 'permessage-deflate; client_max_window_bits' },
    })
    expect(socket.status).toBe(101)
    expect(socket.headers.has('sec-websocket-extensions')).toBe(false)
    socket.destroy()
  })

  test('BAD: a socket cut in the middle of a frame, and one that sends garbage, leave nothing behind', async () => {
    for (const bytes of [
      frame({ opcode: text, payload: PING }).subarray(0, 5),
      Buffer.from('GET / HTTP/1.1\r\n\r\n'),
    ]) {
      const socket = await acknowledged()
      socket.write(bytes)
      socket.destroy()
      await witness.isUnharmed()
    }
  })
})
