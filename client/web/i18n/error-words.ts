// From an error of the server or the network to a sentence that a person can act on.
import type { Catalogue, ErrorWords } from './catalogue.ts'

/** What the page needs to know of a failure. */
export interface Failure {
  /** One of ErrorCode, or `NETWORK`. */
  readonly code: string
  readonly retryAfterMs?: number
  /** Free names, where one was refused. */
  readonly suggestions?: readonly string[]
  /** RFC 3339: until when, where that was said; null: it has no end. */
  readonly until?: string | null
  /** Why, in the words of an administrator. */
  readonly reason?: string
}

const isKnown = (code: string, words: ErrorWords): code is keyof ErrorWords => Object.hasOwn(words, code)

export function errorSentence(failure: Failure, words: Catalogue): string {
  if (failure.code === 'RATE_LIMITED' && failure.retryAfterMs !== undefined) {
    return words.rateLimited(Math.max(1, Math.ceil(failure.retryAfterMs / 1000)))
  }
  if (failure.code === 'BANNED' || failure.code === 'MUTED') {
    const { until, reason } = failure
    const end = until ? new Date(until).toLocaleString(words.locale, { dateStyle: 'short', timeStyle: 'short' }) : null
    const said = failure.code === 'BANNED' ? words.banned(end) : words.muted(end)
    return reason === undefined ? said : `${said} ${words.becauseOf(reason)}`
  }
  return isKnown(failure.code, words.errors) ? words.errors[failure.code] : words.unexpected(failure.code)
}
