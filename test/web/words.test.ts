// Both languages say everything there is to say, for every code that the server or the client library knows.
import { readFileSync } from 'node:fs'
import { buildSchema, GraphQLEnumType } from 'graphql'
import { describe, expect, test } from 'vitest'
import { ERROR_CODES } from '../../client/core/errors.ts'
import { en } from '../../client/web/i18n/en.ts'
import { errorSentence } from '../../client/web/i18n/error-words.ts'
import { createFormats } from '../../client/web/i18n/format.ts'
import { LANGUAGES, pickLanguage } from '../../client/web/i18n/languages.ts'
import { ptBr } from '../../client/web/i18n/pt-br.ts'

const schema = buildSchema(readFileSync(new URL('../../schema.graphql', import.meta.url), 'utf8'))

function schemaCodes(): string[] {
  const type = schema.getType('ErrorCode')
  if (!(type instanceof GraphQLEnumType)) throw new Error('schema.graphql has no enum ErrorCode')
  return type.getValues().map(({ name }) => name)
}

/** Every sentence, functions called with examples, by its path. */
function sentences(value: unknown, path: string): [path: string, sentence: string][] {
  if (typeof value === 'string') return [[path, value]]
  if (typeof value === 'function') {
    return [[path, String(value(2, true))]]
  }
  return Object.entries(value as object).flatMap(([key, inner]) => sentences(inner, `${path}.${key}`))
}

describe.each([ptBr, en])('$ownName', words => {
  test('has words for every code of the schema and of the client library, and no other', () => {
    const codes = new Set([...schemaCodes(), ...Object.keys(ERROR_CODES)])
    expect(new Set(Object.keys(words.errors))).toEqual(codes)
  })

  test('leaves nothing empty, and has no straight quotes', () => {
    for (const [path, sentence] of sentences(words, words.locale)) {
      expect(sentence.trim(), path).not.toBe('')
      expect(sentence, path).not.toMatch(/["']/)
    }
  })

  test('says how long to wait, in whole seconds, and names a code it does not know', () => {
    expect(errorSentence({ code: 'RATE_LIMITED', retryAfterMs: 12_300 }, words)).toContain('13')
    expect(errorSentence({ code: 'FROM_THE_FUTURE' }, words)).toContain('FROM_THE_FUTURE')
    expect(errorSentence({ code: 'constructor' }, words)).toContain('constructor')
  })
})

/** Words that are the same in both. */
const IN_BOTH = new Set(['.announce.message', '.sidebar.online', '.sidebar.onlineMark'])

test('the languages differ in every sentence but a few', () => {
  const english = new Map(sentences(en, ''))
  for (const [path, sentence] of sentences(ptBr, '')) {
    if (!IN_BOTH.has(path)) expect(english.get(path), path).not.toBe(sentence)
  }
})

test('each language is loaded by itself, under its own name', async () => {
  const loaded = await Promise.all(LANGUAGES.map(language => language.load()))
  expect(loaded).toEqual([ptBr, en])
  expect(loaded.map(({ locale, ownName }) => [locale, ownName])).toEqual(
    LANGUAGES.map(({ locale, ownName }) => [locale, ownName]),
  )
})

test('the language is the one chosen, else the first of the browser’s that there is, else English', () => {
  expect(pickLanguage(null, ['fr-FR', 'pt-PT', 'en']).locale).toBe(ptBr.locale)
  expect(pickLanguage(null, ['en-GB', 'pt-BR']).locale).toBe(en.locale)
  expect(pickLanguage('pt-BR', ['en']).locale).toBe(ptBr.locale)
  expect(pickLanguage(null, ['ja']).locale).toBe(en.locale)
})

test('days are named as people name them, in the reader’s zone', () => {
  const now = new Date(2026, 2, 10, 9, 0).getTime()
  const formats = createFormats('pt-BR', ptBr, now)
  expect(formats.day(new Date(2026, 2, 10, 0, 1).getTime())).toBe('Hoje')
  expect(formats.day(new Date(2026, 2, 9, 23, 59).getTime())).toBe('Ontem')
  expect(formats.day(new Date(2026, 2, 8, 12).getTime())).toBe('Domingo, 8 de março')
  expect(formats.day(new Date(2025, 11, 31, 12).getTime())).toBe('31 de dezembro de 2025')
  expect(formats.brief(new Date(2026, 2, 10, 8, 5).getTime())).toBe('08:05')
})
