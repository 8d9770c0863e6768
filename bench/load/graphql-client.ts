// ChatClient over graphql-transport-ws: Recado and stock Yoga get the same documents, byte for byte.
import { randomUUID } from 'node:crypto'
import { type ChatClient, type ChatMessage, SMALL_BYTES } from './chat-client.ts'
import { enter, MESSAGE_FIELDS, openGraphqlSocket, subscribeMessage } from './graphql-socket.ts'

export const FEED = `subscription ($since: Cursor) { onMessage(since: $since) { ${MESSAGE_FIELDS} } }`
export const SEND = 'mutation ($text: String!) { sendMessage(text: $text, plain: true) { cursor } }'

export interface GraphqlClientOptions {
  readonly port: number
  /** One token an account, the sender's first; empty: the server has no accounts. */
  readonly tokens: readonly string[]
  /** Where the feeds start. Default: now. */
  readonly since?: string
}

export function createGraphqlClient({ port, tokens, since }: GraphqlClientOptions): ChatClient {
  let next = 0
  /** Subscribers share the accounts evenly. */
  const credentials = (account = next++): { token?: string } => {
    const token = tokens[account % tokens.length]
    return token === undefined ? {} : { token }
  }

  return {
    async subscribe({ onFrames, onMessage, onFault }) {
      const socket = await openGraphqlSocket({
        port,
        ...credentials(),
        onClose: code => onFault(`A subscriber's socket closed with ${code}`),
      })
      socket.onFrames = onFrames
      socket.smallBytes = SMALL_BYTES
      socket.onSmall = text => onFault(`A subscriber was told ${text}`)
      if (onMessage) {
        socket.onText = text => {
          const { payload } = JSON.parse(text) as { payload?: { data?: { onMessage?: ChatMessage } } }
          const message = payload?.data?.onMessage
          if (message) onMessage(message)
          else onFault(`A subscriber was told ${text}`)
        }
      }
      socket.send(subscribeMessage(FEED, since === undefined ? {} : { since }))
      return socket
    },

    async sender({ onAcknowledged, onFault, account = 0 }) {
      const socket = await openGraphqlSocket({ port, ...credentials(account) })
      let acknowledged = 0
      socket.onText = text => {
        if (text.includes('"type":"next"') && !text.includes('"errors"')) acknowledged++
        else if (!text.includes('"type":"complete"')) onFault(`The sender was told ${text}`)
      }
      socket.onFrames = () => {
        if (acknowledged === 0) return
        const count = acknowledged
        acknowledged = 0
        onAcknowledged?.(count)
      }
      return {
        // Operation ids are UUIDs, as those of graphql-ws's own client.
        send: texts => socket.sendAll(texts.map(text => subscribeMessage(SEND, { text }, randomUUID()))),
        destroy: () => socket.destroy(),
      }
    },
  }
}

/** Enters so many accounts, the first of them the sender's, and answers with their tokens. */
export async function enterAll(port: number, count: number, prefix = ''): Promise<string[]> {
  const names = Array.from({ length: count }, (_, index) => (index === 0 ? 'sender' : `reader${index}`))
  return Promise.all(names.map(name => enter(port, prefix + name)))
}
