// `npm run fuzz -- [name …] [--minutes N] [--seed S]`: every fuzzer in turn, a new seed each time, for as long as that.
// What fails says its seed and the smallest input. Load is bounded, and goes to the loopback only.
import { parseArgs } from 'node:util'
import { FUZZERS } from './all.ts'
import { startFuzzing } from './fuzzer.ts'

/** Inputs of one fuzzer before it is the next one's turn. */
const RUNS = 200
const MS = 20_000

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { seed: { type: 'string' }, minutes: { type: 'string', default: '1' } },
})
const unknown = positionals.filter(name => !FUZZERS.some(fuzzer => fuzzer.name === name))
if (unknown.length > 0) {
  console.error(`There is no fuzzer ${unknown.join(', ')}. There are:`)
  for (const { name, about } of FUZZERS) console.error(`  ${name.padEnd(12)} ${about}`)
  process.exit(2)
}
const chosen = FUZZERS.filter(({ name }) => positionals.length === 0 || positionals.includes(name))
const first = values.seed === undefined ? Date.now() % 2 ** 31 : Number(values.seed)
const end = performance.now() + Number(values.minutes) * 60_000
const tried = new Map(chosen.map(({ name }) => [name, 0]))
let failures = 0
let seed = first
for (; seed === first || performance.now() < end; seed++) {
  const fuzzing = await startFuzzing()
  const before = await fuzzing.target.holdings()
  for (const fuzzer of chosen) {
    try {
      const runs = await fuzzer.run(fuzzing, { seed, runs: RUNS, ms: MS })
      tried.set(fuzzer.name, (tried.get(fuzzer.name) ?? 0) + runs)
    } catch (error) {
      failures++
      console.error(`${fuzzer.name}, seed ${seed}: ${error instanceof Error ? error.message : String(error)}`)
      // The server may be gone: the next seed has another one.
      break
    }
  }
  const after = await fuzzing.target.holdings().catch(() => null)
  if (after && (after.feeds > before.feeds || after.groups > before.groups)) {
    failures++
    console.error(`seed ${seed}: something is kept: ${JSON.stringify({ before, after })}`)
  }
  await fuzzing.close()
}
for (const [name, runs] of tried) console.log(`${name.padEnd(12)} ${runs} inputs`)
console.log(`${failures} failures, seeds ${first} to ${seed - 1}`)
process.exit(failures > 0 ? 1 : 0)
