// What runs with Recado: each package has a reason, a licence that lets anybody use it, no script that runs at its
// installation, and the document that lists them is what would be written now.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { describeDependencies, readDependencies } from '../../docs/generate/dependencies.ts'
import { ALLOWED_LICENCES, NODE_ITSELF, PAGE_REASONS, REASONS } from '../../docs/generate/dependency-reasons.ts'
import { judge } from '../../ops/advisories.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const { direct, all, page } = readDependencies()

describe('every package that runs', () => {
  test('and that we chose has a reason, and no reason has lost its package', () => {
    expect(direct.map(({ name }) => name).sort()).toEqual(Object.keys(REASONS).sort())
    const inPageAlone = page.map(({ name }) => name).filter(name => !(name in REASONS))
    expect(inPageAlone).toEqual(Object.keys(PAGE_REASONS).sort())
    for (const [name, { where, why, instead }] of Object.entries({ ...REASONS, ...PAGE_REASONS })) {
      expect(
        [where, why, instead].every(text => text.length > 3),
        name,
      ).toBe(true)
    }
  })

  test('is there because one that we chose brings it, or is Node itself', () => {
    const brought = new Set(direct.flatMap(({ brings }) => [...brings]))
    expect(all.filter(({ place, name }) => !brought.has(place) && !NODE_ITSELF.test(name))).toEqual([])
    expect(all.length).toBeGreaterThan(direct.length)
  })

  test('has a licence that lets anybody use it, in the lock file and where it is installed', () => {
    expect([...all, ...page].filter(({ licence }) => !ALLOWED_LICENCES.includes(licence ?? 'none'))).toEqual([])
    for (const { place, name, licence } of all) {
      const file = join(root, place, 'package.json')
      // Node of other platforms, for one.
      if (!existsSync(file)) continue
      const { license } = JSON.parse(readFileSync(file, 'utf8'))
      expect([name, license]).toEqual([name, licence])
    }
  })

  test('is what it was when it was chosen: the lock file has a digest of its contents', () => {
    const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'))
    for (const { place } of all)
      expect([place, packages[place].integrity]).toEqual([place, expect.stringMatching(/^sha512-/)])
  })

  test('runs nothing when it is installed', () => {
    expect(all.filter(({ hasInstallScript }) => hasInstallScript)).toEqual([])
    for (const { place, name } of all) {
      const file = join(root, place, 'package.json')
      if (!existsSync(file)) continue
      const { scripts = {} } = JSON.parse(readFileSync(file, 'utf8'))
      const installing = ['preinstall', 'install', 'postinstall'].filter(script => script in scripts)
      expect([name, installing]).toEqual([name, []])
    }
  })
})

test('docs/dependencies.md is what would be written now', () => {
  expect(readFileSync(join(root, 'docs/dependencies.md'), 'utf8'), 'run npm run docs').toBe(describeDependencies())
})

describe('a check for advisories', () => {
  const report = (vulnerabilities: object, prod = 124) =>
    JSON.stringify({ auditReportVersion: 2, vulnerabilities, metadata: { dependencies: { prod } } })

  test('passes only when the registry says that nothing is known', () => {
    expect(judge(report({}))).toEqual({ status: 0, text: 'Nothing is known against the 124 packages that run.' })
  })

  test('fails, and says what, when something is known', () => {
    const known = { ws: { severity: 'high', range: '<8.17.1', via: [{ title: 'DoS by many headers' }] } }
    const { status, text } = judge(report(known))
    expect(status).toBe(1)
    expect(text).toContain('ws: high (<8.17.1) DoS by many headers')
  })

  test.each([
    ['a registry that has no such service', '{"message":"405 Method Not Allowed","statusCode":405}', '405'],
    ['no connection', 'Error: connect ECONNREFUSED 127.0.0.1:9\n    at x', 'ECONNREFUSED'],
    ['silence', '', 'npm said nothing'],
    ['another answer', '{"ok":true}', 'no report'],
    ['null', 'null', 'no report'],
    ['a report about nothing', report({}, 0), 'no report'],
  ])('says that it was not made: %s', (_, output, why) => {
    const { status, text } = judge(output)
    expect(status).toBe(2)
    expect(text).toMatch(/^NOT CHECKED/)
    expect(text).toContain(why)
  })
})
