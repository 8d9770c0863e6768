// Real Redis servers for tests: redis-server processes on free ports of the loopback, each with a temporary folder, and
// a real Redis Cluster of them. They can be killed, stopped, paused and started again on the same port and folder. All
// are ended at the latest with the process of the tests.
import { type ChildProcess, spawn } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { diskFolder } from './folders.ts'
import { gatherLog } from './gathered-logs.ts'
import { until, within } from './until.ts'

export interface RedisServerOptions {
  /** `redis.conf` directives by name, over those of `DURABLE`: `{ appendfsync: 'always' }`. */
  readonly config?: Readonly<Record<string, string>>
  /** Starts as its replica. */
  readonly replicaOf?: { readonly port: number }
  /** The folder of an ended server, whose files are loaded. Default: an empty one, removed by `dispose`. */
  readonly dir?: string
}

export interface RedisServer {
  readonly port: number
  readonly url: string
  readonly dir: string
  readonly pid: number
  /** For what the test itself asks; connects when it is used, and again after a restart. */
  readonly client: Redis
  /** What it logged so far. */
  output(): string
  /** SIGKILL: what was not written is lost. Resolves once it has exited, as the next ones do. */
  kill(): Promise<void>
  /** SIGTERM: it flushes its append-only file. */
  stop(): Promise<void>
  /** Starts it again after `kill` or `stop`; resolves once it answers with its data. */
  start(): Promise<void>
  /** SIGSTOP: connections stay open and nothing answers, until `resume`. */
  pause(): void
  resume(): void
  /** Kills it and removes its folder. */
  dispose(): Promise<void>
}

/** What the store asks for: an append-only file, and nothing evicted. */
const DURABLE = { appendonly: 'yes', appendfsync: 'everysec', save: '', 'maxmemory-policy': 'noeviction' }
const START_MS = 20_000

const children = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of children) child.kill('SIGKILL')
})
// A runner ends its processes so, and a signal alone would skip the line above.
process.once('SIGTERM', () => process.exit(143))

/** Starts a server and resolves once it answers. */
export async function startRedis(options: RedisServerOptions = {}): Promise<RedisServer> {
  // What is to be synced before each answer is on a disk.
  const place = options.config?.appendfsync === 'always' ? diskFolder() : tmpdir()
  const dir = options.dir ?? (await mkdtemp(join(place, 'recado-redis-')))
  const port = await freePort()
  const config: Record<string, string> = {
    ...DURABLE,
    bind: '127.0.0.1',
    'enable-debug-command': 'local',
    'repl-diskless-sync-delay': '0',
    ...options.config,
    ...(options.replicaOf ? { replicaof: `127.0.0.1 ${options.replicaOf.port}` } : {}),
    // The bus of a Cluster has a port of its own; the usual one, 10,000 above, need not exist.
    ...(options.config?.['cluster-enabled'] === 'yes' ? { 'cluster-port': String(await freePort()) } : {}),
    port: String(port),
    dir,
  }
  let child: ChildProcess
  let output = ''
  const client = new Redis({
    host: '127.0.0.1',
    port,
    lazyConnect: true,
    maxRetriesPerRequest: 0,
    retryStrategy: () => 20,
    ...(options.config?.requirepass ? { password: options.config.requirepass } : {}),
  })
  client.on('error', () => {})

  async function start(): Promise<void> {
    const args = Object.entries(config).flatMap(([name, value]) => [
      `--${name}`,
      ...(value === '' ? [''] : value.split(' ')),
    ])
    child = spawn('redis-server', args, { stdio: ['ignore', 'pipe', 'pipe'] })
    children.add(child)
    const started = child
    const gather = gatherLog('redis')
    child.once('exit', () => children.delete(started))
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', text => {
        gather(text)
        output = (output + text).slice(-1_000_000)
      })
    }
    const missing = new Promise<never>((_, reject) => {
      started.once('error', cause =>
        reject(new Error('redis-server does not start: install Redis 7 (Debian: apt install redis-server)', { cause })),
      )
    })
    try {
      await Promise.race([missing, until('redis-server answers', answers, START_MS)])
    } catch (error) {
      child.kill('SIGKILL')
      throw error
    }
  }

  async function answers(): Promise<boolean> {
    if (child.exitCode !== null) throw new Error(`redis-server has exited with ${child.exitCode}:\n${output}`)
    return (await client.ping().catch(() => null)) === 'PONG'
  }

  async function end(signal: NodeJS.Signals): Promise<void> {
    if (child.exitCode !== null || child.signalCode !== null) return
    const exit = once(child, 'exit')
    child.kill('SIGCONT')
    child.kill(signal)
    await within(`the exit of redis-server after ${signal}`, exit)
  }

  await start()
  return {
    port,
    url: `redis://127.0.0.1:${port}`,
    dir,
    get pid() {
      return child.pid ?? 0
    },
    client,
    output: () => output,
    kill: () => end('SIGKILL'),
    stop: () => end('SIGTERM'),
    start,
    pause: () => void child.kill('SIGSTOP'),
    resume: () => void child.kill('SIGCONT'),
    async dispose() {
      client.disconnect()
      await end('SIGKILL')
      rmSync(dir, { recursive: true, force: true })
    },
  }
}

