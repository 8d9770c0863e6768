// Edits and deletions asked for without a connection: kept, done once on return, by whoever comes back as the same
// account, and never for another. With the real server, behind a relay that can be cut.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createChanges } from '../../client/core/changes.ts'
import { type ChangeStorage, createMemoryChangeStorage, parseChange } from '../../client/core/pending-change.ts'
import { enter } from '../../client/core/session.ts'
import type { Event, RecadoOptions } from '../../client/core/types.ts'
import { data } from '../setup/request.ts'
import { startTestServer, type TestServer } from '../setup/server.ts'
import { startTcpProxy } from '../setup/tcp-proxy.ts'
import { until } from '../setup/until.ts'
import { client, closing } from './harness.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(async () => {
  await server?.close()
})

/** A way to the server that can be shut; shut, nothing of what is said comes through. */
async function openGate() {
  const target = { port: Number(new URL(server.url).port) }
  const open = target.port
  const proxy = closing(await startTcpProxy(target))
  return {
    url: `http://127.0.0.1:${proxy.port}`,
    shut() {
      // Nobody listens there.
      target.port = 1
      proxy.cutAll()
    },
    open() {
      target.port = open
    },
  }
}

interface Author {
  readonly token: string
  readonly me: { readonly id: string }
}

/** A client of this account with its changes, and every event of the log that changes a message. */
function device({ token, me }: Author, url: string, storage: ChangeStorage, options: Partial<RecadoOptions> = {}) {
  const recado = client({ url }, { token, account: me.id, ...options })
  const events: Event['__typename'][] = []
  const done: string[] = []
  const changes = closing(
    createChanges(recado, { url: server.url, account: me.id, storage, onDone: message => done.push(message.text) }),
  )
  recado.feed.subscribe(({ __typename }) => {
    if (__typename === 'MessageEdited' || __typename === 'MessageDeleted') events.push(__typename)
  })
  return { recado, changes, events, done }
}

const isLive = ({ recado }: ReturnType<typeof device>) => until('live', () => recado.state === 'live')
const textOf = async ({ token }: Author, id: string) =>
  (await data(server.graphql, 'query ($id: ID!) { message(id: $id) { text deletedAt } }', { token, variables: { id } }))
    .message

/** With a message of theirs. */
async function author(username: string): Promise<Author & { readonly id: string }> {
  const { token, me } = await enter({ url: server.url, username })
  const { sendMessage } = await data(server.graphql, `mutation { sendMessage(text: "como era") { id } }`, { token })
  return { token, me, id: sendMessage.id }
}

