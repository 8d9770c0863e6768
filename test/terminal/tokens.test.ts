// The keys of a person: kept for themselves alone, per server and name, and never lost by two commands at a time.
import { chmod, mkdir, readFile, stat, utimes, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { createTokenFile } from '../../client/node/tokens.ts'
import { startTestServer, type TestServer } from '../setup/server.ts'
import { type Home, openHome } from './program.ts'

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

const modeOf = async (path: string): Promise<string> => ((await stat(path)).mode & 0o777).toString(8)

describe('a name in the terminal', () => {
  it('is claimed once, and proved by the kept token afterwards', async () => {
    const home = await open()
    expect((await home.done(['send', 'um', '--as', 'Chave'])).code).toBe(0)
    expect((await home.done(['send', 'dois', '--as', 'Chave'])).code).toBe(0)
    expect((await home.done(['send', 'tres', '--as', 'châve'])).code).toBe(0)
    expect((await home.done(['send', 'quatro'])).code).toBe(0)
    expect(await modeOf(home.tokens)).toBe('600')
    expect(await modeOf(dirname(home.tokens))).toBe('700')
  })

  it('is by default the one that was used last with this server', async () => {
    const home = await open()
    await home.done(['send', 'a', '--as', 'ultima-a'])
    await home.done(['send', 'b', '--as', 'ultima-b'])
    const { stdout } = await home.done(['send', 'c', '--json'])
    expect(JSON.parse(stdout).from).toBe('ultima-b')
    const none = await (await open()).done(['send', 'd'])
    expect(none.code).toBe(2)
    expect(none.stderr).toContain('--as')
  })

  it('that is somebody else’s is refused, and says how to give its password', async () => {
    expect((await (await open()).done(['send', 'meu', '--as', 'ocupada'])).code).toBe(0)
    const { code, stderr } = await (await open()).done(['send', 'nosso', '--as', 'ocupada'])
    expect(code).toBe(1)
    expect(stderr).toContain('--password-stdin')
  })

  it('with a password is entered from another computer, and not with a wrong one', async () => {
    const [one, two, three] = [await open(), await open(), await open()]
    const words = ['send', 'oi', '--as', 'com-senha', '--password-stdin']
    expect((await one.done(words, 'uma senha boa\n')).code).toBe(0)
    expect((await two.done(words, 'uma senha boa\n')).code).toBe(0)
    const wrong = await three.done(words, 'outra senha\n')
    expect(wrong.code).toBe(1)
    const short = await three.done(['send', 'oi', '--as', 'senha-curta', '--password-stdin'], 'curta\n')
    expect(short).toMatchObject({ code: 1, stderr: 'PASSWORD_INVALID: a password has 8 to 256 characters\n' })
    expect(await readFile(one.tokens, 'utf8')).not.toContain('uma senha boa')
  })

  it('is claimed by one of several commands that start together, and used by all', async () => {
    const home = await open()
    const all = await Promise.all(
      Array.from({ length: 4 }, (_, index) => home.done(['send', `${index}`, '--as', 'juntas'])),
    )
    expect(all.map(({ code, stderr }) => `${code}${stderr}`)).toEqual(['0', '0', '0', '0'])
  })

  it('is another one on another server', async () => {
    await using other = await startTestServer()
    const home = await open()
    expect((await home.done(['send', 'aqui', '--as', 'dupla'])).code).toBe(0)
    expect((await home.done(['send', 'ali', '--as', 'dupla', '--url', other.url])).code).toBe(0)
    const kept = JSON.parse(await readFile(home.tokens, 'utf8'))
    expect(Object.keys(kept).toSorted()).toEqual([server.graphql, other.graphql].toSorted())
    expect(kept[server.graphql].dupla.token).not.toBe(kept[other.graphql].dupla.token)
  })

  it('whose token is dead is entered anew', async () => {
    const home = await open()
    await home.done(['send', 'um', '--as', 'renascida', '--password-stdin'], 'uma senha boa\n')
    const kept = JSON.parse(await readFile(home.tokens, 'utf8'))
    kept[server.graphql].renascida.token = 'x'.repeat(43)
    await writeFile(home.tokens, JSON.stringify(kept))
    const again = await home.done(['send', 'dois', '--as', 'renascida', '--password-stdin'], 'uma senha boa\n')
    expect(again.code, again.stderr).toBe(0)
    expect(JSON.parse(await readFile(home.tokens, 'utf8'))[server.graphql].renascida.token).not.toBe('x'.repeat(43))
  })

  it('may be any that the server allows', async () => {
    const home = await open()
    for (const name of ['constructor', 'hasOwnProperty', 'João.Pé-de-Feijão']) {
      expect(await home.done(['send', 'um', '--as', name]), name).toMatchObject({ code: 0 })
      expect(await home.done(['send', 'dois', '--as', name]), name).toMatchObject({ code: 0 })
    }
    const { code, stderr } = await home.done(['send', 'oi', '--as', 'não é'])
    expect(code).toBe(1)
    expect(stderr).toContain('that is not a username (')
  })
})

describe('the token file', () => {
  it('is never overwritten when it is damaged', async () => {
    const home = await open()
    await mkdir(dirname(home.tokens), { recursive: true })
    for (const damaged of ['{"http', '[]', '{"http://x/graphql":{"joao":{"token":1}}}', 'null']) {
      await writeFile(home.tokens, damaged)
      const { code, stderr } = await home.done(['send', 'oi', '--as', 'danos'])
      expect(code).toBe(1)
      expect(stderr).toContain(home.tokens)
      expect(await readFile(home.tokens, 'utf8')).toBe(damaged)
    }
  })

  it('is closed to others also when it was open before', async () => {
    const home = await open()
    await mkdir(dirname(home.tokens), { recursive: true, mode: 0o755 })
    await writeFile(home.tokens, '{}')
    await chmod(home.tokens, 0o644)
    await chmod(dirname(home.tokens), 0o755)
    await home.done(['send', 'oi', '--as', 'fechada'])
    expect(await modeOf(home.tokens)).toBe('600')
    expect(await modeOf(dirname(home.tokens))).toBe('700')
  })

  it('keeps every token of many that are written at once, and takes over the lock of a process that died', async () => {
    const path = join((await open()).folder, 'keys', 'tokens.json')
    const token = (username: string) => ({
      token: `t-${username}`,
      account: 'a',
      username,
      usedAt: '2025-03-01T12:00:00.000Z',
    })
    const names = Array.from({ length: 20 }, (_, index) => `nome${index}`)
    await Promise.all(names.map(name => createTokenFile(path).keep('http://a/graphql', token(name))))
    const file = createTokenFile(path)
    for (const name of names) expect((await file.find('http://a/graphql', name))?.token).toBe(`t-${name}`)
    await writeFile(`${path}.lock`, '')
    await utimes(`${path}.lock`, 0, 0)
    await file.keep('http://a/graphql', token('tarde'))
    expect((await file.find('http://a/graphql', 'tarde'))?.token).toBe('t-tarde')
    expect(await file.find('http://b/graphql', 'tarde')).toBeNull()
  })

  it('forgets only the very token it is told to', async () => {
    const file = createTokenFile(join((await open()).folder, 'tokens.json'))
    const token = { token: 'novo', account: 'a', username: 'joao', usedAt: '2025-03-01T12:00:00.000Z' }
    await file.keep('s', token)
    await file.forget('s', { ...token, token: 'velho' })
    expect((await file.find('s', 'joao'))?.token).toBe('novo')
    await file.forget('s', token)
    expect(await file.find('s', 'joao')).toBeNull()
  })
})
