// Edits and deletions over two real nodes and one real Redis: what is done at one node is seen at the other by feeds that
// are live, behind, or whose notice was lost, and nothing of a deleted text is left at either.
import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { codeOf, type Data, data, type Entered, enter, request, type Sent, send } from '../setup/request.ts'
import type { Push } from '../setup/resp.ts'
import type { TestServer } from '../setup/server.ts'
import { live, type Running, stockClient } from '../setup/stock.ts'
import { until } from '../setup/until.ts'
import { type Fate, type Rig, startRig } from './rig.ts'

/** What the log brings when a notice is lost, it brings within this time. */
const PROMISED_MS = 2_000

const FEED = `subscription ($since: Cursor) {
  onEvent(since: $since) {
    __typename
    ... on LogEvent { cursor }
    ... on MessageAdded { message { ...It } }
    ... on MessageEdited { message { ...It } }
    ... on MessageDeleted { message { ...It } }
    ... on CaughtUp { replayed }
  }
}
fragment It on Message { id cursor text editedAt deletedAt replyTo { id } }`
const PAGE = `query ($since: Cursor, $before: Cursor) {
  messages(since: $since, before: $before, limit: 100) { nodes { id text editedAt deletedAt replyTo { id } } }
}`
const EDIT = 'mutation ($id: ID!, $text: String!) { editMessage(id: $id, text: $text) { id text editedAt } }'
const DELETE = 'mutation ($id: ID!) { deleteMessage(id: $id) { id text deletedAt } }'
const REPLY = `mutation ($text: String!, $replyTo: ID!, $to: String) {
  sendMessage(text: $text, replyTo: $replyTo, to: $to, plain: true) { id cursor text replyTo { id from { username } } }
}`

let rig: Rig
let nodes: Rig['nodes']
let ana: Entered
let bia: Entered
let cleo: Entered

beforeAll(async () => {
  rig = await startRig({ SPACE: 'revisions' }, { appendfsync: 'always' })
  nodes = rig.nodes
  const people = await Promise.all(['ana', 'bia', 'cleo'].map(name => enter(nodeAt(0).graphql, name)))
  ;[ana, bia, cleo] = people as [Entered, Entered, Entered]
})

afterEach(() => rig.heal())

afterAll(() => rig.close())

function nodeAt(index: number): TestServer {
  return nodes[index] as TestServer
}

/** A feed of a person on a node that has caught up, stopped after the test. */
async function device(person: Entered, node: number, since?: string): Promise<Running> {
  const client = stockClient(nodeAt(node).socket, person.token)
  onTestFinished(() => client.dispose())
  const feed = client.subscribe(FEED, since === undefined ? {} : { since })
  await live(feed)
  return feed
}

async function say(node: number, from: Entered, text: string, to: Entered | null = null): Promise<Sent> {
  return send(nodeAt(node).graphql, from.token, { text, ...(to === null ? { plain: true } : { to: to.username }) })
}

async function edit(node: number, by: Entered, id: string, text: string): Promise<Data> {
  const variables = { id, text }
  return (await data(nodeAt(node).graphql, EDIT, { token: by.token, variables })).editMessage
}

async function remove(node: number, by: Entered, id: string): Promise<Data> {
  return (await data(nodeAt(node).graphql, DELETE, { token: by.token, variables: { id } })).deleteMessage
}

async function page(node: number, by: Entered, variables: Record<string, unknown> = {}): Promise<Data[]> {
  return (await data(nodeAt(node).graphql, PAGE, { token: by.token, variables })).messages.nodes
}

/** What a feed brought of a message, in order: `MessageAdded text`. */
function eventsOf(feed: Running, id: string): string[] {
  return feed.items.flatMap(({ onEvent }) =>
    onEvent.message?.id === id ? [`${onEvent.__typename} ${onEvent.message.text}`] : [],
  )
}

function expectOrder(feed: Running): void {
  const cursors = feed.items.map(({ onEvent }) => onEvent.cursor as string)
  expect(cursors).toEqual(cursors.toSorted())
}

const textOf = (what: string): string => `${what} ${randomUUID()}`

