// A challenge server that misbehaves in whichever way it is told: TCP that reads one request and then does as it likes.
import { createHash } from 'node:crypto'
import { type AddressInfo, createServer, type Socket } from 'node:net'

/** Gets a connection once its request has come; `upgrade` answers it as a WebSocket server does. */
export type StrangerBehaviour = (socket: Socket, upgrade: () => void) => void

export interface Stranger {
  /** `ws://127.0.0.1:PORT` */
  readonly url: string
  behave: StrangerBehaviour
  /** Connections that are open. */
  readonly open: number
  close(): Promise<void>
}

export async function openStranger(): Promise<Stranger> {
  const sockets = new Set<Socket>()
  const server = createServer(socket => {
    sockets.add(socket)
    socket.on('error', () => socket.destroy())
    socket.on('close', () => sockets.delete(socket))
    let request = ''
    socket.on('data', chunk => {
      if (request.includes('\r\n\r\n')) return
      request += chunk.toString('latin1')
      if (!request.includes('\r\n\r\n')) return
      const key = /^sec-websocket-key: *(\S+)/im.exec(request)?.[1] ?? ''
      const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64')
      stranger.behave(socket, () => {
        const head = `Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}`
        socket.write(`HTTP/1.1 101 Switching Protocols\r\n${head}\r\n\r\n`)
      })
    })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const stranger: Stranger = {
    url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`,
    behave: socket => socket.destroy(),
    get open() {
      return sockets.size
    },
    async close() {
      for (const socket of sockets) socket.destroy()
      await new Promise(resolve => server.close(resolve))
    },
  }
  return stranger
}
