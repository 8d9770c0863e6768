// `npm run faults -- [scenario …] [--seed N] [--scale X]`: what the suite does in small, in full, with its figures.
// Load is bounded, and goes to the loopback only.
import { parseArgs } from 'node:util'
import { SCENARIOS } from './scenarios/all.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { seed: { type: 'string' }, scale: { type: 'string', default: '1' } },
})
const unknown = positionals.filter(name => !SCENARIOS.some(scenario => scenario.name === name))
if (unknown.length > 0) {
  console.error(`There is no scenario ${unknown.join(', ')}. There are:`)
  for (const { name, about } of SCENARIOS) console.error(`  ${name.padEnd(16)} ${about}`)
  process.exit(2)
}
const seed = values.seed === undefined ? Date.now() % 2 ** 31 : Number(values.seed)
const chosen = positionals.length === 0 ? SCENARIOS : SCENARIOS.filter(({ name }) => positionals.includes(name))
for (const { name, about, run } of chosen) {
  console.error(`${name}: ${about} (seed ${seed})`)
  const started = performance.now()
  const onProgress = (what: string): void => void process.stderr.write(`\r\x1b[K  ${what}`)
  const { violations, ...report } = await run({ seed, scale: Number(values.scale), onProgress })
  process.stderr.write('\r\x1b[K')
  console.log(JSON.stringify({ ...report, seconds: Math.round((performance.now() - started) / 1000) }, null, 2))
  for (const { rule, session, detail } of violations.slice(0, 40)) console.log(`${rule}  ${session}: ${detail}`)
  console.log(`${name}: ${violations.length} violations, ${report.defects.length} defects`)
  if (violations.length + report.defects.length > 0) process.exitCode = 1
}
// Something of a client may linger; nothing of it matters any more.
process.exit()
