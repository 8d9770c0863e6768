// HTTP: which requests are taken, with which status, and that nothing else runs.
import { must, should } from '../audit.ts'
import type { Bench } from '../bench.ts'
import { check, codeOf, same, skip } from '../check.ts'
import { ENTER, PAGE } from '../documents.ts'
import { randomName } from '../people.ts'
import { openRaw } from '../wire/raw.ts'

const TYPENAME = JSON.stringify({ query: '{ __typename }' })
const JSON_TYPE = { 'content-type': 'application/json' }
const RESPONSE_JSON = 'application/graphql-response+json'

/** A POST of this body is refused with this status and code. */
async function refuses(bench: Bench, body: string, headers: Record<string, string>, status: number): Promise<void> {
  const answer = await bench.request({ method: 'POST', headers, body })
  same(
    [answer.status, codeOf(answer.result)],
    [status, 'BAD_REQUEST'],
    `the answer to ${JSON.stringify(body.slice(0, 50))}`,
  )
}

function takesNot(id: string, what: string, type: string, body = TYPENAME) {
  return must(id, `refuse ${what} with 415`, bench => refuses(bench, body, { 'content-type': type }, 415))
}

async function health(bench: Bench, path: string): Promise<void> {
  const response = await fetch(new URL(path, bench.endpoint), { signal: AbortSignal.timeout(bench.ms) })
  await response.text()
  same(response.status, 200, `the status of ${path}`)
}

/** Lines of a request that go out as they are. */
function lines(bench: Bench, ...more: string[]): string {
  return [`POST ${bench.endpoint.pathname} HTTP/1.1`, `Host: ${bench.endpoint.host}`, ...more].join('\r\n')
}

