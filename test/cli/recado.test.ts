// The command itself: how it explains itself, what it refuses, and that it runs under an older Node too.
import { copyFile, mkdir, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { createChallengeServer } from '../../server/challenge/local.ts'
import { until } from '../setup/until.ts'
import { type Home, openHome, PROGRAM } from '../terminal/program.ts'

const COMMANDS = ['serve', 'chat', 'send', 'tail', 'probe', 'audit', 'challenge', 'backup', 'export', 'import']

const cleanups: (() => void | Promise<void>)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

async function open(): Promise<Home> {
  const home = await openHome()
  cleanups.push(() => home.remove())
  return home
}

describe('recado', () => {
  it.each([
    ['en', 'Commands:', 'Starts the server'],
    ['pt', 'Comandos:', 'Inicia o servidor'],
  ])('explains itself in %s', async (language, heading, about) => {
    const home = await open()
    const { code, stdout, stderr } = await home.done(['--help', '--lang', language])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toContain(heading)
    expect(stdout).toContain(about)
    for (const command of COMMANDS) expect(stdout).toMatch(new RegExp(`^  ${command} +\\S`, 'm'))
  })

  it.each(COMMANDS)('explains %s with its options and examples, in both languages', async command => {
    const home = await open()
    const english = await home.done([command, '--help', '--lang=en'])
    const portuguese = await home.run(['help', command], { env: { LC_ALL: 'pt_BR.UTF-8' } }).ended()
    for (const [{ code, stdout }, words] of [
      [english, ['Usage: recado', 'Options:', 'Examples:']],
      [portuguese, ['Uso: recado', 'Opções:', 'Exemplos:']],
    ] as const) {
      expect(code).toBe(0)
      for (const word of words) expect(stdout).toContain(word)
      expect(stdout).toMatch(new RegExp(`^  .*recado ${command}`, 'm'))
      expect(stdout).not.toContain('undefined')
    }
    expect(english.stdout).not.toBe(portuguese.stdout)
  })

  it('has every setting in the help of serve', async () => {
    const { SETTINGS } = await import('../../server/config.ts')
    const { stdout } = await (await open()).done(['serve', '--help'])
    for (const name of Object.keys(SETTINGS)) expect(stdout).toContain(`  ${name}=`)
  })

  it('says its version', async () => {
    expect(await (await open()).done(['--version'])).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
    })
  })

  it.each([
    [[], 'Which command?'],
    [['nonsense'], 'There is no command "nonsense".'],
    [['constructor'], 'There is no command "constructor".'],
    [['tail', '--jsn'], 'There is no option --jsn.'],
    [['send', '-x', 'oi'], 'There is no option -x.'],
    [['send', 'oi', '--to'], '--to needs a value.'],
    [['send', '--to', '--json', 'oi'], '--to needs a value.'],
    [['send', 'bom', 'dia'], 'Too many arguments: dia.'],
    [['send', 'oi', '--timeout', '1.5'], '--timeout takes a whole number'],
    [['send', 'oi', '--url', 'ws://x'], '"ws://x" is not a URL'],
    [['chat', '--url', 'nonsense'], '"nonsense" is not a URL'],
    [['tail', '--last', '101'], '--last takes a whole number from 0 to 100'],
    [['probe', 'https://x'], '"https://x" is not a URL'],
    [['audit', 'nonsense'], '"nonsense" is not a URL'],
    [['audit', '--only', 'ENTER-999'], 'There is no audit "ENTER-999".'],
    [['challenge', '--port', '65536'], '--port takes a whole number from 0 to 65535'],
    [['tail', '--lang', 'fr'], '--lang takes pt or en, not "fr".'],
    [['backup'], 'Where to? Give a file.'],
    [['backup', 'a', 'b'], 'Too many arguments: b.'],
    [['backup', 'copy.db', '--redis', 'redis://x'], 'There is no option --redis.'],
    [['export', '--data-dir', 'x', '--redis', 'redis://x'], '--data-dir and --redis exclude each other.'],
    [['export', '--live', '--redis', 'redis://x'], '--live is for SQLite.'],
    [['export', '--space', 'No!'], 'SPACE must be'],
    [['import', '--redis', 'http://x'], 'REDIS_URL must be'],
    [['import', '--mov'], 'There is no option --mov.'],
  ])('called as %j is a mistake: one sentence, exit code 2', async (words, sentence) => {
    const { code, stdout, stderr } = await (await open()).done(words)
    expect(stderr).toContain(sentence)
    expect(stderr).toContain('--help')
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  })
})

