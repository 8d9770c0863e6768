// The client: puts the parts together. In: where the server is and who one is. Out: a typed urql client, a feed without
// holes, sends that arrive once, presence, and the state of the connection.
import { Client, fetchExchange, subscriptionExchange } from '@urql/core'
import { type Connection, createConnection } from './connection.ts'
import { httpUrlOf, webSocketUrlOf } from './endpoint.ts'
import { RecadoError } from './errors.ts'
import { authorizationOf, createHttp, credentialsOf } from './http.ts'
import { createIndexedDbStorage } from './indexed-db-storage.ts'
import type { Request, Result } from './link.ts'
import { createListeners } from './listeners.ts'
import { createMemoryStorage } from './memory-storage.ts'
import { createOutbox } from './outbox.ts'
import { createPresence } from './presence.ts'
import { createFeed, type Feed } from './resume.ts'
import { openSseLink } from './sse-link.ts'
import type { ConnectionState, Recado, RecadoOptions } from './types.ts'
import { onWake } from './wake.ts'
import { openWebSocketLink } from './websocket-link.ts'

/**
 * A client of one account. Nothing connects before the first listener, subscription or send.
 *
 * @example
 * const { token } = await enter({ url, username: 'maria' })
 * const recado = createRecado({ url, token })
 * recado.feed.subscribe(event => event.__typename === 'MessageAdded' && console.log(event.message.text))
 * await recado.sendTo('joao', 'oi')
 *
 * @throws TypeError when the URL is not http or https
 */
export function createRecado(options: RecadoOptions): Recado {
  const { token, pingIntervalMs = 12_000, minBackoffMs = 250, maxBackoffMs = 15_000 } = options
  const url = httpUrlOf(options.url)
  // Called as a method of nothing, which browsers insist on.
  const given = options.fetch
  const fetcher: typeof fetch = given === undefined ? (...args) => fetch(...args) : (...args) => given(...args)
  const http = createHttp({ url, token, fetch: fetcher })

  const connection = createConnection({
    http,
    account: options.account,
    hasToken: token !== undefined,
    transport: options.transport ?? 'auto',
    openWebSocket: signal =>
      openWebSocketLink({ url: webSocketUrlOf(url), token, webSocket: options.webSocket, pingIntervalMs }, signal),
    openSse: signal => openSseLink({ http, pingIntervalMs }, signal),
    minBackoffMs,
    maxBackoffMs,
  })
  const feed = createFeed(connection, options.since, tellState)
  const presence = createPresence(connection)
  const outbox = createOutbox({
    connection,
    space: url,
    storage: options.storage ?? (typeof indexedDB === 'undefined' ? createMemoryStorage() : createIndexedDbStorage()),
  })
  const states = createListeners<[ConnectionState, RecadoError?]>()
  let state: ConnectionState = 'idle'
  let reason: RecadoError | undefined

  function tellState(): void {
    const next = stateOf(connection, feed)
    const why = connection.state === 'open' ? feed.trouble : connection.reason
    if (next === state && why === reason) return
    const before = state
    state = next
    reason = why
    if (next === 'closed' && before !== 'closed') void outbox.close(why ?? new RecadoError('CLOSED'))
    states.emit(next, why)
  }

  const wake = () => {
    connection.wake()
    outbox.flush()
  }
  const stopWaking = onWake(wake)
  connection.onChange(() => {
    tellState()
    if (connection.state === 'open') outbox.flush()
    if (connection.state === 'closed') stopWaking()
  })
  // An account that is known has an outbox that can be read: an earlier life may have left something in it.
  if (options.account !== undefined) outbox.flush()

  const client = new Client({
    url,
    fetch: fetcher,
    preferGetMethod: false,
    fetchOptions: { credentials: credentialsOf(token), headers: authorizationOf(token) },
    exchanges: [
      ...(options.exchanges ?? []),
      fetchExchange,
      subscriptionExchange({
        forwardSubscription: ({ query = '', variables, operationName }) => ({
          subscribe: sink => ({
            unsubscribe: forward(connection, { query, variables, operationName }, sink),
          }),
        }),
      }),
    ],
  })

  async function close(): Promise<void> {
    await Promise.all([
      outbox.close(new RecadoError('CLOSED', { message: 'The client was closed; what was said is in the outbox.' })),
      connection.close(),
    ])
  }

  return {
    client,
    get state() {
      return state
    },
    onState: listener => states.add(listener),
    feed,
    onPresence: listener => presence.subscribe(listener),
    sendPublic: text => outbox.say(text, null),
    sendTo: (username, text) => outbox.say(text, username),
    say: text => outbox.say(text, undefined),
    outbox,
    drop: () => connection.drop(),
    close,
    [Symbol.asyncDispose]: close,
  }
}

function stateOf(connection: Connection, feed: Feed): ConnectionState {
  if (connection.state === 'open') return feed.phase === 'behind' ? 'behind' : 'live'
  return connection.state === 'waiting' ? 'offline' : connection.state
}

/** One subscription of the application's own, started again on each link until the server or the application ends it. */
function forward(
  connection: Connection,
  request: Request,
  sink: { next(result: Result): void; error(error: unknown): void; complete(): void },
): () => void {
  let end = () => {}
  let over = false
  const stop = () => {
    over = true
    end()
    detach()
  }
  const fail = ({ code, message, retryAfterMs }: RecadoError) => {
    if (over) return
    stop()
    // In the shape of a GraphQL error, from which urql makes its own.
    sink.error([{ message, extensions: { code, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) } }])
  }
  let detach = () => {}
  detach = connection.attach({
    opened(link) {
      end = link.subscribe(request, {
        next: result => sink.next(result),
        error: fail,
        complete() {
          stop()
          sink.complete()
        },
      })
    },
    lost: () => end(),
    closed: fail,
  })
  if (over) detach()
  return stop
}
