// Conversations and how far they were read, over the wire: what is listed and counted, what moves and what does not, what
// other devices hear, and above all that nobody learns anything of others' conversations.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { openSqliteStore } from '../../server/store/sqlite/sqlite-store.ts'
import { trimAll } from '../contract/retention.ts'
import { codeOf, type Data, data, type Entered, enter, request, type Sent, send } from '../setup/request.ts'
import { startTestServer, type TestServer } from '../setup/server.ts'
import { type Running, stockClient } from '../setup/stock.ts'
import { until } from '../setup/until.ts'

const CONVERSATIONS = `query ($before: Cursor, $limit: Int) {
  conversations(before: $before, limit: $limit) { with { id username deletedAt } latest { cursor text } readUpTo unread }
}`
const MARK = `mutation ($cursor: Cursor!, $with: String, $withId: ID) {
  markRead(cursor: $cursor, with: $with, withId: $withId) { with { id username } cursor }
}`
const WATCH = 'subscription { onReadPosition { with { username } cursor } }'

let server: TestServer
let ana: Entered
let bia: Entered
let cleo: Entered

beforeAll(async () => {
  server = await startTestServer()
  ;[ana, bia, cleo] = (await Promise.all(['ana', 'Bía', 'cleo'].map(name => enter(server.graphql, name)))) as [
    Entered,
    Entered,
    Entered,
  ]
})

afterAll(() => server.close())

const say = (from: Entered, text: string, to?: Entered): Promise<Sent> =>
  send(server.graphql, from.token, { text, ...(to ? { to: to.username } : { plain: true }) })
const mark = (who: Entered, variables: Record<string, unknown>) =>
  request(server.graphql, MARK, { token: who.token, variables })

async function list(who: Entered, variables: Record<string, unknown> = {}): Promise<Data[]> {
  return (await data(server.graphql, CONVERSATIONS, { token: who.token, variables })).conversations
}

/** The conversation with somebody; null: with everyone. */
async function conversation(who: Entered, peer: Entered | null): Promise<Data> {
  return (await list(who)).find(each => (each.with?.id ?? null) === (peer?.id ?? null))
}

/** A device of somebody, that is gone after the test. */
function device(who: Entered) {
  const client = stockClient(server.socket, who.token)
  onTestFinished(() => client.dispose())
  return client
}

async function watching(who: Entered): Promise<Running> {
  const running = device(who).subscribe(WATCH)
  await until('the first positions', () => running.items.length > 0)
  return running
}

/** By conversation, the newest position that a subscription has told; '' is everyone's. */
function told({ items }: Running): Record<string, string> {
  const positions: Record<string, string> = {}
  for (const { onReadPosition } of items) {
    for (const { with: peer, cursor } of onReadPosition) positions[peer?.username ?? ''] = cursor
  }
  return positions
}

