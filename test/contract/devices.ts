// What the contract of stores says of an account's devices, and of names that are free: the same suite for every store.
import { describe, expect, test } from 'vitest'
import type { Store } from '../../server/store/store.ts'
import { openEach, type StoreFixture } from './fixture.ts'
import { claimOf, enter, sessionOf } from './store.ts'

export function describeDevices(name: string, create: () => Promise<StoreFixture>): void {
  describe(`store contract, devices: ${name}`, () => {
    let store: Store
    const storage = openEach(create, opened => {
      store = opened.store
    })

    const idsOf = async (accountId: string, now = 1_500) => (await store.sessions(accountId, now)).map(({ id }) => id)

    test('an account’s sessions are listed, the newest first, without their secrets, also after a restart', async () => {
      const [joao, maria] = [await enter(store, 'joao'), await enter(store, 'maria')]
      const phone = sessionOf(joao, { device: 'Firefox · Android “João/é”', createdAt: 1_100, lastUsedAt: 1_100 })
      const laptop = sessionOf(joao, { device: '?', createdAt: 1_200, lastUsedAt: 1_200 })
      const old = sessionOf(joao, { createdAt: 1_000 })
      for (const session of [phone, laptop, sessionOf(maria), old])
        expect(await store.createSession(session)).toEqual([])
      const entries = [laptop, phone, old].map(({ tokenHash, ...entry }) => entry)
      expect(await store.sessions(joao.id, 1_500)).toEqual(entries)
      await storage.reopen()
      expect(await store.sessions(joao.id, 1_500)).toEqual(entries)
      expect(await store.sessions('nobody', 1_500)).toEqual([])
    })

    test('what has expired, ended, or was of a deleted account is not listed', async () => {
      const joao = await enter(store, 'joao')
      const [short, long, ended] = [
        sessionOf(joao, { expiresAt: 1_600 }),
        sessionOf(joao, { expiresAt: 1_700 }),
        sessionOf(joao),
      ]
      for (const session of [short, long, ended]) await store.createSession(session)
      await store.endSession(ended.id, joao.id)
      expect((await idsOf(joao.id, 1_600)).sort()).toEqual([short.id, long.id].sort())
      expect(await idsOf(joao.id, 1_601)).toEqual([long.id])
      await store.deleteAccount(joao.id, 5_000)
      expect(await idsOf(joao.id)).toEqual([])
    })

    test('a renewal says when a session was used, and leaves what it is', async () => {
      const joao = await enter(store, 'joao')
      const session = sessionOf(joao, { device: 'Casa · “π/∞”' })
      await store.createSession(session)
      await store.renewSession(session.id, 1_700_000_900_123, 1_700_000_000_123)
      const { tokenHash, ...entry } = session
      const renewed = { ...entry, lastUsedAt: 1_700_000_000_123, expiresAt: 1_700_000_900_123 }
      expect(await store.sessions(joao.id, 1_500)).toEqual([renewed])
      expect((await store.findSession(tokenHash, 1_500))?.session).toEqual({ ...renewed, tokenHash })
    })

    test('a session ends for its own account alone', async () => {
      const [joao, maria] = [await enter(store, 'joao'), await enter(store, 'maria')]
      const session = sessionOf(joao)
      await store.createSession(session)
      expect(await store.endSession(session.id, maria.id)).toBe(false)
      expect(await store.endSession(session.id, 'nobody')).toBe(false)
      expect(await store.findSession(session.tokenHash, 1_500)).not.toBeNull()
      expect(await store.endSession(session.id, joao.id)).toBe(true)
      expect(await store.endSession(session.id, joao.id)).toBe(false)
      expect(await store.findSession(session.tokenHash, 1_500)).toBeNull()
    })

    test('one session more than an account may have ends those that were used longest ago, never the new one', async () => {
      const [joao, maria] = [await enter(store, 'joao'), await enter(store, 'maria')]
      const [first, second, third] = [1_001, 1_002, 1_003].map(at =>
        sessionOf(joao, { createdAt: at, lastUsedAt: at }),
      ) as [ReturnType<typeof sessionOf>, ReturnType<typeof sessionOf>, ReturnType<typeof sessionOf>]
      const hers = sessionOf(maria)
      for (const session of [first, second, third, hers])
        expect(await store.createSession(session, { most: 3 })).toEqual([])
      await store.renewSession(first.id, 2_000, 1_010)
      // Its clock is behind: it is the least used one, and stays all the same.
      const fourth = sessionOf(joao, { createdAt: 900, lastUsedAt: 900 })
      expect(await store.createSession(fourth, { most: 3 })).toEqual([second.id])
      expect(await store.findSession(second.tokenHash, 1_500)).toBeNull()
      expect((await idsOf(joao.id)).sort()).toEqual([first.id, third.id, fourth.id].sort())
      // Fewer are allowed than there are.
      const fifth = sessionOf(joao, { createdAt: 1_020, lastUsedAt: 1_020 })
      expect((await store.createSession(fifth, { most: 2 }))?.toSorted()).toEqual([third.id, fourth.id].sort())
      expect(await idsOf(joao.id)).toEqual([fifth.id, first.id])
      expect(await idsOf(maria.id)).toEqual([hers.id])
    })

    test('a session that is made on the word of another is made only while that one is there, and of its account', async () => {
      const [joao, maria] = [await enter(store, 'joao'), await enter(store, 'maria')]
      const [own, hers] = [sessionOf(joao), sessionOf(maria)]
      for (const session of [own, hers]) await store.createSession(session)
      const made = sessionOf(joao)
      expect(await store.createSession(made, { by: own.id })).toEqual([])
      const refused = sessionOf(joao)
      expect(await store.createSession(refused, { by: hers.id })).toBeNull()
      await store.endSession(own.id, joao.id)
      expect(await store.createSession(refused, { by: own.id, most: 1 })).toBeNull()
      expect(await store.findSession(refused.tokenHash, 1_500)).toBeNull()
      expect(await idsOf(joao.id)).toEqual([made.id])
      await store.deleteAccount(joao.id, 5_000)
      expect(await store.createSession(sessionOf(joao))).toBeNull()
    })

    test('names are free or not, by their key and by their looks, all in one answer and in their order', async () => {
      const claim = claimOf('joao', { key: 'joao', skeleton: 'j0a0' })
      await store.claim(claim)
      const names = [
        { key: 'joao', skeleton: 'other' },
        { key: 'maria', skeleton: 'maria' },
        { key: 'other', skeleton: 'j0a0' },
        { key: 'joa', skeleton: 'joa' },
        { key: 'joaoo', skeleton: 'joaoo' },
      ]
      expect(await store.areFree(names)).toEqual([false, true, false, true, true])
      expect(await store.areFree([])).toEqual([])
      await store.deleteAccount(claim.id, 5_000)
      expect(await store.areFree(names.slice(0, 1))).toEqual([true])
    })
  })
}
