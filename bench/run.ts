// `npm run bench`: measures what is asked for, shows it, keeps it as JSON, and writes docs/benchmarks.md with its
// charts. `--help` says the rest.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { judge } from './goals.ts'
import { describeMachine, ensureOpenFiles } from './machine.ts'
import { PEERS } from './peers.ts'
import { charts } from './report/charts.ts'
import { compare } from './report/compare.ts'
import { goalsTable } from './report/goals-table.ts'
import { markdown } from './report/markdown.ts'
import { showTable, tables } from './report/terminal.ts'
import { mergeResults, parseResults, type Results, type ScenarioResult } from './results.ts'
import { fanOut } from './scenarios/fan-out.ts'
import { growth } from './scenarios/growth.ts'
import { idle } from './scenarios/idle.ts'
import { nodes } from './scenarios/nodes.ts'
import { otherLibraries } from './scenarios/other-libraries.ts'
import { paced } from './scenarios/paced.ts'
import { pages } from './scenarios/pages.ts'
import { reconnect } from './scenarios/reconnect.ts'
import type { Plan, Scenario } from './scenarios/scenario.ts'
import { sends } from './scenarios/sends.ts'

const SCENARIOS: readonly Scenario[] = [fanOut, paced, sends, idle, reconnect, growth, pages, nodes, otherLibraries]
/** Not in a quick look. */
const SLOW: readonly Scenario[] = [nodes, otherLibraries]

const path = (name: string): string => fileURLToPath(new URL(name, import.meta.url))
const LATEST = path('./results/latest.json')
const BASELINE = path('./results/baseline.json')
const PAGE = path('../docs/benchmarks.md')
const CHARTS = 'benchmarks'
/** Ten thousand connections and some room. */
const OPEN_FILES = 12_000

const HELP = `npm run bench -- [options]

  --quick           small sizes and one run: about a minute
  --only <name>     one scenario; may be repeated: ${SCENARIOS.map(({ name }) => name).join(', ')}
  --runs <n>        how often everything is measured, interleaved; medians are shown (5; with --quick 1)
  --huge            pages also of 10⁷ messages: some gigabytes in the folder for temporary files
  --json <file>     where the figures go (bench/results/latest.json; with --quick nowhere)
  --merge           keeps what that file has of other scenarios
  --compare <file>  a saved run to compare with, as ratios (bench/results/baseline.json, if it is there)
  --save-baseline   keeps this run as bench/results/baseline.json
  --docs            writes docs/benchmarks.md and its charts, as a full run does by itself
  --show            measures nothing: shows what the file of figures has
  --help            shows this
`

function parseOptions() {
  return parseArgs({
    options: {
      quick: { type: 'boolean', default: false },
      only: { type: 'string', multiple: true, default: [] },
      runs: { type: 'string' },
      huge: { type: 'boolean', default: false },
      json: { type: 'string' },
      merge: { type: 'boolean', default: false },
      compare: { type: 'string' },
      'save-baseline': { type: 'boolean', default: false },
      docs: { type: 'boolean', default: false },
      show: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  }).values
}

type Options = ReturnType<typeof parseOptions>

async function main(options: Options): Promise<void> {
  if (options.help) return void process.stdout.write(HELP)
  const runs = Number(options.runs ?? (options.quick ? 1 : 5))
  if (!Number.isInteger(runs) || runs < 1) throw new Error(`--runs must be a whole number from 1, not ${options.runs}`)
  const unknown = options.only.find(name => !SCENARIOS.some(scenario => scenario.name === name))
  if (unknown !== undefined) throw new Error(`No scenario is called ${unknown}\n\n${HELP}`)
  const file = options.json ?? LATEST
  if (options.show) return report(options, read(file), read(file))

  ensureOpenFiles(OPEN_FILES)
  const plan: Plan = { quick: options.quick, runs, huge: options.huge, say: line => console.error(`  ${line}`) }
  const chosen = SCENARIOS.filter(scenario =>
    options.only.length > 0 ? options.only.includes(scenario.name) : !(options.quick && SLOW.includes(scenario)),
  )
  let kept = options.merge && existsSync(file) ? read(file) : null
  const measured: ScenarioResult[] = []
  for (const scenario of chosen) {
    measured.push(await measure(scenario, plan))
    kept = mergeResults(kept, measured)
    // After each: what was measured is not lost when a later one fails.
    if (!options.quick || options.json !== undefined) write(file, JSON.stringify(kept, null, 1))
  }
  report(options, mergeResults(null, measured), kept ?? mergeResults(null, measured))
}

async function measure(scenario: Scenario, plan: Plan): Promise<ScenarioResult> {
  const { name, title, method, columns, ratioOf } = scenario
  console.error(`${title} …`)
  const started = performance.now()
  const { cases, missing } = await scenario.measure(plan)
  const result: ScenarioResult = {
    name,
    title,
    method,
    columns,
    ratioOf,
    cases,
    missing,
    quick: plan.quick,
    runs: plan.runs,
    measuredAt: new Date().toISOString(),
    seconds: Math.round((performance.now() - started) / 1_000),
    machine: describeMachine(),
  }
  console.log(`\n${title}\n`)
  for (const table of tables(result)) console.log(`${showTable(table)}\n`)
  return result
}

/** @param all with what was kept of other scenarios */
function report(options: Options, measured: Results, all: Results): void {
  if (options.show) {
    for (const scenario of measured.scenarios) {
      console.log(`\n${scenario.title}\n`)
      for (const table of tables(scenario)) console.log(`${showTable(table)}\n`)
    }
  }
  console.log('What each promises\n')
  for (const { label, promises } of Object.values(PEERS)) console.log(`${label.padEnd(18)}${promises}`)
  const missing = new Set(all.scenarios.flatMap(scenario => scenario.missing))
  for (const each of missing) console.log(`\nNot measured: ${each}`)
  console.log(`\n${showTable(goalsTable(judge(all)))}\n`)
  if (all.scenarios.some(({ quick }) => quick)) console.log('Sizes of a quick look: the goals are for a full run.\n')

  const baseline = options.compare ?? BASELINE
  if (options.compare !== undefined || existsSync(baseline)) {
    console.log(`${showTable(compare(measured, read(baseline)))}\n`)
  }
  if (options['save-baseline']) write(BASELINE, JSON.stringify(all, null, 1))
  const isWhole = !options.quick && !options.show && options.only.length === 0
  if (options.docs || isWhole) writeDocs(all)
}

function writeDocs(results: Results): void {
  const drawn = charts(results)
  for (const { file, svg } of drawn) write(join(dirname(PAGE), CHARTS, file), svg)
  write(PAGE, markdown(results, judge(results), drawn, CHARTS))
  console.log(`Written: ${PAGE}`)
}

function read(file: string): Results {
  return parseResults(readFileSync(file, 'utf8'))
}

function write(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text)
}

try {
  await main(parseOptions())
  // Sockets that were let go of need not be waited for.
  process.exit()
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exit(1)
}