describe('conversations', () => {
  test('READ-1 READ-2 READ-3 are listed by their newest message, with what is unread, and read up to where it is noted', async () => {
    expect(await list(ana)).toEqual([{ with: null, latest: null, readUpTo: null, unread: 0 }])
    const hello = await say(bia, 'hello', ana)
    const all = await say(cleo, 'everyone')
    const note = await say(ana, 'a note', ana)
    const person = ({ id, username }: Entered) => ({ id, username, deletedAt: null })
    const latest = ({ cursor, text }: Sent) => ({ cursor, text })
    expect(await list(ana)).toEqual([
      { with: person(ana), latest: latest(note), readUpTo: null, unread: 0 },
      { with: null, latest: latest(all), readUpTo: null, unread: 1 },
      { with: person(bia), latest: latest(hello), readUpTo: null, unread: 1 },
    ])
    expect(await mark(ana, { cursor: all.cursor })).toEqual({ data: { markRead: { with: null, cursor: all.cursor } } })
    const read = await data(server.graphql, MARK, {
      token: ana.token,
      variables: { cursor: hello.cursor, with: 'BIA' },
    })
    expect(read.markRead).toEqual({ with: { id: bia.id, username: 'Bía' }, cursor: hello.cursor })
    const again = await say(bia, 'again', ana)
    await say(ana, 'answer', bia)
    await say(ana, 'own')
    expect(await conversation(ana, bia)).toMatchObject({ readUpTo: hello.cursor, unread: 1 })
    expect(await conversation(ana, null)).toMatchObject({ readUpTo: all.cursor, unread: 0 })
    expect(await conversation(bia, ana)).toMatchObject({ readUpTo: null, unread: 1 })
    await mark(ana, { cursor: again.cursor, withId: bia.id })
    expect(await conversation(ana, bia)).toMatchObject({ readUpTo: again.cursor, unread: 0 })
  })

  test('READ-1 come page by page, each once, by the newest message of the last one before', async () => {
    const many = await enter(server.graphql, 'many')
    for (let n = 0; n < 12; n++) await say(await enter(server.graphql, `friend${n}`), `hi ${n}`, many)
    const seen: Data[] = []
    for (let before: string | undefined; ; before = seen.at(-1).latest.cursor) {
      const page = await list(many, { limit: 5, ...(before ? { before } : {}) })
      seen.push(...page)
      if (page.length < 5) break
    }
    const names = seen.map(each => each.with?.username ?? '')
    expect(names).toEqual([
      'friend11',
      'friend10',
      'friend9',
      'friend8',
      'friend7',
      'friend6',
      'friend5',
      'friend4',
      'friend3',
      'friend2',
      'friend1',
      'friend0',
      '',
    ])
    for (const limit of [0, 101, -1]) {
      const refused = await request(server.graphql, CONVERSATIONS, { token: many.token, variables: { limit } })
      expect([limit, codeOf(refused)]).toEqual([limit, 'BAD_USER_INPUT'])
    }
    const damaged = { before: 'nonsense' }
    expect(codeOf(await request(server.graphql, CONVERSATIONS, { token: many.token, variables: damaged }))).toBe(
      'CURSOR_INVALID',
    )
  })

  test('READ-2 a newcomer has not missed what was said before', async () => {
    await say(cleo, 'before the newcomer')
    const newcomer = await enter(server.graphql, 'newcomer')
    expect(await conversation(newcomer, null)).toMatchObject({ readUpTo: null, unread: 0 })
    const { messages } = await data(server.graphql, '{ messages(limit: 1) { nodes { cursor } } }', {
      token: newcomer.token,
    })
    await say(cleo, 'after')
    await mark(newcomer, { cursor: messages.nodes[0].cursor })
    expect(await conversation(newcomer, null)).toMatchObject({ readUpTo: messages.nodes[0].cursor, unread: 1 })
  })

  test('READ-6 one with an account that was deleted is opened by its id, and by no name', async () => {
    const gone = await enter(server.graphql, 'gone')
    const last = await say(gone, 'my last words', ana)
    await data(server.graphql, 'mutation { deleteAccount }', { token: gone.token })
    const next = await enter(server.graphql, 'gone')
    const [first] = await list(ana)
    expect(first).toMatchObject({
      with: { id: gone.id, username: 'gone' },
      latest: { text: 'my last words' },
      unread: 1,
    })
    expect(first.with.deletedAt).not.toBeNull()
    const page = async (who: Entered, args: string) =>
      (await data(server.graphql, `{ messages(${args}) { nodes { text } } }`, { token: who.token })).messages.nodes
    expect(await page(ana, `withId: "${gone.id}"`)).toEqual([{ text: 'my last words' }])
    expect(await page(ana, 'with: "gone"')).toEqual([])
    expect(await page(next, `withId: "${ana.id}"`)).toEqual([])
    expect((await mark(ana, { cursor: last.cursor, withId: gone.id })).data.markRead.with.id).toBe(gone.id)
    expect(await conversation(ana, gone)).toMatchObject({ readUpTo: last.cursor, unread: 0 })
    for (const args of [`with: "gone", withId: "${gone.id}"`, `withId: "${gone.id}", scope: PUBLIC`]) {
      const query = `{ messages(${args}) { nodes { text } } }`
      expect(codeOf(await request(server.graphql, query, { token: ana.token }))).toBe('BAD_USER_INPUT')
    }
    const query = '{ messages(withId: "nobody") { nodes { text } } }'
    expect(codeOf(await request(server.graphql, query, { token: ana.token }))).toBe('UNKNOWN_RECIPIENT')
  })
})

