// What stands in the index for a message, and what is asked of the index for a query. Both are words with single spaces
// between them, of which nothing can be taken for an operator of FTS5: words have neither quotes nor anything else of
// ASCII but small letters and digits.
//
// Who may find a message is in the words themselves. A public one has its words as they are. A private one has them once
// for each of its two accounts, marked with that account's number, and beside them a word for the conversation. A
// viewer's query asks for public words and for words with the viewer's own mark; it never touches what is of others, so
// that not even its duration tells of them.
import type { Scope } from '../domain/entry.ts'
import type { Query, Term } from './query.ts'

// Control characters, which no word has: marks can't be typed.
const MARK = '\u0080'
const WORD = '\u0081'
const PEER = '\u0082'

/** The word that begins with these is of this account alone. */
function markOf(account: number): string {
  return `${MARK}${account.toString(36)}`
}

function conversation(account: number, peer: number): string {
  return `${markOf(account)}${PEER}${peer.toString(36)}`
}

export function publicWords(words: readonly string[]): string {
  return words.join(' ')
}

/** @param from, to numbers of the accounts; equal for a note to oneself */
export function privateWords(words: readonly string[], from: number, to: number): string {
  const own = (account: number, peer: number): string =>
    `${words.map(word => marked(account, word)).join(' ')} ${conversation(account, peer)}`
  return from === to ? own(from, to) : `${own(from, to)} ${own(to, from)}`
}

function marked(account: number, word: string): string {
  return `${markOf(account)}${WORD}${word}`
}

export interface Asked {
  readonly query: Query
  readonly scope: Scope
  /** The viewer's number; null: the index has nothing private of theirs. */
  readonly viewer: number | null
  /** Only the conversation with this account; null: one that the index doesn't know. */
  readonly peer?: number | null
}

/** An FTS5 query; null: nothing can match. */
export function expressionOf({ query, scope, viewer, peer }: Asked): string | null {
  const inPublic = scope === 'PRIVATE' || peer !== undefined ? null : all(query, word => word)
  const inPrivate = scope === 'PUBLIC' || viewer === null ? null : all(query, word => marked(viewer, word))
  if (peer !== undefined) {
    if (inPrivate === null || viewer === null || peer === null) return null
    return `(${inPrivate}) AND "${conversation(viewer, peer)}"`
  }
  if (inPublic === null || inPrivate === null) return inPublic ?? inPrivate
  return `(${inPublic}) OR (${inPrivate})`
}

function all(query: Query, mark: (word: string) => string): string {
  return query.map(term => phrase(term, mark)).join(' AND ')
}

function phrase({ words, isPrefix }: Term, mark: (word: string) => string): string {
  return `"${words.map(mark).join(' ')}"${isPrefix ? ' *' : ''}`
}
