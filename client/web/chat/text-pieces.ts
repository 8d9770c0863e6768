// A message's text → pieces: plain text, addresses of the web, and people who are mentioned. And whether it is nothing
// but a few emoji, which are then shown large.
import { findMentions } from '../../core/mentions.ts'
import { foldName } from '../../core/name.ts'
import { splitText } from '../state/linked-text.ts'

export type TextPiece =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'link'; readonly text: string; readonly href: string; readonly host: string | null }
  | { readonly kind: 'mention'; readonly text: string; readonly name: string; readonly isMe: boolean }

/** The texts of the pieces, one after the other, are the text. @param names folded, one's own among them */
export function textPieces(text: string, names: ReadonlySet<string>, me: string): readonly TextPiece[] {
  const own = foldName(me)
  return splitText(text).flatMap(piece => {
    if (piece.href !== null) return { kind: 'link', text: piece.text, href: piece.href, host: piece.host } as const
    return withMentions(piece.text, names, own)
  })
}

function withMentions(text: string, names: ReadonlySet<string>, own: string): TextPiece[] {
  const pieces: TextPiece[] = []
  let from = 0
  for (const mention of findMentions(text, folded => folded === own || names.has(folded))) {
    if (mention.from > from) pieces.push({ kind: 'text', text: text.slice(from, mention.from) })
    const isMe = foldName(mention.name) === own
    pieces.push({ kind: 'mention', text: text.slice(mention.from, mention.to), name: mention.name, isMe })
    from = mention.to
  }
  if (from < text.length) pieces.push({ kind: 'text', text: text.slice(from) })
  return pieces
}

const EMOJI = /\p{RGI_Emoji}/gv
const MOST_LARGE = 6
/** Longer texts than so many emoji ever are need no look. */
const LONGEST_LARGE = MOST_LARGE * 16

export function isEmojiOnly(text: string): boolean {
  if (text.length > LONGEST_LARGE) return false
  const count = text.match(EMOJI)?.length ?? 0
  return count > 0 && count <= MOST_LARGE && text.replace(EMOJI, '').trim() === ''
}
