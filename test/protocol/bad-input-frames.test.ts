// Frames that look odd but are taken, on a socket that is acknowledged and has a feed. Those that are refused are in
// test/hostile/rows/frames.ts.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { frame, OPCODE } from '../../audit/wire/frame.ts'
import { openRawSocket, type RawSocket } from '../setup/raw-socket.ts'
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
const { continuation, text, ping } = OPCODE

describe('SOCK-9 odd frames', () => {
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
