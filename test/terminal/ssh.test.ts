// `recado chat` on another machine, as people run it: a real OpenSSH server and client, the client in a pseudo-terminal.
// The program sees the terminal only through them: its size, its keys, and its end.
import { readFile, writeFile } from 'node:fs/promises'
import { constants } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestServer, type TestServer } from '../setup/server.ts'
import { startTestSshd, type TestSshd } from '../setup/sshd.ts'
import { startTcpProxy, type TcpProxy } from '../setup/tcp-proxy.ts'
import { until } from '../setup/until.ts'
import { peopleAt } from './people.ts'
import { COMPILE_CACHE, PROGRAM } from './program.ts'
import { openPseudoTerminal, type PseudoTerminal, quoted } from './pseudo-terminal.ts'

let server: TestServer
let sshd: TestSshd
beforeAll(async () => {
  server = await startTestServer()
  sshd = await startTestSshd()
})
afterAll(async () => {
  await sshd?.close()
  await server?.close()
})

const { person, send, closeLater } = peopleAt(() => server.url)

interface Visit {
  readonly terminal: PseudoTerminal
  /** The process of `recado` on the other machine. */
  there(): Promise<number>
  /** How that ended: its exit code. Waits for its end. */
  gone(): Promise<number>
  /** The `ssh` of this one. */
  here(): Promise<number>
  /** What the first `ssh` left: its exit code, and the modes of the terminal; waits for its end. */
  left(): Promise<{ code: number; modes: string }>
}

/**
 * Somebody at a terminal who enters another machine and chats there; if that ends, they press Enter and enter again.
 * @param through the port of a relay
 */
async function visit(as: string, through?: number): Promise<Visit> {
  const home = await person()
  const file = (name: string): string => join(home.folder, name)
  const env = {
    LANG: 'C.UTF-8',
    ...COMPILE_CACHE,
    HOME: home.folder,
    XDG_CONFIG_HOME: file('config'),
    XDG_STATE_HOME: file('state'),
  }
  const recado = quoted([process.execPath, PROGRAM, 'chat', '--as', as, '--url', server.url])
  const settings = quoted(Object.entries(env).map(([name, value]) => `${name}=${value}`))
  const started = quoted([`echo $$ > there; exec env ${settings} ${recado}`])
  // The shell outlives the hang-up, to say how the program took it.
  const there = `trap : HUP; cd ${quoted([home.folder])} && sh -c ${started}; code=$?; echo $code > gone; exit $code`
  const ssh = quoted(sshd.client(there, ['-tt'], through))
  const enter = `sh -c ${quoted([`echo $$ > here; exec ${ssh}`])}`
  await writeFile(
    file('visit.sh'),
    [
      enter,
      // A link that is lost is 255 to ssh; whatever else it is, the visit has ended as the person wanted.
      'code=$?; [ $code = 255 ] || exit $code',
      '{ echo $code; stty -a; } > left.tmp; mv left.tmp left',
      'read -r again',
      enter,
    ].join('\n'),
  )
  const terminal = await openPseudoTerminal({ folder: home.folder, words: [], command: `sh ${file('visit.sh')}` })
  closeLater(() => terminal.close())
  const numberIn = async (name: string): Promise<number> => Number(await readFile(file(name), 'utf8'))
  return {
    terminal,
    there: () => numberIn('there'),
    gone: async () =>
      Number(await until('the end of the program there', () => readFile(file('gone'), 'utf8').catch(() => ''))),
    here: () => numberIn('here'),
    async left() {
      const text = await until('the end of ssh', () => readFile(file('left'), 'utf8').catch(() => null))
      return { code: Number.parseInt(text, 10), modes: text.replaceAll('\n', ' ') }
    },
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

const intact = { isFull: false, isCursorShown: true, hasBracketedPaste: false, wraps: true }

describe('over ssh', () => {
  it('shows what comes, sends, follows the size of the terminal, and gives it back', async () => {
    const bob = await person()
    await send(bob, 'ssh-bob', 'antes 日本語')
    const { terminal: ana } = await visit('ssh-ana')
    await ana.shows(/ssh-bob {2}antes 日本語/)
    await ana.shows(/● live/)
    expect(ana.isFull()).toBe(true)
    await send(bob, 'ssh-bob', 'ao vivo')
    await ana.shows(/ssh-bob {2}ao vivo/)
    ana.type('oi de longe 👍')
    await ana.shows(/› oi de longe 👍/)
    ana.type('\r')
    await ana.shows(/ssh-ana {2}oi de longe 👍 ✓/)

    await ana.resize(100, 30)
    await until('the last row', () => /● live/.test(ana.screen()[29] ?? ''))
    await ana.resize(50, 14)
    await ana.lacks(/│/)
    await until('the last row', () => /● live/.test(ana.screen()[13] ?? ''))
    await ana.resize(80, 24)
    await ana.shows(/│/)

    ana.type('\u0003')
    const ended = await ana.ended()
    expect(ended).toMatchObject({ ...intact, code: 0 })
    expect(ended.modes).toMatch(/[^-]icanon.* echo /)
  })

  it.each([
    ['its client is ended', 'kill'],
    ['the network cuts it', 'cut'],
  ] as const)(
    'a connection that is lost because %s ends the program there, and nothing is missed afterwards',
    async (_why, how) => {
      const relay: TcpProxy = await startTcpProxy({ port: sshd.port })
      closeLater(() => relay.close())
      const bob = await person()
      const [from, to] = [`${how}-bob`, `${how}-ana`]
      await send(bob, from, 'antes')
      const { terminal: ana, here, there, gone, left } = await visit(to, relay.port)
      await ana.shows(new RegExp(`${from} {2}antes`))
      ana.type('ainda aqui\r')
      await ana.shows(new RegExp(`${to} {2}ainda aqui ✓`))
      const program = await there()
      expect(isRunning(program)).toBe(true)

      if (how === 'kill') process.kill(await here(), 'SIGTERM')
      else relay.cutAll()
      const { code, modes } = await left()
      expect(code).toBe(255)
      // Keys are shown and Enter ends a line again: one can go on from here.
      expect(modes).toMatch(/[^-]icanon.* echo /)
      // As it ends by any hang-up, with what is still to be sent kept.
      expect(await gone()).toBe(128 + constants.signals.SIGHUP)
      expect(isRunning(program)).toBe(false)

      await send(bob, from, 'um\ndois\ntrês')
      ana.type('\r')
      await ana.shows(new RegExp(`${from} {2}um[\\s\\S]*${from} {2}dois[\\s\\S]*${from} {2}três`))
      await ana.shows(/● live/)
      const said = ana.screen().join('\n')
      for (const text of ['antes', 'ainda aqui', 'um', 'dois', 'três']) {
        expect(said.match(new RegExp(`(${from}|${to}) {2}${text}( ✓)?$`, 'gm'))).toHaveLength(1)
      }
      ana.type('\u0003')
      expect(await ana.ended()).toMatchObject({ ...intact, code: 0 })
    },
  )
})
