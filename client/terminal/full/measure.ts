// How many columns a text takes on a terminal, and cutting texts to columns. What comes in is harmless already (no control
// characters); what goes out never takes more columns than there are.
import stringWidth from 'string-width'

const segmenter = new Intl.Segmenter()

/** Ideographs and pictures take two columns, marks that combine none. */
export function columnsOf(text: string): number {
  return /^[ -~]*$/.test(text) ? text.length : stringWidth(text)
}

/** What people see as one character. */
export function graphemesOf(text: string): string[] {
  return /^[ -~]*$/.test(text) ? [...text] : Array.from(segmenter.segment(text), ({ segment }) => segment)
}

/** The text, or as much of it as fits with `…` at its end. */
export function cut(text: string, columns: number): string {
  if (columnsOf(text) <= columns) return text
  let out = ''
  let used = 0
  for (const grapheme of graphemesOf(text)) {
    const width = columnsOf(grapheme)
    if (used + width > columns - 1) break
    out += grapheme
    used += width
  }
  return columns > 0 ? `${out}…` : ''
}

/** Exactly this many columns. */
export function fill(text: string, columns: number): string {
  const fitting = cut(text, columns)
  return fitting + ' '.repeat(Math.max(0, columns - columnsOf(fitting)))
}

/**
 * One line as rows of at most so many columns, broken between words where there are any; nothing is left out but the one
 * space at which a row breaks.
 */
export function wrap(line: string, columns: number): string[] {
  const width = Math.max(1, columns)
  if (columnsOf(line) <= width) return [line]
  const rows: string[] = []
  let row = ''
  let used = 0
  for (const word of line.split(/(?<= )/)) {
    const bare = word.trimEnd()
    if (used > 0 && used + columnsOf(bare) > width) {
      rows.push(row.replace(/ $/, ''))
      row = ''
      used = 0
    }
    for (const grapheme of graphemesOf(word)) {
      const size = columnsOf(grapheme)
      if (used + size > width) {
        // A space at the edge is where the row breaks.
        rows.push(row)
        row = grapheme === ' ' ? '' : grapheme
        used = grapheme === ' ' ? 0 : size
      } else {
        row += grapheme
        used += size
      }
    }
  }
  if (row !== '' || rows.length === 0) rows.push(row)
  return rows
}
