// The commands of the README and the docs run as they stand there, in a folder that looks like a fresh checkout, against
// a server that has just been started; or a mark above them says which other test runs them, or why none does.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type ChallengeServer, createChallengeServer } from '../../server/challenge/local.ts'
import { type ServerChild, startServerChild } from '../setup/child.ts'
import { enter, send } from '../setup/request.ts'
import { until, within } from '../setup/until.ts'
import { blocksOf, type CommandBlock, commandBlocks, ROOT } from './command-blocks.ts'

const PATIENCE_MS = 60_000
const PAGE = join(ROOT, 'client/web/dist/index.html')
const blocks = commandBlocks()

/** Blocks of that kind; what another page has too, but for its comments, once. */
function named(treatment: CommandBlock['treatment']): (readonly [string, CommandBlock])[] {
  const bare = (script: string) => script.replaceAll(/ +# .*$/gm, '')
  const unique = new Map<string, CommandBlock>()
  for (const block of blocks) {
    if (block.treatment === treatment && !unique.has(bare(block.script))) unique.set(bare(block.script), block)
  }
  return [...unique.values()].map(block => [`${block.file}:${block.line}`, block])
}

describe('command blocks', () => {
  test('each says how it is tested, or why it is not', () => {
    expect(blocks.length).toBeGreaterThan(15)
    const bare = blocks.filter(({ treatment }) => treatment === null).map(({ file, line }) => `${file}:${line}`)
    expect(bare).toEqual([])
    const reasonless = blocks.filter(({ treatment, note }) => treatment === 'not run' && note.length < 10)
    expect(reasonless).toEqual([])
    const lost = blocks.filter(({ treatment, note }) => treatment === 'tested' && !existsSync(join(ROOT, note)))
    expect(lost).toEqual([])
  })

  test('a mark is read, and a block without one is noticed', () => {
    const page = '<!-- not run: no engine here -->\n```sh\ndocker compose up\n```\n\n```sh\nls\n```'
    expect(blocksOf('x.md', page)).toEqual([
      { file: 'x.md', line: 2, treatment: 'not run', note: 'no engine here', script: 'docker compose up' },
      { file: 'x.md', line: 6, treatment: null, note: '', script: 'ls' },
    ])
  })
})

describe('in a fresh checkout, with a server', () => {
  let folder: string
  let server: ServerChild
  let challenge: ChallengeServer
  /** Of somebody who talks. */
  let token: string
  const page = statSync(PAGE).ino

  beforeAll(async () => {
    // As somebody has it who has cloned the project and run `npm ci`: everything but data.
    folder = mkdtempSync(join(tmpdir(), 'recado-commands-'))
    for (const name of readdirSync(ROOT)) if (name !== 'data') symlinkSync(join(ROOT, name), join(folder, name))
    server = await startServerChild({ dataDir: join(folder, 'data') })
    token = (await enter(server.graphql, 'zeca')).token
    challenge = await createChallengeServer({ greeting: 'Olá!' })
  })
  afterAll(async () => {
    await server?.stop('SIGTERM')
    await challenge?.close()
    rmSync(folder, { recursive: true, force: true })
  })

  /** As it stands there, but for the port, and what a checkout has done already. */
  function adapted(script: string): string {
    return script
      .replaceAll('127.0.0.1:4000', `127.0.0.1:${server.port}`)
      .replaceAll('npm ci && ', '')
      .replaceAll(/npx recado (chat|send|tail|audit|inspect)\b/g, `npx recado $1 --url ${server.url}`)
  }

  function start(script: string): { child: ChildProcess; output(): string; ended: Promise<number> } {
    const child = spawn('sh', ['-e'], {
      cwd: folder,
      // A group of its own: what is interrupted is all that it started.
      detached: true,
      env: {
        ...process.env,
        HOME: folder,
        XDG_CONFIG_HOME: join(folder, '.config'),
        XDG_STATE_HOME: join(folder, '.state'),
        CHALLENGE_URL: challenge.url,
        NODE_ENV: '',
        LANG: 'C.UTF-8',
      },
    })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', text => {
        output += text
      })
    }
    child.stdin?.end(script)
    const ended = once(child, 'close').then(([code]) => (code as number | null) ?? -1)
    return { child, output: () => output, ended }
  }

  // Twice: what takes a name, or makes a file, would work for its author alone, and only once.
  test.each(named('runs'))('%s runs, and runs again', { timeout: 5 * PATIENCE_MS }, async (_, { script }) => {
    const before = readdirSync(folder)
    for (const time of ['first', 'second']) {
      const { output, ended } = start(adapted(script))
      const code = await within(script, ended, 2 * PATIENCE_MS)
      expect(code, `${time}: ${output()}`).toBe(0)
      expect(output()).not.toBe('')
      expect(output()).not.toContain('"errors"')
    }
    expect(readdirSync(folder).filter(name => !before.includes(name) && !name.startsWith('.'))).toEqual([])
    // npm prepares a checkout for each `npx recado` in it: the page that a server shows stays all the same.
    expect(statSync(PAGE).ino).toBe(page)
  })

  test.each(named('runs until stopped'))(
    '%s runs until it is stopped',
    { timeout: 6 * PATIENCE_MS },
    async (_, block) => {
      for (const line of adapted(block.script).split('\n')) {
        const { child, output, ended } = start(`PORT=0 DATA_DIR=./data-of-its-own exec ${line}`)
        const group = -(child.pid as number)
        try {
          const says = until(line, () => output() !== '' || child.exitCode !== null, PATIENCE_MS)
          // Some have nothing to say before somebody else says something.
          const talk = setInterval(() => void send(server.graphql, token, { text: 'oi' }).catch(() => {}), 500)
          await says.finally(() => clearInterval(talk))
          // What has only just begun may not have said all of what is wrong with it.
          expect(child.exitCode, output()).toBe(null)
          process.kill(group, 'SIGINT')
          await within(`${line} ends`, ended, PATIENCE_MS)
        } finally {
          if (child.exitCode === null && child.signalCode === null) process.kill(group, 'SIGKILL')
        }
      }
    },
  )
})
