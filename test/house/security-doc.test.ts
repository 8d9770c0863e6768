// docs/security.md names a test for each defence: each is there, and each clause that it names is in that test.
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { SETTINGS } from '../../server/config.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const read = (file: string): string => readFileSync(root + file, 'utf8')
const document = read('docs/security.md')

/** Tests as the document names them, each with the clauses in the brackets behind it. */
const NAMED = [...document.matchAll(/`(test\/[\w./-]+\.ts)`(?: \(((?:`[A-Z]+-\d+`(?:, )?)+)\))?/g)].map(
  ([, file = '', clauses = '']) => ({ file, clauses: [...clauses.matchAll(/[A-Z]+-\d+/g)].map(([id]) => id) }),
)

test('every defence has a test, which exists and names what it is said to prove', () => {
  expect(NAMED.length).toBeGreaterThan(30)
  for (const { file, clauses } of NAMED) {
    expect([file, existsSync(root + file)]).toEqual([file, true])
    for (const clause of clauses) expect([file, clause, read(file).includes(clause)]).toEqual([file, clause, true])
  }
  const defences = document
    .slice(document.indexOf('## Defences'), document.indexOf('## What is not defended'))
    .split('\n')
    .filter(line => /^\| (?!attack \|)/.test(line))
  expect(defences.length).toBeGreaterThan(25)
  for (const row of defences) {
    const proof = row.split('|').at(3) ?? ''
    expect([row.slice(0, 60), /`test\/|^ the same/.test(proof)]).toEqual([row.slice(0, 60), true])
  }
})

test('every setting that is named is one', () => {
  const names = [...document.matchAll(/`([A-Z]+(?:_[A-Z]+)+)(?:=[^`]*)?`/g)].map(([, name = '']) => name)
  const codes = ['USERNAME_TAKEN', 'ALREADY_ENTERED', 'RATE_LIMITED']
  expect(names.filter(name => !(name in SETTINGS) && !codes.includes(name))).toEqual([])
})

test('every page that is linked to is there', () => {
  for (const page of ['docs/security.md', 'SECURITY.md']) {
    const folder = page.startsWith('docs/') ? 'docs/' : ''
    for (const [, target = ''] of read(page).matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)) {
      expect([page, target, existsSync(root + folder + target)]).toEqual([page, target, true])
    }
  }
})
