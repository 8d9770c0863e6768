// Replies, edits and deletions over the wire: who may, who hears of it, and that nothing of what was replaced is left in
// any answer, on any transport, from any cursor.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { openSqliteStore } from '../../server/store/sqlite/sqlite-store.ts'
import { trimAll } from '../contract/retention.ts'
import { codeOf, type Data, data, type Entered, enter, type Result, request } from '../setup/request.ts'
import { startTestServer, type TestServer } from '../setup/server.ts'
import { live, type Running, stockClient } from '../setup/stock.ts'
import { until } from '../setup/until.ts'

const MESSAGE = 'id cursor text editedAt deletedAt from { id } to { id } replyTo { id cursor from { id } }'
const EVENTS = `subscription ($since: Cursor) { onEvent(since: $since) {
  __typename
  ... on LogEvent { cursor }
  ... on MessageAdded { message { ${MESSAGE} } }
  ... on MessageEdited { message { ${MESSAGE} } }
  ... on MessageDeleted { message { ${MESSAGE} } }
} }`
const MESSAGES = `subscription ($since: Cursor) { onMessage(since: $since) { ${MESSAGE} } }`
const SEND = `mutation ($text: String!, $to: String, $nonce: ID, $replyTo: ID) {
  sendMessage(text: $text, to: $to, plain: true, nonce: $nonce, replyTo: $replyTo) { ${MESSAGE} }
}`
const EDIT = `mutation ($id: ID!, $text: String!) { editMessage(id: $id, text: $text) { ${MESSAGE} } }`
const DELETE = `mutation ($id: ID!) { deleteMessage(id: $id) { ${MESSAGE} } }`
const PAGE = `query ($scope: Scope, $since: Cursor) { messages(scope: $scope, since: $since, limit: 100) {
  nodes { ${MESSAGE} } pageInfo { endCursor }
} }`

let server: TestServer
let [ana, bia, cleo] = [] as unknown as [Entered, Entered, Entered]

beforeAll(async () => {
  // A tail of a few entries, so that replay comes from the file too.
  server = await startTestServer({ TAIL_ENTRIES: '16' })
  ;[ana, bia, cleo] = [
    await enter(server.graphql, 'ana'),
    await enter(server.graphql, 'bia'),
    await enter(server.graphql, 'cleo'),
  ]
})

afterAll(() => server.close())

type Variables = Record<string, unknown>

const ask = (who: Entered, query: string, variables: Variables = {}): Promise<Result> =>
  request(server.graphql, query, { token: who.token, variables })

async function say(who: Entered, text: string, more: Variables = {}): Promise<Data> {
  return (await data(server.graphql, SEND, { token: who.token, variables: { text, ...more } })).sendMessage
}

async function edit(who: Entered, id: string, text: string): Promise<Data> {
  return (await data(server.graphql, EDIT, { token: who.token, variables: { id, text } })).editMessage
}

async function remove(who: Entered, id: string): Promise<Data> {
  return (await data(server.graphql, DELETE, { token: who.token, variables: { id } })).deleteMessage
}

async function page(who: Entered, variables: Variables = {}): Promise<Data> {
  return (await data(server.graphql, PAGE, { token: who.token, variables })).messages
}

async function messageById(who: Entered, id: string): Promise<Data> {
  const query = `query ($id: ID!) { message(id: $id) { ${MESSAGE} } }`
  return (await data(server.graphql, query, { token: who.token, variables: { id } })).message
}

/** A device of theirs, on a socket of its own. */
function device(who: Entered) {
  const opened = stockClient(server.socket, who.token)
  onTestFinished(() => opened.dispose())
  return opened
}

const END = 'the end of a replay'

