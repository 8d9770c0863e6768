// Stock clients, unmodified and as their documentation shows them, with what a test wants to know written down: every
// result of a subscription in order, its error, its end.
import { type Client, type ClientOptions, createClient } from 'graphql-ws'
import { keepSecretsIn } from './gathered-logs.ts'
import type { Data, GraphQLErrorShape, Result, SendVariables, Sent } from './request.ts'
import { until } from './until.ts'

/** One running subscription. */
export interface Running {
  /** Every result's `data`, in order. */
  readonly items: Data[]
  /** Errors inside results. */
  readonly errors: GraphQLErrorShape[]
  /** What ended it, if it was an error: GraphQL errors, a close event, or something else. */
  failure: unknown
  completed: boolean
  stop(): void
}

/** What a client is given to report to, and what the test sees. */
export function record(): Running & { sink: Sink } {
  const running: Running & { sink: Sink } = {
    items: [],
    errors: [],
    failure: null,
    completed: false,
    stop() {},
    sink: {
      next(result) {
        if (result.errors) running.errors.push(...(result.errors as readonly GraphQLErrorShape[]))
        if (result.data) running.items.push(result.data)
      },
      error(failure) {
        running.failure = failure
      },
      complete() {
        running.completed = true
      },
    },
  }
  return running
}

interface Sink {
  next(result: { data?: Data; errors?: unknown }): void
  error(failure: unknown): void
  complete(): void
}

export interface StockClient {
  readonly client: Client
  subscribe(query: string, variables?: Record<string, unknown>): Running
  /** One query or mutation over the socket. */
  run(query: string, variables?: Record<string, unknown>): Promise<Result>
  send(variables: SendVariables): Promise<Sent>
  dispose(): Promise<void>
}

/**
 * A graphql-ws client as an app has it.
 * @param token null: nobody's
 */
export function stockClient(url: string, token: string | null, options: Partial<ClientOptions> = {}): StockClient {
  keepSecretsIn({ token })
  const client = createClient({
    url,
    ...(token === null ? {} : { connectionParams: { authorization: `Bearer ${token}` } }),
    ...options,
  })

  async function run(query: string, variables?: Record<string, unknown>): Promise<Result> {
    keepSecretsIn(variables)
    return new Promise((resolve, reject) => {
      let result: Result = {}
      client.subscribe(
        { query, ...(variables ? { variables } : {}) },
        {
          next: value => {
            result = value as Result
            keepSecretsIn(result.data)
          },
          error: failure =>
            Array.isArray(failure) ? resolve({ errors: failure as GraphQLErrorShape[] }) : reject(failure),
          complete: () => resolve(result),
        },
      )
    })
  }

  return {
    client,
    subscribe(query, variables) {
      const running = record()
      running.stop = client.subscribe({ query, ...(variables ? { variables } : {}) }, running.sink)
      return running
    },
    run,
    async send(variables) {
      const result = await run(
        'mutation ($text: String!, $to: String, $plain: Boolean, $nonce: ID) { sendMessage(text: $text, to: $to, plain: $plain, nonce: $nonce) { id cursor text } }',
        { ...variables },
      )
      if (result.errors) throw new Error(JSON.stringify(result.errors))
      return result.data.sendMessage
    },
    async dispose() {
      // A client that is waiting to connect again says so by rejecting.
      await Promise.resolve(client.dispose()).catch(() => {})
    },
  }
}

/** All that a device shows of the log. */
export const EVENTS = `subscription ($since: Cursor) {
  onEvent(since: $since) {
    __typename
    ... on LogEvent { cursor }
    ... on MessageAdded { message { id cursor text from { username } to { username } } }
    ... on CaughtUp { replayed }
  }
}`

/** The texts of the messages that a subscription of EVENTS has delivered. */
export function textsOf(running: Running): string[] {
  return running.items.flatMap(({ onEvent }) => (onEvent.__typename === 'MessageAdded' ? [onEvent.message.text] : []))
}

/** Waits until a subscription of EVENTS is live. */
export async function live(running: Running): Promise<Data> {
  return until('CaughtUp', () => {
    if (running.failure) throw new Error(`the subscription has failed: ${JSON.stringify(running.failure)}`)
    return running.items.find(({ onEvent }) => onEvent.__typename === 'CaughtUp')?.onEvent
  })
}
