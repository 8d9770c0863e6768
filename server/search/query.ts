// What somebody typed into the search field → what is looked for. The rules are PROTOCOL.md's SEARCH-1 and SEARCH-2; the
// index (expression.ts) and the comparison with a text as it is now (`matches`) follow the same terms.
import { Refusal } from '../domain/errors.ts'
import { countCodePoints } from '../domain/text.ts'
import { isAlone, wordsOf } from './words.ts'

/** Words that stand side by side in a text, in this order; never none. */
export interface Term {
  readonly words: readonly string[]
  /** The last word may go on. */
  readonly isPrefix: boolean
}

/** A text has to have all of these; never none. */
export type Query = readonly Term[]

const LONGEST_QUERY = 256
const MOST_WORDS = 16

/** What stands in quotes (the second one may not be there yet), or what has no white space. */
const PART = /["“”„]([^"“”„]*)(["“”„]|$)|[^\s"“”„]+/gu

/**
 * @throws Refusal `BAD_USER_INPUT`: no word, more than 16, or more than 256 characters
 */
export function parseQuery(text: string): Query {
  const length = countCodePoints(text)
  if (length > LONGEST_QUERY) {
    throw new Refusal('BAD_USER_INPUT', `\`text\` has at most ${LONGEST_QUERY} characters, not ${length}.`)
  }
  const terms: Term[] = []
  let count = 0
  for (const [part, quoted, quote] of text.matchAll(PART)) {
    const words = wordsOf(quoted ?? part)
    if (words.length === 0) continue
    count += countOf(words)
    terms.push({ words, isPrefix: quoted === undefined || quote === '' })
  }
  if (count === 0) throw new Refusal('BAD_USER_INPUT', '`text` has no word to look for.')
  if (count > MOST_WORDS) {
    throw new Refusal('BAD_USER_INPUT', `\`text\` has at most ${MOST_WORDS} words, not ${count}.`)
  }
  return terms.map((term, index) => (index === terms.length - 1 ? term : { ...term, isPrefix: false }))
}

/** Whether this text would be found. */
export function matches(query: Query, text: string): boolean {
  const words = wordsOf(text)
  return query.every(term => words.some((_, start) => standsAt(term, words, start)))
}

function standsAt({ words, isPrefix }: Term, inText: readonly string[], start: number): boolean {
  return words.every((word, offset) => {
    const found = inText[start + offset]
    return isPrefix && offset === words.length - 1 ? found?.startsWith(word) : found === word
  })
}

/** As a person counts: side by side, characters of a writing without spaces are one word, and so are emoji. */
function countOf(words: readonly string[]): number {
  const spaced = words.filter(word => !isAlone(word)).length
  return spaced < words.length ? spaced + 1 : spaced
}
