// What is shown is computed from the figures of the runs: medians, ratios of neighbouring runs, goals, a comparison.
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { judge } from '../../bench/goals.ts'
import { charts } from '../../bench/report/charts.ts'
import { compare } from '../../bench/report/compare.ts'
import { goalsTable } from '../../bench/report/goals-table.ts'
import { markdown } from '../../bench/report/markdown.ts'
import { median, quantile } from '../../bench/report/statistics.ts'
import { barChart } from '../../bench/report/svg.ts'
import { showTable, tables } from '../../bench/report/terminal.ts'
import {
  type Column,
  type Figures,
  medianOf,
  medianRatio,
  mergeResults,
  parseResults,
  type Results,
  type Row,
  type ScenarioResult,
} from '../../bench/results.ts'

const COLUMNS: readonly Column[] = [
  { figure: 'cpuPerDelivery', label: 'server CPU, µs a delivery', digits: 2, better: 'less' },
  { figure: 'deliveriesPerSecond', label: 'deliveries/s', digits: 0, better: 'more' },
  { figure: 'p99', label: 'p99, ms', digits: 1, better: 'less' },
]

function row(name: string, ...runs: Figures[]): Row {
  return { name, label: name === 'recado' ? 'Recado' : name, runs }
}

function scenario(name: string, id: string, rows: readonly Row[], columns = COLUMNS): ScenarioResult {
  return {
    name,
    title: `The ${name}`,
    method: 'As written.',
    columns,
    ratioOf: columns[0]?.figure ?? '',
    cases: [{ id, label: `case ${id}`, rows }],
    missing: ['NATS: nats-server is not installed'],
    quick: false,
    runs: rows[0]?.runs.length ?? 0,
    measuredAt: '2025-03-01T12:00:00.000Z',
    seconds: 3,
    machine: { cpu: 'A & B <CPU>', cores: 2, memoryGib: 8, system: 'Linux 6', node: 'v24', nats: null },
  }
}

const cpu = (cpuPerDelivery: number, deliveriesPerSecond = 1_000, p99 = 5): Figures => ({
  cpuPerDelivery,
  deliveriesPerSecond,
  p99,
})

const RESULTS: Results = mergeResults(null, [
  scenario('fan-out', '1000/20', [
    row('recado', cpu(1), cpu(2), cpu(4)),
    row('raw-ws', cpu(10), cpu(16), cpu(20)),
    row('nats', cpu(0.9), cpu(1.9), cpu(3.9)),
  ]),
])

test('medians and quantiles', () => {
  expect([median([3, 1, 2]), median([4, 1, 2, 3]), median([])]).toEqual([2, 2.5, Number.NaN])
  expect(quantile([1, 2, 3, 4], 0.5)).toBe(3)
  expect(quantile([1, 2, 3, 4], 0.99)).toBe(4)
})

test('a ratio is the median of the ratios of neighbouring runs', () => {
  const [ours, raw] = RESULTS.scenarios[0]?.cases[0]?.rows ?? []
  if (!ours || !raw) throw new Error('two rows were expected')
  expect(medianOf(ours, 'cpuPerDelivery')).toBe(2)
  // 1/10, 2/16, 4/20
  expect(medianRatio(ours, raw, 'cpuPerDelivery')).toBe(0.125)
})

describe('goals', () => {
  const verdictOf = (results: Results, text: string) => judge(results).find(({ goal }) => goal.text.includes(text))

  test('are met or not, by their bound', () => {
    expect(verdictOf(RESULTS, 'window 20: CPU a delivery, to raw ws')).toMatchObject({ value: 0.125, met: true })
    expect(verdictOf(RESULTS, 'window 20: CPU a delivery, to NATS')).toMatchObject({ met: false })
    expect(verdictOf(RESULTS, 'deliveries a second, to NATS')).toMatchObject({ value: 1, met: true })
  })

  test('that were not measured say so', () => {
    expect(verdictOf(RESULTS, 'to Yoga + graphql-ws')).toMatchObject({ value: undefined, met: undefined })
    expect(showTable(goalsTable(judge(RESULTS)))).toContain('not measured')
  })

  test('of growth compare the ends', () => {
    const sized = (id: string, cost: number) => ({ id, label: id, rows: [row('recado', cpu(cost))] })
    const growth = {
      ...scenario('growth', '', []),
      cases: [sized('10/20', 9), sized('100/20', 1.2), sized('1000/20', 1), sized('10000/20', 1.5)],
    }
    const kind = (id: string, p50s: readonly number[]) => ({
      id,
      label: id,
      rows: p50s.map((p50, index) => row(`messages-${10 ** (index + 3)}`, { p50 })),
    })
    const pages = {
      ...scenario('pages', '', []),
      cases: [kind('newest', [1, 1, 1, 1.4, 9]), kind('middle', [1, 1, 1, 1.6, 1])],
    }
    const results = mergeResults(null, [growth, pages])
    // Ten subscribers are not part of the goal, nor are ten million messages.
    expect(verdictOf(results, 'from 100 to 10,000')).toMatchObject({ value: 1.5, met: false })
    expect(verdictOf(results, 'newest page')).toMatchObject({ value: 1.4, met: true })
    expect(verdictOf(results, 'page in the middle')).toMatchObject({ value: 1.6, met: false })
  })
})

