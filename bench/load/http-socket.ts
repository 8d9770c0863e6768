// HTTP/1.1 for load: one kept connection, one request at a time, and as little parsing as its answers allow.
import { connect, type Socket } from 'node:net'

const HEAD_END = '\r\n\r\n'

export class HttpSocket {
  readonly tcp: Socket
  readonly #head: string
  readonly #onAnswer: (body: string) => void
  readonly #onFault: (fault: string) => void
  #received: Buffer = Buffer.alloc(0)
  #closed = false

  private constructor(port: number, options: HttpSocketOptions) {
    this.#onAnswer = options.onAnswer
    this.#onFault = options.onFault
    const headers = Object.entries({
      Host: `127.0.0.1:${port}`,
      'Content-Type': 'application/json',
      Accept: 'application/json',
      ...options.headers,
    })
    this.#head = `POST ${options.path} HTTP/1.1\r\n${headers.map(([name, value]) => `${name}: ${value}\r\n`).join('')}`
    this.tcp = connect({ port, host: '127.0.0.1', noDelay: true })
    this.tcp.on('data', chunk => this.#take(chunk as Buffer))
    this.tcp.on('error', () => {})
    this.tcp.once('close', () => {
      if (!this.#closed) this.#onFault('An HTTP connection was closed')
    })
  }

  static open(port: number, options: HttpSocketOptions): Promise<HttpSocket> {
    return new Promise((resolve, reject) => {
      const socket = new HttpSocket(port, options)
      socket.tcp.once('connect', () => resolve(socket))
      socket.tcp.once('error', reject)
    })
  }

  post(body: string): void {
    this.tcp.write(`${this.#head}Content-Length: ${Buffer.byteLength(body)}${HEAD_END}${body}`)
  }

  destroy(): void {
    this.#closed = true
    this.tcp.resetAndDestroy()
  }

  #take(chunk: Buffer): void {
    this.#received = this.#received.length === 0 ? chunk : Buffer.concat([this.#received, chunk])
    const end = this.#received.indexOf(HEAD_END)
    if (end < 0) return
    const head = this.#received.toString('latin1', 0, end)
    const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1]
    if (!head.startsWith('HTTP/1.1 200 ') || length === undefined) {
      return this.#onFault(`Expected 200 and a Content-Length, got ${head}`)
    }
    const start = end + HEAD_END.length
    if (this.#received.length < start + Number(length)) return
    const body = this.#received.toString('utf8', start, start + Number(length))
    this.#received = this.#received.subarray(start + Number(length))
    this.#onAnswer(body)
  }
}

export interface HttpSocketOptions {
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  onAnswer(body: string): void
  onFault(fault: string): void
}
