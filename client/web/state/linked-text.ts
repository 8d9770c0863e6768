// A text → pieces, some of which are addresses. Nothing but http, https and mailto ever becomes a link, and one that does not
// lead where it seems to says so.

export interface Piece {
  readonly text: string
  /** Null: not an address. */
  readonly href: string | null
  /** Of an address that leads elsewhere than it looks: the host in plain letters. */
  readonly host: string | null
}

/** No white space, no quotes or brackets, and none of the characters that turn the direction of text. */
const ADDRESS = /\b(?:https?:\/\/|mailto:)[^\s<>"'`\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]+/giu
/** Punctuation that belongs to the sentence, not to the address before it. */
const SENTENCE_END = /[.,;:!?…*_~]+$/u
const LONGEST_ADDRESS = 2_000
/** One address to write to, in plain letters, and nothing that would be written for whoever follows it. */
const MAIL = /^mailto:[\w.+-]+@[a-z\d](?:[a-z\d.-]*[a-z\d])?$/i

/** What stands where the host does, as it is written. */
const WRITTEN_HOST = /^https?:\/\/([^/?#\\]*)/i
/** Letters of one alphabet, with their accents: of these none is taken for another. */
const PLAIN_HOST = /^[a-z0-9.\-\u00df-\u00f6\u00f8-\u00ff]+$/

/**
 * The host, where somebody who reads the address would think of another one: letters of other alphabets that look alike or
 * are invisible, a name before an `@`, numbers in disguise.
 */
function hostBehind(address: string, { hostname }: URL): string | null {
  const written = (WRITTEN_HOST.exec(address)?.[1] ?? '').replace(/:\d*$/, '').toLowerCase()
  if (written === hostname) return null
  return hostname.includes('xn--') && PLAIN_HOST.test(written.normalize('NFC')) ? null : hostname
}

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
    const isMail = url.protocol === 'mailto:'
    if (isMail ? !MAIL.test(address) : url.protocol !== 'http:' && url.protocol !== 'https:') continue
    if (match.index > from) pieces.push({ text: text.slice(from, match.index), href: null, host: null })
    pieces.push({ text: address, href: url.href, host: isMail ? null : hostBehind(address, url) })
    from = match.index + address.length
  }
  if (from < text.length) pieces.push({ text: text.slice(from), href: null, host: null })
  return pieces
}
