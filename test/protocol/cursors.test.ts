// Cursors over the wire: what they are, what each wrong one gets on pages and on feeds, and that none is ever a silent
// restart.
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createCursorCodec } from '../../server/domain/cursor.ts'
import { codeOf, data, type Entered, enter, request, type Sent, send } from '../setup/request.ts'
import { startTestServer, type TestServer } from '../setup/server.ts'
import { EVENTS, live, stockClient, textsOf } from '../setup/stock.ts'
import { until } from '../setup/until.ts'

let server: TestServer
let ana: Entered
let bia: Entered
let cleo: Entered
let open: Sent
let secret: Sent

beforeAll(async () => {
  server = await startTestServer()
  ana = await enter(server.graphql, 'ana')
  bia = await enter(server.graphql, 'bia')
  cleo = await enter(server.graphql, 'cleo')
  open = await send(server.graphql, ana.token, { text: 'open' })
  secret = await send(server.graphql, ana.token, { text: 'secret', to: 'bia' })
  await send(server.graphql, ana.token, { text: 'after' })
})

afterAll(async () => {
  await server.close()
})

/** What a cursor gets as since and before of a page, and as since of each feed, over a socket and SSE. */
async function codesOf(cursor: string, { token }: Entered): Promise<Set<string | null>> {
  const codes = new Set<string | null>()
  for (const argument of ['since', 'before']) {
    const query = `query ($c: Cursor) { messages(${argument}: $c) { nodes { id } } }`
    codes.add(codeOf(await request(server.graphql, query, { token, variables: { c: cursor } })))
  }
  const device = stockClient(server.socket, token)
  for (const field of ['onMessage(since: $c) { id }', 'onEvent(since: $c) { __typename }']) {
    const feed = device.subscribe(`subscription ($c: Cursor) { ${field} }`, { c: cursor })
    await until('an answer', () => feed.failure ?? feed.items[0])
    codes.add(feed.failure ? String((feed.failure as { extensions: { code: string } }[])[0]?.extensions.code) : null)
    feed.stop()
  }
  await device.dispose()
  // Headers can't carry these: around a value white space is dropped, and an empty one counts as none (SSE-4).
  if (cursor === '' || cursor !== cursor.trim()) return codes
  const response = await fetch(server.graphql, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'text/event-stream',
      authorization: `Bearer ${token}`,
      'last-event-id': cursor,
    },
    body: JSON.stringify({ query: 'subscription { onMessage { id } }' }),
  })
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
  let text = ''
  while (reader && !text.includes('data:')) {
    const { value, done } = await reader.read()
    if (done) throw new Error(`the stream has ended: ${response.status} ${text}`)
    text += value
  }
  codes.add(/"code":"(\w+)"/.exec(text)?.[1] ?? null)
  await reader?.cancel()
  return codes
}

