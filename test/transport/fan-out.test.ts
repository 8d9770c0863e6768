// The fan-out against graphql-js: whatever a client asks for, each frame that it gets says what graphql-js `subscribe`
// yields for it. Real sockets, a real log in memory, documents at random.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import fc from 'fast-check'
import { type ExecutionResult, parse, subscribe } from 'graphql'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { createLocalBus } from '../../server/bus/local.ts'
import { createCursorCodec } from '../../server/domain/cursor.ts'
import type { MessageEntry } from '../../server/domain/entry.ts'
import { Refusal } from '../../server/domain/errors.ts'
import { LAST_DAY } from '../../server/domain/time.ts'
import { createLog } from '../../server/feed/log.ts'
import { createPresence } from '../../server/feed/presence.ts'
import { createTyping } from '../../server/feed/typing.ts'
import type { Context } from '../../server/graphql/context.ts'
import { createDocuments } from '../../server/graphql/documents.ts'
import { createMasking } from '../../server/graphql/masking.ts'
import { createExecutableSchema, type ResolverOptions } from '../../server/graphql/resolvers.ts'
import type { Store } from '../../server/store/store.ts'
import { createConnections } from '../../server/transport/connections.ts'
import { createSessionCookie } from '../../server/transport/cookies.ts'
import { createGroups } from '../../server/transport/fan-out/groups.ts'
import { createOperations } from '../../server/transport/fan-out/operation.ts'
import { createOrigins } from '../../server/transport/origin.ts'
import { createSubscriptions } from '../../server/transport/subscriptions.ts'
import { createTurns } from '../../server/transport/turns.ts'
import { createWebSocketHandler } from '../../server/transport/websocket.ts'
import { createMemoryStore } from '../feed/memory-store.ts'
import { until } from '../setup/until.ts'

const [ANA, JOAO] = ['ana', 'João'].map(username => ({ id: `id-${username}`, username })) as [
  { id: string; username: string },
  { id: string; username: string },
]
const TEXTS = ['oi', 'olá, mundo', '"quoted" \\ and \u2028 lines', 'x'.repeat(200), '🙂'.repeat(30_000)]
const EPOCH = 'abcdefgh'

/** Everything between a socket and the log, with accounts that a test needs no password for. */
async function createRig() {
  const bus = createLocalBus()
  const store = createMemoryStore(bus.publish, () => 0)
  const storage = { isAway: false }
  const onError = (error: unknown): void => {
    if (!(error instanceof Refusal)) throw error
  }
  const log = await createLog({ store: store as unknown as Store, bus, tailEntries: 64, onError })
  const presence = createPresence({ onGone() {} })
  const cursors = createCursorCodec(EPOCH)
  const masking = createMasking({ onUnexpected: onError, onRefused() {} })
  const subscriptions = createSubscriptions({
    log,
    presence,
    devices: { watch: () => () => {} },
    readPositions: {} as never,
    typing: createTyping({ bus }),
    cursors,
    groups: () => groups,
    backlogBytes: 1024 * 1024,
    onError,
  })
  const accounts = {
    // A field that asks the store: the group has to wait for it.
    async byId(id: string) {
      if (storage.isAway) throw new Refusal('STORAGE_UNAVAILABLE')
      return { id, username: id, createdAt: 0, lastSeenAt: 1_700_000_000_000, deletedAt: null }
    },
  }
  const unused = {} as never
  const schema = createExecutableSchema({
    accounts: accounts as unknown as ResolverOptions['accounts'],
    sessions: unused,
    devices: unused,
    inspect: unused,
    pairing: unused,
    presence,
    typing: unused,
    search: unused,
    pages: unused,
    reading: unused,
    send: unused,
    revise: unused,
    gate: unused,
    standings: unused,
    outside: null,
    limiter: unused,
    moderation: unused,
    blocks: unused,
    invitations: unused,
    audit: unused,
    pageLimit: 100,
    isDraining: () => false,
    probe: unused,
    cursors,
    server: unused,
    sources: subscriptions.sources,
  })
  const groups = createGroups({ schema, masking, cursors, context: {}, most: 0, mostPerAddress: 0 })
  const server = createServer()
  server.on(
    'upgrade',
    createWebSocketHandler({
      schema,
      documents: createDocuments({
        schema,
        tokens: 0,
        introspection: true,
        limits: { depth: 0, aliases: 0, cost: 0, page: 100 },
      }),
      masking,
      operations: createOperations(schema),
      subscriptions,
      authenticate: async (_, params) => ({
        status: 'somebody',
        viewer: { account: params?.authorization === 'ana' ? ANA : JOAO, sessionId: 's', via: 'token' },
        session: { account: JOAO, sessionId: 's', createdAt: 0, expiresAt: LAST_DAY },
      }),
      connections: createConnections({ perUser: 0, perAddress: 0 }),
      presence,
      origins: createOrigins({ allowed: [], publicUrl: null }),
      cookie: createSessionCookie(false),
      turns: createTurns(),
      addressOf: () => '127.0.0.1',
      isDraining: () => false,
      onOpened() {},
      onClosed() {},
      onError,
      limits: {
        messageBytes: 0,
        subscriptionsPerSocket: 0,
        initTimeoutMs: 5_000,
        pingIntervalMs: 0,
        backlogBytes: 1024 * 1024,
      },
    }),
  )
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  let sent = 0
  return {
    schema,
    log,
    store,
    storage,
    cursors,
    groups,
    port: (server.address() as AddressInfo).port,
    async send(
      from: typeof ANA,
      to: typeof ANA | null,
      text: string,
      replyTo: MessageEntry['replyTo'] = null,
    ): Promise<MessageEntry> {
      const sentAt = 1_700_000_000_000 + sent
      const appended = await store.append({ messageId: `m${sent++}`, from, to, text, sentAt, replyTo, nonce: null })
      if (appended.status !== 'stored') throw new Error(appended.status)
      return appended.entry
    },
    async close() {
      presence.close()
      log.close()
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    },
  }
}