describe('a change that is asked for without a connection', () => {
  test('is kept, and done once the connection is back: one event for the newest of them', async () => {
    const joao = await author('joao')
    const gate = await openGate()
    const phone = device(joao, gate.url, createMemoryChangeStorage())
    await isLive(phone)
    gate.shut()
    await until('offline', () => phone.recado.state === 'offline')
    phone.changes.ask(joao.id, 'primeira ideia')
    phone.changes.ask(joao.id, 'segunda ideia')
    expect(phone.changes.entries).toMatchObject([{ messageId: joao.id, text: 'segunda ideia' }])
    expect(await textOf(joao, joao.id)).toEqual({ text: 'como era', deletedAt: null })
    gate.open()
    await until('done', () => phone.changes.entries.length === 0)
    expect(await textOf(joao, joao.id)).toEqual({ text: 'segunda ideia', deletedAt: null })
    await until('the feed has it', () => phone.events.length > 0)
    // Whatever came after it would have to be in the log too.
    await phone.recado.sendPublic('depois')
    expect(phone.events).toEqual(['MessageEdited'])
    expect(phone.done).toEqual(['segunda ideia'])
  })

  test('that is taken back while the storage is being read does not come back', async () => {
    const rosa = await author('rosa')
    const gate = await openGate()
    gate.shut()
    const storage = createMemoryChangeStorage()
    const reading = { isSlow: false, isWaiting: false, go: () => {} }
    const phone = device(rosa, gate.url, {
      ...storage,
      async load(key) {
        const found = await storage.load(key)
        if (!reading.isSlow) return found
        reading.isWaiting = true
        await new Promise<void>(resolve => {
          reading.go = resolve
        })
        return found
      },
    })
    phone.changes.ask(rosa.id, null)
    await until('it lasts', async () => (await storage.load(`${server.url} ${rosa.me.id}`)).length === 1)
    reading.isSlow = true
    await until('the next attempt reads what is there', () => reading.isWaiting)
    phone.changes.discard(rosa.id)
    reading.isSlow = false
    reading.go()
    await until('it is gone', async () => (await storage.load(`${server.url} ${rosa.me.id}`)).length === 0)
    expect(phone.changes.entries).toEqual([])
    gate.open()
    await isLive(phone)
    await phone.recado.sendPublic('depois')
    expect(phone.changes.entries).toEqual([])
    expect(await textOf(rosa, rosa.id)).toEqual({ text: 'como era', deletedAt: null })
  })

  test('is done by the next client of the account, after the one that was asked is gone', async () => {
    const maria = await author('maria')
    const gate = await openGate()
    const storage = createMemoryChangeStorage()
    gate.shut()
    const doomed = device(maria, gate.url, storage)
    doomed.changes.ask(maria.id, null)
    await doomed.changes.close()
    await doomed.recado.close()
    // Somebody else on this device finds nothing to do.
    const ana = await author('ana')
    const other = device(ana, server.url, storage)
    await isLive(other)
    expect(other.changes.entries).toEqual([])
    expect(await textOf(maria, maria.id)).toEqual({ text: 'como era', deletedAt: null })

    const survivor = device(maria, server.url, storage)
    await until('done', async () => (await textOf(maria, maria.id)).deletedAt !== null)
    await until('gone', () => survivor.changes.entries.length === 0)
    expect(await storage.load(`${server.url} ${maria.me.id}`)).toEqual([])
  })

  test('whose answer is lost is asked for again, and changes nothing the second time', async () => {
    const bia = await author('bia')
    let lost = 0
    const losing: typeof fetch = async (...args) => {
      const response = await fetch(...args)
      if (String(args[1]?.body).includes('editMessage') && ++lost <= 2) throw new TypeError('the answer is lost')
      return response
    }
    const phone = device(bia, server.url, createMemoryChangeStorage(), { fetch: losing, transport: 'sse' })
    await isLive(phone)
    phone.changes.ask(bia.id, 'uma vez')
    await until('done', () => phone.changes.entries.length === 0)
    expect(lost).toBe(3)
    await phone.recado.sendPublic('depois')
    await until('the feed has it', () => phone.events.length > 0)
    expect(phone.events).toEqual(['MessageEdited'])
  })

  test('that the server refuses stays with its reason, until it is taken back or replaced', async () => {
    const caio = await author('caio')
    const phone = device(caio, server.url, createMemoryChangeStorage())
    await isLive(phone)
    phone.changes.ask(caio.id, '')
    await until('refused', () => phone.changes.entries[0]?.state === 'refused')
    expect(phone.changes.entries).toMatchObject([{ messageId: caio.id, code: 'TEXT_EMPTY' }])
    phone.changes.ask(caio.id, 'com texto')
    await until('done', () => phone.changes.entries.length === 0)
    expect((await textOf(caio, caio.id)).text).toBe('com texto')

    await data(server.graphql, 'mutation ($id: ID!) { deleteMessage(id: $id) { id } }', {
      token: caio.token,
      variables: { id: caio.id },
    })
    phone.changes.ask(caio.id, 'tarde demais')
    await until('refused', () => phone.changes.entries[0]?.code === 'UNKNOWN_MESSAGE')
    phone.changes.discard(caio.id)
    expect(phone.changes.entries).toEqual([])
  })

  test('does not undo a deletion that waits, and others do not wait for one that was refused', async () => {
    const davi = await author('davi')
    const eva = await author('eva')
    const gate = await openGate()
    gate.shut()
    const phone = device(davi, gate.url, createMemoryChangeStorage())
    phone.changes.ask(eva.id, 'não é minha')
    phone.changes.ask(davi.id, null)
    phone.changes.ask(davi.id, 'ainda não')
    expect(phone.changes.entries).toMatchObject([{ text: 'não é minha' }, { text: null }])
    gate.open()
    await until('the deletion is done', async () => (await textOf(davi, davi.id)).deletedAt !== null)
    await until('only the refused one is left', () => phone.changes.entries.length === 1)
    expect(phone.changes.entries).toMatchObject([{ messageId: eva.id, state: 'refused', code: 'NOT_AUTHOR' }])
    expect((await textOf(eva, eva.id)).text).toBe('como era')
  })
})

describe('two clients of one account', () => {
  test('know of each other’s, and a newer change is not lost to the end of an older one', async () => {
    const fabio = await author('fabio')
    const gate = await openGate()
    gate.shut()
    const storage = createMemoryChangeStorage()
    const first = device(fabio, gate.url, storage)
    const second = device(fabio, gate.url, storage)
    first.changes.ask(fabio.id, 'a')
    await until('the second knows', () => second.changes.entries.length === 1)
    second.changes.ask(fabio.id, 'b')
    await until('the first knows', () => first.changes.entries[0]?.text === 'b')
    gate.open()
    await until('done', () => [first, second].every(({ changes }) => changes.entries.length === 0))
    expect((await textOf(fabio, fabio.id)).text).toBe('b')
    expect(await storage.load(`${server.url} ${fabio.me.id}`)).toEqual([])
  })
})

test('what is stored and can’t be read is left alone', () => {
  const change = { messageId: 'm', text: 'oi', createdAt: 1, state: 'sending' }
  expect(parseChange(change)).toEqual({ ...change, state: 'waiting' })
  expect(parseChange({ ...change, text: null })).toEqual({ ...change, text: null, state: 'waiting' })
  for (const damaged of [
    null,
    'x',
    {},
    { ...change, text: 1 },
    { ...change, createdAt: '1' },
    { ...change, messageId: 2 },
  ]) {
    expect(parseChange(damaged)).toBeUndefined()
  }
})
