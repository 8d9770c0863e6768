// docs/faults.md tells of the rows and the mutants that there are.
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { withTables } from '../../docs/generate/faults.ts'
import { MUTANTS } from './mutants/list.ts'
import { ROWS } from './rows/all.ts'

const text = readFileSync(fileURLToPath(new URL('../../docs/faults.md', import.meta.url)), 'utf8')

test('docs/faults.md has the rows and the mutants that the program has', () => {
  expect(withTables(text), 'run npm run docs').toBe(text)
})

test('names are unique, and each mutant has a row that there is', () => {
  for (const all of [ROWS, MUTANTS]) expect(new Set(all.map(({ name }) => name)).size).toBe(all.length)
  for (const { row, caughtBy } of MUTANTS) {
    expect(ROWS.map(({ name }) => name)).toContain(row)
    expect(caughtBy.length).toBeGreaterThan(0)
  }
})
