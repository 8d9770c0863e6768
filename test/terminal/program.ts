// The real command as a child process: its streams as they grow, its exit code, a home of its own.
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gatherLog, keepSecret } from '../setup/gathered-logs.ts'
import { until, within } from '../setup/until.ts'

export const PROGRAM = fileURLToPath(new URL('../../bin/recado.js', import.meta.url))

/** Of the run of tests, so that commands start sooner. */
export const COMPILE_CACHE: Readonly<Record<string, string>> = process.env.NODE_COMPILE_CACHE
  ? { NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE }
  : {}

export interface Ended {
  /** The exit code, or the signal that ended it. */
  readonly code: number | NodeJS.Signals
  readonly stdout: string
  readonly stderr: string
}

export interface Running {
  readonly child: ChildProcessWithoutNullStreams
  stdout(): string
  stderr(): string
  /** Complete lines of standard output. */
  lines(): string[]
  type(text: string): void
  /** Resolves once both streams are over and it has exited. */
  ended(): Promise<Ended>
  /** Waits until standard output (or `stderr`) matches. */
  shows(pattern: RegExp, stream?: 'stdout' | 'stderr'): Promise<void>
}

export interface RunOptions {
  /** Standard input, which then ends; null: it stays open. Default: nothing. */
  readonly input?: string | null
  readonly env?: Record<string, string>
  /** How long its end is waited for, in milliseconds. Default 30,000. */
  readonly patienceMs?: number
}

/** A person's computer: where `recado` keeps tokens and outboxes. */
export interface Home {
  readonly folder: string
  readonly tokens: string
  run(words: readonly string[], options?: RunOptions): Running
  /** Runs it to its end. */
  done(words: readonly string[], input?: string): Promise<Ended>
  remove(): Promise<void>
}

/**
 * @param url the server that commands talk to when they name none
 * @param place where its folder is made
 */
export async function openHome(url?: string, place = tmpdir()): Promise<Home> {
  const folder = await mkdtemp(join(place, 'recado-home-'))
  const running = new Set<ChildProcessWithoutNullStreams>()

  function run(words: readonly string[], { input = '', env = {}, patienceMs }: RunOptions = {}): Running {
    const named = url === undefined || words.includes('--url') ? words : [...words, '--url', url]
    const child = spawn(process.execPath, [PROGRAM, ...(words.includes('--') ? words : named)], {
      cwd: folder,
      env: {
        PATH: process.env.PATH ?? '',
        HOME: folder,
        LANG: 'C.UTF-8',
        ...COMPILE_CACHE,
        XDG_CONFIG_HOME: join(folder, 'config'),
        XDG_STATE_HOME: join(folder, 'state'),
        ...env,
      },
    })
    running.add(child)
    const text = { stdout: '', stderr: '' }
    const gather = words[0] === 'serve' ? gatherLog('serve') : () => {}
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].setEncoding('utf8').on('data', chunk => {
        gather(chunk)
        text[name] += chunk
      })
    }
    child.stdin.on('error', () => {})
    if (input !== null) child.stdin.end(input)
    const closed = once(child, 'close').then(([code, signal]): Ended => {
      running.delete(child)
      return { code: signal ?? code, stdout: text.stdout, stderr: text.stderr }
    })
    return {
      child,
      stdout: () => text.stdout,
      stderr: () => text.stderr,
      lines: () => text.stdout.split('\n').slice(0, -1),
      type: typed => void child.stdin.write(typed),
      ended: () => within(`the end of recado ${words.join(' ')}\n${text.stderr}`, closed, patienceMs),
      async shows(pattern, stream = 'stdout') {
        try {
          await until('', () => pattern.test(text[stream]))
        } catch {
          throw new Error(`recado ${words.join(' ')} shows no ${pattern}:\n${text.stdout}\n--\n${text.stderr}`)
        }
      },
    }
  }

  return {
    folder,
    tokens: join(folder, 'config', 'recado', 'tokens.json'),
    run,
    done: (words, input = '') => run(words, { input }).ended(),
    async remove() {
      const ends = [...running].map(child => once(child, 'close'))
      for (const child of running) child.kill('SIGKILL')
      await Promise.all(ends)
      const tokens = await readFile(join(folder, 'config', 'recado', 'tokens.json'), 'utf8').catch(() => '')
      for (const [token] of tokens.matchAll(/[\w-]{43}/g)) keepSecret(token)
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** The texts that `tail --json` printed, in its order. */
export function textsOf(jsonLines: readonly string[]): string[] {
  return jsonLines.map(line => JSON.parse(line).text)
}
