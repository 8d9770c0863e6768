// `npm run fault`: every row of the fault table with the real thing, judged by one oracle. See docs/faults.md.
// Load is bounded, and goes to the loopback only.
import { parseArgs } from 'node:util'
import { MUTANTS } from './mutants/list.ts'
import { runMutant, type Verdict } from './mutants/run.ts'
import { isGood, layOut, type Result, tableOf } from './results.ts'
import { ROWS } from './rows/all.ts'
import type { Row } from './rows/row.ts'

const HELP = `npm run fault -- [options]

Runs every row of the fault table, prints a table, and ends with 1 if anything was not as promised.

  --list           names the rows
  --only ROW       this row alone; may be given several times
  --seeds N        so many seeds of each row (default 1)
  --seed S         this seed: replays a run that failed
  --scale X        how much of each row: 1 is the whole of it (default 1), the suite runs a fraction
  --minutes M      begins no run after so many minutes
  --mutants        runs the mutants instead, each of which must be caught; --only NAME for one of them
  --json           prints the results as JSON
  --help`

const { values } = parseArgs({
  options: {
    list: { type: 'boolean' },
    only: { type: 'string', multiple: true },
    seeds: { type: 'string', default: '1' },
    seed: { type: 'string' },
    scale: { type: 'string', default: '1' },
    minutes: { type: 'string' },
    mutants: { type: 'boolean' },
    json: { type: 'boolean' },
    help: { type: 'boolean' },
  },
})

const started = performance.now()
const endsAt = values.minutes === undefined ? Number.POSITIVE_INFINITY : started + numberOf('minutes') * 60_000
const say = (text: string): void => void process.stderr.write(`${text}\n`)

if (values.help) console.log(HELP)
else if (values.list) console.log(list())
else if (values.mutants) process.exitCode = await runMutants()
else process.exitCode = await runRows()
// Something of a client may linger; nothing of it matters any more.
process.exit()

/** Resolves once it is out: an exit would cut off what waits in a pipe. */
function print(text: string): Promise<void> {
  return new Promise(resolve => process.stdout.write(`${text}\n`, () => resolve()))
}

/** One thing that is broken shows in thousands of messages. */
function shortened(result: Result): Result {
  const rules = [...new Set(result.violations.map(({ rule }) => rule))]
  const some = rules.flatMap(rule => result.violations.filter(each => each.rule === rule).slice(0, 20))
  return { ...result, violations: some.map(each => ({ ...each, detail: each.detail.slice(0, 300) })) }
}

function numberOf(name: 'seeds' | 'seed' | 'scale' | 'minutes'): number {
  const number = Number(values[name])
  if (Number.isFinite(number) && number >= 0) return number
  say(`--${name} is a number, not ${values[name]}`)
  process.exit(2)
}

function chosen<Each extends { readonly name: string }>(all: readonly Each[]): readonly Each[] {
  const { only } = values
  if (only === undefined) return all
  const unknown = only.filter(name => !all.some(each => each.name === name))
  if (unknown.length === 0) return all.filter(({ name }) => only.includes(name))
  say(`There is no ${unknown.join(', ')}. There are: ${all.map(({ name }) => name).join(', ')}`)
  process.exit(2)
}

function list(): string {
  if (values.mutants) return layOut(MUTANTS.map(({ name, row, about }) => [name, row, about]))
  return layOut(ROWS.map(({ name, fault, also }) => [name, `${fault}: ${also}`]))
}

async function runRows(): Promise<number> {
  const results: Result[] = []
  const scale = numberOf('scale')
  const seeds =
    values.seed === undefined
      ? Array.from({ length: numberOf('seeds') }, (_, n) => (Date.now() + n * 7_919) % 2 ** 31)
      : [numberOf('seed')]
  // All rows with one seed, then all with the next: what ends early has some of each.
  for (const seed of seeds) {
    for (const row of chosen(ROWS)) {
      if (performance.now() > endsAt) break
      if (results.some(result => result.row === row.name && result.impossible !== undefined)) continue
      results.push(await runRow(row, seed, scale))
    }
  }
  if (values.json) await print(JSON.stringify(results.map(shortened), null, 2))
  else {
    console.log(tableOf(results))
    for (const result of results.filter(result => !isGood(result))) {
      console.log(`failed: npm run fault -- --only ${result.row} --scale ${scale} --seed ${result.seed}`)
    }
  }
  return results.length > 0 && results.every(isGood) ? 0 : 1
}

async function runRow(row: Row, seed: number, scale: number): Promise<Result> {
  const began = performance.now()
  const progress = (what: string): void => void (process.stderr.isTTY && process.stderr.write(`\r\x1b[K  ${what}`))
  const outcome = await row.run({ seed, scale, onProgress: progress }).catch(error => ({
    ...{ acknowledged: 0, applied: 0, sessions: 0, figures: {}, violations: [] },
    defects: [`the row could not be run: ${error?.stack ?? error}`],
  }))
  const seconds = Math.round((performance.now() - began) / 1000)
  const result: Result = { ...outcome, row: row.name, seed, seconds }
  const verdict = result.impossible ? 'not possible here' : isGood(result) ? 'good' : 'FAILED'
  progress('')
  say(`${row.name} seed ${seed}: ${verdict}, ${result.acknowledged} acknowledged, ${seconds} s`)
  for (const { rule, session, detail } of result.violations.slice(0, 20))
    say(`  ${rule}  ${session}: ${detail.slice(0, 300)}`)
  for (const defect of result.defects.slice(0, 20)) say(`  -  ${defect}`)
  return result
}

async function runMutants(): Promise<number> {
  const verdicts: Verdict[] = []
  const seed = values.seed === undefined ? Date.now() % 2 ** 31 : numberOf('seed')
  for (const mutant of chosen(MUTANTS)) {
    if (performance.now() > endsAt) break
    const verdict = await runMutant(mutant, seed)
    verdicts.push(verdict)
    const { found, example, isCaught, seconds } = verdict
    say(
      `${mutant.name}: ${isCaught ? 'caught' : 'NOT CAUGHT'} by ${found.join('') || 'nothing'}, ${seconds} s; ${example}`,
    )
  }
  if (values.json) await print(JSON.stringify(verdicts, null, 2))
  else {
    const lines = verdicts.map(({ mutant, found, example, isCaught, seconds }) => {
      return [mutant, isCaught ? 'caught' : 'NOT CAUGHT', found.join(' '), `${seconds} s`, example]
    })
    console.log(layOut([['mutant', 'verdict', 'by', 'in', 'for example'], ...lines]))
  }
  return verdicts.length > 0 && verdicts.every(({ isCaught }) => isCaught) ? 0 : 1
}
