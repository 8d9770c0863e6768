// The judge sees what is wrong: some of the mutants, each in its row; all of them by hand (`npm run fault -- --mutants`).
import { describe, expect, test } from 'vitest'
import { MUTANTS } from './mutants/list.ts'
import { runMutant } from './mutants/run.ts'

const IN_SUITE = ['synchronous-off', 'nonce-ignored', 'private-to-everybody']

describe('a mutant', { timeout: 180_000 }, () => {
  test.each(MUTANTS.filter(({ name }) => IN_SUITE.includes(name)))('$name is caught: $about', async mutant => {
    const verdict = await runMutant(mutant, Date.now() % 2 ** 31)
    expect(verdict, verdict.example).toMatchObject({ isCaught: true })
  })
})
