// Each limit is one and the same over HTTP, SSE and WebSocket: the same code and words, counted together, with the time
// after which to try again; and 0 turns it off everywhere.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openRawSocket, type RawSocket } from '../setup/raw-socket.ts'
import { enter, type GraphQLErrorShape, type Result, send } from '../setup/request.ts'
import { startTestServer, type TestServer } from '../setup/server.ts'
import { until } from '../setup/until.ts'

interface Asked {
  readonly query: string
  readonly variables?: Record<string, unknown>
  readonly token?: string | undefined
  /** As a trusted proxy says it. */
  readonly address?: string
}

type Transport = 'HTTP' | 'SSE' | 'WebSocket'
const TRANSPORTS: readonly Transport[] = ['HTTP', 'SSE', 'WebSocket']

function headersOf({ token, address }: Asked): Record<string, string> {
  return {
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    ...(address === undefined ? {} : { 'x-forwarded-for': address }),
  }
}

async function openSocket(server: TestServer, asked: Asked): Promise<RawSocket> {
  const socket = await openRawSocket(server.socket, { headers: headersOf(asked) })
  if (socket.status !== 101) return socket
  socket.send({ type: 'connection_init' })
  await socket.receive()
  return socket
}

/** One query or mutation; answers with its result. */
async function ask(server: TestServer, transport: Transport, asked: Asked): Promise<Result> {
  const { query, variables } = asked
  if (transport === 'WebSocket') {
    const socket = await openSocket(server, asked)
    socket.send({ id: '1', type: 'subscribe', payload: { query, ...(variables ? { variables } : {}) } })
    const { type, payload } = await socket.receive()
    socket.destroy()
    return type === 'error' ? { errors: payload } : payload
  }
  const accept = transport === 'SSE' ? 'text/event-stream' : 'application/json'
  const response = await fetch(server.graphql, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept, ...headersOf(asked) },
    body: JSON.stringify({ query, variables }),
  })
  const text = await response.text()
  return JSON.parse(/^data: (\{.*\})$/m.exec(text)?.[1] ?? text) as Result
}

function pairOf({ errors }: Result): readonly unknown[] | null {
  const error = errors?.[0] as GraphQLErrorShape | undefined
  // What says in how long one may try again differs each time.
  return error ? [error.extensions?.code, error.message.replace(/ Try again in .*$/, '')] : null
}

const SEND = 'mutation ($text: String!) { sendMessage(text: $text, plain: true) { id } }'

const LIMITS: readonly [setting: string, value: string, asked: Omit<Asked, 'token'>, code: string, message: string][] =
  [
    [
      'QUERY_DEPTH',
      '3',
      { query: '{ messages(limit: 1) { nodes { from { id } } } }' },
      'BAD_USER_INPUT',
      'The depth of this operation is 4; at most 3 is allowed.',
    ],
    [
      'QUERY_TOKENS',
      '100',
      { query: `{ ${'__typename '.repeat(99)}}` },
      'GRAPHQL_PARSE_FAILED',
      'Syntax Error: Document contains more that 100 tokens. Parsing aborted.',
    ],
    [
      'QUERY_ALIASES',
      '3',
      { query: '{ a: me { id } b: me { id } c: me { id } d: me { id } }' },
      'BAD_USER_INPUT',
      'The number of aliases of this operation is 4; at most 3 is allowed.',
    ],
    [
      'QUERY_COST',
      '20',
      { query: '{ users(limit: 5) { nodes { id username online lastSeenAt } } }' },
      'BAD_USER_INPUT',
      'The cost of this operation is 26; at most 20 is allowed.',
    ],
    [
      'PAGE_LIMIT',
      '5',
      { query: '{ messages(limit: 6) { __typename } }' },
      'BAD_USER_INPUT',
      '`limit` is a number from 1 to 5, not 6.',
    ],
    [
      'TEXT_LIMIT',
      '10',
      { query: SEND, variables: { text: 'x'.repeat(11) } },
      'TEXT_TOO_LONG',
      'The text has 11 characters (code points); at most 10 are allowed.',
    ],
  ]

const SMALL = Object.fromEntries(LIMITS.map(([setting, value]) => [setting, value]))
const NONE = Object.fromEntries(LIMITS.map(([setting]) => [setting, '0']))

