// Two real nodes over one real Redis, each behind a relay of its own that does to notices what pub/sub may: loses, doubles
// and delays them.
import { type RedisServer, type RedisServerOptions, startRedis } from '../setup/redis.ts'
import { startRedisRelay } from '../setup/redis-relay.ts'
import type { Push } from '../setup/resp.ts'
import { startTestServer, type TestServer } from '../setup/server.ts'

/** Of a notice on its way to a node. A number: so many milliseconds late, and others overtake it. */
export type Fate = 'pass' | 'lose' | 'double' | number

export interface Rig {
  readonly redis: RedisServer
  readonly nodes: readonly [TestServer, TestServer]
  /** Decides about each notice on its way to both nodes, or to one. Default: all pass. */
  judge(fateOf: (notice: Push) => Fate, node?: number): void
  /** Everything passes again. */
  heal(): void
  /** For each node how many notices did not simply pass. */
  readonly harmed: readonly [number, number]
  /** Cuts every connection of a node. */
  cut(node: number): void
  /** One more server in place of a node; the caller closes it. */
  start(node: number, env: Record<string, string>): Promise<TestServer>
  close(): Promise<void>
}

/** @param env of both nodes, with their `SPACE` */
export async function startRig(env: Record<string, string>, config: RedisServerOptions['config'] = {}): Promise<Rig> {
  const redis = await startRedis({ config })
  const startRelay = () => startRedisRelay({ target: redis, marks: [] })
  const relays = [await startRelay(), await startRelay()] as const
  const harmed: [number, number] = [0, 0]
  const start = (node: number, more: Record<string, string>): Promise<TestServer> =>
    startTestServer({ REDIS_URL: `redis://127.0.0.1:${relays[node]?.port}`, ...env, ...more })
  const nodes = [await start(0, {}), await start(1, {})] as const
  return {
    redis,
    nodes,
    judge(fateOf, only) {
      for (const [node, relay] of relays.entries()) {
        if (only !== undefined && only !== node) continue
        relay.relay = (notice, deliver) => {
          const fate = fateOf(notice)
          if (fate !== 'pass') harmed[node as 0 | 1]++
          if (typeof fate === 'number') setTimeout(deliver, fate)
          else if (fate !== 'lose') deliver()
          if (fate === 'double') deliver()
        }
      }
    },
    heal() {
      for (const relay of relays) relay.heal()
    },
    harmed,
    cut: node => relays[node]?.cut(),
    start,
    async close() {
      await Promise.all(nodes.map(node => node.close()))
      await Promise.all(relays.map(relay => relay.close()))
      await redis.dispose()
    },
  }
}
