// One WebSocket connection to Recado, byte by byte: starts a server on a free port, speaks to it over a bare TCP socket,
// and shows what went over the wire with a note beside each frame. Nothing but node:net reads or writes these bytes.
//   npm run capture                   # in Portuguese; `-- --en` in English
//   npm run capture -- --write        # puts it into docs/pt-BR/websockets.md and docs/en/websockets.md
import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startServer } from '../server/main.ts'

export type Language = 'pt' | 'en'

/** The steps, in order. */
export const STEPS = [
  'upgrade',
  'accept',
  'init',
  'ack',
  'subscribe',
  'next',
  'ping',
  'pong',
  'close',
  'closed',
] as const
export type StepName = (typeof STEPS)[number]

export interface Step {
  readonly name: StepName
  readonly from: 'client' | 'server'
  /** Exactly what went over the wire: an HTTP head, or one frame. */
  readonly bytes: Buffer
}

/**
 * The key and the mask of the examples in RFC 6455 (1.3 and 5.7), so that a reader finds the same bytes there, and each
 * capture the same bytes as the last. A real client draws both at random: the mask for each frame.
 */
const KEY = 'dGhlIHNhbXBsZSBub25jZQ=='
const MASK = Buffer.from([0x37, 0xfa, 0x21, 0x3d])
const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'

const QUERY = 'subscription Recados { onMessage { text from { username } to { username } } }'

