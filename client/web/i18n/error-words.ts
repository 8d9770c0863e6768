// From an error of the server or the network to a sentence that a person can act on.
import type { CombinedError } from 'urql'
import type { Catalogue, ErrorWords } from './catalogue.ts'

/** What the page needs to know of a failure. */
export interface Failure {
  /** One of ErrorCode, or `NETWORK`. */
  readonly code: string
  readonly retryAfterMs?: number
}

export function failureOf(error: CombinedError): Failure {
  const extensions = error.graphQLErrors[0]?.extensions
  const code = typeof extensions?.code === 'string' ? extensions.code : null
  if (!code) return { code: error.networkError ? 'NETWORK' : 'INTERNAL_SERVER_ERROR' }
  const retryAfterMs = extensions?.retryAfterMs
  return typeof retryAfterMs === 'number' ? { code, retryAfterMs } : { code }
}

const isKnown = (code: string, words: ErrorWords): code is keyof ErrorWords => Object.hasOwn(words, code)

export function errorSentence(failure: Failure, words: Catalogue): string {
  if (failure.code === 'RATE_LIMITED' && failure.retryAfterMs !== undefined) {
    return words.rateLimited(Math.max(1, Math.ceil(failure.retryAfterMs / 1000)))
  }
  return isKnown(failure.code, words.errors) ? words.errors[failure.code] : words.unexpected(failure.code)
}
