// Which charts docs/benchmarks.md has: the figures people ask about first.
import { type Case, type Column, medianOf, type Results, type ScenarioResult } from '../results.ts'
import { barChart, lineChart } from './svg.ts'
import { OURS, showFigure } from './terminal.ts'

export interface Chart {
  /** Without its folder. */
  readonly file: string
  readonly title: string
  readonly scenario: string
  readonly svg: string
}

const BARS = [
  { file: 'fan-out-cpu.svg', scenario: 'fan-out', id: '1000/20', figure: 'cpuPerDelivery' },
  { file: 'fan-out-rate.svg', scenario: 'fan-out', id: '1000/20', figure: 'deliveriesPerSecond' },
  { file: 'fan-out-p99.svg', scenario: 'fan-out', id: '1000/20', figure: 'p99' },
  { file: 'paced-cpu.svg', scenario: 'paced', id: '1000/50', figure: 'cpuPerDelivery' },
  { file: 'paced-p99.svg', scenario: 'paced', id: '1000/50', figure: 'p99' },
  { file: 'sends-rate.svg', scenario: 'sends', id: 'pipelined', figure: 'sendsPerSecond' },
  { file: 'idle-memory.svg', scenario: 'idle', id: null, figure: 'keptBytes' },
  { file: 'idle-cpu.svg', scenario: 'idle', id: null, figure: 'cpuPerConnection' },
  { file: 'reconnect.svg', scenario: 'reconnect', id: null, figure: 'caughtUpMs' },
] as const

/** A chart for what was measured; none for what was not. */
export function charts({ scenarios }: Results): Chart[] {
  const find = (name: string): ScenarioResult | undefined => scenarios.find(scenario => scenario.name === name)
  const bars = BARS.flatMap(({ file, scenario: name, id, figure }): Chart[] => {
    const scenario = find(name)
    const each = scenario?.cases.find(one => id === null || one.id === id)
    const column = scenario?.columns.find(one => one.figure === figure)
    return each && column ? [bar(file, name, each, column)] : []
  })
  const [growth, pages] = [find('growth'), find('pages')]
  return [...bars, ...(growth ? [growthChart(growth)] : []), ...(pages ? [pagesChart(pages)] : [])]
}

function bar(file: string, scenario: string, each: Case, column: Column): Chart {
  const title = `${each.label}: ${column.label}`
  const rows = each.rows
    .map(row => ({ row, value: medianOf(row, column.figure) }))
    .filter(({ value }) => Number.isFinite(value))
    .map(({ row, value }) => ({
      label: row.label,
      value: Math.max(0, value),
      shown: showFigure(value, column),
      isOurs: row.name === OURS,
    }))
  return { file, title, scenario, svg: barChart(title, rows) }
}

function growthChart({ cases, columns }: ScenarioResult): Chart {
  const title = 'Server CPU, µs a delivery, as the room grows (window 20)'
  const points = cases.flatMap(({ id, rows }) =>
    rows.map(row => point(Number.parseInt(id, 10), medianOf(row, 'cpuPerDelivery'), columns, 'cpuPerDelivery')),
  )
  const svg = lineChart(title, 'subscribers', [{ label: 'Recado', points }])
  return { file: 'growth.svg', title, scenario: 'growth', svg }
}

function pagesChart({ cases, columns }: ScenarioResult): Chart {
  const title = 'A page of 50 messages, p50 in ms, as the history grows'
  const lines = cases.map(({ label, rows }) => ({
    label,
    points: rows.map(row => point(Number(row.name.replace('messages-', '')), medianOf(row, 'p50'), columns, 'p50')),
  }))
  return { file: 'pages.svg', title, scenario: 'pages', svg: lineChart(title, 'messages in the history', lines) }
}

function point(x: number, y: number, columns: readonly Column[], figure: string) {
  const column = columns.find(each => each.figure === figure)
  return { x, y, shown: column ? showFigure(y, column) : String(y) }
}
