// The bus contract, held by Redis: a space of its own for each test, in one server.
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll } from 'vitest'
import { createRedisBus } from '../../server/bus/redis.ts'
import { createRedisClient } from '../../server/redis/client.ts'
import { publishEntry } from '../setup/notices.ts'
import { type RedisServer, startRedis } from '../setup/redis.ts'
import { describeBus } from './bus.ts'

let redis: RedisServer
beforeAll(async () => {
  redis = await startRedis()
})
afterAll(() => redis.dispose())

describeBus('Redis', async () => {
  const options = { space: randomUUID(), epoch: 'abcdefgh' }
  const client = await createRedisClient(redis.url, 'commands')
  const bus = createRedisBus({ client, space: options.space, epoch: () => options.epoch, log: { warn() {} } })
  return {
    bus,
    publish: (entry, previous) => publishEntry(redis.client, entry, previous, options),
    dispose: async () => client.disconnect(),
  }
})