describe('LIMIT-2 TEXT-1 PAGE-1 limits of documents and arguments', () => {
  let small: TestServer
  let free: TestServer
  let tokens: Map<TestServer, string>

  beforeAll(async () => {
    small = await startTestServer({ ...SMALL, MAX_MESSAGE_BYTES: '4096' })
    free = await startTestServer({ ...NONE, MAX_MESSAGE_BYTES: '0' })
    tokens = new Map()
    for (const server of [small, free]) tokens.set(server, (await enter(server.graphql, 'ana')).token)
  })

  afterAll(async () => {
    await small?.close()
    await free?.close()
  })

  for (const [setting, , asked, code, message] of LIMITS) {
    test(`${setting} is the same on every transport, and 0 turns it off`, async () => {
      for (const transport of TRANSPORTS) {
        const refused = await ask(small, transport, { ...asked, token: tokens.get(small) })
        expect([transport, pairOf(refused)]).toEqual([transport, [code, message]])
        const taken = await ask(free, transport, { ...asked, token: tokens.get(free) })
        expect([transport, pairOf(taken)]).toEqual([transport, null])
      }
    })
  }

  test('SOCK-9 HTTP-4 MAX_MESSAGE_BYTES: 413 over HTTP and SSE, 1009 on a socket, and 0 turns it off', async () => {
    const query = `{ me { id } } #${'x'.repeat(5_000)}`
    for (const accept of ['application/json', 'text/event-stream']) {
      const headers = { 'content-type': 'application/json', accept }
      const post = (server: TestServer) =>
        fetch(server.graphql, { method: 'POST', headers, body: JSON.stringify({ query }) })
      expect([accept, (await post(small)).status]).toEqual([accept, 413])
      expect([accept, (await post(free)).status]).toEqual([accept, 200])
    }
    const socket = await openSocket(small, { query })
    socket.send({ id: '1', type: 'subscribe', payload: { query } })
    expect((await socket.ended()).code).toBe(1009)
    expect(pairOf(await ask(free, 'WebSocket', { query }))).toBeNull()
  })

  test('ENTER-10 more than one password in a document is refused on every transport, whatever the limits', async () => {
    const query = 'mutation { a: setPassword(password: "12345678") b: setPassword(password: "12345679") }'
    for (const server of [small, free]) {
      for (const transport of TRANSPORTS) {
        const refused = await ask(server, transport, { query, token: tokens.get(server) })
        expect([transport, pairOf(refused)]).toEqual([
          transport,
          ['BAD_USER_INPUT', 'The number of fields that take a password of this operation is 2; at most 1 is allowed.'],
        ])
      }
    }
  })
})

interface RateRow {
  readonly name: string
  readonly message: string
  /** How many are let through at once. */
  readonly burst: number
  /** The longest that one has to wait. */
  readonly mostMs: number
  asked(n: number): Omit<Asked, 'token'>
  /** What one that is let through may be refused with. */
  readonly otherwise?: string
  readonly isNobodys?: boolean
}

const ENTER = 'mutation ($u: String!) { enter(username: $u) { token } }'
const RATES: readonly RateRow[] = [
  {
    name: 'SEND-6 sends of an account',
    message: 'Too many messages in too little time.',
    burst: 3,
    mostMs: 1_000,
    asked: n => ({ query: SEND, variables: { text: `${n}` } }),
  },
  {
    name: 'SEARCH-6 searches of an account',
    message: 'Too many searches in too little time.',
    burst: 3,
    mostMs: 1_000,
    asked: () => ({ query: '{ search(text: "x") { nodes { id } } }' }),
  },
  {
    name: 'LIMIT-5 attempts with a name',
    message: 'Too many attempts with this name in too little time.',
    burst: 2,
    mostMs: 30_000,
    asked: () => ({ query: ENTER, variables: { u: 'ana' }, address: '203.0.113.1' }),
    otherwise: 'USERNAME_TAKEN',
    isNobodys: true,
  },
  {
    name: 'LIMIT-5 new names of an address',
    message: 'Too many new names from this address.',
    burst: 2,
    mostMs: 1_800_000,
    asked: n => ({ query: ENTER, variables: { u: `new${n}` }, address: '203.0.113.2' }),
    isNobodys: true,
  },
  {
    name: 'DEVICE-10 codes of an account',
    message: 'Too many codes in too little time.',
    burst: 10,
    mostMs: 6_000,
    asked: () => ({ query: 'mutation { pairDevice { code } }' }),
  },
  {
    name: 'DEVICE-10 approvals of an account',
    message: 'Too many codes that were not good.',
    burst: 10,
    mostMs: 6_000,
    asked: () => ({ query: 'mutation { approveDevice(userCode: "ABCD-EFGH") }' }),
    otherwise: 'CODE_INVALID',
  },
  {
    name: 'DEVICE-10 codes of an address',
    message: 'Too many codes from this address that were not good.',
    burst: 10,
    mostMs: 6_000,
    asked: () => ({ query: 'mutation { enterWithCode(code: "ABCD-EFGH") { token } }', address: '203.0.113.3' }),
    otherwise: 'CODE_INVALID',
    isNobodys: true,
  },
  {
    name: 'DEVICE-10 requests of an address',
    message: 'Too many requests from this address in too little time.',
    burst: 10,
    mostMs: 6_000,
    asked: n => ({ query: `mutation { requestDevice(username: "n${n}") { userCode } }`, address: '203.0.113.4' }),
    isNobodys: true,
  },
]

