// Verdicts as cells of a table.
import type { Verdict } from '../goals.ts'
import { showRatio, type Table } from './terminal.ts'

/** Text, limit, value, verdict. */
export function showVerdict({ goal, value, met }: Verdict): string[] {
  const sign = goal.bound === 'at most' ? '≤' : '≥'
  const show = (number: number): string =>
    number >= 1_000 ? Math.round(number).toLocaleString('en') + (goal.unit ?? '') : showRatio(number)
  // 0.018 says little beside 1/50.
  const shown = value === undefined ? '–' : goal.shown && value < 1 ? `1/${(1 / value).toFixed(1)}` : show(value)
  return [goal.text, `${sign} ${goal.shown ?? show(goal.limit)}`, shown, says(met)]
}

function says(met: boolean | undefined): string {
  return met === undefined ? 'not measured' : met ? 'met' : 'not met'
}

export function goalsTable(verdicts: readonly Verdict[]): Table {
  return { title: 'Goals', header: ['', 'limit', 'measured', ''], rows: verdicts.map(showVerdict) }
}
