// `recado chat` in lines: what people see, what they may type, and what becomes of it when the network goes.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { startFakeServer } from '../client/fake-server.ts'
import { startTestServer, type TestServer } from '../setup/server.ts'
import { startTcpProxy } from '../setup/tcp-proxy.ts'
import { until, within } from '../setup/until.ts'
import { countKept, leaveRefused } from './people.ts'
import { type Home, openHome, PROGRAM, type Running } from './program.ts'

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

async function send(home: Home, as: string, ...texts: string[]): Promise<void> {
  const { code, stderr } = await home.done(['send', '--as', as], texts.join('\n'))
  expect(code, stderr).toBe(0)
}

/** A chat that shows what comes: it has said something and seen it. */
async function chat(home: Home, as: string, env: Record<string, string> = {}): Promise<Running> {
  const running = home.run(['chat', '--as', as], { input: null, env })
  running.type(`${as} chegou\n`)
  await running.shows(new RegExp(`${as}: ${as} chegou`))
  return running
}

/** The lines without the time that they begin with. */
const withoutTime = (lines: readonly string[]): string[] => lines.map(line => line.replace(/^\d\d:\d\d /, ''))

describe('recado chat', () => {
  it('says why a question was refused, and goes on', async () => {
    // The false one answers nothing about users.
    const refusing = await startFakeServer()
    try {
      const home = await open(refusing.url)
      const running = await chat(home, 'who-ana')
      running.type('/who\n')
      await running.shows(/the server cannot write at the moment/, 'stderr')
      running.type('continua\n')
      await running.shows(/who-ana: continua/)
    } finally {
      await refusing.close()
    }
  })

  it('shows the newest twenty, then what comes, once each, private ones marked', async () => {
    const [maria, joao] = [await open(), await open()]
    await send(maria, 'chat-maria', ...Array.from({ length: 25 }, (_, index) => `antiga ${index}`))
    const joaos = await chat(joao, 'chat-joao')
    await send(maria, 'chat-maria', 'ao vivo')
    expect((await maria.done(['send', 'só tu', '--to', 'chat-joao', '--as', 'chat-maria'])).code).toBe(0)
    await joaos.shows(/só tu/)
    joaos.type('/msg chat-maria só eu\n')
    await joaos.shows(/só eu/)
    expect(withoutTime(joaos.lines())).toEqual([
      ...Array.from({ length: 20 }, (_, index) => `chat-maria: antiga ${index + 5}`),
      'chat-joao: chat-joao chegou',
      'chat-maria: ao vivo',
      'chat-maria → chat-joao (private): só tu',
      'chat-joao → chat-maria (private): só eu',
    ])
    joaos.type('/quit\n')
    expect((await joaos.ended()).code).toBe(0)
  })

  it('explains itself, says who is online, and leaves', async () => {
    const [one, two] = [await open(), await open()]
    const others = await chat(one, 'chat-on')
    const mine = await chat(two, 'chat-off')
    mine.type(' /WHO \n/help\n')
    await mine.shows(/Online: .*chat-on/, 'stderr')
    await mine.shows(/\/msg joao text +to joao alone/, 'stderr')
    mine.type('/quit\n')
    expect((await mine.ended()).code).toBe(0)
    others.child.stdin.end()
    expect((await others.ended()).code).toBe(0)
  })

  it('says why something was not sent, and sends a mistyped command to nobody', async () => {
    const [home, other] = [await open(), await open()]
    const stranger = await chat(other, 'chat-estranha')
    const mine = await chat(home, 'chat-lapso')
    mine.type('/mgs chat-estranha segredo\n /msg ninguem-aqui segredo\n/edit segredo\n//barra\n')
    await mine.shows(/not sent: \/mgs chat-estranha segredo \(unknown command, did you mean \/msg\? A text/, 'stderr')
    await mine.shows(/not sent: {2}\/msg ninguem-aqui segredo \(nobody has that name/, 'stderr')
    // Near to `/quit` in length alone.
    await mine.shows(/not sent: \/edit segredo \(unknown command; a text/, 'stderr')
    await stranger.shows(/chat-lapso: \/barra/)
    expect(stranger.stdout()).not.toContain('segredo')
    // Each once; and a script learns of it.
    mine.type('/quit\n')
    const { code, stderr } = await mine.ended()
    expect(code).toBe(1)
    expect(stderr.match(/not sent/g)).toHaveLength(3)
  })

  it('speaks Portuguese where the system does', async () => {
    const home = await open()
    const mine = await chat(home, 'chat-pt', { LANG: 'pt_BR.UTF-8' })
    mine.type('/ajuda\n/quem\n/msg chat-pt nota\n')
    await mine.shows(/Você é chat-pt em /, 'stderr')
    await mine.shows(/só para joao/, 'stderr')
    await mine.shows(/Online: chat-pt|Online: .*, chat-pt/, 'stderr')
    await mine.shows(/chat-pt → chat-pt \(privada\): nota/)
    mine.type('/sair\n')
    expect((await mine.ended()).code).toBe(0)
  })

  it('sends what was piped in before it ends', async () => {
    const home = await open()
    const { code, stdout } = await home.done(['chat', '--as', 'chat-pipe'], 'um\ndois\ntres')
    expect(code).toBe(0)
    expect(withoutTime(stdout.split('\n')).filter(line => line.startsWith('chat-pipe'))).toEqual([
      'chat-pipe: um',
      'chat-pipe: dois',
      'chat-pipe: tres',
    ])
  })

  it('takes the password from the first line, and the rest as said', async () => {
    const [one, two] = [await open(), await open()]
    const words = ['chat', '--as', 'chat-senha', '--password-stdin']
    expect((await one.done(words, 'uma senha boa\nprimeira\n')).code).toBe(0)
    const again = await two.done(words, 'uma senha boa\nsegunda\n')
    expect(again.code).toBe(0)
    expect(again.stdout).toMatch(/chat-senha: primeira\n(.*\n)*.*chat-senha: segunda\n/)
    expect(again.stdout).not.toContain('uma senha boa')
  })

  it('keeps what is typed without a connection, sends it later once, and tells what came meanwhile', async () => {
    const proxy = await startTcpProxy({ port: Number(new URL(server.url).port) })
    try {
      const [home, other] = [await open(`http://127.0.0.1:${proxy.port}`), await open()]
      const mine = await chat(home, 'chat-queda')
      proxy.judge = () => 'cut'
      proxy.cutAll()
      await mine.shows(/Connection lost: reconnecting/, 'stderr')
      mine.type('dita no escuro\n')
      await mine.shows(/waiting to be sent: dita no escuro/, 'stderr')
      await send(other, 'chat-fora', 'uma', 'duas', 'três')
      proxy.judge = () => 'pass'
      await mine.shows(/Back, [34] recovered/, 'stderr')
      await mine.shows(/chat-queda: dita no escuro/)
      await send(other, 'chat-fora', 'fim')
      await mine.shows(/chat-fora: fim/)
      const texts = withoutTime(mine.lines()).slice(-5)
      expect(texts.filter(text => text.startsWith('chat-fora'))).toEqual(
        ['uma', 'duas', 'três', 'fim'].map(text => `chat-fora: ${text}`),
      )
      expect(texts.filter(text => text === 'chat-queda: dita no escuro')).toHaveLength(1)
    } finally {
      await proxy.close()
    }
  })

  it('left before a message was sent: the next chat under that name sends it, once', async () => {
    let isUp = true
    const proxy = await startTcpProxy({
      get port() {
        return isUp ? Number(new URL(server.url).port) : 1
      },
    })
    try {
      const home = await open(`http://127.0.0.1:${proxy.port}`)
      const mine = await chat(home, 'chat-adiada')
      isUp = false
      proxy.cutAll()
      mine.type('para depois\n/quit\n')
      const { code, stderr } = await mine.ended()
      expect(code).toBe(1)
      expect(stderr).toContain('1 not sent yet')
      isUp = true
      const later = await home.done(['chat', '--as', 'chat-adiada'], 'depois\n')
      expect(withoutTime(later.stdout.split('\n')).filter(line => / (para )?depois$/.test(line))).toEqual([
        'chat-adiada: para depois',
        'chat-adiada: depois',
      ])
    } finally {
      await proxy.close()
    }
  })

  it('tells what was refused as the chat before ended, each once, also to a script that says nothing', async () => {
    const home = await open()
    await send(home, 'chat-resto', 'oi')
    await leaveRefused(home, server.url, 'chat-resto', '/mgs joao um', '/msg ninguem-aqui dois')
    expect(countKept(home)).toBe(2)
    const { code, stderr } = await home.done(['chat', '--as', 'chat-resto'])
    expect(code, stderr).toBe(1)
    expect(stderr.match(/^not sent: .*?(?=,|;| \()/gm)).toEqual([
      'not sent: /mgs joao um',
      'not sent: /msg ninguem-aqui dois',
    ])
    expect(stderr).toMatch(/nobody has that name/)
    expect(stderr).not.toContain('not sent yet')
    expect(countKept(home)).toBe(0)
    const again = await home.done(['chat', '--as', 'chat-resto'])
    expect(again.code).toBe(0)
    expect(again.stderr).not.toContain('not sent')
  })

  it('ends when its session does, and says so', async () => {
    const home = await open()
    const mine = await chat(home, 'chat-expulsa')
    const { token } = JSON.parse(await readFile(home.tokens, 'utf8'))[server.graphql]['chat-expulsa']
    const response = await fetch(server.graphql, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: JSON.stringify({ query: 'mutation { leave(everywhere: true) }' }),
    })
    expect(await response.json()).toEqual({ data: { leave: true } })
    const { code, stderr } = await mine.ended()
    expect(code).toBe(1)
    expect(stderr).toContain('This session has ended.')
  })

  it('shows the texts of others harmless, and writes no colour into a pipe', async () => {
    const [home, other] = [await open(), await open()]
    const mine = await chat(home, 'chat-segura', { TERM: 'xterm-256color' })
    expect((await other.done(['send', 'x\u001b[2J\nchat-segura: forjada', '--as', 'chat-ma'])).code).toBe(0)
    await mine.shows(/chat-ma: x␛\[2J\n {4}chat-segura: forjada\n/)
    expect(mine.stdout()).not.toContain('\u001b')
  })
})

describe('recado chat --plain on a terminal', () => {
  /** Under `script`, which gives it a terminal of its own. What is typed there is echoed by it, as at any terminal. */
  function openTerminal(home: Home, as: string, env: Record<string, string>): Running {
    const command = [process.execPath, PROGRAM, 'chat', '--plain', '--as', as, '--url', server.url]
      .map(word => `'${word}'`)
      .join(' ')
    const child = spawn('script', ['--quiet', '--flush', '--return', '--command', command, '/dev/null'], {
      cwd: home.folder,
      env: {
        PATH: process.env.PATH ?? '',
        TERM: 'xterm-256color',
        LANG: 'C.UTF-8',
        XDG_CONFIG_HOME: join(home.folder, 'config'),
        XDG_STATE_HOME: join(home.folder, 'state'),
        ...env,
      },
    })
    let stdout = ''
    child.stdout.setEncoding('utf8').on('data', chunk => {
      // Escape sequences can be seen, and searched for.
      stdout += chunk.replaceAll('\u001b', '␛')
    })
    const closed = once(child, 'close').then(([code, signal]) => ({ code: signal ?? code, stdout, stderr: '' }))
    return {
      child,
      stdout: () => stdout,
      stderr: () => '',
      lines: () => stdout.split('\r\n'),
      type: text => void child.stdin.write(text),
      ended: () => within('the end of the terminal', closed),
      shows: async pattern => void (await until(`${pattern} in ${stdout}`, () => pattern.test(stdout))),
    }
  }

  it('has colours, keeps what is being typed below what comes, and leaves by Ctrl-D', async () => {
    const [home, other] = [await open(), await open()]
    const terminal = openTerminal(home, 'tty-a', {})
    await terminal.shows(/You are tty-a/)
    await terminal.shows(/> /)
    terminal.type('meio di')
    await terminal.shows(/meio di/)
    await send(other, 'tty-b', 'interrupção')
    // The message, and below it the prompt with what was typed so far.
    await terminal.shows(/␛\[(?:1|35|91)mtty-b/)
    await terminal.shows(/interrupção\r\n[^\n]*> meio di/)
    terminal.type('to\r')
    await terminal.shows(/tty-a[^\n]*: meio dito\r\n/)
    terminal.type('\u0004')
    expect((await terminal.ended()).code).toBe(0)
  })

  it('has no colours with NO_COLOR', async () => {
    const home = await open()
    const terminal = openTerminal(home, 'tty-c', { NO_COLOR: '1' })
    await terminal.shows(/You are tty-c/)
    terminal.type('oi\r')
    await terminal.shows(/tty-c: oi\r\n/)
    terminal.type('/quit\r')
    expect((await terminal.ended()).code).toBe(0)
    expect(terminal.stdout()).not.toMatch(/␛\[[\d;]*m/)
  })

  it('asks for the password of a taken name without showing it', async () => {
    const [one, two] = [await open(), await open()]
    expect((await one.done(['send', 'oi', '--as', 'tty-d', '--password-stdin'], 'uma senha boa\n')).code).toBe(0)
    const terminal = openTerminal(two, 'tty-d', {})
    await terminal.shows(/tty-d is somebody's\. Password: /)
    terminal.type('uma senha errada\r')
    await terminal.shows(/That is not the password\.[\s\S]*Password: /)
    terminal.type('uma senha boa\r')
    await terminal.shows(/You are tty-d[\s\S]*> /)
    expect(terminal.stdout()).not.toContain('uma senha')
    terminal.type('\u0003')
    expect((await terminal.ended()).code).toBe(0)
  })
})
