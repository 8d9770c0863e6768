// A server of a few lines with the real schema, for what the real one can't be made to do on demand: lose an answer after
// the commit, replay too much, forget its history, refuse with a chosen code, close with a chosen close code, speak SSE
// only. It keeps everything in memory and trusts everybody: the token is the username.
import { readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { fileURLToPath } from 'node:url'
import { GraphQLError } from 'graphql'
import { useServer as serveWebSockets } from 'graphql-ws/use/ws'
import { createYoga, Repeater } from 'graphql-yoga'
import { type WebSocket, WebSocketServer } from 'ws'
import { makeExecutable } from '../../server/graphql/executable.ts'

const typeDefs = readFileSync(fileURLToPath(new URL('../../schema.graphql', import.meta.url)), 'utf8')

interface FakeMessage {
  id: string
  cursor: string
  from: { id: string; username: string }
  to: { id: string; username: string } | null
  text: string
  sentAt: string
}

/** One execution of `sendMessage`, refused or not. */
export interface Attempt {
  readonly by: string
  readonly text: string
  readonly to: string | null
  readonly plain: boolean
  readonly nonce: string | null
  readonly over: 'websocket' | 'http'
}

export interface FakeServer {
  readonly url: string
  readonly port: number
  /** What is stored, oldest first. */
  readonly messages: readonly FakeMessage[]
  readonly attempts: readonly Attempt[]
  /** `since` of each onEvent subscription so far. */
  readonly starts: readonly (string | null)[]
  readonly sockets: ReadonlySet<WebSocket>
  /** WebSocket upgrades so far, refused ones included. */
  readonly upgrades: number
  readonly faults: {
    /** Codes for the next sends, one each; null: stored, but the answer is lost together with the connection. */
    sends: (string | null)[]
    /** Goes with `RATE_LIMITED`. */
    retryAfterMs: number
    /** Codes for the next `onEvent` subscriptions, one each. */
    feeds: string[]
    /** Events before `since` that a replay repeats. */
    overlap: number
    /** Upgrades are answered with 404. */
    webSocketBlocked: boolean
    /** Close code for every new socket instead of an acknowledgement. */
    refuseSockets: number | null
    /** Sends wait for this before they do anything. */
    gate: Promise<unknown> | null
    /** Event of a type that this client does not know, before each replay ends. */
    unknownEvents: boolean
  }
  /** Whom a cookie-less, token-less request belongs to: stands for the browser's cookie. */
  cookie: string | null
  publish(from: string, text: string, to?: string): FakeMessage
  /** Comes and goes as onPresence tells it. */
  presence(username: string, online: boolean): void
  /** A new, empty history. */
  forget(): void
  closeSockets(code: number, reason?: string): void
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

const user = (username: string) => ({ id: `id-${username}`, username, online: true, lastSeenAt: null })

function refuse(code: string, extensions: Record<string, unknown> = {}): GraphQLError {
  return new GraphQLError(`refused: ${code}`, { extensions: { code, ...extensions } })
}

interface Context {
  viewer: string | null
  over: 'websocket' | 'http'
  /** Ends the connection this came by, without another word. */
  cut(): void
}

/** @param port default: a free one */
export async function startFakeServer(port = 0): Promise<FakeServer> {
  let epoch = 'aaaaaaaa'
  let position = 1000
  let upgrades = 0
  const messages: FakeMessage[] = []
  const attempts: Attempt[] = []
  const starts: (string | null)[] = []
  const sockets = new Set<WebSocket>()
  const online = new Set<string>()
  const onMessage = new Set<() => void>()
  const onPresence = new Set<(username: string, isOnline: boolean) => void>()
  const byNonce = new Map<string, FakeMessage>()
  const faults: FakeServer['faults'] = {
    sends: [],
    retryAfterMs: 20,
    feeds: [],
    overlap: 0,
    webSocketBlocked: false,
    refuseSockets: null,
    gate: null,
    unknownEvents: false,
  }

  const cursorAt = (at: number) => `${epoch}-${String(at).padStart(8, '0')}`
  const origin = () => cursorAt(0)
  const sees = (viewer: string, { from, to }: FakeMessage) =>
    to === null || to.username === viewer || from.username === viewer

  function publish(from: string, text: string, to?: string): FakeMessage {
    position += 1
    const message: FakeMessage = {
      id: `m${position}`,
      cursor: cursorAt(position),
      from: user(from),
      to: to === undefined ? null : user(to),
      text,
      sentAt: '2025-03-01T12:00:00.000Z',
    }
    messages.push(message)
    for (const wake of [...onMessage]) wake()
    return message
  }

  function viewerOf(context: Context): string {
    if (context.viewer === null) throw refuse('UNAUTHENTICATED')
    return context.viewer
  }

  /** A subscription that brings nothing. */
  const silent = { subscribe: () => new Repeater(async (_push, stop) => void (await stop)) }

  const resolvers = {
    Event: { __resolveType: (event: { __typename: string }) => event.__typename },
    Query: {
      conversations: () => [],
      users() {
        throw refuse('STORAGE_UNAVAILABLE')
      },
      me: (_: unknown, __: unknown, { viewer }: Context) => (viewer === null ? null : user(viewer)),
      messages(_: unknown, { limit }: { limit: number }, context: Context) {
        const viewer = viewerOf(context)
        const visible = messages.filter(message => sees(viewer, message))
        const nodes = visible.slice(-limit)
        return {
          nodes,
          pageInfo: {
            hasNextPage: false,
            hasPreviousPage: visible.length > nodes.length,
            startCursor: nodes[0]?.cursor ?? null,
            endCursor: nodes.at(-1)?.cursor ?? origin(),
          },
        }
      },
    },
    Mutation: {
      enter: (_: unknown, { username }: { username: string }) => ({
        token: username,
        expiresAt: '2030-01-01T00:00:00.000Z',
        me: user(username),
      }),
      leave: () => true,
      async sendMessage(
        _: unknown,
        args: { text: string; to?: string | null; plain: boolean; nonce?: string | null },
        context: Context,
      ) {
        const by = viewerOf(context)
        const { text, to = null, plain, nonce = null } = args
        await faults.gate
        attempts.push({ by, text, to, plain, nonce, over: context.over })
        const fault = faults.sends.shift()
        if (typeof fault === 'string') {
          throw refuse(fault, fault === 'RATE_LIMITED' ? { retryAfterMs: faults.retryAfterMs } : {})
        }
        const key = `${by} ${nonce}`
        const message = (nonce !== null && byNonce.get(key)) || publish(by, text, to ?? undefined)
        if (nonce !== null) byNonce.set(key, message)
        if (fault === null) {
          context.cut()
          await new Promise(() => {})
        }
        return message
      },
    },
    Subscription: {
      onReadPosition: silent,
      onSessions: silent,
      onTyping: silent,
      onEvent: {
        resolve: (event: unknown) => event,
        subscribe(_: unknown, { since }: { since?: string | null }, context: Context) {
          const viewer = viewerOf(context)
          starts.push(since ?? null)
          const fault = faults.feeds.shift()
          if (fault !== undefined) throw refuse(fault)
          if (since && !since.startsWith(`${epoch}-`)) throw refuse('HISTORY_RESET')
          const at = messages.filter(message => message.cursor <= (since ?? cursorAt(position))).length
          return new Repeater(async (push, stop) => {
            let next = Math.max(0, at - faults.overlap)
            let ended = false
            let wake = () => {}
            const changed = () => wake()
            onMessage.add(changed)
            void stop.then(() => {
              ended = true
              onMessage.delete(changed)
              wake()
            })
            let replayed = 0
            let last = since ?? cursorAt(position)
            const rest = async () => {
              while (!ended && next < messages.length) {
                const message = messages[next]
                next += 1
                if (message === undefined || !sees(viewer, message)) continue
                replayed += 1
                last = message.cursor
                await push({ __typename: 'MessageAdded', cursor: message.cursor, message })
              }
            }
            await rest()
            if (faults.unknownEvents) {
              position += 1
              last = cursorAt(position)
              await push({ __typename: 'CaughtUp', cursor: last, replayed: -1 })
            }
            await push({ __typename: 'CaughtUp', cursor: last, replayed })
            while (!ended) {
              await rest()
              if (next >= messages.length && !ended) {
                await new Promise<void>(resolve => {
                  wake = resolve
                })
              }
            }
          })
        },
      },
      onPresence: {
        resolve: (users: unknown) => users,
        subscribe(_: unknown, __: unknown, context: Context) {
          viewerOf(context)
          return new Repeater(async (push, stop) => {
            const changed = (username: string, isOnline: boolean) => {
              void push([{ ...user(username), online: isOnline }])
            }
            onPresence.add(changed)
            void push([...online].map(user))
            await stop
            onPresence.delete(changed)
          })
        },
      },
    },
  }

  const schema = makeExecutable(typeDefs, resolvers)
  let cookie: string | null = null
  const viewerOfHeader = (authorization: unknown) =>
    typeof authorization === 'string' ? authorization.replace('Bearer ', '') : cookie

  const yoga = createYoga<{ req: { socket: { destroy(): void } } }, Context>({
    schema,
    logging: false,
    maskedErrors: false,
    context: ({ request, req }) => ({
      viewer: viewerOfHeader(request.headers.get('authorization')),
      over: 'http',
      cut: () => req.socket.destroy(),
    }),
  })
  const http: Server = createServer(yoga)
  const upgrader = new WebSocketServer({ noServer: true })
  serveWebSockets(
    {
      schema,
      context: ({ connectionParams, extra }): Context => ({
        viewer: viewerOfHeader(connectionParams?.authorization),
        over: 'websocket',
        cut: () => extra.socket.terminate(),
      }),
      onConnect({ extra }) {
        if (faults.refuseSockets !== null) extra.socket.close(faults.refuseSockets, 'as the test says')
      },
      onNext(_context, _id, _payload, _args, result) {
        // What a later server may send: a type that no document of this client names.
        const event = (result.data as { onEvent?: { __typename: string; replayed?: number } } | undefined)?.onEvent
        if (event?.replayed === -1) {
          event.__typename = 'ReactionAdded'
          delete event.replayed
        }
      },
    },
    upgrader,
  )
  upgrader.on('connection', socket => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  http.on('upgrade', (request, socket, head) => {
    upgrades += 1
    if (faults.webSocketBlocked) {
      socket.end('HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n')
      return
    }
    upgrader.handleUpgrade(request, socket, head, webSocket => upgrader.emit('connection', webSocket, request))
  })
  await new Promise<void>(resolve => http.listen(port, '127.0.0.1', resolve))
  const address = http.address()
  if (address === null || typeof address === 'string') throw new Error('no port')

  async function close(): Promise<void> {
    if (!http.listening) return
    const closed = new Promise(resolve => http.close(resolve))
    for (const socket of sockets) socket.terminate()
    http.closeAllConnections()
    await closed
  }

  return {
    get cookie() {
      return cookie
    },
    set cookie(username) {
      cookie = username
    },
    url: `http://127.0.0.1:${address.port}`,
    port: address.port,
    messages,
    attempts,
    starts,
    sockets,
    get upgrades() {
      return upgrades
    },
    faults,
    publish,
    presence(username: string, isOnline: boolean) {
      if (isOnline) online.add(username)
      else online.delete(username)
      for (const tell of [...onPresence]) tell(username, isOnline)
    },
    forget() {
      epoch = epoch === 'aaaaaaaa' ? 'bbbbbbbb' : 'cccccccc'
      messages.length = 0
      byNonce.clear()
      for (const socket of sockets) socket.terminate()
      http.closeAllConnections()
    },
    closeSockets(code: number, reason = 'as the test says') {
      for (const socket of sockets) socket.close(code, reason)
    },
    close,
    [Symbol.asyncDispose]: close,
  }
}
