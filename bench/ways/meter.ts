// A TCP connection that counts every byte of both directions: what HTTP, SSE and WebSocket put on the wire, headers and
// frames included. TCP's own headers and TLS are not in it.
import { connect, type Socket } from 'node:net'

/** What a way of receiving has cost so far. */
export interface Costs {
  /** HTTP requests, an upgrade being one. */
  requests: number
  connections: number
  /** Bytes that clients sent. */
  up: number
  /** Bytes that the server sent. */
  down: number
}

export const noCosts = (): Costs => ({ requests: 0, connections: 0, up: 0, down: 0 })

export interface Metered {
  readonly tcp: Socket
  write(bytes: string | Buffer): void
}

/** @param onBytes gets what came; `costs` has counted it */
export function openMetered(port: number, costs: Costs, onBytes: (bytes: Buffer) => void): Promise<Metered> {
  return new Promise((resolve, reject) => {
    const tcp = connect({ port, host: '127.0.0.1', noDelay: true })
    tcp.once('error', reject)
    tcp.once('connect', () => {
      costs.connections++
      tcp.off('error', reject)
      tcp.on('error', () => {})
      resolve({
        tcp,
        write(bytes) {
          costs.up += Buffer.byteLength(bytes)
          tcp.write(bytes)
        },
      })
    })
    tcp.on('data', chunk => {
      costs.down += chunk.length
      onBytes(chunk as Buffer)
    })
  })
}
