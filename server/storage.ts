// What must last, and who must hear of it: the only file that knows which store and which bus were chosen.
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Bus, ControlBus } from './bus/bus.ts'
import { createLocalBus } from './bus/local.ts'
import { createRedisBus } from './bus/redis.ts'
import type { Config } from './config.ts'
import type { Position } from './domain/entry.ts'
import { createRedisClient, type RedisClient } from './redis/client.ts'
import { openRedisStore } from './store/redis/redis-store.ts'
import { spaceFolder } from './store/sqlite/data-dir.ts'
import { openSqliteStore } from './store/sqlite/sqlite-store.ts'
import type { Store, StoreEvents } from './store/store.ts'
import type { Logger } from './telemetry/logger.ts'

interface Storage {
  readonly store: Store
  readonly bus: Bus & ControlBus
  /** Null: this node is alone. */
  readonly neighbours: Neighbours | null
  /** Finishes what was accepted, and closes all. */
  closeStorage(): Promise<void>
}

/** What nodes of one space share beside the log. */
interface Neighbours {
  readonly client: RedisClient
}

interface StorageEvents extends Required<Pick<StoreEvents, 'reset' | 'writable' | 'written'>> {
  /** The last position that has come over the bus; ORIGIN: none yet. */
  head(): Position
}

/** One node has its data folder and hears itself; several have a Redis, whose scripts append and publish in one step. */
export async function openStorage(config: Config, log: Logger, events: StorageEvents): Promise<Storage> {
  const { redisUrl: url, space } = config
  if (url === null) {
    const bus = createLocalBus()
    const store = await openSqliteStore({
      dataDir: spaceFolder(config.dataDir, config.space),
      log,
      events: { ...events, committed: entries => bus.publish(entries) },
    })
    return { store, bus, neighbours: null, closeStorage: () => bus.close().then(store.close) }
  }
  const store = await openRedisStore({
    url,
    space,
    log,
    events: { ...events, committed() {} },
    lastKnown: events.head,
    allowVolatile: config.redisAllowVolatile,
    waitReplicas: config.redisWaitReplicas,
  })
  try {
    const client = await createRedisClient(url, 'commands', {
      onError: ({ message }) => log.warn({ reason: message }, 'a connection to Redis has failed'),
    })
    const bus = createRedisBus({ client, space, epoch: () => store.epoch, log })
    const closeStorage = async (): Promise<void> => {
      await bus.close()
      await store.close()
      client.disconnect()
    }
    return { store, bus, neighbours: { client }, closeStorage }
  } catch (error) {
    await store.close()
    throw error
  }
}

/**
 * Where the search index is; null: in a temporary folder. Nodes that share a Redis have a data folder only if somebody has
 * said so, and each its own.
 */
export function searchFile({ redisUrl, dataDir, isDataDirGiven, space }: Config): string | null {
  if (redisUrl !== null && !isDataDirGiven) return null
  const folder = spaceFolder(dataDir, space)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  return join(folder, 'search.db')
}
