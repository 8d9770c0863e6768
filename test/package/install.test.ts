// What people install: the tarball of `npm pack` in an empty folder. Its program runs, its page works, its types are
// understood, and the application of the library's own page is compiled and run as it stands there.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { mkdtemp, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { launchBrowser } from '../browser/browser.ts'
import { expectNoComplaints, openDevice } from '../browser/device.ts'
import { data, enter, send } from '../setup/request.ts'
import { startTcpProxy } from '../setup/tcp-proxy.ts'
import { until } from '../setup/until.ts'
import { type Installed, installPackage, ROOT } from './installed.ts'

const README = readFileSync(join(ROOT, 'client/core/README.md'), 'utf8')
const TSC = join(ROOT, 'node_modules/typescript/bin/tsc')
const STRICT = '--ignoreConfig --noEmit --strict --target es2024 --lib es2024,esnext.disposable,dom'.split(' ')

let installed: Installed
let server: ChildProcess
let url = ''

/** Starts a program of the installed project. @param cwd default: the project's folder */
function start(
  program: string,
  words: readonly string[],
  env: Record<string, string> = {},
  cwd?: string,
): ChildProcess {
  return spawn(program, words, {
    cwd: cwd ?? installed.folder,
    env: { ...installed.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exit = once(child, 'exit')
  child.kill('SIGTERM')
  await exit
}

/** The program as npm links it: a Node that is older than 24.7 finds the one that was installed with it. */
const recadoAt = (at: string, ...words: string[]) => installed.run('node_modules/.bin/recado', [...words, '--url', at])
const recado = (...words: string[]) => recadoAt(url, ...words)

/** What the bot has said of what maria may read, oldest first. */
async function answersAt(at: string): Promise<{ text: string; to: string | null }[]> {
  return (await recadoAt(at, 'tail', '--last', '50', '--json', '--until-caught-up', '--as', 'maria'))
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line))
    .filter(({ from }) => from === 'dado')
    .map(({ text, to }) => ({ text, to }))
}

/** @returns the server, and the address that it says it has */
async function serve(dataDir: string, port = 0): Promise<{ server: ChildProcess; url: string }> {
  const started = start('node_modules/.bin/recado', ['serve'], {
    HOST: '127.0.0.1',
    PORT: String(port),
    DATA_DIR: join(installed.folder, dataDir),
    DRAIN_SECONDS: '0',
    // The bot enters anew at each start.
    ENTER_PER_MINUTE: '0',
  })
  const output = listen(started)
  await until('the address', () => /http:\/\/127\.0\.0\.1:\d+/.test(output()) || started.exitCode !== null)
  const [address] = /http:\/\/127\.0\.0\.1:\d+/.exec(output()) ?? []
  if (address === undefined) throw new Error(output())
  return { server: started, url: address }
}

beforeAll(async () => {
  const { dependencies, devDependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))
  const versions = { ...dependencies, ...devDependencies }
  installed = await installPackage(['react', '@types/react', '@types/node'].map(name => `${name}@${versions[name]}`))
  ;({ server, url } = await serve('data'))
}, 400_000)

afterAll(async () => {
  if (server !== undefined) await stop(server)
  await installed?.remove()
})

