// What breaks graphql-transport-ws closes the socket with the protocol's code; what is merely a bad operation gets an
// `error` message, and the socket and its other operations go on.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openRawSocket, type RawSocket } from '../setup/raw-socket.ts'
import { type Entered, enter, send } from '../setup/request.ts'
import { startTestServer, type TestServer } from '../setup/server.ts'
import { callWitness, type Witness } from '../setup/witness.ts'

let server: TestServer
let witness: Witness
let mallory: Entered

beforeAll(async () => {
  server = await startTestServer({ INIT_TIMEOUT_MS: '1500' })
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
  test('SOCK-1 no subprotocol, the old one, and an unknown one are closed with 4406', async () => {
    for (const protocol of [null, 'graphql-ws', 'mqtt']) {
      const socket = await openRawSocket(server.socket, { protocol })
      // A handshake that ws itself refuses is as good an answer.
      if (socket.status === 101) expect([protocol, (await socket.ended()).code]).toEqual([protocol, 4406])
      else expect(socket.status).toBe(400)
    }
    await witness.isUnharmed()
  })

  test('SOCK-1 the right subprotocol among others is chosen', async () => {
    const socket = await openRawSocket(server.socket, { protocol: 'graphql-ws, graphql-transport-ws' })
    expect(socket.headers.get('sec-websocket-protocol')).toBe('graphql-transport-ws')
    socket.destroy()
  })

  test('SOCK-2 no connection_init in time is closed with 4408', async () => {
    const socket = await openRawSocket(server.socket)
    expect((await socket.ended()).code).toBe(4408)
  })

  test('SOCK-2 a second connection_init is closed with 4429, also at the same time as the first', async () => {
    const late = await acknowledged()
    late.send({ type: 'connection_init' })
    expect((await late.ended()).code).toBe(4429)
    const early = await openRawSocket(server.socket)
    early.send({ type: 'connection_init' })
    early.send({ type: 'connection_init' })
    expect((await early.ended()).code).toBe(4429)
    await witness.isUnharmed()
  })

  test('SOCK-2 subscribe before the acknowledgement is closed with 4401, also right behind the connection_init', async () => {
    const without = await openRawSocket(server.socket)
    without.send(subscribe('1', TYPENAME))
    expect((await without.ended()).code).toBe(4401)
    await witness.isUnharmed()
  })

  const BREAKING: readonly [what: string, message: unknown][] = [
    ['something that is not JSON', 'hello'],
    ['an empty message', ''],
    ['half a message', '{"type":"ping"'],
    ['an array', [{ type: 'ping' }]],
    ['null', 'null'],
    ['a number', '1'],
    ['a string', '"ping"'],
    ['no type', {}],
    ['a type that is no string', { type: 1 }],
    ['an unknown type', { type: 'hello' }],
    ['the old protocol’s start', { id: '1', type: 'start', payload: { query: TYPENAME } }],
    ['a subscribe without a payload', { id: '1', type: 'subscribe' }],
    ['a subscribe without a query', { id: '1', type: 'subscribe', payload: {} }],
    ['a query that is no string', subscribe('1', { kind: 'Document' })],
    ['variables that are no object', subscribe('1', TYPENAME, { variables: [] })],
    ['an operationName that is no string', subscribe('1', TYPENAME, { operationName: 1 })],
    ['extensions that are no object', subscribe('1', TYPENAME, { extensions: 'x' })],
    ['a subscribe without an id', { type: 'subscribe', payload: { query: TYPENAME } }],
    ['an empty id', subscribe('', TYPENAME)],
    ['an id that is a number', subscribe(1, TYPENAME)],
    ['an id that is null', subscribe(null, TYPENAME)],
    ['a complete without an id', { type: 'complete' }],
    ['a ping whose payload is no object', { type: 'ping', payload: 'x' }],
    ['connection_ack from a client', { type: 'connection_ack' }],
    ['next from a client', { id: '1', type: 'next', payload: { data: {} } }],
    ['error from a client', { id: '1', type: 'error', payload: [{ message: 'x' }] }],
  ]
  for (const [what, message] of BREAKING) {
    test(`SOCK-5 ${what} is closed with 4400`, async () => {
      const socket = await acknowledged()
      socket.send(message)
      const ending = await socket.ended()
      expect(ending.code).toBe(4400)
      expect(ending.reason).toMatch(/^[\x20-\x7e]{1,122}$/)
      await witness.isUnharmed()
    })
  }

  test('SOCK-5 an id in use is closed with 4409', async () => {
    const socket = await acknowledged()
    socket.send(subscribe('twice', FEED))
    socket.send(subscribe('twice', FEED))
    expect((await socket.ended()).code).toBe(4409)
    await witness.isUnharmed()
  })

  const DEEP = `{ messages { nodes { from ${'{ x '.repeat(15_000)}`
  const OPERATIONS: readonly [what: string, code: string, payload: object][] = [
    ['a syntax error', 'GRAPHQL_PARSE_FAILED', { query: '{' }],
    ['an empty query', 'GRAPHQL_PARSE_FAILED', { query: '' }],
    ['15,000 levels', 'GRAPHQL_PARSE_FAILED', { query: DEEP }],
    ['15,000 levels of a list', 'GRAPHQL_PARSE_FAILED', { query: `{ a(b: ${'['.repeat(15_000)}` }],
    ['more than 1,000 tokens', 'GRAPHQL_PARSE_FAILED', { query: `{ ${'__typename '.repeat(1_001)}}` }],
    ['an unknown field', 'GRAPHQL_VALIDATION_FAILED', { query: '{ nothing }' }],
    ['an unknown type of variable', 'GRAPHQL_VALIDATION_FAILED', { query: 'query ($x: Nothing) { __typename }' }],
    [
      'fragments in a circle',
      'GRAPHQL_VALIDATION_FAILED',
      { query: '{ ...a } fragment a on Query { ...b } fragment b on Query { ...a }' },
    ],
    [
      'two root fields of a subscription',
      'GRAPHQL_VALIDATION_FAILED',
      { query: 'subscription { onMessage { text } onPresence { id } }' },
    ],
    [
      '@skip at the root with a literal of a wrong type',
      'GRAPHQL_VALIDATION_FAILED',
      { query: 'subscription { onMessage @skip(if: "x") { text } }' },
    ],
    [
      '@include at the root without its argument',
      'GRAPHQL_VALIDATION_FAILED',
      { query: 'subscription { onMessage @include { text } }' },
    ],
    ['an unknown operation', 'BAD_USER_INPUT', { query: 'query A { __typename }', operationName: 'B' }],
    ['two operations and no name', 'BAD_USER_INPUT', { query: 'query A { __typename } query B { __typename }' }],
    [
      'a missing variable',
      'BAD_USER_INPUT',
      { query: 'subscription ($since: Cursor!) { onMessage(since: $since) { text } }' },
    ],
    [
      'a cursor that is no text',
      'CURSOR_INVALID',
      { query: 'subscription ($since: Cursor) { onMessage(since: $since) { text } }', variables: { since: { a: 1 } } },
    ],
    [
      'more than 15 aliases',
      'BAD_USER_INPUT',
      { query: `{ ${Array.from({ length: 16 }, (_, i) => `a${i}: server { version }`).join(' ')} }` },
    ],
    [
      'a cost over 5,000',
      'BAD_USER_INPUT',
      {
        query: `{ ${Array.from({ length: 9 }, (_, i) => `a${i}: messages(limit: 100) { nodes { id text cursor sentAt from { id username } } }`).join(' ')} }`,
      },
    ],
    [
      'two passwords tried in one document',
      'BAD_USER_INPUT',
      {
        query:
          'mutation { a: enter(username: "x1", password: "12345678") { token } b: enter(username: "x1", password: "12345679") { token } }',
      },
    ],
    ['a damaged cursor', 'CURSOR_INVALID', { query: 'subscription { onMessage(since: "nonsense") { text } }' }],
    [
      'a damaged cursor in a query that can not be shared',
      'CURSOR_INVALID',
      {
        query: 'subscription ($s: Cursor, $t: Boolean!) { onMessage(since: $s) { text @include(if: $t) } }',
        variables: { s: 'nonsense', t: true },
      },
    ],
  ]
  for (const [what, code, payload] of OPERATIONS) {
    test(`SOCK-4 ${what} is an error message (${code}), and the socket stays open`, async () => {
      const socket = await acknowledged()
      socket.send(subscribe('feed', FEED))
      socket.send({ id: 'bad', type: 'subscribe', payload })
      const answer = await socket.receive()
      expect([answer.id, answer.type, answer.payload?.[0]?.extensions?.code]).toEqual(['bad', 'error', code])
      const text = `after ${what}`
      await send(server.graphql, mallory.token, { text, plain: true })
      expect((await socket.receive()).payload.data).toEqual({ onMessage: { text } })
      // The id is free again, and there is no `complete` after an `error`.
      socket.send(subscribe('bad', TYPENAME))
      expect(await socket.receive()).toEqual({ id: 'bad', type: 'next', payload: { data: { __typename: 'Query' } } })
      expect(await socket.receive()).toEqual({ id: 'bad', type: 'complete' })
      socket.destroy()
      await witness.isUnharmed()
    })
  }

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
