// Rows of sessions as older versions wrote them into Redis: they are read, listed, renewed, bounded and ended as any other.
import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { enter, sessionOf } from '../contract/store.ts'
import { type RedisServer, startRedis } from '../setup/redis.ts'
import { openStore } from './redis-support.ts'

let redis: RedisServer
beforeAll(async () => {
  redis = await startRedis()
})
afterAll(() => redis.dispose())

test('a session of before devices were kept goes on', async () => {
  const { store, space } = await openStore(redis.url)
  const joao = await enter(store, 'joao')
  const key = (name: string) => `{${space}}:${name}`
  async function old(id: string, createdAt: number): Promise<Uint8Array> {
    const tokenHash = new Uint8Array(randomBytes(32))
    const token = Buffer.from(tokenHash).toString('base64url')
    await redis.client.hset(key('tokens'), token, JSON.stringify([id, joao.id, createdAt]))
    await redis.client.hset(key('sessions'), id, token)
    await redis.client.zadd(key('expiry'), 9_000, id)
    await redis.client.sadd(key(`sessions:${joao.id}`), id)
    return tokenHash
  }
  const tokenHash = await old('old', 1_000)
  await old('older', 900)
  const entry = { id: 'old', accountId: joao.id, device: '?', createdAt: 1_000, lastUsedAt: 1_000, expiresAt: 9_000 }
  expect((await store.findSession(tokenHash, 2_000))?.session).toEqual({ ...entry, tokenHash })
  expect((await store.sessions(joao.id, 2_000))[0]).toEqual(entry)
  await store.renewSession('old', 9_500, 3_000)
  expect((await store.sessions(joao.id, 2_000))[0]).toEqual({ ...entry, lastUsedAt: 3_000, expiresAt: 9_500 })
  const created = sessionOf(joao, { createdAt: 4_000, lastUsedAt: 4_000, expiresAt: 9_000 })
  expect(await store.createSession(created, { most: 2 })).toEqual(['older'])
  expect(await store.endSession('old', joao.id)).toBe(true)
  expect((await store.sessions(joao.id, 5_000)).map(({ id }) => id)).toEqual([created.id])
})

test('what changed of whose sessions is in the sequence that all nodes read, once for each account and answer', async () => {
  const { store } = await openStore(redis.url)
  const [joao, maria] = [await enter(store, 'joao'), await enter(store, 'maria')]
  const start = await store.revokedSince?.(null)
  expect(start?.changedIds).toEqual([])
  const [first, second] = [sessionOf(joao), sessionOf(joao)]
  for (const session of [first, second]) await store.createSession(session)
  const made = await store.revokedSince?.(start?.mark ?? null)
  expect(made).toMatchObject({ sessionIds: [], accountIds: [], changedIds: [joao.id] })
  await store.endSession(first.id, maria.id)
  expect((await store.revokedSince?.(made?.mark ?? null))?.changedIds).toEqual([])
  await store.endSession(first.id, joao.id)
  await store.createSession(sessionOf(maria))
  const then = await store.revokedSince?.(made?.mark ?? null)
  expect(then).toMatchObject({ sessionIds: [first.id], changedIds: [joao.id, maria.id] })
  await store.createSession(sessionOf(joao, { createdAt: 1_100, lastUsedAt: 1_100 }), { most: 1 })
  expect(await store.revokedSince?.(then?.mark ?? null)).toMatchObject({
    sessionIds: [second.id],
    changedIds: [joao.id],
  })
})