/** Resolves once the replica has everything that its master has. */
export async function replicated(master: RedisServer, replica: RedisServer): Promise<void> {
  await until('the replica has what the master has', async () => {
    const [ours, theirs] = await Promise.all([master.client.info('replication'), replica.client.info('replication')])
    const offset = (info: string, name: string): string | undefined =>
      new RegExp(`^${name}:(\\d+)`, 'm').exec(info)?.[1]
    const sent = offset(ours, 'master_repl_offset')
    return /^master_link_status:up/m.test(theirs) && sent !== undefined && sent === offset(theirs, 'slave_repl_offset')
  })
}

export interface RedisCluster {
  readonly masters: readonly RedisServer[]
  /** Of one member: the others are found through it. */
  readonly url: string
  /** The member that serves the hash slot of this key. */
  masterOf(key: string): Promise<RedisServer>
  dispose(): Promise<void>
}

const SLOTS = 16_384

/** Starts a Cluster of masters that share all slots evenly, and resolves once each of them knows that it is whole. */
export async function startRedisCluster(
  count = 3,
  config: Readonly<Record<string, string>> = {},
): Promise<RedisCluster> {
  const masters = await Promise.all(
    Array.from({ length: count }, () =>
      startRedis({ config: { 'cluster-enabled': 'yes', 'cluster-node-timeout': '2000', ...config } }),
    ),
  )
  const [first] = masters
  if (!first) throw new Error('a Cluster has at least one master')
  for (const [n, { client }] of masters.entries()) {
    const from = Math.ceil((n * SLOTS) / count)
    const to = Math.ceil(((n + 1) * SLOTS) / count) - 1
    await client.call('CLUSTER', 'ADDSLOTSRANGE', from, to)
    // Two masters with one configuration epoch would first have to agree.
    await client.call('CLUSTER', 'SET-CONFIG-EPOCH', n + 1)
  }
  for (const { client, port } of masters) {
    if (port !== first.port) {
      const [, busPort] = (await client.config('GET', 'cluster-port')) as [string, string]
      await first.client.call('CLUSTER', 'MEET', '127.0.0.1', port, busPort)
    }
  }
  await until('the Cluster is whole', async () => {
    const infos = await Promise.all(masters.map(({ client }) => client.cluster('INFO')))
    return infos.every(
      info => /^cluster_state:ok/m.test(info) && new RegExp(`^cluster_known_nodes:${count}\\b`, 'm').test(info),
    )
  })
  return {
    masters,
    url: first.url,
    async masterOf(key) {
      const slot = Number(await first.client.cluster('KEYSLOT', key))
      const found = masters[Math.floor((slot * count) / SLOTS)]
      if (!found) throw new Error(`no master has slot ${slot}`)
      return found
    },
    async dispose() {
      await Promise.all(masters.map(master => master.dispose()))
    },
  }
}

/**
 * Of those that the system gives to nobody by itself: one that was given back to it may be another connection's before
 * Redis listens.
 */
const PORTS = { from: 10_240, count: 22_000 }

async function freePort(): Promise<number> {
  for (;;) {
    const port = PORTS.from + randomInt(PORTS.count)
    const server = createServer().listen(port, '127.0.0.1')
    const isFree = await once(server, 'listening').then(
      () => true,
      () => false,
    )
    if (!isFree) continue
    server.close()
    await once(server, 'close')
    return port
  }
}