type Rig = Awaited<ReturnType<typeof createRig>>

interface Asked {
  readonly id: string
  readonly query: string
  readonly operationName?: string
  readonly variables: Record<string, unknown>
}

const USER = fc.constantFrom(
  'id',
  'id name: username',
  'username online',
  '...U',
  '... on User { id }',
  'id lastSeenAt',
)
const selection = fc
  .record({
    fields: fc.uniqueArray(
      fc.constantFrom(
        'id',
        'cursor',
        'text',
        'body: text',
        'sentAt',
        'editedAt',
        'deletedAt',
        '__typename',
        'kind: __typename',
      ),
      { minLength: 1, maxLength: 5 },
    ),
    from: fc.option(USER),
    to: fc.option(USER),
    replyTo: fc.option(USER),
    directive: fc.constantFrom('', '@include(if: $yes)', '@skip(if: $yes)', '@include(if: true)', '@skip(if: $no)'),
    spread: fc.boolean(),
  })
  .map(({ fields, from, to, replyTo, directive, spread }) =>
    [
      ...fields.map((field, index) => (index === 0 ? field : `${field} ${directive}`)),
      from ? `from { ${from} }` : '',
      to ? `recipient: to { ${to} }` : '',
      replyTo ? `replyTo { id cursor from { ${replyTo} } }` : '',
      spread ? '...M' : '',
    ].join(' '),
  )

const FRAGMENTS = {
  U: 'fragment U on User { id username online }',
  M: 'fragment M on Message { id to { ...U } from { username @include(if: $yes) } }',
}

/** A document, and everything else that a client may vary. `since` stands in for the cursor until it is known. */
const asked = fc.record({
  selection,
  field: fc.constantFrom('onMessage', 'onEvent'),
  alias: fc.constantFrom('', 'm: ', 'evento: '),
  since: fc.constantFrom('none', 'literal', 'variable', 'default', 'null', 'fragment', 'inline', 'twice'),
  yes: fc.boolean(),
  decoy: fc.boolean(),
  name: fc.constantFrom('', 'Feed', 'Outro'),
  // With a variable graphql-js 16 refuses it in validation: that is the next test.
  directiveAtRoot: fc.constantFrom('', '', '', '@include(if: true)'),
  id: fc.oneof(
    fc.uuid(),
    fc.constantFrom('1', '__proto__', 'constructor', 'toString', 'é"\\\n\u2028', '🙂'),
    fc.string({ minLength: 1, maxLength: 40, unit: 'binary' }).filter(id => id.isWellFormed()),
  ),
})

