// A client of NATS for load, over TCP.
import { connect, type Socket } from 'node:net'
import { type NatsEvents, NatsWalker } from './nats-walker.ts'

export interface NatsSocketOptions extends Omit<NatsEvents, 'onPing'> {
  readonly port: number
  readonly host?: string
}

const READ_BUFFER = Buffer.allocUnsafeSlow(256 * 1024)

export class NatsSocket {
  readonly tcp: Socket
  #closed = false

  private constructor(options: NatsSocketOptions) {
    const { port, host = '127.0.0.1' } = options
    const walker = new NatsWalker({ ...options, onPing: () => this.write('PONG\r\n') })
    this.tcp = connect({
      port,
      host,
      noDelay: true,
      onread: {
        buffer: READ_BUFFER,
        callback: length => {
          walker.take(READ_BUFFER.subarray(0, length))
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
}
