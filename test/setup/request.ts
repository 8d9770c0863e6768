// One GraphQL operation over plain HTTP, as any program would send it, and the few operations every test needs.
import { keepSecretsIn } from './gathered-logs.ts'

export interface GraphQLErrorShape {
  readonly message: string
  readonly path?: readonly (string | number)[]
  readonly extensions?: { readonly code?: string } & Readonly<Record<string, unknown>>
}

// Results have the shape that the test's own document asks for.
// biome-ignore lint/suspicious/noExplicitAny: a test reads whatever its document selects
export type Data = any

export interface Result {
  readonly data?: Data
  readonly errors?: readonly GraphQLErrorShape[]
}

export interface RequestOptions {
  readonly variables?: Record<string, unknown>
  readonly token?: string | undefined
  readonly headers?: Record<string, string>
}

/** Posts one operation; answers with the result, whatever its status. */
export async function request(endpoint: string, query: string, options: RequestOptions = {}): Promise<Result> {
  const { variables, token, headers } = options
  keepSecretsIn({ variables, token, headers })
  const response = await fetch(endpoint, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...headers,
    },
    body: JSON.stringify({ query, variables }),
  })
  const text = await response.text()
  try {
    const result = JSON.parse(text) as Result
    keepSecretsIn(result.data)
    return result
  } catch (cause) {
    throw new Error(`status ${response.status}, not JSON: ${text.slice(0, 200)}`, { cause })
  }
}

/** As `request`, but errors are thrown and data comes back. */
export async function data(endpoint: string, query: string, options: RequestOptions = {}): Promise<Data> {
  const result = await request(endpoint, query, options)
  if (result.errors) throw new Error(JSON.stringify(result.errors))
  return result.data
}

/** The code of the first error; null: there was none. */
export function codeOf(result: Result): string | null {
  return result.errors?.[0] === undefined ? null : String(result.errors[0].extensions?.code)
}

export interface Entered {
  readonly token: string
  readonly id: string
  readonly username: string
}

/** Claims a name, or enters with its password. */
export async function enter(endpoint: string, username: string, password?: string): Promise<Entered> {
  const { enter } = await data(
    endpoint,
    'mutation ($username: String!, $password: String) { enter(username: $username, password: $password) { token me { id username } } }',
    { variables: { username, password } },
  )
  return { token: enter.token, id: enter.me.id, username: enter.me.username }
}

export interface Sent {
  readonly id: string
  readonly cursor: string
  readonly text: string
}

const SEND =
  'mutation ($text: String!, $to: String, $plain: Boolean, $nonce: ID) { sendMessage(text: $text, to: $to, plain: $plain, nonce: $nonce) { id cursor text } }'

export interface SendVariables {
  readonly text: string
  readonly to?: string
  readonly plain?: boolean
  readonly nonce?: string
}

/** Sends, and answers with the acknowledgement. */
export async function send(endpoint: string, token: string, variables: SendVariables): Promise<Sent> {
  const { sendMessage } = await data(endpoint, SEND, { token, variables: { ...variables } })
  return sendMessage
}

/** Sends, and answers with the result, refused or not. */
export function trySend(endpoint: string, token: string | undefined, variables: SendVariables): Promise<Result> {
  return request(endpoint, SEND, { token, variables: { ...variables } })
}
