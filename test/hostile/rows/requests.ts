// Requests that are refused before anything runs, each with its status and body (PROTOCOL.md: HTTP, SSE, ORIGIN, AUTH).
import type { HttpAnswer, HttpRequest, HttpRow, Scene } from '../row.ts'

const TYPENAME = { query: '{ __typename }' }
const FEED = 'subscription { onMessage { text } }'
const RESPONSE_JSON = { accept: 'application/graphql-response+json' }
const SSE = { accept: 'text/event-stream' }

function row(
  id: string,
  clause: string,
  status: number,
  body: string,
  input: HttpRequest | ((scene: Scene) => HttpRequest),
): HttpRow {
  const expected: HttpAnswer = { status, body }
  return { room: 'http', id: `http: ${id}`, clause, input: typeof input === 'function' ? input : () => input, expected }
}

function errors(code: string, message: string, more: object = {}): string {
  return JSON.stringify({ errors: [{ message, ...more, extensions: { code } }] })
}

/** The same, once execution had begun. */
function executed(code: string, message: string, more: object = {}): string {
  return JSON.stringify({ errors: [{ message, ...more, extensions: { code } }], data: null })
}

/** The same as a stream. */
function streamed(code: string, message: string): string {
  return `:\n\nevent: next\ndata: ${errors(code, message)}\n\nevent: complete\ndata:\n\n`
}

function get(query: string, more = ''): string {
  return `?query=${encodeURIComponent(query)}${more}`
}

function bearer(token: string): Record<string, string> {
  return { authorization: `Bearer ${token}` }
}

const BAD = 'BAD_REQUEST'

