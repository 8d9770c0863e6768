// The engine against a real server: what it tells a page adds up to the log, from a copy or without one, however much was
// missed meanwhile.
import 'fake-indexeddb/auto'
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { type CopyStore, createCopyStore } from '../../client/web/engine/copy-store.ts'
import type { EngineNews } from '../../client/web/engine/engine.ts'
import { createLocalEngine, type LocalEngineOptions } from '../../client/web/engine/local-engine.ts'
import { createConversations } from '../../client/web/model/conversations.ts'
import { data, type Entered, enter, send } from '../setup/request.ts'
import { startTestServer, type TestServer } from '../setup/server.ts'
import { until } from '../setup/until.ts'

let server: TestServer
let maria: Entered
let names = 0
beforeAll(async () => {
  server = await startTestServer()
  maria = await enter(server.graphql, 'maria')
})
afterAll(() => server?.close())

/** An engine of this account, and what a page that listens to it has. */
function open(me: Entered, database: string, options: Partial<LocalEngineOptions> = {}) {
  const copy = createCopyStore(`${server.graphql} ${me.id}`, me, randomUUID(), database)
  const engine = createLocalEngine({ me, url: server.graphql, token: me.token, copy, ...options })
  const conversations = createConversations({ me, learn: () => {} })
  const unread = new Map<string, number>()
  const told: EngineNews[] = []
  engine.join(news => {
    told.push(news)
    if (news.type === 'conversations') conversations.begin(news.conversations)
    if (news.type === 'messages') {
      for (const { message, happening } of news.news) conversations.absorb([message], happening)
    }
    if (news.type === 'conversations' || news.type === 'marks') {
      for (const [key, mark] of news.marks) unread.set(key, mark.unread)
    }
  })
  const count = (type: EngineNews['type']) => told.filter(news => news.type === type).length
  const texts = (key: 'everyone' | `with:${string}` = 'everyone') => conversations.tailOf(key).map(({ text }) => text)
  const live = () => until('it has caught up', () => count('caught-up') > 0)
  return { engine, told, texts, unread, count, live }
}

const say = async (from: number, to: number) => {
  for (let index = from; index <= to; index++) await send(server.graphql, maria.token, { text: `linha ${index}` })
}
const lines = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => `linha ${from + index}`)