describe('limits of how often', () => {
  let server: TestServer
  let token: string

  beforeAll(async () => {
    server = await startTestServer({
      TRUST_PROXY: '127.0.0.1',
      SENDS_PER_SECOND: '1',
      SEARCHES_PER_SECOND: '1',
      ENTER_PER_MINUTE: '2',
      NEW_NAMES_PER_HOUR: '2',
    })
    token = (await enter(server.graphql, 'ana')).token
  })

  afterAll(() => server?.close())

  for (const { name, message, burst, mostMs, asked, otherwise, isNobodys } of RATES) {
    test(`${name} are counted over all transports together, and say when to try again`, async () => {
      let n = 0
      const next = (transport: Transport): Promise<Result> =>
        ask(server, transport, { ...asked(++n), token: isNobodys ? undefined : token })
      // In turns, so that each transport's count is the same one. A busy machine lets some drip back meanwhile.
      let passed = 0
      await until('to be refused', async () => {
        const result = await next(TRANSPORTS[passed % 3] as Transport)
        if (pairOf(result)?.[0] === 'RATE_LIMITED') return true
        if (pairOf(result) !== null) expect(pairOf(result)?.[0]).toBe(otherwise)
        passed++
        return false
      })
      expect(passed).toBeGreaterThanOrEqual(burst)
      for (const transport of TRANSPORTS) {
        // One that dripped back meanwhile may pass.
        const refused = await until('to be refused', async () => {
          const result = await next(transport)
          return pairOf(result)?.[0] === 'RATE_LIMITED' && result
        })
        expect([transport, pairOf(refused)]).toEqual([transport, ['RATE_LIMITED', message]])
        const retryAfterMs = refused.errors?.[0]?.extensions?.retryAfterMs
        expect(Number.isInteger(retryAfterMs)).toBe(true)
        expect(retryAfterMs).toBeGreaterThan(0)
        expect(retryAfterMs).toBeLessThanOrEqual(mostMs)
      }
    })
  }

  test('READ-7 marks of an account, likewise', async () => {
    const reader = await enter(server.graphql, 'reader')
    const { cursor } = await send(server.graphql, reader.token, { text: 'to be read', plain: true })
    const query = 'mutation ($c: Cursor!) { markRead(cursor: $c) { cursor } }'
    for (const transport of TRANSPORTS) {
      const refused = await until('to be refused', async () => {
        const result = await ask(server, transport, { query, variables: { c: cursor }, token: reader.token })
        return pairOf(result) !== null && result
      })
      expect(pairOf(refused)).toEqual(['RATE_LIMITED', 'Too many notes of what was read in too little time.'])
      expect(refused.errors?.[0]?.extensions?.retryAfterMs).toBeGreaterThan(0)
    }
  })

  test('SEND-6 whoever waits as told is let through', async () => {
    const sender = await enter(server.graphql, 'sender')
    const asked = { query: SEND, variables: { text: 'x' }, token: sender.token }
    const refused = await until('to be refused', async () => {
      const result = await ask(server, 'HTTP', asked)
      return result.errors !== undefined && result
    })
    const retryAt = performance.now() + Number(refused.errors?.[0]?.extensions?.retryAfterMs)
    await until('the time that was told', () => performance.now() >= retryAt)
    expect(pairOf(await ask(server, 'WebSocket', asked))).toBeNull()
  })
})

const TOO_MANY_HERE = ['SUBSCRIPTION_LIMIT', 'Too many different subscriptions from this address.']

