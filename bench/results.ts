// What a run of the benchmark leaves behind: figures of every run, by scenario, case and peer. Everything shown (the
// table, the charts, the goals, the comparison) is computed from this alone, so it can be shown again from the JSON.
import type { Machine } from './machine.ts'
import { median } from './report/statistics.ts'

/** Figures of one run, by name. */
export type Figures = Readonly<Record<string, number>>

/** How a figure is shown. */
export interface Column {
  readonly figure: string
  readonly label: string
  /** Digits behind the point. */
  readonly digits: number
  /** Divides the figure before it is shown. Default 1. */
  readonly divisor?: number
  /** Compared with a baseline, where less or more is better. Others (the load client's own) are not compared. */
  readonly better?: 'less' | 'more'
}

export interface Row {
  /** A peer's name, or what else was measured under the same load. */
  readonly name: string
  readonly label: string
  /** In the order of the runs: the n-th runs of all rows of a case were neighbours in time. */
  readonly runs: readonly Figures[]
}

export interface Case {
  readonly id: string
  readonly label: string
  readonly rows: readonly Row[]
}

export interface ScenarioResult {
  readonly name: string
  readonly title: string
  /** What was done, and how each figure is defined. */
  readonly method: string
  readonly columns: readonly Column[]
  /** The figure whose ratio to each peer the table has. */
  readonly ratioOf: string
  readonly cases: readonly Case[]
  /** What was not measured, and why. */
  readonly missing: readonly string[]
  readonly quick: boolean
  readonly runs: number
  /** RFC 3339. */
  readonly measuredAt: string
  readonly seconds: number
  readonly machine: Machine
}

export interface Results {
  readonly version: 1
  readonly scenarios: readonly ScenarioResult[]
}

/** The median of a figure over a row's runs. */
export function medianOf(row: Row, figure: string): number {
  return median(row.runs.map(run => run[figure] ?? Number.NaN))
}

/** The median, over neighbouring runs, of one row's figure divided by another's. */
export function medianRatio(row: Row, other: Row, figure: string, otherFigure = figure): number {
  const runs = Math.min(row.runs.length, other.runs.length)
  return median(
    Array.from(
      { length: runs },
      (_, run) => (row.runs[run]?.[figure] ?? Number.NaN) / (other.runs[run]?.[otherFigure] ?? Number.NaN),
    ),
  )
}

/** Puts the scenarios measured now in the place of those measured before. */
export function mergeResults(before: Results | null, now: readonly ScenarioResult[]): Results {
  const kept = (before?.scenarios ?? []).filter(old => !now.some(({ name }) => name === old.name))
  return { version: 1, scenarios: [...kept, ...now] }
}

/** @throws TypeError when it is not what `npm run bench` writes */
export function parseResults(json: string): Results {
  const results = JSON.parse(json) as Partial<Results>
  if (results.version !== 1 || !Array.isArray(results.scenarios)) {
    throw new TypeError('Expected the results of npm run bench, version 1')
  }
  return results as Results
}
