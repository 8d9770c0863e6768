// Messages of graphql-transport-ws, frames, HTTP and streams that break their rules.
import type { Json } from '../mutant-proxy.ts'
import { type Mutant, mutant } from './mutant.ts'

export const wire: readonly Mutant[] = [
  mutant('no subprotocol is chosen', 'SOCK-1c', () => ({
    upgradeAnswer: head => head.replace(/\r\nsec-websocket-protocol:[^\r]*/i, ''),
  })),
  mutant('an extension is negotiated', 'SOCK-9a', () => ({
    upgradeAnswer: head => `${head}\r\nSec-WebSocket-Extensions: permessage-deflate`,
  })),
  mutant('`complete` comes before the result', 'SOCK-3a SOCK-3b SOCK-3c SOCK-7a SOCK-7b', () => ({
    fromServer(message, wire) {
      const isFeed = /^\s*subscription/.test(wire.operations.get(message.id)?.query ?? '')
      if (message.type === 'next' && !isFeed) return [{ id: message.id, type: 'complete' }, message]
      return message.type === 'complete' ? [] : [message]
    },
  })),
  mutant('`complete` of a client is echoed', 'SOCK-6a', () => ({
    fromClient(message, wire) {
      if (message.type === 'complete') wire.inject({ id: message.id, type: 'complete' })
      return [message]
    },
  })),
  mutant('`complete` of a client ends nothing', 'SOCK-6a LIMIT-3a', () => ({
    fromClient: message => (message.type === 'complete' ? [] : [message]),
  })),
  mutant('`complete` for an unknown id closes the socket', 'SOCK-6b', () => ({
    fromClient(message, wire) {
      if (message.type === 'complete' && !wire.operations.has(message.id)) wire.close(4400)
      return [message]
    },
  })),
  mutant('ids that look odd are refused', 'SOCK-7a SOCK-7b', () => ({
    fromClient(message, wire) {
      if (message.type !== 'subscribe' || /^(?!__)[\w-]{1,64}$/.test(message.id)) return [message]
      wire.inject({
        id: message.id,
        type: 'error',
        payload: [{ message: 'x', extensions: { code: 'BAD_USER_INPUT' } }],
      })
      return []
    },
  })),
  mutant('ids of any length are taken', 'SOCK-7c', () => ({
    fromClient(message, wire) {
      if (message.type !== 'subscribe' || message.id.length < 257) return [message]
      wire.inject({ id: message.id, type: 'next', payload: { data: {} } })
      return []
    },
  })),
  mutant('`pong` forgets the payload', 'SOCK-8', () => ({
    fromServer: message => [message.type === 'pong' ? { type: 'pong' } : message],
  })),
  mutant('`ping` is not answered', 'SOCK-8 SOCK-9c', () => ({
    fromServer: message => (message.type === 'pong' ? [] : [message]),
  })),
  mutant('a control ping is answered with nothing in it', 'SOCK-9f BEAT-2', () => ({
    serverFrame: frame => [frame.opcode === 10 ? { ...frame, payload: Buffer.alloc(0) } : frame],
  })),
  mutant('fragments are not taken', 'SOCK-9c SOCK-9f', () => ({
    clientFrame(frame, wire) {
      if (!frame.fin) wire.close(1003)
      return [frame]
    },
  })),
  mutant('messages leave in fragments', 'SOCK-9g', () => ({
    serverFrame: ({ fin, opcode, payload }) =>
      opcode === 1
        ? [
            { fin: false, opcode: 1, payload: payload.subarray(0, 4) },
            { fin: true, opcode: 0, payload: payload.subarray(4) },
          ]
        : [{ fin, opcode, payload }],
  })),
  mutant('silent sockets are not asked', 'BEAT-1a', () => ({
    serverFrame: frame => (frame.opcode === 9 ? [] : [frame]),
  })),
  mutant('dead sockets are closed as if they lived', 'BEAT-1b', () => ({
    cut: wire => wire.close(1001),
  })),
  mutant('a query may come by GET', 'HTTP-3a', () => ({
    request: ({ method, url }) =>
      method === 'GET' && url.includes('__typename') ? { status: 200, headers: {}, body: '{"data":{}}' } : undefined,
  })),
  mutant('a mutation may come by GET', 'HTTP-3b ORIGIN-4', () => ({
    request(request) {
      const query = new URL(request.url, 'http://x').searchParams.get('query')
      if (request.method !== 'GET' || !query?.startsWith('mutation')) return undefined
      request.method = 'POST'
      request.url = '/graphql'
      request.headers['content-type'] = 'application/json'
      request.body = JSON.stringify({ query })
      return undefined
    },
  })),
  mutant('any content type is taken', 'HTTP-1a HTTP-1b HTTP-1c HTTP-1d HTTP-1e', () => ({
    request(request) {
      if (request.method !== 'POST') return undefined
      if (request.headers['content-type']?.startsWith('application/json')) return undefined
      request.headers['content-type'] = 'application/json'
      request.body = '{"query":"{ __typename }"}'
      return undefined
    },
  })),
  mutant('a batch is taken', 'HTTP-2a', () => ({
    request: ({ body }) => (body.startsWith('[') ? { status: 200, headers: {}, body: '[]' } : undefined),
  })),
  mutant('GraphiQL comes as plain text', 'HTTP-3d', () => ({
    answer(answer, { headers }) {
      if (headers.accept?.includes('text/html')) answer.headers['content-type'] = 'text/plain'
    },
  })),
  mutant('a body of the size is too large', 'HTTP-4c', () => ({
    request: ({ body }) => (body.length >= 65_536 ? { status: 413, headers: {}, body: '' } : undefined),
  })),
  mutant('the size of a body has no limit', 'HTTP-4b', () => ({
    request: ({ body }) => (body.length > 65_536 ? { status: 200, headers: {}, body: '{"data":{}}' } : undefined),
  })),
  mutant('everything is application/json', 'HTTP-5a HTTP-5/22EB', () => ({
    answer(answer) {
      answer.headers['content-type'] = 'application/json; charset=utf-8'
    },
  })),
  mutant(
    'every answer has status 200',
    'HTTP-5b HTTP-5/865D HTTP-5/556A HTTP-5/51FE HTTP-5/74FF HTTP-5/86EE HTTP-5/B7N8 HTTP-5/BCF8 HTTP-5/9ABE',
    () => ({
      answer(answer) {
        answer.status = 200
      },
    }),
  ),
  mutant('what a resolver refuses has status 400', 'HTTP-5c', () => ({
    answer(answer) {
      if (answer.status === 200 && answer.body.includes('"errors"')) answer.status = 400
    },
  })),
  mutant("the server's own Origin is foreign", 'ORIGIN-1d', () => ({
    upgrade: ({ headers }) => (headers.origin ? 403 : undefined),
  })),
  mutant('whoever has no Origin stays outside', 'ORIGIN-1e', () => ({
    upgrade: ({ headers }) => (headers.origin ? undefined : 403),
  })),
  mutant('a foreign Origin comes in', 'ORIGIN-1a ORIGIN-1b ORIGIN-1c', () => ({
    request(request) {
      delete request.headers.origin
      return undefined
    },
    upgrade(head) {
      delete head.headers.origin
      return undefined
    },
  })),
  mutant('a cookie comes in without an Origin', 'ORIGIN-2', () => ({
    upgrade(head) {
      delete head.headers.cookie
      return undefined
    },
  })),
  mutant('every page may read answers', 'ORIGIN-3', () => ({
    answer(answer) {
      answer.headers['access-control-allow-origin'] = '*'
    },
  })),
  mutant('streams are plain JSON', 'SSE-1a AUTH-1d', () => ({
    request(request) {
      if (request.headers.accept === 'text/event-stream') request.headers.accept = 'application/json'
      return undefined
    },
  })),
  mutant('a stream has another name for its events', 'SSE-1a SSE-1b SSE-2 SSE-6a', () => ({
    event: block => block.replace('event: next', 'event: message'),
  })),
  mutant('a stream does not say that it is complete', 'SSE-1a SSE-6a SSE-6b CURSOR-6', () => ({
    event: block => (block.startsWith('event: complete') ? null : block),
  })),
  mutant('messages of a stream are lost', 'SSE-1b PROMISE-4b', () => ({
    event: block => (block.includes('"MessageAdded"') ? null : block),
  })),
  mutant('a subscription by GET is refused', 'SSE-2', () => ({
    request: ({ method }) => (method === 'GET' ? { status: 405, headers: {}, body: '' } : undefined),
  })),
  mutant('events of a stream have no id', 'SSE-3a SSE-3b', () => ({
    event: block => block.replace(/^id: .*\n/m, ''),
  })),
  mutant('a directive at the root is taken', 'SSE-3c', () => ({
    operation(operation) {
      operation.query = operation.query.replace('onMessage @include(if: true) { id }', 'onEvent { __typename }')
    },
  })),
  mutant('Last-Event-ID is not read', 'SSE-4a SSE-4c', () => ({
    request(request) {
      delete request.headers['last-event-id']
      return undefined
    },
  })),
  mutant('an empty Last-Event-ID begins now', 'SSE-4b', () => ({
    request(request) {
      if (request.headers['last-event-id'] !== '') return undefined
      const body: Json = JSON.parse(request.body)
      delete body.variables.since
      request.body = JSON.stringify(body)
      return undefined
    },
  })),
  mutant('silent streams have no comments', 'SSE-5', () => ({
    event: block => (block.startsWith(':') ? null : block),
  })),
  mutant('there is a single connection mode', 'SSE-7', () => ({
    request: ({ method }) => (method === 'PUT' ? { status: 201, headers: {}, body: 'token' } : undefined),
  })),
  mutant('introspection is a document like any other', 'LIMIT-2d', () => ({
    result: (result, { query }) =>
      query.startsWith('{ __schema')
        ? { errors: [{ message: 'too deep', extensions: { code: 'BAD_USER_INPUT' } }] }
        : result,
  })),
  mutant('limits are not numbers', 'LIMIT-1', () => ({
    json: text => text.replace(/"textBytes":\d+/, '"textBytes":-1'),
  })),
  mutant('it is another protocol', 'COMPAT-1', () => ({
    json: text => text.replace(/"protocol":"1\./, '"protocol":"2.'),
  })),
  mutant('answers have no id', 'HTTP-8a HTTP-8b', () => ({
    answer({ headers }) {
      delete headers['x-request-id']
    },
  })),
  mutant('the id of a request is not read', 'HTTP-8a', () => ({
    request({ headers }) {
      delete headers['x-request-id']
      return undefined
    },
  })),
  mutant('all answers have one id', 'HTTP-8b', () => ({
    answer({ headers }) {
      headers['x-request-id'] = 'one'
    },
  })),
]