export const REQUESTS: readonly HttpRow[] = [
  row('a batch', 'HTTP-2', 400, errors(BAD, 'Batching is not supported.'), { body: `[${JSON.stringify(TYPENAME)}]` }),
  row('an empty batch', 'HTTP-2', 400, errors(BAD, 'Batching is not supported.'), { body: '[]' }),
  row('no body', 'HTTP-2', 400, errors(BAD, 'POST body sent invalid JSON.'), {
    headers: { 'content-type': 'application/json' },
  }),
  row('half a body', 'HTTP-2', 400, errors(BAD, 'POST body sent invalid JSON.'), { body: '{"query":' }),
  row('40,000 brackets', 'HTTP-2', 400, errors(BAD, 'POST body sent invalid JSON.'), { body: '['.repeat(40_000) }),
  row('a string', 'HTTP-2', 400, errors(BAD, 'POST body is expected to be object but received string'), {
    body: '"{ __typename }"',
  }),
  row('null', 'HTTP-2', 400, errors(BAD, 'POST body is expected to be object but received null'), { body: 'null' }),
  row('a number', 'HTTP-2', 400, errors(BAD, 'POST body is expected to be object but received number'), { body: '1' }),
  row('no query', 'HTTP-2', 400, errors(BAD, 'Must provide query string.'), { body: '{}' }),
  row(
    'a query that is a number',
    'HTTP-2',
    400,
    errors(BAD, 'Expected "query" param to be a string, but given number.'),
    { body: { query: 1 } },
  ),
  row('a query that is null', 'HTTP-2', 400, errors(BAD, 'Must provide query string.'), { body: { query: null } }),
  row('a query that is a list', 'HTTP-2', 400, errors(BAD, 'Expected "query" param to be a string, but given array.'), {
    body: { query: ['{ __typename }'] },
  }),
  row(
    'variables that are a string',
    'HTTP-2',
    400,
    errors(BAD, 'Expected "variables" param to be empty or an object, but given string.'),
    { body: { ...TYPENAME, variables: 'x' } },
  ),
  row(
    'variables that are a list',
    'HTTP-2',
    400,
    errors(BAD, 'Expected "variables" param to be empty or an object, but given array.'),
    { body: { ...TYPENAME, variables: [] } },
  ),
  row(
    'an operationName that is a number',
    'HTTP-2',
    400,
    errors(BAD, 'The parameter "operationName" is not a string.'),
    { body: { ...TYPENAME, operationName: 1 } },
  ),
  row(
    'extensions that are a string',
    'HTTP-2',
    400,
    errors(BAD, 'Expected "extensions" param to be empty or an object, but given string.'),
    { body: { ...TYPENAME, extensions: 'x' } },
  ),
  row('an unknown parameter', 'HTTP-2', 400, errors(BAD, 'Unexpected parameter "nothing" in the request body.'), {
    body: { ...TYPENAME, nothing: 1 },
  }),
  ...[
    'application/graphql',
    'application/x-www-form-urlencoded',
    'text/plain',
    'multipart/form-data; boundary=x',
    'application/json-seq',
    'text/plain; application/json',
    'application/jsonx',
  ].map(type =>
    row(
      `the content type ${type}`,
      'HTTP-1',
      415,
      errors(BAD, `Send the operation as application/json, not ${type.split(';')[0]}.`),
      { body: JSON.stringify(TYPENAME), headers: { 'content-type': type } },
    ),
  ),
  row(
    'no content type',
    'HTTP-1',
    415,
    errors(BAD, 'Send the operation as application/json, not without a content type.'),
    {
      body: JSON.stringify(TYPENAME),
      headers: { 'content-type': '' },
    },
  ),
  row('a mutation by GET', 'HTTP-3', 405, errors(BAD, 'Send a mutation by POST: GET is for subscriptions only.'), {
    method: 'GET',
    path: get('mutation { enter(username: "byget") { token } }'),
  }),
  row(
    'a mutation by GET over SSE',
    'HTTP-3',
    405,
    streamed(BAD, 'Send a mutation by POST: GET is for subscriptions only.'),
    {
      method: 'GET',
      path: get('mutation { enter(username: "byget") { token } }'),
      headers: SSE,
    },
  ),
  row('a query by GET', 'HTTP-3', 405, errors(BAD, 'Send a query by POST: GET is for subscriptions only.'), {
    method: 'GET',
    path: get('{ __typename }'),
  }),
  row(
    'a query by GET behind a subscription',
    'HTTP-3',
    405,
    streamed(BAD, 'Send a query by POST: GET is for subscriptions only.'),
    {
      method: 'GET',
      path: get(`query Q { __typename } ${FEED.replace('subscription', 'subscription S')}`, '&operationName=Q'),
      headers: SSE,
    },
  ),
  row('GET without a query', 'HTTP-3', 400, streamed(BAD, 'Must provide query string.'), {
    method: 'GET',
    headers: SSE,
  }),
  row('GET whose variables are not JSON', 'SSE-2', 400, streamed(BAD, 'The parameter "variables" is not JSON.'), {
    method: 'GET',
    path: get(FEED, '&variables=%7B'),
    headers: SSE,
  }),
  row('GET whose extensions are not JSON', 'SSE-2', 400, streamed(BAD, 'The parameter "extensions" is not JSON.'), {
    method: 'GET',
    path: get(FEED, '&extensions=%7B'),
    headers: SSE,
  }),
  row('PUT', 'HTTP-3', 405, errors(BAD, 'GraphQL only supports GET and POST requests.'), {
    method: 'PUT',
    body: TYPENAME,
  }),
  row('DELETE', 'HTTP-3', 405, errors(BAD, 'GraphQL only supports GET and POST requests.'), {
    method: 'DELETE',
    body: TYPENAME,
  }),
  row('PATCH', 'HTTP-3', 405, errors(BAD, 'GraphQL only supports GET and POST requests.'), {
    method: 'PATCH',
    body: TYPENAME,
  }),
  row('TRACE', 'HTTP-3', 405, errors(BAD, 'GraphQL only supports GET and POST requests.'), { method: 'TRACE' }),
  row('a body over the size', 'HTTP-4', 413, errors(BAD, 'Request body too large'), {
    body: JSON.stringify({ query: `{ __typename } #${'x'.repeat(65_536)}` }),
  }),
  row('a body that claims 2^53 bytes', 'HTTP-4', 413, errors(BAD, 'Request body too large'), ({ host }) => ({
    raw: `POST /graphql HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: 9007199254740993\r\n\r\n{`,
  })),
  row('two lengths', 'HTTP-6', 400, '', ({ host }) => ({
    raw: `POST /graphql HTTP/1.1\r\nHost: ${host}\r\nContent-Type: application/json\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}`,
  })),
  row('a length and chunks', 'HTTP-6', 400, '', ({ host }) => ({
    raw: `POST /graphql HTTP/1.1\r\nHost: ${host}\r\nContent-Type: application/json\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n`,
  })),
  row('a chunk whose size is nonsense', 'HTTP-6', 400, '', ({ host }) => ({
    raw: `POST /graphql HTTP/1.1\r\nHost: ${host}\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n{}`,
  })),
  row('a Host that is no host', 'HTTP-2', 400, errors(BAD, 'The Host header names no host.'), {
    raw: 'POST /graphql HTTP/1.1\r\nHost: [\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: 26\r\n\r\n{"query":"{ __typename }"}',
  }),
  ...['application/json', 'application/graphql-response+json', 'multipart/mixed', '*/*'].map(accept =>
    row(
      `a subscription by whoever accepts ${accept}`,
      'SSE-1',
      406,
      // Nor does it take an error.
      accept === 'multipart/mixed' ? '' : errors(BAD, 'A subscription is a stream: accept text/event-stream.'),
      ({ mallory }) => ({ body: { query: FEED }, headers: { accept, ...bearer(mallory.token) } }),
    ),
  ),
  row(
    'a syntax error',
    'HTTP-5',
    400,
    errors('GRAPHQL_PARSE_FAILED', 'Syntax Error: Expected Name, found <EOF>.', {
      locations: [{ line: 1, column: 2 }],
    }),
    { body: { query: '{' }, headers: RESPONSE_JSON },
  ),
  row(
    'an unknown field',
    'HTTP-5',
    400,
    errors('GRAPHQL_VALIDATION_FAILED', 'Cannot query field "nothing" on type "Query".', {
      locations: [{ line: 1, column: 3 }],
    }),
    { body: { query: '{ nothing }' }, headers: RESPONSE_JSON },
  ),
  row(
    'a missing variable',
    'HTTP-5',
    400,
    errors('BAD_USER_INPUT', 'Variable "$x" of required type "Int!" was not provided.', {
      locations: [{ line: 1, column: 8 }],
    }),
    {
      body: { query: 'query ($x: Int!) { messages(limit: $x) { nodes { id } } }' },
      headers: RESPONSE_JSON,
    },
  ),
  row(
    '1,001 tokens',
    'LIMIT-2',
    400,
    errors('GRAPHQL_PARSE_FAILED', 'Syntax Error: Document contains more that 1000 tokens. Parsing aborted.', {
      locations: [{ line: 1, column: 10992 }],
    }),
    {
      body: { query: `{ ${'__typename '.repeat(999)}}` },
      headers: RESPONSE_JSON,
    },
  ),
  row(
    'an unknown operation',
    'HTTP-5',
    400,
    errors('BAD_USER_INPUT', 'Could not determine what operation to execute.'),
    { body: { ...TYPENAME, operationName: 'B' }, headers: RESPONSE_JSON },
  ),
  row(
    'what needs an account',
    'ENTER-9',
    200,
    executed('UNAUTHENTICATED', 'This needs an account: call `enter`, or send its token.', {
      locations: [{ line: 1, column: 3 }],
      path: ['sessions'],
    }),
    { body: { query: '{ sessions { id } }' } },
  ),
  row(
    'a feed over SSE without an account',
    'SSE-6',
    200,
    streamed('UNAUTHENTICATED', 'This needs an account: call `enter`, or send its token.'),
    { body: { query: FEED }, headers: SSE },
  ),
  row(
    'a feed over SSE with a damaged cursor',
    'SSE-6',
    200,
    streamed('CURSOR_INVALID', 'That cursor is damaged: copy it whole.'),
    ({ mallory }) => ({
      body: { query: 'subscription { onMessage(since: "nonsense") { text } }' },
      headers: { ...SSE, ...bearer(mallory.token) },
    }),
  ),
  row(
    'a feed over SSE with a damaged Last-Event-ID',
    'SSE-4',
    200,
    streamed('CURSOR_INVALID', 'That cursor is damaged: copy it whole.'),
    ({ mallory }) => ({
      body: { query: FEED },
      headers: { ...SSE, ...bearer(mallory.token), 'last-event-id': '\u00ff' },
    }),
  ),
  row(
    'a feed over SSE with a directive at its root',
    'SSE-3',
    200,
    streamed('BAD_USER_INPUT', 'Over SSE a subscription has no directive at its root.'),
    ({ mallory }) => ({
      body: { query: 'subscription { onMessage @skip(if: false) { text } }' },
      headers: { ...SSE, ...bearer(mallory.token) },
    }),
  ),
  row(
    'a foreign Origin',
    'ORIGIN-1',
    403,
    errors('FORBIDDEN', 'This origin may not use this server: see ALLOWED_ORIGINS.'),
    {
      body: TYPENAME,
      headers: { origin: 'https://evil.example' },
    },
  ),
  row(
    'a foreign Origin with a cookie',
    'ORIGIN-1',
    403,
    errors('FORBIDDEN', 'This origin may not use this server: see ALLOWED_ORIGINS.'),
    ({ mallory }) => ({
      body: TYPENAME,
      headers: { origin: 'https://evil.example', cookie: `recado=${mallory.token}` },
    }),
  ),
  row(
    'Origin null',
    'ORIGIN-1',
    403,
    errors('FORBIDDEN', 'This origin may not use this server: see ALLOWED_ORIGINS.'),
    {
      body: TYPENAME,
      headers: { origin: 'null' },
    },
  ),
  row(
    'a token in the URL',
    'AUTH-7',
    400,
    errors(BAD, 'A token does not belong into a URL: send it as a header.'),
    ({ mallory }) => ({
      path: `?token=${mallory.token}`,
      body: TYPENAME,
    }),
  ),
  row(
    'a token that is no session’s',
    'AUTH-4',
    401,
    errors('UNAUTHENTICATED', 'That token is not, or no longer, good: call `enter`.'),
    {
      body: TYPENAME,
      headers: bearer('A'.repeat(43)),
    },
  ),
  row(
    'an Authorization of another kind',
    'AUTH-4',
    401,
    errors('UNAUTHENTICATED', 'That token is not, or no longer, good: call `enter`.'),
    {
      body: TYPENAME,
      headers: { authorization: 'Basic am9hbzpzZWNyZXQ=' },
    },
  ),
  row(
    'a bad token above a good cookie',
    'AUTH-3',
    401,
    errors('UNAUTHENTICATED', 'That token is not, or no longer, good: call `enter`.'),
    ({ mallory }) => ({
      body: TYPENAME,
      headers: { ...bearer('x'), cookie: `recado=${mallory.token}` },
    }),
  ),
  row('a path that leaves the page’s folder', 'HTTP-3', 404, 'Not found\n', {
    method: 'GET',
    path: '/../package.json',
  }),
  row('the same, encoded', 'HTTP-3', 404, 'Not found\n', { method: 'GET', path: '/%2e%2e/%2e%2e/package.json' }),
  row('the same, with backslashes', 'HTTP-3', 404, 'Not found\n', { method: 'GET', path: '/..%5c..%5cpackage.json' }),
  row('a NUL in the path', 'HTTP-3', 404, 'Not found\n', { method: 'GET', path: '/index%00.html' }),
  row('a broken escape in the path', 'HTTP-3', 404, 'Not found\n', { method: 'GET', path: '/%zz' }),
  row('another HTTP version', 'HTTP-6', 400, '', { raw: 'GET / HTTP/9.9\r\n\r\n' }),
  row('HTTP/2 without being asked', 'HTTP-6', 400, '', { raw: 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n' }),
  row('__proto__ in the body', 'HTTP-2', 400, errors(BAD, 'Unexpected parameter "__proto__" in the request body.'), {
    body: '{"query":"{ __typename }","__proto__":{"polluted":1}}',
  }),
  row(
    '__proto__ in variables',
    'CURSOR-3',
    200,
    executed('CURSOR_INVALID', 'That cursor is damaged: copy it whole.', {
      locations: [{ line: 1, column: 22 }],
      path: ['messages'],
    }),
    ({ mallory }) => ({
      body: '{"query":"query ($s: Cursor) { messages(since: $s) { nodes { id } } }","variables":{"s":{"__proto__":{"polluted":1}},"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}}',
      headers: bearer(mallory.token),
    }),
  ),
]
