// The network of one device: a relay between its browser and the server that a test can take away, delay, or make block
// WebSockets. All of a browser's traffic goes through it, its workers' too, which a browser's own switches for tests do
// not reach.
import { createServer, connect as dial, type Server, type Socket } from 'node:net'
import { keepSecret } from '../setup/gathered-logs.ts'

export interface Network {
  /** What the device has to use as the server's address. */
  readonly url: string
  /** Cuts what is open; nothing new opens. */
  down(): void
  up(): void
  /** Added to each chunk of an answer of GraphQL on its way to the device, in milliseconds: the page itself is quick. */
  delayMs: number
  /** The page can be loaded, but GraphQL can't be reached. */
  isPageOnly: boolean
  /** As some networks do: the request is never answered, the connection is cut. */
  blocksWebSockets: boolean
  /** Open now. */
  readonly webSockets: number
  /** Connections that carry server-sent events now. */
  readonly streams: number
  /** WebSockets that were opened since the start. */
  readonly webSocketsOpened: number
  /** The page's files that were asked for. */
  readonly paths: ReadonlySet<string>
  /** Bytes that went to the device. */
  readonly bytes: number
  /** Of these, what GraphQL answered. */
  readonly answerBytes: number
  close(): Promise<void>
}

interface Relay {
  kind: 'web-socket' | 'stream' | 'answer' | 'page'
  cut(): void
}

const UPGRADE = /^upgrade: *websocket/im
const GRAPHQL = /^(GET|POST) \/graphql/
const EVENT_STREAM = /^accept: *text\/event-stream/im

/** @param target the server's address, of the form `http://127.0.0.1:PORT` */
export async function startNetwork(target: string): Promise<Network> {
  const { port } = new URL(target)
  const relays = new Set<Relay>()
  let isDown = false
  let webSocketsOpened = 0
  let bytes = 0
  let answerBytes = 0
  const paths = new Set<string>()

  function relay(client: Socket): void {
    if (isDown) return void client.destroy()
    const upstream = dial(Number(port), '127.0.0.1')
    const self: Relay = {
      kind: 'page',
      cut() {
        client.destroy()
        upstream.destroy()
      },
    }
    relays.add(self)
    for (const socket of [client, upstream]) {
      socket.setNoDelay(true)
      socket.on('error', self.cut)
      socket.on('close', () => {
        relays.delete(self)
        self.cut()
      })
    }
    client.on('data', chunk => {
      const head = self.kind === 'web-socket' ? '' : chunk.toString('latin1')
      if (/^(GET|POST) /.test(head)) {
        if (!GRAPHQL.test(head)) {
          self.kind = 'page'
          paths.add(head.split(' ', 2)[1] ?? '')
        } else self.kind = UPGRADE.test(head) ? 'web-socket' : EVENT_STREAM.test(head) ? 'stream' : 'answer'
        if (self.kind !== 'page' && network.isPageOnly) return self.cut()
        if (self.kind === 'web-socket') {
          if (network.blocksWebSockets) return self.cut()
          webSocketsOpened++
        }
      }
      upstream.write(chunk)
    })
    upstream.on('data', chunk => {
      // What was under way when the network went is lost.
      const pass = () => {
        if (isDown) return
        bytes += chunk.length
        if (self.kind !== 'page') answerBytes += chunk.length
        if (self.kind === 'answer') keepCookie(chunk)
        client.write(chunk)
      }
      if (network.delayMs > 0 && self.kind !== 'page') setTimeout(pass, network.delayMs)
      else pass()
    })
  }

  const count = (kind: Relay['kind']) => [...relays].filter(each => each.kind === kind).length
  const server: Server = createServer(relay)
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  const network: Network = {
    url: `http://127.0.0.1:${address.port}`,
    delayMs: 0,
    isPageOnly: false,
    blocksWebSockets: false,
    down() {
      isDown = true
      for (const each of [...relays]) each.cut()
    },
    up() {
      isDown = false
    },
    get webSockets() {
      return count('web-socket')
    },
    get streams() {
      return count('stream')
    },
    get webSocketsOpened() {
      return webSocketsOpened
    },
    paths,
    get bytes() {
      return bytes
    },
    get answerBytes() {
      return answerBytes
    },
    async close() {
      network.down()
      await new Promise(resolve => server.close(resolve))
    },
  }
  return network
}

/** The token that the browser is given: a test of the page never sees it. */
function keepCookie(answer: Buffer): void {
  const token = /^Set-Cookie: (?:__Host-)?recado=([\w-]+)/im.exec(answer.toString('latin1'))?.[1]
  if (token !== undefined) keepSecret(token)
}
