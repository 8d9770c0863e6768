// What a text would do if it were read as typed (`sendMessage` with neither `to` nor `plain`), worked out before it is
// sent: where its waiting mark belongs, and whether it can go at all. The server decides; this only keeps the page from
// sending anything to everyone that a person may have meant for one.

export type TypedText =
  | { readonly kind: 'empty' }
  | { readonly kind: 'plain'; readonly text: string }
  | { readonly kind: 'private'; readonly to: string; readonly text: string }
  | { readonly kind: 'unknown-command'; readonly command: string }
  | { readonly kind: 'without-name' }
  | { readonly kind: 'without-text'; readonly to: string }

const PRIVATE_COMMANDS = new Set(['msg', 'w', 'dm'])

/** Inside a character class: white space, controls, formats, and blanks that Unicode counts as symbols. */
const INVISIBLE = '\\p{White_Space}\\p{Cc}\\p{Cf}\\p{Default_Ignorable_Code_Point}\\u{2800}\\u{1D159}'
const LEADING_INVISIBLE = new RegExp(`^[${INVISIBLE}]*`, 'u')
const ALL_INVISIBLE = new RegExp(`[${INVISIBLE}]`, 'gu')
const WORD = /^\P{White_Space}*/u
const SPACE = /^\p{White_Space}+/u

const take = (pattern: RegExp, text: string): [taken: string, rest: string] => {
  const taken = pattern.exec(text)?.[0] ?? ''
  return [taken, text.slice(taken.length)]
}
const visible = (text: string) => text.replace(ALL_INVISIBLE, '')
const isSlash = (unit: string | undefined) => unit === '/' || unit === '\uFF0F'

export function readTyped(text: string): TypedText {
  const [before, shown] = take(LEADING_INVISIBLE, text)
  if (shown === '') return { kind: 'empty' }
  if (!isSlash(shown[0])) return { kind: 'plain', text }
  if (isSlash(shown[1])) return { kind: 'plain', text: before + shown.slice(1) }

  const [word, afterWord] = take(WORD, shown.slice(1))
  const command = visible(word.normalize('NFKC')).toLowerCase()
  if (!PRIVATE_COMMANDS.has(command)) return { kind: 'unknown-command', command: `/${command}` }
  const [, fromName] = take(LEADING_INVISIBLE, afterWord)
  const [name, afterName] = take(WORD, fromName)
  const to = visible(name)
  if (to === '') return { kind: 'without-name' }
  const [, body] = take(SPACE, afterName)
  return visible(body) === '' ? { kind: 'without-text', to } : { kind: 'private', to, text: body }
}

/** The part of a half-typed `/msg na` that names may complete; null where there is nothing to complete. */
export function nameBeingTyped(textBeforeCaret: string): { readonly prefix: string; readonly from: number } | null {
  const match = /^\s*[/\uFF0F](?:msg|w|dm)\s+(\S*)$/iu.exec(textBeforeCaret)
  const prefix = match?.[1]
  return prefix === undefined ? null : { prefix, from: textBeforeCaret.length - prefix.length }
}
