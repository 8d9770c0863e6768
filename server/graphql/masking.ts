// What a client hears of an error: refusals as they are, with their code; mistakes in the request as graphql-js words
// them; everything else as INTERNAL_SERVER_ERROR with a reference that is also in the server's log.
import { type ExecutionResult, GraphQLError } from 'graphql'
import { ERRORS, Refusal } from '../domain/errors.ts'
import { randomId } from '../domain/message.ts'

export interface Masking {
  /** The error as a client may see it. @param requestId for the log. Default: of the HTTP request that is answered */
  present(error: unknown, requestId?: string): GraphQLError
  /** The result with presentable errors; the same object when there are none. */
  presentResult(result: ExecutionResult, requestId?: string): ExecutionResult
}

export interface MaskingOptions {
  /** Told of everything that was masked. */
  onUnexpected(error: unknown, reference: string, requestId?: string): void
  /** Told of every refusal's code. */
  onRefused(code: string): void
}

export function createMasking({ onUnexpected, onRefused }: MaskingOptions): Masking {
  /** Errors pass here more than once on some ways out: they are presented once. */
  const presented = new WeakSet<GraphQLError>()

  function present(error: unknown, requestId?: string): GraphQLError {
    if (error instanceof GraphQLError) {
      if (presented.has(error)) return error
      const cause = error.originalError
      if (!cause || cause instanceof GraphQLError) {
        // graphql-js's own words: a variable of the wrong type, a missing operation, a literal out of range.
        if (error.extensions.code === undefined) error.extensions.code = 'BAD_USER_INPUT'
        onRefused(String(error.extensions.code))
        presented.add(error)
        return error
      }
      return make(cause, error, requestId)
    }
    return make(error, null, requestId)
  }

  function make(cause: unknown, at: GraphQLError | null, requestId: string | undefined): GraphQLError {
    const refusal = cause instanceof Refusal ? cause : unexpected(cause, requestId)
    onRefused(refusal.code)
    const error = new GraphQLError(refusal.message, {
      nodes: at?.nodes ?? null,
      path: at?.path ?? null,
      extensions: { code: refusal.code, ...refusal.details },
    })
    presented.add(error)
    return error
  }

  function unexpected(cause: unknown, requestId: string | undefined): Refusal {
    const reference = randomId()
    onUnexpected(cause, reference, requestId)
    return new Refusal('INTERNAL_SERVER_ERROR', ERRORS.INTERNAL_SERVER_ERROR.message, { reference })
  }

  return {
    present,
    presentResult(result, requestId) {
      return result.errors ? { ...result, errors: result.errors.map(error => present(error, requestId)) } : result
    },
  }
}
