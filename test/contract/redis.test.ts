// The store contract, held by Redis: a space of its own for each test, in one server.
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll } from 'vitest'
import { ORIGIN } from '../../server/domain/entry.ts'
import { openRedisStore } from '../../server/store/redis/redis-store.ts'
import { type RedisServer, startRedis } from '../setup/redis.ts'
import { describeDevices } from './devices.ts'
import type { StoreFixture } from './fixture.ts'
import { describeReading } from './reading.ts'
import { describeRecords } from './records.ts'
import { describeRetention } from './retention.ts'
import { describeRevisions } from './revisions.ts'
import { describeStore } from './store.ts'

let redis: RedisServer
beforeAll(async () => {
  redis = await startRedis()
})
afterAll(() => redis.dispose())

async function create(): Promise<StoreFixture> {
  const space = randomUUID()
  return {
    open: (events, clock) => openRedisStore({ url: redis.url, space, events, clock, lastKnown: () => ORIGIN }),
    dispose: async () => {},
  }
}

describeStore('Redis', create)
describeDevices('Redis', create)
describeRecords('Redis', create)
describeRetention('Redis', create)
describeReading('Redis', create)
describeRevisions('Redis', create)
