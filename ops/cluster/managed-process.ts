// A program that runs as long as it is needed: it writes its own log, is looked after by a guard, and can be ended.
import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import type { Guard } from './guard.ts'

export interface ProcessOptions {
  readonly program: string
  readonly args: readonly string[]
  readonly guard: Guard
  /** Both of its outputs go to the end of this file. */
  readonly logFile: string
  readonly env?: NodeJS.ProcessEnv
}

export interface ManagedProcess {
  readonly pid: number
  /** How it ended: a status, or a signal. Null: it runs. */
  readonly ended: number | NodeJS.Signals | null
  readonly exited: Promise<number | NodeJS.Signals>
  /** Signals it, and after `graceMs` its whole group with SIGKILL. Resolves with how it ended. */
  stop(signal: NodeJS.Signals, graceMs?: number): Promise<number | NodeJS.Signals>
}

/** @throws Error when the program does not start at all */
export async function startProcess({
  program,
  args,
  guard,
  logFile,
  env = process.env,
}: ProcessOptions): Promise<ManagedProcess> {
  const output = openSync(logFile, 'a')
  let child: ChildProcess
  try {
    // A process group of its own: signals at a terminal reach only whoever decides the order of the end.
    child = spawn(program, args, { stdio: ['ignore', output, output], detached: true, env })
    if (child.pid !== undefined) guard.add(child.pid)
  } finally {
    closeSync(output)
  }
  let ended: number | NodeJS.Signals | null = null
  const exited = new Promise<number | NodeJS.Signals>(resolve => {
    child.once('exit', (code, signal) => {
      guard.remove(child.pid ?? 0)
      ended = signal ?? code ?? 1
      resolve(ended)
    })
  })
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve)
    child.once('error', cause => reject(new Error(`${program} does not start`, { cause })))
  })
  const pid = child.pid ?? 0
  return {
    pid,
    get ended() {
      return ended
    },
    exited,
    async stop(signal, graceMs = 10_000) {
      if (ended !== null) return ended
      process.kill(pid, signal)
      const late = new AbortController()
      await Promise.race([exited, delay(graceMs, undefined, { signal: late.signal }).catch(() => {})])
      late.abort()
      if (ended === null) process.kill(-pid, 'SIGKILL')
      return exited
    },
  }
}

/**
 * Resolves once `answers` does so with true. Rejects with the end of the log when the process ends before, or takes
 * longer than `deadlineMs`; then it is ended.
 */
export async function untilReady(
  running: ManagedProcess,
  logFile: string,
  answers: () => Promise<boolean>,
  deadlineMs = 30_000,
): Promise<void> {
  const end = performance.now() + deadlineMs
  while (!(await answers().catch(() => false))) {
    if (running.ended !== null) throw new Error(`it has ended with ${running.ended}:\n${lastLines(logFile)}`)
    if (performance.now() > end) {
      await running.stop('SIGKILL')
      throw new Error(`it is not ready after ${deadlineMs / 1000} s:\n${lastLines(logFile)}`)
    }
    await delay(20)
  }
}

function lastLines(file: string): string {
  return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-20).join('\n')
}
