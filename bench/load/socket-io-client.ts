// ChatClient over Socket.IO's own frames (Engine.IO 4, WebSocket only): `0` open, `2` ping, `3` pong, `40` connect,
// `42` event, `43` acknowledgement.
import { type ChatClient, type ChatMessage, SMALL_BYTES } from './chat-client.ts'
import { RawSocket, type RawSocketOptions } from './raw-socket.ts'

const PATH = '/socket.io/?EIO=4&transport=websocket'

export function createSocketIoClient(port: number): ChatClient {
  /** Resolves once the server has connected the socket to the namespace. */
  async function open(namespace: string, options: Omit<RawSocketOptions, 'port' | 'path'>): Promise<RawSocket> {
    let connected = (): void => {}
    const whenConnected = new Promise<void>(resolve => {
      connected = resolve
    })
    const socket = await RawSocket.open({
      ...options,
      port,
      path: PATH,
      // The opening packet is longer than any small frame.
      smallBytes: 1_024,
      onSmall(text) {
        if (text.startsWith('40')) connected()
      },
    })
    socket.send(`40${namespace}`)
    await whenConnected
    socket.smallBytes = SMALL_BYTES
    return socket
  }

  return {
    async subscribe({ onFrames, onMessage, onFault }) {
      const socket = await open('', {
        onFrames,
        ...(onMessage ? { onText: text => onMessage((JSON.parse(text.slice(2)) as ['message', ChatMessage])[1]) } : {}),
        onClose: code => onFault(`A subscriber's socket closed with ${code}`),
      })
      socket.onSmall = text => {
        if (text === '2') socket.send('3')
        else onFault(`A subscriber was told ${text}`)
      }
      return socket
    },

    async sender({ onAcknowledged, onFault }) {
      let sent = 0
      const socket = await open('/send,', { onClose: code => onFault(`The sender's socket closed with ${code}`) })
      socket.onSmall = text => {
        if (text === '2') socket.send('3')
        else if (text.startsWith('43/send,')) onAcknowledged?.(1)
        else onFault(`The sender was told ${text}`)
      }
      return {
        send: texts => socket.sendAll(texts.map(text => `42/send,${sent++}${JSON.stringify(['send', text])}`)),
        destroy: () => socket.destroy(),
      }
    },
  }
}
