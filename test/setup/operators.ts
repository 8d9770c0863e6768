// Administrators, as the operator makes them: over the socket of a server's data folder, or straight in a Redis.
import { ORIGIN } from '../../server/domain/entry.ts'
import type { Operator } from '../../server/operator/operator.ts'
import { createStoreOperator } from '../../server/operator/operator-parts.ts'
import { connectOperator } from '../../server/operator/operator-socket.ts'
import { openRedisStore } from '../../server/store/redis/redis-store.ts'
import type { TestServer } from './server.ts'

/** The operator of a running server that has its data folder to itself. */
export async function operatorOf({ dataDir }: Pick<TestServer, 'dataDir'>): Promise<Operator> {
  const operator = await connectOperator(dataDir)
  if (!operator) throw new Error(`nobody listens for the operator in ${dataDir}`)
  return operator
}

/** The operator of a space in Redis: a node of its own, until it is closed. */
export async function redisOperator(url: string, space: string): Promise<Operator & { close(): Promise<void> }> {
  const store = await openRedisStore({ url, space, events: { committed() {} }, lastKnown: () => ORIGIN })
  return { ...createStoreOperator(store), close: () => store.close() }
}