export const http = [
  takesNot('HTTP-1a', 'a form (multipart/form-data)', 'multipart/form-data; boundary=x', '--x--\r\n'),
  takesNot(
    'HTTP-1b',
    'a form (application/x-www-form-urlencoded)',
    'application/x-www-form-urlencoded',
    'query=%7B__typename%7D',
  ),
  takesNot('HTTP-1c', 'application/graphql', 'application/graphql', '{ __typename }'),
  takesNot('HTTP-1d', 'text/plain', 'text/plain'),
  must('HTTP-1e', 'refuse a POST without a content type with 415', async bench => {
    const raw = await bench.raw(
      `${lines(bench, 'Connection: close', `Content-Length: ${TYPENAME.length}`)}\r\n\r\n${TYPENAME}`,
    )
    same(raw.status, 415, 'the status')
  }),
  must('HTTP-2a', 'refuse a list of operations with 400 and BAD_REQUEST', async bench => {
    await refuses(bench, `[${TYPENAME}]`, JSON_TYPE, 400)
    await refuses(bench, '[]', JSON_TYPE, 400)
  }),
  must('HTTP-2b', 'refuse a body that is not JSON, or no object, with 400 and BAD_REQUEST', async bench => {
    for (const body of ['', '{"query":', 'null', '"{ __typename }"', '{}']) await refuses(bench, body, JSON_TYPE, 400)
  }),
  must('HTTP-2c', 'refuse parameters of a wrong type with 400 and BAD_REQUEST', async bench => {
    for (const wrong of [
      { query: 1 },
      { variables: 'x' },
      { variables: [] },
      { operationName: 1 },
      { extensions: 'x' },
    ]) {
      await refuses(bench, JSON.stringify({ query: '{ __typename }', ...wrong }), JSON_TYPE, 400)
    }
  }),
  must('HTTP-3a', 'refuse a query by GET with 405', async bench => {
    for (const accept of ['application/json', RESPONSE_JSON, 'text/event-stream']) {
      const { status } = await bench.request({ headers: { accept } }, `?query=${encodeURIComponent('{ __typename }')}`)
      same(status, 405, `the status for ${accept}`)
    }
  }),
  must('HTTP-3b', 'refuse a mutation by GET with 405, and do nothing of it', async bench => {
    const username = randomName()
    const query = encodeURIComponent(`mutation { enter(username: "${username}") { token } }`)
    const { status, headers } = await bench.request({ headers: { accept: 'application/json' } }, `?query=${query}`)
    same([status, headers.get('set-cookie')], [405, null], 'the status and the cookie')
    await bench.stranger({ username })
  }),
  must('HTTP-3c', 'refuse other methods with 405', async bench => {
    for (const method of ['PUT', 'DELETE', 'PATCH']) {
      same((await bench.request({ method, headers: JSON_TYPE, body: TYPENAME })).status, 405, `the status of ${method}`)
    }
  }),
  should('HTTP-3d', 'give a browser that asks for text/html GraphiQL', async bench => {
    const { status, headers } = await bench.request({ headers: { accept: 'text/html' } })
    if (status === 404 || status === 405 || status === 406) skip(`GraphiQL is switched off: status ${status}`)
    same([status, headers.get('content-type')?.includes('text/html')], [200, true], 'the status and whether it is HTML')
  }),
  must('HTTP-4a', 'refuse a body over `Limits.messageBytes` with 413', async bench => {
    const { messageBytes } = bench.server.limits
    if (messageBytes === 0) skip('messageBytes is 0: no limit')
    const body = JSON.stringify({ query: `{ __typename } #${'x'.repeat(messageBytes)}` })
    same((await bench.request({ method: 'POST', headers: JSON_TYPE, body })).status, 413, 'the status')
    const raw = await bench.raw(
      `${lines(bench, 'Content-Type: application/json', 'Content-Length: 9007199254740993')}\r\n\r\n{`,
    )
    same(raw.status, 413, 'the status of one that is only announced')
  }),
  must('HTTP-4b', 'refuse a body over `Limits.messageBytes` that was not announced with 413', async bench => {
    const { messageBytes } = bench.server.limits
    if (messageBytes === 0) skip('messageBytes is 0: no limit')
    const size = messageBytes + 4_096
    const chunk = `${size.toString(16)}\r\n${' '.repeat(size)}\r\n0\r\n\r\n`
    const head = lines(bench, 'Content-Type: application/json', 'Transfer-Encoding: chunked')
    same((await bench.raw(`${head}\r\n\r\n${chunk}`)).status, 413, 'the status')
  }),
  must('HTTP-4c', 'take a body of exactly `Limits.messageBytes`', async bench => {
    const { messageBytes } = bench.server.limits
    if (messageBytes === 0) skip('messageBytes is 0: no limit')
    const body = TYPENAME.padEnd(messageBytes)
    same((await bench.request({ method: 'POST', headers: JSON_TYPE, body })).status, 200, 'the status')
  }),
  must(
    'HTTP-5a',
    `answer as ${RESPONSE_JSON} when the client accepts it, else as application/json, in UTF-8`,
    async bench => {
      for (const [accept, type] of [
        [RESPONSE_JSON, RESPONSE_JSON],
        ['application/json', 'application/json'],
        ['*/*', 'application/json'],
      ] as const) {
        const answer = await bench.post('{ __typename }', { headers: { accept } })
        const given = answer.headers.get('content-type') ?? ''
        same(
          [answer.status, given.includes(type), /utf-8/i.test(given)],
          [200, true, true],
          `the type ${given} for ${accept}`,
        )
      }
    },
  ),
  must(
    'HTTP-5b',
    `answer a document that can't be executed with 400 as ${RESPONSE_JSON}, with 200 as application/json`,
    async bench => {
      for (const [query, code] of [
        ['{', 'GRAPHQL_PARSE_FAILED'],
        ['{ nothingOfThisName }', 'GRAPHQL_VALIDATION_FAILED'],
        ['query ($x: Int!) { messages(limit: $x) { nodes { id } } }', 'BAD_USER_INPUT'],
        ['query A { __typename } query B { __typename }', 'BAD_USER_INPUT'],
      ] as const) {
        for (const [accept, status] of [
          [RESPONSE_JSON, 400],
          ['application/json', 200],
        ] as const) {
          const answer = await bench.post(query, { headers: { accept } })
          same(
            [answer.status, codeOf(answer.result)],
            [status, code],
            `the answer to ${query.slice(0, 30)} as ${accept}`,
          )
        }
      }
    },
  ),
  must('HTTP-5c', 'answer with 200 once it is executed, also when a resolver refused', async bench => {
    for (const accept of [RESPONSE_JSON, 'application/json']) {
      const { status, result } = await bench.post(PAGE, { variables: {}, headers: { accept } })
      same([status, codeOf(result)], [200, 'UNAUTHENTICATED'], `the answer as ${accept}`)
      const taken = await bench.post(ENTER, { variables: { username: 'no name' }, headers: { accept } })
      same([taken.status, codeOf(taken.result)], [200, 'USERNAME_INVALID'], `the answer as ${accept}`)
    }
  }),
  must('HTTP-6a', 'refuse headers over 16 KiB with 431', async bench => {
    const raw = await bench.raw(`${lines(bench, `X-Large: ${'x'.repeat(20_000)}`)}\r\n\r\n`)
    same(raw.status, 431, 'the status')
  }),
  should(
    'HTTP-6b',
    'answer headers that do not arrive within 10 s with 408',
    async bench => {
      const raw = await openRaw(bench.endpoint, lines(bench, 'Content-Type: application/json'), bench.long(25_000))
      raw.destroy()
      same(raw.status, 408, 'the status')
    },
    { slow: true },
  ),
  must('HTTP-7a', 'answer `GET /health/live` with 200', bench => health(bench, '/health/live')),
  must('HTTP-7b', 'answer `GET /health/ready` with 200 while it takes connections', bench =>
    health(bench, '/health/ready'),
  ),
  must('HTTP-8a', 'answer with the `X-Request-Id` that the request had', async bench => {
    for (const id of ['a', `audit-1_2.3:${'x'.repeat(51)}`]) {
      const { headers } = await bench.post('{ __typename }', { headers: { 'x-request-id': id } })
      same(headers.get('x-request-id'), id, 'the `X-Request-Id` of the answer')
    }
  }),
  must('HTTP-8b', 'make an `X-Request-Id` where the request has none, or a bad one', async bench => {
    const given = await Promise.all(
      [null, 'y'.repeat(65), 'a b', '<b>'].map(async id => {
        const headers: Record<string, string> = id === null ? {} : { 'x-request-id': id }
        return (await bench.post('{ __typename }', { headers })).headers.get('x-request-id') ?? ''
      }),
    )
    for (const id of given) check(/^[\w.:-]{1,64}$/.test(id), `the \`X-Request-Id\` is ${JSON.stringify(id)}`)
    same(new Set(given).size, given.length, 'different ids')
  }),
  must('ORIGIN-1a', 'refuse an upgrade from a foreign Origin with 403', async bench => {
    for (const origin of ['https://evil.example', `${bench.origin}.evil.example`]) {
      same((await bench.upgrade({ headers: { Origin: origin } })).status, 403, `the status for ${origin}`)
    }
  }),
  must('ORIGIN-1b', 'refuse an upgrade with `Origin: null` with 403', async bench => {
    same((await bench.upgrade({ headers: { Origin: 'null' } })).status, 403, 'the status')
  }),
  must('ORIGIN-1c', 'refuse a request from a foreign Origin without a token with 403 and FORBIDDEN', async bench => {
    for (const origin of ['https://evil.example', 'null']) {
      const { status, result } = await bench.post('{ __typename }', { headers: { origin } })
      same([status, codeOf(result)], [403, 'FORBIDDEN'], `the answer for ${origin}`)
    }
  }),
  must('ORIGIN-1d', "take requests and upgrades from the server's own Origin", async bench => {
    same(
      (await bench.post('{ __typename }', { headers: { origin: bench.origin } })).status,
      200,
      'the status of a request',
    )
    same((await bench.upgrade({ headers: { Origin: bench.origin } })).status, 101, 'the status of an upgrade')
  }),
  must('ORIGIN-1e', 'take an app that has no Origin, and one that has a token from any', async bench => {
    const { token } = await bench.person()
    same((await bench.upgrade()).status, 101, 'the status of an upgrade without an Origin')
    const { status } = await bench.post('{ __typename }', { token, headers: { origin: 'https://evil.example' } })
    same(status, 200, 'the status of a request with a token')
  }),
  must('ORIGIN-2', 'refuse an upgrade with a cookie but without an Origin with 403', async bench => {
    const { headers } = await bench.post(ENTER, {
      variables: { username: randomName() },
      headers: { origin: bench.origin },
    })
    const cookie = headers.get('set-cookie')?.split(';')[0] ?? ''
    check(cookie !== '', '`enter` set no cookie')
    const token = cookie.slice(cookie.indexOf('=') + 1)
    await bench.data({ token }, 'mutation { deleteAccount }')
    same((await bench.upgrade({ headers: { Cookie: cookie } })).status, 403, 'the status')
  }),
  must('ORIGIN-3', 'give a foreign Origin no CORS headers', async bench => {
    const headers = {
      origin: 'https://evil.example',
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'content-type',
    }
    const preflight = await bench.request({ method: 'OPTIONS', headers })
    same(preflight.headers.get('access-control-allow-origin'), null, 'Access-Control-Allow-Origin of a preflight')
    const { token } = await bench.person()
    const answer = await bench.post('{ __typename }', { token, headers: { origin: 'https://evil.example' } })
    same(answer.headers.get('access-control-allow-origin'), null, 'Access-Control-Allow-Origin of an answer')
  }),
  must('ORIGIN-4', 'call no operation for a form or a link that comes with a cookie', async bench => {
    const answer = await bench.post(ENTER, { variables: { username: randomName() }, headers: { origin: bench.origin } })
    const { enter } = answer.result.data ?? {}
    check(enter, '`enter` was refused')
    bench.remember({ id: enter.me.id, username: enter.me.username, token: enter.token, password: null })
    const cookie = answer.headers.get('set-cookie')?.split(';')[0] ?? ''
    const text = encodeURIComponent('mutation { leave }')
    const form = { 'content-type': 'application/x-www-form-urlencoded', cookie }
    same(
      (await bench.request({ method: 'POST', headers: form, body: `query=${text}` })).status,
      415,
      'the status of a form',
    )
    same((await bench.request({ headers: { cookie } }, `?query=${text}`)).status, 405, 'the status of a link')
    same((await bench.data(enter, '{ me { id } }')).me?.id, enter.me.id, '`me` afterwards')
  }),
]
