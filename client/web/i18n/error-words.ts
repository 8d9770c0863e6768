// From an error of the server or the network to a sentence that a person can act on.
import type { Failure } from '../model/failure.ts'
import type { Catalogue, ErrorWords } from './catalogue.ts'

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
