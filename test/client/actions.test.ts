// Edits, deletions, replies, reading, search, typing and devices through the library, against the real server.
import { describe, expect, test } from 'vitest'
import {
  conversations,
  deleteMessage,
  editMessage,
  findMessage,
  markRead,
  searchMessages,
  tellTyping,
  watchReadPositions,
  watchSessions,
  watchTyping,
} from '../../client/core/actions.ts'
import { PairDeviceDocument } from '../../client/core/generated/graphql.ts'
import { createMemoryStorage, parseOutgoing } from '../../client/core/memory-storage.ts'
import { createRecado } from '../../client/core/recado.ts'
import { enter, enterWithCode } from '../../client/core/session.ts'
import type { Recado, RecadoOptions } from '../../client/core/types.ts'
import { startTestServer } from '../setup/server.ts'
import { until } from '../setup/until.ts'
import { closing } from './harness.ts'

interface Person {
  readonly id: string
  readonly recado: Recado
}

async function person(url: string, username: string, options: Partial<RecadoOptions> = {}): Promise<Person> {
  const { token, me } = await enter({ url, username })
  const recado = closing(createRecado({ url, token, account: me.id, minBackoffMs: 10, maxBackoffMs: 200, ...options }))
  return { id: me.id, recado }
}

describe('against the real server', () => {
  test('a message is edited, deleted, and heard of so by others', async () => {
    const { url } = closing(await startTestServer())
    const [joao, maria] = [await person(url, 'joao'), await person(url, 'maria')]
    const heard: string[] = []
    maria.recado.feed.subscribe(event => {
      if ('message' in event) heard.push(`${event.__typename} ${event.message.text}`)
    })
    await until('live', () => maria.recado.state === 'live')
    const { id } = await joao.recado.sendPublic('oi')
    expect((await editMessage(joao.recado, id, 'olá')).text).toBe('olá')
    expect(await findMessage(maria.recado, id)).toMatchObject({ id, text: 'olá' })
    expect((await deleteMessage(joao.recado, id)).deletedAt).not.toBeNull()
    await until('heard', () => heard.length === 3)
    expect(heard).toEqual(['MessageAdded oi', 'MessageEdited olá', 'MessageDeleted '])
    await expect(editMessage(maria.recado, id, 'mine?')).rejects.toHaveProperty('name', 'RecadoError')
  })

  test('a reply says what it answers, however it was said, and lasts in the outbox as such', async () => {
    const { url } = closing(await startTestServer())
    const [joao] = [await person(url, 'joao'), await person(url, 'maria')]
    const asked = await joao.recado.sendPublic('quem vem?')
    const replyTo = asked.id
    const answers = [
      await joao.recado.sendPublic('eu', { replyTo }),
      await joao.recado.sendTo('maria', 'você?', { replyTo }),
      await joao.recado.say('//nós', { replyTo }),
    ]
    expect(answers.map(answer => answer.replyTo?.id)).toEqual([replyTo, replyTo, replyTo])
    expect(asked.replyTo).toBeNull()
    const stored = { nonce: 'n', text: 't', to: null, createdAt: 1, state: 'waiting' } as const
    expect(parseOutgoing({ ...stored, replyTo })).toEqual({ ...stored, replyTo })
    expect(parseOutgoing(stored)).toEqual(stored)
  })

  test('what a former version left in the outbox is sent, and so is a reply that waited', async () => {
    const { url } = closing(await startTestServer())
    const first = await person(url, 'joao')
    const { id: replyTo } = await first.recado.sendPublic('first')
    const storage = createMemoryStorage()
    const key = `${url}/graphql ${first.id}`
    await storage.put(key, { nonce: 'old', text: 'old', to: null, createdAt: 1, state: 'waiting' })
    await storage.put(key, { nonce: 'new', text: 'new', to: null, replyTo, createdAt: 2, state: 'waiting' })
    const { token } = await pairedWith(url, first.recado)
    const again = closing(createRecado({ url, token, account: first.id, storage }))
    await until('sent', () => again.outbox.entries.length === 0)
    const page = await searchable(again, 'new')
    expect(page.map(({ text, replyTo: answered }) => [text, answered?.id])).toEqual([['new', replyTo]])
  })

  test('what is read on one device is read on the other', async () => {
    const { url } = closing(await startTestServer())
    const [joao, maria] = [await person(url, 'joao'), await person(url, 'maria')]
    const seen: (string | undefined)[] = []
    closing({ close: async () => stop() })
    const stop = watchReadPositions(joao.recado, cursors => seen.push(cursors.get(maria.id)))
    const { cursor } = await maria.recado.sendTo('joao', 'leu?')
    const unread = async () => (await conversations(joao.recado)).map(one => [one.with?.username ?? null, one.unread])
    expect(await unread()).toContainEqual(['maria', 1])
    expect(await markRead(joao.recado, cursor, maria.id)).toBe(cursor)
    expect(await unread()).toContainEqual(['maria', 0])
    await until('told', () => seen.at(-1) === cursor)
    joao.recado.drop()
    await until('told anew', () => seen.length > 1 && joao.recado.state === 'live' && seen.at(-1) === cursor)
  })

  test('words are found', async () => {
    const { url } = closing(await startTestServer())
    const joao = await person(url, 'joao')
    await joao.recado.sendPublic('pão de queijo')
    expect((await searchable(joao.recado, 'pao')).map(({ text }) => text)).toEqual(['pão de queijo'])
  })

  test('who writes is told', async () => {
    const { url } = closing(await startTestServer())
    const [joao, maria] = [await person(url, 'joao'), await person(url, 'maria')]
    const seen: string[] = []
    const stop = watchTyping(joao.recado, typing => seen.push(typing.map(({ from }) => from.username).join()))
    await until('told', async () => {
      await tellTyping(maria.recado, 'joao')
      return seen.includes('maria')
    })
    stop()
  })

  test('a new device is seen by the old one', async () => {
    const { url } = closing(await startTestServer())
    const joao = await person(url, 'joao')
    const counts: number[] = []
    const stop = watchSessions(joao.recado, devices => counts.push(devices.length))
    await until('one', () => counts.at(-1) === 1)
    await pairedWith(url, joao.recado)
    await until('two', () => counts.at(-1) === 2)
    stop()
  })
})

/** Enters as the same account from another device. */
async function pairedWith(url: string, recado: Recado): Promise<{ token: string }> {
  const { pairDevice } = await recado.ask(PairDeviceDocument, {})
  return enterWithCode({ url, code: pairDevice.code })
}

/** The index follows the log a little later. */
function searchable(recado: Recado, text: string) {
  return until('found', async () => {
    const page = await searchMessages(recado, text).catch(() => null)
    return page !== null && page.nodes.length > 0 && page.nodes
  })
}
