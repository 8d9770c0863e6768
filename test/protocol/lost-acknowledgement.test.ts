// The socket is cut between the commit and the answer. The client can't know; its own retry must not double the message.
import type { ClientOptions } from 'graphql-ws'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { data, type Entered, enter, send, trySend } from '../setup/request.ts'
import { startTestServer, type TestServer } from '../setup/server.ts'
import { EVENTS, live, stockClient, textsOf } from '../setup/stock.ts'
import { startTcpProxy, type TcpProxy } from '../setup/tcp-proxy.ts'
import { until } from '../setup/until.ts'

let server: TestServer
let proxy: TcpProxy
let maria: Entered

beforeAll(async () => {
  server = await startTestServer()
  proxy = await startTcpProxy({ port: Number(new URL(server.url).port) })
  maria = await enter(server.graphql, 'maria')
})

afterAll(async () => {
  await proxy.close()
  await server.close()
})

async function countOf(text: string): Promise<number> {
  const { messages } = await data(server.graphql, '{ messages(limit: 100) { nodes { text } } }', { token: maria.token })
  return messages.nodes.filter((node: { text: string }) => node.text === text).length
}

/** Node's own WebSocket tells of a cut by an `error` first, which graphql-ws retries only when told to; ws does not. */
const IMPLEMENTATIONS: readonly (readonly [string, Partial<ClientOptions>])[] = [
  ['ws', { webSocketImpl: WebSocket }],
  ['Node’s WebSocket', { shouldRetry: () => true }],
]

describe('a socket cut between commit and answer', () => {
  test.each(IMPLEMENTATIONS)(
    'SEND-4 PROMISE-3 the stock client’s own retry, with its operation id, answers with the first message and appends nothing (over %s)',
    async (name, options) => {
      const device = stockClient(`ws://127.0.0.1:${proxy.port}/graphql`, maria.token, {
        ...options,
        retryWait: async () => {},
      })
      const watcher = stockClient(server.socket, maria.token)
      const feed = watcher.subscribe(EVENTS)
      await live(feed)
      for (let round = 0; round < 20; round++) {
        const text = `once ${round} over ${name}`
        let swallowed = false
        const connections = proxy.connections
        // The answer, and nothing but the answer: the client is told nothing of what was committed.
        proxy.judge = chunk => {
          if (swallowed || !chunk.includes('"sendMessage"')) return 'pass'
          swallowed = true
          return 'cut'
        }
        const sent = await device.send({ text })
        expect(swallowed).toBe(true)
        expect(proxy.connections).toBeGreaterThan(connections)
        await until('the message in the feed', () => textsOf(feed).includes(text))
        expect(feed.items.at(-1)?.onEvent.message.id).toBe(sent.id)
      }
      proxy.judge = () => 'pass'
      await send(server.graphql, maria.token, { text: 'the end' })
      await until('the end', () => textsOf(feed).includes('the end'))
      expect(textsOf(feed)).toEqual([
        ...Array.from({ length: 20 }, (_, round) => `once ${round} over ${name}`),
        'the end',
      ])
      await device.dispose()
      await watcher.dispose()
    },
  )

  test('SEND-4 two sends in one document are two messages, and stay two when the operation is repeated', async () => {
    const device = stockClient(`ws://127.0.0.1:${proxy.port}/graphql`, maria.token, {
      webSocketImpl: WebSocket,
      retryWait: async () => {},
    })
    let swallowed = 0
    proxy.judge = chunk => (chunk.includes('"second"') && swallowed++ === 0 ? 'cut' : 'pass')
    const result = await device.run(
      'mutation { first: sendMessage(text: "twin") { id } second: sendMessage(text: "twin") { id } }',
    )
    expect(swallowed).toBe(2)
    expect(result.data.first.id).not.toBe(result.data.second.id)
    expect(await countOf('twin')).toBe(2)
    await device.dispose()
  })

  test('SEND-4 an operation id that is no UUID makes nothing idempotent', async () => {
    let id = 0
    const device = stockClient(server.socket, maria.token, { generateID: () => `op-${id++ % 1}` })
    await device.send({ text: 'again' })
    await device.send({ text: 'again' })
    expect(await countOf('again')).toBe(2)
    await device.dispose()
  })

  test('SEND-1 the same over HTTP, by nonce: a hundred repetitions at once and one later are one message', async () => {
    const variables = { text: 'by nonce', nonce: '8a0c0a2e-52b5-4b4b-93c0-6b5a3c9a1f10' }
    const all = await Promise.all(Array.from({ length: 100 }, () => send(server.graphql, maria.token, variables)))
    all.push(await send(server.graphql, maria.token, variables))
    expect(new Set(all.map(({ id, cursor }) => `${id} ${cursor}`)).size).toBe(1)
    expect(await countOf('by nonce')).toBe(1)
    const other = await trySend(server.graphql, maria.token, { ...variables, text: 'other' })
    expect(other.errors?.[0]?.extensions?.code).toBe('NONCE_REUSED')
    const another = await enter(server.graphql, 'joao')
    expect((await send(server.graphql, another.token, variables)).id).not.toBe(all[0]?.id)
  })
})
