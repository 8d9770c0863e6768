// Several nodes over one Redis, as one server to the load: who subscribes is spread over the nodes, the sender is on the
// first, and the nodes' processor time is added up (Redis's own is a figure beside it).
import { startRedis } from '../test/setup/redis.ts'
import type { ChatClient } from './load/chat-client.ts'
import { readUsage, type ServerProcess, startServer } from './server-process.ts'

/** Its append-only file is synced each second: Redis's own default, and what most people run. */
const EVERYSEC = { appendonly: 'yes', appendfsync: 'everysec' }

export interface Deployment extends ServerProcess {
  readonly ports: readonly number[]
  /** Milliseconds of Redis's processor time. */
  redisMs(): number
  /** Kills Redis, and starts it again on the same files after so long. */
  interruptRedis(ms: number): Promise<void>
}

/** @param name of a file in `servers` that reads REDIS_URL */
export async function startDeployment(
  name: string,
  nodes: number,
  nodeFlags: readonly string[] = [],
): Promise<Deployment> {
  const redis = await startRedis({ config: EVERYSEC })
  const servers: ServerProcess[] = []
  for (let node = 0; node < nodes; node++) servers.push(await startServer(name, { REDIS_URL: redis.url }, nodeFlags))
  const [first] = servers
  if (!first) throw new Error('A deployment has at least one node')
  const sum = (figure: 'cpuMs' | 'userMs' | 'systemMs' | 'rss' | 'peakRss'): number =>
    servers.reduce((total, server) => total + server.usage()[figure], 0)
  return {
    port: first.port,
    pid: first.pid,
    ports: servers.map(({ port }) => port),
    usage: () => ({
      cpuMs: sum('cpuMs'),
      userMs: sum('userMs'),
      systemMs: sum('systemMs'),
      rss: sum('rss'),
      peakRss: sum('peakRss'),
    }),
    redisMs: () => readUsage(redis.pid).cpuMs,
    async interruptRedis(ms) {
      await redis.kill()
      await new Promise(resolve => setTimeout(resolve, ms))
      await redis.start()
    },
    async collect() {
      await Promise.all(servers.map(server => server.collect()))
    },
    async stop() {
      await Promise.all(servers.map(server => server.stop()))
      await redis.dispose()
    },
  }
}

/** Subscribers take turns; senders stay with the first. */
export function spread(clients: readonly ChatClient[]): ChatClient {
  const [first] = clients
  if (!first) throw new Error('There is nobody to talk to')
  let next = 0
  return {
    subscribe: options => (clients[next++ % clients.length] ?? first).subscribe(options),
    sender: options => first.sender(options),
  }
}
