// A WebSocket spoken by hand over TCP, able to send any bytes, right or wrong: for what no client library would send.
// It reads frames as RFC 6455 section 5.2 draws them, and judges nothing.
import { randomBytes } from 'node:crypto'
import { connect, type Socket } from 'node:net'
import { type Frame, type FrameParts, frame, OPCODE } from '../../audit/wire/frame.ts'
import { keepSecretsIn } from './gathered-logs.ts'
import { within } from './until.ts'

/** How a connection ended: the close frame's code and reason, or `code` null when there was none. */
export interface Ending {
  readonly code: number | null
  readonly reason: string
}

export interface RawSocket {
  /** The status line and headers of the server's answer to the upgrade. */
  readonly status: number
  readonly headers: ReadonlyMap<string, string>
  /** Everything of the answer after the headers, when it was no upgrade. */
  body(): Promise<string>
  /** Sends exactly these bytes. */
  write(bytes: Buffer): void
  sendFrame(parts: FrameParts): void
  /** Sends a value as one text frame of JSON, a string as it is. */
  send(message: unknown): void
  /** The next text message, parsed. Pings and pongs are left out. Rejects when the connection ends first. */
  receive(deadlineMs?: number): Promise<Received>
  /** The next frame of any kind. */
  receiveFrame(deadlineMs?: number): Promise<Frame>
  /** Resolves when the server has ended the connection. */
  ended(deadlineMs?: number): Promise<Ending>
  /** Stops and starts reading from the network: a reader that takes nothing. */
  pause(): void
  resume(): void
  /** Cuts the connection without a word. */
  destroy(): void
}

export interface Received {
  readonly type: string
  readonly id?: string
  // biome-ignore lint/suspicious/noExplicitAny: a test reads whatever its document selects
  readonly payload?: any
}

export interface RawSocketOptions {
  /** Subprotocol to offer; null: none. Default `graphql-transport-ws`. */
  readonly protocol?: string | null
  readonly headers?: Record<string, string>
  /** Appended to the path. */
  readonly query?: string
  /** In place of the whole request. */
  readonly request?: string
  /** How long the answer may take. Default 10 s. */
  readonly answerMs?: number
}

/** Opens a TCP connection and asks for the upgrade; resolves with the answer, whatever it is. */
export async function openRawSocket(url: string, options: RawSocketOptions = {}): Promise<RawSocket> {
  const { hostname, port, host, pathname } = new URL(url)
  const { protocol = 'graphql-transport-ws', headers = {}, query = '' } = options
  keepSecretsIn(headers)
  const socket = connect(Number(port), hostname)
  const reader = createReader(socket)
  const lines = [
    `GET ${pathname}${query} HTTP/1.1`,
    `Host: ${host}`,
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}`,
    ...(protocol === null ? [] : [`Sec-WebSocket-Protocol: ${protocol}`]),
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
  ]
  socket.write(options.request ?? `${lines.join('\r\n')}\r\n\r\n`)
  const head = await within('an answer to the upgrade', reader.head(), options.answerMs)
  const [statusLine = '', ...rest] = head.split('\r\n')
  const status = Number(statusLine.split(' ')[1] ?? 0)
  const answered = new Map(
    rest.map(line => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]),
  )

  async function receiveFrame(deadlineMs?: number): Promise<Frame> {
    return within('a frame', reader.frame(), deadlineMs)
  }

  return {
    status,
    headers: answered,
    body: () => within('the end of the answer', reader.rest()),
    write: bytes => void socket.write(bytes),
    sendFrame: parts => void socket.write(frame(parts)),
    send(message) {
      keepSecretsIn(message)
      const text = typeof message === 'string' ? message : JSON.stringify(message)
      socket.write(frame({ opcode: OPCODE.text, payload: text }))
    },
    async receive(deadlineMs) {
      for (;;) {
        const { opcode, payload } = await receiveFrame(deadlineMs)
        if (opcode === OPCODE.text) return JSON.parse(payload.toString()) as Received
        if (opcode === OPCODE.close) throw new Error(`closed: ${JSON.stringify(ending(payload))}`)
      }
    },
    receiveFrame,
    async ended(deadlineMs) {
      const end = async (): Promise<Ending> => {
        for (;;) {
          const next = await reader.frame().catch(() => null)
          if (!next) return { code: null, reason: '' }
          if (next.opcode !== OPCODE.close) continue
          // As RFC 6455 asks of whoever is told to close.
          socket.write(frame({ opcode: OPCODE.close, payload: next.payload.subarray(0, 2) }))
          await reader.rest()
          return ending(next.payload)
        }
      }
      return within('the end of the connection', end(), deadlineMs)
    },
    pause: () => void socket.pause(),
    resume: () => void socket.resume(),
    destroy: () => void socket.destroy(),
  }
}

function ending(payload: Buffer): Ending {
  if (payload.length < 2) return { code: 1005, reason: '' }
  return { code: payload.readUInt16BE(0), reason: payload.subarray(2).toString() }
}

function createReader(socket: Socket) {
  let buffer = Buffer.alloc(0)
  let over = false
  let wake: (() => void) | null = null
  const changed = (): void => {
    wake?.()
    wake = null
  }
  socket.on('data', chunk => {
    buffer = Buffer.concat([buffer, chunk])
    changed()
  })
  // A reset by the server is one way to end.
  socket.on('error', () => {})
  socket.on('end', () => socket.end())
  socket.on('close', () => {
    over = true
    changed()
  })

  async function more(): Promise<void> {
    if (over) throw new Error('the connection has ended')
    await new Promise<void>(resolve => {
      wake = resolve
    })
  }

  async function take(length: number): Promise<Buffer> {
    while (buffer.length < length) await more()
    const taken = buffer.subarray(0, length)
    buffer = buffer.subarray(length)
    return taken
  }

  return {
    async head(): Promise<string> {
      for (;;) {
        const end = buffer.indexOf('\r\n\r\n')
        if (end >= 0) return (await take(end + 4)).toString('latin1').trimEnd()
        await more()
      }
    },
    async frame(): Promise<Frame> {
      const [first = 0, second = 0] = await take(2)
      let length = second & 127
      if (length === 126) length = (await take(2)).readUInt16BE()
      else if (length === 127) length = Number((await take(8)).readBigUInt64BE())
      return { fin: (first & 0x80) !== 0, opcode: first & 15, payload: Buffer.from(await take(length)) }
    },
    async rest(): Promise<string> {
      while (!over) await more().catch(() => {})
      const rest = buffer.toString()
      buffer = Buffer.alloc(0)
      return rest
    },
  }
}
