// A text → pieces, some of which are addresses of the web. Nothing but http and https ever becomes a link.

export interface Piece {
  readonly text: string
  /** Null: not an address. */
  readonly href: string | null
}

/** No white space, no quotes or brackets, and none of the characters that turn the direction of text. */
const ADDRESS = /\bhttps?:\/\/[^\s<>"'`\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]+/giu
/** Punctuation that belongs to the sentence, not to the address before it. */
const SENTENCE_END = /[.,;:!?…*_~]+$/u
const LONGEST_ADDRESS = 2_000

function addressOf(found: string): string {
  let address = found.replace(SENTENCE_END, '')
  // A closing bracket belongs to the address only if it was opened in it.
  for (const [open, close] of ['()', '[]', '{}']) {
    if (!open || !close) continue
    while (address.endsWith(close) && address.split(close).length > address.split(open).length) {
      address = address.slice(0, -1).replace(SENTENCE_END, '')
    }
  }
  return address
}

/** The texts of the pieces, one after the other, are the text. */
export function splitText(text: string): readonly Piece[] {
  const pieces: Piece[] = []
  let from = 0
  for (const match of text.matchAll(ADDRESS)) {
    const address = addressOf(match[0])
    if (address.length > LONGEST_ADDRESS || !URL.canParse(address)) continue
    const url = new URL(address)
    if (url.protocol !== 'http:' && url.protocol !== 'https:') continue
    if (match.index > from) pieces.push({ text: text.slice(from, match.index), href: null })
    pieces.push({ text: address, href: url.href })
    from = match.index + address.length
  }
  if (from < text.length) pieces.push({ text: text.slice(from), href: null })
  return pieces
}
