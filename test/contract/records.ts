// What the contract of stores says of records, and of what an administrator removes: the same suite for every store.
import { describe, expect, test } from 'vitest'
import { NAMED_TOKENS, type Store } from '../../server/store/store.ts'
import { openEach, type StoreFixture } from './fixture.ts'
import { enter, say, sessionOf } from './store.ts'

export function describeRecords(name: string, create: () => Promise<StoreFixture>): void {
  describe(`store contract, records: ${name}`, () => {
    let store: Store
    const storage = openEach(create, opened => {
      store = opened.store
    })

    const put = (key: string, value: string | null) => store.writeRecords([{ kind: 'audit', key, value }])

    test('a record is what was written last, by its kind and key, also after a restart', async () => {
      expect(await store.record('audit', 'a')).toBeNull()
      expect(await put('a', 'first “é” = \\ "')).toBe(true)
      expect(await put('a', 'second')).toBe(true)
      expect(await store.writeRecords([{ kind: 'block', key: 'a', value: '' }])).toBe(true)
      await storage.reopen()
      expect([await store.record('audit', 'a'), await store.record('block', 'a')]).toEqual(['second', ''])
      expect(await put('a', null)).toBe(true)
      expect(await store.record('audit', 'a')).toBeNull()
      expect(await store.records({ kind: 'audit', limit: 10 })).toEqual([])
      expect(await store.record('block', 'a')).toBe('')
    })

    test('all changes are written, or none where one finds something else than it expects', async () => {
      const both = (expect: string | null) =>
        store.writeRecords([
          { kind: 'block', key: 'new', value: 'x' },
          { kind: 'standing', key: 'ana', value: 'after', expect },
        ])
      expect(await both('before')).toBe(false)
      expect(await store.record('block', 'new')).toBeNull()
      expect(await both(null)).toBe(true)
      expect(await both(null)).toBe(false)
      expect(await both('before')).toBe(false)
      expect(await both('after')).toBe(true)
      // Nothing that is expected, and an empty text, are two things.
      expect(await store.writeRecords([{ kind: 'block', key: 'empty', value: '', expect: null }])).toBe(true)
      expect(await store.writeRecords([{ kind: 'block', key: 'empty', value: '', expect: null }])).toBe(false)
      expect(await store.writeRecords([{ kind: 'block', key: 'empty', value: null, expect: '' }])).toBe(true)
    })

    test('of those who expect the same at the same time one writes', async () => {
      const tries = Array.from({ length: 12 }, (_, n) =>
        store.writeRecords([
          { kind: 'identity', key: 'subject', value: String(n), expect: null },
          { kind: 'audit', key: `try ${n}`, value: '' },
        ]),
      )
      const winners = (await Promise.all(tries)).flatMap((isWritten, n) => (isWritten ? [n] : []))
      expect(winners).toHaveLength(1)
      expect(await store.record('identity', 'subject')).toBe(String(winners[0]))
      const entries = await store.records({ kind: 'audit', limit: 20 })
      expect(entries.map(({ key }) => key)).toEqual([`try ${winners[0]}`])
    })

    test('they are listed in the order of their bytes, from either end, by prefix, page by page', async () => {
      const keys = ['a:1', 'a:10', 'a:2', 'b:1', 'B:1', 'a', 'ab:1', 'z~']
      for (const key of keys) await put(key, `of ${key}`)
      const list = async (query: object) =>
        (await store.records({ kind: 'audit', limit: 100, ...query })).map(({ key }) => key)
      const sorted = ['B:1', 'a', 'a:1', 'a:10', 'a:2', 'ab:1', 'b:1', 'z~']
      expect(await list({})).toEqual(sorted)
      expect(await list({ newest: true })).toEqual(sorted.toReversed())
      expect(await list({ prefix: 'a:' })).toEqual(['a:1', 'a:10', 'a:2'])
      expect(await list({ prefix: 'a:', newest: true })).toEqual(['a:2', 'a:10', 'a:1'])
      expect(await list({ prefix: 'a:', edge: 'a:1' })).toEqual(['a:10', 'a:2'])
      expect(await list({ prefix: 'a:', edge: 'a:2', newest: true })).toEqual(['a:10', 'a:1'])
      expect(await list({ prefix: 'a:', edge: 'b', newest: true })).toEqual(['a:2', 'a:10', 'a:1'])
      expect(await list({ edge: 'a:10', limit: 2 })).toEqual(['a:2', 'ab:1'])
      expect(await list({ edge: 'a:10', newest: true, limit: 2 })).toEqual(['a:1', 'a'])
      expect(await list({ prefix: 'c' })).toEqual([])
      expect(await store.records({ kind: 'audit', prefix: 'b:', limit: 1 })).toEqual([{ key: 'b:1', value: 'of b:1' }])
    })

    test('an administrator removes a public message of anybody, also of an account that is gone, and nothing that is private', async () => {
      const [ana, joao, admin] = [await enter(store, 'ana'), await enter(store, 'joao'), await enter(store, 'admin')]
      const said = await say(store, ana, null, 'rude')
      const whispered = await say(store, ana, joao, 'mine')
      const toAdmin = await say(store, ana, admin, 'to you')
      const remove = (messageId: string, by = admin.id) =>
        store.revise({ messageId, by, kind: 'deleted', text: '', at: 9, asAdministrator: true })
      expect((await remove(whispered.messageId)).status).toBe('unknown')
      expect((await remove(toAdmin.messageId)).status).toBe('not-author')
      const removed = await remove(said.messageId)
      expect(removed).toMatchObject({ status: 'stored', entry: { kind: 'deleted', from: { id: ana.id }, at: 9 } })
      expect(await store.message(joao.id, said.messageId)).toMatchObject({ text: '', deletedAt: 9 })
      expect((await remove(said.messageId)).status).toBe('unchanged')
      // Nobody is an administrator but whoever the program says is one, and none ever edits.
      const kept = await say(store, ana, null, 'kept')
      const edit = { messageId: kept.messageId, by: admin.id, kind: 'edited', text: 'other', at: 9 } as const
      expect((await store.revise({ ...edit, asAdministrator: true })).status).toBe('not-author')
      expect((await store.revise({ ...edit, kind: 'deleted', text: '' })).status).toBe('not-author')
      await store.deleteAccount(ana.id, 10)
      expect((await remove(kept.messageId)).status).toBe('stored')
      expect((await remove(whispered.messageId)).status).toBe('unknown')
      expect(await store.message(joao.id, whispered.messageId)).toMatchObject({ text: 'mine' })
    })

    test('named tokens are no devices that too many others could end', async () => {
      const joao = await enter(store, 'joao')
      const token = sessionOf(joao, { id: `${NAMED_TOKENS}a`, createdAt: 1, lastUsedAt: 1 })
      const [first, second, third] = [1_001, 1_002, 1_003].map(at =>
        sessionOf(joao, { createdAt: at, lastUsedAt: at }),
      ) as [ReturnType<typeof sessionOf>, ReturnType<typeof sessionOf>, ReturnType<typeof sessionOf>]
      for (const session of [token, first]) expect(await store.createSession(session, { most: 2 })).toEqual([])
      await store.createSession(second, { most: 2 })
      await store.createSession(third, { most: 2 })
      expect(await store.findSession(token.tokenHash, 1_500)).not.toBeNull()
      expect(await store.findSession(third.tokenHash, 1_500)).not.toBeNull()
      expect(await store.findSession(first.tokenHash, 1_500)).toBeNull()
      expect([...(await store.endSessions(joao.id))]).toContain(token.id)
      expect(await store.findSession(token.tokenHash, 1_500)).toBeNull()
    })
  })
}
