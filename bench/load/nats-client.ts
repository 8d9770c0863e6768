// ChatClient over NATS: a broker passes on the bytes that it is given, so the sender itself builds the message.

import { createMessages } from '../servers/messages.ts'
import type { ChatClient, ChatMessage } from './chat-client.ts'
import { NatsSocket } from './nats-socket.ts'

const SUBJECT = 'chat'

export function createNatsClient(port: number): ChatClient {
  return {
    subscribe({ onFrames, onMessage, onFault }) {
      return NatsSocket.open(
        {
          port,
          onMessages: onFrames,
          ...(onMessage ? { onPayload: text => onMessage(JSON.parse(text) as ChatMessage) } : {}),
          onFault,
        },
        `SUB ${SUBJECT} 1\r\n`,
      )
    },

    async sender({ onAcknowledged, onFault }) {
      const createMessage = createMessages()
      const socket = await NatsSocket.open({ port, onPong: () => onAcknowledged?.(1), onFault })
      // NATS answers no publication: where an answer is wanted, the PONG to a PING behind each is one.
      const ping = onAcknowledged ? 'PING\r\n' : ''
      return {
        send(texts) {
          const commands = texts.map(text => {
            const payload = JSON.stringify(createMessage(text))
            return `PUB ${SUBJECT} ${Buffer.byteLength(payload)}\r\n${payload}\r\n${ping}`
          })
          socket.write(commands.join(''))
        },
        destroy: () => socket.destroy(),
      }
    },
  }
}
