// `recado chat` as a person at a terminal sees it: a real pseudo-terminal, a real server, other people's commands, and an
// emulator that says what is on the screen. What is left of the terminal afterwards is checked for every way to end.
import { execFileSync } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { approveDevice } from '../../client/core/session.ts'
import { startTestServer, type TestServer } from '../setup/server.ts'
import { startTcpProxy } from '../setup/tcp-proxy.ts'
import { until } from '../setup/until.ts'
import { countKept, peopleAt } from './people.ts'
import { type Home, textsOf } from './program.ts'
import { openPseudoTerminal, type PseudoTerminal } from './pseudo-terminal.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.close())

const { person, send, closeLater } = peopleAt(() => server.url)

interface ChatOptions {
  readonly url?: string
  readonly env?: Record<string, string>
  readonly columns?: number
  readonly rows?: number
  /** Default: a new one. */
  readonly home?: Home
}

async function chat(as: string, options: ChatOptions = {}): Promise<PseudoTerminal> {
  const { url = server.url, home = await person(), ...more } = options
  const terminal = await openPseudoTerminal({ folder: home.folder, words: ['chat', '--as', as, '--url', url], ...more })
  closeLater(() => terminal.close())
  await terminal.shows(/[●✗◌] /)
  return terminal
}

/** Escape sequences as text that can be searched. */
const visible = (terminal: PseudoTerminal): string => terminal.raw().replaceAll('\u001b', '␛')

const KEY = {
  up: '\u001b[A',
  down: '\u001b[B',
  pageUp: '\u001b[5~',
  pageDown: '\u001b[6~',
  home: '\u001b[H',
  end: '\u001b[F',
  altUp: '\u001b[1;3A',
  altEnter: '\u001b\r',
  ctrlC: '\u0003',
  escape: '\u001b',
}

