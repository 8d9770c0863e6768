// docs/PROTOCOL.md agrees with the schema, with the table of errors, with the settings, and with the tests: nothing is
// said in two places that differ, and no clause goes without a test.
import { globSync, readFileSync } from 'node:fs'
import { buildSchema, GraphQLEnumType } from 'graphql'
import { describe, expect, test } from 'vitest'
import { rowsOf } from '../../docs/generate/reference/markdown.ts'
import { SETTINGS } from '../../server/config.ts'
import { ERRORS } from '../../server/domain/errors.ts'

const ROOT = new URL('../../', import.meta.url).pathname
const PROTOCOL = readFileSync(`${ROOT}docs/PROTOCOL.md`, 'utf8')
const CLAUSES = [...PROTOCOL.matchAll(/^- \*\*([A-Z]+-\d+)\*\* /gm)].map(([, id = '']) => id)
const ID = /\b([A-Z]{3,}-\d+)\b/g

describe('PROTOCOL.md', () => {
  test('every error code is in the schema, in the table of refusals, and in the document, and nowhere another', () => {
    const enumeration = buildSchema(readFileSync(`${ROOT}schema.graphql`, 'utf8')).getType('ErrorCode')
    if (!(enumeration instanceof GraphQLEnumType)) throw new Error('ErrorCode is no enum')
    const inSchema = enumeration.getValues().map(({ name }) => name)
    const inDocument = rowsOf(PROTOCOL, '| code | retryable | when | what to do |').map(([code]) =>
      code?.replaceAll('`', ''),
    )
    expect(inSchema.toSorted()).toEqual(Object.keys(ERRORS).toSorted())
    expect(inDocument).toEqual(Object.keys(ERRORS))
  })

  test('ERROR-2 the document and the table of refusals agree on what is retryable', () => {
    for (const [code = '', retryable] of rowsOf(PROTOCOL, '| code | retryable | when | what to do |')) {
      const name = code.replaceAll('`', '') as keyof typeof ERRORS
      expect([name, retryable]).toEqual([name, ERRORS[name].retryable ? 'yes' : 'no'])
    }
  })

  test('no clause id is given twice', () => {
    expect(CLAUSES.length).toBeGreaterThan(80)
    expect(CLAUSES.toSorted()).toEqual([...new Set(CLAUSES)].toSorted())
  })

  test('every clause that is referred to exists', () => {
    const standards = new Set(['UTF-8', 'UTF-16', 'SHA-256', 'RFC-8265'])
    const referred = [...PROTOCOL.matchAll(ID)].map(([, id = '']) => id).filter(id => !standards.has(id))
    expect(referred.filter(id => !CLAUSES.includes(id))).toEqual([])
  })

  test('every clause has a test that carries its id in its name, and no test carries an id that there is not', () => {
    const sections = new Set(CLAUSES.map(id => id.split('-')[0]))
    const titles = globSync(`${ROOT}test/**/*.test.{ts,tsx}`).flatMap(file => titlesOf(readFileSync(file, 'utf8')))
    const tested = new Set(titles.flatMap(title => [...title.matchAll(ID)].map(([, id = '']) => id)))
    expect(CLAUSES.filter(id => !tested.has(id))).toEqual([])
    expect([...tested].filter(id => sections.has(id.split('-')[0]) && !CLAUSES.includes(id))).toEqual([])
  })

  test('LIMIT-1 every setting that is named has the default that the document gives', () => {
    const given = [...PROTOCOL.matchAll(/`([A-Z]+(?:_[A-Z]+)+)`\s+\(([\d,]+)(?: (s|MiB))?/g)]
    expect(given.length).toBeGreaterThan(9)
    for (const [, name = '', number = '', unit] of given) {
      const factor = unit === 's' ? 1000 : unit === 'MiB' ? 1024 * 1024 : 1
      const setting = SETTINGS[name as keyof typeof SETTINGS]
      expect([name, setting?.default]).toEqual([name, String(Number(number.replaceAll(',', '')) * factor)])
    }
  })

  test('every setting that is named exists', () => {
    const codes = new Set(Object.keys(ERRORS))
    const named = [...PROTOCOL.matchAll(/`([A-Z]+(?:_[A-Z]+)+)`/g)].map(([, name = '']) => name)
    expect(named.filter(name => !codes.has(name) && !Object.hasOwn(SETTINGS, name))).toEqual([])
  })
})

/** What stands in quotes after `test(`, `describe(`, their `.each` forms, and in tables as a line's first string. */
function titlesOf(source: string): string[] {
  return [...source.matchAll(/(?:test|describe|it)(?:\.\w+)?(?:\([^'"`]*?\))?\(\s*(['"`])(.*?)\1/gs)].map(
    ([, , title = '']) => title,
  )
}