describe('what one node edits or deletes', () => {
  const fates: Record<string, (notice: Push) => Fate> = {
    'every notice comes': () => 'pass',
    'all are lost': () => 'lose',
    'only those to accounts are lost': ({ channel }) => (channel.includes(':user:') ? 'lose' : 'pass'),
    'only links of the chain are lost': ({ channel }) => (channel.includes(':user:') ? 'pass' : 'lose'),
    'each is doubled': () => 'double',
    'half of them are late, so that others overtake them': () => (Math.random() < 0.5 ? 'pass' : Math.random() * 60),
  }
  for (const [name, judge] of Object.entries(fates)) {
    for (const isPrivate of [false, true]) {
      test(`EDIT-8 EDIT-1 FEED-11 the other delivers in its place, once, in order: ${isPrivate ? 'private' : 'public'}, ${name}`, async () => {
        const to = isPrivate ? bia : null
        const [own, theirs, foreign] = await Promise.all([device(ana, 1), device(bia, 1), device(cleo, 1)])
        const [edited, deleted] = [await say(0, ana, textOf('edited'), to), await say(0, ana, textOf('deleted'), to)]
        for (const feed of [own, theirs]) {
          await until('both', () => [edited, deleted].every(({ id }) => eventsOf(feed, id).length > 0))
        }
        rig.judge(judge)
        const text = textOf('new')
        await edit(0, ana, edited.id, text)
        await remove(0, ana, deleted.id)
        const seeing = isPrivate ? [own, theirs] : [own, theirs, foreign]
        const all = (feed: Running) => [edited, deleted].every(({ id }) => eventsOf(feed, id).length >= 2)
        await until('all', () => seeing.every(all), PROMISED_MS).catch(() => {})
        for (const feed of seeing) {
          expect(eventsOf(feed, edited.id)).toEqual([`MessageAdded ${edited.text}`, `MessageEdited ${text}`])
          expect(eventsOf(feed, deleted.id)).toEqual([`MessageAdded ${deleted.text}`, 'MessageDeleted '])
          expectOrder(feed)
        }
        if (isPrivate) expect(eventsOf(foreign, edited.id).concat(eventsOf(foreign, deleted.id))).toEqual([])
        // Pages of either node, from memory and from the log.
        for (const node of [0, 1]) {
          for (const by of isPrivate ? [ana, bia] : [ana, bia, cleo]) {
            const found = await page(node, by)
            const older = await page(node, by, { since: edited.cursor })
            expect(found.find(({ id }) => id === edited.id)).toMatchObject({ text, deletedAt: null })
            expect(found.find(({ id }) => id === deleted.id)).toMatchObject({ text: '', deletedAt: expect.any(String) })
            expect(JSON.stringify([found, older])).not.toMatch(new RegExp(`${edited.text}|${deleted.text}`))
          }
        }
      })
    }
  }

  test('EDIT-8 EDIT-3 feeds that are behind on the other get as it is now, and never what was there before', async () => {
    const start = await say(0, cleo, textOf('start'))
    const sent: { readonly message: Sent; readonly from: Entered; readonly to: Entered | null }[] = []
    for (let n = 0; n < 30; n++) {
      const from = n % 2 ? ana : bia
      const to = n % 3 === 0 ? (n % 2 ? bia : ana) : null
      sent.push({ message: await say(n % 2, from, textOf(`former ${n}`), to), from, to })
    }
    // Read once as they are, so that the node has them in memory.
    await Promise.all([device(ana, 1, start.cursor), device(cleo, 1, start.cursor)])
    for (const [n, { message, from }] of sent.entries()) {
      if (n % 5 === 0) await remove(0, from, message.id)
      else if (n % 5 < 3) await edit(0, from, message.id, textOf(`new ${n}`))
    }
    const last = await say(0, cleo, textOf('last'))
    const other = await device(cleo, 1, start.cursor)
    await until('the other is past it', () => eventsOf(other, last.id).length === 1)
    const latest = new Map((await page(0, ana)).map(({ id, text }) => [id, text as string]))
    for (const person of [ana, bia, cleo]) {
      const feed = await device(person, 1, start.cursor)
      for (const [n, { message, from, to }] of sent.entries()) {
        if (to !== null && person === cleo) {
          expect(eventsOf(feed, message.id)).toEqual([])
          continue
        }
        const text = latest.get(message.id)
        const changed = n % 5 === 0 ? ['MessageDeleted '] : n % 5 < 3 ? [`MessageEdited ${text}`] : []
        expect(eventsOf(feed, message.id), `${n} of ${from.username}`).toEqual([`MessageAdded ${text}`, ...changed])
      }
      expectOrder(feed)
    }
  })

  test('EDIT-8 EDIT-3 of two who were not on the other node when it happened is there when they come, whatever it held of them', async () => {
    const [dora, eva] = await Promise.all(['dora', 'eva'].map(name => enter(nodeAt(0).graphql, name)))
    if (!dora || !eva) throw new Error('two entered')
    const other = await device(cleo, 1)
    const begin = await say(0, dora, textOf('begin'))
    // While they are there the node has the texts whole.
    const client = stockClient(nodeAt(1).socket, eva.token)
    const here = client.subscribe(FEED, { since: begin.cursor })
    await live(here)
    const [edited, deleted] = [await say(0, dora, textOf('former'), eva), await say(0, eva, textOf('former'), dora)]
    await until('both', () => [edited, deleted].every(({ id }) => eventsOf(here, id).length === 1))
    await client.dispose()
    await until('nobody listens', async () => {
      const [, count] = (await rig.redis.client.pubsub('NUMSUB', `{revisions}:user:${eva.id}`)) as [string, number]
      return Number(count) === 0
    })
    const text = textOf('new')
    await edit(0, dora, edited.id, text)
    await remove(0, eva, deleted.id)
    const last = await say(0, cleo, textOf('last'))
    await until('the other is past it', () => eventsOf(other, last.id).length === 1)
    const former = new RegExp(`${edited.text}|${deleted.text}`)
    for (const person of [dora, eva]) {
      expect(JSON.stringify(await page(1, person))).not.toMatch(former)
      const feed = await device(person, 1, begin.cursor)
      expect(eventsOf(feed, edited.id)).toEqual([`MessageAdded ${text}`, `MessageEdited ${text}`])
      expect(eventsOf(feed, deleted.id)).toEqual(['MessageAdded ', 'MessageDeleted '])
      expect(JSON.stringify(await page(1, person))).not.toMatch(former)
    }
  })

  test('EDIT-8 EDIT-1 edits of one message on both nodes at once end in one text everywhere', async () => {
    const feeds = await Promise.all([0, 1].flatMap(node => [ana, cleo].map(person => device(person, node))))
    const { id } = await say(0, ana, textOf('start'))
    const texts = Array.from({ length: 40 }, (_, n) => textOf(`${n}`))
    await Promise.all(texts.map((text, n) => edit(n % 2, ana, id, text)))
    await until('all', () => feeds.every(feed => eventsOf(feed, id).length === texts.length + 1))
    const finals = new Set(feeds.map(feed => eventsOf(feed, id).at(-1)))
    const [first, second] = await Promise.all(
      [0, 1].map(async node => (await page(node, cleo)).find(message => message.id === id)),
    )
    expect([...finals]).toEqual([`MessageEdited ${first?.text}`])
    expect(second).toEqual(first)
  })

  test('EDIT-2 only its author may, at either node, and nobody else learns whether there is such a message', async () => {
    const secret = await say(0, ana, textOf('secret'), bia)
    const open = await say(0, ana, textOf('open'))
    const codes = async (by: Entered, id: string) => {
      const token = by.token
      const edited = await request(nodeAt(1).graphql, EDIT, { token, variables: { id, text: 'forged' } })
      const deleted = await request(nodeAt(1).graphql, DELETE, { token, variables: { id } })
      return [codeOf(edited), codeOf(deleted)]
    }
    expect(await codes(bia, secret.id)).toEqual(['NOT_AUTHOR', 'NOT_AUTHOR'])
    expect(await codes(cleo, open.id)).toEqual(['NOT_AUTHOR', 'NOT_AUTHOR'])
    expect(await codes(cleo, secret.id)).toEqual(['UNKNOWN_MESSAGE', 'UNKNOWN_MESSAGE'])
    expect(await codes(cleo, 'nothing')).toEqual(['UNKNOWN_MESSAGE', 'UNKNOWN_MESSAGE'])
  })
})

test('REPLY-2 a reply at one node says at both what it answers', async () => {
  const feeds = await Promise.all([0, 1].map(node => device(bia, node)))
  const question = await say(0, ana, textOf('question'), bia)
  const variables = { text: textOf('answer'), replyTo: question.id, to: 'ana' }
  const { sendMessage } = await data(nodeAt(1).graphql, REPLY, { token: bia.token, variables })
  expect(sendMessage.replyTo).toEqual({ id: question.id, from: { username: 'ana' } })
  for (const feed of feeds) {
    const reply = await until('the reply', () =>
      feed.items.find(({ onEvent }) => onEvent.message?.id === sendMessage.id),
    )
    expect(reply.onEvent.message).toMatchObject({ text: variables.text, replyTo: { id: question.id } })
  }
  for (const node of [0, 1]) {
    const found = (await page(node, ana)).find(({ id }) => id === sendMessage.id)
    expect(found).toMatchObject({ replyTo: { id: question.id } })
  }
})
