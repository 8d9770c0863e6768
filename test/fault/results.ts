// What runs of rows came to: one result for each run, and the table over them.
import type { Outcome } from './rows/row.ts'

export interface Result extends Outcome {
  readonly row: string
  readonly seed: number
  readonly seconds: number
}

export function isGood({ violations, defects }: Outcome): boolean {
  return violations.length === 0 && defects.length === 0
}

/** A line for each row: how many seeds passed, what was acknowledged and applied, the largest of each figure. */
export function tableOf(results: readonly Result[]): string {
  const rows = [...new Set(results.map(({ row }) => row))]
  const lines = rows.map(row => {
    const own = results.filter(result => result.row === row)
    const [why] = own.flatMap(({ impossible }) => impossible ?? [])
    if (why !== undefined) return [row, 'not possible here', '', '', '', why]
    const sum = (value: (result: Result) => number): string => String(own.reduce((all, each) => all + value(each), 0))
    const figures = new Map<string, number>()
    for (const result of own) {
      for (const [name, value] of Object.entries(result.figures)) {
        figures.set(name, Math.max(figures.get(name) ?? 0, value))
      }
    }
    return [
      row,
      `${own.filter(isGood).length} of ${own.length}`,
      sum(({ acknowledged }) => acknowledged),
      sum(({ applied }) => applied),
      sum(({ seconds }) => seconds),
      [...figures].map(([name, value]) => `${name} ${value}`).join(', '),
    ]
  })
  const head = ['row', 'seeds passed', 'acknowledged', 'applied', 'seconds', 'figures, the largest']
  return layOut([head, ...lines])
}

export function layOut(lines: readonly (readonly string[])[]): string {
  const widths = (lines[0] ?? []).map((_, column) => Math.max(...lines.map(line => line[column]?.length ?? 0)))
  return lines
    .map(line => line.map((cell, column) => (column === line.length - 1 ? cell : cell.padEnd(widths[column] ?? 0))))
    .map(line => line.join('  ').trimEnd())
    .join('\n')
}
