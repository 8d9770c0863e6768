// What the pages of docs/reference share: how a table looks, and the line that says where a page comes from.

/** The first lines of a page: its title, and from what it was written. */
export function opening(title: string, source: string): string[] {
  return [`# ${title}`, '', `Written by \`npm run docs\` from ${source}: change that, not this page.`, '']
}

/** A table; a bar inside a cell stays a bar. */
export function table(headings: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]) =>
    `| ${cells.map(cell => cell.replaceAll('\n', ' ').replaceAll('|', '\\|')).join(' | ')} |`
  return [line(headings), `|${'---|'.repeat(headings.length)}`, ...rows.map(line), '']
}

export const page = (lines: readonly string[]): string => `${lines.join('\n').trimEnd()}\n`

/**
 * The cells of the table whose first line begins like this, without the two lines above them.
 * @throws Error when there is none
 */
export function rowsOf(text: string, heading: string): string[][] {
  const start = text.indexOf(heading)
  if (start < 0) throw new Error(`there is no table ${heading}`)
  const lines = text.slice(start).split('\n').slice(2)
  return lines
    .slice(
      0,
      lines.findIndex(line => !line.startsWith('|')),
    )
    .map(line =>
      line
        .split('|')
        .slice(1, -1)
        .map(cell => cell.trim()),
    )
}
