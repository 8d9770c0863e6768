// Edits, deletions and replies over Redis beyond the contract: what is left in Redis, what nodes tell each other, several
// nodes at once, and spaces of the format before.
import { randomUUID } from 'node:crypto'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import type { AccountRef, MessageEntry, RevisionEntry } from '../../server/domain/entry.ts'
import { allTopic, parseNotice, userTopic } from '../../server/domain/notice.ts'
import { FORMAT } from '../../server/store/redis/format.ts'
import type { Revised, Store } from '../../server/store/store.ts'
import { trimAll } from '../contract/retention.ts'
import { draftOf, enter, nonceOf, say, stored } from '../contract/store.ts'
import { type RedisServer, startRedis } from '../setup/redis.ts'
import { until } from '../setup/until.ts'
import { openStore } from './redis-support.ts'

const AT = 1_700_000_100_000
const OLD = 'the former text'

let redis: RedisServer
beforeAll(async () => {
  redis = await startRedis()
})
afterAll(() => redis.dispose())

async function edit(store: Store, message: MessageEntry, text: string): Promise<RevisionEntry> {
  const { messageId, from } = message
  return revisionOf(await store.revise({ messageId, by: from.id, kind: 'edited', text, at: AT }))
}

async function remove(store: Store, message: MessageEntry): Promise<RevisionEntry> {
  const { messageId, from } = message
  return revisionOf(await store.revise({ messageId, by: from.id, kind: 'deleted', text: '', at: AT }))
}

function revisionOf(revised: Revised): RevisionEntry {
  if (revised.status !== 'stored') throw new Error(`expected a stored revision, got ${JSON.stringify(revised)}`)
  return revised.entry
}

/** Everything that a space has in Redis, as text. */
async function everythingOf(space: string): Promise<string> {
  const names = await redis.client.keys(`{${space}}*`)
  const dumps = await Promise.all(
    names.map(async name => {
      switch (await redis.client.type(name)) {
        case 'hash':
          return redis.client.hgetall(name)
        case 'stream':
          return redis.client.xrange(name, '-', '+')
        case 'list':
          return redis.client.lrange(name, 0, -1)
        default:
          return []
      }
    }),
  )
  return JSON.stringify(dumps)
}

async function listen(space: string, ...users: string[]): Promise<[channel: string, payload: string][]> {
  const heard: [string, string][] = []
  const subscriber = new Redis(redis.url)
  onTestFinished(() => subscriber.disconnect())
  subscriber.on('message', (channel, payload) => heard.push([channel, payload]))
  await subscriber.subscribe(allTopic(space, 0), ...users.map(id => userTopic(space, 0, id)))
  return heard
}

describe('a text that was replaced', () => {
  test('is nowhere in Redis, whether it was edited or deleted, public or private, before or after it was trimmed', async () => {
    const { store, space } = await openStore(redis.url)
    const [joao, maria] = [await enter(store, 'joao'), await enter(store, 'maria')]
    const messages: MessageEntry[] = []
    for (const to of [null, maria, joao]) {
      for (let n = 0; n < 2; n++) messages.push(await say(store, joao, to, OLD))
    }
    expect((await everythingOf(space)).split(OLD)).toHaveLength(7)
    for (const [n, message] of messages.entries()) await (n % 2 ? edit(store, message, 'new') : remove(store, message))
    expect(await everythingOf(space)).not.toContain(OLD)
    await trimAll(store, { messages: 2 })
    const left = await everythingOf(space)
    expect(left).toContain('new')
    expect(left).not.toContain(OLD)
  })

  test('leaves with its message all that is kept of it, but that it was, for its nonce', async () => {
    const { store, space } = await openStore(redis.url)
    const [joao, maria] = [await enter(store, 'joao'), await enter(store, 'maria')]
    const first = stored(await store.append(draftOf(joao, maria, OLD, nonceOf('n:1'))))
    await edit(store, first, 'new')
    await remove(store, first)
    await trimAll(store, { messages: 0, olderThan: Number.MAX_SAFE_INTEGER })
    const names = (await redis.client.keys(`{${space}}*`)).map(name => name.slice(space.length + 3)).sort()
    const kept = ['account', 'nonces', 'revised'].map(name => `${name}:${joao.id}`)
    const empty = ['private', 'privateRevisions']
    expect(names).toEqual([...kept, ...empty, `account:${maria.id}`, 'meta', 'names', 'skeletons'].sort())
    for (const name of empty) expect(await redis.client.xlen(`{${space}}:${name}`)).toBe(0)
    await store.deleteAccount(joao.id, 5_000)
    expect(await redis.client.exists(`{${space}}:revised:${joao.id}`, `{${space}}:nonces:${joao.id}`)).toBe(0)
  })
})

