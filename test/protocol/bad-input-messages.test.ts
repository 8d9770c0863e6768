// Messages of graphql-transport-ws that are at its edge: what is taken, and how much of it. What closes the socket, and
// which operations are refused with an `error`, is in test/hostile/rows/messages.ts.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openRawSocket, type RawSocket } from '../setup/raw-socket.ts'
import { type Entered, enter, send } from '../setup/request.ts'
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
  return socket
}

function subscribe(id: unknown, query: unknown, more: object = {}): object {
  return { id, type: 'subscribe', payload: { query, ...more } }
}

const TYPENAME = '{ __typename }'
const FEED = 'subscription { onMessage { text } }'

describe('bad messages', () => {
  test('SOCK-1 the right subprotocol among others is chosen', async () => {
    const socket = await openRawSocket(server.socket, { protocol: 'graphql-ws, graphql-transport-ws' })
    expect(socket.headers.get('sec-websocket-protocol')).toBe('graphql-transport-ws')
    socket.destroy()
  })

  test('SOCK-4 LIMIT-2 a depth over 6 is an error message, introspection of any depth is not', async () => {
    const shallow = await openRawSocket(server.socket)
    shallow.send({ type: 'connection_init' })
    await shallow.receive()
    const deep = `{ __schema { types { fields { type { ofType { ofType { ofType { ofType { name } } } } } } } } }`
    shallow.send(subscribe('1', deep))
    expect((await shallow.receive()).type).toBe('next')
    shallow.destroy()
    const strict = await startTestServer({ QUERY_DEPTH: '3' })
    const socket = await openRawSocket(strict.socket)
    socket.send({ type: 'connection_init' })
    await socket.receive()
    socket.send(subscribe('1', '{ messages { nodes { from { id } } } }'))
    const answer = await socket.receive()
    expect([answer.type, answer.payload[0].extensions.code]).toEqual(['error', 'BAD_USER_INPUT'])
    socket.destroy()
    await strict.close()
  })

  test('SOCK-6 complete for an unknown id is ignored, one for a running operation ends it', async () => {
    const socket = await acknowledged()
    socket.send({ id: 'never', type: 'complete' })
    socket.send({ id: '__proto__', type: 'complete' })
    socket.send(subscribe('feed', 'subscription { onEvent { __typename } }'))
    expect((await socket.receive()).id).toBe('feed')
    socket.send({ id: 'feed', type: 'complete' })
    await send(server.graphql, mallory.token, { text: 'unheard', plain: true })
    socket.send(subscribe('feed', TYPENAME))
    expect((await socket.receive()).payload.data).toEqual({ __typename: 'Query' })
    expect((await socket.receive()).type).toBe('complete')
    socket.destroy()
    await witness.isUnharmed()
  })

  test('SOCK-7 the ids __proto__, constructor and toString work, as subscriptions and as queries', async () => {
    const socket = await acknowledged()
    for (const id of ['__proto__', 'constructor', 'toString', '"quoted"\\', 'é\u2028\u{1F4A9}', 'x'.repeat(256)]) {
      socket.send(subscribe(id, TYPENAME))
      expect(await socket.receive()).toEqual({ id, type: 'next', payload: { data: { __typename: 'Query' } } })
      expect(await socket.receive()).toEqual({ id, type: 'complete' })
      socket.send(subscribe(id, 'subscription { onEvent { __typename } }'))
      expect(await socket.receive()).toEqual({
        id,
        type: 'next',
        payload: { data: { onEvent: { __typename: 'CaughtUp' } } },
      })
      await send(server.graphql, mallory.token, { text: 'to any id', plain: true })
      expect((await socket.receive()).payload.data).toEqual({ onEvent: { __typename: 'MessageAdded' } })
      socket.send({ id, type: 'complete' })
    }
    socket.send(subscribe('x'.repeat(257), TYPENAME))
    expect((await socket.receive()).payload[0].extensions.code).toBe('BAD_USER_INPUT')
    socket.destroy()
    await witness.isUnharmed()
  })

  test('LIMIT-3 one subscription too many is SUBSCRIPTION_LIMIT, and one that ends makes room', async () => {
    const socket = await acknowledged()
    for (let i = 0; i < 50; i++) {
      socket.send(subscribe(`s${i}`, 'subscription { onEvent { __typename } }'))
      expect((await socket.receive()).type).toBe('next')
    }
    socket.send(subscribe('more', FEED))
    const refused = await socket.receive()
    expect([refused.type, refused.payload[0].extensions.code]).toEqual(['error', 'SUBSCRIPTION_LIMIT'])
    socket.send(subscribe('query', TYPENAME))
    expect((await socket.receive()).type).toBe('next')
    expect((await socket.receive()).type).toBe('complete')
    socket.send({ id: 's7', type: 'complete' })
    socket.send(subscribe('more', 'subscription { onEvent { __typename } }'))
    expect(await socket.receive()).toMatchObject({ id: 'more', type: 'next' })
    socket.destroy()
    await witness.isUnharmed()
  })

  test('LIMIT-3 fifty-one subscriptions at once are fifty, and one refusal', async () => {
    const socket = await acknowledged()
    for (let i = 0; i < 51; i++) socket.send(subscribe(`s${i}`, 'subscription { onEvent { __typename } }'))
    const types: string[] = []
    for (let i = 0; i < 51; i++) types.push((await socket.receive()).type)
    expect(types.filter(type => type === 'error')).toEqual(['error'])
    socket.destroy()
  })

  test('LIMIT-3 more distinct operations than an address may have are SUBSCRIPTION_LIMIT; `since` makes none distinct', async () => {
    const strict = await startTestServer({ GROUPS_PER_ADDRESS: '3', TRUST_PROXY: '127.0.0.1' })
    const { token } = await enter(strict.graphql, 'ana')
    const { cursor } = await send(strict.graphql, token, { text: 'one' })
    const socket = await openRawSocket(strict.socket, { headers: { 'X-Forwarded-For': '203.0.113.9' } })
    socket.send({ type: 'connection_init', payload: { authorization: token } })
    await socket.receive()
    const distinct = ['a', 'b', 'c', 'd'].map(alias => `subscription { onEvent { ${alias}: __typename } }`)
    for (const [i, query] of distinct.entries()) {
      socket.send(subscribe(`${i}`, query))
      const { type, payload } = await socket.receive()
      expect([i, type, payload[0]?.extensions.code]).toEqual(
        i < 3 ? [i, 'next', undefined] : [i, 'error', 'SUBSCRIPTION_LIMIT'],
      )
    }
    socket.send(subscribe('since', `subscription { onEvent(since: "${cursor}") { a: __typename } }`))
    expect((await socket.receive()).type).toBe('next')
    socket.destroy()
    await strict.close()
  })

  test('SOCK-8 ping is answered by pong with the same payload, also before the acknowledgement', async () => {
    const socket = await openRawSocket(server.socket)
    socket.send({ type: 'ping', payload: { n: 1 } })
    expect(await socket.receive()).toEqual({ type: 'pong', payload: { n: 1 } })
    socket.send({ type: 'pong' })
    socket.send({ type: 'connection_init' })
    expect((await socket.receive()).type).toBe('connection_ack')
    socket.send({ type: 'ping' })
    expect(await socket.receive()).toEqual({ type: 'pong' })
    socket.destroy()
  })
})
