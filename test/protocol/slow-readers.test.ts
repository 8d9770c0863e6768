// Readers that take nothing for a while: they get everything in the end, and nobody else notices them.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openRawSocket } from '../setup/raw-socket.ts'
import { type Entered, enter } from '../setup/request.ts'
import { startTestServer, type TestServer } from '../setup/server.ts'
import { EVENTS, live, stockClient, textsOf } from '../setup/stock.ts'
import { until } from '../setup/until.ts'

let server: TestServer
let ana: Entered

beforeAll(async () => {
  server = await startTestServer({ BACKLOG_BYTES: '65536' })
  ana = await enter(server.graphql, 'ana')
})

afterAll(async () => {
  await server.close()
})

describe('slow readers', () => {
  test('SLOW-1 FEED-10 a reader that takes nothing while 12 MB pass gets all of it, once and in order; others are not held up', async () => {
    await readLate('subscription { onMessage { text } }', 'cleo', 'dora')
  })

  test('SLOW-1 the same of a feed that can not be shared', async () => {
    await readLate('subscription { onMessage @include(if: true) { text } }', 'cira', 'dina')
  })

  async function readLate(query: string, reader: string, other: string): Promise<void> {
    const slow = await openRawSocket(server.socket)
    const { token } = await enter(server.graphql, reader)
    slow.send({ type: 'connection_init', payload: { authorization: token } })
    await slow.receive()
    slow.send({ id: 'f', type: 'subscribe', payload: { query } })
    slow.pause()
    const sender = stockClient(server.socket, ana.token)
    const others = stockClient(server.socket, (await enter(server.graphql, other)).token)
    const feed = others.subscribe(EVENTS)
    await live(feed)
    const COUNT = 3_000
    const padding = 'x'.repeat(3_900)
    let next = 0
    const lane = async (): Promise<void> => {
      while (next < COUNT) await sender.send({ text: `${next++} ${padding}` })
    }
    const lanes = Promise.all(Array.from({ length: 8 }, lane))
    await lanes
    await until('the others have them all', () => textsOf(feed).length === COUNT)
    slow.resume()
    const numbers: number[] = []
    while (numbers.length < COUNT) {
      const { payload } = await slow.receive(15_000)
      numbers.push(Number.parseInt(payload.data.onMessage.text, 10))
    }
    expect(new Set(numbers).size).toBe(COUNT)
    expect(numbers).toEqual(textsOf(feed).map(text => Number.parseInt(text, 10)))
    slow.destroy()
    await sender.dispose()
    await others.dispose()
  }
})
