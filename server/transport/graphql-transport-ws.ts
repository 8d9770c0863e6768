// The protocol of a socket, graphql-transport-ws (PROTOCOL.md, SOCK): texts in, messages and close codes out. Messages
// are checked and named by graphql-ws; what they do is done here and not in its `makeServer`, which keeps a generator,
// three closures and a timer for each subscription and some twenty promises for each send (docs/decisions/0004).
//
//   opened ──connection_init──▶ initialised ──authenticated──▶ acknowledged ──▶ subscribe … complete
//      │ none in time: 4408         │ a second one: 4429            │ an id in use: 4409
//      └── subscribe before the acknowledgement: 4401; no message of the protocol: 4400
import {
  type ExecutionArgs,
  type ExecutionResult,
  execute,
  GraphQLError,
  type GraphQLSchema,
  getOperationAST,
  subscribe,
} from 'graphql'
import { type Message, MessageType, parseMessage, type SubscribeMessage } from 'graphql-ws'
import { Refusal } from '../domain/errors.ts'
import { isUuid } from '../domain/message.ts'
import type { Presence } from '../feed/presence.ts'
import type { Context } from '../graphql/context.ts'
import type { Documents } from '../graphql/documents.ts'
import type { Masking } from '../graphql/masking.ts'
import type { Authenticate } from './authentication.ts'
import type { Connections } from './connections.ts'
import type { Operations } from './fan-out/operation.ts'
import { CLOSE, type Peer, type Running } from './peer.ts'
import type { Subscriptions } from './subscriptions.ts'
import { MS_PER_COST, type Turns } from './turns.ts'

export interface ProtocolOptions {
  readonly schema: GraphQLSchema
  readonly documents: Documents
  readonly masking: Masking
  readonly operations: Operations
  readonly subscriptions: Subscriptions
  readonly authenticate: Authenticate
  readonly connections: Connections
  readonly presence: Presence
  readonly turns: Pick<Turns, 'charge'>
  onError(error: unknown): void
  /** Of one socket at a time; 0: any. */
  readonly subscriptionsPerSocket: number
}

export interface Protocol {
  /** Takes a message of the client. */
  receive(peer: Peer, text: string): void
  /** The socket is gone. */
  closed(peer: Peer): void
}

/** Characters of an operation id. It comes back in every frame. */
const OPERATION_ID = 256