function write(given: typeof asked extends fc.Arbitrary<infer T> ? T : never, cursor: string): Asked {
  const inner =
    given.field === 'onMessage'
      ? given.selection
      : `__typename ... on LogEvent { cursor } ... on MessageAdded { message { ${given.selection} } } ... on MessageEdited { at: cursor message { ${given.selection} } } ... on MessageDeleted { message { ${given.selection} } } ... on CaughtUp { replayed }`
  const argument = {
    none: '',
    literal: `(since: "${cursor}")`,
    variable: '(since: $since)',
    default: '(since: $start)',
    null: '(since: null)',
    fragment: '(since: $since)',
    inline: `(since: "${cursor}")`,
    twice: '(since: $since)',
  }[given.since]
  const field = `${given.alias}${given.field}${argument} ${given.directiveAtRoot} { ${inner} }`
  const root = {
    fragment: '...Root',
    inline: `... on Subscription { ${field} }`,
    twice: `${field} ${given.alias}${given.field}${argument} ${given.directiveAtRoot} { __typename }`,
  }[given.since as string]
  const body = `{ ${root ?? field} }`
  const parts = [body]
  if (given.since === 'fragment') parts.push(`fragment Root on Subscription { ${field} }`)
  if (parts.join().includes('...M')) parts.push(FRAGMENTS.M)
  if (parts.join().includes('...U')) parts.push(FRAGMENTS.U)
  // Only what is used: anything else is no valid document.
  const used = parts.join()
  const definitions = Object.entries({
    since: 'Cursor',
    start: `Cursor = "${cursor}"`,
    yes: 'Boolean!',
    no: 'Boolean = false',
  }).filter(([name]) => used.includes(`$${name}`))
  const declared = definitions.map(([name, type]) => `$${name}: ${type}`).join(', ')
  const query = [
    `subscription ${given.name || 'Only'}${declared && `(${declared})`}`,
    ...parts,
    given.decoy ? 'query Decoy { server { version } }' : '',
  ].join('\n')
  return {
    id: given.id,
    query,
    ...(given.decoy || given.name ? { operationName: given.name || 'Only' } : {}),
    variables: { since: cursor, yes: given.yes },
  }
}

/** What graphql-js yields, collected for as long as the iterator runs. */
async function collectExpected(
  rig: Rig,
  ask: Asked,
  viewer: typeof ANA,
): Promise<{ results: ExecutionResult[]; stop(): void }> {
  const context: Context = {
    viewer: { account: viewer, sessionId: 's', via: 'token' },
    address: '',
    operationId: null,
    device: '?',
    cookies: null,
  }
  const results = await subscribe({
    schema: rig.schema,
    document: parse(ask.query),
    operationName: ask.operationName ?? null,
    variableValues: ask.variables,
    contextValue: context,
  })
  if (!(Symbol.asyncIterator in results)) throw new Error(JSON.stringify(results))
  const collected: ExecutionResult[] = []
  void (async () => {
    for await (const result of results) collected.push(result)
  })()
  return { results: collected, stop: () => void results.return(undefined) }
}

