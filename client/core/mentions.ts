// Who a text speaks to by `@name`. A convention of clients: the server stores the text and interprets nothing of it. A
// name is meant however it is spelled in case and accents, as everywhere else.
import { foldName } from './name.ts'

export interface Mention {
  /** Where its `@` stands in the text, and where it ends, in UTF-16 units. */
  readonly from: number
  readonly to: number
  /** As it is written, without the `@`. */
  readonly name: string
}

/**
 * An `@` that continues no word (an address of e-mail is no mention), then what a name may be made of. Longer than any
 * name is none.
 */
const MENTION = /(?<![\p{L}\p{M}\p{N}_.@\uFF20/-])[@\uFF20]([\p{L}\p{M}\p{N}_.-]{1,64})/gu
/** What names may have inside, and sentences have after them. */
const TAIL = /[._-]$/

/**
 * Every mention of somebody whom `isName` takes for a name, in order. A name may have dots and dashes in it, and a
 * sentence has them after it: the longest reading that is a name is meant, so `@ana.` is ana unless there is an `ana.`.
 *
 * @param isName gets a folded name
 */
export function findMentions(text: string, isName: (folded: string) => boolean): readonly Mention[] {
  const mentions: Mention[] = []
  for (const match of text.matchAll(MENTION)) {
    let name = match[1] ?? ''
    while (name !== '' && !isName(foldName(name))) name = TAIL.test(name) ? name.slice(0, -1) : ''
    if (name !== '') mentions.push({ from: match.index, to: match.index + 1 + name.length, name })
  }
  return mentions
}

/** Whether a text mentions whoever has this name. */
export function isMentioned(text: string, username: string): boolean {
  if (!text.includes('@') && !text.includes('\uFF20')) return false
  const own = foldName(username)
  return findMentions(text, folded => folded === own).length > 0
}
