// Tab: what the word before the cursor may become, a command or a name. Pressing Tab again takes the next.
import { foldName } from '../../core/name.ts'
import type { Draft } from './editor.ts'

export interface Completion {
  /** Each is the whole draft that it would give. */
  readonly drafts: readonly Draft[]
  /** For showing: the commands or names themselves. */
  readonly words: readonly string[]
}

const ADDRESSED = /^\s*\/(?:msg|w|dm)\s+$/i

/**
 * @param names in the order in which they are offered
 * @param commands with their slash
 */
export function complete(draft: Draft, names: readonly string[], commands: readonly string[]): Completion | null {
  const typed = draft.text.slice(0, draft.at)
  const word = /\S*$/.exec(typed)?.[0] ?? ''
  const lead = typed.slice(0, typed.length - word.length)
  const isCommand = lead.trim() === '' && word.startsWith('/')
  const isAddressee = ADDRESSED.test(lead)
  if (word === '' && !isAddressee) return null
  const begin = foldName(word.replace(/^@/, ''))
  const words = isCommand
    ? commands.filter(command => command.startsWith(word.toLowerCase()))
    : names.filter(name => foldName(name).startsWith(begin)).map(name => (isAddressee ? name : `@${name}`))
  if (words.length === 0) return null
  const rest = draft.text.slice(draft.at).replace(/^ /, '')
  return {
    words,
    drafts: words.map(chosen => ({ text: `${lead}${chosen} ${rest}`, at: lead.length + chosen.length + 1 })),
  }
}
