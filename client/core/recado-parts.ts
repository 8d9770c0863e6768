// The parts of a client, put together: connection, feed, outbox, presence. In: where the server is and who one is. Out:
// all that `createRecado` gives but its urql client, which an application with documents of its own wants.
import { createAsking } from './asking.ts'
import { type Connection, createConnection } from './connection.ts'
import { httpUrlOf, webSocketUrlOf } from './endpoint.ts'
import { RecadoError } from './errors.ts'
import { createFeed, type Feed } from './feed.ts'
import { createHttp, type Http } from './http.ts'
import { createIndexedDbStorage } from './indexed-db-storage.ts'
import { createListeners } from './listeners.ts'
import { createMemoryStorage } from './memory-storage.ts'
import { createOutbox } from './outbox.ts'
import { createPresence } from './presence.ts'
import { openSseLink } from './sse-link.ts'
import type { ConnectionState, Recado, RecadoOptions } from './types.ts'
import { onWake } from './wake.ts'
import { openWebSocketLink } from './websocket-link.ts'

export interface RecadoParts {
  readonly recado: Omit<Recado, 'client'>
  readonly connection: Connection
  /** Single operations that need not go over the connection. */
  readonly http: Http
  /** As it was given, and the outbox hears that the server was reached. */
  readonly fetch: typeof fetch
  /** Of GraphQL. */
  readonly url: string
}

/** @throws TypeError when the URL is not http or https */
export function createParts(options: Omit<RecadoOptions, 'exchanges'>): RecadoParts {
  const { token, pingIntervalMs = 12_000, minBackoffMs = 250, maxBackoffMs = 15_000 } = options
  const url = httpUrlOf(options.url)
  // Called as a method of nothing, which browsers insist on.
  const given = options.fetch
  const fetcher: typeof fetch = async (...args) => {
    const response = await (given === undefined ? fetch(...args) : given(...args))
    // What stands between here and the server answers in other types.
    if (/json|event-stream/.test(response.headers.get('content-type') ?? '')) outbox.reached(false)
    return response
  }
  const http = createHttp({ url, token, fetch: fetcher, account: () => connection.knownAccount })

  const connection: Connection = createConnection({
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
    if (connection.state === 'open') {
      outbox.reached(true)
      outbox.flush()
    }
    if (connection.state === 'closed') stopWaking()
  })
  // An account that is known has an outbox that can be read: an earlier life may have left something in it.
  if (options.account !== undefined) outbox.flush()

  async function close(): Promise<void> {
    await Promise.all([
      outbox.close(new RecadoError('CLOSED', { message: 'The client was closed; what was said is in the outbox.' })),
      connection.close(),
    ])
  }

  const recado: Omit<Recado, 'client'> = {
    get state() {
      return state
    },
    onState: listener => states.add(listener),
    feed,
    onPresence: listener => presence.subscribe(listener),
    sendPublic: (text, options) => outbox.say(text, null, options),
    sendTo: (username, text, options) => outbox.say(text, username, options),
    say: (text, options) => outbox.say(text, undefined, options),
    outbox,
    ...createAsking(connection),
    drop: () => connection.drop(),
    unplug: () => connection.hold(),
    plug() {
      connection.release()
      outbox.flush()
    },
    get transport() {
      return connection.transport
    },
    wake,
    close,
    [Symbol.asyncDispose]: close,
  }
  return { recado, connection, http, fetch: fetcher, url }
}

function stateOf(connection: Connection, feed: Feed): ConnectionState {
  if (connection.state === 'open') return feed.phase === 'behind' ? 'behind' : 'live'
  return connection.state === 'waiting' ? 'offline' : connection.state
}