describe('markRead', () => {
  test('READ-3 moves forward only, and answers with what is noted', async () => {
    const first = await say(cleo, 'first', bia)
    const second = await say(cleo, 'second', bia)
    const at = async (cursor: string) => (await mark(bia, { cursor, with: 'cleo' })).data.markRead.cursor
    expect(await at(second.cursor)).toBe(second.cursor)
    expect(await at(first.cursor)).toBe(second.cursor)
    expect(await conversation(bia, cleo)).toMatchObject({ readUpTo: second.cursor, unread: 0 })
  })

  test('READ-3 refuses what is no place of this account, and notes nothing then', async () => {
    const secret = await say(ana, 'between ana and cleo', cleo)
    const own = await say(bia, 'bia was here', cleo)
    const before = await list(bia)
    const other = await startTestServer()
    const stranger = await enter(other.graphql, 'stranger')
    const foreign = await send(other.graphql, stranger.token, { text: 'elsewhere' })
    await other.close()
    const cases: [Record<string, unknown>, string][] = [
      [{ cursor: secret.cursor }, 'HISTORY_RESET'],
      [{ cursor: secret.cursor, with: 'ana' }, 'HISTORY_RESET'],
      [{ cursor: foreign.cursor }, 'HISTORY_RESET'],
      [{ cursor: own.cursor.slice(0, -1) }, 'CURSOR_INVALID'],
      [{ cursor: own.cursor, with: 'nobody-has-it' }, 'UNKNOWN_RECIPIENT'],
      [{ cursor: own.cursor, with: '' }, 'UNKNOWN_RECIPIENT'],
      [{ cursor: own.cursor, withId: 'nobody' }, 'UNKNOWN_RECIPIENT'],
      [{ cursor: own.cursor, with: 'cleo', withId: cleo.id }, 'BAD_USER_INPUT'],
    ]
    for (const [variables, code] of cases)
      expect([variables, codeOf(await mark(bia, variables))]).toEqual([variables, code])
    expect(await list(bia)).toEqual(before)
    for (const query of ['{ conversations { unread } }', `mutation { markRead(cursor: "${own.cursor}") { cursor } }`]) {
      expect(codeOf(await request(server.graphql, query))).toBe('UNAUTHENTICATED')
    }
  })

  test('READ-3 the account that is the sender’s, and not any argument, decides whose position moves', async () => {
    const word = await say(ana, 'for bia', bia)
    await mark(ana, { cursor: word.cursor, withId: bia.id })
    expect(await conversation(bia, ana)).toMatchObject({ unread: 2 })
    expect((await conversation(bia, ana)).readUpTo).not.toBe(word.cursor)
  })

  test('READ-7 more often than one may send it is RATE_LIMITED, and sends are not held up by it', async () => {
    const limited = await startTestServer({ SENDS_PER_SECOND: '1' })
    onTestFinished(() => limited.close())
    const davi = await enter(limited.graphql, 'davi')
    const { cursor } = await send(limited.graphql, davi.token, { text: 'one' })
    const marks = await Promise.all(
      Array.from({ length: 8 }, () => request(limited.graphql, MARK, { token: davi.token, variables: { cursor } })),
    )
    const codes = marks.map(codeOf)
    expect(codes.filter(code => code === null)).toHaveLength(3)
    expect(codes.filter(code => code === 'RATE_LIMITED')).toHaveLength(5)
    expect(marks.find(codeOf)?.errors?.[0]?.extensions?.retryAfterMs).toBeGreaterThan(0)
    await send(limited.graphql, davi.token, { text: 'two' })
  })
})