describe('LIMIT-3 LIMIT-4 limits of what runs at a time', () => {
  let server: TestServer
  const streams: AbortController[] = []

  beforeAll(async () => {
    server = await startTestServer({
      TRUST_PROXY: '127.0.0.1',
      CONNECTIONS_PER_USER: '2',
      CONNECTIONS_PER_ADDRESS: '2',
      GROUPS_PER_ADDRESS: '2',
    })
  })

  afterAll(async () => {
    for (const each of streams) each.abort()
    await server?.close()
  })

  /** Null: it runs. */
  async function openStream(asked: Asked): Promise<readonly unknown[] | null> {
    const cancelled = new AbortController()
    streams.push(cancelled)
    const response = await fetch(server.graphql, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'text/event-stream', ...headersOf(asked) },
      body: JSON.stringify({ query: asked.query }),
      signal: cancelled.signal,
    })
    let text = ''
    for await (const chunk of response.body ?? []) {
      text += Buffer.from(chunk).toString()
      // A comment comes first when it was let in, a result when it was not.
      if (text.startsWith(':') || text.includes('event: complete')) break
    }
    const line = /^data: (\{.*\})$/m.exec(text)?.[1]
    return line === undefined ? null : pairOf(JSON.parse(line) as Result)
  }

  const FEED = 'subscription { onEvent { __typename } }'

  test('LIMIT-4 an account’s sockets and streams are counted together', async () => {
    const { token } = await enter(server.graphql, 'bia')
    const asked = { query: FEED, token }
    const socket = await openSocket(server, asked)
    // A fetch whose body is left ends its stream: this one is kept.
    const kept = await fetch(server.graphql, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'text/event-stream', ...headersOf(asked) },
      body: JSON.stringify({ query: FEED }),
      signal: (streams[streams.push(new AbortController()) - 1] as AbortController).signal,
    })
    expect(kept.status).toBe(200)
    const metrics = await (await fetch(`${server.url}/metrics`)).text()
    expect(metrics).toContain('recado_connections{transport="sse"} 1')
    const third = await openRawSocket(server.socket, { headers: headersOf(asked) })
    third.send({ type: 'connection_init' })
    expect(await third.ended()).toEqual({ code: 1013, reason: 'Too many connections' })
    expect(await openStream(asked)).toEqual(['SUBSCRIPTION_LIMIT', 'Too many connections.'])
    socket.destroy()
    await until('room for another', async () => (await openStream(asked)) === null)
  })

  test('LIMIT-4 an address’s sockets and streams are counted together', async () => {
    const address = '203.0.113.7'
    const [cleo, dora] = [await enter(server.graphql, 'cleo'), await enter(server.graphql, 'dora')]
    const one = await openSocket(server, { query: FEED, token: cleo.token, address })
    const two = await openSocket(server, { query: FEED, token: dora.token, address })
    expect([one.status, two.status]).toEqual([101, 101])
    const three = await openRawSocket(server.socket, { headers: headersOf({ query: FEED, address }) })
    expect(three.status).toBe(429)
    three.destroy()
    const refused = await openStream({ query: FEED, token: cleo.token, address })
    expect(refused).toEqual(['SUBSCRIPTION_LIMIT', 'Too many connections.'])
    two.destroy()
    await until(
      'room for a stream',
      async () => (await openStream({ query: FEED, token: dora.token, address })) === null,
    )
    one.destroy()
  })

  test('LIMIT-3 distinct operations of an address are counted together, also those that can’t be shared', async () => {
    const address = '203.0.113.8'
    const { token } = await enter(server.graphql, 'eva')
    const socket = await openSocket(server, { query: FEED, token, address })
    const subscribe = async (id: string, query: string): Promise<unknown> => {
      socket.send({ id, type: 'subscribe', payload: { query } })
      const { type, payload } = await socket.receive()
      return type === 'error' ? pairOf({ errors: payload }) : null
    }
    expect(await subscribe('a', 'subscription { onEvent { a: __typename } }')).toBeNull()
    expect(await subscribe('b', 'subscription { onEvent @skip(if: false) { b: __typename } }')).toBeNull()
    for (const query of [
      'subscription { onEvent { c: __typename } }',
      'subscription { onEvent @skip(if: false) { b: __typename } }',
    ]) {
      expect([query, await subscribe('c', query)]).toEqual([query, TOO_MANY_HERE])
    }
    expect(await openStream({ query: 'subscription { onEvent { d: __typename } }', token, address })).toEqual(
      TOO_MANY_HERE,
    )
    // One that ends makes room, whichever it is.
    socket.send({ id: 'b', type: 'complete' })
    await until(
      'room for another',
      async () => (await subscribe('again', 'subscription { onEvent { e: __typename } }')) === null,
    )
    socket.destroy()
  })
})
