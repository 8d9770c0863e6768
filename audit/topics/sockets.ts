// Sockets: the rules of graphql-transport-ws, and what Recado asks beyond them.
import { randomUUID } from 'node:crypto'
import { must } from '../audit.ts'
import type { Bench } from '../bench.ts'
import { check, same, skip } from '../check.ts'
import { EVENTS, SEND } from '../documents.ts'
import { frame, OPCODE, textFrame } from '../wire/frame.ts'
import type { Socket } from '../wire/socket.ts'

const TYPENAME = '{ __typename }'

/** The operation is refused with `error` and this code, and the socket goes on. */
async function isError(bench: Bench, query: string, code: string, more: object = {}): Promise<void> {
  const ana = await bench.person()
  const socket = await bench.socket(ana)
  const feed = await bench.feedOn(socket, ana)
  socket.send({ id: 'bad', type: 'subscribe', payload: { query, ...more } })
  const answer = await socket.receive('an error')
  same([answer.type, answer.id, answer.payload?.[0]?.extensions?.code], ['error', 'bad', code], 'the answer')
  // Its id is free again, there was no `complete`, and other operations go on.
  const again = socket.subscribe(TYPENAME, undefined, 'bad')
  same((await again.message()).type, 'next', 'the next operation with that id')
  await feed.soFar()
}

/** The socket, acknowledged and with a feed, is closed with this code. */
async function isClosed(bench: Bench, code: number, break_: (socket: Socket) => void): Promise<void> {
  const socket = await bench.socket(await bench.person())
  break_(socket)
  const { code: got, reason } = await socket.ended()
  same(got, code, 'the close code')
  check(/^[\x20-\x7e]{0,122}$/.test(reason), `the close reason is no short ASCII: ${JSON.stringify(reason)}`)
}

/** What to break a socket with by one message: it is closed with 4400. */
function breaks(id: string, what: string, message: unknown) {
  return must(id, `close a socket that gets ${what} with 4400`, bench =>
    isClosed(bench, 4400, socket => socket.send(message)),
  )
}

/** What an operation does wrong: an `error`, and the socket stays open. */
function errs(id: string, what: string, code: string, query: string, more: object = {}) {
  return must(id, `answer ${what} with \`error\` and ${code}, and keep the socket and its operations`, bench =>
    isError(bench, query, code, more),
  )
}

/** An operation and its id work: as a query, again as a query, and as a feed. */
async function works(socket: Socket, id: string): Promise<void> {
  for (let round = 0; round < 2; round++) {
    const query = socket.subscribe(TYPENAME, undefined, id)
    same(await query.next('a result'), 'Query', `a query with the id ${JSON.stringify(id).slice(0, 30)}`)
    same((await query.message()).type, 'complete', 'the message after it')
  }
  const feed = socket.subscribe(EVENTS, {}, id)
  await feed.until(({ __typename }) => __typename === 'CaughtUp', 'CaughtUp')
  feed.stop()
}

