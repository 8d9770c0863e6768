// The device's own copy in a real IndexedDB interface: one writer, one account, nothing after it was erased.
import 'fake-indexeddb/auto'
import { afterEach, describe, expect, test, vi } from 'vitest'
import type { Message } from '../../client/core/types.ts'
import { type CopyChange, createCopyStore, eraseCopies } from '../../client/web/engine/copy-store.ts'
import { createCopyWriter, type Keepable } from '../../client/web/engine/copy-writer.ts'
import type { Conversation } from '../../client/web/model/conversation.ts'
import { until } from '../setup/until.ts'

const ME = { id: 'u-me', username: 'maria' }
const JOAO = { id: 'u-joao', username: 'joão' }
const ANA = { id: 'u-ana', username: 'ana' }
const NEVER = { readUpTo: null, unread: 0, countedTo: null }

const answerOf = <T>(request: IDBRequest<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error)
  })

function message(position: number, change: Partial<Message> = {}): Message {
  const cursor = `epoch000-${String(position).padStart(11, '0')}-000`
  const sentAt = new Date(position * 1000).toISOString()
  const never = { replyTo: null, editedAt: null, deletedAt: null }
  return { id: `m${position}`, cursor, from: JOAO, to: ME, text: `text ${position}`, sentAt, ...never, ...change }
}

function conversation(peer: typeof JOAO | null, messages: readonly Message[]): Conversation {
  return {
    key: peer ? `with:${peer.id}` : 'everyone',
    peer,
    isGone: false,
    messages,
    completeFrom: messages[0]?.cursor ?? null,
    hasEarlier: true,
    hasLater: false,
    loading: 'idle',
  }
}

function change(messages: readonly Message[], more: Partial<CopyChange> = {}): CopyChange {
  const { key, peer, isGone, completeFrom, hasEarlier } = conversation(JOAO, messages)
  return {
    cursor: messages.at(-1)?.cursor ?? 'epoch000-0',
    textLimit: 4_000,
    hasOlder: false,
    conversations: [{ key, peer, isGone, messages, completeFrom, hasEarlier, mark: NEVER }],
    dropped: [],
    isAnew: false,
    ...more,
  }
}

let names = 0
const database = () => `copy ${++names}`

describe('the copy', () => {
  test('is what was written last, for this account alone', async () => {
    const name = database()
    const store = createCopyStore('server maria', ME, 'one', name)
    expect(await store.load()).toBeNull()
    await store.save(change([message(1)]))
    await store.save(change([message(1), message(2)]))
    const copy = await createCopyStore('server maria', ME, 'three', name).load()
    expect(copy).toMatchObject({ cursor: message(2).cursor, textLimit: 4_000 })
    expect(copy?.conversations[0]?.messages.map(({ id }) => id)).toEqual(['m1', 'm2'])
  })

  test('of whoever was in before goes when somebody else comes in', async () => {
    const name = database()
    const store = createCopyStore('server maria', ME, 'one', name)
    await store.load()
    await store.save(change([message(1)]))
    expect(await createCopyStore('server ana', ANA, 'two', name).load()).toBeNull()
    await store.save(change([message(1), message(2)]))
    expect(await createCopyStore('server maria', ME, 'three', name).load()).toBeNull()
  })

  test('goes with everybody’s when nobody is in any more', async () => {
    const name = database()
    const store = createCopyStore('server maria', ME, 'one', name)
    await store.load()
    await store.save(change([message(1)]))
    await eraseCopies(null, name)
    await store.save(change([message(2)]))
    expect(await createCopyStore('server maria', ME, 'two', name).load()).toBeNull()
  })

  test('goes with all others’ but that of whoever is in now', async () => {
    const name = database()
    const store = createCopyStore('server maria', ME, 'one', name)
    await store.load()
    await store.save(change([message(1)]))
    // As if others had been left over, on both sides of it.
    const db = await answerOf(indexedDB.open(name))
    const transaction = db.transaction(['accounts', 'conversations'], 'readwrite')
    for (const account of ['server ana', 'server maria2', 'server zoe']) {
      transaction.objectStore('accounts').put({ account })
      transaction.objectStore('conversations').put({ account, key: 'everyone' })
    }
    await new Promise(resolve => transaction.addEventListener('complete', resolve))
    await eraseCopies('server maria', name)
    await store.save(change([message(1), message(2)]))
    for (const kind of ['accounts', 'conversations']) {
      const rows = await answerOf(db.transaction(kind).objectStore(kind).getAll())
      expect(rows).toMatchObject([{ account: 'server maria' }])
    }
    db.close()
    const copy = await createCopyStore('server maria', ME, 'two', name).load()
    expect(copy?.conversations[0]?.messages.map(({ id }) => id)).toEqual(['m1', 'm2'])
  })

  test('has one writer, the one that opened it last', async () => {
    const name = database()
    const old = createCopyStore('server maria', ME, 'old', name)
    await old.load()
    await old.save(change([message(1)]))
    const newer = createCopyStore('server maria', ME, 'new', name)
    await newer.load()
    const deleted = message(1, { text: '', deletedAt: '2026-01-01T00:00:00.000Z' })
    await newer.save(change([deleted]))
    // It has not heard of the deletion yet: it must not bring the text back.
    expect(await old.save(change([message(1)]))).toBe(true)
    await old.clear()
    const copy = await createCopyStore('server maria', ME, 'reader', name).load()
    expect(copy?.conversations[0]?.messages).toEqual([deleted])
  })

  test('that was erased stays erased, whoever still has something to write', async () => {
    const name = database()
    const store = createCopyStore('server maria', ME, 'one', name)
    await store.load()
    await store.save(change([message(1)]))
    await createCopyStore('server maria', ME, 'two', name).erase()
    await store.save(change([message(1), message(2)]))
    expect(await createCopyStore('server maria', ME, 'three', name).load()).toBeNull()
  })

  test('gives nothing that two others said to each other, however it got there', async () => {
    const name = database()
    const store = createCopyStore('server maria', ME, 'one', name)
    await store.load()
    await store.save(change([message(1), message(2, { to: ANA }), message(3, { from: ME, to: JOAO })]))
    const copy = await createCopyStore('server maria', ME, 'two', name).load()
    expect(copy?.conversations[0]?.messages.map(({ id }) => id)).toEqual(['m1', 'm3'])
  })

  test('is nothing at all where storage is denied', async () => {
    const open = vi.spyOn(indexedDB, 'open').mockImplementation(() => {
      throw new DOMException('denied', 'SecurityError')
    })
    const store = createCopyStore('server maria', ME, 'one', database())
    expect(await store.load()).toBeNull()
    expect(await store.save(change([message(1)]))).toBe(false)
    await store.erase()
    open.mockRestore()
  })
})

