// This run against a saved one, as ratios. Figures of another machine or another day differ by themselves, so each is
// also shown relative to a peer of the same run, where there is one.
import { type Case, medianOf, medianRatio, type Results, type Row } from '../results.ts'
import { OURS, showRatio, type Table } from './terminal.ts'

/** What Recado's figures are set against: the plainest peer first. */
const ANCHORS = ['raw-ws', 'floor', 'yoga', 'nats']
/** Ratios this far from 1 are pointed out. */
const NOTABLE = 0.1

/** A row for each of Recado's figures that both have at the same sizes. */
export function compare(now: Results, baseline: Results): Table {
  const rows: string[][] = []
  for (const scenario of now.scenarios) {
    const before = baseline.scenarios.find(({ name }) => name === scenario.name)
    for (const each of scenario.cases) {
      const old = before?.cases.find(({ id }) => id === each.id)
      for (const row of each.rows.filter(row => isOurs(row, each))) {
        const oldRow = old?.rows.find(({ name }) => name === row.name)
        if (!old || !oldRow) continue
        for (const { figure, label, better } of scenario.columns) {
          if (better === undefined) continue
          const absolute = medianOf(row, figure) / medianOf(oldRow, figure)
          if (!Number.isFinite(absolute)) continue
          const relative = toAnchor(each, row, figure) / toAnchor(old, oldRow, figure)
          rows.push([
            `${scenario.title}: ${each.label}${row.name === OURS ? '' : `, ${row.label}`}: ${label}`,
            showRatio(absolute),
            showRatio(relative),
            verdict(Number.isFinite(relative) ? relative : absolute, better),
          ])
        }
      }
    }
  }
  return {
    title: 'Against the baseline (now ÷ then)',
    header: ['', 'as measured', 'relative to a peer of the same run', ''],
    rows,
  }
}

/** Recado's row, or every row where all are Recado's. */
function isOurs(row: Row, { rows }: Case): boolean {
  return row.name === OURS || !rows.some(({ name }) => name === OURS)
}

/** NaN: no peer of both runs has the figure. */
function toAnchor(each: Case, row: Row, figure: string): number {
  const anchor = ANCHORS.map(name => each.rows.find(other => other.name === name)).find(
    other => other !== undefined && Number.isFinite(medianOf(other, figure)),
  )
  return anchor ? medianRatio(row, anchor, figure) : Number.NaN
}

function verdict(ratio: number, better: 'less' | 'more'): string {
  if (Math.abs(ratio - 1) <= NOTABLE) return ''
  return ratio < 1 === (better === 'less') ? 'better' : 'worse'
}
