// A message's text as it came in → the same text, or a refusal. Texts are kept exactly as they were typed: nothing is
// trimmed, normalised or replaced. Rules: TEXT_INVALID, TEXT_TOO_LONG, TEXT_EMPTY of schema.graphql.
import { Refusal } from './errors.ts'

/**
 * What nobody can see: white space, controls, format characters, everything that fonts ignore by default (variation
 * selectors, Hangul fillers, tags …), and two blanks that Unicode counts as symbols: braille and a musical one.
 * The inside of a character class, for the `u` flag.
 */
export const INVISIBLE = '\\p{White_Space}\\p{Cc}\\p{Cf}\\p{Default_Ignorable_Code_Point}\\u{2800}\\u{1D159}'

const VISIBLE = new RegExp(`[^${INVISIBLE}]`, 'u')
const ALL_INVISIBLE = new RegExp(`[${INVISIBLE}]`, 'gu')

/** Whether anything of it can be seen. */
export function hasVisible(text: string): boolean {
  return VISIBLE.test(text)
}

/** The text without its invisible characters. */
export function withoutInvisible(text: string): string {
  return text.replace(ALL_INVISIBLE, '')
}

/** Code points, not UTF-16 units. Lone surrogates count one each. */
export function countCodePoints(text: string): number {
  let count = text.length
  for (let index = 0; index + 1 < text.length; index++) {
    if ((text.charCodeAt(index) & 0xfc00) === 0xd800 && (text.charCodeAt(index + 1) & 0xfc00) === 0xdc00) {
      count--
      index++
    }
  }
  return count
}

export interface TextLimits {
  /** Unicode code points; 0: no limit. */
  readonly codePoints: number
  /** Bytes of UTF-8; 0: no limit. */
  readonly bytes: number
}

/**
 * Answers with the text as it came.
 * @throws Refusal `TEXT_INVALID` (a NUL or a lone surrogate), `TEXT_TOO_LONG` (details: `unit`, `limit`, `actual`),
 *   `TEXT_EMPTY` (no visible character)
 */
export function checkText(text: string, limits: TextLimits): string {
  // A UTF-16 unit is at most one code point and three bytes: short texts need no counting.
  if (limits.codePoints > 0 && text.length > limits.codePoints) {
    const actual = countCodePoints(text)
    if (actual > limits.codePoints) throw tooLong('code points', limits.codePoints, actual)
  }
  if (limits.bytes > 0 && text.length * 3 > limits.bytes) {
    const actual = Buffer.byteLength(text)
    if (actual > limits.bytes) throw tooLong('bytes', limits.bytes, actual)
  }
  if (text.includes('\0')) throw new Refusal('TEXT_INVALID', 'The text has a NUL character.')
  if (!text.isWellFormed()) throw new Refusal('TEXT_INVALID', 'The text has a lone surrogate: half of a character.')
  if (!hasVisible(text)) throw new Refusal('TEXT_EMPTY')
  return text
}

function tooLong(unit: 'code points' | 'bytes', limit: number, actual: number): Refusal {
  const of = unit === 'bytes' ? 'bytes of UTF-8' : 'characters (code points)'
  return new Refusal('TEXT_TOO_LONG', `The text has ${actual} ${of}; at most ${limit} are allowed.`, {
    unit,
    limit,
    actual,
  })
}