describe('writing the copy', () => {
  afterEach(() => void vi.useRealTimers())

  function recorded() {
    const saved: CopyChange[] = []
    const nothing = async () => {}
    const store = { load: async () => null, clear: nothing, erase: nothing, close() {} }
    return { saved, store: { ...store, save: async (each: CopyChange) => saved.push(each) > 0 } }
  }
  const keepable = (all: readonly Conversation[]): Keepable => ({
    cursor: message(9).cursor,
    textLimit: null,
    hasOlder: false,
    all,
    markOf: () => NEVER,
  })

  test('happens a little later, once for many changes, and has only what changed', async () => {
    vi.useFakeTimers()
    const { saved, store } = recorded()
    let all = [conversation(JOAO, [message(1)]), conversation(ANA, [message(2, { from: ANA })])]
    const writer = createCopyWriter(store, () => keepable(all))
    writer.anew()
    await vi.advanceTimersByTimeAsync(1_000)
    all = [conversation(JOAO, [message(1), message(3)]), ...all.slice(1)]
    for (let times = 0; times < 5; times++) writer.changed(['with:u-joao'])
    await vi.advanceTimersByTimeAsync(1_000)
    expect(saved.map(({ conversations, isAnew }) => [conversations.map(({ key }) => key).sort(), isAnew])).toEqual([
      [['with:u-ana', 'with:u-joao'], true],
      [['with:u-joao'], false],
    ])
  })

  test('is bounded: fifty conversations, the newest, and so much text of each', async () => {
    vi.useFakeTimers()
    const { saved, store } = recorded()
    const people = Array.from({ length: 60 }, (_, index) => ({ id: `u-${index}`, username: `p${index}` }))
    const long = 'x'.repeat(16_000)
    const of = (from: typeof JOAO, position: number) =>
      conversation(
        from,
        Array.from({ length: 40 }, (_, index) => message(position + index, { from, text: long })),
      )
    const writer = createCopyWriter(store, () => keepable(people.map((person, index) => of(person, index * 100))))
    writer.anew()
    await vi.advanceTimersByTimeAsync(1_000)
    const [{ conversations, hasOlder }] = saved as [CopyChange]
    // The others are still on the server.
    expect(hasOlder).toBe(true)
    expect(conversations).toHaveLength(50)
    expect(conversations.map(({ key }) => key)).toContain('with:u-59')
    expect(conversations.map(({ key }) => key)).not.toContain('with:u-0')
    for (const { messages, hasEarlier, completeFrom } of conversations) {
      expect(messages.length).toBeLessThan(14)
      expect(messages.at(-1)?.text).toBe(long)
      expect([hasEarlier, completeFrom]).toEqual([true, messages[0]?.cursor])
    }
  })

  test.each(['of a change', 'of everything anew'])('has no hole when the browser refused one %s', async kind => {
    const name = database()
    const real = createCopyStore('server maria', ME, 'one', name)
    await real.load()
    const written: boolean[] = []
    const save = async (each: CopyChange) => {
      const isWritten = await real.save(each)
      written.push(isWritten)
      return isWritten
    }
    let now = keepable([conversation(JOAO, [message(1)]), conversation(ANA, [])])
    const writer = createCopyWriter({ ...real, save }, () => now)
    writer.anew()
    await until('the first writing', () => written.length === 1)

    const refusal = vi.spyOn(IDBDatabase.prototype, 'transaction').mockImplementationOnce(() => {
      throw new DOMException('The connection was lost.', 'InvalidStateError')
    })
    const told = message(2, { from: ANA })
    if (kind === 'of a change') {
      now = { ...keepable([conversation(JOAO, [message(1)]), conversation(ANA, [told])]), cursor: told.cursor }
      writer.changed(['with:u-ana'])
    } else {
      // Another history, in which joão has said nothing.
      now = { ...keepable([conversation(ANA, [told])]), cursor: told.cursor }
      writer.anew()
    }
    await until('the refusal', () => written.length === 2)
    refusal.mockRestore()
    const last = message(3, { from: ANA, to: null })
    now = { ...now, all: [conversation(null, [last]), ...now.all], cursor: last.cursor }
    writer.changed(['everyone'])
    await writer.close()

    expect(written).toEqual([true, false, true])
    const copy = await createCopyStore('server maria', ME, 'two', name).load()
    expect(copy?.cursor).toBe(last.cursor)
    expect(Object.fromEntries(copy?.conversations.map(({ key, messages }) => [key, messages]) ?? [])).toEqual({
      everyone: [last],
      'with:u-ana': [told],
      ...(kind === 'of a change' ? { 'with:u-joao': [message(1)] } : {}),
    })
  })

  test('that was refused is tried again by itself, less and less often', async () => {
    vi.useFakeTimers()
    const { store } = recorded()
    let tries = 0
    const writer = createCopyWriter({ ...store, save: async () => ++tries < 0 }, () => keepable([]))
    writer.anew()
    await vi.advanceTimersByTimeAsync(2_000)
    expect(tries).toBeGreaterThan(1)
    const after = 10 * 60_000
    await vi.advanceTimersByTimeAsync(after)
    tries = 0
    // Whatever happens meanwhile.
    for (let times = 0; times < after / 1_000; times++) {
      writer.changed(['everyone'])
      await vi.advanceTimersByTimeAsync(1_000)
    }
    expect(tries).toBeGreaterThan(5)
    expect(tries).toBeLessThan(100)
    writer.stop()
  })

  test('is one at a time, each with what was there when it was asked for', async () => {
    const { store } = recorded()
    const begun: { cursor: string; isAnew: boolean; answer(isWritten: boolean): void }[] = []
    const save = ({ cursor, isAnew }: CopyChange) =>
      new Promise<boolean>(answer => begun.push({ cursor, isAnew, answer }))
    let now = keepable([conversation(JOAO, [message(1)])])
    const writer = createCopyWriter({ ...store, save }, () => now)
    const ask = (position: number) => {
      now = { ...now, cursor: message(position).cursor }
      writer.changed(['with:u-joao'])
      writer.writeNow()
    }
    ask(1)
    ask(2)
    ask(3)
    now = { ...now, cursor: message(4).cursor }
    expect(begun.map(({ cursor }) => cursor)).toEqual([message(1).cursor])
    const closed = writer.close()
    begun[0]?.answer(false)
    await until('the second', () => begun.length === 2)
    begun[1]?.answer(true)
    await closed
    // The third replaced the second; what the first should have written is in it.
    expect(begun.map(({ cursor, isAnew }) => [cursor, isAnew])).toEqual([
      [message(1).cursor, false],
      [message(3).cursor, true],
    ])
  })

  test('writes nothing once it was stopped, not even on closing', async () => {
    vi.useFakeTimers()
    const { saved, store } = recorded()
    const writer = createCopyWriter(store, () => keepable([conversation(JOAO, [message(1)])]))
    writer.anew()
    writer.stop()
    await vi.advanceTimersByTimeAsync(1_000)
    writer.changed(['with:u-joao'])
    await writer.close()
    expect(saved).toEqual([])
  })
})
