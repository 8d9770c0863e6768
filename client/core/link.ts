// A link is one live connection to the server, by WebSocket or by SSE. It never reconnects: connection.ts makes the
// next one. Operations on it end silently when it is lost; whoever holds them learns that from the connection.
import type { TypedDocumentNode } from '@urql/core'
import { textOf } from './document-text.ts'
import { asRecadoError, errorFromResult, RecadoError } from './errors.ts'

/** One GraphQL operation as it goes over the wire. */
export interface Request {
  readonly query: string
  readonly variables?: Readonly<Record<string, unknown>> | undefined
  readonly operationName?: string | undefined
}

/** One GraphQL result, unchecked: what a server sent. */
export interface Result {
  readonly data?: unknown
  readonly errors?: unknown
  readonly extensions?: unknown
}

export interface Sink {
  next(result: Result): void
  /** The operation is over and will not go on. Not called when the link is lost. */
  error(error: RecadoError): void
  /** The server ended it. Not called after unsubscribing, nor when the link is lost. */
  complete(): void
}

/** Why a link is over, or never came to be. */
export interface Closure {
  /** A WebSocket close code; 1006 where there is none. */
  readonly code: number
  readonly reason: string
  /** What the refusal says, where there was an answer. */
  readonly error?: RecadoError
}

export interface Link {
  readonly transport: 'websocket' | 'sse'
  /** Starts an operation that gives many results. Returns what ends it. */
  subscribe(request: Request, sink: Sink): () => void
  /** One operation, one result. Rejects with `NETWORK` when the link is lost, or after `ANSWER_TIMEOUT_MS`. */
  execute(request: Request): Promise<Result>
  /** Resolves once, when the link is over, whoever ended it. */
  readonly lost: Promise<Closure>
  /** Makes sure that the other side is still there, soon; if it is not, the link is lost. */
  check(): void
  /** Ends at once, as a bad network would. */
  drop(): void
  /** Ends in good order. */
  end(): void
}

/** Opens a link. Rejects with a `Closure`, also when the signal aborts, which is for the attempt alone. */
export type OpenLink = (signal: AbortSignal) => Promise<Link>

/** How long one answer may take: longer than any server means to take. */
export const ANSWER_TIMEOUT_MS = 30_000

/** How long a server that should be there may take to answer `check`. */
export const CHECK_TIMEOUT_MS = 5_000

/** A typed document and its variables as they go over the wire. */
export function requestOf<Data, Variables extends Record<string, unknown>>(
  document: TypedDocumentNode<Data, Variables>,
  variables: Variables,
): Request {
  return { query: textOf(document), variables }
}

/**
 * The data of a result, or its first error thrown.
 *
 * @throws RecadoError
 */
export function dataOf<Data, Variables>(_document: TypedDocumentNode<Data, Variables>, result: Result): Data {
  if (result.errors !== undefined) throw errorFromResult(result.errors)
  if (typeof result.data !== 'object' || result.data === null) {
    throw new RecadoError('NETWORK', { message: 'The answer has no data.' })
  }
  // The server answered this very document without an error: its shape is the schema's promise.
  return result.data as Data
}

/** A refusal to open, as connection.ts reads it. */
export function closureOf(thrown: unknown): Closure {
  const error = asRecadoError(thrown)
  return { code: 1006, reason: error.message, error }
}
