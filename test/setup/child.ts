// The server as a process of its own, for what can't be done in this one: kill -9, signals, its exit status.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { gatherLog, keepStoreSecret } from './gathered-logs.ts'
import { within } from './until.ts'

const PROGRAM = fileURLToPath(new URL('../../bin/recado.js', import.meta.url))

export interface ServerChild {
  readonly url: string
  readonly graphql: string
  readonly socket: string
  readonly port: number
  readonly pid: number
  /** Milliseconds from the start to the first answer of `/health/ready`. */
  readonly startMs: number
  /** What it printed so far, both streams. */
  output(): string
  /** Sends a signal and waits for the exit: its status, or the signal that ended it. */
  stop(signal: NodeJS.Signals, deadlineMs?: number): Promise<number | NodeJS.Signals>
}

export interface ChildOptions {
  readonly dataDir: string
  /** Default 0: any free one. */
  readonly port?: number
  readonly env?: Record<string, string>
}

/** Starts `recado serve` and resolves once it is ready. */
export async function startServerChild({ dataDir, port = 0, env = {} }: ChildOptions): Promise<ServerChild> {
  const started = performance.now()
  const child = spawn(process.execPath, [PROGRAM, 'serve'], {
    env: {
      ...process.env,
      HOST: '127.0.0.1',
      LOG_LEVEL: 'info',
      SENDS_PER_SECOND: '0',
      ENTER_PER_MINUTE: '0',
      DRAIN_SECONDS: '1',
      ...env,
      PORT: String(port),
      DATA_DIR: dataDir,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  const gather = gatherLog('child')
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', text => {
      gather(text)
      output = (output + text).slice(-1_000_000)
    })
  }
  try {
    const url = await address(child, () => output)
    for (;;) {
      if (child.exitCode !== null) throw new Error(`the server has exited with ${child.exitCode}:\n${output}`)
      if (performance.now() - started > 60_000) throw new Error(`the server does not become ready:\n${output}`)
      const response = await fetch(`${url}/health/ready`).catch(() => null)
      await response?.body?.cancel()
      if (response?.status === 200) break
      await new Promise(resolve => setTimeout(resolve, 10))
    }
    keepStoreSecret(dataDir)
    return {
      url,
      graphql: `${url}/graphql`,
      socket: `${url.replace(/^http/, 'ws')}/graphql`,
      port: Number(new URL(url).port),
      pid: child.pid ?? 0,
      startMs: performance.now() - started,
      output: () => output,
      async stop(signal, deadlineMs) {
        if (child.exitCode !== null) return child.exitCode
        if (child.signalCode !== null) return child.signalCode
        const exit = once(child, 'exit')
        child.kill(signal)
        const [code, by] = await within(`the server's exit after ${signal}`, exit, deadlineMs)
        return by ?? code
      },
    }
  } catch (error) {
    child.kill('SIGKILL')
    throw error
  }
}

/** The address that the server prints, or has been told. */
async function address(child: ChildProcess, output: () => string): Promise<string> {
  const end = performance.now() + 30_000
  for (;;) {
    const found = /http:\/\/127\.0\.0\.1:\d+/.exec(output())
    if (found) return found[0]
    if (child.exitCode !== null) throw new Error(`the server has exited with ${child.exitCode}:\n${output()}`)
    if (performance.now() > end) throw new Error(`the server does not say where it listens:\n${output()}`)
    await new Promise(resolve => setTimeout(resolve, 10))
  }
}
