// Server-sent events, byte by byte: what stands in a stream, what resumes it, what ends it.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Entered, enter, send } from '../setup/request.ts'
import { startTestServer, type TestServer } from '../setup/server.ts'
import { until } from '../setup/until.ts'

let server: TestServer
let ana: Entered

beforeAll(async () => {
  server = await startTestServer({ PING_INTERVAL_MS: '1000', CONNECTIONS_PER_USER: '40' })
  ana = await enter(server.graphql, 'ana')
})

afterAll(async () => {
  await server.close()
})

interface Stream {
  readonly response: Response
  text(): string
  ended(): boolean
  close(): void
}

async function open(query: string, headers: Record<string, string> = {}, variables?: object): Promise<Stream> {
  const abort = new AbortController()
  const response = await fetch(server.graphql, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'text/event-stream',
      authorization: `Bearer ${ana.token}`,
      ...headers,
    },
    body: JSON.stringify({ query, variables }),
    signal: abort.signal,
  })
  let text = ''
  let ended = false
  const write = (chunk: string): void => {
    text += chunk
  }
  response.body
    ?.pipeThrough(new TextDecoderStream())
    .pipeTo(new WritableStream({ write }))
    .then(
      () => {
        ended = true
      },
      () => {},
    )
  return { response, text: () => text, ended: () => ended, close: () => abort.abort() }
}

/** The stream without its comments. */
function events(stream: Stream): string {
  return stream.text().replaceAll(/^:.*\n\n/gm, '')
}

describe('SSE', () => {
  test('SSE-1 SSE-3 a stream has next events with the cursor as id, whether or not the operation selects it', async () => {
    const stream = await open('subscription { onMessage { text } }')
    expect(stream.response.status).toBe(200)
    expect(stream.response.headers.get('content-type')).toMatch(/^text\/event-stream/)
    expect(stream.response.headers.get('cache-control')).toMatch(/no-cache/)
    const one = await send(server.graphql, ana.token, { text: 'one' })
    const two = await send(server.graphql, ana.token, { text: 'two\nlines' })
    await until('both', () => stream.text().includes('two'))
    expect(events(stream)).toBe(
      `event: next\nid: ${one.cursor}\ndata: {"data":{"onMessage":{"text":"one"}}}\n\n` +
        `event: next\nid: ${two.cursor}\ndata: {"data":{"onMessage":{"text":"two\\nlines"}}}\n\n`,
    )
    stream.close()
  })

  test('SSE-3 CaughtUp has its cursor as id too; presence has none', async () => {
    const { cursor } = await send(server.graphql, ana.token, { text: 'newest' })
    const feed = await open('subscription { onEvent { __typename } }')
    await until('CaughtUp', () => feed.text().includes('CaughtUp'))
    expect(events(feed)).toBe(`event: next\nid: ${cursor}\ndata: {"data":{"onEvent":{"__typename":"CaughtUp"}}}\n\n`)
    feed.close()
    const presence = await open('subscription { onPresence { username } }')
    await until('somebody', () => presence.text().includes('username'))
    expect(events(presence)).toMatch(/^event: next\ndata: /)
    presence.close()
  })

  test('SSE-1 a query whose client accepts a stream only is one next and complete', async () => {
    const stream = await open('{ me { username } }')
    await until('the end', () => stream.ended())
    expect(events(stream)).toBe('event: next\ndata: {"data":{"me":{"username":"ana"}}}\n\nevent: complete\ndata:\n\n')
  })

  test('SSE-4 Last-Event-ID overrides since; an empty one counts as none', async () => {
    const a = await send(server.graphql, ana.token, { text: 'a' })
    const b = await send(server.graphql, ana.token, { text: 'b' })
    await send(server.graphql, ana.token, { text: 'c' })
    const query = 'subscription ($s: Cursor) { onMessage(since: $s) { text } }'
    const overridden = await open(query, { 'last-event-id': b.cursor }, { s: a.cursor })
    await until('c', () => overridden.text().includes('"c"'))
    expect(overridden.text()).not.toContain('"b"')
    const literal = await open(`subscription { onMessage(since: "${b.cursor}") { text } }`, {
      'last-event-id': a.cursor,
    })
    await until('c', () => literal.text().includes('"c"'))
    expect(literal.text()).toContain('"b"')
    const empty = await open(query, { 'last-event-id': '' }, { s: b.cursor })
    await until('c', () => empty.text().includes('"c"'))
    expect(empty.text()).not.toContain('"b"')
    for (const stream of [overridden, literal, empty]) stream.close()
  })

  test('SSE-3 CURSOR-6 what could not be resumed is refused: a directive at the root', async () => {
    const { cursor } = await send(server.graphql, ana.token, { text: 'before the drop' })
    const query = 'subscription { onMessage @include(if: true) { text } }'
    const stream = await open(query, { 'last-event-id': cursor })
    await until('the end', () => stream.ended())
    expect(stream.text()).toContain('BAD_USER_INPUT')
  })

  test('SSE-5 a silent stream has comments, which begin at once', async () => {
    const stream = await open('subscription { onMessage { text } }')
    await until('the first comment', () => stream.text().startsWith(':'))
    await until('three comments', () => (stream.text().match(/^:/gm)?.length ?? 0) >= 3)
    expect(events(stream)).toBe('')
    stream.close()
  })

  test('SSE-6 every refusal is one next with errors, then complete', async () => {
    const refusals: [string, string][] = [
      ['subscription { onMessage(since: "x") { text } }', 'CURSOR_INVALID'],
      ['subscription { onMessage { nothing } }', 'GRAPHQL_VALIDATION_FAILED'],
      ['subscription {', 'GRAPHQL_PARSE_FAILED'],
      ['subscription ($x: Cursor!) { onMessage(since: $x) { text } }', 'BAD_USER_INPUT'],
    ]
    for (const [query, code] of refusals) {
      const stream = await open(query)
      await until('the end', () => stream.ended())
      expect([query, stream.response.status]).toEqual([query, 200])
      expect(events(stream)).toMatch(
        new RegExp(`^event: next\\ndata: \\{"errors":\\[.*"code":"${code}".*\\n\\nevent: complete\\ndata:\\n\\n$`),
      )
    }
    const anonymous = await open('subscription { onMessage { text } }', { authorization: '', cookie: '' })
    await until('the end', () => anonymous.ended())
    expect(anonymous.text()).toContain('UNAUTHENTICATED')
  })

  test('SSE-7 the single connection mode is not offered', async () => {
    const response = await fetch(server.graphql, { method: 'PUT', headers: { authorization: `Bearer ${ana.token}` } })
    expect(response.status).toBe(405)
    await response.text()
  })

  test('LIMIT-4 one stream too many for an account is SUBSCRIPTION_LIMIT; one that is closed makes room', async () => {
    const bia = await enter(server.graphql, 'bia')
    const headers = { authorization: `Bearer ${bia.token}` }
    const streams: Stream[] = []
    for (let i = 0; i < 40; i++) streams.push(await open('subscription { onMessage { text } }', headers))
    const more = await open('subscription { onMessage { text } }', headers)
    await until('the end', () => more.ended())
    expect(more.text()).toContain('SUBSCRIPTION_LIMIT')
    streams[0]?.close()
    await until('room for another', async () => {
      const again = await open('subscription { onEvent { __typename } }', headers)
      await until('an answer', () => again.text().includes('data:'))
      const isThere = again.text().includes('CaughtUp')
      again.close()
      return isThere
    })
    for (const stream of streams) stream.close()
  })
})
