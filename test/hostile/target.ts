// The server that is misused: a process of its own, so that whatever kills it is seen, and what it tells of itself
// (metrics, log, heap) is its own and not the test's.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { within } from '../setup/until.ts'

/** What a server keeps for those who are connected. */
export interface Holdings {
  readonly websockets: number
  readonly streams: number
  /** Running subscriptions of the log, live or behind. */
  readonly feeds: number
  /** Distinct subscription operations. */
  readonly groups: number
  /** TCP connections, but for the one that asks. */
  readonly tcp: number
}

export interface Target {
  /** `http://127.0.0.1:PORT` */
  readonly url: string
  readonly graphql: string
  readonly socket: string
  readonly pid: number
  /** Whether the process runs: null, or how it ended. */
  ended(): string | null
  /** What was logged as an error: nothing, as long as every refusal was meant. */
  unexpected(): readonly string[]
  holdings(): Promise<Holdings>
  /** Bytes of heap in use, garbage collected. */
  heap(): Promise<number>
  close(): Promise<void>
}

export interface TargetOptions {
  readonly env?: Readonly<Record<string, string>>
  /** For Node, before the script. */
  readonly flags?: readonly string[]
}

const SERVE = fileURLToPath(new URL('serve.ts', import.meta.url))

/** What suits tests: each limit can be set otherwise. */
const FOR_TESTS = {
  HOST: '127.0.0.1',
  PORT: '0',
  LOG_LEVEL: 'error',
  SENDS_PER_SECOND: '0',
  SEARCHES_PER_SECOND: '0',
  ENTER_PER_MINUTE: '0',
  DRAIN_SECONDS: '0',
  CHALLENGE_URL: 'ws://127.0.0.1:9/',
}

export async function startTarget({ env = {}, flags = [] }: TargetOptions = {}): Promise<Target> {
  const dataDir = await mkdtemp(join(tmpdir(), 'recado-hostile-'))
  const child = spawn(process.execPath, ['--expose-gc', ...flags, SERVE], {
    env: { ...process.env, ...FOR_TESTS, ...env, DATA_DIR: dataDir },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  if (!child.stdout || !child.stderr) throw new Error('The server has no output')
  const kill = (): void => void child.kill('SIGKILL')
  process.once('exit', kill)
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', text => {
      output = (output + text).slice(-1_000_000)
    })
  }
  const ended = (): string | null => {
    if (child.exitCode === null && child.signalCode === null) return null
    return `ended with ${child.signalCode ?? child.exitCode}:\n${output.slice(-2_000)}`
  }
  const started = once(child, 'message') as Promise<[{ url: string }]>
  const failed = once(child, 'exit').then(() => Promise.reject(new Error(`The server has ${ended()}`)))
  // Later it is one of the ways to end.
  failed.catch(() => {})
  const [{ url: base }] = await within('the server to start', Promise.race([started, failed]))
  const url = base.replace(/\/$/, '')

  return {
    url,
    graphql: `${url}/graphql`,
    socket: `${url.replace(/^http/, 'ws')}/graphql`,
    pid: child.pid ?? 0,
    ended,
    unexpected: () => output.split('\n').filter(line => /"level":"(?:error|fatal)"/.test(line)),
    async holdings() {
      const response = await fetch(`${url}/metrics`, { headers: { connection: 'close' } })
      const text = await response.text()
      const read = (name: string): number => {
        const line = text.split('\n').find(each => each.startsWith(`${name} `))
        return line === undefined ? 0 : Number(line.slice(name.length + 1))
      }
      return {
        websockets: read('recado_connections{transport="websocket"}'),
        streams: read('recado_connections{transport="sse"}'),
        feeds: read('recado_feeds{state="live"}') + read('recado_feeds{state="behind"}'),
        groups: read('recado_subscription_groups'),
        tcp: read('nodejs_active_resources{type="TCPSocketWrap"}') - 1,
      }
    },
    async heap() {
      const answer = once(child, 'message') as Promise<[{ heap: number }]>
      child.send('collect')
      return (await within('the heap', answer))[0].heap
    },
    async close() {
      process.off('exit', kill)
      if (ended() === null) {
        const exit = once(child, 'exit')
        child.kill('SIGTERM')
        await within('the exit', exit, 15_000).catch(kill)
      }
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}
