// What ws itself costs for the very messages that Recado gets: a WebSocket server of ws that acknowledges
// `connection_init`, remembers the id of a `subscribe`, and passes on the text of a mutation. No GraphQL, no accounts.
import { createServer } from 'node:http'
import { type WebSocket, WebSocketServer } from 'ws'
import { createMessages } from './messages.ts'
import { listen } from './ready.ts'

interface ClientMessage {
  readonly type: string
  readonly id: string
  readonly payload: { readonly query: string; readonly variables: { readonly text: string } }
}

const createMessage = createMessages()
const idBySubscriber = new Map<WebSocket, string>()
const server = createServer()
const wss = new WebSocketServer({ server, path: '/graphql', perMessageDeflate: false, clientTracking: false })

wss.on('connection', ws => {
  ws.on('message', data => receive(ws, JSON.parse(String(data)) as ClientMessage))
  ws.on('close', () => idBySubscriber.delete(ws))
  ws.on('error', () => {})
})

function receive(ws: WebSocket, { type, id, payload }: ClientMessage): void {
  if (type === 'connection_init') return ws.send('{"type":"connection_ack"}')
  if (!payload.query.startsWith('mutation')) return void idBySubscriber.set(ws, id)
  const message = createMessage(payload.variables.text)
  const onMessage = JSON.stringify({ data: { onMessage: message } })
  for (const [subscriber, its] of idBySubscriber)
    subscriber.send(`{"id":"${its}","type":"next","payload":${onMessage}}`)
  ws.send(`{"id":"${id}","type":"next","payload":{"data":{"sendMessage":{"cursor":"${message.cursor}"}}}}`)
  ws.send(`{"id":"${id}","type":"complete"}`)
}

listen(server)
