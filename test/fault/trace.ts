// The server's system calls from outside, by strace: what it asks of the disk and when, and calls that fail as a dying
// disk's do. It is attached to a process that runs, and lets go of it again.
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { until, within } from '../setup/until.ts'

export interface Trace {
  /** Lets go; the process runs on, if it still does. */
  end(): Promise<void>
}

/** Whether strace is here, and may look at other processes. */
export function canTrace(): boolean {
  return spawnSync('strace', ['-o', '/dev/null', 'true'], { stdio: 'ignore' }).status === 0
}

/** Attaches to every thread of a process; resolves once it has them all. */
export async function trace(pid: number, args: readonly string[]): Promise<Trace> {
  const strace = spawn('strace', ['-f', ...args, '-p', `${pid}`], { stdio: ['ignore', 'ignore', 'pipe'] })
  const exit = once(strace, 'exit')
  let said = ''
  strace.stderr.setEncoding('utf8').on('data', text => {
    said = (said + text).slice(-10_000)
  })
  try {
    await until('strace has every thread', () => {
      if (strace.exitCode !== null) throw new Error(`strace has ended: ${said}`)
      return tracersOf(pid).every(tracer => tracer === strace.pid)
    })
  } catch (error) {
    strace.kill('SIGKILL')
    throw error
  }
  return {
    async end() {
      if (strace.exitCode === null && strace.signalCode === null) strace.kill('SIGINT')
      await within('the end of strace', exit)
    },
  }
}

/** Of each thread that there is; some end while they are looked at. */
function tracersOf(pid: number): number[] {
  return readdirSync(`/proc/${pid}/task`).flatMap(task => {
    try {
      const status = readFileSync(`/proc/${pid}/task/${task}/status`, 'utf8')
      return [Number(/^TracerPid:\s*(\d+)/m.exec(status)?.[1])]
    } catch {
      return []
    }
  })
}