async function connect(port: number, who: string): Promise<WebSocket> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/graphql`, 'graphql-transport-ws')
  await new Promise((resolve, reject) => {
    socket.once('open', resolve)
    socket.once('error', reject)
  })
  const acknowledged = new Promise(resolve => socket.once('message', resolve))
  socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization: who } }))
  await acknowledged
  return socket
}

const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value))

const step = fc.record({
  kind: fc.constantFrom('send' as const, 'send' as const, 'edited' as const, 'deleted' as const),
  from: fc.boolean(),
  to: fc.option(fc.boolean()),
  text: fc.constantFrom(...TEXTS),
  target: fc.nat(20),
})

describe('the fan-out', () => {
  let rig: Rig
  beforeAll(async () => {
    rig = await createRig()
  })
  afterAll(() => rig.close())

  test('sends each client what graphql-js subscribe yields for it', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(asked, { minLength: 1, maxLength: 6, selector: ({ id }) => id }),
        fc.array(step, { minLength: 2, maxLength: 12 }),
        fc.array(fc.boolean(), { minLength: 6, maxLength: 6 }),
        async (questions, steps, sides) => {
          const person = (isAna: boolean): typeof ANA => (isAna ? ANA : JOAO)
          const before = await rig.send(ANA, null, 'before')
          await rig.send(ANA, null, 'missed')
          const cursor = rig.cursors.encode(before.position)
          const asks = questions.map(question => write(question, cursor))
          const sockets = { ana: await connect(rig.port, 'ana'), joao: await connect(rig.port, 'joao') }
          const got = new Map<string, unknown[]>(asks.map(({ id }) => [id, []]))
          for (const socket of Object.values(sockets)) {
            socket.on('message', data => {
              const { id, type, payload } = JSON.parse(String(data))
              got.get(id)?.push(type === 'next' ? payload : `${type}: ${JSON.stringify(payload)}`)
            })
          }
          const expected = await Promise.all(
            asks.map((ask, index) => collectExpected(rig, ask, person(sides[index] as boolean))),
          )
          // Several subscriptions on one socket: both people have one socket each.
          asks.forEach(({ id, ...payload }, index) => {
            const socket = sides[index] ? sockets.ana : sockets.joao
            socket.send(JSON.stringify({ id, type: 'subscribe', payload }))
          })
          const feeds = asks.length * 2
          await until('all feeds are live', () => rig.log.hub.counts.live === feeds && rig.log.hub.counts.behind === 0)
          const messages = [before]
          for (const { kind, from, to, text, target } of steps) {
            const message = messages[target % messages.length] as MessageEntry
            const { messageId, position } = message
            if (kind === 'send') {
              const replyTo = target % 2 === 0 ? null : { messageId, position, from: message.from }
              messages.push(await rig.send(person(from), to === null ? null : person(to), text, replyTo))
            } else {
              const at = 1_700_000_100_000 + target
              const now = kind === 'edited' ? text : ''
              await rig.store.revise({ messageId, by: message.from.id, kind, text: now, at })
            }
          }
          const last = await rig.send(ANA, JOAO, 'last')
          const wanted = (list: unknown[]): boolean => list.length > 0
          await rig.log.hub.flushed()
          // `last` is seen by both, so whoever has as much as graphql-js yielded has all.
          await until('graphql-js yields', () => expected.every(({ results }) => wanted(results)))
          let settled = -1
          await until('both have all', () => {
            const total = expected.reduce((sum, { results }) => sum + results.length, 0)
            const done =
              total === settled && asks.every(({ id }, i) => got.get(id)?.length === expected[i]?.results.length)
            settled = total
            return done
          })
          for (const socket of Object.values(sockets)) socket.terminate()
          await until('the sockets are gone', () => rig.log.hub.counts.live === asks.length)
          asks.forEach(({ id, query }, index) => {
            expect(got.get(id), query).toEqual(plain(expected[index]?.results))
          })
          expect(last.position).toBeGreaterThan(before.position)
          for (const { stop } of expected) stop()
          await until('no feed is left', () => rig.log.hub.counts.live === 0)
        },
      ),
      { numRuns: 100, endOnFailure: true },
    )
  })

  test('an entry that can’t be rendered while the storage is away comes once it is back, to those live and behind', async () => {
    const query = 'subscription ($since: Cursor) { onMessage(since: $since) { text from { deletedAt } } }'
    const cursor = rig.cursors.encode((await rig.send(ANA, null, 'before')).position)
    const socket = await connect(rig.port, 'ana')
    const got = new Map<string, unknown[]>(['live', 'behind', 'after'].map(id => [id, []]))
    socket.on('message', data => {
      const { id, type, payload } = JSON.parse(String(data))
      got.get(id)?.push(type === 'next' ? payload : type)
    })
    const subscribeAs = (id: string, since: string | null) =>
      socket.send(JSON.stringify({ id, type: 'subscribe', payload: { query, variables: { since } } }))
    subscribeAs('live', null)
    await until('it is live', () => rig.log.hub.counts.live === 1)
    rig.storage.isAway = true
    await rig.send(JOAO, null, 'while it is away')
    subscribeAs('behind', cursor)
    await until('both wait', () => rig.log.hub.counts.behind === 2)
    await rig.log.hub.flushed()
    expect([...got.values()]).toEqual([[], [], []])
    rig.storage.isAway = false
    await until('both are live', () => rig.log.hub.counts.live === 2)
    subscribeAs('after', cursor)
    await until('it was replayed', () => (got.get('after')?.length ?? 0) > 0)
    const whole = { data: { onMessage: { text: 'while it is away', from: { deletedAt: null } } } }
    expect([...got.values()]).toEqual([[whole], [whole], [whole]])
    socket.terminate()
    await until('no feed is left', () => rig.log.hub.counts.live === 0)
  })

  test('refuses a root without a field as an error, and the socket goes on', async () => {
    const socket = await connect(rig.port, 'ana')
    const frames: { id: string; type: string }[] = []
    socket.on('message', data => frames.push(JSON.parse(String(data))))
    const query = 'subscription ($no: Boolean!) { onMessage @include(if: $no) { id } }'
    socket.send(JSON.stringify({ id: 'a', type: 'subscribe', payload: { query, variables: { no: false } } }))
    await until('the refusal', () => frames.some(({ id }) => id === 'a'))
    expect(frames[0]?.type).toBe('error')
    socket.send(JSON.stringify({ id: 'b', type: 'subscribe', payload: { query: '{ __typename }' } }))
    await until('the next answer', () => frames.some(({ id, type }) => id === 'b' && type === 'next'))
    socket.terminate()
  })

  test('shares one group between clients that differ only by name, since and unused variables', async () => {
    const sockets = await Promise.all(['ana', 'joao', 'ana'].map(who => connect(rig.port, who)))
    const cursor = rig.cursors.encode(0)
    const queries = [
      `subscription A { onMessage(since: "${cursor}") { id text } }`,
      'subscription B($s: Cursor) { onMessage(since: $s) { id text } }',
      'subscription { onMessage { id  text } }',
    ]
    sockets.forEach((socket, index) => {
      socket.send(JSON.stringify({ id: 'x', type: 'subscribe', payload: { query: queries[index] } }))
    })
    await until('three feeds', () => rig.log.hub.counts.live === 3)
    expect(rig.groups.size).toBe(1)
    for (const socket of sockets) socket.terminate()
    await until('no group', () => rig.groups.size === 0)
  })
})
