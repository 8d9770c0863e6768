// A link over one WebSocket in the protocol graphql-transport-ws, by the stock graphql-ws client, whose own retries are
// off: connection.ts decides when to try again, whatever the close code. Adds a watchdog, since neither browsers nor
// graphql-ws notice a peer that went away without a word.
import { createClient, MessageType, stringifyMessage } from 'graphql-ws'
import { errorFromResult, RecadoError } from './errors.ts'
import { ANSWER_TIMEOUT_MS, CHECK_TIMEOUT_MS, type Closure, type Link, type Result } from './link.ts'

export interface WebSocketLinkOptions {
  /** `ws:` or `wss:`. */
  readonly url: string
  readonly token: string | undefined
  readonly webSocket: typeof WebSocket | undefined
  readonly pingIntervalMs: number
}

/** From the first packet to the acknowledgement. */
const OPEN_TIMEOUT_MS = 15_000
/** A WebSocket says `close` after `error`; one that does not is given up after this time. */
const CLOSE_AFTER_ERROR_MS = 1_000
/** How long the closing handshake may take. */
const END_TIMEOUT_MS = 1_000

/** Rejects with a `Closure`. @param signal ends the attempt; a link that is open is ended by its own methods alone */
export function openWebSocketLink(options: WebSocketLinkOptions, signal: AbortSignal): Promise<Link> {
  const { token, pingIntervalMs } = options
  const opened = Promise.withResolvers<Link>()
  const lost = Promise.withResolvers<Closure>()
  /** Rejects of the operations that `execute` waits for. */
  const executing = new Set<(error: RecadoError) => void>()
  let socket: WebSocket | undefined
  let acknowledged = false
  let over = false
  let silence: ReturnType<typeof setTimeout> | undefined
  /** Ends what should end by itself, in case it does not. */
  let ending: ReturnType<typeof setTimeout> | undefined
  /** When `silence` ends, by `performance.now()`; Infinity: nothing is waited for. */
  let silenceEndsAt = Number.POSITIVE_INFINITY

  const client = createClient({
    url: options.url,
    webSocketImpl: options.webSocket,
    lazy: false,
    retryAttempts: 0,
    keepAlive: pingIntervalMs,
    ...(token === undefined ? {} : { connectionParams: { authorization: `Bearer ${token}` } }),
    // Everything it would say has been said by `closed` or `error`.
    onNonLazyError: () => {},
    on: {
      opened(opening) {
        socket = opening as WebSocket
      },
      connected() {
        acknowledged = true
        signal.removeEventListener('abort', abort)
        heard()
        opened.resolve(link)
      },
      message() {
        if (acknowledged) heard()
      },
      // Counted from our own ping, not from the last byte: browsers slow the timers of hidden pages down to one tick a
      // minute, and a late ping is no sign of a dead peer.
      ping(received) {
        if (!received && acknowledged) expectBytesWithin(pingIntervalMs * 1.5)
      },
      closed(event) {
        finish(closureOfEvent(event))
      },
      error() {
        ending ??= setTimeout(() => finish({ code: 1006, reason: 'The socket failed' }), CLOSE_AFTER_ERROR_MS)
      },
    },
  })

  const link: Link = {
    transport: 'websocket',
    lost: lost.promise,

    subscribe(request, sink) {
      let done = false
      const end = client.subscribe(
        { query: request.query, variables: { ...request.variables }, operationName: request.operationName },
        {
          next(result) {
            if (!done) sink.next(result)
          },
          error(payload) {
            // Anything but a list of errors is a lost socket, which the connection tells.
            if (done || !Array.isArray(payload)) return
            done = true
            sink.error(errorFromResult(payload))
          },
          complete() {
            if (done || over) return
            done = true
            sink.complete()
          },
        },
      )
      return () => {
        done = true
        // Not at once: Node delivers frames that came together in one go, and graphql-ws counts an operation down twice,
        // then closes the socket, when it is ended inside `next` and its `complete` follows at once.
        setTimeout(end)
      }
    },

    execute(request) {
      const answer = Promise.withResolvers<Result>()
      if (over) {
        answer.reject(new RecadoError('NETWORK', { message: 'The socket is closed.' }))
        return answer.promise
      }
      executing.add(answer.reject)
      // After its one result the server completes it by itself.
      const end = link.subscribe(request, {
        next: answer.resolve,
        error: answer.reject,
        complete: () => answer.reject(new RecadoError('NETWORK', { message: 'The operation ended without a result.' })),
      })
      const timeout = setTimeout(() => {
        answer.reject(new RecadoError('NETWORK', { message: 'No answer came in time.' }))
        end()
      }, ANSWER_TIMEOUT_MS)
      return answer.promise.finally(() => {
        clearTimeout(timeout)
        executing.delete(answer.reject)
      })
    },

    check() {
      if (over || socket?.readyState !== 1) return
      expectBytesWithin(CHECK_TIMEOUT_MS)
      socket.send(stringifyMessage({ type: MessageType.Ping }))
    },

    drop: () => drop('Dropped'),

    end() {
      if (over) return
      // Rejects when the socket is lost at this very moment, which is what was asked for.
      Promise.resolve(client.dispose()).catch(() => {})
      ending ??= setTimeout(() => drop('The closing handshake took too long'), END_TIMEOUT_MS)
    },
  }

  function finish(closure: Closure): void {
    if (over) return
    over = true
    clearTimeout(silence)
    clearTimeout(ending)
    signal.removeEventListener('abort', abort)
    opened.reject(closure)
    lost.resolve(closure)
    for (const reject of executing) reject(new RecadoError('NETWORK', { message: 'The socket closed.' }))
    executing.clear()
  }

  /** Drops the link unless something comes within this time. An earlier deadline stands. */
  function expectBytesWithin(milliseconds: number): void {
    const endsAt = performance.now() + milliseconds
    if (endsAt >= silenceEndsAt) return
    clearTimeout(silence)
    silenceEndsAt = endsAt
    silence = setTimeout(() => drop('Nothing came in time'), milliseconds)
  }

  function heard(): void {
    clearTimeout(silence)
    silenceEndsAt = Number.POSITIVE_INFINITY
  }

  function drop(reason: string): void {
    finish({ code: 1006, reason })
    client.terminate()
  }

  function abort(): void {
    drop('Aborted')
  }

  expectBytesWithin(OPEN_TIMEOUT_MS)
  signal.addEventListener('abort', abort)
  if (signal.aborted) abort()
  return opened.promise
}

function closureOfEvent(event: unknown): Closure {
  if (typeof event !== 'object' || event === null || !('code' in event)) return { code: 1006, reason: 'No close event' }
  const reason = 'reason' in event ? String(event.reason) : ''
  return { code: Number(event.code), reason }
}
