// One error type for everything that can go wrong: refusals of the server, answers that never came, closed sockets.
// The codes are those of schema.graphql's ErrorCode (a test compares them) and three of the client's own.
import type { CombinedError } from '@urql/core'

/** Every code of the schema: whether the very same request, sent again, may succeed. */
const SERVER_CODES = {
  UNAUTHENTICATED: false,
  ALREADY_ENTERED: false,
  USERNAME_TAKEN: false,
  USERNAME_INVALID: false,
  INVITATION_REQUIRED: false,
  INVITATION_INVALID: false,
  BANNED: false,
  TOKEN_INVALID: false,
  PASSWORD_INVALID: false,
  UNKNOWN_RECIPIENT: false,
  RECIPIENT_UNAVAILABLE: false,
  MUTED: false,
  UNKNOWN_COMMAND: false,
  TEXT_EMPTY: false,
  TEXT_TOO_LONG: false,
  TEXT_INVALID: false,
  UNKNOWN_MESSAGE: false,
  NOT_AUTHOR: false,
  NOT_ADMINISTRATOR: false,
  CODE_INVALID: false,
  CODE_PENDING: true,
  NONCE_REUSED: false,
  CURSOR_INVALID: false,
  CURSOR_EXPIRED: false,
  HISTORY_RESET: false,
  BAD_USER_INPUT: false,
  BAD_REQUEST: false,
  GRAPHQL_PARSE_FAILED: false,
  GRAPHQL_VALIDATION_FAILED: false,
  RATE_LIMITED: true,
  SUBSCRIPTION_LIMIT: false,
  FORBIDDEN: false,
  STORAGE_UNAVAILABLE: true,
  DRAINING: true,
  CHALLENGE_UNREACHABLE: true,
  CHALLENGE_TIMEOUT: true,
  CHALLENGE_INVALID: false,
  INTERNAL_SERVER_ERROR: true,
} as const

/** What only the client says. */
const CLIENT_CODES = {
  /** There was no answer, or none that is GraphQL: whether a send arrived is unknown. Retry with the same nonce. */
  NETWORK: true,
  /** The client was closed first. What was said is still in the outbox; the account's next client sends it. */
  CLOSED: false,
  /** A thousand messages wait in the outbox already. This one was not taken. */
  OUTBOX_FULL: true,
  /** The message was taken out of the outbox by `discard`. */
  DISCARDED: false,
} as const

export const ERROR_CODES = { ...SERVER_CODES, ...CLIENT_CODES }

export type RecadoErrorCode = keyof typeof ERROR_CODES

/** What `new RecadoError` takes beside the code. */
export interface RecadoErrorDetails {
  message?: string
  /** Default: as the code says. */
  retryable?: boolean
  retryAfterMs?: number | undefined
  suggestions?: readonly string[]
  until?: string | null | undefined
  reason?: string | undefined
  cause?: unknown
}

/** An error with a code that a program can switch on. `message` is for people, in English. */
export class RecadoError extends Error {
  override readonly name = 'RecadoError'
  /** One of ErrorCode, or `NETWORK`, `CLOSED`, `OUTBOX_FULL`, `DISCARDED`. A newer server may have codes of its own. */
  readonly code: RecadoErrorCode | (string & {})
  /** Whether the same request may succeed later. */
  readonly retryable: boolean
  /** Milliseconds to wait first; only with `RATE_LIMITED` and `CODE_PENDING`, and with `MUTED` where it has an end. */
  readonly retryAfterMs: number | undefined
  /** Up to five names that were free; only with `USERNAME_TAKEN` and `USERNAME_INVALID`. */
  readonly suggestions: readonly string[]
  /** RFC 3339: when it ends, only with `MUTED` and `BANNED`; null: it has no end. */
  readonly until: string | null | undefined
  /** Why, in an administrator's words; only with `MUTED` and `BANNED`. */
  readonly reason: string | undefined

  constructor(code: RecadoErrorCode | (string & {}), details: RecadoErrorDetails = {}) {
    super(details.message ?? code, details.cause === undefined ? undefined : { cause: details.cause })
    this.code = code
    this.retryable = details.retryable ?? (code in ERROR_CODES && ERROR_CODES[code as RecadoErrorCode])
    this.retryAfterMs = details.retryAfterMs
    this.suggestions = details.suggestions ?? []
    this.until = details.until
    this.reason = details.reason
  }
}

/** One entry of a GraphQL result's `errors`, as far as it can be trusted. */
interface GraphQLErrorLike {
  readonly message: string
  readonly extensions?: Readonly<Record<string, unknown>> | undefined
}

/**
 * From the first error of a GraphQL result.
 *
 * @param errors what a server sent as `errors`; anything else than a list of errors gives `NETWORK`
 */
export function errorFromResult(errors: unknown): RecadoError {
  const first: unknown = Array.isArray(errors) ? errors[0] : undefined
  if (typeof first !== 'object' || first === null || !('message' in first)) {
    return new RecadoError('NETWORK', { message: 'The answer is not GraphQL.', cause: errors })
  }
  const { message, extensions } = first as GraphQLErrorLike
  const code = extensions?.code
  const retryAfterMs = extensions?.retryAfterMs
  const suggestions = extensions?.suggestions
  const until = extensions?.until
  const reason = extensions?.reason
  return new RecadoError(typeof code === 'string' ? code : 'INTERNAL_SERVER_ERROR', {
    message: String(message),
    retryAfterMs: typeof retryAfterMs === 'number' && retryAfterMs >= 0 ? retryAfterMs : undefined,
    suggestions: Array.isArray(suggestions) ? suggestions.filter(name => typeof name === 'string') : [],
    until: typeof until === 'string' || until === null ? until : undefined,
    reason: typeof reason === 'string' ? reason : undefined,
    cause: first,
  })
}

/** From what `client.query(…)` and `client.mutation(…)` give as `error`. */
export function errorFromCombined(error: CombinedError): RecadoError {
  if (error.graphQLErrors.length > 0) return errorFromResult(error.graphQLErrors)
  return new RecadoError('NETWORK', { message: error.message, cause: error })
}

/** Whatever was thrown, as a RecadoError. */
export function asRecadoError(thrown: unknown): RecadoError {
  if (thrown instanceof RecadoError) return thrown
  return new RecadoError('NETWORK', {
    message: thrown instanceof Error ? thrown.message : String(thrown),
    cause: thrown,
  })
}
