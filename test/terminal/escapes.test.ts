// Terminals obey what is written to them: they set titles, write into the clipboard, make links, answer questions as if
// they had been typed. None of that reaches anybody's terminal from a message, nor from a server that means ill.
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { RecadoError } from '../../client/core/errors.ts'
import { sentenceOf } from '../../client/terminal/session.ts'
import { textsFor } from '../../client/terminal/texts.ts'
import { enter, send } from '../setup/request.ts'
import { startTestServer, type TestServer } from '../setup/server.ts'
import { type Home, openHome, textsOf } from './program.ts'
import { openPseudoTerminal } from './pseudo-terminal.ts'

/** Each in its 7-bit and, where there is one, its 8-bit form. */
const SEQUENCES = {
  'a title': '\u001b]0;pwned\u0007 \u009d2;pwned\u009c',
  'the clipboard': '\u001b]52;c;cHduZWQ=\u0007 \u001b]52;c;?\u001b\\',
  'a link': '\u001b]8;;https://evil.example\u001b\\aqui\u001b]8;;\u001b\\',
  'a question that is answered as if typed': '\u001b[c \u001b[6n \u001b[5n \u009b6n \u001b[21t \u0005',
  'a clean screen and another place': '\u001b[2J\u001b[H\u001b[1;1H\u001bc',
  'colours and marks that stay': '\u001b[31;5;7m \u009b8m',
  'another alphabet': '\u001b(0 \u000e \u000f',
  'a device string': '\u001bP$q"p\u001b\\ \u0090q\u009c',
  'private messages of terminals': '\u001b_x\u001b\\ \u001b^x\u001b\\ \u001bXx\u001b\\',
  'a new line over the old one': 'oi\rmaria: eu pago\b\b\b\b\u007f',
  'a bell, and a shift': '\u0007\u0000\u000b\u000c\u001b[?1049h\u001b[?2004l',
  'a turned line': '\u202egpj.exe\u2066',
} as const

/** What no terminal may get from others, line feeds aside. */
const CONTROLS = /(?!\n)[\p{Cc}\u2028-\u202e\u2066-\u2069]/u

let server: TestServer
let token: string
beforeAll(async () => {
  server = await startTestServer()
  ;({ token } = await enter(server.graphql, 'mallory'))
  // What the server refuses (NUL) cannot be sent at all.
  for (const text of Object.values(SEQUENCES)) {
    await send(server.graphql, token, { text: text.replaceAll('\u0000', ''), plain: true })
  }
})
afterAll(() => server.close())

const closing: (() => Promise<unknown> | unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

async function open(url = server.url): Promise<Home> {
  const home = await openHome(url)
  closing.push(() => home.remove())
  return home
}

describe('a message with terminal sequences', () => {
  it('reaches no terminal by `tail`, as lines or as JSON', async () => {
    const home = await open()
    const count = String(Object.keys(SEQUENCES).length)
    const words = ['tail', '--last', count, '--until-caught-up', '--as', 'esc-tail']
    const lines = await home.done(words)
    expect(lines.code, lines.stderr).toBe(0)
    expect(lines.stdout).not.toMatch(CONTROLS)
    expect(lines.stdout).toContain('␛]52;c;cHduZWQ=␇')
    const json = await home.done([...words, '--json'])
    expect(json.stdout).not.toMatch(CONTROLS)
    expect(textsOf(json.stdout.trim().split('\n'))).toEqual(
      Object.values(SEQUENCES).map(text => text.replaceAll('\u0000', '')),
    )
  })

  it('reaches no terminal by the chat in lines', async () => {
    const home = await open()
    const chat = home.run(['chat', '--plain', '--as', 'esc-lines'], { input: null })
    chat.type('cheguei\n')
    await chat.shows(/esc-lines: cheguei/)
    expect(chat.stdout()).not.toMatch(CONTROLS)
    expect(chat.stdout()).toContain('␛]8;;https://evil.example')
    expect(chat.stderr()).not.toMatch(CONTROLS)
    chat.type('/quit\n')
    await chat.ended()
  })

  it('reaches no terminal by the full screen: what is there is ours', async () => {
    const home = await open()
    const words = ['chat', '--as', 'esc-full', '--url', server.url]
    const terminal = await openPseudoTerminal({ folder: home.folder, words, columns: 160, rows: 60 })
    closing.push(() => terminal.close())
    await terminal.shows(/␛\]52;c;cHduZWQ=␇/)
    await terminal.shows(/<U\+202E>gpj\.exe/)
    const written = terminal.raw()
    for (const [what, text] of Object.entries(SEQUENCES)) expect([what, written.includes(text)]).toEqual([what, false])
    // Of all that begins with ESC, nothing but cursor, colours, modes: no strings, no questions, no resets.
    expect(written.replaceAll('\u001b', '⎋')).not.toMatch(/⎋[\]P_^XcN()]|⎋\[[0-9;]*[cnt]/)
    expect([...written].filter(character => character >= '\u0080' && character <= '\u009f')).toEqual([])
    terminal.type('/quit\r')
    await terminal.ended()
  })
})

describe('a server that means ill', () => {
  let hostile: Server
  let url: string
  let answer: object
  beforeAll(async () => {
    hostile = createServer((request, response) => {
      request.resume()
      response.writeHead(200, { 'content-type': 'application/json' })
      response.end(JSON.stringify(answer))
    })
    await new Promise<void>(resolve => hostile.listen(0, '127.0.0.1', resolve))
    url = `http://127.0.0.1:${(hostile.address() as AddressInfo).port}`
  })
  afterAll(() => {
    hostile.closeAllConnections()
    hostile.close()
  })

  const EVIL = '\u001b]0;pwned\u0007\u001b]52;c;cHduZWQ=\u0007\u009b2J\r'

  it.each([
    ['by a code that nobody knows', { errors: [{ message: EVIL, extensions: { code: 'SOMETHING_NEW' } }] }],
    ['by a code of its own making', { errors: [{ message: 'x', extensions: { code: EVIL } }] }],
    ['by the rule that a name breaks', { errors: [{ message: EVIL, extensions: { code: 'USERNAME_INVALID' } }] }],
  ])('reaches no terminal %s', async (_, said) => {
    answer = said
    const home = await open(url)
    const { code, stdout, stderr } = await home.done(['send', 'oi', '--as', 'esc-hostile'])
    expect(code).not.toBe(0)
    expect(stderr).not.toBe('')
    expect(stdout + stderr).not.toMatch(CONTROLS)
  })

  it('reaches no terminal by what it says of a message that it refuses', () => {
    for (const code of ['SOMETHING_NEW', 'USERNAME_INVALID']) {
      const sentence = sentenceOf(new RecadoError(code, { message: EVIL }), textsFor('en'))
      expect(sentence).not.toMatch(CONTROLS)
      expect(sentence).toContain('␛]0;pwned␇')
    }
  })
})
