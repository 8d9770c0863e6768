// Takes the README's picture of the full-screen terminal, as SVG: `node docs/screenshots/take-terminal.ts`. The real
// command in a real pseudo-terminal, on a real server; what an emulator makes of it is drawn cell by cell.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { enter, send } from '../../test/setup/request.ts'
import { startTestServer } from '../../test/setup/server.ts'
import { openPseudoTerminal, type Run } from '../../test/terminal/pseudo-terminal.ts'
import { TALK, WHISPERS } from './states.ts'

const [COLUMNS, ROWS] = [96, 20]
const [CELL, LINE, MARGIN] = [8.4, 18, 14]
const [INK, PAPER] = ['#d6deeb', '#16181d']
/** The sixteen colours, as a dark terminal has them. */
const PALETTE = [
  '#3b4252', '#f07178', '#8bd49c', '#ebcb8b', '#82aaff', '#c792ea', '#7fdbca', '#d6deeb',
  '#637777', '#ff8b92', '#a8e6b5', '#ffe0a3', '#a9c4ff', '#ddb3f5', '#a5ebe0', '#ffffff',
] // biome-ignore format: two rows of eight

const escaped = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll(' ', '\u00a0')

function drawn(rows: readonly (readonly Run[])[]): string {
  const [width, height] = [COLUMNS * CELL + 2 * MARGIN, ROWS * LINE + 2 * MARGIN]
  const lines = rows.flatMap((runs, row) => {
    let column = 0
    const y = MARGIN + (row + 1) * LINE - 5
    return runs.flatMap(run => {
      const x = MARGIN + column * CELL
      column += run.width
      const colour = run.colour === null ? INK : (PALETTE[run.colour] ?? INK)
      const place = (at: number, cells: number) => ({ at: at.toFixed(1), length: (cells * CELL).toFixed(1) })
      const whole = place(x, run.width)
      const ground = run.isInverse
        ? [`<rect x="${whole.at}" y="${y - LINE + 5}" width="${whole.length}" height="${LINE}" fill="${colour}"/>`]
        : []
      const text = run.text.trim()
      if (text === '') return ground
      // Pictures keep no space at the ends of a text.
      const before = run.text.length - run.text.trimStart().length
      const after = run.text.length - run.text.trimEnd().length
      const { at, length } = place(x + before * CELL, run.width - before - after)
      const weight = run.isBold ? ' font-weight="bold"' : ''
      const dim = run.isDim ? ' opacity="0.65"' : ''
      const fill = run.isInverse ? PAPER : colour
      return [
        ...ground,
        `<text x="${at}" y="${y}" fill="${fill}"${weight}${dim} textLength="${length}">${escaped(text)}</text>`,
      ]
    })
  })
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width.toFixed(0)} ${height}" font-family="ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace" font-size="14" role="img">`,
    '<title>recado chat: conversations on the left, the one with everyone on the right</title>',
    `<rect width="100%" height="100%" rx="8" fill="${PAPER}"/>`,
    ...lines,
    '</svg>',
    '',
  ].join('\n')
}

await using server = await startTestServer()
const folder = mkdtempSync(join(tmpdir(), 'recado-picture-'))
try {
  const tokens = new Map<string, string>()
  for (const name of ['joão', 'maria', 'ana', 'rafael']) {
    tokens.set(name, (await enter(server.graphql, name, name === 'joão' ? 'uma senha só das fotos' : undefined)).token)
  }
  for (const [name, text] of TALK) await send(server.graphql, tokens.get(name) ?? '', { text })
  const terminal = await openPseudoTerminal({
    folder,
    words: ['chat', '--as', 'joão', '--url', server.url, '--lang', 'pt'],

    columns: COLUMNS,
    rows: ROWS,
  })
  try {
    await terminal.shows(/Senha/)
    terminal.type('uma senha só das fotos\r')
    await terminal.shows(/Achei, obrigado/)
    for (const [from, to, text] of WHISPERS) await send(server.graphql, tokens.get(from) ?? '', { to, text })
    await terminal.shows(/maria/)
    terminal.type('/msg maria Levo o café!')
    await terminal.shows(/\/msg maria Levo o café!/)
    writeFileSync(join(import.meta.dirname, 'terminal.svg'), drawn(terminal.runs()))
  } finally {
    await terminal.close()
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}
