// The client: its parts, and a typed urql client whose subscriptions go over the same connection.
import { Client, fetchExchange, subscriptionExchange } from '@urql/core'
import type { Connection } from './connection.ts'
import type { RecadoError } from './errors.ts'
import { authorizationOf, credentialsOf } from './http.ts'
import type { Request, Result } from './link.ts'
import { createParts } from './recado-parts.ts'
import type { Recado, RecadoOptions } from './types.ts'

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
  const { recado, connection, fetch, url } = createParts(options)
  const { token } = options
  const client = new Client({
    url,
    fetch,
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

  return Object.assign(recado, { client })
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
