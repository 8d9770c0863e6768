// Trimming over Redis by one node while another appends: whatever goes is told of.
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { messageOf, ORIGIN } from '../../server/domain/entry.ts'
import { createRedisClient, type RedisClient } from '../../server/redis/client.ts'
import { keysOf } from '../../server/store/redis/keys.ts'
import { createTrim, type TrimOptions } from '../../server/store/redis/trim.ts'
import { trimmedOf } from '../contract/retention.ts'
import { enter, say } from '../contract/store.ts'
import { type RedisServer, startRedis } from '../setup/redis.ts'
import { openStore } from './redis-support.ts'

let redis: RedisServer
beforeAll(async () => {
  redis = await startRedis()
})
afterAll(() => redis.dispose())

test('what one node trims up to the very head, while another appends, has marks for everyone who could see it', async () => {
  const one = await openStore(redis.url)
  const another = await openStore(redis.url, { space: one.space })
  const [joao, maria] = [await enter(one.store, 'joao'), await enter(one.store, 'maria')]
  let done = false
  const sending = (async () => {
    for (let n = 0; !done; n++) await say(one.store, joao, n % 2 ? null : maria)
  })()
  const upTo = Number.MAX_SAFE_INTEGER
  for (let round = 0; round < 3_000; round++) {
    await another.store.trim({ messages: 0, olderThan: upTo, upTo })
  }
  done = true
  await sending
  const floor = await one.store.trimmed(null)
  expect(floor).toBeGreaterThan(ORIGIN)
  const log = one.committed
  const left = log.filter(({ position }) => position > floor)
  expect(await one.store.newest(100_000)).toEqual(left)
  for (const viewer of [joao.id, maria.id, 'nobody']) {
    expect(await one.store.trimmed(viewer)).toBe(trimmedOf(log, floor, viewer))
  }
  // Nothing of what went is left behind.
  expect(await redis.client.hlen(`{${one.space}}:texts`)).toBe(left.length)
})

test('what is appended while a step looks up what is oldest is no part of that step', async () => {
  const { store, committed, space } = await openStore(redis.url)
  const [joao, maria] = [await enter(store, 'joao'), await enter(store, 'maria')]
  await say(store, joao, null, 'old')
  const keys = keysOf(space, 0)
  const client = await createRedisClient(redis.url, 'commands')
  onTestFinished(() => client.disconnect())
  // Another node appends between the look at the public messages and the one at the private ones.
  const late = new Proxy(client, {
    get(target, name) {
      const value = Reflect.get(target, name) as unknown
      if (name !== 'xrange' || typeof value !== 'function') {
        return typeof value === 'function' ? value.bind(target) : value
      }
      return async (key: string, ...args: unknown[]) => {
        if (key === keys.private) {
          await say(store, joao, null, 'public, meanwhile')
          await say(store, joao, maria, 'private, meanwhile')
        }
        return value.call(target, key, ...args)
      }
    },
  })
  const connection = { run: (action: (client: RedisClient) => Promise<unknown>) => action(late) }
  const trimming = createTrim({
    writes: connection,
    reads: connection,
    history: { epoch: store.epoch },
    keys,
  } as unknown as TrimOptions)
  const upTo = Number.MAX_SAFE_INTEGER
  const step = await trimming.trim({ messages: 0, olderThan: upTo, upTo })
  expect(step).toEqual({ floor: committed[0]?.position, removed: 1, more: false })
  expect((await store.newest(10)).map(entry => messageOf(entry).text)).toEqual([
    'public, meanwhile',
    'private, meanwhile',
  ])
  expect(await store.trimmed(joao.id)).toBe(committed[0]?.position)
})
