// A log that has been trimmed, over the wire: who may go on from which cursor, what pages and feeds of what is left are,
// and that a send is acknowledged again although its message is gone.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createCursorCodec } from '../../server/domain/cursor.ts'
import { openSqliteStore } from '../../server/store/sqlite/sqlite-store.ts'
import { trimAll } from '../contract/retention.ts'
import { codeOf, data, type Entered, enter, request, type Sent, send, trySend } from '../setup/request.ts'
import { startTestServer, type TestServer } from '../setup/server.ts'
import { EVENTS, live, type StockClient, stockClient, textsOf } from '../setup/stock.ts'
import { until } from '../setup/until.ts'

const PAGE = `query ($since: Cursor, $before: Cursor, $scope: Scope = ALL) {
  messages(since: $since, before: $before, scope: $scope) {
    nodes { text } pageInfo { startCursor endCursor hasPreviousPage hasNextPage }
  }
}`
/** The log in its order, and who may see what: the first six are trimmed. */
const GONE = ['public 1', 'ana to bia 1', 'public 2', 'cleo to bia', 'ana to bia 2', 'note of ana'] as const
const LEFT = ['bia to cleo', 'public 3', 'ana to bia 3'] as const

let folder: string
let server: TestServer
let [ana, bia, cleo, dora]: Entered[] = []
let cursors: Map<string, string>
let origin: string
let sent: Map<string, Sent>
const devices: StockClient[] = []

function device({ token }: Entered = ana as Entered): StockClient {
  const opened = stockClient(server.socket, token)
  devices.push(opened)
  return opened
}

const page = async (who: Entered | undefined, variables: Record<string, unknown> = {}) =>
  (await data(server.graphql, PAGE, { token: who?.token, variables })).messages

const place = (text: string): string => cursors.get(text) ?? ''

/** What a refused cursor gets, by every way to go on from one: a page, both feeds over a socket, a feed over SSE. */
async function codesOf(since: string, who: Entered | undefined): Promise<(string | null)[]> {
  const codes = [codeOf(await request(server.graphql, PAGE, { token: who?.token, variables: { since } }))]
  for (const field of ['onMessage(since: $c) { id }', 'onEvent(since: $c) { __typename }']) {
    const feed = device(who).subscribe(`subscription ($c: Cursor) { ${field} }`, { c: since })
    await until('an answer', () => feed.failure ?? feed.items[0])
    codes.push((feed.failure as { extensions: { code: string } }[] | null)?.[0]?.extensions.code ?? null)
    feed.stop()
  }
  const headers = { accept: 'text/event-stream', 'last-event-id': since, authorization: `Bearer ${who?.token}` }
  const query = 'subscription { onEvent { __typename } }'
  const body = JSON.stringify({ query })
  const response = await fetch(server.graphql, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
    body,
  })
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
  let text = ''
  while (!text.includes('data:')) text += (await reader?.read())?.value ?? ''
  codes.push(/"code":"(\w+)"/.exec(text)?.[1] ?? null)
  await reader?.cancel()
  return codes
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'recado-retention-'))
  server = await startTestServer({}, folder)
  ;[ana, bia, cleo, dora] = await Promise.all(['ana', 'bia', 'cleo', 'dora'].map(name => enter(server.graphql, name)))
  origin = (await page(dora)).pageInfo.endCursor
  sent = new Map()
  const people = { ana, bia, cleo }
  for (const text of [...GONE, ...LEFT]) {
    const [, from = 'ana', to] = /^(ana|bia|cleo) to (bia|cleo)/.exec(text) ?? []
    const token = people[from as keyof typeof people]?.token ?? ''
    const recipient = text.startsWith('note') ? 'ana' : to
    const nonce = `nonce of ${text}`
    sent.set(text, await send(server.graphql, token, { text, nonce, ...(recipient ? { to: recipient } : {}) }))
  }
  cursors = new Map([...sent].map(([text, { cursor }]) => [text, cursor]))
  await server.close()
  const store = await openSqliteStore({ dataDir: folder, events: { committed() {} } })
  expect(await trimAll(store, { messages: LEFT.length })).toMatchObject({ removed: GONE.length })
  await store.close()
  server = await startTestServer({}, folder)
})

