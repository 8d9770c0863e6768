// A challenge server of our own: it greets every WebSocket with one text, as the one on the network does, so that the
// probe can be tried and tested without the network.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { WebSocketServer } from 'ws'

export interface ChallengeServerOptions {
  /** Default 0: any free one. */
  port?: number
  /** Default 127.0.0.1. */
  host?: string
  /** Default `Olá mundo! LTIS 2025`. */
  greeting?: string
  /** How long it sleeps before it opens a socket, as a server that has to wake up. Default 0. */
  delayMs?: number
}

export interface ChallengeServer {
  /** Such as `ws://127.0.0.1:4001`. */
  readonly url: string
  /** Ends every connection and stops listening. */
  close(): Promise<void>
}

export const GREETING = 'Olá mundo! LTIS 2025'

/** Resolves once it listens; rejects with Node's error when it can't, such as EADDRINUSE. */
export async function createChallengeServer(options: ChallengeServerOptions = {}): Promise<ChallengeServer> {
  const { port = 0, host = '127.0.0.1', greeting = GREETING, delayMs = 0 } = options
  const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false, maxPayload: 1024 })
  sockets.on('connection', socket => {
    socket.on('error', () => socket.terminate())
    socket.send(greeting)
  })

  const sleepers = new Map<Duplex, NodeJS.Timeout>()
  const server = createServer((_request, response) => {
    response.writeHead(426, { 'content-type': 'text/plain; charset=utf-8', upgrade: 'websocket' })
    response.end('This server speaks WebSocket.\n')
  })
  server.on('upgrade', (request, socket, head) => {
    socket.on('error', () => socket.destroy())
    const timer = setTimeout(() => {
      sleepers.delete(socket)
      if (!socket.destroyed) sockets.handleUpgrade(request, socket, head, opened => sockets.emit('connection', opened))
    }, delayMs)
    sleepers.set(socket, timer)
    socket.once('close', () => {
      clearTimeout(timer)
      sleepers.delete(socket)
    })
  })

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, resolve)
  })
  const address = server.address() as AddressInfo
  const shown = address.family === 'IPv6' ? `[${address.address}]` : address.address

  return {
    url: `ws://${shown}:${address.port}`,
    async close() {
      for (const socket of sleepers.keys()) socket.destroy()
      for (const socket of sockets.clients) socket.terminate()
      await new Promise<void>(resolve => {
        server.close(() => resolve())
        server.closeAllConnections()
      })
    },
  }
}
