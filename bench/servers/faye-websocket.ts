// faye-websocket: the same loop as raw-ws.ts over another WebSocket library.
import { createServer } from 'node:http'
import FayeWebSocket from 'faye-websocket'
import { createMessages } from './messages.ts'
import { listen } from './ready.ts'

const createMessage = createMessages()
const subscribers = new Set<FayeWebSocket>()
const server = createServer()

server.on('upgrade', (request, socket, head) => {
  if (!FayeWebSocket.isWebSocket(request)) return socket.destroy()
  const ws = new FayeWebSocket(request, socket, head)
  if (request.url === '/chat?send') {
    ws.on('message', ({ data }) => {
      const { text } = JSON.parse(data) as { text: string }
      const message = createMessage(text)
      const json = JSON.stringify(message)
      for (const subscriber of subscribers) subscriber.send(json)
      ws.send(JSON.stringify({ cursor: message.cursor }))
    })
  } else {
    subscribers.add(ws)
    ws.on('close', () => subscribers.delete(ws))
  }
})

listen(server)
