// What `recado chat` writes can be read on light and dark grounds. It does not know which one a terminal has, nor what that
// terminal makes of the sixteen colours, so each pair that it writes has to do in all of them. The measure is WCAG's ratio,
// and 3:1 the least: what WCAG asks of large text and of everything that is more than decoration, and as much as a colour can
// have both on black and on white with some room (the best there is, of one colour on both, is 4.58:1). Texts of people have
// the terminal's own colour, which is that of every other program.
import { styleText } from 'node:util'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { nameStyle } from '../../client/terminal/format.ts'
import { startTestServer, type TestServer } from '../setup/server.ts'
import { startTcpProxy } from '../setup/tcp-proxy.ts'
import { contrastsOf, type Ink, inksOf } from './palettes.ts'
import { peopleAt } from './people.ts'
import { openPseudoTerminal, type PseudoTerminal } from './pseudo-terminal.ts'

const LEAST = 3

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.close())

const { person, send, closeLater } = peopleAt(() => server.url)

async function chat(words: readonly string[], url: string): Promise<PseudoTerminal> {
  const home = await person()
  const terminal = await openPseudoTerminal({ folder: home.folder, words: ['chat', ...words, '--url', url] })
  closeLater(() => terminal.close())
  return terminal
}

/** What of it is below the least, with where. */
const tooFaint = (inks: readonly Ink[]) =>
  inks.flatMap(ink =>
    Object.entries(contrastsOf(ink)).flatMap(([where, contrast]) =>
      contrast < LEAST ? [{ ...ink, where, contrast: Number(contrast.toFixed(2)) }] : [],
    ),
  )

/** Names have one of a few looks, by account: all of them, whoever is here today. */
const NAMES = ['a', 'b', 'c', 'd', 'e', 'f']
  .map(id => styleText(nameStyle(id), 'name', { validateStream: false }))
  .join('')

it('every kind of line of the screen is readable in every usual palette, on black and on white', async () => {
  const relay = await startTcpProxy({ port: Number(new URL(server.url).port) })
  closeLater(() => relay.close())
  const bob = await person()
  await send(bob, 'ink-bob', 'de outra pessoa')
  const ana = await chat(['--as', 'ink-ana'], `http://127.0.0.1:${relay.port}`)
  await ana.shows(/ink-bob {2}de outra pessoa/)
  await ana.shows(/● live/)
  ana.type('minha\r')
  await ana.shows(/ink-ana {2}minha ✓/)
  ana.type('/edit minha, corrigida\r')
  await ana.shows(/minha, corrigida \(edited\) ✓/)
  await send(bob, 'ink-bob', 'oi @ink-ana')
  await ana.shows(/oi @ink-ana/)
  ana.type('/reply resposta\r')
  await ana.shows(/↳ ink-bob: oi @ink-ana/)
  ana.type('/delete\r')
  await ana.shows(/message deleted/)
  ana.type('/reply\r')
  await ana.shows(/Answering ink-bob/)
  ana.type('\u001b')
  await ana.lacks(/Answering/)
  await send(bob, 'ink-bob', 'em segredo', '--to', 'ink-ana')
  await ana.shows(/ink-bob +\(1\)[\s\S]*1 unread elsewhere/)
  // The row of the open conversation is the selection.
  ana.type('/msg ink-bob\r')
  await ana.shows(/New messages[\s\S]*ink-bob {2}em segredo/)
  ana.type('/help\r')
  await ana.shows(/to joao alone/)
  ana.type('/mgs ink-bob x\r')
  await ana.shows(/not sent: \/mgs ink-bob x/)
  ana.type('\u0015/e\t')
  await ana.shows(/\[\/edit\] {2}\/end/)
  ana.type('\u0015')
  relay.judge = () => 'cut'
  relay.cutAll()
  await ana.shows(/✗ reconnecting/)
  ana.type('espera\r')
  await ana.shows(/… +espera/)
  relay.judge = () => 'pass'
  await ana.shows(/Back, \d+ recovered/)

  const plain = await chat(['--plain', '--as', 'ink-eva'], server.url)
  await plain.shows(/You are ink-eva[\s\S]*ink-bob: oi @ink-ana/)
  plain.type('/msg ink-bob oi\r')
  await plain.shows(/ink-eva → ink-bob \(private\): oi/)

  const inks = inksOf(ana.raw() + plain.raw() + NAMES)
  // The terminal's own, bold, inverse, and at least two colours: it was looked at what is there.
  expect(inks.length).toBeGreaterThanOrEqual(4)
  expect(new Set(inks.map(({ text }) => text)).size).toBeGreaterThanOrEqual(3)
  expect(tooFaint(inks)).toEqual([])
})

it('the measure can fail: of the sixteen, two colours do everywhere, and what is dim does not', () => {
  const ink: Ink = { text: null, ground: null, isBold: false, isDim: false }
  const good = Array.from({ length: 16 }, (_, text) => text).filter(text => tooFaint([{ ...ink, text }]).length === 0)
  expect(good).toEqual([5, 9])
  expect(tooFaint([ink])).toEqual([])
  expect(tooFaint([{ ...ink, text: 2 }])).toEqual(
    expect.arrayContaining([expect.objectContaining({ where: 'xterm on white', contrast: 2.16 })]),
  )
  expect(tooFaint([{ ...ink, isDim: true }])).not.toEqual([])
  expect(inksOf('\u001b[1;32mlive\u001b[0m \u001b[7mhere\u001b[27m\u001b[2m──\u001b[22m')).toEqual([
    { ...ink, text: 2, isBold: true },
    ink,
  ])
})
