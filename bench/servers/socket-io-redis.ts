// Socket.IO on several nodes, with its Redis Streams adapter and connection state recovery: its own answer to what
// Recado's nodes do over Redis. Senders connect to a namespace of their own.
import { createServer } from 'node:http'
import { createAdapter } from '@socket.io/redis-streams-adapter'
import { Redis } from 'ioredis'
import { Server } from 'socket.io'
import { createMessages } from './messages.ts'
import { listen } from './ready.ts'

const createMessage = createMessages()
const server = createServer()
const io = new Server(server, {
  transports: ['websocket'],
  adapter: createAdapter(new Redis(process.env.REDIS_URL ?? '')),
  connectionStateRecovery: {},
})

io.of('/send').on('connection', socket => {
  socket.on('send', (text: string, acknowledge: (cursor: string) => void) => {
    const message = createMessage(text)
    io.emit('message', message)
    acknowledge(message.cursor)
  })
})

listen(server)
