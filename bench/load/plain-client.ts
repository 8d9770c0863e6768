// ChatClient over a WebSocket that carries JSON messages as they are: raw ws, faye-websocket, SockJS's raw endpoint.
// `?send` in the path makes a socket a sender, which is answered and gets no messages.
import { type ChatClient, type ChatMessage, SMALL_BYTES } from './chat-client.ts'
import { RawSocket } from './raw-socket.ts'

/**
 * @param path where the server takes WebSockets
 * @param senderPath where it takes those that send
 */
export function createPlainClient(port: number, path: string, senderPath = `${path}?send`): ChatClient {
  return {
    subscribe({ onFrames, onMessage, onFault }) {
      return RawSocket.open({
        port,
        path,
        smallBytes: SMALL_BYTES,
        onFrames,
        onSmall: text => onFault(`A subscriber was told ${text}`),
        ...(onMessage ? { onText: text => onMessage(JSON.parse(text) as ChatMessage) } : {}),
        onClose: code => onFault(`A subscriber's socket closed with ${code}`),
      })
    },

    async sender({ onAcknowledged, onFault }) {
      const socket = await RawSocket.open({
        port,
        path: senderPath,
        onFrames: count => onAcknowledged?.(count),
        onClose: code => onFault(`The sender's socket closed with ${code}`),
      })
      return {
        send: texts => socket.sendAll(texts.map(text => JSON.stringify({ text }))),
        destroy: () => socket.destroy(),
      }
    },
  }
}
