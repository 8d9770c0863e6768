// Results as text: one table a case, or one table of all cases where each has a single row.
import { type Case, type Column, medianOf, medianRatio, type Row, type ScenarioResult } from '../results.ts'

/** Cells, the header first. */
export interface Table {
  readonly title: string
  readonly header: readonly string[]
  readonly rows: readonly (readonly string[])[]
}

export const OURS = 'recado'

/** A ratio as people say it: 0.02 or 1.13 or 57. */
export function showRatio(ratio: number): string {
  if (!Number.isFinite(ratio)) return '–'
  return ratio >= 10 ? ratio.toFixed(0) : ratio >= 0.1 ? ratio.toFixed(2) : ratio.toFixed(3)
}

export function showFigure(value: number, { digits, divisor = 1 }: Column): string {
  if (!Number.isFinite(value)) return '–'
  return (value / divisor).toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits })
}

export function tables(scenario: ScenarioResult): Table[] {
  const { columns, cases } = scenario
  const labels = columns.map(({ label }) => label)
  if (cases.every(({ rows }) => rows.length === 1)) {
    const rows = cases.flatMap(({ label, rows }) => rows.map(row => [label, ...figures(row, columns)]))
    return [{ title: '', header: ['', ...labels], rows }]
  }
  const what = columns.find(({ figure }) => figure === scenario.ratioOf)?.label.replace(/,.*/, '') ?? ''
  return cases.map(each => ({
    title: each.label,
    header: ['', ...labels, isOurs(each) ? `Recado’s ${what} ÷ this` : `${what} ÷ the first`],
    rows: each.rows.map(row => [row.label, ...figures(row, columns), ratio(each, row, scenario.ratioOf)]),
  }))
}

function figures(row: Row, columns: readonly Column[]): string[] {
  return columns.map(column => showFigure(medianOf(row, column.figure), column))
}

function isOurs({ rows }: Case): boolean {
  return rows.some(({ name }) => name === OURS)
}

/** Of Recado to this row; among rows that are all Recado's, of this row to the first. */
function ratio(each: Case, row: Row, figure: string): string {
  const [first] = each.rows
  const ours = each.rows.find(({ name }) => name === OURS)
  if (row === (ours ?? first)) return ''
  if (ours) return showRatio(medianRatio(ours, row, figure))
  return first ? showRatio(medianRatio(row, first, figure)) : ''
}

/** Aligned for a terminal: the first column to the left, figures to the right. */
export function showTable({ title, header, rows }: Table): string {
  const all = [header, ...rows]
  const widths = header.map((_, column) => Math.max(...all.map(row => (row[column] ?? '').length)))
  const lines = all.map(row =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  ')
      .trimEnd(),
  )
  return [...(title ? [title] : []), ...lines].join('\n')
}