describe('cursors', () => {
  test('CURSOR-1 within an epoch cursors sort as strings in the order of the log, and name the epoch’s places', async () => {
    const { epoch } = (await data(server.graphql, '{ server { epoch } }')).server
    expect(epoch).toMatch(/^[0-9a-z]{8}$/)
    const local = await startTestServer()
    const { token } = await enter(local.graphql, 'ana')
    const cursors: string[] = []
    for (let i = 0; i < 300; i++) cursors.push((await send(local.graphql, token, { text: `${i}` })).cursor)
    expect(cursors).toEqual(cursors.toSorted())
    expect(new Set(cursors).size).toBe(300)
    await local.close()
  })

  test('CURSOR-3 a damaged cursor is CURSOR_INVALID everywhere: any character changed, two swapped, cut, nothing', async () => {
    const { cursor } = open
    const damaged = new Set(['', 'x', ' ', `${cursor} `, cursor.slice(0, -1), cursor.slice(1), cursor.toUpperCase()])
    for (const i of [0, 3, 8, 9, 14, 19, 20, 22]) {
      damaged.add(`${cursor.slice(0, i)}${cursor[i] === '7' ? '8' : '7'}${cursor.slice(i + 1)}`)
      damaged.add(`${cursor.slice(0, i)}${cursor[i + 1]}${cursor[i]}${cursor.slice(i + 2)}`)
    }
    damaged.delete(cursor)
    for (const bad of damaged) {
      expect([bad, [...(await codesOf(bad, ana))]]).toEqual([bad, ['CURSOR_INVALID']])
    }
  })

  test('CURSOR-4 a whole cursor of another epoch, ahead of the log, or of a place that never was, is HISTORY_RESET', async () => {
    const { epoch } = (await data(server.graphql, '{ server { epoch } }')).server
    const [own, other] = [createCursorCodec(epoch), createCursorCodec(epoch === 'aaaaaaaa' ? 'bbbbbbbb' : 'aaaaaaaa')]
    const position = own.decode(open.cursor)
    for (const cursor of [
      other.encode(position),
      own.encode(position + 1),
      own.encode(position - 1),
      own.encode(1),
      own.encode(Date.now() * 1000 + 3_600_000_000),
      own.encode(Number.MAX_SAFE_INTEGER),
    ]) {
      expect([cursor, [...(await codesOf(cursor, ana))]]).toEqual([cursor, ['HISTORY_RESET']])
    }
  })

  test('CURSOR-4 CURSOR-2 PROMISE-4 the cursor of somebody else’s private message is HISTORY_RESET, as if it never was', async () => {
    expect([...(await codesOf(secret.cursor, cleo))]).toEqual(['HISTORY_RESET'])
    expect([...(await codesOf(secret.cursor, ana))]).toEqual([null])
    expect([...(await codesOf(secret.cursor, bia))]).toEqual([null])
  })

  test('CURSOR-2 only cursors of visible entries are handed out, also by empty pages and CaughtUp; the origin works everywhere', async () => {
    const local = await startTestServer()
    const [dora, eva, fay] = await Promise.all(['dora', 'eva', 'fay'].map(name => enter(local.graphql, name)))
    if (!dora || !eva || !fay) throw new Error('three entered')
    const END = '{ messages { pageInfo { startCursor endCursor } } }'
    const { messages: empty } = await data(local.graphql, END, { token: fay.token })
    const origin = empty.pageInfo.endCursor
    expect(empty.pageInfo.startCursor).toBeNull()
    const hidden = await send(local.graphql, dora.token, { text: 'hidden', to: 'eva' })
    const { messages: stillEmpty } = await data(local.graphql, END, { token: fay.token })
    expect(stillEmpty.pageInfo.endCursor).toBe(origin)
    const device = stockClient(local.socket, fay.token)
    const feeds = [device.subscribe(EVENTS), device.subscribe(EVENTS, { since: origin })]
    for (const feed of feeds) expect((await live(feed)).cursor).toBe(origin)
    await send(local.graphql, dora.token, { text: 'shown' })
    for (const feed of feeds) await until('shown', () => textsOf(feed).includes('shown'))
    expect(feeds.flatMap(textsOf)).toEqual(['shown', 'shown'])
    expect(hidden.cursor > origin).toBe(true)
    await device.dispose()
    await local.close()
  })

  test('CURSOR-6 CURSOR-7 cursors survive a restart; a restored backup is HISTORY_RESET for what it has not, never a silent hole', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'recado-cursor-'))
    const backup = await mkdtemp(join(tmpdir(), 'recado-backup-'))
    let local = await startTestServer({}, folder)
    const { token } = await enter(local.graphql, 'ana')
    const kept = await send(local.graphql, token, { text: 'kept' })
    await local.close()
    await cp(folder, backup, { recursive: true })

    local = await startTestServer({}, folder)
    const lost = await send(local.graphql, token, { text: 'lost with the disk' })
    const SINCE = 'query ($c: Cursor) { messages(since: $c) { nodes { text } } }'
    const again = await data(local.graphql, SINCE, { token, variables: { c: kept.cursor } })
    expect(again.messages.nodes).toEqual([{ text: 'lost with the disk' }])
    await local.close()

    local = await startTestServer({}, backup)
    await send(local.graphql, token, { text: 'after the restore' })
    expect(codeOf(await request(local.graphql, SINCE, { token, variables: { c: lost.cursor } }))).toBe('HISTORY_RESET')
    const device = stockClient(local.socket, token)
    const feed = device.subscribe(EVENTS, { since: lost.cursor })
    await until('the refusal', () => feed.failure)
    expect(feed.failure).toMatchObject([{ extensions: { code: 'HISTORY_RESET' } }])
    expect(feed.items).toEqual([])
    await device.dispose()
    await local.close()
    await rm(folder, { recursive: true, force: true })
    await rm(backup, { recursive: true, force: true })
  })

  test('CURSOR-5 CURSOR-9 without limits nothing is trimmed: the oldest cursor of a log that is longer than its tail still replays all', async () => {
    const local = await startTestServer({ TAIL_ENTRIES: '16' })
    const { token } = await enter(local.graphql, 'ana')
    const device = stockClient(local.socket, token)
    const sent: string[] = []
    for (let i = 0; i < 200; i++) sent.push(`m${i}`)
    const first = await device.send({ text: 'first' })
    for (const text of sent) await device.send({ text })
    const feed = device.subscribe(EVENTS, { since: first.cursor })
    expect((await live(feed)).replayed).toBe(200)
    expect(textsOf(feed)).toEqual(sent)
    await device.dispose()
    await local.close()
  })
})
