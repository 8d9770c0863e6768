// What the benchmark uses of two packages that come without types.
declare module 'faye-websocket' {
  import type { IncomingMessage } from 'node:http'
  import type { Duplex } from 'node:stream'

  export default class FayeWebSocket {
    static isWebSocket(request: IncomingMessage): boolean
    constructor(request: IncomingMessage, socket: Duplex, head: Buffer)
    on(event: 'message', listener: (event: { data: string }) => void): void
    on(event: 'close', listener: () => void): void
    send(text: string): boolean
  }
}

declare module 'sockjs' {
  import type { Server } from 'node:http'

  namespace sockjs {
    interface Connection {
      on(event: 'data', listener: (data: string) => void): void
      on(event: 'close', listener: () => void): void
      write(text: string): boolean
    }
    interface SockJS {
      on(event: 'connection', listener: (connection: Connection) => void): void
      installHandlers(server: Server): void
    }
    function createServer(options: { prefix: string; log?: (severity: string, line: string) => void }): SockJS
  }
  export default sockjs
}
