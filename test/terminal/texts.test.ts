// The words of the terminal: for every error that the schema names there is a sentence, in both languages.
import { readFileSync } from 'node:fs'
import { buildSchema, isEnumType } from 'graphql'
import { describe, expect, it } from 'vitest'
import { RecadoError } from '../../client/core/errors.ts'
import { sentenceOf } from '../../client/terminal/session.ts'
import { textsFor } from '../../client/terminal/texts.ts'

const schema = buildSchema(readFileSync(new URL('../../schema.graphql', import.meta.url), 'utf8'))
const codes = schema.getType('ErrorCode')
const names = isEnumType(codes) ? codes.getValues().map(({ name }) => name) : []
/** Of the library itself. */
const OWN = ['NETWORK', 'CLOSED', 'OUTBOX_FULL', 'DISCARDED']
const SAID = 'what the server says'

describe.each(['en', 'pt'] as const)('errors in %s', language => {
  const texts = textsFor(language)

  it('have a sentence each', () => {
    expect(names.length).toBeGreaterThan(30)
    for (const code of [...names, ...OWN]) {
      expect([code, sentenceOf(new RecadoError(code, { message: SAID }), texts)]).not.toEqual([code, SAID])
    }
  })

  it('say what only the server knows', () => {
    for (const code of ['USERNAME_INVALID', 'BAD_USER_INPUT', 'INTERNAL_SERVER_ERROR']) {
      expect(sentenceOf(new RecadoError(code, { message: SAID }), texts)).toMatch(/^.+ \(what the server says\)$/)
    }
  })

  it('that nobody knows are told in the server’s words', () => {
    expect(sentenceOf(new RecadoError('SOMETHING_NEW', { message: SAID }), texts)).toBe(SAID)
  })
})