export const sockets = [
  must('SOCK-1a', 'close a socket without a subprotocol with 4406', async bench => {
    const raw = await bench.upgrade({ protocol: null })
    if (raw.status === 101) same((await raw.ended(bench.ms)).code, 4406, 'the close code')
    else check(raw.status >= 400 && raw.status < 500, `the upgrade got status ${raw.status}`)
  }),
  must('SOCK-1b', 'close a socket with another subprotocol with 4406', async bench => {
    const raw = await bench.upgrade({ protocol: 'graphql-ws' })
    if (raw.status === 101) same((await raw.ended(bench.ms)).code, 4406, 'the close code')
    else check(raw.status >= 400 && raw.status < 500, `the upgrade got status ${raw.status}`)
  }),
  must('SOCK-1c', 'choose graphql-transport-ws among several subprotocols', async bench => {
    const raw = await bench.upgrade({ protocol: 'mqtt, graphql-transport-ws' })
    same(
      [raw.status, raw.headers.get('sec-websocket-protocol')],
      [101, 'graphql-transport-ws'],
      'the status and the subprotocol',
    )
  }),
  must(
    'SOCK-2a',
    'close a socket that sends no connection_init in time (20 s) with 4408',
    async bench => {
      const socket = await bench.connect()
      same(
        (await socket.ended('a close after the time for connection_init', bench.long(35_000))).code,
        4408,
        'the close code',
      )
    },
    { slow: true },
  ),
  must('SOCK-2b', 'close a socket at a second connection_init with 4429', async bench => {
    await isClosed(bench, 4429, socket => socket.send({ type: 'connection_init' }))
    const early = await bench.connect()
    early.send({ type: 'connection_init' })
    early.send({ type: 'connection_init' })
    same((await early.ended()).code, 4429, 'the close code of two at once')
  }),
  must('SOCK-2c', 'close a socket that subscribes before the acknowledgement with 4401', async bench => {
    const socket = await bench.connect()
    socket.subscribe(TYPENAME)
    same((await socket.ended()).code, 4401, 'the close code')
  }),
  must('SOCK-3a', 'answer a query on a socket with one `next`, then `complete`', async bench => {
    const socket = await bench.socket(null)
    const operation = socket.subscribe(TYPENAME)
    const { type, payload } = await operation.message()
    same([type, payload], ['next', { data: { __typename: 'Query' } }], 'the first message')
    same((await operation.message()).type, 'complete', 'the second message')
  }),
  must('SOCK-3b', 'answer a mutation on a socket with one `next`, then `complete`', async bench => {
    const socket = await bench.socket(await bench.person())
    const operation = socket.subscribe(SEND, { text: bench.word(), plain: true })
    const { type, payload } = await operation.message()
    same([type, payload?.errors], ['next', undefined], 'the first message')
    same((await operation.message()).type, 'complete', 'the second message')
  }),
  must('SOCK-3c', "answer a mutation's refusal with `next` and errors, then `complete`", async bench => {
    const socket = await bench.socket(await bench.person())
    const operation = socket.subscribe(SEND, { text: '', plain: true })
    const { type, payload } = await operation.message()
    same([type, payload?.errors?.[0]?.extensions?.code], ['next', 'TEXT_EMPTY'], 'the first message')
    same((await operation.message()).type, 'complete', 'the second message')
  }),
  errs('SOCK-4a', 'a syntax error', 'GRAPHQL_PARSE_FAILED', '{'),
  errs('SOCK-4b', 'a validation error', 'GRAPHQL_VALIDATION_FAILED', '{ nothingOfThisName }'),
  errs('SOCK-4c', 'an operation that the document does not have', 'BAD_USER_INPUT', 'query A { __typename }', {
    operationName: 'B',
  }),
  errs(
    'SOCK-4d',
    'a subscription with a damaged cursor',
    'CURSOR_INVALID',
    'subscription ($s: Cursor) { onMessage(since: $s) { id } }',
    { variables: { s: 'nonsense' } },
  ),
  errs('SOCK-4e', 'a document that nests 15,000 levels', 'GRAPHQL_PARSE_FAILED', `{ a(b: ${'['.repeat(15_000)}`),
  errs(
    'SOCK-4f',
    'a subscription whose variables do not fit',
    'BAD_USER_INPUT',
    'subscription ($s: Cursor!) { onMessage(since: $s) { id } }',
  ),
  breaks('SOCK-5a', 'something that is not JSON', 'hello'),
  breaks('SOCK-5b', 'an array', [{ type: 'ping' }]),
  breaks('SOCK-5c', 'a message of an unknown type', { type: 'hello' }),
  breaks('SOCK-5d', 'an empty id', { id: '', type: 'subscribe', payload: { query: TYPENAME } }),
  breaks('SOCK-5e', '`subscribe` without an id', { type: 'subscribe', payload: { query: TYPENAME } }),
  breaks('SOCK-5f', '`subscribe` without a query', { id: 'x', type: 'subscribe', payload: {} }),
  breaks('SOCK-5g', '`next`, which only servers send', { id: 'x', type: 'next', payload: { data: {} } }),
  breaks('SOCK-5h', '`connection_ack`, which only servers send', { type: 'connection_ack' }),
  breaks('SOCK-5i', '`complete` without an id', { type: 'complete' }),
  must('SOCK-5j', 'close a socket at an id that is in use with 4409', bench =>
    isClosed(bench, 4409, socket => {
      socket.subscribe(EVENTS, {}, 'twice')
      socket.subscribe(EVENTS, {}, 'twice')
    }),
  ),
  must('SOCK-6a', 'end an operation at `complete`, and send nothing more for it', async bench => {
    const ana = await bench.person()
    const socket = await bench.socket(ana)
    const feed = await bench.feedOn(socket, ana)
    const other = await bench.feedOn(socket, ana)
    feed.operation.stop()
    // What comes after the answer to this has left after the `complete` was read.
    await socket.run(TYPENAME)
    const echoed = socket.inbox.takeAll().filter(({ type }) => type === 'complete')
    same(echoed, [], 'a `complete` for an operation that the client has completed')
    await bench.send(ana, bench.word(), ana)
    await other.soFar()
    same(socket.inbox.takeAll(), [], 'messages of an operation that was completed')
  }),
  must('SOCK-6b', 'ignore `complete` for an unknown id', async bench => {
    const socket = await bench.socket(null)
    for (const id of ['never', '__proto__']) socket.send({ id, type: 'complete' })
    same((await socket.run(TYPENAME)).data, { __typename: 'Query' }, 'a query afterwards')
  }),
  must(
    'SOCK-7a',
    'take any id, `__proto__` and `constructor` included, and take it again once it has ended',
    async bench => {
      const socket = await bench.socket(await bench.person())
      for (const id of ['__proto__', 'constructor', '"quoted"\\', 'é\u2028\u{1F4A9}']) await works(socket, id)
    },
  ),
  must('SOCK-7b', 'take an id of 256 characters', async bench => {
    await works(await bench.socket(await bench.person()), 'x'.repeat(256))
  }),
  must('SOCK-7c', 'refuse an id of 257 characters with BAD_USER_INPUT, and keep the socket', async bench => {
    const socket = await bench.socket(null)
    same(
      await socket.subscribe(TYPENAME, undefined, 'x'.repeat(257)).refusal('a long id'),
      'BAD_USER_INPUT',
      'the code',
    )
    same((await socket.run(TYPENAME)).data, { __typename: 'Query' }, 'a query afterwards')
  }),
  must('SOCK-8', 'answer `ping` with `pong` and the same payload, also before the acknowledgement', async bench => {
    const socket = await bench.connect()
    const payload = { n: randomUUID() }
    socket.send({ type: 'ping', payload })
    same(await socket.receive('pong'), { type: 'pong', payload }, 'the answer to a ping with a payload')
    await socket.initialise()
    socket.send({ type: 'ping' })
    same((await socket.receive('pong')).type, 'pong', 'the answer to a ping')
  }),
  must('SOCK-9a', 'negotiate no extension', async bench => {
    const raw = await bench.upgrade({ headers: { 'Sec-WebSocket-Extensions': 'permessage-deflate' } })
    same([raw.status, raw.headers.get('sec-websocket-extensions')], [101, undefined], 'the answer to the upgrade')
  }),
  must('SOCK-9b', 'close a socket at a binary frame with 1003', bench =>
    isClosed(bench, 1003, socket => socket.write(frame({ opcode: OPCODE.binary, payload: '{"type":"ping"}' }))),
  ),
  must('SOCK-9c', 'take a message in 64 fragments', async bench => {
    const socket = await bench.connect()
    const message = '{"type":"ping"}'.padEnd(64)
    for (let n = 0; n < 64; n++) {
      const opcode = n === 0 ? OPCODE.text : OPCODE.continuation
      socket.write(frame({ opcode, fin: n === 63, payload: message.slice(n, n + 1) }))
    }
    same((await socket.receive('pong')).type, 'pong', 'the answer')
  }),
  must('SOCK-9d', 'close a socket at a message in more than 64 fragments with 1008', bench =>
    isClosed(bench, 1008, socket => {
      socket.write(frame({ opcode: OPCODE.text, fin: false, payload: '{' }))
      for (let n = 0; n < 70; n++) socket.write(frame({ opcode: OPCODE.continuation, fin: false, payload: ' ' }))
    }),
  ),
  must('SOCK-9e', 'close a socket at a message over `Limits.messageBytes` with 1009', async bench => {
    const { messageBytes } = bench.server.limits
    if (messageBytes === 0) skip('messageBytes is 0: no limit')
    await isClosed(bench, 1009, socket => socket.write(textFrame(' '.repeat(messageBytes + 1))))
  }),
  must('SOCK-9f', 'answer a control ping between the fragments of a message', async bench => {
    const raw = await bench.upgrade()
    raw.write(frame({ opcode: OPCODE.text, fin: false, payload: '{"type":' }))
    raw.write(frame({ opcode: OPCODE.ping, payload: 'here?' }))
    const pong = await raw.frame(bench.ms)
    same([pong.opcode, String(pong.payload)], [OPCODE.pong, 'here?'], 'the answer to a control ping')
    raw.write(frame({ opcode: OPCODE.continuation, payload: '"ping"}' }))
    same(JSON.parse(String((await raw.frame(bench.ms)).payload)).type, 'pong', 'the answer to the message')
  }),
  must('SOCK-9g', 'send text frames, unmasked, whole and without reserved bits', async bench => {
    const raw = await bench.upgrade()
    raw.write(textFrame('{"type":"connection_init"}'))
    const { fin, opcode, payload } = await raw.frame(bench.ms)
    same([fin, opcode], [true, OPCODE.text], 'the frame of connection_ack')
    same(JSON.parse(String(payload)).type, 'connection_ack', 'its message')
  }),
]
