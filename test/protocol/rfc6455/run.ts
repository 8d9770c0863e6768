// Runs the cases against a server, and sums them up as the table of docs/pt-BR/autobahn.md and docs/en/autobahn.md.
//   npm run rfc6455                # against a server of its own; each case on a line, then the table
//   npm run rfc6455 -- ws://…      # against another one that speaks graphql-transport-ws
//   npm run rfc6455 -- --write     # puts the tables into the pages
import { readFileSync, writeFileSync } from 'node:fs'
import { setImmediate } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { type Frame, OPCODE } from '../../../audit/wire/frame.ts'
import { openRawSocket } from '../../setup/raw-socket.ts'
import { startTestServer } from '../../setup/server.ts'
import { CASES, type Case, type Kind, type Reason } from './cases.ts'

/** What came, in the words of `Case.expected`; `end` is the answer to a last control ping, or that nobody is there. */
export async function runCase(url: string, { writes, expected, echoes }: Case): Promise<readonly string[]> {
  const socket = await openRawSocket(url)
  if (socket.status !== 101) throw new Error(`upgrade: ${socket.status}`)
  try {
    for (const bytes of writes) {
      socket.write(bytes)
      // Node may still join writes; the server's parser must not care.
      await setImmediate()
    }
    const came: string[] = []
    const left = [...echoes]
    while (came.length < expected.length) {
      const frame = await socket.receiveFrame(30_000).catch(() => null)
      if (frame === null) return [...came, 'gone']
      came.push(describe(frame, left))
      if (frame.opcode === OPCODE.close) {
        socket.sendFrame({ opcode: OPCODE.close, payload: frame.payload.subarray(0, 2) })
        return [...came, ...(await rest(socket, left))]
      }
    }
    socket.sendFrame({ opcode: OPCODE.ping, payload: 'end' })
    const last = await socket.receiveFrame(30_000).catch(() => null)
    const isEnd = last?.opcode === OPCODE.pong && last.payload.toString() === 'end'
    return isEnd ? came : [...came, last === null ? 'gone' : describe(last, left)]
  } finally {
    socket.destroy()
  }
}

/** Nothing may come after a close. */
async function rest(socket: Awaited<ReturnType<typeof openRawSocket>>, left: string[]): Promise<string[]> {
  const frame = await socket.receiveFrame(30_000).catch(() => null)
  return frame === null ? [] : [describe(frame, left)]
}

function describe({ opcode, payload }: Frame, left: string[]): string {
  if (opcode === OPCODE.close) return `close ${payload.length < 2 ? 1005 : payload.readUInt16BE(0)}`
  if (opcode === OPCODE.pong) return `pong ${payload.toString('hex')}`
  if (opcode !== OPCODE.text) return `opcode ${opcode}`
  const answer = JSON.parse(payload.toString()) as { type: string; payload?: { x?: string } }
  const x = left.shift()
  return answer.type === 'pong' && answer.payload?.x === x ? 'echo' : payload.toString().slice(0, 100)
}

interface Group {
  readonly numbers: string
  readonly has: RegExp
  readonly section: string
  readonly pt: string
  readonly en: string
}

/** By Autobahn's own grouping; the sections are those of RFC 6455. */
export const GROUPS_OF_CASES: readonly Group[] = [
  {
    numbers: '1.1',
    has: /^1\.1\./,
    section: '5.2, 5.6',
    pt: 'textos de 0 a 65.536 bytes',
    en: 'texts of 0 to 65,536 bytes',
  },
  {
    numbers: '1.2',
    has: /^1\.2\./,
    section: '5.2, 5.6',
    pt: 'os mesmos tamanhos em binário',
    en: 'the same sizes as binary',
  },
  { numbers: '2', has: /^2\./, section: '5.5.2, 5.5.3', pt: 'ping e pong', en: 'ping and pong' },
  { numbers: '3', has: /^3\./, section: '5.2', pt: 'bits reservados', en: 'reserved bits' },
  {
    numbers: '4.1',
    has: /^4\.1\./,
    section: '5.2, 11.8',
    pt: 'opcodes de dados que não existem',
    en: 'data opcodes that do not exist',
  },
  {
    numbers: '4.2',
    has: /^4\.2\./,
    section: '5.2, 11.8',
    pt: 'opcodes de controle que não existem',
    en: 'control opcodes that do not exist',
  },
  { numbers: '5', has: /^5\./, section: '5.4, 5.5', pt: 'fragmentos', en: 'fragments' },
  {
    numbers: '6.1 – 6.2',
    has: /^6\.[12]\./,
    section: '5.4, 5.6',
    pt: 'textos vazios, textos em UTF-8',
    en: 'empty texts, texts in UTF-8',
  },
  {
    numbers: '6.3 – 6.4',
    has: /^6\.[34]\./,
    section: '8.1',
    pt: 'UTF-8 inválido em fragmentos',
    en: 'invalid UTF-8 in fragments',
  },
  {
    numbers: '6.5 – 6.23',
    has: /^6\.([5-9]|1\d|2\d)\./,
    section: '8.1',
    pt: 'sequências válidas e inválidas de UTF-8',
    en: 'valid and invalid sequences of UTF-8',
  },
  {
    numbers: '7.1',
    has: /^7\.1\./,
    section: '5.5.1, 7.1',
    pt: 'o que vem com o close e depois dele',
    en: 'what comes with the close and after it',
  },
  {
    numbers: '7.3 – 7.5',
    has: /^7\.[35]\./,
    section: '5.5.1, 8.1',
    pt: 'o conteúdo do close',
    en: 'the payload of the close',
  },
  { numbers: '7.7', has: /^7\.7\./, section: '7.4', pt: 'códigos de close válidos', en: 'valid close codes' },
  {
    numbers: '7.9, 7.13',
    has: /^7\.(9|13)\./,
    section: '7.4',
    pt: 'códigos de close inválidos',
    en: 'invalid close codes',
  },
  { numbers: '9.1 – 9.5', has: /^9\.[1-5]\./, section: '10.4', pt: 'mensagens grandes', en: 'large messages' },
  { numbers: '9.7', has: /^9\.7\./, section: '5.2', pt: 'mil mensagens seguidas', en: 'a thousand messages in a row' },
  {
    numbers: '10',
    has: /^10\./,
    section: '5.4',
    pt: '65.536 bytes em fragmentos de 1.300',
    en: '65,536 bytes in fragments of 1,300',
  },
]

