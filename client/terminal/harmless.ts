// Other people's texts on this person's terminal: whatever would move the cursor, change the terminal or reorder the
// line is shown as a visible mark instead.

/** C0 controls and DEL have pictures in Unicode; everything else is named. */
function visible(code: number): string {
  if (code < 0x20) return String.fromCodePoint(0x2400 + code)
  if (code === 0x7f) return '\u2421'
  return `<U+${code.toString(16).toUpperCase().padStart(4, '0')}>`
}

/** Controls (C0, DEL, C1), line and paragraph separators, and what embeds, overrides or isolates a direction. */
function isHarmful(code: number): boolean {
  return (
    code < 0x20 ||
    (code >= 0x7f && code <= 0x9f) ||
    (code >= 0x2028 && code <= 0x202e) ||
    (code >= 0x2066 && code <= 0x2069)
  )
}

/** Something short in one line, such as a name: line feeds and tabs are marked too. */
export function harmlessLine(text: string): string {
  let out = ''
  for (const character of text.toWellFormed()) {
    const code = character.codePointAt(0) ?? 0
    out += isHarmful(code) ? visible(code) : character
  }
  return out
}

/** A text of several lines: those after the first are indented, so that none can pass for a line of somebody else's. */
export function harmlessText(text: string, indent = '    '): string {
  return text
    .split(/\r\n|[\n\u2028\u2029]/)
    .map(line => line.split('\t').map(harmlessLine).join('    '))
    .join(`\n${indent}`)
}

/** One line of JSON in which every such character is escaped: as harmless on a terminal, and the same to a parser. */
export function jsonLine(value: unknown): string {
  let out = ''
  for (const character of JSON.stringify(value)) {
    const code = character.codePointAt(0) ?? 0
    out += isHarmful(code) ? `\\u${code.toString(16).padStart(4, '0')}` : character
  }
  return out
}
