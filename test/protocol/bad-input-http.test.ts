// Requests in all the ways in which they may be made: statuses by what is accepted, sizes, origins, and what looks dangerous
// but is harmless. Those that are refused in whichever way are in test/hostile/rows/requests.ts.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openRawSocket } from '../setup/raw-socket.ts'
import { codeOf, type Entered, enter, request } from '../setup/request.ts'
import { startTestServer, type TestServer } from '../setup/server.ts'
import { callWitness, type Witness } from '../setup/witness.ts'

let server: TestServer
let witness: Witness
let mallory: Entered

beforeAll(async () => {
  server = await startTestServer({ ALLOWED_ORIGINS: 'https://friend.example' })
  witness = await callWitness(server)
  mallory = await enter(server.graphql, 'mallory')
})

afterAll(async () => {
  await witness.dispose()
  await server.close()
})

const JSON_TYPE = { 'content-type': 'application/json' }
const TYPENAME = JSON.stringify({ query: '{ __typename }' })

interface Answer {
  readonly status: number
  readonly code: string | null
}

async function post(body: BodyInit | undefined, headers: Record<string, string> = JSON_TYPE): Promise<Answer> {
  const response = await fetch(server.graphql, { method: 'POST', headers, ...(body === undefined ? {} : { body }) })
  const text = await response.text()
  return { status: response.status, code: text.startsWith('{') ? codeOf(JSON.parse(text)) : null }
}

function getUrl(query: string): string {
  return `${server.graphql}?query=${encodeURIComponent(query)}`
}

