// Conversations in Redis are derived from the log when somebody asks: from any state that an older version, a retention or
// a Redis without memory may leave, and without a long stop of Redis.
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type AccountRef, ORIGIN } from '../../server/domain/entry.ts'
import { keysOf } from '../../server/store/redis/keys.ts'
import { openRedisStore } from '../../server/store/redis/redis-store.ts'
import type { Store } from '../../server/store/store.ts'
import { trimAll } from '../contract/retention.ts'
import { enter, say } from '../contract/store.ts'
import { type RedisServer, startRedis } from '../setup/redis.ts'

let redis: RedisServer
beforeAll(async () => {
  redis = await startRedis()
})
afterAll(() => redis.dispose())

async function space() {
  const name = randomUUID()
  const store = await openRedisStore({
    url: redis.url,
    space: name,
    events: { committed() {} },
    lastKnown: () => ORIGIN,
  })
  const people: AccountRef[] = []
  for (const username of ['joao', 'maria', 'ana']) people.push(await enter(store, username))
  return { store, keys: keysOf(name, 0), people: people as [AccountRef, AccountRef, AccountRef] }
}

const names = async (store: Store, viewer: AccountRef) =>
  (await store.conversations({ viewer: viewer.id, limit: 10 })).map(({ peer }) => peer?.username ?? null)

test('thousands of messages that nobody listed are listed in steps, and each is looked at once', async () => {
  const { store, keys, people } = await space()
  const [joao, maria, ana] = people
  await say(store, ana, joao)
  await Promise.all(Array.from({ length: 2_600 }, () => say(store, maria, joao)))
  const calls = async () => {
    const [, count = 0] = /cmdstat_xrange:calls=(\d+)/.exec(await redis.client.info('commandstats')) ?? []
    return Number(count)
  }
  const before = await calls()
  expect(await names(store, joao)).toEqual(['maria', 'ana', null])
  const first = await calls()
  expect(first - before).toBeGreaterThan(2_600)
  expect(await names(store, joao)).toEqual(['maria', 'ana', null])
  expect((await calls()) - first).toBeLessThan(20)
  await say(store, ana, joao)
  expect(await names(store, joao)).toEqual(['ana', 'maria', null])
  expect((await calls()) - first).toBeLessThan(40)
  expect(await redis.client.zcard(keys.peersOf(joao.id))).toBe(2)
  await store.close()
})

test('what was trimmed before anybody listed it is not listed', async () => {
  const { store, people } = await space()
  const [joao, maria, ana] = people
  await say(store, maria, joao)
  const { position } = await say(store, ana, joao)
  await trimAll(store, { olderThan: position - 1 })
  expect(await names(store, joao)).toEqual(['ana', null])
  await trimAll(store, { olderThan: position })
  expect(await names(store, joao)).toEqual([null])
  await store.close()
})

test('a Redis that takes no writes has no list of what is new; everything else is read as ever, and the list as soon as it does', async () => {
  const { store, people } = await space()
  const [joao, maria] = people
  await say(store, maria, joao)
  expect(await names(store, joao)).toEqual(['maria', null])
  await redis.client.config('SET', 'maxmemory', '1')
  try {
    expect(await names(store, joao)).toEqual(['maria', null])
    await redis.client.config('SET', 'maxmemory', '0')
    await say(store, joao, maria)
    await redis.client.config('SET', 'maxmemory', '1')
    await expect(names(store, joao)).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE' })
    expect((await store.page({ viewer: joao.id, scope: 'ALL', limit: 10 })).entries).toHaveLength(2)
    await expect(store.markRead(joao.id, maria, 5)).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE' })
  } finally {
    await redis.client.config('SET', 'maxmemory', '0')
  }
  expect(await names(store, joao)).toEqual(['maria', null])
  await store.close()
})

test('a message that was deleted is not unread', async () => {
  const { store, keys, people } = await space()
  const [joao, maria] = people
  for (const to of [null, joao]) {
    const { messageId, position } = await say(store, maria, to)
    await say(store, maria, to)
    await redis.client.hset(keys.texts, messageId, `[${position},"",${position + 5},0,1700000000000]`)
  }
  const conversations = await store.conversations({ viewer: joao.id, limit: 10 })
  expect(conversations.map(({ unread }) => unread)).toEqual([1, 1])
  await store.close()
})

test('nothing of an account is left once it is deleted', async () => {
  const { store, keys, people } = await space()
  const [joao, maria] = people
  await Promise.all(Array.from({ length: 30 }, () => say(store, maria, joao)))
  await store.markRead(joao.id, maria, 5)
  expect(await names(store, joao)).toEqual(['maria', null])
  const own = [keys.readsOf(joao.id), keys.peersOf(joao.id), keys.countsOf(joao.id)]
  for (const key of own) expect([key, await redis.client.exists(key)]).toEqual([key, 1])
  await store.deleteAccount(joao.id, 5_000)
  expect(await names(store, joao)).toEqual([])
  for (const key of own) expect([key, await redis.client.exists(key)]).toEqual([key, 0])
  await store.close()
})
