// A TCP (or TLS) connection that says exactly what it is told, and reads HTTP heads and WebSocket frames without judging.
import { randomBytes } from 'node:crypto'
import { connect, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { Failed } from '../audit.ts'
import { within } from '../check.ts'
import { type Frame, frame, OPCODE } from './frame.ts'

/** How a WebSocket ended: the close frame's code and reason; `code` null when there was none. */
export interface Ending {
  readonly code: number | null
  readonly reason: string
}

export interface Raw {
  /** Of the answer to the request or the upgrade. */
  readonly status: number
  /** By names in lower case. */
  readonly headers: ReadonlyMap<string, string>
  write(bytes: Buffer): void
  /** The next frame. @throws Failed when none comes in time or the connection ends */
  frame(ms: number): Promise<Frame>
  /** Reads to the close frame or the end of the connection. */
  ended(ms: number): Promise<Ending>
  /** Stops reading from the network. */
  pause(): void
  resume(): void
  /** Cuts it without a word. */
  destroy(): void
}

export interface UpgradeOptions {
  /** Subprotocols to offer; null: none. Default `graphql-transport-ws`. */
  readonly protocol?: string | null
  readonly headers?: Readonly<Record<string, string>>
  /** Appended to the path. */
  readonly query?: string
}

/** The lines that ask for a WebSocket. */
export function upgradeRequest({ pathname, host }: URL, options: UpgradeOptions = {}): string {
  const { protocol = 'graphql-transport-ws', headers = {}, query = '' } = options
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
  return `${lines.join('\r\n')}\r\n\r\n`
}

/**
 * Sends a request as it is, and resolves with the head of the answer.
 * @param ms how long the answer may take
 */
export async function openRaw(url: URL, request: string, ms: number): Promise<Raw> {
  const isTls = url.protocol === 'https:'
  const port = Number(url.port) || (isTls ? 443 : 80)
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const socket = isTls ? connectTls({ host, port, servername: host, ALPNProtocols: ['http/1.1'] }) : connect(port, host)
  const reader = createReader(socket)
  socket.write(request)
  try {
    const [statusLine = '', ...lines] = (await within(reader.head(), ms, 'an answer')).split('\r\n')
    const headers = lines.map((line): [string, string] => {
      const colon = line.indexOf(':')
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()]
    })
    return {
      status: Number(statusLine.split(' ')[1] ?? 0),
      headers: new Map(headers),
      write: bytes => void socket.write(bytes),
      frame: limit => within(reader.frame(), limit, 'a frame'),
      ended: limit => within(ended(), limit, 'the end of the connection'),
      pause: () => void socket.pause(),
      resume: () => void socket.resume(),
      destroy: () => void socket.destroy(),
    }
  } catch (error) {
    socket.destroy()
    throw error
  }

  async function ended(): Promise<Ending> {
    for (;;) {
      const next = await reader.frame().catch(() => null)
      if (!next) return { code: null, reason: '' }
      if (next.opcode === OPCODE.close) return answerClose(bytes => void socket.write(bytes), next)
    }
  }
}

/** Answers a close frame as RFC 6455 asks, and says what it said. */
export function answerClose(write: (bytes: Buffer) => void, { payload }: Frame): Ending {
  write(frame({ opcode: OPCODE.close, payload: payload.subarray(0, 2) }))
  if (payload.length < 2) return { code: 1005, reason: '' }
  return { code: payload.readUInt16BE(0), reason: payload.subarray(2).toString('latin1') }
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
  // To be cut off is one way to end.
  socket.on('error', () => {})
  socket.on('end', () => socket.end())
  socket.on('close', () => {
    over = true
    changed()
  })

  async function take(length: number): Promise<Buffer> {
    while (buffer.length < length) await more()
    const taken = buffer.subarray(0, length)
    buffer = buffer.subarray(length)
    return taken
  }

  async function more(): Promise<void> {
    if (over) throw new Failed('the connection has ended')
    await new Promise<void>(resolve => {
      wake = resolve
    })
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
  }
}