describe('what is published of it', () => {
  const hear = (heard: readonly unknown[], count: number) =>
    until(`${count} notices`, () => heard.length >= count && heard)

  test('is read back as the entry that the store answered with: public ones by all, private ones by their accounts', async () => {
    const { store, space } = await openStore(redis.url)
    const [joao, maria] = [await enter(store, 'João'), await enter(store, 'maria')]
    const strange = 'olá, "maria"],[\n\u2028\\ 👩‍👩‍👧 \u0001 \u202e ",1,2]'
    const replied = await say(store, maria, null, OLD)
    const answers = { messageId: replied.messageId, position: replied.position, from: maria }
    const reply = (to: AccountRef | null) => store.append({ ...draftOf(joao, to, OLD), replyTo: answers })
    const [open, secret] = [stored(await reply(null)), stored(await reply(maria))]
    const heard = await listen(space, joao.id, maria.id)
    const revisions = [
      await edit(store, open, strange),
      await edit(store, secret, strange),
      await remove(store, open),
      await remove(store, secret),
    ]
    await hear(heard, 8)
    const entries = heard.map(([channel, payload]) => {
      const notice = parseNotice(JSON.parse(payload))
      return notice?.kind === 'link' ? { channel, previous: notice.previous, entry: notice.entry } : null
    })
    const wanted = revisions.flatMap((entry, n) => {
      const previous = revisions[n - 1]?.position ?? secret.position
      if (entry.to === null) return [{ channel: allTopic(space, 0), previous, entry }]
      const { position, from, to, message } = entry
      const stub = { kind: 'stub', position, from: { id: from.id }, to: { id: to.id }, revises: message.position }
      return [
        ...[joao, maria].map(({ id }) => ({ channel: userTopic(space, 0, id), previous, entry })),
        { channel: allTopic(space, 0), previous, entry: stub },
      ]
    })
    expect(entries).toEqual(wanted)
    expect(revisions.map(({ message }) => message.text)).toEqual([strange, strange, '', ''])
    for (const { message } of revisions) expect(message.replyTo).toEqual(answers)
  })

  test('tells everybody nothing of a private one: neither text, nor names, nor times, nor what was done', async () => {
    const { store, space } = await openStore(redis.url)
    const [joao, maria] = [await enter(store, 'joao'), await enter(store, 'maria')]
    const answered = await say(store, joao, maria, 'uma pergunta')
    const replyTo = { messageId: answered.messageId, position: answered.position, from: joao }
    const heard = await listen(space)
    const message = stored(await store.append({ ...draftOf(maria, joao, OLD), replyTo }))
    const revisions = [await edit(store, message, 'segredo'), await remove(store, message)]
    await hear(heard, 3)
    let previous = answered.position
    for (const [n, { position }] of [message, ...revisions].entries()) {
      const revised = n === 0 ? [] : [message.position]
      const stub = ['s', position, previous, store.epoch, maria.id, joao.id, ...revised]
      expect(heard[n]).toEqual([allTopic(space, 0), JSON.stringify(stub)])
      previous = position
    }
  })

  test('is nothing where nothing was stored', async () => {
    const { store, space } = await openStore(redis.url)
    const [joao, maria] = [await enter(store, 'joao'), await enter(store, 'maria')]
    const message = await say(store, joao, maria, OLD)
    const heard = await listen(space, joao.id, maria.id)
    const { messageId } = message
    const revise = (by: AccountRef, kind: 'edited' | 'deleted', text: string, id = messageId) =>
      store.revise({ messageId: id, by: by.id, kind, text, at: AT })
    await revise(maria, 'edited', 'forged')
    await revise(maria, 'deleted', '')
    await revise(joao, 'edited', OLD)
    await revise(joao, 'edited', 'new', randomUUID())
    await remove(store, message)
    await revise(joao, 'deleted', '')
    await revise(joao, 'edited', 'new')
    await say(store, joao, null, 'last')
    await hear(heard, 4)
    expect(heard.map(([, payload]) => JSON.parse(payload)[0])).toEqual(['v', 'v', 's', 'p'])
  })

  test('of a reply comes after all that a node of the former version reads of a message', async () => {
    const { store, space } = await openStore(redis.url)
    const joao = await enter(store, 'joao')
    const answered = await say(store, joao, null, 'uma pergunta')
    const heard = await listen(space, joao.id)
    const replyTo = { messageId: answered.messageId, position: answered.position, from: joao }
    const open = stored(await store.append({ ...draftOf(joao, null, 'pública'), replyTo }))
    const note = stored(await store.append({ ...draftOf(joao, joao, 'nota', nonceOf('n')), replyTo }))
    await hear(heard, 3)
    const reply = [answered.messageId, answered.position, joao.id, 'joao']
    const { epoch } = store
    const head = [joao.id, 'joao']
    expect(heard.slice(0, 2).map(([, payload]) => JSON.parse(payload))).toEqual([
      ['p', open.position, answered.position, epoch, open.messageId, ...head, open.sentAt, 'pública', reply],
      ['m', note.position, open.position, epoch, note.messageId, ...head, ...head, note.sentAt, 'nota', reply],
    ])
  })
})

