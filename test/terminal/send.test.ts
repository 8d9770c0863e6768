// `recado send` as scripts use it: text or lines, in order, private when meant, with an exit code that can be believed.
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { startTestServer, type TestServer } from '../setup/server.ts'
import { startTcpProxy } from '../setup/tcp-proxy.ts'
import { until } from '../setup/until.ts'
import { type Home, openHome, textsOf } from './program.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer({ TEXT_LIMIT: '200' })
})
afterAll(() => server.close())

const homes: Home[] = []
afterEach(async () => {
  for (const home of homes.splice(0)) await home.remove()
})

async function open(url = server.url): Promise<Home> {
  const home = await openHome(url)
  homes.push(home)
  return home
}

/** What this person may see, oldest first: at most the newest hundred. */
async function seen(home: Home, name: string): Promise<string[]> {
  const { code, stdout, stderr } = await home.done([
    'tail',
    '--as',
    name,
    '--last',
    '100',
    '--json',
    '--until-caught-up',
  ])
  expect(code, stderr).toBe(0)
  return stdout === '' ? [] : textsOf(stdout.trimEnd().split('\n'))
}

describe('recado send', () => {
  it('sends a text to everyone, and prints nothing but with --json', async () => {
    const home = await open()
    expect(await home.done(['send', 'bom dia, é cedo', '--as', 'send-a'])).toEqual({ code: 0, stdout: '', stderr: '' })
    const { code, stdout } = await home.done(['send', 'de novo', '--json'])
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({ type: 'message', from: 'send-a', to: null, text: 'de novo' })
    expect(await seen(await open(), 'send-other')).toEqual(expect.arrayContaining(['bom dia, é cedo', 'de novo']))
  })

  it('sends to one person alone with --to, the text taken as it is', async () => {
    const [home, friend, stranger] = [await open(), await open(), await open()]
    await seen(friend, 'send-amiga')
    expect((await home.done(['send', '/msg x segredo', '--to', 'send-amiga', '--as', 'send-b'])).code).toBe(0)
    expect(await seen(friend, 'send-amiga')).toContain('/msg x segredo')
    expect(await seen(stranger, 'send-estranho')).not.toContain('/msg x segredo')
  })

  it('reads a command as a chat does, so that a private text is never public by a slip', async () => {
    const [home, friend, stranger] = [await open(), await open(), await open()]
    await seen(friend, 'send-bia')
    expect((await home.done(['send', '/msg send-bia só nós', '--as', 'send-c'])).code).toBe(0)
    const slip = await home.done(['send', '/mgs send-bia só nós duas', '--as', 'send-c'])
    expect(slip).toMatchObject({ code: 1, stdout: '' })
    expect(slip.stderr).toContain('unknown command')
    expect(await seen(friend, 'send-bia')).toContain('só nós')
    expect((await seen(stranger, 'send-estranha')).filter(text => text.includes('só nós'))).toEqual([])
  })

  it('takes a text as it is with --plain, also one that looks like an option', async () => {
    const home = await open()
    expect((await home.done(['send', '/usr/bin: cheio', '--plain', '--as', 'send-d'])).code).toBe(0)
    expect((await home.done(['send', '--as', 'send-d', '--url', server.url, '--', '--help'])).code).toBe(0)
    expect(await seen(home, 'send-d')).toEqual(expect.arrayContaining(['/usr/bin: cheio', '--help']))
  })

  it('sends standard input a line a message, in order, without the empty ones', async () => {
    const home = await open()
    const lines = Array.from({ length: 60 }, (_, index) => `linha ${index}`)
    const { code, stdout } = await home.done(['send', '--json', '--as', 'send-e'], `${lines.join('\r\n')}\n\n  \nfim`)
    expect(code).toBe(0)
    expect(textsOf(stdout.trimEnd().split('\n'))).toEqual([...lines, 'fim'])
    expect((await seen(home, 'send-e')).slice(-61)).toEqual([...lines, 'fim'])
  })

  it('goes on after a refused line, names it, and exits with 1', async () => {
    const home = await open()
    const { code, stderr, stdout } = await home.done(
      ['send', '--json', '--as', 'send-f'],
      `um\n${'x'.repeat(201)}\ndois\n`,
    )
    expect(code).toBe(1)
    expect(stderr).toBe('Line 2 not sent: the text is too long\n')
    expect(textsOf(stdout.trimEnd().split('\n'))).toEqual(['um', 'dois'])
  })

  it('goes on after more refused lines than an outbox holds', async () => {
    const home = await open()
    const { code, stderr, stdout } = await home.done(
      ['send', '--json', '--as', 'send-i'],
      `${'/x\n'.repeat(1050)}fim\n`,
    )
    expect(code).toBe(1)
    expect(stderr.match(/not sent: unknown command/g)).toHaveLength(1050)
    expect(textsOf([stdout])).toEqual(['fim'])
  })

  it('stops at the first line when nobody has the name', async () => {
    const home = await open()
    const { code, stderr } = await home.done(['send', '--to', 'send-ninguem', '--as', 'send-g'], 'um\ndois\n')
    expect(code).toBe(1)
    expect(stderr).toBe('Line 1 not sent: nobody has that name\n')
  })

  it('says so when there is nothing to send, or no server', async () => {
    const home = await open()
    expect(await home.done(['send', '--as', 'send-h'])).toMatchObject({ code: 1, stdout: '' })
    const { code, stderr } = await home.done(['send', 'oi', '--as', 'send-h', '--url', 'http://127.0.0.1:1'])
    expect(code).toBe(1)
    expect(stderr).toContain('No server answers at http://127.0.0.1:1')
  })

  it('waits out rate limits by itself, and loses and swaps nothing', async () => {
    await using slow = await startTestServer({ SENDS_PER_SECOND: '20' })
    const home = await open(slow.url)
    const lines = Array.from({ length: 100 }, (_, index) => `${index}`)
    const started = performance.now()
    const { code, stdout, stderr } = await home.done(['send', '--json', '--as', 'rapida'], lines.join('\n'))
    expect(stderr).toBe('')
    expect(code).toBe(0)
    // A burst of 60, and the other 40 at 20 a second: it did meet the limit.
    expect(performance.now() - started).toBeGreaterThan(1500)
    expect(textsOf(stdout.trimEnd().split('\n'))).toEqual(lines)
  })

  it('sends each line once through a restart of the server and lost answers', async () => {
    const dataDir = join((await open()).folder, 'data')
    let running = await startTestServer({}, dataDir)
    const proxy = await startTcpProxy({
      get port() {
        return Number(new URL(running.url).port)
      },
    })
    try {
      const home = await open(`http://127.0.0.1:${proxy.port}`)
      const sending = home.run(['send', '--json', '--as', 'teimosa'], { input: null })
      for (let index = 0; index < 10; index += 1) sending.type(`antes ${index}\n`)
      await until('ten lines', () => sending.lines().length === 10)
      // Three answers are lost after the server has taken the line.
      let lost = 0
      proxy.judge = () => (lost++ < 3 ? 'cut' : 'pass')
      sending.type('perdida\n')
      await until('the lost line', () => sending.lines().length === 11)
      await running.close()
      for (let index = 0; index < 10; index += 1) sending.type(`depois ${index}\n`)
      sending.child.stdin.end()
      running = await startTestServer({}, dataDir)
      const { code, stderr } = await sending.ended()
      expect(code, stderr).toBe(0)
      const want = [
        ...Array.from({ length: 10 }, (_, index) => `antes ${index}`),
        'perdida',
        ...Array.from({ length: 10 }, (_, index) => `depois ${index}`),
      ]
      expect(textsOf(sending.lines())).toEqual(want)
      expect(await seen(home, 'teimosa')).toEqual(want)
    } finally {
      await proxy.close()
      await running.close()
    }
  })

  it('gives up after --timeout seconds without an answer, and says that the outcome is unknown', async () => {
    await using own = await startTestServer()
    const proxy = await startTcpProxy({ port: Number(new URL(own.url).port) })
    try {
      const home = await open(`http://127.0.0.1:${proxy.port}`)
      const sending = home.run(['send', '--timeout', '1', '--json', '--as', 'apressada'], { input: null })
      sending.type('um\n')
      await until('one line', () => sending.lines().length === 1)
      proxy.judge = () => 'swallow'
      sending.type('dois\ntres\n')
      const { code, stderr } = await sending.ended()
      expect(code).toBe(1)
      expect(stderr).toBe('Line 2 not sent: no answer in 1 s; whether it arrived is unknown\n')
    } finally {
      await proxy.close()
    }
  })
})
