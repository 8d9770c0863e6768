// Whom a text speaks to by `@name`, however it is spelled.
import { describe, expect, test } from 'vitest'
import { findMentions, isMentioned } from '../../client/core/mentions.ts'

describe('a mention', () => {
  test('ignores case and accents, as names do', () => {
    for (const text of [
      '@joão',
      '@JOAO oi',
      'oi @Joâo!',
      '(@joao)',
      'e aí,\n@joão?',
      '@joa\u0303o',
      '＠joao',
      '@ｊoao',
    ]) {
      expect([text, isMentioned(text, 'João')]).toEqual([text, true])
    }
  })

  test('is not part of a word, of an address, or of a longer name', () => {
    for (const text of [
      'joao',
      'a@joao',
      'fale com x@joao.com',
      'https://x.org/@joao',
      '@joaozinho',
      '@joao_2',
      '@@joao',
      '@ joao',
    ]) {
      expect([text, isMentioned(text, 'joao')]).toEqual([text, false])
    }
  })

  test('ends before the punctuation of its sentence, unless that belongs to the name', () => {
    expect(isMentioned('foi a @ana.', 'ana')).toBe(true)
    expect(isMentioned('@ana... oi', 'ana')).toBe(true)
    expect(isMentioned('@ana-', 'ana')).toBe(true)
    expect(isMentioned('@ana.b', 'ana')).toBe(false)
    expect(isMentioned('@ana.b.', 'ana.b')).toBe(true)
  })

  test('letters of other scripts keep their marks', () => {
    expect(isMentioned('@हिंदी', 'हिंदी')).toBe(true)
    expect(isMentioned('@हद', 'हिंदी')).toBe(false)
  })

  test('says where it stands, each one', () => {
    const text = 'oi @Ana e @nobody e @joão.'
    const names = new Set(['ana', 'joao'])
    const found = findMentions(text, folded => names.has(folded))
    expect(found.map(({ from, to }) => text.slice(from, to))).toEqual(['@Ana', '@joão'])
    expect(found.map(({ name }) => name)).toEqual(['Ana', 'joão'])
  })
})
