// The machine that figures come from: without it they say little.

import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { cpus, release, totalmem, type } from 'node:os'
import { findNats } from './server-process.ts'

export interface Machine {
  readonly cpu: string
  readonly cores: number
  readonly memoryGib: number
  readonly system: string
  readonly node: string
  readonly nats: string | null
}

export function describeMachine(): Machine {
  const nats = findNats()
  return {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    memoryGib: Math.round(totalmem() / 2 ** 30),
    system: `${type()} ${release()}`,
    node: process.version,
    nats:
      nats === undefined ? null : execFileSync(nats, ['--version'], { encoding: 'utf8' }).trim().replace(/^.*: /, ''),
  }
}

/**
 * Makes sure that so many files can be open at once; servers that are started later inherit it.
 * @throws Error that says what to do
 */
export function ensureOpenFiles(count: number): void {
  const limits = readFileSync('/proc/self/limits', 'utf8')
  const [, soft = '0', hard = '0'] = /Max open files\s+(\S+)\s+(\S+)/.exec(limits) ?? []
  const read = (text: string): number => (text === 'unlimited' ? Number.POSITIVE_INFINITY : Number(text))
  if (read(soft) >= count) return
  const wanted = Math.max(count, Number.isFinite(read(hard)) ? read(hard) : count)
  try {
    execFileSync('prlimit', ['--pid', String(process.pid), `--nofile=${wanted}:${wanted}`], { stdio: 'pipe' })
  } catch {
    throw new Error(`The benchmark needs ${count} open files and may have ${soft}: run \`ulimit -n ${count}\` first`)
  }
}