/** Opens a server, holds the conversation, and closes the server. */
export async function capture(): Promise<readonly Step[]> {
  const folder = mkdtempSync(join(tmpdir(), 'recado-capture-'))
  const server = await startServer({ PORT: '0', LOG_LEVEL: 'silent', DRAIN_SECONDS: '0', DATA_DIR: folder })
  try {
    return await converse(server.url)
  } finally {
    await server.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

async function converse(url: string): Promise<Step[]> {
  const ana = await enter(url, 'ana')
  const joao = await enter(url, 'joao')
  const { port, host } = new URL(url)
  const socket = connect(Number(port), '127.0.0.1')
  const reader = createReader(socket)
  const steps: Step[] = []
  const send = (name: StepName, bytes: Buffer): void => {
    socket.write(bytes)
    steps.push({ name, from: 'client', bytes })
  }
  const receive = async (name: StepName): Promise<Buffer> => {
    const bytes = await reader.frame()
    steps.push({ name, from: 'server', bytes })
    return bytes
  }

  send(
    'upgrade',
    Buffer.from(
      [
        'GET /graphql HTTP/1.1',
        `Host: ${host}`,
        'Connection: Upgrade',
        'Upgrade: websocket',
        'Sec-WebSocket-Version: 13',
        `Sec-WebSocket-Key: ${KEY}`,
        'Sec-WebSocket-Protocol: graphql-transport-ws',
        '\r\n',
      ].join('\r\n'),
    ),
  )
  steps.push({ name: 'accept', from: 'server', bytes: await reader.head() })
  send('init', frame(1, JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${joao}` } })))
  await receive('ack')
  send('subscribe', frame(1, JSON.stringify({ id: '1', type: 'subscribe', payload: { query: QUERY } })))
  // An answer to a later message says that the subscription has been read (FEED-3); it is not part of what is shown.
  socket.write(frame(1, '{"type":"ping"}'))
  await reader.frame()
  await ask(url, 'mutation { sendMessage(text: "olá!") { id } }', ana)
  await receive('next')
  send('ping', frame(9, 'oi'))
  await receive('pong')
  send('close', frame(8, Buffer.from([0x03, 0xe8])))
  await receive('closed')
  socket.destroy()
  return steps
}

async function ask(url: string, query: string, token?: string) {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(token ? { authorization: `Bearer ${token}` } : {}) },
    body: JSON.stringify({ query }),
  })
  const { data, errors } = (await response.json()) as { data: Record<string, { token: string }>; errors?: unknown }
  if (errors) throw new Error(JSON.stringify(errors))
  return data
}

async function enter(url: string, name: string): Promise<string> {
  return String((await ask(url, `mutation { enter(username: "${name}") { token } }`)).enter?.token)
}

/** One masked frame of a client, its length in one byte or in two more. */
function frame(opcode: number, payload: string | Buffer): Buffer {
  const body = Buffer.from(payload)
  const head = body.length < 126 ? [0x80 | body.length] : [0x80 | 126, body.length >> 8, body.length & 0xff]
  return Buffer.concat([
    Buffer.from([0x80 | opcode, ...head]),
    MASK,
    body.map((byte, index) => byte ^ (MASK[index % 4] ?? 0)),
  ])
}

function createReader(socket: Socket) {
  let buffer = Buffer.alloc(0)
  let over = false
  let wake = (): void => {}
  socket.on('data', chunk => {
    buffer = Buffer.concat([buffer, chunk])
    wake()
  })
  socket.on('error', () => {})
  socket.on('close', () => {
    over = true
    wake()
  })

  /** @param lengthOf what is wanted, as far as it can be told yet; 0: not yet */
  async function take(lengthOf: () => number): Promise<Buffer> {
    for (;;) {
      const length = lengthOf()
      if (length > 0 && buffer.length >= length) {
        const taken = buffer.subarray(0, length)
        buffer = buffer.subarray(length)
        return taken
      }
      if (over) throw new Error('the server has closed the connection')
      await new Promise<void>(resolve => {
        wake = resolve
      })
    }
  }

  return {
    head: () => take(() => (buffer.includes('\r\n\r\n') ? buffer.indexOf('\r\n\r\n') + 4 : 0)),
    frame: () =>
      take(() => {
        if (buffer.length < 2) return 0
        const short = (buffer[1] ?? 0) & 127
        if (short < 126) return 2 + short
        return buffer.length < 4 ? 0 : 4 + buffer.readUInt16BE(2)
      }),
  }
}

export interface Frame {
  readonly opcode: number
  /** Of what comes before the payload, the mask included. */
  readonly head: Buffer
  readonly mask: Buffer | null
  /** Unmasked. */
  readonly payload: Buffer
}

/** A frame taken apart again, from nothing but its bytes. */
export function parse(bytes: Buffer): Frame {
  const [first = 0, second = 0] = bytes
  const wide = (second & 127) === 126
  const masked = (second & 128) !== 0
  const start = (wide ? 4 : 2) + (masked ? 4 : 0)
  const mask = masked ? bytes.subarray(start - 4, start) : null
  const payload = bytes.subarray(start).map((byte, index) => byte ^ (mask?.[index % 4] ?? 0))
  return { opcode: first & 15, head: bytes.subarray(0, start), mask, payload: Buffer.from(payload) }
}

const NAMES: Readonly<Record<StepName, { readonly pt: string; readonly en: string }>> = {
  upgrade: { pt: 'o pedido de troca, em HTTP', en: 'the request to switch, in HTTP' },
  accept: { pt: 'a resposta: daqui em diante, quadros', en: 'the answer: from here on, frames' },
  init: { pt: 'connection_init: quem é', en: 'connection_init: who it is' },
  ack: { pt: 'connection_ack: aceito', en: 'connection_ack: accepted' },
  subscribe: { pt: 'subscribe: o que quer receber', en: 'subscribe: what it wants to receive' },
  next: { pt: 'next: uma mensagem, sem ninguém ter pedido agora', en: 'next: a message, nobody having asked just now' },
  ping: { pt: 'ping: você está aí?', en: 'ping: are you there?' },
  pong: { pt: 'pong, com o mesmo conteúdo', en: 'pong, with the same payload' },
  close: { pt: 'close: até logo', en: 'close: goodbye' },
  closed: { pt: 'close: até logo. Depois dele, o TCP é fechado', en: 'close: goodbye. After it, TCP is closed' },
}

const WORDS = {
  pt: {
    client: 'cliente → servidor',
    server: 'servidor → cliente',
    bytes: 'bytes',
    opcodes: { 1: 'texto', 8: 'fechar', 9: 'ping', 10: 'pong' } as Record<number, string>,
    last: 'último quadro da mensagem',
    length: (n: number) => `tamanho ${n}`,
    wide: (n: number) => `tamanho ${n}: 126 diz que ele vem nos dois bytes seguintes`,
    masked: 'com máscara',
    plain: 'sem máscara',
    mask: 'a máscara',
    payload: 'conteúdo, como vai no fio',
    more: (n: number) => `… e mais ${n}`,
    content: 'conteúdo',
    code: (n: number) => `código ${n}`,
    accept: (proof: string) => `base64(SHA-1(chave + GUID da RFC)) = ${proof}`,
  },
  en: {
    client: 'client → server',
    server: 'server → client',
    bytes: 'bytes',
    opcodes: { 1: 'text', 8: 'close', 9: 'ping', 10: 'pong' } as Record<number, string>,
    last: 'last frame of the message',
    length: (n: number) => `length ${n}`,
    wide: (n: number) => `length ${n}: 126 says that it comes in the next two bytes`,
    masked: 'masked',
    plain: 'not masked',
    mask: 'the mask',
    payload: 'payload, as on the wire',
    more: (n: number) => `… and ${n} more`,
    content: 'payload',
    code: (n: number) => `code ${n}`,
    accept: (proof: string) => `base64(SHA-1(key + the RFC's GUID)) = ${proof}`,
  },
} as const

/** Bytes of a payload that are shown as they went over the wire. */
const SHOWN = 12
const COLUMN = 38

/**
 * @param hide replaces what differs from run to run (port, token) by words in capitals, as the pages have it
 */
export function show(steps: readonly Step[], language: Language, hide = false): string {
  const words = WORDS[language]
  const secret = (text: string): string =>
    hide ? text.replace(/Bearer [\w-]+/, 'Bearer TOKEN').replace(/127\.0\.0\.1:\d+/, '127.0.0.1:4000') : text
  return steps
    .map(({ name, from, bytes }, index) => {
      const length = hide && (name === 'upgrade' || name === 'accept') ? '' : ` (${bytes.length} ${words.bytes})`
      const title = `${index + 1}. ${words[from]}: ${NAMES[name][language]}${length}`
      if (name === 'upgrade') return [title, ...indent(secret(bytes.toString()).trimEnd())].join('\n')
      if (name === 'accept') {
        const proof = createHash('sha1').update(`${KEY}${GUID}`).digest('base64')
        return [title, ...indent(bytes.toString().trimEnd()), '', `   ${words.accept(proof)}`].join('\n')
      }
      return [title, ...showFrame(bytes, language, secret)].join('\n')
    })
    .join('\n\n')
}

function showFrame(bytes: Buffer, language: Language, secret: (text: string) => string): string[] {
  const words = WORDS[language]
  const { opcode, head, mask, payload } = parse(bytes)
  const lengthBytes = head.subarray(1, head.length - (mask ? 4 : 0))
  const masking = mask ? words.masked : words.plain
  const length = lengthBytes.length > 1 ? words.wide(payload.length) : words.length(payload.length)
  const raw = bytes.subarray(head.length)
  const lines = [
    row(head.subarray(0, 1), `${words.opcodes[opcode]}, ${words.last}`),
    row(lengthBytes, `${masking}, ${length}`),
  ]
  if (mask) lines.push(row(mask, words.mask))
  if (raw.length > 0) {
    const more = raw.length > SHOWN ? `, ${words.more(raw.length - SHOWN)}` : ''
    lines.push(row(raw.subarray(0, SHOWN), `${words.payload}${more}`))
  }
  const text = opcode === 8 ? words.code(payload.readUInt16BE(0)) : secret(payload.toString())
  return [...lines, `   ${words.content}: ${text}`]
}

function row(bytes: Buffer, note: string): string {
  const hex = [...bytes].map(byte => byte.toString(16).padStart(2, '0')).join(' ')
  return `   ${hex.padEnd(COLUMN)} ${note}`
}

function indent(text: string): string[] {
  return text.split('\r\n').map(line => `   ${line}`)
}

const PAGES: Readonly<Record<Language, URL>> = {
  pt: new URL('pt-BR/websockets.md', import.meta.url),
  en: new URL('en/websockets.md', import.meta.url),
}

const BLOCK = /<!-- capture -->\n```text\n([\s\S]*?)\n?```\n<!-- \/capture -->/

/** What the page shows. */
export function captureOfPage(language: Language): string {
  return BLOCK.exec(readFileSync(PAGES[language], 'utf8'))?.[1] ?? ''
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const steps = await capture()
  console.log(show(steps, process.argv.includes('--en') ? 'en' : 'pt'))
  if (process.argv.includes('--write')) {
    for (const language of ['pt', 'en'] as const) {
      const page = readFileSync(PAGES[language], 'utf8')
      const block = `<!-- capture -->\n\`\`\`text\n${show(steps, language, true)}\n\`\`\`\n<!-- /capture -->`
      writeFileSync(
        PAGES[language],
        page.replace(BLOCK, () => block),
      )
    }
  }
}
