// The loop that people write by hand: a WebSocket server of ws, each message serialised once and sent to each client.
import { createServer } from 'node:http'
import { WebSocket, WebSocketServer } from 'ws'
import { createMessages } from './messages.ts'
import { listen } from './ready.ts'

const createMessage = createMessages()
const server = createServer()
const subscribers = new WebSocketServer({ noServer: true })
const senders = new WebSocketServer({ noServer: true })

server.on('upgrade', (request, socket, head) => {
  const wss = request.url === '/chat?send' ? senders : subscribers
  wss.handleUpgrade(request, socket, head, ws => wss.emit('connection', ws, request))
})

senders.on('connection', ws => {
  ws.on('message', data => {
    const { text } = JSON.parse(String(data)) as { text: string }
    const message = createMessage(text)
    const json = JSON.stringify(message)
    for (const client of subscribers.clients) {
      if (client.readyState === WebSocket.OPEN) client.send(json)
    }
    ws.send(JSON.stringify({ cursor: message.cursor }))
  })
})

listen(server)
