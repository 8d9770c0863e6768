// The bare floor of a reconnect storm: the same handshakes, and the same bytes, without any logic. It answers an
// upgrade, `connection_init` with an acknowledgement, and a `subscribe` that has a cursor with all frames in one write.
// FRAMES names a JSON file with the texts.
import { hash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { listen } from './ready.ts'

const frames = Buffer.concat((JSON.parse(readFileSync(process.env.FRAMES ?? '', 'utf8')) as string[]).map(frame))
const acknowledgement = frame('{"type":"connection_ack"}')

function frame(text: string): Buffer {
  const payload = Buffer.from(text)
  const header = payload.length < 126 ? Buffer.from([0x81, payload.length]) : Buffer.alloc(4)
  if (payload.length >= 126) {
    header.set([0x81, 126])
    header.writeUInt16BE(payload.length, 2)
  }
  return Buffer.concat([header, payload])
}

function serve(socket: Socket): void {
  socket.setNoDelay()
  socket.on('error', () => socket.destroy())
  // Clients here send one message and wait, so a chunk is a message.
  socket.on('data', chunk => {
    const text = chunk.toString('latin1')
    if (text.startsWith('GET ')) return void socket.write(upgrade(text))
    if (text.includes('"connection_init"')) return void socket.write(acknowledgement)
    if (text.includes('"since":"')) socket.write(frames)
  })
}

function upgrade(request: string): string {
  const key = /sec-websocket-key: (\S+)/i.exec(request)?.[1] ?? ''
  const accept = hash('sha1', `${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`, 'base64')
  return [
    'HTTP/1.1 101 Switching Protocols',
    'Upgrade: websocket',
    'Connection: Upgrade',
    `Sec-WebSocket-Accept: ${accept}`,
    'Sec-WebSocket-Protocol: graphql-transport-ws',
    '\r\n',
  ].join('\r\n')
}

listen(createServer(serve))
