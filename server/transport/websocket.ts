// WebSockets at /graphql: who may connect, and how. Frames are ws's, messages go to the protocol
// (graphql-transport-ws.ts), and what is sent goes past ws (peer.ts).
import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { GRAPHQL_TRANSPORT_WS_PROTOCOL } from 'graphql-ws'
import { WebSocket, WebSocketServer } from 'ws'
import type { Connections } from './connections.ts'
import type { SessionCookie } from './cookies.ts'
import { createDeadlines } from './deadlines.ts'
import { createProtocol, type ProtocolOptions } from './graphql-transport-ws.ts'
import type { Origins } from './origin.ts'
import { CLOSE, Peer, type PeerSettings } from './peer.ts'
import { hasSecret } from './secret-parameters.ts'
import type { Turns } from './turns.ts'

export interface WebSocketOptions extends Omit<ProtocolOptions, 'subscriptionsPerSocket'> {
  readonly connections: Connections
  readonly origins: Origins
  readonly cookie: SessionCookie
  readonly turns: Turns
  addressOf(request: IncomingMessage): string
  isDraining(): boolean
  onOpened(): void
  onClosed(): void
  readonly limits: PeerSettings & {
    /** Bytes of a message; 0: no limit, as below. */
    readonly messageBytes: number
    readonly subscriptionsPerSocket: number
    readonly initTimeoutMs: number
  }
}

/** Frames that a message may be cut into. */
const FRAGMENTS = 64

/** Of each socket there are many thousands: what they listen with is shared, and finds its peer here. */
class PeerSocket extends WebSocket {
  peer: Peer | null = null
}

/** Answers with what serves `upgrade` events of a server. */
export function createWebSocketHandler(
  options: WebSocketOptions,
): (request: IncomingMessage, socket: Duplex, head: Buffer) => void {
  const { connections, limits, turns } = options
  const protocol = createProtocol({ ...options, subscriptionsPerSocket: limits.subscriptionsPerSocket })
  const wss = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    clientTracking: false,
    maxPayload: limits.messageBytes,
    maxFragments: FRAGMENTS,
    handleProtocols: protocols => protocols.has(GRAPHQL_TRANSPORT_WS_PROTOCOL) && GRAPHQL_TRANSPORT_WS_PROTOCOL,
    WebSocket: PeerSocket,
  })
  const uninitialised = createDeadlines<Peer>(limits.initTimeoutMs, peer => {
    if (!peer.initialised) peer.close(CLOSE.initTimeout)
  })
  const peerBySocket = new WeakMap<Duplex, Peer>()

  function opened(ws: PeerSocket, socket: Socket, request: IncomingMessage, address: string): void {
    const peer = new Peer(ws, socket, request, address, limits)
    ws.peer = peer
    peerBySocket.set(socket, peer)
    ws.on('message', onMessage)
    // A broken frame: ws closes with the code that RFC 6455 has for it.
    ws.on('error', ignore)
    ws.on('close', onClose)
    socket.on('drain', onDrain)
    options.onOpened()
    if (ws.protocol !== GRAPHQL_TRANSPORT_WS_PROTOCOL) return peer.close(CLOSE.subprotocol)
    uninitialised.add(peer)
    connections.open(peer)
  }

  function onMessage(this: WebSocket, data: WebSocket.RawData, isBinary: boolean): void {
    const { peer } = this as PeerSocket
    if (!peer || peer.ending) return
    if (isBinary) return peer.close(CLOSE.notText)
    const text = String(data)
    if (peer.isHeld) return peer.hold(text)
    const { owner } = peer
    if (!turns.isTurnOf(owner)) {
      peer.hold(text)
      return turns.queue(owner, () => receiveHeld(peer))
    }
    const started = performance.now()
    receive(peer, text)
    turns.charge(owner, performance.now() - started)
  }

  /** One message at a turn, so that the others of its owner have theirs. */
  function receiveHeld(peer: Peer): void {
    const text = peer.release()
    if (text === null) return
    receive(peer, text)
    turns.queue(peer.owner, () => receiveHeld(peer))
  }

  function receive(peer: Peer, text: string): void {
    const wasInitialised = peer.initialised
    protocol.receive(peer, text)
    if (peer.initialised && !wasInitialised) uninitialised.delete(peer)
  }

  function onClose(this: WebSocket): void {
    const { peer } = this as PeerSocket
    if (!peer) return
    uninitialised.delete(peer)
    connections.dismiss(peer.address)
    protocol.closed(peer)
    options.onClosed()
  }

  function onDrain(this: Socket): void {
    peerBySocket.get(this)?.onDrain()
  }

  return (request, socket, head) => {
    const refuse = (status: string): void => {
      // Nothing of Node's bounds a socket that asked for an upgrade: a client that ends never would keep it for ever.
      socket.once('finish', () => socket.destroy())
      socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
    }
    socket.on('error', ignore)
    if (request.url?.split('?', 1)[0] !== '/graphql') return refuse('404 Not Found')
    // Node looks after this for requests, but not for upgrades.
    if (request.headers.host === undefined) return refuse('400 Bad Request')
    if (options.isDraining()) return refuse('503 Service Unavailable')
    if (hasSecret(request)) return refuse('400 Bad Request')
    const hasCookieAlone = options.cookie.read(request) !== null && request.headers.authorization === undefined
    const mayUse = options.origins.mayUse(request) && !(hasCookieAlone && request.headers.origin === undefined)
    if (!mayUse) return refuse('403 Forbidden')
    const address = options.addressOf(request)
    if (!connections.admit(address)) return refuse('429 Too Many Requests')
    let isOpen = false
    // Called back before it returns, or never.
    wss.handleUpgrade(request, socket, head, ws => {
      isOpen = true
      // ws listens for itself from now on.
      socket.off('error', ignore)
      opened(ws as PeerSocket, socket as Socket, request, address)
    })
    if (!isOpen) connections.dismiss(address)
  }
}

function ignore(): void {}