describe('onReadPosition', () => {
  test('READ-4 tells everything first, then what moves, to each device of the account alone', async () => {
    const owner = await enter(server.graphql, 'owner')
    const one = await say(cleo, 'one', owner)
    const two = await say(cleo, 'two')
    await mark(owner, { cursor: one.cursor, with: 'cleo' })
    const [other, phone, laptop] = [await watching(bia), await watching(owner), await watching(owner)]
    const others = other.items.length
    for (const each of [phone, laptop]) {
      expect(each.items).toEqual([{ onReadPosition: [{ with: { username: 'cleo' }, cursor: one.cursor }] }])
    }
    await mark(owner, { cursor: two.cursor })
    await mark(owner, { cursor: one.cursor })
    for (const each of [phone, laptop]) {
      await until('the move', () => told(each)[''] === two.cursor)
      expect(each.items.slice(1)).toEqual([{ onReadPosition: [{ with: null, cursor: two.cursor }] }])
    }
    expect(other.items).toHaveLength(others)
  })

  test('READ-4 begins with nothing where nothing was read', async () => {
    const fresh = await watching(await enter(server.graphql, 'fresh'))
    expect(fresh.items).toEqual([{ onReadPosition: [] }])
  })

  test('READ-4 many moves are few events, and the last of each conversation is told', async () => {
    const quick = await enter(server.graphql, 'quick')
    const running = await watching(quick)
    const sent: Sent[] = []
    for (let n = 0; n < 60; n++) sent.push(await say(cleo, `${n}`, n % 2 ? quick : undefined))
    await Promise.all(sent.map(({ cursor }, n) => mark(quick, { cursor, ...(n % 2 ? { with: 'cleo' } : {}) })))
    const wanted = { '': sent[58]?.cursor, cleo: sent[59]?.cursor }
    await until('the last positions', () => JSON.stringify(sorted(told(running))) === JSON.stringify(wanted))
    expect(running.items.length).toBeLessThan(20)
    for (const name of ['', 'cleo']) {
      const cursors = running.items.flatMap(({ onReadPosition }) =>
        onReadPosition.filter((each: Data) => (each.with?.username ?? '') === name).map((each: Data) => each.cursor),
      )
      expect(cursors).toEqual([...new Set(cursors)].sort())
    }
  })

  test('READ-4 over SSE, and where a directive keeps it from being shared, as on a socket', async () => {
    const reader = await enter(server.graphql, 'reader')
    const word = await say(cleo, 'word')
    const query = 'subscription { onReadPosition @include(if: true) { with { username } cursor } }'
    const unshared = device(reader).subscribe(query)
    const over = new AbortController()
    onTestFinished(() => over.abort())
    const response = await fetch(server.graphql, {
      signal: over.signal,
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'text/event-stream',
        authorization: `Bearer ${reader.token}`,
      },
      body: JSON.stringify({ query: WATCH }),
    })
    let text = ''
    void (async () => {
      for await (const chunk of response.body ?? []) text += Buffer.from(chunk).toString()
    })().catch(() => {})
    await until('both have begun', () => unshared.items.length > 0 && text.includes('"onReadPosition":[]'))
    await mark(reader, { cursor: word.cursor })
    await until('both have heard', () => told(unshared)[''] === word.cursor && text.includes(word.cursor))
    expect(text).not.toContain('id:')
  })

  test('READ-4 UNAUTHENTICATED without an account', async () => {
    const nobody = stockClient(server.socket, null)
    onTestFinished(() => nobody.dispose())
    const running = nobody.subscribe(WATCH)
    await until('the refusal', () => running.failure)
    expect(running.failure).toMatchObject([{ extensions: { code: 'UNAUTHENTICATED' } }])
  })
})

