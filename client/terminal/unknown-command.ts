// A command that the server refused since there is none of that name: which one was meant. The server alone decides what is
// a command; this only finds words for what it said.
import type { RecadoError } from '../core/errors.ts'
import { nearestOf } from '../core/nearest.ts'
import { sentenceOf } from './session.ts'
import type { Texts } from './texts.ts'

const INVISIBLE = /[\s\p{Cf}\p{Cc}]/gu

/** The word behind the slash that is a text's first visible character, in lower case; null: there is no such slash. */
export function commandIn(text: string): string | null {
  const [, shown] = /^[\s\p{Cf}\p{Cc}]*\/(\S*)/u.exec(text.normalize('NFKC')) ?? []
  return shown === undefined ? null : shown.replaceAll(INVISIBLE, '').toLowerCase()
}

/**
 * Why a text was not sent.
 * @param commands that can be typed where it was, without their slash
 */
export function whyNotSent(text: string, error: RecadoError, commands: readonly string[], texts: Texts): string {
  const typed = error.code === 'UNKNOWN_COMMAND' ? commandIn(text) : null
  const nearest = typed === null ? null : nearestOf(typed, commands)
  return nearest === null ? sentenceOf(error, texts) : texts.chat.didYouMean(nearest)
}