afterAll(async () => {
  for (const each of devices) await each.dispose()
  await server.close()
  await rm(folder, { recursive: true, force: true })
})

describe('a log that has been trimmed', () => {
  test('CURSOR-5 CURSOR-6 a cursor after which something was trimmed that the account could see is CURSOR_EXPIRED', async () => {
    const expired = Array.from({ length: 4 }, () => 'CURSOR_EXPIRED')
    for (const text of ['public 1', 'ana to bia 1', 'public 2', 'ana to bia 2']) {
      expect([text, await codesOf(place(text), ana)]).toEqual([text, expired])
    }
    for (const text of ['public 2', 'cleo to bia']) {
      expect([text, await codesOf(place(text), bia)]).toEqual([text, expired])
    }
    expect(await codesOf(place('public 1'), dora)).toEqual(expired)
    for (const who of [ana, bia, cleo, dora]) expect(await codesOf(origin, who)).toEqual(expired)
  })

  test('CURSOR-9 one after which nothing was trimmed that it could see goes on, also when its own message was', async () => {
    const cases: [who: Entered | undefined, text: string, follows: string[]][] = [
      [ana, 'note of ana', ['public 3', 'ana to bia 3']],
      [bia, 'ana to bia 2', ['bia to cleo', 'public 3', 'ana to bia 3']],
      [cleo, 'cleo to bia', ['bia to cleo', 'public 3']],
      [dora, 'public 2', ['public 3']],
      [dora, 'public 3', []],
    ]
    for (const [who, text, follows] of cases) {
      const { nodes, pageInfo } = await page(who, { since: place(text) })
      expect([text, nodes.map((node: Sent) => node.text)]).toEqual([text, follows])
      expect(pageInfo.hasNextPage).toBe(false)
      const feed = device(who).subscribe(EVENTS, { since: place(text) })
      expect((await live(feed)).replayed).toBe(follows.length)
      expect(textsOf(feed)).toEqual(follows)
      feed.stop()
    }
  })

  test('CURSOR-10 the server says how long it keeps what, and that it keeps all', async () => {
    const LIMITS = '{ server { limits { retainedMessages retainedDays } } }'
    expect((await data(server.graphql, LIMITS)).server.limits).toEqual({ retainedMessages: 0, retainedDays: 0 })
    const forgetful = await startTestServer({ RETAIN_MESSAGES: '1000', RETAIN_DAYS: '30' })
    expect((await data(forgetful.graphql, LIMITS)).server.limits).toEqual({ retainedMessages: 1000, retainedDays: 30 })
    await forgetful.close()
  })

  test('CURSOR-4 a place that was never given to the account is no more valid for being trimmed', async () => {
    const { epoch } = (await data(server.graphql, '{ server { epoch } }')).server
    const codec = createCursorCodec(epoch)
    const behind = (text: string) => codec.encode(codec.decode(place(text)) + 1)
    for (const [who, cursor] of [
      [dora, place('cleo to bia')],
      [dora, place('note of ana')],
      [dora, behind('public 2')],
      [ana, behind('note of ana')],
      [ana, place('bia to cleo')],
    ] as const) {
      expect(new Set(await codesOf(cursor, who))).toEqual(new Set(['HISTORY_RESET']))
    }
  })

  test('PAGE-7 a trimmed message is on no page, and pages say that nothing precedes what is left', async () => {
    for (const [who, texts] of [
      [ana, ['public 3', 'ana to bia 3']],
      [bia, [...LEFT]],
      [dora, ['public 3']],
    ] as const) {
      const newest = await page(who)
      expect(newest.nodes.map((node: Sent) => node.text)).toEqual(texts)
      expect(newest.pageInfo).toMatchObject({ hasPreviousPage: false, hasNextPage: false })
      const first = await page(who, { before: newest.pageInfo.startCursor })
      expect(first).toMatchObject({ nodes: [], pageInfo: { hasPreviousPage: false, hasNextPage: true } })
      for (const before of [place('public 1'), place('public 2')]) {
        const empty = await page(who, { before })
        expect(empty).toMatchObject({ nodes: [], pageInfo: { hasPreviousPage: false, hasNextPage: true } })
      }
    }
    expect(
      codeOf(await request(server.graphql, PAGE, { token: dora?.token, variables: { before: place('bia to cleo') } })),
    ).toBe('HISTORY_RESET')
  })

  test('SEND-1 SEND-2 the nonce of a trimmed message still answers with that message, and appends nothing', async () => {
    const before = await page(bia)
    for (const text of GONE) {
      const [, from = 'ana', to] = /^(ana|bia|cleo) to (bia|cleo)/.exec(text) ?? []
      const token = { ana, bia, cleo }[from as 'ana']?.token ?? ''
      const recipient = text.startsWith('note') ? 'ana' : to
      const nonce = `nonce of ${text}`
      const again = await send(server.graphql, token, { text, nonce, ...(recipient ? { to: recipient } : {}) })
      expect(again).toEqual(sent.get(text))
      const other = await trySend(server.graphql, token, { text: `${text}!`, nonce })
      expect(codeOf(other)).toBe('NONCE_REUSED')
    }
    expect(await page(bia)).toEqual(before)
  })

  test('SEND-2 so it does when the send would be refused now: its recipient is gone, or it was typed as a command', async () => {
    const local = await mkdtemp(join(tmpdir(), 'recado-retention-'))
    let own = await startTestServer({}, local)
    const eva = await enter(own.graphql, 'eva')
    const fay = await enter(own.graphql, 'fay')
    const sends = [
      { text: 'to fay', to: 'fay', nonce: 'to' },
      { text: '/msg fay typed  text', nonce: 'typed' },
      { text: '//slash', nonce: 'slash' },
    ]
    const first: Sent[] = []
    for (const variables of sends) first.push(await send(own.graphql, eva.token, variables))
    expect(first.map(({ text }) => text)).toEqual(['to fay', 'typed  text', '/slash'])
    await data(own.graphql, 'mutation { deleteAccount }', { token: fay.token })
    await own.close()
    const store = await openSqliteStore({ dataDir: local, events: { committed() {} } })
    await trimAll(store, { olderThan: store.head() })
    await store.close()
    own = await startTestServer({}, local)
    for (const [n, variables] of sends.entries()) {
      expect(await send(own.graphql, eva.token, variables)).toEqual(first[n])
    }
    await own.close()
    await rm(local, { recursive: true, force: true })
  })

  test('PAGE-4 PAGE-7 query, then subscribe: nothing is missed where everything was trimmed, for old and new accounts', async () => {
    const local = await mkdtemp(join(tmpdir(), 'recado-retention-'))
    let own = await startTestServer({}, local)
    const eva = await enter(own.graphql, 'eva')
    const fay = await enter(own.graphql, 'fay')
    await send(own.graphql, eva.token, { text: 'public' })
    await send(own.graphql, eva.token, { text: 'private', to: 'fay' })
    const gus = await enter(own.graphql, 'gus')
    await send(own.graphql, eva.token, { text: 'note', to: 'eva' })
    await own.close()
    const store = await openSqliteStore({ dataDir: local, events: { committed() {} } })
    await trimAll(store, { olderThan: store.head() })
    await store.close()
    own = await startTestServer({}, local)
    const hal = await enter(own.graphql, 'hal')
    const ends: string[] = []
    for (const { token } of [eva, fay, gus, hal]) {
      const { messages } = await data(own.graphql, PAGE, { token })
      expect(messages).toMatchObject({ nodes: [], pageInfo: { hasPreviousPage: false, hasNextPage: false } })
      ends.push(messages.pageInfo.endCursor)
    }
    await send(own.graphql, hal.token, { text: 'meanwhile' })
    for (const [n, { token }] of [eva, fay, gus, hal].entries()) {
      const client = stockClient(own.socket, token)
      const feed = client.subscribe(EVENTS, { since: ends[n] })
      expect((await live(feed)).replayed).toBe(1)
      expect(textsOf(feed)).toEqual(['meanwhile'])
      const { messages } = await data(own.graphql, PAGE, { token, variables: { since: ends[n] } })
      expect(messages.nodes).toEqual([{ text: 'meanwhile' }])
      await client.dispose()
    }
    await own.close()
    await rm(local, { recursive: true, force: true })
  })
})