describe('nothing of others', () => {
  test('READ-5 PROMISE-4 whatever others say to each other and read, an account’s own answers stay as if they had not', async () => {
    const NAMES = ['p0', 'p1', 'p2', 'p3']
    const step = fc.record({
      kind: fc.constantFrom('say', 'mark', 'steal'),
      who: fc.nat({ max: 3 }),
      whom: fc.option(fc.nat({ max: 3 }), { nil: undefined }),
      which: fc.nat({ max: 40 }),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 40 }), async steps => {
        const own = await startTestServer()
        try {
          const people = await Promise.all(NAMES.map(name => enter(own.graphql, name)))
          const person = (n: number): Entered => people[n] as Entered
          const all: { sent: Sent; from: number; to: number | undefined }[] = []
          const noted = people.map(() => new Map<number | undefined, string>())
          const maySee = (n: number, at: { from: number; to: number | undefined }) =>
            at.to === undefined || at.from === n || at.to === n
          const watches = people.map(({ token }) => stockClient(own.socket, token))
          const feeds = watches.map(client =>
            client.subscribe('subscription { onReadPosition { with { username } cursor } }'),
          )
          await until('all are there', () => feeds.every(({ items }) => items.length > 0))
          for (const { kind, who, whom, which } of steps) {
            const peer = whom === undefined ? {} : { with: NAMES[whom] }
            const at = all[which % (all.length || 1)]
            if (kind === 'say') {
              const variables = {
                text: `${all.length}`,
                ...(whom === undefined ? { plain: true } : { to: NAMES[whom] as string }),
              }
              all.push({ sent: await send(own.graphql, person(who).token, variables), from: who, to: whom })
            } else if (at && maySee(who, at)) {
              const variables = { cursor: at.sent.cursor, ...peer }
              await data(own.graphql, MARK, { token: person(who).token, variables })
              const before = noted[who]?.get(whom) ?? ''
              if (at.sent.cursor > before) noted[who]?.set(whom, at.sent.cursor)
            } else if (at) {
              // Whoever got hold of another's cursor learns what a made up one says.
              const answers = await Promise.all([
                request(own.graphql, MARK, {
                  token: person(who).token,
                  variables: { cursor: at.sent.cursor, ...peer },
                }),
                request(own.graphql, CONVERSATIONS, {
                  token: person(who).token,
                  variables: { before: at.sent.cursor },
                }),
              ])
              expect(answers.map(codeOf)).toEqual(['HISTORY_RESET', 'HISTORY_RESET'])
            }
          }
          for (const [n, { token }] of people.entries()) {
            const { conversations } = await data(own.graphql, CONVERSATIONS, { token, variables: { limit: 100 } })
            const mine = all.filter(at => maySee(n, at))
            const peerIn = ({ from, to }: { from: number; to: number | undefined }) =>
              to === undefined ? undefined : from === n ? to : from
            const keys = new Set<number | undefined>([undefined, ...mine.map(peerIn)])
            const expected = [...keys].map(key => {
              const its = mine.filter(at => peerIn(at) === key)
              const readUpTo = noted[n]?.get(key) ?? null
              const unread = its.filter(at => at.from !== n && at.sent.cursor > (readUpTo ?? '')).length
              const latest = its.at(-1)?.sent
              return [key === undefined ? null : NAMES[key], latest?.text ?? null, readUpTo, unread]
            })
            const shown = conversations.map((each: Data) => [
              each.with?.username ?? null,
              each.latest?.text ?? null,
              each.readUpTo,
              each.unread,
            ])
            expect(new Set(shown.map(String))).toEqual(new Set(expected.map(String)))
            const positions = Object.fromEntries(
              [...(noted[n] ?? [])].map(([key, cursor]) => [key === undefined ? '' : NAMES[key], cursor]),
            )
            const feed = feeds[n] as Running
            await until(
              'all that was noted is told',
              () =>
                Object.keys(told(feed)).length === Object.keys(positions).length &&
                Object.entries(positions).every(([name, cursor]) => told(feed)[name] === cursor),
            )
            expect(told(feed)).toEqual(positions)
          }
          await Promise.all(watches.map(client => client.dispose()))
        } finally {
          await own.close()
        }
      }),
      { numRuns: 6 },
    )
  })
})

describe('retention', () => {
  test('READ-8 what was read stays read when it is trimmed, and what was trimmed may still be marked', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'recado-reading-'))
    onTestFinished(() => rm(folder, { recursive: true, force: true }))
    let own = await startTestServer({}, folder)
    const [eva, fred] = [await enter(own.graphql, 'eva'), await enter(own.graphql, 'fred')]
    const old = await send(own.graphql, fred.token, { text: 'old' })
    const older = await send(own.graphql, fred.token, { text: 'to eva', to: 'eva' })
    await data(own.graphql, MARK, { token: eva.token, variables: { cursor: old.cursor } })
    const kept = await send(own.graphql, fred.token, { text: 'kept' })
    await own.close()
    const store = await openSqliteStore({ dataDir: folder, events: { committed() {} } })
    expect(await trimAll(store, { messages: 1 })).toMatchObject({ removed: 2 })
    await store.close()
    own = await startTestServer({}, folder)
    onTestFinished(() => own.close())
    const all = async () => (await data(own.graphql, CONVERSATIONS, { token: eva.token })).conversations
    expect(await all()).toEqual([
      { with: null, latest: { cursor: kept.cursor, text: 'kept' }, readUpTo: old.cursor, unread: 1 },
    ])
    const since = { token: eva.token, variables: { since: old.cursor } }
    const page = 'query ($since: Cursor) { messages(since: $since) { nodes { text } } }'
    expect(codeOf(await request(own.graphql, page, since))).toBe('CURSOR_EXPIRED')
    const marked = await data(own.graphql, MARK, {
      token: eva.token,
      variables: { cursor: older.cursor, with: 'fred' },
    })
    expect(marked.markRead.cursor).toBe(older.cursor)
    const again = await send(own.graphql, fred.token, { text: 'again', to: 'eva' })
    expect((await all())[0]).toMatchObject({ latest: { cursor: again.cursor }, readUpTo: older.cursor, unread: 1 })
  })
})

function sorted(record: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)))
}
