// PROMISE-4 as a property of random histories: no account learns of a private message that is not its own, by whichever
// field, transport or session, nor by how it is refused. `npm run hostile -- authorisation` runs it for longer, and
// `npm run hostile -- mutants` shows that it can fail.
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { MUTANTS } from '../mutants.ts'
import { startTarget, type Target } from '../target.ts'
import { checkAuthorisation } from './property.ts'

let target: Target
/** One that has nearly everything on the disk: what is in memory is found by other ways. */
let forgetful: Target

beforeAll(async () => {
  target = await startTarget()
  forgetful = await startTarget({ env: { TAIL_ENTRIES: '16' } })
})

afterAll(async () => {
  await target?.close()
  await forgetful?.close()
})

test('PROMISE-4 CURSOR-2 EDIT-2 READ-5 REPLY-1 SEARCH-4 DEVICE-4 DEVICE-8 whatever is asked, by whomever, everybody is told what is theirs, and the rest as if it were not there', async () => {
  await checkAuthorisation(target, { runs: 5, steps: 40 })
  expect(target.unexpected()).toEqual([])
})

test('PROMISE-4 likewise where the log is read from the disk', async () => {
  await checkAuthorisation(forgetful, { runs: 5, steps: 60 })
  expect(forgetful.unexpected()).toEqual([])
})

test('each mutant of the list still finds the line that it breaks', () => {
  const missing = MUTANTS.filter(({ file, from }) => {
    const source = readFileSync(new URL(`../../../${file}`, import.meta.url), 'utf8')
    return !source.includes(from)
  })
  expect(missing.map(({ name }) => name)).toEqual([])
})
