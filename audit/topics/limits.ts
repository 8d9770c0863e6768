// Limits, error codes, and what the server says of itself.
import { must } from '../audit.ts'
import type { Bench } from '../bench.ts'
import { check, codeOf, refused, same, skip } from '../check.ts'
import { ENTER, EVENTS, PAGE, SEND, SERVER } from '../documents.ts'
import type { Socket } from '../wire/socket.ts'

/** A document over a limit is refused with this code, over HTTP and on a socket. */
async function over(bench: Bench, query: string, code: string): Promise<void> {
  await bench.refuses(null, query, {}, code, 'the code over HTTP')
  const socket = await bench.socket(null)
  same(await socket.subscribe(query).refusal('the document on a socket'), code, 'the code on a socket')
}

const aliases = (count: number, field: string): string =>
  `{ ${Array.from({ length: count }, (_, n) => `a${n}: ${field}`).join(' ')} }`

const live = (socket: Socket): Promise<unknown> =>
  socket.subscribe(EVENTS, {}).until(({ __typename }) => __typename === 'CaughtUp', 'CaughtUp')

export const limits = [
  must(
    'LIMIT-1',
    'say in `Query.server.limits` what a client needs to know, as whole numbers, 0 being no limit',
    async bench => {
      const { server } = await bench.data(null, SERVER)
      for (const [name, value] of Object.entries(server.limits)) {
        check(Number.isInteger(value) && (value as number) >= 0, `${name} is ${value}`)
      }
      check(typeof server.epoch === 'string' && server.epoch !== '', 'there is no epoch')
    },
  ),
  must('LIMIT-2a', 'refuse a document of far too many tokens with GRAPHQL_PARSE_FAILED', bench =>
    over(bench, `{ ${'__typename '.repeat(4_000)}}`, 'GRAPHQL_PARSE_FAILED'),
  ),
  must('LIMIT-2b', 'refuse a document of far too many aliases with BAD_USER_INPUT', bench =>
    over(bench, aliases(60, 'server { version }'), 'BAD_USER_INPUT'),
  ),
  must('LIMIT-2c', 'refuse a document that costs far too much with BAD_USER_INPUT', bench =>
    over(
      bench,
      aliases(
        12,
        'messages(limit: 100) { nodes { id text cursor sentAt from { id username online } to { id username } } }',
      ),
      'BAD_USER_INPUT',
    ),
  ),
  must('LIMIT-2d', 'take introspection of any depth', async bench => {
    const query = '{ __schema { types { fields { type { ofType { ofType { ofType { ofType { name } } } } } } } } }'
    const result = await bench.ask(null, query)
    if (/introspection/i.test(result.errors?.[0]?.message ?? '')) skip('introspection is switched off')
    same(codeOf(result), null, 'the code')
  }),
  must(
    'LIMIT-3a',
    'refuse one subscription too many on a socket with SUBSCRIPTION_LIMIT, until another has ended',
    async bench => {
      const { subscriptionsPerSocket: most } = bench.server.limits
      if (most === 0) skip('subscriptionsPerSocket is 0: no limit')
      if (most > 200) skip(`subscriptionsPerSocket is ${most}: too many to try`)
      const socket = await bench.socket(await bench.person())
      const first = socket.subscribe(EVENTS, {})
      await first.next('CaughtUp')
      for (let n = 1; n < most; n++) await live(socket)
      same(await socket.subscribe(EVENTS, {}).refusal('one too many'), 'SUBSCRIPTION_LIMIT', 'the code')
      same((await socket.run('{ __typename }')).data, { __typename: 'Query' }, 'a query on the full socket')
      first.stop()
      await live(socket)
    },
  ),
  must(
    'LIMIT-3b',
    'refuse far too many distinct subscriptions of an address with SUBSCRIPTION_LIMIT, `since` making none distinct',
    async bench => {
      const ana = await bench.person()
      const { cursor } = await bench.send(ana, bench.word(), ana)
      const socket = await bench.socket(ana)
      const distinct = (n: number): string => `subscription ($since: Cursor) { onMessage(since: $since) { a${n}: id } }`
      for (let n = 0; n < 45; n++) {
        const operation = socket.subscribe(distinct(n), {})
        // What was read before the second question was refused before its answer.
        await socket.run('{ __typename }')
        await socket.run('{ __typename }')
        const [message] = operation.inbox.takeAll()
        if (message?.type !== 'error') continue
        same(message.payload[0]?.extensions?.code, 'SUBSCRIPTION_LIMIT', 'the code')
        const known = socket.subscribe(distinct(0), { since: cursor })
        await bench.send(ana, bench.word(), ana)
        await known.next('a message of an operation that was known, with `since`')
        return
      }
      skip('45 distinct subscriptions were let in: no limit, or a higher one')
    },
    { alone: true },
  ),
  must('LIMIT-4', 'close one socket too many of an account with 1013', async bench => {
    const ana = await bench.stranger()
    for (let n = 0; n < 60; n++) {
      const socket = await bench.connect()
      socket.send({ type: 'connection_init', payload: { authorization: ana.token } })
      const answer = await socket.receive('connection_ack').catch(() => null)
      if (answer?.type === 'connection_ack') continue
      same((await socket.ended()).code, 1013, 'the close code')
      return
    }
    skip('60 sockets of one account were let in: no limit, or a higher one')
  }),
  must(
    'LIMIT-5',
    'refuse too many tries for one name with RATE_LIMITED and `retryAfterMs`, and no other name',
    async bench => {
      const ana = await bench.stranger()
      for (let n = 0; n < 12; n++) {
        const variables = { username: ana.username }
        const { result } = await bench.post(ENTER, { variables, impatient: true })
        if (codeOf(result) === 'USERNAME_TAKEN') continue
        refused(result, 'RATE_LIMITED', 'one try too many')
        check(Number(result.errors?.[0]?.extensions?.retryAfterMs) > 0, 'there is no retryAfterMs')
        await bench.stranger()
        return
      }
      skip('12 tries for one name in a row were let in: no limit, or a higher one')
    },
  ),
  must('ERROR-1', 'give every error an `extensions.code` that is one of `ErrorCode`', async bench => {
    const { data } = await bench.ask(null, '{ __type(name: "ErrorCode") { enumValues { name } } }')
    if (!data?.__type) skip('introspection is switched off')
    const codes = new Set(data.__type.enumValues.map(({ name }: { name: string }) => name))
    const ana = await bench.person()
    const json = { 'content-type': 'application/json' }
    const results = [
      await bench.ask(null, '{'),
      await bench.ask(null, '{ nothingOfThisName }'),
      await bench.ask(null, PAGE, {}),
      await bench.ask(ana, PAGE, { since: 'nonsense' }),
      await bench.ask(ana, PAGE, { limit: 'x' }),
      await bench.ask(ana, SEND, { text: '' }),
      await bench.ask(ana, SEND, { text: '/nothing' }),
      (await bench.post('{ __typename }', { token: 'nobody-ever-had-this-token' })).result,
      (await bench.request({ method: 'POST', headers: json, body: '[]' })).result,
      (await bench.request({ method: 'POST', headers: json, body: '{' })).result,
      (await bench.request({ method: 'POST', headers: { 'content-type': 'text/plain' }, body: '{}' })).result,
      (await bench.request({}, '?query=%7B__typename%7D')).result,
    ]
    for (const [index, { errors = [] }] of results.entries()) {
      check(errors.length > 0, `the bad request number ${index + 1} got no error`)
      for (const { extensions, message } of errors) {
        check(codes.has(extensions?.code), `the error ${JSON.stringify(message)} has the code ${extensions?.code}`)
      }
    }
  }),
  must(
    'COMPAT-1',
    'say in `Server.protocol` the version as `major.minor`, 1 being the major of these clauses',
    async bench => {
      const { protocol } = (await bench.data(null, SERVER)).server
      check(/^1\.\d+$/.test(protocol), `the version is ${protocol}`)
    },
  ),
]
