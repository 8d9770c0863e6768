// Socket.IO with its defaults, WebSocket only. Senders connect to a namespace of their own.
import { createServer } from 'node:http'
import { Server } from 'socket.io'
import { createMessages } from './messages.ts'
import { listen } from './ready.ts'

const createMessage = createMessages()
const server = createServer()
const io = new Server(server, { transports: ['websocket'] })

io.of('/send').on('connection', socket => {
  socket.on('send', (text: string, acknowledge: (cursor: string) => void) => {
    const message = createMessage(text)
    io.emit('message', message)
    acknowledge(message.cursor)
  })
})

listen(server)
