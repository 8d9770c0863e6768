// `npm run hostile -- authorisation [--minutes N] [--seed S]`: random histories for as long as that, each round by a seed of
// its own that is printed when it fails. `npm run hostile -- mutants [name …]`: each mutant of the list, which must be
// caught. Load is bounded, and goes to the loopback only.
import { parseArgs } from 'node:util'
import { until } from '../setup/until.ts'
import { checkAuthorisation } from './authorisation/property.ts'
import { callBystander } from './bystander.ts'
import { createDriver, settingsFor } from './driver.ts'
import { FUZZERS } from './fuzz/all.ts'
import { startFuzzing } from './fuzz/fuzzer.ts'
import { MUTANTS, type Mutant } from './mutants.ts'
import { ROWS } from './rows/all.ts'
import { openStranger } from './stranger.ts'
import { startTarget, type TargetOptions } from './target.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { seed: { type: 'string' }, minutes: { type: 'string', default: '1' } },
})
const [command, ...names] = positionals
const seed = values.seed === undefined ? Date.now() % 2 ** 31 : Number(values.seed)

async function authorisation(): Promise<void> {
  const end = performance.now() + Number(values.minutes) * 60_000
  let rounds = 0
  while (rounds === 0 || performance.now() < end) {
    const target = await startTarget()
    try {
      await checkAuthorisation(target, { runs: 20, steps: 60, seed: seed + rounds })
      if (target.unexpected().length > 0) throw new Error(target.unexpected().join('\n'))
    } catch (error) {
      console.error(`seed ${seed + rounds}`)
      throw error
    } finally {
      await target.close()
    }
    rounds++
  }
  console.log(`authorisation: ${rounds} rounds of 20 histories, seeds ${seed} to ${seed + rounds - 1}`)
}

/** The table, as fast as it goes: rejects with the first row that is answered otherwise, or with what is kept. */
async function checkTable(options: TargetOptions): Promise<void> {
  const stranger = await openStranger()
  const target = await startTarget({ ...options, env: { ...settingsFor(stranger), ...options.env } })
  try {
    const driver = await createDriver(target, stranger)
    const bystander = await callBystander(target, { alone: true })
    const before = await target.holdings()
    for (const row of ROWS) {
      if (row.isSlow || row.room === 'probe') continue
      const answer = await driver.answerTo(row)
      const [got, wanted] = [answer, row.expected].map(each => JSON.stringify(each))
      if (got !== wanted) throw new Error(`${row.id}: expected ${wanted}, got ${got}`)
    }
    await bystander.isUnharmed()
    await until('the server to hold what it held before', async () => {
      const { feeds, groups, websockets } = await target.holdings()
      return feeds === before.feeds && groups === before.groups && websockets === before.websockets
    })
  } finally {
    await target.close()
    await stranger.close()
  }
}

async function check({ caughtBy }: Mutant, options: TargetOptions): Promise<void> {
  if (caughtBy === 'table') return checkTable(options)
  if (caughtBy === 'authorisation') {
    const target = await startTarget(options)
    return checkAuthorisation(target, { runs: 30, steps: 60, seed, shrink: false }).finally(target.close)
  }
  const fuzzing = await startFuzzing(options)
  const fuzzer = FUZZERS.find(({ name }) => name === caughtBy)
  await fuzzer?.run(fuzzing, { seed, runs: 500, ms: 60_000 }).finally(fuzzing.close)
}

/** What caught it; null: nothing did. */
async function catchMutant(mutant: Mutant): Promise<string | null> {
  const flags = ['--import', new URL('mutate.ts', import.meta.url).href]
  try {
    await check(mutant, { flags, env: { RECADO_MUTANT: mutant.name } })
    return null
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
    return String(cause).slice(0, 200)
  }
}

async function mutants(): Promise<void> {
  const chosen = MUTANTS.filter(({ name }) => names.length === 0 || names.includes(name))
  let caught = 0
  for (const mutant of chosen) {
    const by = await catchMutant(mutant)
    if (by !== null) caught++
    console.log(`${by === null ? 'NOT CAUGHT' : 'caught'}  ${mutant.name}${by === null ? '' : `\n        ${by}`}`)
  }
  console.log(`${caught} of ${chosen.length} mutants caught (seed ${seed})`)
  if (caught < chosen.length) process.exitCode = 1
}

if (command === 'authorisation') await authorisation()
else if (command === 'mutants') await mutants()
else {
  console.error('npm run hostile -- authorisation [--minutes N] [--seed S] | mutants [name …] [--seed S]')
  process.exitCode = 2
}
process.exit()