describe('several nodes', () => {
  test('that revise one message at once have one order, and its last text', async () => {
    const one = await openStore(redis.url)
    const other = await openStore(redis.url, { space: one.space })
    const joao = await enter(one.store, 'joao')
    const message = await say(one.store, joao, null, OLD)
    const revisions = await Promise.all(
      Array.from({ length: 100 }, (_, n) => edit((n % 2 ? one : other).store, message, `${n}`)),
    )
    const last = revisions.toSorted((a, b) => a.position - b.position).at(-1)
    for (const { store, committed } of [one, other]) {
      expect(await store.message(joao.id, message.messageId)).toEqual(last?.message)
      const log = (await store.follow(message.position, 1_000)) ?? []
      expect(log).toHaveLength(100)
      expect(new Set(log.map(entry => entry.kind === 'edited' && entry.message.text))).toEqual(
        new Set([last?.message.text]),
      )
      expect(log.map(({ position }) => position)).toEqual(revisions.map(({ position }) => position).sort())
      // What one node told of is of its own, in order.
      const told = committed.map(({ position }) => position)
      expect(told).toEqual(told.toSorted((a, b) => a - b))
    }
  })

  test('a deletion on one is kept against an edit on the other, whichever was first', async () => {
    const one = await openStore(redis.url)
    const other = await openStore(redis.url, { space: one.space })
    const joao = await enter(one.store, 'joao')
    for (let n = 0; n < 50; n++) {
      const message = await say(one.store, joao, n % 3 ? null : joao, OLD)
      const { messageId } = message
      const [edited] = await Promise.all([
        one.store.revise({ messageId, by: joao.id, kind: 'edited', text: 'new', at: AT }),
        remove(other.store, message),
      ])
      expect(['stored', 'unknown']).toContain(edited.status)
      for (const { store } of [one, other]) {
        expect(await store.message(joao.id, messageId)).toMatchObject({
          text: '',
          editedAt: edited.status === 'stored' ? AT : null,
          deletedAt: AT,
        })
      }
    }
  })

  test('a node whose last position is a revision knows its history, and one that lost a revision is told', async () => {
    const { store, space, resets } = await openStore(redis.url)
    const joao = await enter(store, 'joao')
    for (const to of [null, joao]) {
      const message = await say(store, joao, to, OLD)
      const revision = await edit(store, message, 'new')
      const late = await openStore(redis.url, { space, lastKnown: () => revision.position })
      await say(store, joao, to, 'more')
      await late.store.check()
      await say(late.store, joao, to, 'and more')
      expect([...resets, ...late.resets]).toEqual([])
      expect((await late.store.follow(revision.position, 10))?.length).toBe(2)
    }
    // The newest revision is gone, behind everybody's back.
    const revision = await remove(store, await say(store, joao, null, OLD))
    await redis.client.xdel(`{${space}}:publicRevisions`, `${revision.position}-0`)
    await redis.client.hset(`{${space}}:meta`, 'head', `${revision.position - 1}`)
    await store.check()
    expect(resets).toEqual([store.epoch])
  })
})

