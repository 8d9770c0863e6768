// Silent sockets are asked, dead ones destroyed; and each account has so many sockets.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { OPCODE } from '../../audit/wire/frame.ts'
import { openRawSocket, type RawSocket } from '../setup/raw-socket.ts'
import { type Entered, enter } from '../setup/request.ts'
import { startTestServer, type TestServer } from '../setup/server.ts'
import { until } from '../setup/until.ts'

let server: TestServer
let ana: Entered

beforeAll(async () => {
  server = await startTestServer({ PING_INTERVAL_MS: '1500', CONNECTIONS_PER_USER: '5' })
  ana = await enter(server.graphql, 'ana')
})

afterAll(async () => {
  await server.close()
})

async function acknowledged(token = ana.token): Promise<RawSocket> {
  const socket = await openRawSocket(server.socket)
  socket.send({ type: 'connection_init', payload: { authorization: token } })
  await socket.receive()
  return socket
}

describe('heartbeats', () => {
  // These two wait for most of their time.
  test.concurrent('BEAT-1 a silent socket gets a WebSocket ping; one that answers stays, one that does not is destroyed', async () => {
    const answering = await acknowledged()
    const silent = await acknowledged()
    const answer = (async () => {
      for (let i = 0; i < 4; i++) {
        const { opcode, payload } = await answering.receiveFrame(15_000)
        expect(opcode).toBe(OPCODE.ping)
        answering.sendFrame({ opcode: OPCODE.pong, payload })
      }
    })()
    expect((await silent.receiveFrame(15_000)).opcode).toBe(OPCODE.ping)
    const started = performance.now()
    // Destroyed, not closed: there is nobody to say goodbye to.
    expect((await silent.ended(20_000)).code).toBeNull()
    expect(performance.now() - started).toBeLessThan(10_000)
    await answer
    answering.send({ type: 'ping' })
    expect((await answering.receive()).type).toBe('pong')
    answering.destroy()
  })

  test.concurrent('BEAT-2 a client’s own pings keep it, of either kind', async () => {
    const socket = await acknowledged()
    const end = performance.now() + 7_000
    let pongs = 0
    while (performance.now() < end) {
      socket.send({ type: 'ping' })
      expect((await socket.receive()).type).toBe('pong')
      socket.sendFrame({ opcode: OPCODE.ping, payload: 'x' })
      for (;;) {
        const { opcode } = await socket.receiveFrame()
        if (opcode === OPCODE.pong) break
      }
      pongs += 2
      await new Promise(resolve => setTimeout(resolve, 700))
    }
    expect(pongs).toBeGreaterThan(10)
    socket.destroy()
  })

  test('LIMIT-4 CLOSE-1 one socket too many for an account is closed with 1013', async () => {
    const bia = await enter(server.graphql, 'bia')
    const sockets: RawSocket[] = []
    for (let i = 0; i < 5; i++) sockets.push(await acknowledged(bia.token))
    const more = await openRawSocket(server.socket)
    more.send({ type: 'connection_init', payload: { authorization: bia.token } })
    expect((await more.ended()).code).toBe(1013)
    sockets[0]?.destroy()
    await until('room for another', async () => {
      const again = await openRawSocket(server.socket)
      again.send({ type: 'connection_init', payload: { authorization: bia.token } })
      const first = await again.receive().catch(() => null)
      again.destroy()
      return first?.type === 'connection_ack'
    })
    for (const socket of sockets) socket.destroy()
  })
})
