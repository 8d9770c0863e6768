// The store contract, held by a Redis Cluster of three masters: a space of its own for each test, so that all of them
// have some.
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll } from 'vitest'
import { ORIGIN } from '../../server/domain/entry.ts'
import { openRedisStore } from '../../server/store/redis/redis-store.ts'
import { type RedisCluster, startRedisCluster } from '../setup/redis.ts'
import type { StoreFixture } from './fixture.ts'
import { describeReading } from './reading.ts'
import { describeRecords } from './records.ts'
import { describeRetention } from './retention.ts'
import { describeRevisions } from './revisions.ts'
import { describeStore } from './store.ts'

let cluster: RedisCluster
beforeAll(async () => {
  cluster = await startRedisCluster()
})
afterAll(() => cluster.dispose())

async function create(): Promise<StoreFixture> {
  const space = randomUUID()
  return {
    open: (events, clock) => openRedisStore({ url: cluster.url, space, events, clock, lastKnown: () => ORIGIN }),
    dispose: async () => {},
  }
}

describeStore('Redis Cluster', create)
describeRecords('Redis Cluster', create)
describeRetention('Redis Cluster', create)
describeReading('Redis Cluster', create)
describeRevisions('Redis Cluster', create)