describe('bad HTTP', () => {
  test('HTTP-3 ORIGIN-4 a mutation by GET is refused with 405, whatever is accepted, and does nothing', async () => {
    for (const accept of ['application/json', 'application/graphql-response+json', 'text/event-stream', '*/*']) {
      const response = await fetch(getUrl('mutation { enter(username: "byget") { token } }'), { headers: { accept } })
      expect([accept, response.status, response.headers.get('set-cookie')]).toEqual([accept, 405, null])
      await response.text()
    }
    expect((await enter(server.graphql, 'byget')).username).toBe('byget')
    await witness.isUnharmed()
  })

  test('HTTP-3 a query by GET is refused with 405, also one that hides behind a subscription', async () => {
    const both = 'query Q { __typename } subscription S { onMessage { text } }'
    for (const url of [getUrl('{ __typename }'), `${getUrl(both)}&operationName=Q`]) {
      for (const accept of ['application/json', 'text/event-stream']) {
        const response = await fetch(url, { headers: { accept } })
        expect([url, accept, response.status]).toEqual([url, accept, 405])
        await response.text()
      }
    }
  })

  test('HTTP-1 a request that offers an upgrade to something else than WebSocket is one as any other', async () => {
    const { host } = new URL(server.url)
    const socket = await openRawSocket(server.socket, {
      request: `POST /graphql HTTP/1.1\r\nHost: ${host}\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\nContent-Type: application/json\r\nContent-Length: ${TYPENAME.length}\r\n\r\n${TYPENAME}`,
    })
    expect(socket.status).toBe(200)
    socket.destroy()
  })

  test('HTTP-3 a browser gets GraphiQL, unless it is switched off', async () => {
    const page = await fetch(server.graphql, { headers: { accept: 'text/html' } })
    expect(page.status).toBe(200)
    expect(page.headers.get('content-type')).toContain('text/html')
    expect(await page.text()).toContain('GraphiQL')
    const plain = await startTestServer({ GRAPHIQL: 'off' })
    const without = await fetch(plain.graphql, { headers: { accept: 'text/html' } })
    expect(without.status).toBeGreaterThanOrEqual(400)
    await without.text()
    await plain.close()
  })

  test('HTTP-4 a body over the size is refused with 413, announced or not', async () => {
    const large = JSON.stringify({ query: `{ __typename } #${'x'.repeat(65_536)}` })
    expect((await post(large)).status).toBe(413)
    const chunked = new ReadableStream({
      pull(controller) {
        controller.enqueue(new TextEncoder().encode(' '.repeat(10_000)))
      },
    })
    const unannounced = await fetch(server.graphql, {
      method: 'POST',
      headers: JSON_TYPE,
      body: chunked,
      duplex: 'half',
    } as RequestInit).then(
      response => response.status,
      () => 413,
    )
    expect(unannounced).toBe(413)
    const claimed = await openRawSocket(server.socket, {
      request:
        'POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 9007199254740993\r\n\r\n{',
    })
    expect(claimed.status).toBe(413)
    claimed.destroy()
    await witness.isUnharmed()
  })

  test('HTTP-4 a body of exactly the size is taken', async () => {
    const envelope = JSON.stringify({ query: '{ __typename } #' }).length
    const body = JSON.stringify({ query: `{ __typename } #${'x'.repeat(65_536 - envelope)}` })
    expect(body.length).toBe(65_536)
    expect((await post(body)).status).toBe(200)
  })

  test('HTTP-5 GraphQL’s own mistakes have 400 as graphql-response+json and 200 as json, with their codes', async () => {
    for (const [query, code] of [
      ['{', 'GRAPHQL_PARSE_FAILED'],
      ['{ nothing }', 'GRAPHQL_VALIDATION_FAILED'],
      ['query ($x: Int!) { messages(limit: $x) { nodes { id } } }', 'BAD_USER_INPUT'],
      [`{ ${'__typename '.repeat(1_001)}}`, 'GRAPHQL_PARSE_FAILED'],
      [`{ ${Array.from({ length: 16 }, (_, i) => `a${i}: server { version }`).join(' ')} }`, 'BAD_USER_INPUT'],
      ['query A { __typename } query B { __typename }', 'BAD_USER_INPUT'],
    ] as const) {
      for (const [accept, status] of [
        ['application/graphql-response+json', 400],
        ['application/json', 200],
      ] as const) {
        const answer = await post(JSON.stringify({ query }), { ...JSON_TYPE, accept })
        expect([query.slice(0, 30), accept, answer]).toEqual([query.slice(0, 30), accept, { status, code }])
      }
    }
  })

  test('HTTP-5 what a resolver refuses has status 200 either way', async () => {
    for (const accept of ['application/graphql-response+json', 'application/json']) {
      const answer = await post(JSON.stringify({ query: '{ messages { nodes { id } } }' }), { ...JSON_TYPE, accept })
      expect(answer).toEqual({ status: 200, code: 'UNAUTHENTICATED' })
    }
  })

  test('BAD: __proto__ and constructor in variables and in the body are harmless', async () => {
    const bodies = [
      '{"query":"{ __typename }","__proto__":{"polluted":1}}',
      '{"query":"query ($s: Cursor) { messages(since: $s) { nodes { id } } }","variables":{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}}',
      '{"query":"query ($s: Cursor) { messages(since: $s) { nodes { id } } }","variables":{"s":{"__proto__":{"polluted":1}}}}',
    ]
    for (const body of bodies) {
      await post(body, { ...JSON_TYPE, authorization: `Bearer ${mallory.token}` })
      expect(({} as { polluted?: number }).polluted).toBeUndefined()
    }
    await witness.isUnharmed()
  })

  test('ORIGIN-1 ORIGIN-4 a foreign Origin is refused with 403, with a cookie and with nothing; a token proves more', async () => {
    for (const origin of ['https://evil.example', 'null']) {
      for (const credentials of [{}, { cookie: `recado=${mallory.token}` }]) {
        const answer = await post(TYPENAME, { ...JSON_TYPE, origin, ...(credentials as Record<string, string>) })
        expect([origin, answer]).toEqual([origin, { status: 403, code: 'FORBIDDEN' }])
      }
      const answer = await post(TYPENAME, { ...JSON_TYPE, origin, authorization: mallory.token })
      expect(answer).toEqual({ status: 200, code: null })
    }
    await witness.isUnharmed()
  })

  test('ORIGIN-3 only listed origins get CORS headers', async () => {
    const preflight = (origin: string): Promise<Response> =>
      fetch(server.graphql, {
        method: 'OPTIONS',
        headers: {
          origin,
          'access-control-request-method': 'POST',
          'access-control-request-headers': 'content-type,authorization',
        },
      })
    const friend = await preflight('https://friend.example')
    expect(friend.headers.get('access-control-allow-origin')).toBe('https://friend.example')
    expect(friend.headers.get('access-control-allow-headers')?.toLowerCase()).toContain('authorization')
    for (const origin of ['https://evil.example', 'null', server.url]) {
      expect((await preflight(origin)).headers.get('access-control-allow-origin')).toBeNull()
    }
    const answered = await fetch(server.graphql, {
      method: 'POST',
      headers: { ...JSON_TYPE, origin: 'https://friend.example' },
      body: TYPENAME,
    })
    expect(answered.status).toBe(200)
    expect(answered.headers.get('access-control-allow-origin')).toBe('https://friend.example')
    await answered.text()
  })

  test('AUTH-7 a token in the URL is refused with 400', async () => {
    const response = await fetch(`${server.graphql}?token=${mallory.token}`, {
      method: 'POST',
      headers: JSON_TYPE,
      body: TYPENAME,
    })
    expect(response.status).toBe(400)
    await response.text()
  })

  test('ERROR-1 every refusal over HTTP has a code of the schema', async () => {
    const { __type } = (await request(server.graphql, '{ __type(name: "ErrorCode") { enumValues { name } } }')).data
    const codes = new Set(__type.enumValues.map(({ name }: { name: string }) => name))
    const bodies = ['[]', '{', '{}', '{"query":"{"}', '{"query":"{ x }"}', `{"query":"${'x'.repeat(70_000)}"}`]
    for (const body of bodies) {
      const { code } = await post(body)
      expect([body.slice(0, 20), code, codes.has(code)]).toEqual([body.slice(0, 20), code, true])
    }
    expect(codes.has((await post(TYPENAME, { 'content-type': 'text/plain' })).code)).toBe(true)
    expect(codes.has((await post(TYPENAME, { ...JSON_TYPE, origin: 'null' })).code)).toBe(true)
  })
})
