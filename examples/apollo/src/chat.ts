// A chat on stock Apollo Client and graphql-ws. What PROTOCOL.md promises to any client, done by hand: a page of messages,
// then a subscription that goes on where the page ends, and after each drop where the last message was.
import { ApolloClient, ApolloLink, CombinedGraphQLErrors, HttpLink, InMemoryCache } from '@apollo/client'
import { GraphQLWsLink } from '@apollo/client/link/subscriptions'
import { createClient } from 'graphql-ws'
import { OnMessage, Page, Send } from './documents.ts'
import type { LineFragment } from './generated/graphql.ts'

export interface Chat {
  /** Resolves once the message is in the log, however often it had to be tried. */
  send(text: string): Promise<void>
}

export interface ChatOptions {
  readonly token: string
  /** All messages so far are these: forget others. */
  onPage(messages: readonly LineFragment[]): void
  /** One more, in order, once. */
  onMessage(message: LineFragment): void
  onState(state: 'live' | 'offline'): void
}

/** The cursor is of no use any more: what there is has to be read anew. */
const START_ANEW = ['CURSOR_EXPIRED', 'HISTORY_RESET', 'CURSOR_INVALID']
/** Of a send: these pass by themselves. After most of them nobody knows whether the message was kept. */
const PASSING = ['STORAGE_UNAVAILABLE', 'DRAINING', 'RATE_LIMITED', 'INTERNAL_SERVER_ERROR']
const LONGEST_WAIT_MS = 10_000

export function createApollo(token?: string): ApolloClient {
  const authorization: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` }
  const socket = createClient({
    url: `${location.origin.replace(/^http/, 'ws')}/graphql`,
    connectionParams: authorization,
    // Its own retries would subscribe with the cursor of the beginning again.
    retryAttempts: 0,
  })
  return new ApolloClient({
    link: ApolloLink.split(
      ({ operationType }) => operationType === 'subscription',
      new GraphQLWsLink(socket),
      new HttpLink({ uri: '/graphql', headers: authorization, credentials: 'omit' }),
    ),
    cache: new InMemoryCache(),
  })
}

export function startChat({ token, onPage, onMessage, onState }: ChatOptions): Chat {
  const client = createApollo(token)
  let cursor: string | null = null
  let failures = 0

  async function readPage(): Promise<void> {
    const { data } = await client.query({ query: Page, fetchPolicy: 'no-cache' })
    if (data === undefined) return
    onPage(data.messages.nodes)
    cursor = data.messages.pageInfo.endCursor
  }

  /** Resolves, with the error if there was one, when the subscription is over. */
  function follow(): Promise<unknown> {
    return new Promise(resolve => {
      client.subscribe({ query: OnMessage, variables: { since: cursor }, fetchPolicy: 'no-cache' }).subscribe({
        next({ data, error }) {
          if (error !== undefined) return resolve(error)
          if (!data) return
          failures = 0
          cursor = data.onMessage.cursor
          onMessage(data.onMessage)
        },
        error: resolve,
        complete: () => resolve(undefined),
      })
    })
  }

  async function run(): Promise<never> {
    for (;;) {
      try {
        if (cursor === null) await readPage()
        onState('live')
        const error = await follow()
        if (CombinedGraphQLErrors.is(error) && START_ANEW.includes(String(error.errors[0]?.extensions?.code)))
          cursor = null
      } catch {
        // No page: no network either, most likely.
      }
      onState('offline')
      await pause(failures++)
    }
  }

  void run()
  return {
    async send(text) {
      // The same nonce makes any number of attempts one message.
      const variables = { text, nonce: crypto.randomUUID() }
      for (let attempt = 0; ; attempt += 1) {
        try {
          await client.mutate({ mutation: Send, variables })
          return
        } catch (error) {
          const refusal = CombinedGraphQLErrors.is(error) ? (error.errors[0]?.extensions ?? {}) : null
          // What is refused stays so; a lost answer is had by asking again.
          if (refusal !== null && !PASSING.includes(String(refusal.code))) throw error
          await pause(attempt, Number(refusal?.retryAfterMs ?? 0))
        }
      }
    },
  }
}

/**
 * Exponential with jitter: all clients of a server that went away must not come back in one moment.
 *
 * @param leastMs what the server asked for
 */
function pause(failures: number, leastMs = 0): Promise<void> {
  const longest = Math.min(LONGEST_WAIT_MS, 250 * 2 ** Math.min(failures, 10))
  return new Promise(resolve => setTimeout(resolve, Math.max(leastMs, longest * (0.5 + Math.random() / 2))))
}