describe('a send whose message was revised meanwhile', () => {
  test('is answered with what the message is now, on any node', async () => {
    const one = await openStore(redis.url)
    const other = await openStore(redis.url, { space: one.space })
    const joao = await enter(one.store, 'joao')
    const draft = draftOf(joao, null, OLD, nonceOf('n'))
    const message = stored(await one.store.append(draft))
    const edited = await edit(other.store, message, 'new')
    expect(await other.store.append({ ...draft, messageId: randomUUID() })).toEqual({
      status: 'stored',
      entry: edited.message,
      repeated: true,
    })
    const deleted = await remove(one.store, message)
    const retried = await other.store.append({ ...draft, messageId: randomUUID() })
    expect(retried).toEqual({ status: 'stored', entry: deleted.message, repeated: true })
    expect(JSON.stringify(retried)).not.toContain(OLD)
    expect((await other.store.findNonce(joao.id, 'n'))?.entry).toEqual(deleted.message)
  })

  test('and trimmed is answered with a tombstone', async () => {
    const { store } = await openStore(redis.url)
    const joao = await enter(store, 'joao')
    const draft = draftOf(joao, joao, OLD, nonceOf('n'))
    const message = stored(await store.append(draft))
    await edit(store, message, 'new')
    await trimAll(store, { messages: 0, olderThan: Number.MAX_SAFE_INTEGER })
    const entry = { ...message, text: '', deletedAt: AT }
    expect(await store.append({ ...draft, messageId: randomUUID() })).toEqual({
      status: 'stored',
      entry,
      repeated: true,
    })
    expect((await store.findNonce(joao.id, 'n'))?.entry).toEqual(entry)
  })
})

test('a revision whose message was trimmed is read as its deletion, and goes by its own position', async () => {
  const { store } = await openStore(redis.url)
  const [joao, maria] = [await enter(store, 'joao'), await enter(store, 'maria')]
  for (const to of [null, maria]) {
    const message = await say(store, joao, to, OLD)
    const kept = await say(store, joao, to, 'kept')
    const revision = await edit(store, message, 'new')
    await trimAll(store, { messages: 0, olderThan: message.position })
    expect(await store.message(joao.id, message.messageId)).toBeNull()
    const { position: revised } = revision
    const gone = { ...revision, kind: 'deleted', message: { ...message, text: '', deletedAt: AT, revised } }
    const { entries } = await store.read(maria.id, message.position, 10)
    expect(entries).toEqual([kept, gone])
    expect(await store.at(maria.id, revision.position)).toEqual(gone)
    expect(await store.lastVisible(maria.id, revision.position)).toBe(revision.position)
    await trimAll(store, { messages: 0, olderThan: revision.position })
    expect(await store.at(maria.id, revision.position)).toBeNull()
    expect(await store.trimmed(maria.id)).toBe(revision.position)
    expect(await store.lastVisible(maria.id, revision.position)).toBe(revision.position)
  }
})

describe('a space of the format before', () => {
  /** As a server of the former version leaves one. */
  async function formerSpace(): Promise<{ space: string; joao: AccountRef; message: MessageEntry }> {
    const { store, space } = await openStore(redis.url)
    const joao = await enter(store, 'joao')
    const message = await say(store, joao, null, OLD)
    await store.close()
    await redis.client.hset(`{${space}}:meta`, 'format', '1')
    return { space, joao, message }
  }

  const formatOf = (space: string) => redis.client.hget(`{${space}}:meta`, 'format')

  test('is brought up to date when it is opened, and its messages can be revised', async () => {
    const { space, joao, message } = await formerSpace()
    const { store } = await openStore(redis.url, { space })
    expect(await formatOf(space)).toBe(`${FORMAT}`)
    expect(await store.newest(10)).toEqual([message])
    const { message: edited } = await edit(store, message, 'new')
    expect(await store.message(joao.id, message.messageId)).toEqual(edited)
  })

  test('is left alone while a server of that version runs on it', async () => {
    const { space } = await formerSpace()
    const heard = await listen(space)
    await expect(openStore(redis.url, { space })).rejects.toMatchObject({ code: 'IN_USE' })
    expect(await formatOf(space)).toBe('1')
    expect(heard).toEqual([])
  })

  test('that servers of this version open at once is opened by all', async () => {
    const { space } = await formerSpace()
    const opened = await Promise.all(Array.from({ length: 8 }, () => openStore(redis.url, { space })))
    expect(new Set(opened.map(({ store }) => store.epoch)).size).toBe(1)
    // One that listens already is no older one.
    await listen(space)
    await openStore(redis.url, { space })
  })

  test('that a lagging replica brings back is brought up to date by the servers that run', async () => {
    const { store, space } = await openStore(redis.url)
    await redis.client.hset(`{${space}}:meta`, 'format', '1')
    await store.check()
    expect(await formatOf(space)).toBe(`${FORMAT}`)
    await redis.client.del(`{${space}}:meta`)
    await store.check()
    expect(await formatOf(space)).toBe(`${FORMAT}`)
  })
})
