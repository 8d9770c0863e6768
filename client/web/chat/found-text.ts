// A text that a search found → the part around the first hit, with what was found marked. The server decides what is a
// hit; this marks words as it does: without case and accents, the last word as the beginning of one, phrases as a whole.

export interface FoundPiece {
  readonly text: string
  readonly isHit: boolean
}

/** Characters before the first hit, and in all. */
const BEFORE = 40
const LONGEST = 180
const LETTERS = /[\p{L}\p{M}\p{N}]/u

/** Each character without case and accents, with where it stands in the text. */
function fold(text: string): { readonly folded: string; readonly places: readonly number[] } {
  let folded = ''
  const places: number[] = []
  let place = 0
  for (const character of text) {
    const plain = character.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase()
    folded += plain
    for (let index = 0; index < plain.length; index++) places.push(place)
    place += character.length
  }
  places.push(place)
  return { folded, places }
}

interface Term {
  readonly folded: string
  readonly mayContinue: boolean
}

function termsOf(query: string): readonly Term[] {
  const terms = [...query.matchAll(/"([^"]*)"?|[^\s"]+/gu)].map(match => fold((match[1] ?? match[0]).trim()).folded)
  const isOpen = !/"\s*$/u.test(query)
  return terms
    .map((folded, index) => ({ folded, mayContinue: isOpen && index === terms.length - 1 }))
    .filter(({ folded }) => folded !== '')
}

/** The texts of the pieces are one stretch of the text, with `…` where it was cut. */
export function foundPieces(text: string, query: string): readonly FoundPiece[] {
  const { folded, places } = fold(text)
  const hits: { from: number; to: number }[] = []
  for (const term of termsOf(query)) {
    for (let at = folded.indexOf(term.folded); at >= 0; at = folded.indexOf(term.folded, at + 1)) {
      const end = at + term.folded.length
      const isWord = !LETTERS.test(folded[at - 1] ?? ' ') && (term.mayContinue || !LETTERS.test(folded[end] ?? ' '))
      if (isWord) hits.push({ from: places[at] ?? 0, to: places[end] ?? text.length })
    }
  }
  hits.sort((a, b) => a.from - b.from)

  const first = hits[0]?.from ?? 0
  const start = first > BEFORE ? text.lastIndexOf(' ', first - BEFORE) + 1 : 0
  const end = Math.min(text.length, start + LONGEST)
  const pieces: FoundPiece[] = []
  let from = start
  if (start > 0) pieces.push({ text: '…', isHit: false })
  for (const hit of hits) {
    if (hit.from < from || hit.to > end) continue
    if (hit.from > from) pieces.push({ text: text.slice(from, hit.from), isHit: false })
    pieces.push({ text: text.slice(hit.from, hit.to), isHit: true })
    from = hit.to
  }
  if (from < end) pieces.push({ text: text.slice(from, end), isHit: false })
  if (end < text.length) pieces.push({ text: '…', isHit: false })
  return pieces
}