export const REASONS: Readonly<Record<Reason, { readonly pt: string; readonly en: string }>> = {
  'no-empty': {
    pt: 'uma mensagem vazia não é uma mensagem do graphql-transport-ws: `4400` (SOCK-5)',
    en: 'an empty message is no message of graphql-transport-ws: `4400` (SOCK-5)',
  },
  'no-binary': { pt: 'binário é recusado: `1003` (SOCK-9)', en: 'binary is refused: `1003` (SOCK-9)' },
  size: {
    pt: 'mais de 65.536 bytes é `1009`, e mais de 64 fragmentos, `1008` (SOCK-9, CLOSE-1)',
    en: 'more than 65,536 bytes is `1009`, and more than 64 fragments is `1008` (SOCK-9, CLOSE-1)',
  },
  json: {
    pt: 'o UTF-8 é aceito, mas o JSON não admite um caractere de controle cru: `4400`',
    en: 'the UTF-8 is taken, but JSON has no bare control character: `4400`',
  },
  late: {
    pt: 'a recusa (`1007`) vem no fim da mensagem, e não no primeiro byte errado; o Autobahn chama isso de “non-strict”',
    en: 'the refusal (`1007`) comes at the end of the message, not at the first wrong byte; Autobahn calls that “non-strict”',
  },
}

const HEADS = {
  pt: '| Autobahn | RFC 6455 | o que se testa | casos | como o Autobahn espera | “non-strict” | do jeito do Recado |',
  en: '| Autobahn | RFC 6455 | what is tested | cases | as Autobahn expects | “non-strict” | Recado’s own way |',
} as const

/** @param cases those whose outcome was as expected */
export function rfc6455Table(cases: readonly Case[], language: 'pt' | 'en'): string {
  const count = (of: readonly Case[], kind: Kind): string => String(of.filter(each => each.kind === kind).length || '–')
  const line = (cells: readonly string[], of: readonly Case[]): string =>
    `| ${[...cells, String(of.length), count(of, 'pass'), count(of, 'non-strict'), count(of, 'own')].join(' | ')} |`
  const reasons = (Object.keys(REASONS) as Reason[]).map(reason => {
    const numbers = cases.filter(({ why }) => why === reason).map(({ id }) => id)
    return `- ${REASONS[reason][language]}: ${numbers.join(', ')}.`
  })
  return [
    HEADS[language],
    '| --- | --- | --- | --: | --: | --: | --: |',
    ...GROUPS_OF_CASES.map(group =>
      line(
        [group.numbers, group.section, group[language]],
        cases.filter(({ id }) => group.has.test(id)),
      ),
    ),
    line(['', '', language === 'pt' ? '**todos**' : '**all**'], cases),
    '',
    ...reasons,
  ].join('\n')
}

const PAGES = {
  pt: new URL('../../../docs/pt-BR/autobahn.md', import.meta.url),
  en: new URL('../../../docs/en/autobahn.md', import.meta.url),
} as const

/** What the page has. */
export function rfc6455TableOfPage(language: 'pt' | 'en'): string {
  const page = readFileSync(PAGES[language], 'utf8')
  return /<!-- cases -->\n([\s\S]*?)\n<!-- \/cases -->/.exec(page)?.[1] ?? ''
}

async function main(words: readonly string[]): Promise<void> {
  const given = words.find(word => /^wss?:/.test(word))
  const server = given === undefined ? await startTestServer() : null
  const as: Case[] = []
  try {
    for (const each of CASES) {
      const came = await runCase(given ?? server?.socket ?? '', each)
      const good = came.join() === each.expected.join()
      if (good) as.push(each)
      const shown = good ? `${each.kind}${each.why ? ` (${each.why})` : ''}` : `FAILED: ${came.slice(0, 5).join(', ')}`
      console.log(`${each.id.padEnd(8)} ${shown}`)
    }
  } finally {
    await server?.close()
  }
  console.log(`\n${rfc6455Table(as, 'en')}\n\n${as.length} of ${CASES.length}`)
  if (as.length < CASES.length) process.exitCode = 1
  else if (words.includes('--write')) {
    for (const language of ['pt', 'en'] as const) {
      const block = `<!-- cases -->\n${rfc6455Table(as, language)}\n<!-- /cases -->`
      const page = readFileSync(PAGES[language], 'utf8')
      writeFileSync(
        PAGES[language],
        page.replace(/<!-- cases -->[\s\S]*?<!-- \/cases -->/, () => block),
      )
    }
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main(process.argv.slice(2))
