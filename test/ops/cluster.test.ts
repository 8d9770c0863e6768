// `npm run cluster` as a person runs it: what it prints works, what dies comes back, and nothing is left behind however it
// ends.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, test } from 'vitest'
import { findProgram, missingPackages } from '../../ops/cluster/programs.ts'
import { gatherLogFiles } from '../setup/gathered-logs.ts'
import { enter, send } from '../setup/request.ts'
import { EVENTS, live, stockClient, textsOf } from '../setup/stock.ts'
import { until, within } from '../setup/until.ts'

const PROGRAM = fileURLToPath(new URL('../../ops/cluster.ts', import.meta.url))
const opened: { close(): unknown }[] = []

afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one.close()
})

interface RunningCluster {
  readonly child: ChildProcess
  readonly url: string
  output(): string
  /** By name, as it was printed at the start. */
  readonly members: ReadonlyMap<string, { readonly port: number; readonly pid: number }>
  /** Every process that it has started, directly or not. */
  descendants(): number[]
}

async function folder(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'recado-cluster-'))
  opened.push({
    close() {
      gatherLogFiles(dir)
      return rm(dir, { recursive: true, force: true })
    },
  })
  return dir
}

function start(dataDir: string, env: Record<string, string> = {}): { child: ChildProcess; output(): string } {
  const child = spawn(process.execPath, [PROGRAM], {
    env: { ...process.env, PORT: '0', DRAIN_SECONDS: '0', DATA_DIR: dataDir, ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', text => {
      output += text
    })
  }
  const ended = once(child, 'exit')
  opened.push({
    async close() {
      const pids = descendants(child.pid ?? 0)
      child.kill('SIGKILL')
      await ended
      try {
        await until('nothing is left', () => pids.every(pid => !isRunning(pid)))
      } finally {
        for (const pid of pids.filter(isRunning)) process.kill(pid, 'SIGKILL')
      }
    },
  })
  return { child, output: () => output }
}

async function startCluster(dataDir: string): Promise<RunningCluster> {
  const { child, output } = start(dataDir)
  await until('the cluster runs', () => {
    if (child.exitCode !== null) throw new Error(output())
    return output().includes('Ctrl-C')
  })
  const [, url = ''] = /Recado is at +(\S+)\/\n/.exec(output()) ?? []
  const rows = [...output().matchAll(/^ {2}(\S+) +127\.0\.0\.1:(\d+) +pid (\d+)$/gm)]
  return {
    child,
    url,
    output,
    members: new Map(rows.map(([, name = '', port, pid]) => [name, { port: Number(port), pid: Number(pid) }])),
    descendants: () => descendants(child.pid ?? 0),
  }
}

/** Of Linux: parents know their children. */
function descendants(pid: number): number[] {
  try {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean)
    return children.map(Number).flatMap(child => [child, ...descendants(child)])
  } catch {
    return []
  }
}

/** Neither gone, nor only waiting for somebody to ask how it ended. */
function isRunning(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false
  }
}

describe('npm run cluster', () => {
  test('one address, three nodes: what is sent to one is heard on all, and Ctrl-C ends everything in order', async () => {
    const dataDir = await folder()
    const cluster = await startCluster(dataDir)
    expect([...cluster.members.keys()].sort()).toEqual(['nginx', 'node-1', 'node-2', 'node-3', 'redis'])
    expect((await fetch(`${cluster.url}/health/ready`)).status).toBe(200)
    expect(await (await fetch(`${cluster.url}/`)).text()).toContain('<html')

    const { token } = await enter(`${cluster.url}/graphql`, 'ana')
    const nodes = [...cluster.members].filter(([name]) => name.startsWith('node')).map(([, { port }]) => port)
    const listeners = nodes.map(port => stockClient(`ws://127.0.0.1:${port}/graphql`, token))
    const feeds = listeners.map(client => client.subscribe(EVENTS))
    await Promise.all(feeds.map(live))
    await send(`${cluster.url}/graphql`, token, { text: 'olá' })
    await until('all nodes have it', () => feeds.every(feed => textsOf(feed).includes('olá')))
    for (const client of listeners) await client.dispose()

    const pids = cluster.descendants()
    // Five of them, the guard, and nginx' workers.
    expect(pids.length).toBeGreaterThanOrEqual(7)
    const exit = once(cluster.child, 'exit')
    cluster.child.kill('SIGINT')
    expect(await within('the end', exit)).toEqual([0, null])
    expect(pids.filter(isRunning)).toEqual([])
    expect(existsSync(join(dataDir, 'cluster', 'cluster.pid'))).toBe(false)

    // What was said is kept.
    const again = await startCluster(dataDir)
    const reader = stockClient(again.url.replace('http', 'ws').concat('/graphql'), token)
    const { data } = await reader.run('{ messages { nodes { text } } }')
    expect(data.messages.nodes).toEqual([{ text: 'olá' }])
    await reader.dispose()
  })

  test('a node that dies comes back at its place, and all nodes can be restarted in turn', async () => {
    const cluster = await startCluster(await folder())
    const killed = cluster.members.get('node-2')
    if (!killed) throw new Error('no node-2')
    process.kill(killed.pid, 'SIGKILL')
    await until('it is back', () => cluster.output().includes('node-2 is back'))
    const ready = await fetch(`http://127.0.0.1:${killed.port}/health/ready`)
    expect(ready.status).toBe(200)
    cluster.child.stdin?.write('r\n')
    await until('the last is back', () => cluster.output().includes('node-3 is back'))
    expect(cluster.output()).toContain('node-1 is back')
    for (const [name, { port }] of cluster.members) {
      if (name.startsWith('node')) expect((await fetch(`http://127.0.0.1:${port}/health/ready`)).status).toBe(200)
    }
  })

  test('after kill -9 nothing of it is left, and the next one takes its place', async () => {
    const dataDir = await folder()
    const cluster = await startCluster(dataDir)
    const pids = cluster.descendants()
    const other = start(dataDir)
    const refused = once(other.child, 'exit')
    expect(await within('the refusal', refused)).toEqual([1, null])
    expect(other.output()).toContain(`process ${cluster.child.pid}`)

    cluster.child.kill('SIGKILL')
    await until('all are gone', () => !pids.some(isRunning))
    const next = await startCluster(dataDir)
    expect((await fetch(`${next.url}/health/ready`)).status).toBe(200)
  })

  test('nor is anything left when it is told to end before all have started', async () => {
    const { child } = start(await folder())
    await until('something runs', () => descendants(child.pid ?? 0).length >= 3)
    const pids = descendants(child.pid ?? 0)
    child.kill('SIGTERM')
    await until('all are gone', () => !pids.some(isRunning))
  })

  test('it says what has to be installed', async () => {
    expect(missingPackages()).toEqual([])
    expect(findProgram('nginx', '/nowhere')).toMatch(/\/nginx$/)
    expect(missingPackages(['no-such-server' as 'nginx'])).toHaveLength(1)
  })
})