/** Everything after a place, as a feed replays it. */
async function replay(who: Entered, since: string, query = EVENTS): Promise<Data[]> {
  const client = device(who)
  const [feed, marks] = [client.subscribe(query, { since }), client.subscribe(EVENTS, { since })]
  await until('both feeds are live', () => marks.items.some(({ onEvent }) => onEvent.__typename === 'CaughtUp'))
  // One comes after the other: a message that both get says that the first has all.
  const last = await say(who, END, { to: who.username })
  const told = ({ onEvent, onMessage }: Data): Data => onMessage ?? onEvent
  await until('the last', () => feed.items.some(item => (told(item).message ?? told(item)).id === last.id))
  feed.stop()
  marks.stop()
  return feed.items.map(told).filter(item => (item.message ?? item).text !== END)
}

const kinds = (running: Running): string[] => running.items.map(({ onEvent }) => onEvent.__typename)

/** Where the log ends for an account now. */
const endOf = async (who: Entered): Promise<string> => {
  const { onEvent } = await new Promise<Data>(resolve => {
    const client = device(who)
    const feed = client.subscribe(EVENTS)
    void until('CaughtUp', () => feed.items[0]).then(item => {
      feed.stop()
      resolve(item)
    })
  })
  return onEvent.cursor
}

describe('a reply', () => {
  test('REPLY-1 answers a message of the same conversation, or a public one', async () => {
    const toAll = await say(bia, 'to all')
    const between = await say(bia, 'between two', { to: 'ana' })
    const refOf = ({ id, cursor, from }: Data): Data => ({ id, cursor, from })
    expect((await say(ana, 'public answer', { replyTo: toAll.id })).replyTo).toEqual(refOf(toAll))
    expect((await say(ana, 'private answer', { replyTo: between.id, to: 'bia' })).replyTo).toEqual(refOf(between))
    expect((await say(bia, 'answer to oneself', { replyTo: between.id, to: 'ana' })).replyTo).toEqual(refOf(between))
    expect((await say(ana, 'public, quoted in private', { replyTo: toAll.id, to: 'cleo' })).replyTo).toEqual(
      refOf(toAll),
    )
    const note = await say(ana, 'note', { to: 'ana' })
    expect((await say(ana, 'on the note', { replyTo: note.id, to: 'ana' })).replyTo).toEqual(refOf(note))
  })

  test('REPLY-1 any other is UNKNOWN_MESSAGE, alike whether there is such a message or not, and nothing is sent', async () => {
    const between = await say(bia, 'between two', { to: 'ana' })
    const note = await say(ana, 'note', { to: 'ana' })
    const gone = await say(ana, 'deleted')
    await remove(ana, gone.id)
    const before = await page(ana)
    const cases: [Entered, Variables][] = [
      [ana, { replyTo: 'no-such-id' }],
      [ana, { replyTo: '' }],
      [ana, { replyTo: gone.id }],
      // Of those who may see the answer some may not see what it answers.
      [ana, { replyTo: between.id }],
      [ana, { replyTo: between.id, to: 'cleo' }],
      [ana, { replyTo: between.id, to: 'ana' }],
      [ana, { replyTo: note.id, to: 'bia' }],
      [ana, { replyTo: note.id }],
      // Not even its sender may.
      [cleo, { replyTo: between.id, to: 'ana' }],
      [cleo, { replyTo: between.id, to: 'bia' }],
      [cleo, { replyTo: between.id }],
    ]
    const answers = new Set<string>()
    for (const [who, variables] of cases) {
      const result = await ask(who, SEND, { text: 'refused', ...variables })
      expect([variables, codeOf(result)]).toEqual([variables, 'UNKNOWN_MESSAGE'])
      answers.add(JSON.stringify(result.errors?.map(({ message, extensions }) => [message, extensions])))
    }
    expect(answers.size).toBe(1)
    expect(await page(ana)).toEqual(before)
  })

  test('REPLY-2 keeps its reference when what it answers is deleted; message gives what the reference names', async () => {
    const first = await say(bia, 'first')
    const reply = await say(ana, 'answer', { replyTo: first.id })
    await remove(bia, first.id)
    expect((await messageById(cleo, reply.id)).replyTo).toEqual(reply.replyTo)
    expect(await messageById(cleo, reply.replyTo.id)).toMatchObject({ text: '', deletedAt: expect.any(String) })
    const secret = await say(bia, 'secret', { to: 'ana' })
    expect(await messageById(ana, secret.id)).toEqual(secret)
    expect(await messageById(cleo, secret.id)).toBeNull()
    expect(await messageById(cleo, 'no-such-id')).toBeNull()
    expect(codeOf(await request(server.graphql, '{ message(id: "x") { id } }'))).toBe('UNAUTHENTICATED')
  })

  test('SEND-1 what is answered is one of the arguments that a nonce stands for', async () => {
    const first = await say(bia, 'first')
    const sent = await say(ana, 'answer', { replyTo: first.id, nonce: 'reply' })
    expect(await say(ana, 'answer', { replyTo: first.id, nonce: 'reply' })).toEqual(sent)
    expect(codeOf(await ask(ana, SEND, { text: 'answer', nonce: 'reply' }))).toBe('NONCE_REUSED')
    const plain = await say(ana, 'no answer', { nonce: 'plain' })
    expect(await say(ana, 'no answer', { nonce: 'plain', replyTo: null })).toEqual(plain)
    // Also when it is deleted meanwhile.
    await remove(bia, first.id)
    expect(await say(ana, 'answer', { replyTo: first.id, nonce: 'reply' })).toEqual(sent)
  })
})

