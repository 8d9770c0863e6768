// A text as a person typed it → a public text, or a private one with the name it is for. The rule that matters: what
// begins with a slash, in any disguise, is a command and never goes out as a public text by a slip.
import { Refusal } from './errors.ts'
import { hasVisible, INVISIBLE, withoutInvisible } from './text.ts'

/** What a person meant. `to` is a name as typed, not yet looked up; `text` is not yet checked (domain/text.ts). */
export type Typed =
  | { readonly kind: 'public'; readonly text: string }
  | { readonly kind: 'private'; readonly to: string; readonly text: string }

const PRIVATE_COMMANDS = new Set(['msg', 'w', 'dm'])

const LEADING_INVISIBLE = new RegExp(`^[${INVISIBLE}]*`, 'u')
const WORD = /^\P{White_Space}*/u
const SPACE = /^\p{White_Space}+/u

/** The two characters that are `/` after NFKC: the plain one and the full-width one. */
function isSlash(unit: string | undefined): boolean {
  return unit === '/' || unit === '\uFF0F'
}

/**
 * Reads what a person typed:
 * - A text whose first visible character is `/` (after NFKC; white space, controls and format characters before it do
 *   not count) is a command.
 * - `/msg name text`, also `/w` and `/dm`, in any case and width: private to that name. Invisible characters inside
 *   the command word and the name do not count. White space around the name is not part of the text; all else is.
 * - `//x` is the public text `/x`: two slashes side by side, what stands before and after them as typed.
 * - Anything else is public, as typed.
 *
 * @throws Refusal `UNKNOWN_COMMAND`; `BAD_USER_INPUT` (no name); `TEXT_EMPTY` (a name, but no text for it)
 */
export function parseTyped(text: string): Typed {
  // Most texts begin with a plain visible character.
  const first = text.charCodeAt(0)
  if (first > 0x20 && first < 0x7f && first !== 0x2f) return { kind: 'public', text }

  const start = LEADING_INVISIBLE.exec(text)?.[0].length ?? 0
  if (!isSlash(text[start])) return { kind: 'public', text }
  if (isSlash(text[start + 1])) return { kind: 'public', text: text.slice(0, start) + text.slice(start + 1) }

  const [word, afterWord] = take(WORD, text.slice(start + 1))
  const command = withoutInvisible(word.normalize('NFKC')).toLowerCase()
  if (!PRIVATE_COMMANDS.has(command)) {
    throw new Refusal(
      'UNKNOWN_COMMAND',
      'Unknown command. `/msg name text` is a private message; for a text that starts with a slash, write `//`.',
    )
  }

  const [rawName, afterName] = take(WORD, skip(LEADING_INVISIBLE, afterWord))
  const to = withoutInvisible(rawName)
  if (to === '') throw new Refusal('BAD_USER_INPUT', `Say to whom and what: \`/${command} name text\`.`)
  const body = skip(SPACE, afterName)
  if (!hasVisible(body)) throw new Refusal('TEXT_EMPTY', `Say what, after the name: \`/${command} ${to} text\`.`)
  return { kind: 'private', to, text: body }
}

function take(pattern: RegExp, text: string): [taken: string, rest: string] {
  const taken = pattern.exec(text)?.[0] ?? ''
  return [taken, text.slice(taken.length)]
}

function skip(pattern: RegExp, text: string): string {
  return take(pattern, text)[1]
}