describe('the installed package', () => {
  test('runs with npx', async () => {
    const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))
    expect((await installed.run('npx', ['--no-install', 'recado', '--version'])).trim()).toBe(version)
  })

  test('sends, finds and reads', async () => {
    await recado('send', 'do pacote', '--as', 'maria')
    expect(await recado('tail', '--last', '5', '--until-caught-up', '--as', 'joao')).toContain('do pacote')
    const search = { query: '{ search(text: "pacote") { nodes { text } } }' }
    const { tokens } = await keys('maria')
    await until('found, by a thread of its own', async () => {
      const response = await fetch(`${url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${tokens}` },
        body: JSON.stringify(search),
      })
      return JSON.stringify(await response.json()).includes('do pacote')
    })
  })

  test('brings the page', async () => {
    const browser = await launchBrowser()
    try {
      const ana = await openDevice(browser, url)
      await ana.enter('ana')
      await ana.say('da página')
      await ana.hasLast('da página')
      expectNoComplaints(ana)
    } finally {
      await browser.close()
    }
    expect(await recado('tail', '--last', '5', '--until-caught-up', '--as', 'joao')).toContain('da página')
  })

  test('asks a server whether it keeps the protocol, as a command and as a module', async () => {
    const said = await installed.run('node_modules/.bin/recado', ['audit', url, '--only', 'COMPAT,SEND-1a,HTTP-5/2C94'])
    expect(said).toContain('3 ok, 0 failed, 0 skipped')
    const page = readFileSync(join(ROOT, 'docs/audits.md'), 'utf8')
    const example = /```ts\n([\s\S]*?)```/.exec(page)?.[1] ?? ''
    const audit = await installed.write('audit.ts', example.replace('http://127.0.0.1:4000', url))
    await installed.run(process.execPath, [TSC, ...STRICT, '--module', 'nodenext', '--types', 'node', audit])
  })

  test('has no source in it, and no import of one', () => {
    const inside = join(installed.folder, 'node_modules/recado')
    const files = globSync('**/*.{ts,js}', { cwd: inside, exclude: ['**/web/**'] })
    expect(files.length).toBeGreaterThan(200)
    expect(files.filter(file => file.endsWith('.ts') && !file.endsWith('.d.ts'))).toEqual([])
    const importing = /(?:from |import\(?\s*|new URL\()['"]\.[^'"]*\.tsx?['"]/
    // These two ask which of both they are.
    const both = /recado\.ts'|endsWith\('\.ts'\)/
    const bad = files.flatMap(file =>
      readFileSync(join(inside, file), 'utf8')
        .split('\n')
        .filter(line => importing.test(line) && !both.test(line))
        .map(line => `${file}: ${line}`),
    )
    expect(bad).toEqual([])
  })

  test.each(['--module nodenext', '--module esnext --moduleResolution bundler'])('has types for %s', async mode => {
    const app = await installed.write('app.ts', exampleOf(README, 'echo.ts'))
    const hooks = await installed.write(
      'hooks.ts',
      `import type { Message } from 'recado/core'
import { useConnection, useFeed, useOutbox, usePresence } from 'recado/react'

export function useTitle(show: (message: Message) => void): string {
  useFeed(event => event.__typename === 'MessageAdded' && show(event.message))
  // @ts-expect-error Types that say nothing would take this too, and the compiler would complain of this comment.
  const count: number = useOutbox()[0]?.text
  return \`\${useConnection()} \${usePresence()?.[0]?.username} \${count}\`
}
`,
    )
    await installed.run(process.execPath, [TSC, ...STRICT, ...mode.split(' '), '--types', '', app, hooks])
  })

  test('has types that need no `lib` to be set, on a target of some years ago', async () => {
    const app = await installed.write('app.ts', exampleOf(README, 'echo.ts'))
    const words = '--ignoreConfig --noEmit --strict --target es2022 --module nodenext'.split(' ')
    await installed.run(process.execPath, [TSC, ...words, app])
  })

  test("its README's application does what it says", async () => {
    const app = await installed.write('echo.ts', exampleOf(README, 'echo.ts').replace('http://127.0.0.1:4000', url))
    const echo = start(process.execPath, [app])
    try {
      const said = listen(echo)
      await until('acknowledged', () => said().includes('acknowledged at') || echo.exitCode !== null)
      expect(said()).toContain('acknowledged at')
      await until('live', () => said().includes('live'))
      await recado('send', 'tem alguém?', '--to', 'echo', '--as', 'maria')
      await until('heard', () => said().includes('maria: tem alguém?'))
      await until('answered', async () =>
        (await recado('tail', '--last', '5', '--until-caught-up', '--as', 'maria')).includes('you said: tem alguém?'),
      )
    } finally {
      await stop(echo)
    }
  })

  test('an application types documents of its own by the schema in the package, as the page says', async () => {
    // In place of an npm install of half a minute.
    await symlink(
      join(ROOT, 'node_modules/@graphql-codegen'),
      join(installed.folder, 'node_modules/@graphql-codegen'),
      'dir',
    )
    await installed.write('codegen.ts', exampleOf(README, 'codegen.ts'))
    const people = exampleOf(README, 'people.ts').replace('http://127.0.0.1:4000', url)
    const app = await installed.write('people.ts', people)
    await installed.run(process.execPath, [
      join(ROOT, 'node_modules/@graphql-codegen/cli/esm/bin.js'),
      '--config',
      'codegen.ts',
    ])
    const words = '--ignoreConfig --noEmit --strict --allowImportingTsExtensions --target es2022 --module nodenext'
    await installed.run(process.execPath, [TSC, ...words.split(' '), app])
    expect(await installed.run(process.execPath, [app])).toMatch(/\bolga\b/)
  })

  test.each(['README.md', 'README.pt-BR.md'])('the application of %s does what it says, twice', async page => {
    const source = exampleOf(readFileSync(join(ROOT, page), 'utf8'), 'app.ts').replace('http://127.0.0.1:4000', url)
    const app = await installed.write('davi.ts', source)
    await installed.run(process.execPath, [TSC, ...STRICT, '--module', 'nodenext', '--types', 'node', app])
    for (const _ of ['first', 'second']) {
      const running = start(process.execPath, [app])
      try {
        const said = listen(running)
        await until('both', () => said().includes('davi: um recado para mim') || running.exitCode !== null)
        expect(said().match(/^davi: .*$/gm)).toEqual(['davi: olá, todos', 'davi: um recado para mim'])
      } finally {
        await stop(running)
      }
    }
  })

  test('the bot of the examples answers where it was asked, and what it was asked while it was away', async () => {
    const source = readFileSync(join(ROOT, 'examples/bot/bot.ts'), 'utf8')
    // Of code: comments and empty lines beside them.
    expect(source.split('\n').filter(line => !/^\s*(\/\/.*)?$/.test(line)).length).toBeLessThanOrEqual(30)
    const bot = await installed.write('bot.ts', source)
    await installed.run(process.execPath, [TSC, ...STRICT, '--module', 'nodenext', '--types', 'node', bot])
    const heard = async (pattern: RegExp) =>
      pattern.test(await recado('tail', '--last', '20', '--until-caught-up', '--as', 'maria'))
    const first = start(process.execPath, [bot], { RECADO_URL: url })
    const said = listen(first)
    try {
      await until('live', () => said().includes('live') || first.exitCode !== null)
      await recado('send', '!dado 1', '--to', 'dado', '--as', 'maria')
      await until('a private answer', () => heard(/dado.*🎲 1$/m))
    } finally {
      await stop(first)
    }
    await recado('send', '!dado 0001', '--as', 'joao')
    const second = start(process.execPath, [bot], { RECADO_URL: url })
    try {
      await until('an answer to what was missed', () => heard(/🎲 1\n[\s\S]*🎲 1\n/))
      expect(await heard(/(🎲 1[\s\S]*){3}/)).toBe(false)
    } finally {
      await stop(second)
    }
  })

  test('the bot of the examples goes on through a restart of the server, and answers once what was said meanwhile', async () => {
    const bot = await installed.write('bot.ts', readFileSync(join(ROOT, 'examples/bot/bot.ts'), 'utf8'))
    const folder = await mkdtemp(join(installed.folder, 'bot-'))
    const first = await serve('data-of-bot')
    let { server: running } = first
    // The bot alone goes through it, so that others write before it is back.
    const relay = await startTcpProxy({ port: Number(new URL(first.url).port) })
    const app = start(process.execPath, [bot], { RECADO_URL: `http://127.0.0.1:${relay.port}` }, folder)
    try {
      const said = listen(app)
      const answers = () => answersAt(first.url)
      await until('live', () => said().includes('live') || app.exitCode !== null)
      await recadoAt(first.url, 'send', '!dado 1', '--as', 'maria')
      await until('an answer', async () => (await answers()).length === 1)

      relay.judge = () => 'cut'
      await stop(running)
      await until('noticed', () => said().includes('offline'))
      ;({ server: running } = await serve('data-of-bot', Number(new URL(first.url).port)))
      await recadoAt(first.url, 'send', '!dado 1', '--to', 'dado', '--as', 'maria')
      await recadoAt(first.url, 'send', '!dado 01', '--as', 'maria')
      relay.judge = () => 'pass'
      await until('answers to what was missed', async () => (await answers()).length >= 3)

      // Whatever it would say twice is said by the time that it answers this.
      await recadoAt(first.url, 'send', '!dado 001', '--to', 'dado', '--as', 'maria')
      await until('the last answer', async () => (await answers()).length >= 4)
      const [everyone, maria] = [null, 'maria'].map(to => ({ text: '🎲 1', to }))
      expect(await answers()).toEqual([everyone, maria, everyone, maria])
      expect(app.exitCode).toBeNull()
    } finally {
      await stop(app)
      await relay.close()
      await stop(running)
    }
  })

  test('the bot of the examples stays when its answer is refused, and answers the next who asks', async () => {
    const bot = await installed.write('bot.ts', readFileSync(join(ROOT, 'examples/bot/bot.ts'), 'utf8'))
    const folder = await mkdtemp(join(installed.folder, 'bot-'))
    const { server: running, url: at } = await serve('data-of-refused-bot')
    let app = start(process.execPath, [bot], { RECADO_URL: at }, folder)
    try {
      let said = listen(app)
      await until('live', () => said().includes('live') || app.exitCode !== null)
      await until('a cursor', () => isCursor(join(folder, 'cursor.txt')))
      await stop(app)

      const { token } = await enter(`${at}/graphql`, 'bloqueia', 'uma senha boa')
      await send(`${at}/graphql`, token, { text: '!dado 1', to: 'dado' })
      await data(`${at}/graphql`, 'mutation { block(username: "dado") { id } }', { token })
      await recadoAt(at, 'send', '!dado 1', '--as', 'maria')
      app = start(process.execPath, [bot], { RECADO_URL: at }, folder)
      said = listen(app)
      await until('an answer', async () => app.exitCode !== null || (await answersAt(at)).length > 0)
      expect(app.exitCode, said()).toBeNull()
      expect(await answersAt(at)).toEqual([{ text: '🎲 1', to: null }])
      // What was refused is not kept for ever.
      await until('an empty outbox', () => globSync('outbox/*/*.json', { cwd: folder }).length === 0)
    } finally {
      await stop(app)
      await stop(running)
    }
  })

  test('the bot of the examples answers once, wherever it ends and whatever it rolls then', async () => {
    const bot = await installed.write('bot.ts', readFileSync(join(ROOT, 'examples/bot/bot.ts'), 'utf8'))
    const folder = await mkdtemp(join(installed.folder, 'bot-'))
    const { server: running, url: at } = await serve('data-of-ended-bot')
    const relay = await startTcpProxy({ port: Number(new URL(at).port) })
    const begin = () => {
      relay.judge = () => 'pass'
      relay.judgeRequest = () => 'pass'
      const app = start(process.execPath, [bot], { RECADO_URL: `http://127.0.0.1:${relay.port}` }, folder)
      return { app, said: listen(app) }
    }
    const cursor = join(folder, 'cursor.txt')
    const heardOf = (count: number) => async () => app.exitCode !== null || (await answersAt(at)).length >= count
    let { app, said } = begin()
    try {
      await until('live', () => said().includes('live') || app.exitCode !== null)
      await until('a cursor', () => isCursor(cursor))
      const before = readFileSync(cursor, 'utf8')

      // In the log, but the bot never learns of it: the entry waits in its outbox, and the question is replayed.
      relay.judge = chunk => (chunk.includes('sendMessage') ? 'swallow' : 'pass')
      await recadoAt(at, 'send', '!dado 9999', '--as', 'maria')
      await until('an answer', heardOf(1))
      expect(app.exitCode, said()).toBeNull()
      const killed = once(app, 'exit')
      app.kill('SIGKILL')
      await killed
      expect(readFileSync(cursor, 'utf8')).toBe(before)
      ;({ app, said } = begin())
      await recadoAt(at, 'send', '!dado 1', '--as', 'maria')
      await until('the next answer', heardOf(2))
      await until('read', () => readFileSync(cursor, 'utf8') !== before)
      await stop(app)

      // Acknowledged, and it ended before it had noted down how far it had read.
      await writeFile(cursor, before)
      ;({ app, said } = begin())
      await recadoAt(at, 'send', '!dado 01', '--as', 'maria')
      await until('the third answer', heardOf(3))

      // Its session is ended while an answer is on its way: neither sent nor refused.
      relay.judgeRequest = () => 'swallow'
      await recadoAt(at, 'send', '!dado 001', '--as', 'maria')
      await until('on its way', () => globSync('outbox/*/*.json', { cwd: folder }).length === 1)
      const { token } = await enter(`${at}/graphql`, 'dado', 'sete mais um')
      await data(`${at}/graphql`, 'mutation { leave(everywhere: true) }', { token })
      await until('its end', () => app.exitCode !== null)
      expect(app.exitCode).toBe(1)
      ;({ app, said } = begin())
      await until('the fourth answer', heardOf(4))
      await recadoAt(at, 'send', '!dado 0001', '--as', 'maria')
      await until('the last answer', heardOf(5))
      const answers = await answersAt(at)
      expect(answers.slice(1)).toEqual(Array.from({ length: 4 }, () => ({ text: '🎲 1', to: null })))
      expect(answers[0]?.text).toMatch(/^🎲 \d{1,4}$/)
      expect(app.exitCode, said()).toBeNull()
    } finally {
      await stop(app)
      await relay.close()
      await stop(running)
    }
  })
})

/** What a program says on both streams, from now on. */
function listen(child: ChildProcess): () => string {
  let said = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', text => {
      said += text
    })
  }
  return () => said
}

/** Some programs make a file before they write it. */
const isCursor = (path: string): boolean => existsSync(path) && readFileSync(path, 'utf8') !== ''

/** The block of code that a text calls by this file's name. */
function exampleOf(text: string, name: string): string {
  const after = text.slice(text.indexOf(`\`${name}\``))
  const code = /```ts\n([\s\S]*?)```/.exec(after)?.[1]
  if (code === undefined) throw new Error(`no example ${name}`)
  return code
}

async function keys(username: string): Promise<{ tokens: string }> {
  const file = join(installed.env.XDG_CONFIG_HOME ?? '', 'recado/tokens.json')
  const byServer: Record<string, Record<string, { token: string }>> = JSON.parse(readFileSync(file, 'utf8'))
  return { tokens: Object.values(byServer)[0]?.[username]?.token ?? '' }
}
