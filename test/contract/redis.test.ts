// The store contract, held by Redis: a space of its own for each test, in one server.
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll } from 'vitest'
import { ORIGIN } from '../../server/domain/entry.ts'
import { openRedisStore } from '../../server/store/redis/redis-store.ts'
import { type RedisServer, startRedis } from '../setup/redis.ts'
import { describeStore } from './store.ts'

let redis: RedisServer
beforeAll(async () => {
  redis = await startRedis()
})
afterAll(() => redis.dispose())

describeStore('Redis', async () => {
  const space = randomUUID()
  return {
    open: (events, clock) => openRedisStore({ url: redis.url, space, events, clock, lastKnown: () => ORIGIN }),
    dispose: async () => {},
  }
})
