// GraphQL over HTTP by fetch: single operations as JSON, subscriptions as server-sent events ("distinct connections
// mode" of GraphQL over SSE). In: a request. Out: what the server said, or a RecadoError that tells network from refusal.
import { createParser } from 'eventsource-parser'
import { asRecadoError, errorFromResult, RecadoError } from './errors.ts'
import { ANSWER_TIMEOUT_MS, type Request, type Result } from './link.ts'

export interface HttpOptions {
  readonly url: string
  readonly token: string | undefined
  readonly fetch: typeof fetch
  /** Whose session the cookie has to be of; undefined: anybody's. Asked before each request, and not where there is a token. */
  readonly account?: () => string | undefined
  /** Default: `credentialsOf(token)`. */
  readonly credentials?: RequestCredentials
}

export interface Http {
  /** @throws RecadoError `NETWORK` when there is no answer within `ANSWER_TIMEOUT_MS`, or none that is GraphQL */
  execute(request: Request, signal?: AbortSignal): Promise<Result>
  /**
   * Reads one subscription. Resolves when the server completed it.
   *
   * @param alive called at each chunk of bytes, comments included
   * @throws RecadoError when it was refused, or broke off
   */
  stream(request: Request, on: { alive(): void; next(result: Result): void }, signal: AbortSignal): Promise<void>
}

/** With a token the cookie must neither be sent nor be set: this client is somebody of its own. */
export function credentialsOf(token: string | undefined): RequestCredentials {
  return token === undefined ? 'same-origin' : 'omit'
}

/** The header that carries the token, or none. */
export function authorizationOf(token: string | undefined): Record<string, string> {
  return token === undefined ? {} : { authorization: `Bearer ${token}` }
}

/** The header that says whose the cookie has to be (PROTOCOL.md, AUTH-9): it may become another person's at any moment. */
function meantFor(account: string | undefined): Record<string, string> {
  return account === undefined ? {} : { 'recado-account': account }
}

export function createHttp({ url, token, fetch, account, credentials = credentialsOf(token) }: HttpOptions): Http {
  const post = (request: Request, accept: string, signal: AbortSignal) =>
    fetch(url, {
      method: 'POST',
      credentials,
      headers: {
        ...{ 'content-type': 'application/json', accept },
        ...(token === undefined ? meantFor(account?.()) : authorizationOf(token)),
      },
      body: JSON.stringify(request),
      signal,
    })

  return {
    async execute(request, signal) {
      const timeout = AbortSignal.timeout(ANSWER_TIMEOUT_MS)
      try {
        const response = await post(
          request,
          'application/graphql-response+json, application/json',
          signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
        )
        return await resultOf(response)
      } catch (thrown) {
        throw asRecadoError(thrown)
      }
    },

    async stream(request, on, signal) {
      let completed = false
      try {
        const response = await post(request, 'text/event-stream', signal)
        const type = response.headers.get('content-type') ?? ''
        // Whatever the status: a refusal may come as a stream of one result too.
        if (!type.includes('text/event-stream')) {
          const result = await resultOf(response)
          throw errorFromResult(result.errors)
        }
        on.alive()
        const parser = createParser({
          onEvent(event) {
            if (event.event === 'complete') completed = true
            else if (event.event === 'next' && !completed) on.next(parseResult(event.data))
          },
        })
        const decoder = new TextDecoder()
        for await (const chunk of chunksOf(response)) {
          on.alive()
          parser.feed(decoder.decode(chunk, { stream: true }))
          if (completed) return
        }
      } catch (thrown) {
        throw asRecadoError(thrown)
      }
      throw new RecadoError('NETWORK', { message: 'The stream broke off.' })
    },
  }
}

/** Safari has no async iteration of streams, so this reads by hand. */
async function* chunksOf(response: Response): AsyncGenerator<Uint8Array> {
  if (response.body === null) return
  const reader = response.body.getReader()
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      yield value
    }
  } finally {
    await reader.cancel().catch(() => {})
  }
}

function parseResult(text: string): Result {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw new RecadoError('NETWORK', { message: 'Expected JSON, got something else.', cause })
  }
  if (typeof value !== 'object' || value === null || !('data' in value || 'errors' in value)) {
    throw new RecadoError('NETWORK', { message: 'Expected a GraphQL result, got other JSON.' })
  }
  return value
}

/** A GraphQL result whatever the status; anything else came from something between here and the server. */
async function resultOf(response: Response): Promise<Result> {
  const text = await response.text()
  try {
    return parseResult(text)
  } catch (cause) {
    if (response.status === 401) throw new RecadoError('UNAUTHENTICATED', { cause })
    // The only status that is about this very request: it would fail for ever, and hold up all that follow it.
    if (response.status === 413) throw new RecadoError('BAD_REQUEST', { message: 'The request is too large.', cause })
    const seconds = Number(response.headers.get('retry-after') ?? Number.NaN)
    throw new RecadoError(response.status === 429 ? 'RATE_LIMITED' : 'NETWORK', {
      message: `Expected GraphQL, got status ${response.status}.`,
      retryAfterMs: Number.isFinite(seconds) ? seconds * 1000 : undefined,
      cause,
    })
  }
}
