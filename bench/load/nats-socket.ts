// NATS's text protocol over TCP: a walker that counts `MSG` without decoding, as RawSocket does with frames.
// https://docs.nats.io/reference/reference-protocols/nats-protocol
import { connect, type Socket } from 'node:net'

export interface NatsSocketOptions {
  readonly port: number
  readonly host?: string
  /** How many whole messages a chunk held. */
  onMessages?(count: number): void
  /** Each payload; costs a copy and a decode for each. */
  onPayload?(text: string): void
  /** An answer to our PING. */
  onPong?(): void
  onFault(fault: string): void
}

const READ_BUFFER = Buffer.allocUnsafeSlow(256 * 1024)
const CR = 13
const SPACE = 32

export class NatsSocket {
  readonly tcp: Socket
  readonly #options: NatsSocketOptions
  #rest: Buffer | null = null
  /** Bytes of the current payload that are still to come, while they are only skipped. */
  #skip = 0
  #closed = false

  private constructor(options: NatsSocketOptions) {
    const { port, host = '127.0.0.1' } = options
    this.#options = options
    this.tcp = connect({
      port,
      host,
      noDelay: true,
      onread: {
        buffer: READ_BUFFER,
        callback: length => {
          this.take(READ_BUFFER.subarray(0, length))
          return true
        },
      },
    })
    this.tcp.on('error', () => {})
    this.tcp.once('close', () => {
      if (!this.#closed) options.onFault('A connection to NATS was closed')
    })
  }

  /** Resolves once the connection, and what `commands` ask for, is acknowledged. */
  static open(options: NatsSocketOptions, commands = ''): Promise<NatsSocket> {
    return new Promise((resolve, reject) => {
      let isOpen = false
      const socket: NatsSocket = new NatsSocket({
        ...options,
        onPong() {
          if (isOpen) return options.onPong?.()
          isOpen = true
          resolve(socket)
        },
      })
      socket.tcp.once('error', reject)
      socket.tcp.write(`CONNECT {"verbose":false,"pedantic":false}\r\n${commands}PING\r\n`)
    })
  }

  write(text: string): void {
    this.tcp.write(text)
  }

  destroy(): void {
    this.#closed = true
    this.tcp.resetAndDestroy()
  }

  /** Walks what was read; public for tests. */
  take(chunk: Buffer): void {
    let data = chunk
    if (this.#rest) {
      data = Buffer.concat([this.#rest, chunk])
      this.#rest = null
    }
    const { onPayload } = this.#options
    let offset = Math.min(this.#skip, data.length)
    this.#skip -= offset
    let count = 0
    while (offset < data.length) {
      const end = data.indexOf(CR, offset)
      if (end < 0 || end + 2 > data.length) break
      // 'M', 'S': a message, whose line ends with its payload's length.
      if (data[offset] === 0x4d && data[offset + 1] === 0x53) {
        let length = 0
        let unit = 1
        for (let at = end - 1; data[at] !== SPACE; at--) {
          length += ((data[at] as number) - 48) * unit
          unit *= 10
        }
        const next = end + 2 + length + 2
        if (next > data.length && onPayload) break
        count++
        onPayload?.(data.toString('utf8', end + 2, end + 2 + length))
        offset = next
      } else {
        this.#talk(data.toString('latin1', offset, end))
        offset = end + 2
      }
    }
    if (offset > data.length) this.#skip = offset - data.length
    else if (offset < data.length) this.#rest = Buffer.from(data.subarray(offset))
    if (count > 0) this.#options.onMessages?.(count)
  }

  #talk(line: string): void {
    if (line === 'PING') this.tcp.write('PONG\r\n')
    else if (line === 'PONG') this.#options.onPong?.()
    else if (!line.startsWith('INFO') && line !== '+OK') this.#options.onFault(`NATS said ${line}`)
  }
}
