// The state behind the full screen where the server refuses what it asks: above all what it tells of what was seen, and how
// often. The server is a false one, so that it can forget its history; how it answers `markRead` is up to each test.
import { afterEach, describe, expect, it } from 'vitest'
import { createRecado } from '../../client/core/recado.ts'
import { type ChatState, openChat } from '../../client/terminal/full/chat-state.ts'
import { textsFor } from '../../client/terminal/texts.ts'
import { type FakeServer, startFakeServer } from '../client/fake-server.ts'
import { until } from '../setup/until.ts'

const JOAO = { id: 'id-joao', username: 'joao' }
const MARIA = 'id-maria'

const closing: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

interface Asked {
  readonly cursor: string
  readonly withId: string | null
}

const refusal = (code: string) => Response.json({ data: null, errors: [{ message: code, extensions: { code } }] })

/**
 * @param answer a code: it is refused with it; null: it is noted
 * @param refused name of an operation that is refused, too
 */
async function open(answer: (asked: Asked) => string | null | Promise<string | null>, refused?: string) {
  const server = await startFakeServer()
  closing.push(() => server.close())
  const asked: Asked[] = []
  const recado = createRecado({
    url: server.url,
    token: JOAO.username,
    minBackoffMs: 1,
    maxBackoffMs: 20,
    async fetch(url, init) {
      const { operationName, variables } = JSON.parse(String(init?.body))
      if (operationName === refused) return refusal('STORAGE_UNAVAILABLE')
      if (operationName !== 'MarkRead') return fetch(url, init)
      asked.push(variables)
      const code = await answer(variables)
      if (code !== null) return refusal(code)
      return Response.json({ data: { markRead: { __typename: 'ReadPosition', with: null, cursor: variables.cursor } } })
    },
  })
  closing.push(() => recado.close())
  const state = await openChat(recado, JOAO, textsFor('en'))
  closing.push(() => state.close())
  // As the screen does after each drawing.
  state.onChange(() => state.seen())
  await until('live', () => state.connection === 'live')
  return { server, state, asked }
}

/** Somebody says something to everyone, until it is told that it was read. */
async function readNext(server: FakeServer, asked: readonly Asked[]): Promise<void> {
  const { cursor } = server.publish('ana', 'mais um')
  await until('it is told', () => asked.some(one => one.cursor === cursor))
}

const unreadOf = (state: ChatState, key: string): number | undefined => state.book.get(key)?.unread

it('begins without the list of conversations where the server refuses that', async () => {
  const { server, state } = await open(() => null, 'Conversations')
  server.publish('maria', 'oi', 'joao')
  await until('it is there', () => unreadOf(state, MARIA) === 1)
})

it('tells what was refused before it listened, each once, and gives it back to be mended', async () => {
  const server = await startFakeServer()
  closing.push(() => server.close())
  const recado = createRecado({ url: server.url, token: JOAO.username })
  closing.push(() => recado.close())
  server.faults.sends.push('TEXT_INVALID', 'UNKNOWN_RECIPIENT')
  for (const text of ['um', '/msg ninguem dois']) await expect(recado.say(text)).rejects.toThrow()
  expect(recado.outbox.entries).toHaveLength(2)
  const state = await openChat(recado, JOAO, textsFor('en'))
  closing.push(() => state.close())
  expect(state.panel.lines).toEqual([
    expect.stringMatching(/^not sent: um \(/),
    expect.stringMatching(/^not sent: \/msg ninguem dois \(nobody has that name/),
  ])
  expect(state.active.draft.text).toBe('um')
  expect(recado.outbox.entries).toEqual([])
})

describe('what was read', () => {
  it('is told once where the server refuses it for good, and is no longer unread here', async () => {
    const { server, state, asked } = await open(({ withId }) => (withId === MARIA ? 'UNKNOWN_RECIPIENT' : null))
    const { cursor } = server.publish('maria', 'oi', 'joao')
    await until('it is there', () => unreadOf(state, MARIA) === 1)
    state.show(MARIA)
    await until('it is told', () => asked.length === 1)
    await until('it is read', () => unreadOf(state, MARIA) === 0)
    state.show('everyone')
    for (let times = 0; times < 3; times++) await readNext(server, asked)
    state.show(MARIA)
    state.show('everyone')
    await readNext(server, asked)
    expect(asked.filter(one => one.withId === MARIA)).toEqual([{ cursor, withId: MARIA }])
  })

  it('is told again where it may be taken later', async () => {
    let refusals = 2
    const { server, state, asked } = await open(() => (refusals-- > 0 ? 'STORAGE_UNAVAILABLE' : null))
    server.publish('maria', 'oi')
    await until('it is read', () => unreadOf(state, 'everyone') === 0 && asked.length > 0)
    expect(new Set(asked.map(({ cursor }) => cursor)).size).toBe(1)
    expect(asked).toHaveLength(3)
  })

  it('is not told in the cursors of a history that is gone', async () => {
    let code: string | null = 'STORAGE_UNAVAILABLE'
    const { server, state, asked } = await open(() => code)
    const { cursor } = server.publish('maria', 'oi', 'joao')
    await until('it is there', () => unreadOf(state, MARIA) === 1)
    state.show(MARIA)
    await until('it is told', () => asked.length === 1)
    state.show('everyone')
    server.forget()
    await until('it is forgotten', () => state.book.get(MARIA)?.latest === null && state.connection === 'live')
    code = null
    asked.length = 0
    await readNext(server, asked)
    await readNext(server, asked)
    expect(asked.map(one => one.cursor)).not.toContain(cursor)
  })

  it('of a history that is gone is not taken for read in the next, when the answer comes late', async () => {
    const late = Promise.withResolvers<null>()
    const { server, state, asked } = await open(() => late.promise)
    const { cursor } = server.publish('maria', 'oi')
    await until('it is told', () => asked.length === 1)
    server.forget()
    await until('it is forgotten', () => state.active.latest === null && state.connection === 'live')
    const positions: (string | null)[] = []
    state.onChange(() => positions.push(state.active.readUpTo))
    late.resolve(null)
    await readNext(server, asked)
    await until('it is read', () => unreadOf(state, 'everyone') === 0)
    expect(positions).not.toContain(cursor)
  })
})
