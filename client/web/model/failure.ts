// What the page needs to know of a question that failed; i18n/error-words.ts has the sentences.

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