describe('an engine', () => {
  test('tells what there is, then what happens; the next one begins with its copy and what was missed', async () => {
    const [me, database] = [await enter(server.graphql, `ana${++names}`), `copy ${names}`]
    const first = open(me, database)
    await first.live()
    await say(1, 5)
    await until('it is told', () => first.texts().at(-1) === 'linha 5')
    await first.engine.close()
    await say(6, 9)

    const second = open(me, database)
    await until('the copy is told', () => second.texts().at(-1) === 'linha 5')
    expect(second.told.find(news => news.type === 'status' && news.status.phase === 'ready')).toMatchObject({
      status: { isFromCopy: true },
    })
    await second.live()
    expect(second.texts().slice(-9)).toEqual(lines(1, 9))
    expect(second.unread.get('everyone')).toBe(9)
    // Once from the copy; pages were not needed.
    expect(second.count('conversations')).toBe(1)
    await second.engine.close()
  })

  test('that missed too much reads the newest pages instead, leaves no hole, and keeps none', async () => {
    const [me, database] = [await enter(server.graphql, `ana${++names}`), `copy ${names}`]
    const first = open(me, database)
    await first.live()
    await say(1, 5)
    await until('it is told', () => first.texts().at(-1) === 'linha 5')
    await first.engine.close()
    await say(6, 150)

    const second = open(me, database, { longestReplay: 20 })
    await second.live()
    await say(151, 153)
    await until('it is live', () => second.texts().at(-1) === 'linha 153')
    // From the copy, and then anew.
    expect(second.count('conversations')).toBe(2)
    const shown = second.texts()
    expect(shown.length).toBeGreaterThan(50)
    expect(shown).toEqual(lines(153 - shown.length + 1, 153))
    await second.engine.close()

    const third = open(me, database)
    await until('the copy is told', () => third.count('conversations') === 1)
    const kept = third.texts()
    expect(kept).toEqual(lines(153 - kept.length + 1, 153))
    await third.live()
    expect(third.count('conversations')).toBe(1)
    await third.engine.close()
  })

  test('shows what is said while it reads pages after a reset as soon as these are there', async () => {
    const me = await enter(server.graphql, `ana${++names}`)
    const pages = Promise.withResolvers<void>()
    let waiting = 0
    const { fetch } = globalThis
    const held = vi.spyOn(globalThis, 'fetch').mockImplementation(async (...request) => {
      const answer = await fetch(...request)
      if (String(request[1]?.body).includes('"scope":"P')) {
        waiting += 1
        await pages.promise
      }
      return answer
    })
    const ofAnotherHistory = { cursor: 'epoch000-00000000009-000', textLimit: null, hasOlder: false, conversations: [] }
    const copy: CopyStore = {
      load: async () => ofAnotherHistory,
      save: async () => true,
      clear: async () => {},
      erase: async () => {},
      close() {},
    }
    const { engine, count, texts, unread, live } = open(me, `copy ${names}`, { copy })
    await live()
    await until('its pages are read', () => waiting === 2)
    await send(server.graphql, maria.token, { text: 'enquanto isso' })
    // Twice caught up: by then it has heard of it, whichever of the two brought it.
    engine.drop()
    await until('it has caught up again', () => count('caught-up') === 2)
    expect([count('reset'), count('conversations'), texts()]).toEqual([1, 1, []])
    pages.resolve()
    await until('the pages are there', () => count('conversations') === 2)
    expect(texts().at(-1)).toBe('enquanto isso')
    expect(unread.get('everyone')).toBe(1)
    held.mockRestore()
    await engine.close()
  })

  test('tells whoever joins later everything at once', async () => {
    const me = await enter(server.graphql, `ana${++names}`)
    const { engine, live } = open(me, `copy ${names}`)
    await live()
    const types: string[] = []
    engine.join(news => types.push(news.type))
    // Devices are told once the server has said who they are.
    expect(types.filter(type => type !== 'devices')).toEqual([
      'status',
      'outbox',
      'changes',
      'presence',
      'seen',
      'conversations',
      'typing',
    ])
    await engine.close()
  })

  test('knows of a conversation that only the list of conversations has, and reads its history', async () => {
    const me = await enter(server.graphql, `ana${++names}`)
    const rui = await enter(server.graphql, `rui${names}`)
    await send(server.graphql, rui.token, { text: 'oi', to: me.username })
    // More private messages than one page has, so that no page of them has that one.
    for (let index = 0; index < 120; index++) {
      await send(server.graphql, maria.token, { text: `psiu ${index}`, to: me.username })
    }
    const { engine, live, texts, unread } = open(me, `copy ${names}`)
    await live()
    expect(texts(`with:${rui.id}`)).toEqual(['oi'])
    expect([unread.get(`with:${rui.id}`), unread.get(`with:${maria.id}`)]).toEqual([1, 120])
    const page = await engine.readEarlier(`with:${maria.id}`, null)
    expect(page.messages.at(-1)?.text).toBe('psiu 119')
    const older = await engine.readEarlier(`with:${maria.id}`, page.messages[0]?.cursor ?? null)
    expect(older.messages[0]?.text).toBe('psiu 0')
    expect(older.hasEarlier).toBe(false)
    await engine.close()
  })

  test('tells who is writing, until they have said it', async () => {
    const me = await enter(server.graphql, `ana${++names}`)
    const rui = await enter(server.graphql, `rui${names}`)
    const { engine, told, live } = open(me, `copy ${names}`)
    await live()
    const writing = () => told.flatMap(news => (news.type === 'typing' ? [news.typing] : [])).at(-1)
    await until('it is told', async () => {
      await data(server.graphql, 'mutation ($to: String) { setTyping(to: $to) }', {
        token: rui.token,
        variables: { to: me.username },
      })
      return writing()?.length === 1
    })
    expect(writing()).toEqual([[`with:${rui.id}`, [{ id: rui.id, username: rui.username }]]])
    await send(server.graphql, rui.token, { text: 'pronto', to: me.username })
    await until('nobody is writing', () => writing()?.length === 0, 4_000)
    await engine.close()
  })

  test('says that its session is over, and erases its copy', async () => {
    const [me, database] = [await enter(server.graphql, `ana${++names}`), `copy ${names}`]
    const { engine, live, count } = open(me, database)
    await live()
    engine.settle()
    await fetch(server.graphql, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${me.token}` },
      body: JSON.stringify({ query: 'mutation { leave }' }),
    })
    await until('it is told', () => count('ended') === 1)
    await engine.close()
    const copy = createCopyStore(`${server.graphql} ${me.id}`, me, randomUUID(), database)
    await until('there is no copy', async () => (await copy.load()) === null)
  })
})
