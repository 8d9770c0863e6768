// A space in Redis as a whole: its keys found by their names, and whether servers run on it.
import { Cluster, type Redis } from 'ioredis'
import { createRedisClient, databaseOf, type RedisClient, RedisConnectError } from '../../redis/client.ts'
import { ArchiveError } from '../archive/archive-error.ts'
import { StoreError } from '../store-error.ts'
import { type Keys, keysOf } from './keys.ts'
import { reasonOf } from './redis-errors.ts'

/** Keys in one answer of Redis, about. */
const SCANNED_AT_ONCE = 500
/** Somebody waits for the command: a Redis that is not there is said soon. */
const PATIENCE_MS = 3_000

/** Rejects with StoreError when there is no connection. */
export async function connect(url: string): Promise<RedisClient> {
  try {
    return await createRedisClient(url, 'commands', { patienceMs: PATIENCE_MS })
  } catch (error) {
    throw storeErrorOf(error)
  }
}

/** Errors of ioredis carry their command's arguments: they are never passed on as they are. */
export function storeErrorOf(error: unknown): Error {
  if (error instanceof StoreError || error instanceof ArchiveError) return error
  if (error instanceof RedisConnectError) return new StoreError(error.code, error.message, { cause: error.cause })
  return new StoreError('REDIS_REFUSED', `Redis did not do what it was asked: ${reasonOf(error)}.`)
}

function masters(client: RedisClient): readonly Redis[] {
  return client instanceof Cluster ? client.nodes('master') : [client]
}

/** Names of keys that match; some may come twice. */
export async function* scanKeys(client: RedisClient, pattern: string): AsyncGenerator<readonly string[]> {
  for (const node of masters(client)) {
    let cursor = '0'
    do {
      const [next, names] = await node.scan(cursor, 'MATCH', pattern, 'COUNT', SCANNED_AT_ONCE)
      cursor = next
      if (names.length > 0) yield names
    } while (cursor !== '0')
  }
}

/** How many servers listen to what is told of the space. */
export async function serversOn(client: RedisClient, keys: Keys): Promise<number> {
  const nodes = client instanceof Cluster ? client.nodes('all') : [client]
  let count = 0
  for (const node of nodes) {
    const [, listeners] = (await node.call('PUBSUB', 'NUMSUB', keys.all)) as [string, number]
    count += Number(listeners)
  }
  return count
}

/** @throws StoreError `IN_USE` */
export async function refuseServers(client: RedisClient, space: string, keys: Keys): Promise<void> {
  if ((await serversOn(client, keys)) === 0) return
  throw new StoreError('IN_USE', `Servers run on the space ${space} in Redis: stop all of them first.`)
}

/** Whether there is such a space. Rejects with StoreError when there is no connection. */
export async function hasSpace(url: string, space: string): Promise<boolean> {
  const client = await connect(url)
  try {
    return (await client.hexists(keysOf(space, databaseOf(client)).meta, 'epoch')) === 1
  } catch (error) {
    throw storeErrorOf(error)
  } finally {
    client.disconnect()
  }
}