describe('recado under an older Node', () => {
  /** What --import runs first: this Node takes itself for an old one, once; the Node that it starts does not. */
  const OLD = `data:text/javascript,${encodeURIComponent(
    `if (process.env.OLD) { delete process.env.OLD
     Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '18.20.0' } }) }`,
  )}`
  const env = { OLD: '1', NODE_OPTIONS: `--import=${OLD}` }

  it('runs with the Node that npm installed: input, output and exit code pass through', async () => {
    const home = await open()
    expect(await home.run(['--version'], { env }).ended()).toMatchObject({ code: 0, stderr: '' })
    expect(await home.run(['nonsense'], { env }).ended()).toMatchObject({ code: 2 })
    const piped = await home.run(['send', '--as', 'x', '--url', 'http://127.0.0.1:1'], { env, input: 'oi\n' }).ended()
    expect(piped.code).toBe(1)
  })

  it.each(['SIGTERM', 'SIGINT'] as const)('passes %s on, and ends as the command ended', async signal => {
    const running = (await open()).run(['challenge', '--port', '0'], { env, input: null })
    await running.shows(/greets/, 'stderr')
    running.child.kill(signal)
    expect((await running.ended()).code).toBe(0)
  })

  it('says in both languages what to install when there is none', async () => {
    const home = await open()
    await mkdir(join(home.folder, 'bin'))
    await writeFile(join(home.folder, 'package.json'), '{"type":"module"}')
    await copyFile(PROGRAM, join(home.folder, 'bin', 'recado.js'))
    const { spawnSync } = await import('node:child_process')
    const { status, stderr, stdout } = spawnSync(process.execPath, [join(home.folder, 'bin', 'recado.js'), 'serve'], {
      env: { ...env, PATH: process.env.PATH },
      encoding: 'utf8',
    })
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' })
    expect(stderr).toContain('precisa do Node 24')
    expect(stderr).toContain('needs Node 24')
  })
})