describe('the screen', () => {
  it('shows conversations, what was said, what comes, and what one says, private apart from public', async () => {
    const bob = await person()
    await send(bob, 'scr-bob', 'antes')
    const ana = await chat('scr-ana')
    await ana.shows(/│ \d\d:\d\d scr-bob {2}antes/)
    await ana.shows(/● live/)
    expect(ana.isFull()).toBe(true)
    await send(bob, 'scr-bob', 'ao vivo')
    await ana.shows(/scr-bob {2}ao vivo/)
    ana.type('oi, gente')
    await ana.shows(/› oi, gente/)
    expect(ana.cursor()).toEqual({ x: 11, y: 22 })
    ana.type('\r')
    await ana.shows(/scr-ana {2}oi, gente ✓/)
    await ana.lacks(/› oi, gente/)

    await send(bob, 'scr-bob', 'em segredo', '--to', 'scr-ana')
    await ana.shows(/scr-bob +\(1\)/)
    await ana.shows(/1 unread elsewhere/)
    expect(ana.screen().join('\n')).not.toContain('em segredo')
    ana.type('/msg scr-bob\r')
    await ana.shows(/scr-bob {2}em segredo/)
    await ana.shows(/New messages/)
    await ana.lacks(/unread elsewhere|scr-bob +\(1\)/)
    ana.type('só para ti\r')
    await ana.shows(/scr-ana {2}só para ti ✓/)
    ana.type(KEY.altUp)
    await ana.shows(/Everyone {2}\d+ online/)
    expect(ana.screen().join('\n')).not.toContain('só para ti')
    const seen = await bob.done(['tail', '--as', 'scr-bob', '--last', '9', '--json', '--until-caught-up'])
    expect(textsOf(seen.stdout.trim().split('\n')).slice(-2)).toEqual(['em segredo', 'só para ti'])
  })

  it('a slip is never public: unknown commands are refused and come back to be mended', async () => {
    const ana = await chat('slip-ana')
    ana.type('/mgs slip-bob segredo\r')
    // In rows beside the list.
    await ana.shows(/not sent: \/mgs slip-bob segredo \(unknown[\s\S]*did[^/]*you[^/]*mean[^/]*\/msg\?/)
    await ana.shows(/› \/mgs slip-bob segredo/)
    ana.type('\u0015')
    const bob = await person()
    await send(bob, 'slip-bob', 'pergunta para todos')
    await ana.shows(/pergunta para todos/)
    // A command is one in an answer too: it is private, and answers nothing.
    ana.type('/reply\r')
    await ana.shows(/Answering slip-bob/)
    ana.type('/msg slip-bob segredo um\r')
    await ana.shows(/segredo um ✓/)
    ana.type('\u000e')
    await ana.shows(/pergunta para todos/)
    ana.type('/reply /msg slip-bob segredo dois\r')
    await ana.shows(/segredo dois ✓/)
    const eve = await person()
    const { stdout: seen } = await eve.done(['tail', '--as', 'slip-eve', '--last', '9', '--json', '--until-caught-up'])
    expect(seen).toContain('pergunta para todos')
    expect(seen).not.toContain('segredo')
    const { stdout } = await bob.done(['tail', '--as', 'slip-bob', '--last', '9', '--json', '--until-caught-up'])
    expect(textsOf(stdout.trim().split('\n'))).toEqual(expect.arrayContaining(['segredo um', 'segredo dois']))
    expect(stdout).not.toContain('/mgs')
  })

  it('left before a refusal came: tells it all the same, and not that it will be sent', async () => {
    const home = await person()
    const ana = await chat('late-ana', { home })
    await ana.shows(/● live/)
    ana.type('/msg late-ninguem segredo\r\u0004')
    const { code, after } = await ana.ended()
    expect(code).toBe(0)
    expect(after.join('\n')).toMatch(/not sent: \/msg late-ninguem segredo \(nobody/)
    expect(after.join('\n')).not.toContain('not sent yet')
    expect(countKept(home)).toBe(0)
  })

  it('edits, deletes, answers and finds', async () => {
    const bob = await person()
    const ana = await chat('ed-ana')
    ana.type('com erru\r')
    await ana.shows(/com erru ✓/)
    ana.type('/edit\r')
    await ana.shows(/Editing your message[\s\S]*› com erru/)
    ana.type('\u007fo\r')
    await ana.shows(/com erro \(edited\) ✓/)
    await send(bob, 'ed-bob', 'que horas são?')
    await ana.shows(/que horas são/)
    ana.type('/reply\r')
    await ana.shows(/Answering ed-bob/)
    ana.type('dez\r')
    await ana.shows(/↳ ed-bob: que horas são\?[^\n]*\n[^\n]*ed-ana {2}dez ✓/)
    ana.type('/delete\r')
    await ana.shows(/message deleted/)
    await ana.lacks(/ed-ana {2}dez/)
    ana.type('/search HORAS sao\r')
    await ana.shows(/“HORAS sao”, the newest 1:/)
    const { stdout } = await bob.done(['tail', '--as', 'ed-bob', '--last', '5', '--json', '--until-caught-up'])
    expect(stdout).toContain('com erro')
    expect(stdout).not.toContain('"dez"')
  })

  it('stays when a change is refused: an edit comes back to be mended, and why is said', async () => {
    const ana = await chat('ref-ana')
    ana.type('curto\r')
    await ana.shows(/curto ✓/)
    ana.type('/edit\r')
    await ana.shows(/Editing your message[\s\S]*› curto/)
    ana.type(`\u001b[200~${' comprido'.repeat(600)}\u001b[201~`)
    await ana.shows(/comprido comprido/)
    ana.type('\r')
    await ana.shows(/too long/)
    await ana.shows(/Editing your message[\s\S]*comprido/)
    ana.type(`${KEY.escape}\u0015`)
    await ana.lacks(/comprido/)
    await ana.shows(/curto ✓/)
  })

  it('pages through history that is longer than a page, and keeps the view while messages come', async () => {
    const bob = await person()
    await send(bob, 'pg-bob', Array.from({ length: 250 }, (_, index) => `linha ${index}.`).join('\n'))
    const ana = await chat('pg-ana')
    await ana.shows(/linha 249\./)
    const seen = new Set<string>()
    const collect = () => {
      for (const [found] of ana
        .screen()
        .join('\n')
        .matchAll(/linha \d+\./g))
        seen.add(found)
    }
    const first = (): number => Number(/linha (\d+)\./.exec(ana.screen().join('\n'))?.[1])
    const isWhole = (): boolean => {
      const numbers = [
        ...ana
          .screen()
          .join('\n')
          .matchAll(/linha (\d+)\./g),
      ].map(([, number]) => Number(number))
      return numbers.every((number, index) => index === 0 || number === (numbers[index - 1] ?? 0) + 1)
    }
    collect()
    while (!seen.has('linha 0.')) {
      const before = first()
      ana.type(KEY.pageUp)
      // Of one moment: a page that is drawn in part has lines of two.
      await until('an earlier page', () => first() < before && isWhole())
      collect()
    }
    expect(seen.size).toBe(250)
    await ana.shows(/newer below/)
    // Beside the list, in which others come and go.
    const view = () =>
      ana
        .screen()
        .map(row => row.slice(row.indexOf('│')))
        .slice(1, 18)
    const before = view()
    await send(bob, 'pg-bob', 'a mais nova')
    await ana.shows(/1 new below/)
    expect(view()).toEqual(before)
    ana.type(KEY.end)
    await ana.shows(/a mais nova/)
    await ana.lacks(/new below|newer below/)
  })

  it('completes with Tab, takes several lines and pastes, and remembers what was sent and what was begun', async () => {
    const bob = await person()
    await send(bob, 'tab-bob', 'oi')
    const ana = await chat('tab-ana')
    ana.type('/ms')
    await ana.shows(/› \/ms/)
    ana.type('\t')
    await ana.shows(/› \/msg$/m)
    ana.type('tab-b')
    await ana.shows(/› \/msg tab-b/)
    ana.type('\t')
    await ana.shows(/› \/msg tab-bob$/m)
    ana.type('\u0015um')
    ana.type(KEY.altEnter)
    ana.type('dois')
    await ana.shows(/› um *\n {2}dois/)
    ana.type('\u001b[200~\ncolado\rfim\u001b[201~')
    await ana.shows(/› um *\n {2}dois *\n {2}colado *\n {2}fim/)
    ana.type('\r')
    await ana.shows(/tab-ana {2}um *\n[^\n]* dois *\n[^\n]* colado *\n[^\n]* fim ✓/)
    ana.type('/msg tab-bob\r')
    await ana.shows(/│ tab-bob$/m)
    ana.type('rascunho')
    await ana.shows(/› rascunho/)
    ana.type('\u000e')
    await ana.lacks(/› rascunho/)
    // Whoever comes and goes is in the list too: around it once at most.
    const chosen = () => /│ (\S+)/.exec(ana.screen()[0] ?? '')?.[1]
    for (let presses = 0; presses < 20 && !/› rascunho/.test(ana.screen().join('\n')); presses++) {
      const before = chosen()
      ana.type('\u0010')
      await until('another conversation', () => chosen() !== before)
    }
    await ana.shows(/› rascunho/)
    ana.type(`\u0015${KEY.up}`)
    await ana.shows(/› \/msg tab-bob$/m)
    ana.type(KEY.up)
    await ana.shows(/› um *\n {2}dois/)
  })

  it('shows emoji, ideographs and marks in their columns, and hostile texts harmless', async () => {
    const bob = await person()
    await send(bob, 'wide-bob', '日本語 👍 e\u0301 fim')
    await bob.done(['send', '--as', 'wide-bob', '--plain', 'x\u001b[2J\u202ey'])
    const ana = await chat('wide-ana')
    await ana.shows(/日本語 👍 e\u0301 fim/)
    await ana.shows(/x␛\[2J<U\+202E>y/)
    ana.type('日👍')
    await ana.shows(/› 日👍/)
    expect(ana.cursor().x).toBe(6)
    ana.type('\u007f')
    await ana.lacks(/› 日👍/)
    expect(ana.cursor().x).toBe(4)
  })

  it('follows the size of the terminal, and leaves the sidebar out where it is narrow', async () => {
    const bob = await person()
    await send(bob, 'size-bob', `${'palavra '.repeat(20)}fim`)
    const ana = await chat('size-ana')
    await ana.shows(/fim/)
    await ana.shows(/│/)
    await ana.resize(40, 12)
    await ana.lacks(/│/)
    await ana.shows(/fim[\s\S]*● live/)
    expect(ana.screen()).toHaveLength(12)
    expect(ana.screen()[11]).toMatch(/● live/)
    await ana.resize(5, 3)
    await ana.resize(120, 30)
    await ana.shows(/│[\s\S]*fim[\s\S]*● live/)
    expect(ana.screen()[29]).toMatch(/● live/)
    const drawn = ana.raw().length
    ana.type('\u000c')
    await until('a screen drawn anew', () => /␛\[(H|1;1H|2J)/.test(visible(ana).slice(drawn)))
    await ana.shows(/│[\s\S]*fim[\s\S]*● live/)
    expect(ana.screen()[29]).toMatch(/● live/)
  })

  it('has colours of the sixteen that every terminal has, and none with NO_COLOR', async () => {
    const bob = await person()
    await send(bob, 'cor-bob', 'oi')
    const ana = await chat('cor-ana')
    await ana.shows(/cor-bob {2}oi/)
    await ana.shows(/● live/)
    ana.type('/who\r')
    await ana.shows(/Online: /)
    expect(ana.styleOf('Online: ')).toMatchObject({ colour: 5, isDefault: false })
    expect(visible(ana)).toMatch(/␛\[35m/)
    expect(visible(ana)).not.toMatch(/␛\[[34]8;/)
    const plain = await chat('cor-nao', { env: { NO_COLOR: '1' } })
    await plain.shows(/cor-bob {2}oi/)
    expect(visible(plain)).not.toMatch(/␛\[[1-9][\d;]*m/)
  })

  it('keeps what is typed without a connection, sends it later once, and says what was recovered', async () => {
    const proxy = await startTcpProxy({ port: Number(new URL(server.url).port) })
    closeLater(() => proxy.close())
    const bob = await person()
    const ana = await chat('net-ana', { url: `http://127.0.0.1:${proxy.port}` })
    await ana.shows(/● live/)
    await send(bob, 'net-bob', 'quem vem?')
    await ana.shows(/quem vem\?/)
    proxy.judge = () => 'cut'
    proxy.cutAll()
    await ana.shows(/✗ reconnecting|◌ connecting/)
    ana.type('no escuro\r')
    await ana.shows(/… +no escuro/)
    ana.type('/reply eu vou\r')
    await ana.shows(/… +eu vou/)
    await send(bob, 'net-bob', 'uma\nduas')
    proxy.judge = () => 'pass'
    await ana.shows(/Back, [2-4] recovered/)
    await ana.shows(/net-ana {2}no escuro ✓/)
    await ana.shows(/↳ net-bob: quem vem\?[^\n]*\n[^\n]*eu vou ✓/)
    const seen = await bob.done(['tail', '--as', 'net-bob', '--last', '9', '--json', '--until-caught-up'])
    const said = textsOf(seen.stdout.trim().split('\n'))
    expect(said.filter(text => text === 'no escuro' || text === 'eu vou')).toEqual(['no escuro', 'eu vou'])
  })

  it('speaks Portuguese', async () => {
    const ana = await chat('pt-ana', { env: { LANG: 'pt_BR.UTF-8' } })
    await ana.shows(/● ao vivo/)
    ana.type('/ajuda\r')
    await ana.shows(/só para joao/)
    ana.type('／ENCERAR já\r')
    await ana.shows(/não enviada: ／ENCERAR já[\s\S]*quis[^/]*dizer[^/]*\/encerrar\?/)
    ana.type('\u0015/nadaparecido x\r')
    await ana.shows(/não enviada: \/nadaparecido x[\s\S]*se escreve com/)
    expect(ana.screen().join('\n')).not.toMatch(/quis/)
  })

  it('works in tmux', async () => {
    execFileSync('tmux', ['-V'])
    const home = await person()
    const words = `${process.execPath} ${join(import.meta.dirname, '../../bin/recado.js')} chat --as tmux-ana --url ${server.url}`
    const tmux = (...args: string[]): string =>
      execFileSync('tmux', ['-S', join(home.folder, 'tmux'), '-f', '/dev/null', ...args], {
        encoding: 'utf8',
        env: {
          PATH: process.env.PATH ?? '',
          HOME: home.folder,
          LANG: 'C.UTF-8',
          XDG_CONFIG_HOME: join(home.folder, 'c'),
        },
      })
    tmux('new-session', '-d', '-x', '80', '-y', '24', `${words}; echo CODE=$?; sleep 60`)
    closeLater(async () => void tmux('kill-server'))
    const look = (): string => tmux('capture-pane', '-p')
    await until('the screen', () => /● live/.test(look()))
    tmux('send-keys', 'oi do tmux', 'Enter')
    await until('the message', () => /tmux-ana {2}oi do tmux ✓/.test(look()))
    tmux('send-keys', 'C-c')
    await until('the end', () => /CODE=0/.test(look()))
    expect(look()).not.toMatch(/live/)
  })
})

describe('a name that has an owner', () => {
  it('is entered with a short code that another device approves, while the password is asked for', async () => {
    const first = await person()
    await send(first, 'par-ana', 'sou eu')
    const { token } = JSON.parse(await readFile(first.tokens, 'utf8'))[server.graphql]['par-ana']
    const home = await person()
    const words = ['chat', '--as', 'par-ana', '--url', server.url]
    const second = await openPseudoTerminal({ folder: home.folder, words })
    closeLater(() => second.close())
    await second.shows(/is somebody's\. Password:/)
    const [, userCode = ''] = /([A-Z0-9]{4}-[A-Z0-9]{4})/.exec(second.screen().join('\n')) ?? []
    expect(await approveDevice({ url: server.url, token, userCode })).toMatch(/^Terminal/)
    await second.shows(/par-ana {2}sou eu ✓/)
    second.type('eu de novo\r')
    await second.shows(/par-ana {2}eu de novo ✓/)

    // Whoever is there hears of the next one, and may end it.
    const third = await person()
    const next = await openPseudoTerminal({ folder: third.folder, words })
    closeLater(() => next.close())
    await next.shows(/is somebody's\. Password:/)
    const [, nextCode = ''] = /([A-Z0-9]{4}-[A-Z0-9]{4})/.exec(next.screen().join('\n')) ?? []
    await approveDevice({ url: server.url, token, userCode: nextCode })
    await next.shows(/par-ana {2}eu de novo/)
    await second.shows(/Another device has entered as you: Terminal/)
    second.type('/end\r')
    await second.shows(/Ended: Terminal/)
    expect(await next.ended()).toMatchObject({ code: 1, isFull: false })
    second.type(KEY.ctrlC)
    expect(await second.ended()).toMatchObject({ code: 0, isFull: false })
  })
})

describe('the terminal is given back', () => {
  const intact = { isFull: false, isCursorShown: true, hasBracketedPaste: false, wraps: true }

  it.each([
    ['Ctrl+C', KEY.ctrlC, 0],
    ['/quit', '/quit\r', 0],
    ['Ctrl+D', '\u0004', 0],
  ])('by %s', async (_how, typed, code) => {
    const ana = await chat(`end-${code}-${typed.length}-${typed.charCodeAt(0)}`)
    await ana.shows(/● live/)
    ana.type(typed)
    const ended = await ana.ended()
    expect(ended).toMatchObject({ ...intact, code })
    expect(ended.modes).toMatch(/[^-]icanon.* echo /)
  })

  it.each([
    ['SIGTERM', 143],
    ['SIGHUP', 129],
    ['SIGINT', 130],
  ] as const)('by %s', async (signal, code) => {
    const ana = await chat(`sig-${code}`)
    await ana.shows(/● live/)
    ana.type('meio dito')
    await ana.shows(/› meio dito/)
    await ana.kill(signal)
    const ended = await ana.ended()
    expect(ended).toMatchObject({ ...intact, code })
    expect(ended.modes).toMatch(/[^-]icanon.* echo /)
  })

  it('by an exception anywhere, which can be read afterwards', async () => {
    const home = await person()
    const trap = join(home.folder, 'trap.mjs')
    await writeFile(trap, `process.on('SIGUSR2', () => { throw new Error('broken on purpose') })`)
    const terminal = await openPseudoTerminal({
      folder: home.folder,
      words: ['chat', '--as', 'boom', '--url', server.url],
      env: { NODE_OPTIONS: `--import=${trap}` },
    })
    closeLater(() => terminal.close())
    await terminal.shows(/● live/)
    await terminal.kill('SIGUSR2')
    const ended = await terminal.ended()
    expect(ended).toMatchObject({ ...intact, code: 1 })
    expect(ended.modes).toMatch(/[^-]icanon.* echo /)
    expect(terminal.raw()).toContain('broken on purpose')
  })
})
