// `recado tail`: what it prints is the log, without a gap or a double, whatever happens to the server or the network.
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type ServerChild, startServerChild } from '../setup/child.ts'
import { startTestServer, type TestServer } from '../setup/server.ts'
import { startTcpProxy } from '../setup/tcp-proxy.ts'
import { until } from '../setup/until.ts'
import { type Home, openHome, textsOf } from './program.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
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

async function send(home: Home, as: string, ...texts: string[]): Promise<string[]> {
  const { code, stdout, stderr } = await home.done(['send', '--json', '--as', as], texts.join('\n'))
  expect(code, stderr).toBe(0)
  return stdout.trimEnd().split('\n')
}

const cursorsOf = (lines: readonly string[]): string[] => lines.map(line => JSON.parse(line).cursor)
const numbered = (word: string, count: number): string[] =>
  Array.from({ length: count }, (_, index) => `${word} ${index}`)

describe('recado tail', () => {
  it('prints from now on, one object a line with its cursor, and private ones to whom they are meant for', async () => {
    const home = await open()
    await send(home, 'tail-a', 'antes')
    const other = await open()
    const reading = other.run(['tail', '--json', '--as', 'tail-b'], { input: null })
    const stranger = (await open()).run(['tail', '--json', '--as', 'tail-c'], { input: null })
    // Both are there once they have seen something that everybody sees.
    await until('the first line', async () => {
      await send(home, 'tail-a', 'ping')
      return reading.lines().length > 0 && stranger.lines().length > 0
    })
    await home.done(['send', 'só tu', '--to', 'tail-b', '--as', 'tail-a'])
    await send(home, 'tail-a', 'todos')
    await reading.shows(/todos/)
    await stranger.shows(/todos/)
    expect(textsOf(reading.lines()).filter(text => text !== 'ping')).toEqual(['só tu', 'todos'])
    expect(textsOf(stranger.lines()).filter(text => text !== 'ping')).toEqual(['todos'])
    expect(JSON.parse(reading.lines().at(-2) ?? '')).toMatchObject({ type: 'message', from: 'tail-a', to: 'tail-b' })
    expect(cursorsOf(reading.lines())).toEqual(cursorsOf(reading.lines()).toSorted())
  })

  it('begins right after --since and ends with --until-caught-up', async () => {
    const home = await open()
    const sent = await send(home, 'tail-d', ...numbered('desde', 30))
    const since = cursorsOf(sent)[9] ?? ''
    const { code, stdout } = await home.done([
      'tail',
      '--since',
      since,
      '--json',
      '--until-caught-up',
      '--as',
      'tail-d',
    ])
    expect(code).toBe(0)
    expect(stdout.trimEnd().split('\n')).toEqual(sent.slice(10))
  })

  it('begins with the newest ones with --last, in lines for people', async () => {
    const home = await open()
    await send(home, 'tail-e', 'um', 'dois', 'tres')
    const { stdout } = await home.done(['tail', '--last', '2', '--until-caught-up', '--as', 'tail-e'])
    expect(stdout).toMatch(/^\d\d:\d\d tail-e: dois\n\d\d:\d\d tail-e: tres\n$/)
  })

  it('misses and repeats nothing between the newest ones and what comes, while somebody sends flat out', async () => {
    const [home, other] = [await open(), await open()]
    const writing = other.run(['send', '--json', '--as', 'tail-l'], { input: null })
    let typed = 0
    const type = (count: number) => {
      for (const goal = typed + count; typed < goal; typed += 1) writing.type(`contagem ${typed}\n`)
    }
    type(2000)
    await until('the first ones', () => writing.lines().length > 10)
    for (let round = 0; round < 3; round += 1) {
      const reading = home.run(['tail', '--last', '5', '--json', '--as', 'tail-m'], { input: null })
      await until('a hundred lines', () => reading.lines().length >= 100)
      reading.child.kill('SIGKILL')
      const texts = textsOf(reading.lines().slice(0, 100))
      const first = Number(texts[0]?.split(' ')[1])
      expect(texts).toEqual(Array.from({ length: 100 }, (_, index) => `contagem ${first + index}`))
      if (typed - writing.lines().length < 1000) type(1000)
    }
    writing.child.kill('SIGKILL')
  })

  it('refuses a damaged cursor, one of another history, and nonsense', async () => {
    const home = await open()
    const [cursor = ''] = cursorsOf(await send(home, 'tail-f', 'oi'))
    const damaged = await home.done(['tail', '--since', `${cursor.slice(0, -1)}?`, '--as', 'tail-f'])
    expect(damaged).toMatchObject({ code: 1, stdout: '' })
    expect(damaged.stderr).toContain('that cursor is damaged')
    await using other = await startTestServer()
    const elsewhere = await home.done(['tail', '--since', cursor, '--as', 'tail-f', '--url', other.url])
    expect(elsewhere).toMatchObject({ code: 1, stdout: '' })
    expect(elsewhere.stderr).toContain('of another history')
    expect((await home.done(['tail', '--since', cursor, '--last', '3', '--as', 'tail-f'])).code).toBe(2)
  })

  it('survives kill -9 and restarts of the server without a gap or a double', async () => {
    const home = await open()
    const dataDir = join(home.folder, 'data')
    let running: ServerChild = await startServerChild({ dataDir })
    const { port, url } = running
    try {
      const reader = await open(url)
      const writer = await open(url)
      await send(writer, 'escritora', 'antes')
      const reading = reader.run(['tail', '--last', '1', '--json', '--as', 'leitor'], { input: null })
      await reading.shows(/antes/)
      const writing = writer.run(['send', '--json', '--as', 'escritora'], { input: null })
      let index = 0
      for (const signal of ['SIGKILL', 'SIGTERM'] as const) {
        const goal = index + 40
        for (; index < goal; index += 1) writing.type(`linha ${index}\n`)
        // Somewhere among the forty.
        await until('some lines', () => writing.lines().length >= goal - 20)
        await running.stop(signal)
        running = await startServerChild({ dataDir, port })
      }
      writing.child.stdin.end()
      const written = await writing.ended()
      expect(written.code, written.stderr).toBe(0)
      await until('the last line', () => reading.lines().length > index)
      expect(reading.lines().slice(1)).toEqual(written.stdout.trimEnd().split('\n'))
      expect(textsOf(reading.lines())).toEqual(['antes', ...numbered('linha', 80)])
      await reading.shows(/reconnecting/, 'stderr')
      await reading.shows(/Back, \d+ recovered/, 'stderr')
    } finally {
      await running.stop('SIGKILL')
    }
  })

  it('says once that the connection is lost, and how many came meanwhile when it is back', async () => {
    const home = await open()
    const proxy = await startTcpProxy({ port: Number(new URL(server.url).port) })
    try {
      const reader = await open(`http://127.0.0.1:${proxy.port}`)
      await send(home, 'tail-g', 'primeira')
      const reading = reader.run(['tail', '--last', '1', '--json', '--as', 'tail-h'], { input: null })
      await reading.shows(/primeira/)
      await until('live', async () => {
        await send(home, 'tail-g', 'ping')
        return reading.lines().length > 1
      })
      proxy.judge = () => 'cut'
      proxy.cutAll()
      await reading.shows(/reconnecting/, 'stderr')
      const meanwhile = await send(home, 'tail-g', ...numbered('perdida', 10))
      const attempts = proxy.connections
      await until('more attempts', () => proxy.connections > attempts + 2)
      proxy.judge = () => 'pass'
      await reading.shows(/Back, 10 recovered/, 'stderr')
      expect(reading.lines().slice(-10)).toEqual(meanwhile)
      expect(reading.stderr().match(/reconnecting/g)).toHaveLength(1)
    } finally {
      await proxy.close()
    }
  })

  it('ends, and says why, when the server comes back without this account', async () => {
    const home = await open()
    let running = await startTestServer({}, join(home.folder, 'one'))
    const proxy = await startTcpProxy({
      get port() {
        return Number(new URL(running.url).port)
      },
    })
    try {
      const reader = await open(`http://127.0.0.1:${proxy.port}`)
      await send(reader, 'tail-i', 'da primeira')
      const reading = reader.run(['tail', '--last', '1', '--json', '--as', 'tail-i'], { input: null })
      await reading.shows(/da primeira/)
      await running.close()
      running = await startTestServer({}, join(home.folder, 'two'))
      const { code, stderr } = await reading.ended()
      expect(code).toBe(1)
      expect(stderr).toContain('this session has ended')
    } finally {
      await proxy.close()
      await running.close()
    }
  })

  it('ends quietly when whoever reads it has had enough', async () => {
    const home = await open()
    await send(home, 'tail-j', ...numbered('muitas', 20))
    const reading = home.run(['tail', '--last', '5', '--json', '--as', 'tail-j'], { input: null })
    await reading.shows(/muitas 19/)
    reading.child.stdout.destroy()
    const ended = reading.ended()
    await until('its end', async () => {
      await send(home, 'tail-j', 'mais uma')
      return reading.child.exitCode !== null
    })
    expect(await ended).toMatchObject({ code: 0, stderr: '' })
  })

  it('shows the texts of others harmless', async () => {
    const home = await open()
    const text = 'a\u001b[2Jb\u009bc\u202ed'
    const sent = await home.done(['send', text, '--json', '--as', 'tail-k'])
    expect(sent.code, sent.stderr).toBe(0)
    const plain = await home.done(['tail', '--last', '1', '--until-caught-up', '--as', 'tail-k'])
    expect(plain.stdout).toMatch(/: a␛\[2Jb<U\+009B>c<U\+202E>d\n$/)
    const json = await home.done(['tail', '--last', '1', '--json', '--until-caught-up', '--as', 'tail-k'])
    for (const character of ['\u001b', '\u009b', '\u202e']) expect(json.stdout).not.toContain(character)
    expect(textsOf([json.stdout])).toEqual([text])
  })
})
