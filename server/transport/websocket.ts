// GraphQL over WebSocket at /graphql (graphql-transport-ws). Parsing, protocol and close codes are graphql-ws's, frames
// are ws's; what is ours is who may connect, whose socket it is, and that subscriptions are written by the fan-out.
import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { type ExecutionResult, execute, GraphQLError, type GraphQLSchema, getOperationAST, subscribe } from 'graphql'
import { GRAPHQL_TRANSPORT_WS_PROTOCOL, makeServer, type ServerOptions, type SubscribePayload } from 'graphql-ws'
import { WebSocketServer } from 'ws'
import { Refusal } from '../domain/errors.ts'
import { isUuid } from '../domain/message.ts'
import type { Presence } from '../feed/presence.ts'
import type { Context } from '../graphql/context.ts'
import type { Documents } from '../graphql/documents.ts'
import type { Masking } from '../graphql/masking.ts'
import type { Authenticate } from './authentication.ts'
import type { Connections } from './connections.ts'
import type { SessionCookie } from './cookies.ts'
import type { Operations } from './fan-out/operation.ts'
import { mapIterator } from './map-iterator.ts'
import type { Origins } from './origin.ts'
import { CLOSE, Peer, type SocketFeed } from './peer.ts'
import { hasSecret } from './secret-parameters.ts'
import type { Subscriptions } from './subscriptions.ts'

export interface WebSocketOptions {
  readonly schema: GraphQLSchema
  readonly documents: Documents
  readonly masking: Masking
  readonly operations: Operations
  readonly subscriptions: Subscriptions
  readonly authenticate: Authenticate
  readonly connections: Connections
  readonly presence: Presence
  readonly origins: Origins
  readonly cookie: SessionCookie
  addressOf(request: IncomingMessage): string
  isDraining(): boolean
  onOpened(): void
  onClosed(): void
  onError(error: unknown): void
  readonly limits: {
    /** Bytes of a message; 0: no limit, as below. */
    readonly messageBytes: number
    readonly subscriptionsPerSocket: number
    readonly initTimeoutMs: number
    readonly pingIntervalMs: number
    readonly backlogBytes: number
  }
}

/** Frames that a message may be cut into. */
const FRAGMENTS = 64
/** Characters of an operation id. It comes back in every frame. */
const OPERATION_ID = 256
/** What graphql-ws hands from our `onSubscribe` to our `execute` and `subscribe`. */
interface Execution {
  readonly args: Parameters<typeof execute>[0]
  readonly start: (() => SocketFeed) | null
  readonly peer: Peer
}

