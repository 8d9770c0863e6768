// One GraphQL operation over HTTP, as any program would send it, and what came back: the status and the headers too.
import { Failed } from '../audit.ts'
import { pause } from '../check.ts'

export interface ErrorShape {
  readonly message: string
  readonly path?: readonly (string | number)[]
  readonly extensions?: { readonly code?: string } & Readonly<Record<string, unknown>>
}

// Results have the shape that the audit's own document asks for.
// biome-ignore lint/suspicious/noExplicitAny: an audit reads whatever its document selects
export type Data = any

export interface Result {
  readonly data?: Data
  readonly errors?: readonly ErrorShape[]
}

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  /** Empty when the text is no JSON object. */
  readonly result: Result
}

export interface PostOptions {
  readonly variables?: Readonly<Record<string, unknown>>
  readonly token?: string | null
  readonly headers?: Readonly<Record<string, string>>
  /** A rate limit is an answer, and not waited out. Default false. */
  readonly impatient?: boolean
}

export type Variables = Readonly<Record<string, unknown>>

/** Rate limits are waited out up to here, in all. */
const MOST_WAIT_MS = 20_000

/** Sends a request, and takes the whole answer. */
export async function fetchAnswer(url: string, init: RequestInit, ms: number): Promise<Answer> {
  let response: Response
  let text: string
  try {
    response = await fetch(url, { ...init, redirect: 'manual', signal: AbortSignal.timeout(ms) })
    text = await response.text()
  } catch (error) {
    const cause = error instanceof Error ? (error.cause ?? error) : error
    throw new Failed(`no answer to ${init.method ?? 'GET'}: ${cause instanceof Error ? cause.message : cause}`)
  }
  return { status: response.status, headers: response.headers, text, result: parseResult(text) }
}

function parseResult(text: string): Result {
  try {
    const parsed: unknown = JSON.parse(text)
    return typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed) ? (parsed as Result) : {}
  } catch {
    return {}
  }
}

export function headersOf({ token, headers }: PostOptions): Record<string, string> {
  return {
    'content-type': 'application/json',
    ...(token ? { authorization: `Bearer ${token}` } : {}),
    ...headers,
  }
}

/** Posts one operation; waits out `RATE_LIMITED` as its `retryAfterMs` asks, unless that is what is looked at. */
export async function postOperation(url: string, query: string, options: PostOptions, ms: number): Promise<Answer> {
  const body = JSON.stringify({ query, variables: options.variables })
  return patiently(
    () => fetchAnswer(url, { method: 'POST', headers: headersOf(options), body }, ms),
    ({ result }) => result,
    options.impatient === true,
  )
}

/** Does it again while it is `RATE_LIMITED`. */
export async function patiently<T>(
  act: () => Promise<T>,
  resultOf: (answer: T) => Result,
  impatient: boolean,
): Promise<T> {
  const until = performance.now() + MOST_WAIT_MS
  for (;;) {
    const answer = await act()
    const error = resultOf(answer).errors?.[0]
    const wait = Number(error?.extensions?.retryAfterMs)
    if (impatient || error?.extensions?.code !== 'RATE_LIMITED' || !(wait > 0)) return answer
    if (performance.now() + wait > until) return answer
    await pause(wait)
  }
}
