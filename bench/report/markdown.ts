// docs/benchmarks.md, written whole from the results.
import type { Verdict } from '../goals.ts'
import { PEERS } from '../peers.ts'
import type { Results, ScenarioResult } from '../results.ts'
import type { Chart } from './charts.ts'
import { showVerdict } from './goals-table.ts'
import { type Table, tables } from './terminal.ts'

/** @param folder of the charts, as seen from the page */
export function markdown(
  results: Results,
  verdicts: readonly Verdict[],
  charts: readonly Chart[],
  folder: string,
): string {
  const { scenarios } = results
  return [
    '# Benchmarks',
    '',
    'Written by `npm run bench`; nothing here is typed by hand. Every server runs in a process of its own, every client is a real socket on the loopback, and all peers do the same work in the same run: one sender, messages of about 60 characters with the same fields, the same windows. Recado runs with its default settings, less its rate limits. Runs are interleaved (A B C A B C …); figures are medians, and a ratio is the median of the ratios of neighbouring runs, so it can differ a little from the quotient of two medians.',
    '',
    'The load client is one process: it counts frames without decoding them and says how many cores it used, while ten sampled sockets decode every message and compare it. A message lost, doubled, altered or out of order fails the run.',
    '',
    '```',
    'npm run bench                       # everything, about 40 minutes',
    'npm run bench -- --quick            # a first look, about a minute',
    'npm run bench -- --only fan-out     # one scenario',
    'npm run bench -- --help',
    '```',
    '',
    ...machines(scenarios),
    '## Goals',
    '',
    ...table({ title: '', header: ['goal', 'limit', 'measured', ''], rows: verdicts.map(showVerdict) }),
    '## Who is measured, and what each promises',
    '',
    ...table({
      title: '',
      header: ['', ''],
      rows: Object.values(PEERS).map(({ label, promises }) => [label, promises]),
    }),
    ...scenarios.flatMap(scenario => section(scenario, charts, folder)),
  ].join('\n')
}

function machines(scenarios: readonly ScenarioResult[]): string[] {
  const lines = scenarios.map(({ machine, measuredAt, runs, quick, title }) => {
    const nats = machine.nats === null ? '' : `, nats-server ${machine.nats}`
    const kind = quick ? ', quick sizes' : ''
    const on = `${machine.cpu}, ${machine.cores} cores, ${machine.memoryGib} GiB, ${machine.system}, Node ${machine.node}${nats}`
    return { title, text: `${on}; ${runs} ${runs === 1 ? 'run' : 'runs'}${kind}; ${measuredAt.slice(0, 10)}` }
  })
  const kinds = [...new Set(lines.map(({ text }) => text))]
  if (kinds.length === 1) return [`Measured on: ${kinds[0]}.`, '']
  return kinds.flatMap(kind => {
    const titles = lines.filter(({ text }) => text === kind).map(({ title }) => title)
    return [`Measured on: ${kind} (${titles.join(', ')}).`, '']
  })
}

function section(scenario: ScenarioResult, charts: readonly Chart[], folder: string): string[] {
  return [
    `## ${scenario.title}`,
    '',
    scenario.method,
    '',
    ...charts
      .filter(chart => chart.scenario === scenario.name)
      .flatMap(({ title, file }) => [`![${title}](${folder}/${file})`, '']),
    ...tables(scenario).flatMap(table),
    ...scenario.missing.flatMap(missing => [`Not measured: ${missing}.`, '']),
  ]
}

function table({ title, header, rows }: Table): string[] {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  const rule = header.map((_, index) => (index === 0 ? '---' : '--:'))
  return [...(title ? [`### ${title}`, ''] : []), line(header), line(rule), ...rows.map(line), '']
}
