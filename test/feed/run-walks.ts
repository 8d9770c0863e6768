// `npm run walks -- [--steps N] [--minutes M] [--seed S]`: the property of feeds (walks.ts) in long walks, until so many steps
// were taken or so many minutes have passed; says how many it was, and of a failure its seed.
import { parseArgs } from 'node:util'
import fc from 'fast-check'
import { walks } from './walks.ts'

/** Steps of one walk: long, so that its end, at which everybody comes back, is a small part of it. */
const LEAST = 200
const MOST = 1_000
/** Walks under one seed. */
const AT_ONCE = 20

const { values } = parseArgs({
  options: {
    steps: { type: 'string', default: '1000000' },
    minutes: { type: 'string', default: '60' },
    seed: { type: 'string' },
  },
})
const wanted = Number(values.steps)
const began = performance.now()
const endsAt = began + Number(values.minutes) * 60_000
const first = values.seed === undefined ? Date.now() % 2 ** 31 : Number(values.seed)
let steps = 0
let walked = 0
let failed = false

for (let seed = first; steps < wanted && performance.now() < endsAt && !failed; seed++) {
  const result = await fc.check(walks({ least: LEAST, most: MOST, onStep: () => steps++ }), { numRuns: AT_ONCE, seed })
  walked += result.numRuns
  if (result.failed) {
    failed = true
    console.error(fc.defaultReportMessage(result))
    console.error(`failed: npm run walks -- --seed ${seed} --steps 1`)
  }
  if (process.stderr.isTTY) process.stderr.write(`\r${steps} steps`)
}
const seconds = Math.round((performance.now() - began) / 1000)
console.log(
  `${steps} steps in ${walked} walks, ${seconds} s, from seed ${first}: ${failed ? 'FAILED' : 'no violation'}`,
)
process.exit(failed ? 1 : 0)