describe('recado probe', () => {
  it('prints the message alone on standard output, and the steps with their times on standard error', async () => {
    const server = await createChallengeServer()
    cleanups.push(() => server.close())
    const { code, stdout, stderr } = await (await open()).done(['probe', server.url])
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'Olá mundo! LTIS 2025\n' })
    const steps = stderr.trimEnd().split('\n').slice(1)
    expect(steps.map(step => step.replace(/^ +\d+\.\d{3} s {2}/, ''))).toEqual([
      expect.stringMatching(/^connected to 127\.0\.0\.1 \d+$/),
      'WebSocket open',
      'message read, 21 bytes',
      'closed (1000)',
    ])
  })

  it('says that a sleeping server is waking up, in Portuguese, before it answers', async () => {
    const server = await createChallengeServer({ delayMs: 3500 })
    cleanups.push(() => server.close())
    const running = (await open()).run(['probe', server.url, '--lang', 'pt'])
    await running.shows(/o servidor está acordando/, 'stderr')
    expect(running.stdout()).toBe('')
    expect(await running.ended()).toMatchObject({ code: 0, stdout: 'Olá mundo! LTIS 2025\n' })
  })

  it('has it all in one object with --json, also when it fails', async () => {
    const server = await createChallengeServer({ greeting: 'oi\u001b[2J' })
    cleanups.push(() => server.close())
    const home = await open()
    const good = await home.done(['probe', server.url, '--json'])
    expect(good.stdout).not.toContain('\u001b')
    expect(JSON.parse(good.stdout)).toMatchObject({
      url: server.url,
      message: 'oi\u001b[2J',
      connectMs: expect.any(Number),
      messageMs: expect.any(Number),
      at: expect.stringMatching(/Z$/),
      steps: expect.arrayContaining([expect.objectContaining({ step: 'upgrade' })]),
    })
    const bad = await home.done(['probe', 'ws://127.0.0.1:1', '--json'])
    expect(bad.code).toBe(1)
    expect(JSON.parse(bad.stdout).error).toMatchObject({ code: 'CHALLENGE_UNREACHABLE', reason: 'refused' })
  })

  it('fails with a sentence and exit code 1, and takes its address from CHALLENGE_URL', async () => {
    const server = createServer((_request, response) => response.writeHead(404).end())
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    cleanups.push(() => new Promise(resolve => void server.close(() => resolve())))
    const url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}`
    const { code, stdout, stderr } = await (await open()).run(['probe'], { env: { CHALLENGE_URL: url } }).ended()
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toContain(`Reading ${url}`)
    expect(stderr).toContain('CHALLENGE_UNREACHABLE: it answered with HTTP instead of opening a WebSocket (HTTP 404)')
  })

  it('gives up after --timeout', async () => {
    const server = await createChallengeServer({ delayMs: 60_000 })
    cleanups.push(() => server.close())
    const { code, stderr } = await (await open()).done(['probe', server.url, '--timeout', '1'])
    expect(code).toBe(1)
    expect(stderr).toContain('CHALLENGE_TIMEOUT')
  })
})

describe('recado challenge', () => {
  it('greets as asked until it is interrupted', async () => {
    const home = await open()
    const running = home.run(['challenge', '--port', '0', '--greeting', 'bom dia'], { input: null })
    await running.shows(/ws:\/\/\S+ greets with "bom dia"/, 'stderr')
    const [url = ''] = /ws:\/\/\S+/.exec(running.stderr()) ?? []
    expect(await home.done(['probe', url])).toMatchObject({ code: 0, stdout: 'bom dia\n' })
    const taken = await home.done(['challenge', '--port', new URL(url).port])
    expect(taken).toMatchObject({ code: 1, stderr: expect.stringContaining('is taken') })
    running.child.kill('SIGINT')
    expect((await running.ended()).code).toBe(0)
  })
})

describe('recado serve', () => {
  /** Starts one and waits until it says where it is. */
  async function serve(home: Home, words: readonly string[], env: Record<string, string> = {}) {
    const running = home.run(['serve', ...words], { input: null, env: { DRAIN_SECONDS: '0', ...env } })
    await running.shows(/http:\/\/127\.0\.0\.1:\d+\//, 'stderr')
    const [url = ''] = /http:\/\/127\.0\.0\.1:\d+/.exec(running.stderr()) ?? []
    return { running, url }
  }

  it('says where to look, serves, and ends in order at SIGTERM', async () => {
    const { running, url } = await serve(await open(), [], { PORT: '0' })
    expect(running.stderr()).toContain(`${url}/graphql`)
    expect(running.stderr()).toContain(`npx recado chat --url ${url}`)
    expect(running.stderr()).toContain('`npx recado serve --lan`')
    expect((await fetch(`${url}/health/ready`)).status).toBe(200)
    running.child.kill('SIGTERM')
    expect((await running.ended()).code).toBe(0)
  })

  it('lets flags win over the environment, and the network in with --lan', async () => {
    const home = await open()
    const { running, url } = await serve(home, ['--port', '0', '--data-dir', 'elsewhere', '--lan'], {
      PORT: '1',
      HOST: '127.0.0.1',
      DATA_DIR: '/nonexistent/never',
    })
    expect((await fetch(`${url}/health/live`)).status).toBe(200)
    const { networkInterfaces } = await import('node:os')
    const outside = Object.values(networkInterfaces())
      .flat()
      .filter(address => address?.family === 'IPv4' && !address.internal)
    for (const address of outside)
      expect(running.stderr()).toContain(`http://${address?.address}:${new URL(url).port}/`)
    running.child.kill('SIGINT')
    expect((await running.ended()).code).toBe(0)
    const { readdir } = await import('node:fs/promises')
    expect((await readdir(join(home.folder, 'elsewhere'))).length).toBeGreaterThan(0)
  })

  it('refuses nonsense in the environment, every line of it, with exit code 2', async () => {
    const { code, stderr } = await (await open())
      .run(['serve', '--port', 'abc'], { env: { LOG_LEVEL: 'loud', PAGE_LIMIT: '-1' } })
      .ended()
    expect(code).toBe(2)
    expect(stderr.trimEnd().split('\n')).toEqual([
      'PORT must be a whole number from 0 to 65535, not "abc".',
      'LOG_LEVEL must be one of fatal, error, warn, info, debug, trace, silent, not "loud".',
      'PAGE_LIMIT must be a whole number from 0 to 1000000, not "-1".',
    ])
  })

  it('says in a sentence that the port or the data folder is taken, and leaves', async () => {
    const home = await open()
    const { running, url } = await serve(home, ['--port', '0', '--data-dir', 'data'])
    const port = await home.done(['serve', '--port', new URL(url).port, '--data-dir', 'other'])
    expect(port).toMatchObject({ code: 1, stderr: expect.stringMatching(/^Port \d+ is taken[^\n]*\n$/) })
    expect(port.stderr).toContain(`npx recado serve --port ${Number(new URL(url).port) + 1}`)
    const words = ['serve', '--port', new URL(url).port, '--data-dir', 'other']
    const started = await home.run(words, { env: { npm_lifecycle_event: 'start' } }).ended()
    expect(started.stderr).toContain(`npm start -- --port ${Number(new URL(url).port) + 1}`)
    const folder = await home.done(['serve', '--port', '0', '--data-dir', 'data'])
    expect(folder.code).toBe(1)
    expect(folder.stderr.trimEnd().split('\n')).toHaveLength(1)
    running.child.kill('SIGTERM')
    expect((await running.ended()).code).toBe(0)
  })

  it('ends at once at the second signal', async () => {
    const { running, url } = await serve(await open(), ['--port', '0'], { DRAIN_SECONDS: '3600' })
    // Somebody who stays: draining waits for the waves.
    const socket = new WebSocket(`${url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws')
    cleanups.push(() => socket.close())
    await until('the socket', () => socket.readyState === WebSocket.OPEN)
    running.child.kill('SIGTERM')
    await running.shows(/Stopping/, 'stderr')
    await until('its end', () => {
      running.child.kill('SIGTERM')
      return running.child.exitCode !== null || running.child.signalCode !== null
    })
    expect((await running.ended()).code).toBe('SIGTERM')
  })
})
