// A WebSocket for load: a TCP socket and a frame walker that counts without decoding, so that the load client is not
// what is measured. Decoding is asked for by giving `onText`.
import { randomBytes } from 'node:crypto'
import { connect, type Socket } from 'node:net'

export interface RawSocketOptions {
  readonly port: number
  readonly host?: string
  readonly path: string
  readonly protocol?: string
  readonly headers?: Readonly<Record<string, string>>
  /** How many whole frames a chunk held. */
  onFrames?(count: number): void
  /** Each frame's text; costs a copy and a decode for each. */
  onText?(text: string): void
  /**
   * Frames of fewer than `smallBytes` bytes are the protocol's own talk: decoded, handed over here and not counted.
   * Default 0: there are none.
   */
  readonly smallBytes?: number
  onSmall?(text: string): void
  /** The server closed the connection, with this code; null: without one. */
  onClose?: ((code: number | null) => void) | undefined
}

/**
 * All sockets read into the same memory, one after the other, and keep only what is cut off at its end: Node's own
 * buffer for each read costs more than walking it.
 */
const READ_BUFFER = Buffer.allocUnsafeSlow(256 * 1024)

export class RawSocket {
  readonly tcp: Socket
  /** Frames since the handshake. */
  frames = 0
  bytes = 0
  onFrames: ((count: number) => void) | undefined
  onText: ((text: string) => void) | undefined
  onSmall: ((text: string) => void) | undefined
  smallBytes: number
  #rest: Buffer | null = null
  /** Bytes of the current frame's payload that are still to come, while they are only skipped. */
  #skip = 0
  #closeCode: number | null = null
  #onClose: RawSocketOptions['onClose']
  /** Takes what is read: first the answer to the upgrade, then frames. */
  #reader: (chunk: Buffer) => void

  private constructor(options: RawSocketOptions, onHead: (chunk: Buffer) => void) {
    const { port, host = '127.0.0.1' } = options
    this.#reader = onHead
    this.tcp = connect({
      port,
      host,
      noDelay: true,
      onread: {
        buffer: READ_BUFFER,
        callback: length => {
          this.#reader(READ_BUFFER.subarray(0, length))
          return true
        },
      },
    })
    this.onFrames = options.onFrames
    this.onText = options.onText
    this.onSmall = options.onSmall
    this.smallBytes = options.smallBytes ?? 0
    this.tcp.on('error', () => {})
    this.#onClose = options.onClose
    this.tcp.once('close', () => this.#onClose?.(this.#closeCode))
  }

  /** Resolves once the server has upgraded the connection. */
  static open(options: RawSocketOptions): Promise<RawSocket> {
    const { port, host = '127.0.0.1', path, protocol, headers = {} } = options
    return new Promise((resolve, reject) => {
      let head = Buffer.alloc(0)
      const socket = new RawSocket(options, chunk => {
        head = Buffer.concat([head, chunk])
        const end = head.indexOf('\r\n\r\n')
        if (end < 0) return
        const status = head.toString('latin1', 0, head.indexOf('\r\n'))
        if (!status.includes(' 101 ')) {
          socket.#reader = () => {}
          socket.tcp.destroy()
          return reject(new Error(`Upgrade refused: ${status}`))
        }
        socket.#reader = data => socket.#take(data)
        resolve(socket)
        if (head.length > end + 4) socket.#take(head.subarray(end + 4))
      })
      socket.tcp.once('error', reject)
      socket.tcp.once('close', () => reject(new Error('The server closed the connection before upgrading it')))
      const lines = [
        `GET ${path} HTTP/1.1`,
        `Host: ${host}:${port}`,
        'Upgrade: websocket',
        'Connection: Upgrade',
        `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}`,
        'Sec-WebSocket-Version: 13',
        ...(protocol ? [`Sec-WebSocket-Protocol: ${protocol}`] : []),
        ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
      ]
      socket.tcp.write(`${lines.join('\r\n')}\r\n\r\n`)
    })
  }

  send(text: string): void {
    this.tcp.write(textFrame(text))
  }

  /** Several messages in one write. */
  sendAll(texts: readonly string[]): void {
    this.tcp.write(Buffer.concat(texts.map(textFrame)))
  }

  /** By a reset, which leaves no port waiting; without `onClose`. */
  destroy(): void {
    this.#onClose = undefined
    this.tcp.resetAndDestroy()
  }

  #take(chunk: Buffer): void {
    this.bytes += chunk.length
    let data = chunk
    if (this.#rest) {
      data = Buffer.concat([this.#rest, chunk])
      this.#rest = null
    }
    const { smallBytes } = this
    let offset = Math.min(this.#skip, data.length)
    this.#skip -= offset
    let count = 0
    while (offset + 2 <= data.length) {
      const opcode = (data[offset] as number) & 0x0f
      let length = (data[offset + 1] as number) & 0x7f
      let start = offset + 2
      if (length === 126) {
        if (offset + 4 > data.length) break
        length = data.readUInt16BE(offset + 2)
        start = offset + 4
      } else if (length === 127) {
        if (offset + 10 > data.length) break
        length = data.readUInt32BE(offset + 2) * 2 ** 32 + data.readUInt32BE(offset + 6)
        start = offset + 10
      }
      const end = start + length
      const isControl = opcode >= 8
      const isSmall = length < smallBytes
      if (end > data.length && (isControl || isSmall || this.onText !== undefined)) break
      if (opcode === 9) this.tcp.write(controlFrame(0x8a, data.subarray(start, end)))
      else if (opcode === 8) this.#closeCode = length >= 2 ? data.readUInt16BE(start) : 1005
      else if (opcode === 10) {
        // A pong that nobody asked for.
      } else if (isSmall) this.onSmall?.(data.toString('utf8', start, end))
      else {
        count++
        this.onText?.(data.toString('utf8', start, end))
      }
      offset = end
    }
    if (offset > data.length) this.#skip = offset - data.length
    else if (offset < data.length) this.#rest = Buffer.from(data.subarray(offset))
    if (count === 0) return
    this.frames += count
    this.onFrames?.(count)
  }
}

/** A masked text frame. The mask is zero: allowed, and the load client need not spend time on it. */
export function textFrame(text: string): Buffer {
  const payload = Buffer.from(text)
  const { length } = payload
  const header = Buffer.alloc(length < 126 ? 6 : length < 65_536 ? 8 : 14)
  header[0] = 0x81
  if (length < 126) header[1] = 0x80 | length
  else if (length < 65_536) {
    header[1] = 0x80 | 126
    header.writeUInt16BE(length, 2)
  } else {
    header[1] = 0x80 | 127
    header.writeBigUInt64BE(BigInt(length), 2)
  }
  return Buffer.concat([header, payload])
}

function controlFrame(first: number, payload: Buffer): Buffer {
  return Buffer.concat([Buffer.from([first, 0x80 | payload.length, 0, 0, 0, 0]), payload])
}