/** Answers with what serves `upgrade` events of a server. */
export function createWebSocketHandler(
  options: WebSocketOptions,
): (request: IncomingMessage, socket: Duplex, head: Buffer) => void {
  const { schema, documents, masking, operations, subscriptions, authenticate, connections, presence, limits } = options
  const executions = new WeakMap<object, Execution>()

  const wss = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    clientTracking: false,
    maxPayload: limits.messageBytes,
    maxFragments: FRAGMENTS,
    handleProtocols: protocols => protocols.has(GRAPHQL_TRANSPORT_WS_PROTOCOL) && GRAPHQL_TRANSPORT_WS_PROTOCOL,
  })

  const protocol: ServerOptions<Record<string, unknown>, Extra> = {
    connectionInitWaitTimeout: limits.initTimeoutMs,
    async onConnect({ extra, connectionParams }) {
      const { peer, request } = extra
      if (!request) return false
      const authentication = await authenticate(request, connectionParams)
      extra.request = null
      if (authentication.status === 'refused') return false
      if (!peer.open) return false
      if (authentication.status === 'somebody') peer.viewer = authentication.viewer
      if (!connections.add(peer)) {
        peer.viewer = null
        peer.close(CLOSE.tooMany)
        return
      }
      if (!peer.viewer) return
      extra.disconnect = presence.connect(peer.viewer.account)
      // The session may have ended after it was looked up and before the socket was among its connections.
      const still = await authenticate(request, connectionParams)
      if (still.status !== 'somebody') return false
    },
    onSubscribe: ({ extra: { peer } }, id, payload) =>
      prepare(peer, id, payload).catch((error: unknown) => [masking.present(error)]),
    async execute(args) {
      const execution = executions.get(args)
      if (!execution) throw new Error('An operation came that had not been prepared')
      return masking.presentResult(await execute(execution.args))
    },
    async subscribe(args) {
      const execution = executions.get(args)
      if (!execution) throw new Error('An operation came that had not been prepared')
      try {
        checkRoom(execution.peer)
        if (execution.start) return execution.start()
        const result = await subscribe(execution.args)
        if (Symbol.asyncIterator in result) return presented(execution.peer, result)
        return failing(masking.present(result.errors?.[0]))
      } catch (error) {
        return failing(masking.present(error))
      }
    },
  }
  const server = makeServer<Record<string, unknown>, Extra>(protocol)

  async function prepare(peer: Peer, id: string, payload: SubscribePayload) {
    if (peer.ending) throw new Refusal('UNAUTHENTICATED')
    if (id.length > OPERATION_ID) {
      throw new Refusal('BAD_USER_INPUT', `An operation id has at most ${OPERATION_ID} characters.`)
    }
    const { document, errors } = documents.prepare(payload.query)
    if (!document || errors.length > 0) return errors.map(masking.present)
    const operation = getOperationAST(document, payload.operationName)
    if (!operation) throw new GraphQLError('The document has no such operation: give `operationName`.')
    const context: Context = {
      viewer: peer.viewer,
      address: peer.address,
      operationId: isUuid(id) ? id : null,
      cookies: null,
    }
    const args = {
      schema,
      document,
      operationName: payload.operationName ?? null,
      variableValues: payload.variables ?? {},
      contextValue: context,
    }
    let start: (() => SocketFeed) | null = null
    if (operation.operation === 'subscription') {
      checkRoom(peer)
      const shared = operations.read(document, payload.operationName, payload.variables)
      if (shared) ({ start } = await subscriptions.onSocket(peer, id, context, shared))
    }
    executions.set(args, { args, start, peer })
    return args
  }

  /** @throws Refusal SUBSCRIPTION_LIMIT */
  function checkRoom(peer: Peer): void {
    const most = limits.subscriptionsPerSocket
    if (most > 0 && peer.feeds.size + peer.unshared >= most) throw new Refusal('SUBSCRIPTION_LIMIT')
  }

  function presented(peer: Peer, results: AsyncIterable<ExecutionResult>): AsyncIterableIterator<ExecutionResult> {
    peer.unshared++
    return mapIterator(results[Symbol.asyncIterator](), masking.presentResult, () => {
      peer.unshared--
    })
  }

  function opened(ws: import('ws').WebSocket, socket: Socket, request: IncomingMessage, address: string): void {
    const peer = new Peer({
      ws,
      socket,
      address,
      backlogBytes: limits.backlogBytes,
      pingIntervalMs: limits.pingIntervalMs,
    })
    const extra: Extra = { peer, request, disconnect: null }
    let receive: (text: string) => Promise<void> = async () => {}
    // graphql-ws forgets an operation some turns after its `complete`; an id that is used again within the same chunk
    // would be forgotten with it. What follows a `complete` therefore waits for the next turn of the loop.
    let held: string[] | null = null
    const take = (text: string): void => {
      if (held) return void held.push(text)
      peer.handle(receive(text)).catch(error => {
        // graphql-ws throws for messages that only servers send.
        if (String(error).includes('Unexpected message of type')) return peer.close(CLOSE.badRequest)
        options.onError(error)
        peer.close(CLOSE.internal)
      })
      if (text.length > 1_024 || !text.includes('"complete"')) return
      held = []
      setImmediate(() => {
        const texts = held ?? []
        held = null
        for (const next of texts) take(next)
      })
    }
    const closed = server.opened(
      {
        protocol: ws.protocol,
        send: text => peer.send(text),
        close: (code, reason) => ws.close(code, reason),
        onMessage: handler => {
          receive = handler
        },
      },
      extra,
    )
    ws.on('message', (data, isBinary) => {
      if (peer.ending) return
      if (isBinary) peer.close(CLOSE.notText)
      else take(String(data))
    })
    // A broken frame: ws closes with the code that RFC 6455 has for it.
    ws.on('error', ignore)
    options.onOpened()
    ws.once('close', (code, reason) => {
      options.onClosed()
      connections.dismiss(address)
      connections.remove(peer)
      extra.disconnect?.()
      for (const feed of [...peer.feeds.values()]) feed.stop()
      closed(code, String(reason)).catch(options.onError)
    })
  }

  return (request, socket, head) => {
    const refuse = (status: string): void => {
      socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
    }
    const url = URL.canParse(request.url ?? '', 'http://localhost')
      ? new URL(request.url ?? '', 'http://localhost')
      : null
    socket.on('error', ignore)
    if (url?.pathname !== '/graphql') return refuse('404 Not Found')
    if (options.isDraining()) return refuse('503 Service Unavailable')
    if (hasSecret(request)) return refuse('400 Bad Request')
    const hasCookieAlone = options.cookie.read(request) !== null && request.headers.authorization === undefined
    const mayUse = options.origins.mayUse(request) && !(hasCookieAlone && request.headers.origin === undefined)
    if (!mayUse) return refuse('403 Forbidden')
    const address = options.addressOf(request)
    if (!connections.admit(address)) return refuse('429 Too Many Requests')
    let isOpen = false
    const onClose = (): void => {
      if (!isOpen) connections.dismiss(address)
    }
    socket.once('close', onClose)
    wss.handleUpgrade(request, socket, head, ws => {
      isOpen = true
      // Whatever was made for the upgrade must not live as long as the socket: the request alone is 2 KB.
      socket.off('close', onClose)
      opened(ws, socket as Socket, request, address)
    })
  }
}

function ignore(): void {}

interface Extra {
  readonly peer: Peer
  /** The upgrade request, until the socket is acknowledged. */
  request: IncomingMessage | null
  /** Tells presence that the socket is gone. */
  disconnect: (() => void) | null
}

/** What graphql-ws turns into an `error` message: the operation ends, the socket stays. */
function failing(error: GraphQLError): AsyncIterableIterator<never> {
  return {
    next: () => Promise.reject(error),
    [Symbol.asyncIterator]() {
      return this
    },
  }
}
