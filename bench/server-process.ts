// A server in a process of its own, and what the operating system says it used.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

export interface Usage {
  /** Milliseconds of processor time, user and system, since the process began. In steps of 10. */
  readonly cpuMs: number
  readonly userMs: number
  readonly systemMs: number
  /** Resident bytes now, and at most so far. */
  readonly rss: number
  readonly peakRss: number
}

export interface ServerProcess {
  readonly port: number
  readonly pid: number
  usage(): Usage
  /** Has it collect its garbage, if it was started with `--expose-gc`. */
  collect(): Promise<void>
  stop(): Promise<void>
}

/** Recado's settings in benchmarks: its defaults, but for its rate limits and what a thousand loopback clients need. */
const RECADO_ENV = {
  PORT: '0',
  LOG_LEVEL: 'warn',
  SENDS_PER_SECOND: '0',
  ENTER_PER_MINUTE: '0',
  NEW_NAMES_PER_HOUR: '0',
  CONNECTIONS_PER_USER: '0',
  DRAIN_SECONDS: '0',
}

/**
 * Starts `bench/servers/<name>.ts`, which says its port over IPC once it listens.
 * @param nodeFlags for Node itself, such as `--cpu-prof`
 */
export async function startServer(
  name: string,
  env: Readonly<Record<string, string>> = {},
  nodeFlags: readonly string[] = [],
): Promise<ServerProcess> {
  const dataDir = env.DATA_DIR ?? mkdtempSync(join(tmpdir(), 'recado-bench-'))
  const script = fileURLToPath(new URL(`./servers/${name}.ts`, import.meta.url))
  const child = spawn(process.execPath, [...nodeFlags, script], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    // As people run such servers: graphql-js and others check less then.
    env: { ...process.env, NODE_ENV: 'production', ...RECADO_ENV, DATA_DIR: dataDir, ...env },
  })
  endWithUs(child)
  const [message] = (await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(([code]) => Promise.reject(new Error(`${name} ended with ${code}`))),
  ])) as [{ port: number }]
  const pid = child.pid as number
  return {
    port: message.port,
    pid,
    usage: () => readUsage(pid),
    async collect() {
      const collected = once(child, 'message')
      child.send('collect')
      await collected
    },
    async stop() {
      await end(child)
      if (env.DATA_DIR === undefined) rmSync(dataDir, { recursive: true, force: true })
    },
  }
}

/** Where NATS's server is, or undefined. Debian puts it where only root looks. */
export function findNats(): string | undefined {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin']
  return folders.map(folder => join(folder, 'nats-server')).find(existsSync)
}

const NATS_START_MS = 10_000

/** Starts NATS's server with its defaults, on any free port of the loopback. */
export async function startNats(): Promise<ServerProcess> {
  const program = findNats()
  if (program === undefined) throw new Error('nats-server is not installed (Debian: apt-get install nats-server)')
  const folder = mkdtempSync(join(tmpdir(), 'recado-bench-nats-'))
  const child = spawn(program, ['--addr', '127.0.0.1', '--port', '-1', '--ports_file_dir', folder], {
    stdio: 'ignore',
  })
  endWithUs(child)
  const pid = child.pid as number
  const file = join(folder, `nats-server_${pid}.ports`)
  const deadline = performance.now() + NATS_START_MS
  let url: string | undefined
  while (url === undefined) {
    if (child.exitCode !== null) throw new Error(`nats-server ended with ${child.exitCode}`)
    if (performance.now() > deadline) throw new Error('nats-server did not say its port')
    await delay(20)
    url = existsSync(file) ? /nats:\/\/[^"]+/.exec(readFileSync(file, 'utf8'))?.[0] : undefined
  }
  return {
    port: Number(new URL(url).port),
    pid,
    usage: () => readUsage(pid),
    async collect() {},
    async stop() {
      await end(child)
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Ended by the end of this process at the latest. */
function endWithUs(child: ChildProcess): void {
  const kill = (): void => void child.kill('SIGKILL')
  process.once('exit', kill)
  child.once('exit', () => process.off('exit', kill))
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = once(child, 'exit')
  child.kill('SIGTERM')
  const timer = setTimeout(() => child.kill('SIGKILL'), 15_000)
  await exited
  clearTimeout(timer)
}

const TICK_MS = 10

export function readUsage(pid: number): Usage {
  // The name may hold spaces and parentheses: fields are counted from the last one.
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const userMs = Number(fields[11]) * TICK_MS
  const systemMs = Number(fields[12]) * TICK_MS
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  const kib = (name: string): number => Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1] ?? 0) * 1024
  return { cpuMs: userMs + systemMs, userMs, systemMs, rss: kib('VmRSS'), peakRss: kib('VmHWM') }
}