export function createProtocol(options: ProtocolOptions): Protocol {
  const { schema, documents, masking, operations, subscriptions, turns } = options
  const { authenticate, connections, presence, onError } = options

  function receive(peer: Peer, text: string): void {
    if (!peer.open) return
    let message: Message
    try {
      message = parseMessage(text)
    } catch {
      return peer.close(CLOSE.badRequest)
    }
    switch (message.type) {
      case MessageType.Subscribe:
        return peer.acknowledged ? begin(peer, message) : peer.close(CLOSE.unauthorized)
      case MessageType.Complete:
        return peer.stop(message.id)
      case MessageType.Ping: {
        const { payload } = message
        return peer.send(JSON.stringify(payload ? { type: MessageType.Pong, payload } : { type: MessageType.Pong }))
      }
      case MessageType.Pong:
        return
      case MessageType.ConnectionInit:
        if (peer.initialised) return peer.close(CLOSE.tooManyInits)
        peer.initialised = true
        initialise(peer, message.payload).catch(error => fail(peer, error))
        return
      default:
        return peer.close(CLOSE.badRequest)
    }
  }

  function fail(peer: Peer, error: unknown): void {
    // Who it is can't be looked up for the moment. Stock clients come back after this code, and never after the other.
    if (error instanceof Refusal && error.code === 'STORAGE_UNAVAILABLE') return peer.close(CLOSE.unavailable)
    onError(error)
    peer.close(CLOSE.internal)
  }

  async function initialise(peer: Peer, params: Record<string, unknown> | null | undefined): Promise<void> {
    const { request } = peer
    if (!request) return
    const authentication = await authenticate(request, params ?? undefined)
    // Whatever was made for the upgrade must not live as long as the socket: the request alone is 2 KB.
    peer.request = null
    if (!peer.open) return
    if (authentication.status === 'refused') return peer.close(CLOSE.forbidden)
    if (authentication.status === 'somebody') peer.viewer = authentication.viewer
    if (!connections.add(peer)) {
      peer.viewer = null
      return peer.close(CLOSE.tooMany)
    }
    if (!peer.open) return
    if (peer.viewer) peer.stay = presence.connect(peer.viewer.account)
    peer.acknowledged = true
    peer.send(`{"type":"${MessageType.ConnectionAck}"}`)
  }

  function begin(peer: Peer, { id, payload }: SubscribeMessage): void {
    if (peer.operations.has(id)) return peer.close(CLOSE.idInUse)
    const operation = peer.begin(id)
    let started: Promise<void> | undefined
    try {
      started = start(peer, id, operation, payload)
    } catch (error) {
      return refuse(peer, id, operation, [error])
    }
    started?.catch(error => refuse(peer, id, operation, [error]))
  }

  /** @throws whatever refuses the operation, at once or by promise */
  function start(
    peer: Peer,
    id: string,
    operation: number,
    payload: SubscribeMessage['payload'],
  ): Promise<void> | undefined {
    if (id.length > OPERATION_ID) {
      throw new Refusal('BAD_USER_INPUT', `An operation id has at most ${OPERATION_ID} characters.`)
    }
    const { document, errors, cost } = documents.prepare(payload.query)
    if (!document || errors.length > 0) {
      refuse(peer, id, operation, errors)
      return
    }
    const node = getOperationAST(document, payload.operationName)
    if (!node) throw new GraphQLError('The document has no such operation: give `operationName`.')
    const context: Context = {
      viewer: peer.viewer,
      address: peer.address,
      device: peer.device,
      operationId: isUuid(id) ? id : null,
      cookies: null,
    }
    const args: ExecutionArgs = {
      schema,
      document,
      operationName: payload.operationName ?? null,
      variableValues: payload.variables ?? {},
      contextValue: context,
    }
    if (node.operation === 'subscription') return startSubscription(peer, id, operation, args, context)
    peer.executing()
    let result: ExecutionResult | Promise<ExecutionResult>
    try {
      result = execute(args) as ExecutionResult | Promise<ExecutionResult>
    } catch (error) {
      peer.executed()
      throw error
    }
    if (!(result instanceof Promise)) return answer(peer, id, operation, result)
    // Most of it is done when nobody looks at the clock.
    turns.charge(peer.owner, cost * MS_PER_COST)
    return result.then(settled => answer(peer, id, operation, settled))
  }

  function answer(peer: Peer, id: string, operation: number, result: ExecutionResult): undefined {
    if (peer.holds(id, operation)) {
      peer.operations.delete(id)
      const name = JSON.stringify(id)
      peer.send(next(name, masking.presentResult(result, peer.requestId)))
      peer.send(`{"id":${name},"type":"complete"}`)
    }
    peer.executed()
  }

  /** Ends an operation that has not become a subscription with `error`; the socket and its other operations go on. */
  function refuse(peer: Peer, id: string, operation: number, errors: readonly unknown[]): void {
    if (!peer.holds(id, operation)) return
    peer.operations.delete(id)
    sendErrors(peer, id, errors)
  }

  function sendErrors(peer: Peer, id: string, errors: readonly unknown[]): void {
    peer.send(
      JSON.stringify({
        id,
        type: MessageType.Error,
        payload: errors.map(error => masking.present(error, peer.requestId)),
      }),
    )
  }

  /** A feed of the fan-out was ended by the server. */
  function onEnded(peer: Peer, id: string, cause: unknown): void {
    if (cause) sendErrors(peer, id, [cause])
    else peer.send(JSON.stringify({ id, type: MessageType.Complete }))
  }

  async function startSubscription(
    peer: Peer,
    id: string,
    operation: number,
    args: ExecutionArgs,
    context: Context,
  ): Promise<void> {
    checkRoom(peer)
    const shared = operations.read(args.document, args.operationName, args.variableValues)
    if (!shared) return startUnshared(peer, id, operation, args)
    if (!context.viewer) throw new Refusal('UNAUTHENTICATED')
    const since = shared.since === null ? null : await subscriptions.place(context, shared.since)
    if (!peer.open || !peer.holds(id, operation)) return
    checkRoom(peer)
    subscriptions.onSocket(peer, id, shared, since, onEnded)
  }

  /** What the fan-out can't share (directives at the root) costs an execution for each message, as a group does. */
  async function startUnshared(peer: Peer, id: string, operation: number, args: ExecutionArgs): Promise<void> {
    const release = subscriptions.alone(peer.address)
    try {
      await runAlone(peer, id, operation, args)
    } finally {
      release()
    }
  }

  /** Until it has ended: graphql-js renders it for this socket alone. */
  async function runAlone(peer: Peer, id: string, operation: number, args: ExecutionArgs): Promise<void> {
    const results = await subscribe(args)
    if (!(Symbol.asyncIterator in results)) return refuse(peer, id, operation, results.errors ?? [])
    const iterator = results[Symbol.asyncIterator]()
    if (!peer.open || !peer.holds(id, operation)) return void (await iterator.return?.())
    let wake = (): void => {}
    const running: Running = {
      stop() {
        peer.finished(id, running)
        iterator.return?.().catch(onError)
        wake()
      },
      drained: () => wake(),
    }
    const name = JSON.stringify(id)
    try {
      checkRoom(peer)
      peer.run(id, running)
      for (let step = await iterator.next(); !step.done; step = await iterator.next()) {
        if (peer.operations.get(id) !== running) return
        peer.send(next(name, masking.presentResult(step.value, peer.requestId)))
        // Its queue is bounded, what a socket has to send is not: a slow reader is not read for.
        while (peer.socket.writableNeedDrain && peer.operations.get(id) === running) {
          await new Promise<void>(resolve => {
            wake = resolve
          })
        }
      }
      if (peer.operations.get(id) !== running) return
      peer.finished(id, running)
      onEnded(peer, id, null)
    } catch (error) {
      iterator.return?.().catch(onError)
      if (peer.operations.get(id) !== running) throw error
      peer.finished(id, running)
      onEnded(peer, id, error)
    }
  }

  /** @throws Refusal SUBSCRIPTION_LIMIT */
  function checkRoom(peer: Peer): void {
    const most = options.subscriptionsPerSocket
    if (most > 0 && peer.subscriptions >= most) throw new Refusal('SUBSCRIPTION_LIMIT')
  }

  return {
    receive,
    closed(peer) {
      connections.remove(peer)
      peer.stay?.leave()
      peer.stopAll()
    },
  }
}

/** @param name the id as JSON */
function next(name: string, payload: ExecutionResult): string {
  return `{"id":${name},"type":"next","payload":${JSON.stringify(payload)}}`
}