describe('an edit or a deletion', () => {
  test('EDIT-1 FEED-6 reaches everyone who may see the message, in the order of the log, and no feed of new messages', async () => {
    const feeds = [ana, bia, cleo].map(who => device(who).subscribe(EVENTS))
    const messages = device(bia).subscribe(MESSAGES)
    await Promise.all(feeds.map(feed => live(feed)))
    await until('the feed of messages', async () => {
      const { id } = await say(bia, 'is it live?', { to: 'bia' })
      await new Promise(resolve => setTimeout(resolve, 20))
      return messages.items.some(({ onMessage }) => onMessage.id === id)
    })
    const [toAll, toBia] = [await say(ana, 'one'), await say(ana, 'two', { to: 'bia' })]
    const edited = await edit(ana, toAll.id, 'one, edited')
    const editedToBia = await edit(ana, toBia.id, 'two, edited')
    const deleted = await remove(ana, toBia.id)
    const last = await say(ana, 'last')
    expect(edited).toEqual({ ...toAll, text: 'one, edited', editedAt: expect.any(String) })
    expect(deleted).toEqual({ ...editedToBia, text: '', deletedAt: expect.any(String) })
    const isLast = ({ onEvent, onMessage }: Data): boolean => (onMessage ?? onEvent.message)?.id === last.id
    await until('all have all', () => [...feeds, messages].every(feed => feed.items.some(isLast)))
    const [own, others, strangers] = feeds.map(feed =>
      feed.items
        .map(({ onEvent }) => onEvent)
        .filter(({ message }) => message && [toAll.id, toBia.id, last.id].includes(message.id))
        .map(({ __typename, cursor, message }) => [__typename, cursor, message]),
    )
    const cursors = own?.map(([, cursor]) => cursor)
    expect(own).toEqual([
      ['MessageAdded', toAll.cursor, toAll],
      ['MessageAdded', toBia.cursor, toBia],
      ['MessageEdited', cursors?.[2], edited],
      ['MessageEdited', cursors?.[3], editedToBia],
      ['MessageDeleted', cursors?.[4], deleted],
      ['MessageAdded', last.cursor, last],
    ])
    expect(cursors).toEqual([...new Set(cursors)].toSorted())
    expect(others).toEqual(own)
    expect(strangers).toEqual(own?.filter(([, , message]) => message.id !== toBia.id))
    const delivered = messages.items.map(({ onMessage }) => onMessage).filter(({ text }) => text !== 'is it live?')
    expect(delivered).toEqual([toAll, toBia, last])
  })

  test('EDIT-1 goes on from the cursor of any edit or deletion, once and in order', async () => {
    const since = await endOf(bia)
    const message = await say(ana, 'v0', { to: 'bia' })
    for (let n = 1; n <= 3; n++) await edit(ana, message.id, `v${n}`)
    await remove(ana, message.id)
    const last = await say(ana, 'after all', { to: 'bia' })
    const all = await replay(bia, since)
    const told = all.filter(({ __typename }) => __typename !== 'CaughtUp')
    expect(told.map(({ __typename }) => __typename)).toEqual([
      'MessageAdded',
      ...Array(3).fill('MessageEdited'),
      'MessageDeleted',
      'MessageAdded',
    ])
    expect(told.at(-1).message).toEqual(last)
    for (const [index, { cursor }] of told.entries()) {
      const rest = (await replay(bia, cursor)).filter(({ __typename }) => __typename !== 'CaughtUp')
      expect(rest).toEqual(told.slice(index + 1))
      // As a page's edge, too; but no page has them.
      expect((await page(bia, { since: cursor, scope: 'PRIVATE' })).nodes.at(-1)?.id ?? null).not.toBe(message.id)
    }
    // For somebody who may not see the message they are no places at all.
    const refused = await ask(cleo, PAGE, { since: told[1].cursor })
    expect(codeOf(refused)).toBe('HISTORY_RESET')
  })

  test('EDIT-2 is its author’s alone; what one may not see is not there', async () => {
    const [toAll, toBia] = [await say(ana, 'mine'), await say(ana, 'between two', { to: 'bia' })]
    const change = (who: Entered, id: string): Promise<Result>[] => [
      ask(who, EDIT, { id, text: 'not mine' }),
      ask(who, DELETE, { id }),
    ]
    const refusals = async (results: Promise<Result>[]): Promise<unknown[]> =>
      (await Promise.all(results)).map(({ errors }) => [errors?.[0]?.message, errors?.[0]?.extensions])
    for (const id of [toAll.id, toBia.id]) {
      for (const [, extensions] of (await refusals(change(bia, id))) as [string, unknown][]) {
        expect(extensions).toEqual({ code: 'NOT_AUTHOR' })
      }
    }
    const unseen = await refusals(change(cleo, toBia.id))
    expect(unseen).toEqual(await refusals(change(cleo, 'no-such-id')))
    expect(unseen).toEqual(await refusals(change(ana, '')))
    expect(unseen.map(refusal => (refusal as [string, unknown])[1])).toEqual(Array(2).fill({ code: 'UNKNOWN_MESSAGE' }))
    expect(await messageById(bia, toAll.id)).toEqual(toAll)
    expect(await messageById(bia, toBia.id)).toEqual(toBia)
    await remove(ana, toAll.id)
    expect(codeOf(await ask(ana, EDIT, { id: toAll.id, text: 'again' }))).toBe('UNKNOWN_MESSAGE')
    expect(codeOf(await request(server.graphql, EDIT, { variables: { id: toAll.id, text: 'x' } }))).toBe(
      'UNAUTHENTICATED',
    )

    const dora = await enter(server.graphql, 'dora')
    const toDora = await say(ana, 'to dora', { to: 'dora' })
    await data(server.graphql, 'mutation { deleteAccount }', { token: dora.token })
    expect((await edit(ana, toDora.id, 'changed all the same')).text).toBe('changed all the same')
    expect((await remove(ana, toDora.id)).text).toBe('')
  })

  test('EDIT-3 PAGE-3 leaves nothing of what was replaced in pages, replay, repeated sends and the message itself', async () => {
    const since = await endOf(bia)
    // Feeds of the same operations that are live all the while: what was rendered for them is not rendered again.
    await live(device(bia).subscribe(EVENTS))
    device(bia).subscribe(MESSAGES, { since })
    const [kept, gone] = [
      await say(ana, 'FORMER of the one', { nonce: 'kept' }),
      await say(ana, 'FORMER of the other', { to: 'bia', nonce: 'gone' }),
    ]
    await edit(ana, gone.id, 'FORMER too')
    // Both in the tail, and after it has moved on: the file has to answer then.
    for (const from of ['memory', 'file']) {
      await edit(ana, kept.id, `latest, from ${from}`)
      if (from === 'memory') await remove(ana, gone.id)
      else for (let n = 0; n < 40; n++) await say(cleo, `${n}`)
      const answers = {
        pages: await Promise.all([ana, bia].map(who => page(who, { since }))),
        newest: await page(bia),
        messages: await Promise.all([kept.id, gone.id].map(id => messageById(bia, id))),
        events: await replay(bia, since),
        onMessage: await replay(bia, since, MESSAGES),
        sends: [
          await say(ana, 'FORMER of the one', { nonce: 'kept' }),
          await say(ana, 'FORMER of the other', { to: 'bia', nonce: 'gone' }),
        ],
      }
      expect(JSON.stringify(answers)).not.toContain('FORMER')
      const [now, tombstone] = answers.messages
      expect([now.text, tombstone.text]).toEqual([`latest, from ${from}`, ''])
      expect([now.deletedAt, tombstone.deletedAt]).toEqual([null, expect.any(String)])
      expect(answers.sends).toEqual([now, tombstone])
      expect(answers.pages[1].nodes.slice(0, 2)).toEqual([now, tombstone])
      for (const { message } of answers.events.filter(({ message }) => message)) {
        if (message.id === kept.id) expect(message).toEqual(now)
        if (message.id === gone.id) expect(message).toEqual(tombstone)
      }
      expect(answers.onMessage.slice(0, 2)).toEqual([now, tombstone])
    }
  })

  test('EDIT-4 leaves the message in its place, with its id and its cursor', async () => {
    const since = await endOf(bia)
    const messages = [await say(ana, 'a'), await say(ana, 'b'), await say(ana, 'c')]
    const before = await page(bia, { since })
    const [edited, deleted] = [await edit(ana, messages[0].id, 'A'), await remove(ana, messages[1].id)]
    expect([edited.cursor, deleted.cursor]).toEqual([messages[0].cursor, messages[1].cursor])
    expect(await page(bia, { since })).toEqual({ ...before, nodes: [edited, deleted, messages[2]] })
  })

  test('EDIT-5 that changes nothing is in no log, and answers with the message', async () => {
    const message = await say(ana, 'same')
    const since = await endOf(bia)
    expect(await edit(ana, message.id, 'same')).toEqual(message)
    const deleted = await remove(ana, message.id)
    expect(await remove(ana, message.id)).toEqual(deleted)
    const told = await replay(bia, since)
    expect(told.map(({ __typename }) => __typename)).toEqual(['MessageDeleted', 'CaughtUp'])
  })

  test('EDIT-6 has the rules of texts, and no commands', async () => {
    const message = await say(ana, 'text')
    expect((await edit(ana, message.id, '/msg bia oi')).text).toBe('/msg bia oi')
    expect((await edit(ana, message.id, '  spaces \n\u202e')).text).toBe('  spaces \n\u202e')
    for (const [text, code] of [
      ['', 'TEXT_EMPTY'],
      ['\u200b \n', 'TEXT_EMPTY'],
      ['x'.repeat(4_001), 'TEXT_TOO_LONG'],
      ['\0', 'TEXT_INVALID'],
    ]) {
      expect([text, codeOf(await ask(ana, EDIT, { id: message.id, text }))]).toEqual([text, code])
    }
    expect((await messageById(ana, message.id)).text).toBe('  spaces \n\u202e')
  })

  test('EDIT-6 counts as a send, unless it changes nothing', async () => {
    await using strict = await startTestServer({ SENDS_PER_SECOND: '1' })
    const { token } = await enter(strict.graphql, 'ana')
    const sent = await data(strict.graphql, SEND, { token, variables: { text: 'x' } })
    const { id } = sent.sendMessage
    const again = () => request(strict.graphql, EDIT, { token, variables: { id, text: 'x' } })
    for (let n = 0; n < 20; n++) expect(codeOf(await again())).toBeNull()
    const codes: (string | null)[] = []
    for (let n = 0; n < 20 && !codes.includes('RATE_LIMITED'); n++) {
      codes.push(codeOf(await request(strict.graphql, EDIT, { token, variables: { id, text: `${n}` } })))
    }
    expect(codes.at(-1)).toBe('RATE_LIMITED')
    const refused = await request(strict.graphql, DELETE, { token, variables: { id } })
    expect(refused.errors?.[0]?.extensions).toMatchObject({ code: 'RATE_LIMITED', retryAfterMs: expect.any(Number) })
  })

  test('EDIT-3 comes over server-sent events as over a socket, the cursor of each as its id', async () => {
    const since = await endOf(bia)
    const message = await say(ana, 'FORMER')
    await edit(ana, message.id, 'latest')
    const abort = new AbortController()
    const response = await fetch(server.graphql, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'text/event-stream',
        authorization: `Bearer ${bia.token}`,
        'last-event-id': since,
      },
      body: JSON.stringify({ query: EVENTS }),
      signal: abort.signal,
    })
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
    let text = ''
    while (!text.includes('CaughtUp')) text += (await reader?.read())?.value ?? ''
    await reader?.cancel()
    abort.abort()
    expect(text).not.toContain('FORMER')
    const ids = [...text.matchAll(/^id: ?(.+)$/gm)].map(([, id]) => id)
    const [added, edited] = (await replay(bia, since)) as [Data, Data]
    expect(ids.slice(0, 2)).toEqual([added.cursor, edited.cursor])
  })
})

