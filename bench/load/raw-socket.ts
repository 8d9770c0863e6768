// A WebSocket for load: a TCP socket and a frame walker that counts without decoding, so that the load client is not
// what is measured. Decoding is asked for by giving `onText`.
import { randomBytes } from 'node:crypto'
import { connect, type Socket } from 'node:net'
import { type FrameEvents, FrameWalker, pongFrame, textFrame } from './frame-walker.ts'

export interface RawSocketOptions extends FrameEvents {
  readonly port: number
  readonly host?: string
  readonly path: string
  readonly protocol?: string
  readonly headers?: Readonly<Record<string, string>>
  /** The server closed the connection, with this code; null: without one. */
  readonly onClose?: ((code: number | null) => void) | undefined
}

/**
 * All sockets read into the same memory, one after the other, and keep only what is cut off at its end: Node's own
 * buffer for each read costs more than walking it.
 */
const READ_BUFFER = Buffer.allocUnsafeSlow(256 * 1024)

export class RawSocket implements FrameEvents {
  readonly tcp: Socket
  onFrames: FrameEvents['onFrames']
  onText: FrameEvents['onText']
  onSmall: FrameEvents['onSmall']
  smallBytes: number
  readonly #walker: FrameWalker
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
    this.#onClose = options.onClose
    this.#walker = new FrameWalker(this, {
      onPing: payload => void this.tcp.write(pongFrame(payload)),
      onClose: code => {
        this.#closeCode = code
      },
    })
    this.tcp.on('error', () => {})
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
        socket.#reader = data => socket.#walker.take(data)
        resolve(socket)
        if (head.length > end + 4) socket.#reader(head.subarray(end + 4))
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

  /** Messages since the handshake. */
  get frames(): number {
    return this.#walker.frames
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
}
