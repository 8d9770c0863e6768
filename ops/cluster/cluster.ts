// Redis, nodes and nginx as one thing that starts, restarts its nodes one after the other, and stops in the right order.
// What ends without being told is started again, as systemd or an orchestrator would.
//
//   clients ──▶ nginx ──▶ node 1 ─┐
//                 ├─────▶ node 2 ─┼──▶ Redis (append-only file, synced)
//                 └─────▶ node 3 ─┘
import { mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { type Guard, startGuard } from './guard.ts'
import type { ManagedProcess } from './managed-process.ts'
import { startNginx } from './nginx.ts'
import { startNode } from './node.ts'
import { freePort } from './ports.ts'
import { startRedisServer } from './redis.ts'

export interface ClusterOptions {
  /** Keeps everything: Redis' file, the logs, nginx' folder. Of one cluster at a time. */
  readonly dir: string
  /** Default 3. */
  readonly nodes?: number
  /** Where people reach it; another is taken when it is in use. Default 8080. */
  readonly port?: number
  /** The address that nginx listens on. Default 127.0.0.1. */
  readonly host?: string
  /** Settings of the nodes. */
  readonly env?: Readonly<Record<string, string>>
  /** Default: one of its own, in `dir`. */
  readonly redisUrl?: string
  /** Something ended by itself; it is started again. */
  onEnded?(name: string, how: number | NodeJS.Signals): void
  onStarted?(name: string): void
  /** Something can not be started again, or the guard is gone: the cluster should be closed. */
  onFailure?(error: Error): void
}

export interface ClusterMember {
  readonly name: string
  readonly port: number
  readonly pid: number
}

export interface Cluster {
  /** Where people reach it. */
  readonly url: string
  readonly port: number
  readonly redisUrl: string
  readonly nodes: readonly ClusterMember[]
  /** All of it: the nodes, nginx, and Redis if it is its own. */
  readonly members: readonly ClusterMember[]
  /** Stops and starts one node after the other: each has drained, and the next one takes people, before it goes on. */
  restartNodes(): Promise<void>
  /** Nodes drain, then nginx, then Redis. */
  close(): Promise<void>
}

/** How long a node may take to drain beyond DRAIN_SECONDS. */
const LAST_ANSWERS_MS = 15_000
const PAUSE_MS = 500

export async function startCluster(options: ClusterOptions): Promise<Cluster> {
  const { nodes: count = 3, host = '127.0.0.1', env = {}, onEnded, onStarted, onFailure } = options
  const dir = resolve(options.dir)
  mkdirSync(dir, { recursive: true })
  let isClosing = false
  const guard = startGuard(() => onFailure?.(new Error('the process that ends the others is gone')))
  const members: Member[] = []
  const member = async (name: string, port: number, start: () => Promise<ManagedProcess>): Promise<Member> => {
    const one = await keep(name, port, start)
    members.push(one)
    return one
  }

  async function keep(name: string, port: number, start: () => Promise<ManagedProcess>): Promise<Member> {
    let running = await begin()
    let isStopping = false

    async function begin(): Promise<ManagedProcess> {
      try {
        const begun = await start()
        void begun.exited.then(how => {
          if (isStopping || isClosing) return
          onEnded?.(name, how)
          void again()
        })
        return begun
      } catch (error) {
        throw new Error(`${name}: ${error instanceof Error ? error.message : String(error)}`, { cause: error })
      }
    }

    async function again(): Promise<void> {
      await delay(PAUSE_MS)
      if (isStopping || isClosing) return
      try {
        running = await begin()
        onStarted?.(name)
      } catch (error) {
        onFailure?.(error as Error)
      }
    }

    return {
      name,
      port,
      get pid() {
        return running.pid
      },
      async stop(signal) {
        isStopping = true
        await running.stop(signal, drainMs(env) + LAST_ANSWERS_MS)
      },
      async start() {
        isStopping = false
        running = await begin()
      },
    }
  }

  async function end(guard: Guard): Promise<void> {
    isClosing = true
    const [nodes, others] = [members.filter(isNode), members.filter(one => !isNode(one))]
    await Promise.all(nodes.map(node => node.stop('SIGTERM')))
    for (const other of others.reverse()) await other.stop('SIGTERM')
    await guard.close()
  }

  try {
    let { redisUrl } = options
    if (redisUrl === undefined) {
      const redisPort = await freePort()
      redisUrl = `redis://127.0.0.1:${redisPort}`
      await member('redis', redisPort, () => startRedisServer({ dir: join(dir, 'redis'), port: redisPort, guard }))
    }
    const port = await freePort(options.port ?? 8080, host)
    const shown = host === '0.0.0.0' || host === '127.0.0.1' ? 'localhost' : host
    const url = `http://${shown}:${port}`
    const nodeEnv = {
      PUBLIC_URL: url,
      // The same page by this machine's other name.
      ALLOWED_ORIGINS: `http://127.0.0.1:${port}`,
      TRUST_PROXY: '127.0.0.1',
      ...env,
      REDIS_URL: redisUrl,
    }
    const nodes = await Promise.all(
      Array.from({ length: count }, async (_, n) => {
        const [name, nodePort] = [`node-${n + 1}`, await freePort()]
        return member(name, nodePort, () => startNode({ name, dir, port: nodePort, env: nodeEnv, guard }))
      }),
    )
    await member('nginx', port, () =>
      startNginx({ dir: join(dir, 'nginx'), port, host, nodes: nodes.map(node => `127.0.0.1:${node.port}`), guard }),
    )
    let closing: Promise<void> | null = null
    return {
      url,
      port,
      redisUrl,
      nodes,
      members,
      async restartNodes() {
        for (const node of nodes) {
          if (isClosing) return
          await node.stop('SIGTERM')
          if (isClosing) return
          await node.start()
          onStarted?.(node.name)
        }
      },
      close() {
        closing ??= end(guard)
        return closing
      },
    }
  } catch (error) {
    await end(guard)
    throw error
  }
}

interface Member extends ClusterMember {
  stop(signal: NodeJS.Signals): Promise<void>
  start(): Promise<void>
}

function isNode({ name }: Member): boolean {
  return name.startsWith('node-')
}

function drainMs({ DRAIN_SECONDS }: Readonly<Record<string, string>>): number {
  return Number(DRAIN_SECONDS ?? process.env.DRAIN_SECONDS ?? 5) * 1_000
}