describe('a comparison', () => {
  const now = mergeResults(null, [
    scenario('fan-out', '1000/20', [row('recado', cpu(1, 3_000)), row('raw-ws', cpu(4, 1_000))]),
  ])
  const then = mergeResults(null, [
    scenario('fan-out', '1000/20', [row('recado', cpu(1, 1_000)), row('raw-ws', cpu(8, 1_000))]),
  ])

  test('is by ratios, as measured and relative to a peer of the same run', () => {
    const { rows } = compare(now, then)
    expect(rows[0]).toEqual(['The fan-out: case 1000/20: server CPU, µs a delivery', '1.00', '2.00', 'worse'])
    expect(rows[1]).toEqual(['The fan-out: case 1000/20: deliveries/s', '3.00', '3.00', 'better'])
    expect(rows[2]?.at(-1)).toBe('')
  })

  test('leaves out what only one of them has', () => {
    expect(compare(now, mergeResults(null, [])).rows).toEqual([])
  })
})

test('what was measured replaces what was measured before of the same scenario', () => {
  const again = scenario('fan-out', '1000/20', [row('recado', cpu(7))])
  const other = scenario('paced', '1000/50', [row('recado', cpu(8))])
  const merged = mergeResults(mergeResults(RESULTS, [other]), [again])
  expect(merged.scenarios).toEqual([other, again])
  expect(parseResults(JSON.stringify(merged))).toEqual(merged)
  expect(() => parseResults('{}')).toThrow(TypeError)
})

test('a table has each peer, and Recado’s ratio to it', () => {
  const [table] = RESULTS.scenarios.flatMap(tables)
  expect(table?.header.at(-1)).toBe('Recado’s server CPU ÷ this')
  expect(table?.rows).toEqual([
    ['Recado', '2.00', '1,000', '5.0', ''],
    ['raw-ws', '16.00', '1,000', '5.0', '0.13'],
    ['nats', '1.90', '1,000', '5.0', '1.05'],
  ])
})

test('a chart is well-formed, whatever its texts', () => {
  const bars = [
    { label: 'a <b> & "c"', value: 2, shown: '2', isOurs: true },
    { label: 'other', value: 1, shown: '1', isOurs: false },
  ]
  const svg = barChart('x < y', bars)
  expect(svg).toContain('a &lt;b&gt; &amp; &quot;c&quot;')
  expect(svg).toContain('aria-label="x &lt; y"')
  const widths = [...svg.matchAll(/<rect[^>]* width="([\d.]+)"/g)].map(match => Number(match[1]))
  expect(widths[0]).toBe((widths[1] ?? 0) * 2)
})

test('the page says the machine, the goals, the figures, what each peer promises and what was not measured', () => {
  const drawn = charts(RESULTS)
  const page = markdown(RESULTS, judge(RESULTS), drawn, 'benchmarks')
  for (const part of ['A & B <CPU>, 2 cores', '| ≤ 1/7 |', 'Core NATS', 'Not measured: NATS', '| raw-ws | 16.00 |']) {
    expect(page).toContain(part)
  }
  for (const { file } of drawn) expect(page).toContain(`](benchmarks/${file})`)
  expect(drawn.map(({ file }) => file)).toContain('fan-out-cpu.svg')
})

describe('npm run bench', () => {
  const run = (...args: string[]) => promisify(execFile)(process.execPath, ['bench/run.ts', ...args])

  test('says what it can do', async () => {
    const { stdout } = await run('--help')
    for (const option of ['--quick', '--only', '--runs', '--json', '--compare']) expect(stdout).toContain(option)
  })

  test.each([
    [['--only', 'nothing'], 'No scenario is called nothing'],
    [['--runs', '0'], '--runs must be a whole number from 1'],
    [['--nonsense'], '--nonsense'],
  ])('%s is refused', async (args, message) => {
    const { code, stderr } = (await run(...args).catch(error => error as { code: number; stderr: string })) as {
      code: number
      stderr: string
    }
    expect(code).toBe(1)
    expect(stderr).toContain(message)
    expect(stderr).not.toContain('    at ')
  })
})