describe('a message that was trimmed', () => {
  test('REPLY-2 EDIT-7 leaves the places of its edits, as deletions, and references to it are gone', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'recado-revisions-'))
    onTestFinished(() => rm(folder, { recursive: true, force: true }))
    const first = await startTestServer({}, folder)
    const { token } = await enter(first.graphql, 'ana')
    const on = async (at: TestServer, query: string, variables: Variables): Promise<Data> =>
      Object.values((await data(at.graphql, query, { token, variables })) as Data)[0]
    const quoted = await on(first, SEND, { text: 'FORMER', nonce: 'quoted' })
    const reply = await on(first, SEND, { text: 'answer', replyTo: quoted.id })
    await on(first, EDIT, { id: quoted.id, text: 'FORMER, edited' })
    await on(first, SEND, { text: 'last' })
    await first.close()
    const store = await openSqliteStore({ dataDir: folder, events: { committed() {} } })
    expect(await trimAll(store, { messages: 2 })).toMatchObject({ removed: 1 })
    await store.close()

    await using second = await startTestServer({}, folder)
    const client = stockClient(second.socket, token)
    onTestFinished(() => client.dispose())
    const feed = client.subscribe(EVENTS, { since: quoted.cursor })
    await live(feed)
    expect(kinds(feed)).toEqual(['MessageAdded', 'MessageDeleted', 'MessageAdded', 'CaughtUp'])
    const [answer, gone] = feed.items.map(({ onEvent }) => onEvent)
    expect(answer.message).toEqual({ ...reply, replyTo: null })
    expect(gone.message).toEqual({ ...quoted, text: '', deletedAt: expect.any(String) })
    const again = client.subscribe(EVENTS, { since: gone.cursor })
    await live(again)
    expect(kinds(again)).toEqual(['MessageAdded', 'CaughtUp'])
    expect(JSON.stringify(feed.items)).not.toContain('FORMER')
    expect(codeOf(await request(second.graphql, EDIT, { token, variables: { id: quoted.id, text: 'x' } }))).toBe(
      'UNKNOWN_MESSAGE',
    )
    const retry = await on(second, SEND, { text: 'FORMER', nonce: 'quoted' })
    expect(retry).toEqual({ ...quoted, text: '', deletedAt: gone.message.deletedAt })
  })
})
