// SockJS, reached over its raw WebSocket endpoint: the same loop as raw-ws.ts.
import { createServer } from 'node:http'
import sockjs from 'sockjs'
import { createMessages } from './messages.ts'
import { listen } from './ready.ts'

const createMessage = createMessages()
const subscribers = new Set<sockjs.Connection>()
const log = (): void => {}

const chat = sockjs.createServer({ prefix: '/chat', log })
chat.on('connection', connection => {
  subscribers.add(connection)
  connection.on('close', () => subscribers.delete(connection))
})

const send = sockjs.createServer({ prefix: '/send', log })
send.on('connection', connection => {
  connection.on('data', data => {
    const { text } = JSON.parse(data) as { text: string }
    const message = createMessage(text)
    const json = JSON.stringify(message)
    for (const subscriber of subscribers) subscriber.write(json)
    connection.write(JSON.stringify({ cursor: message.cursor }))
  })
})

const server = createServer()
chat.installHandlers(server)
send.installHandlers(server)
listen(server)
