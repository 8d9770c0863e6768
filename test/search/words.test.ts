// What counts as a word, and what a query asks for.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { matches, parseQuery } from '../../server/search/query.ts'
import { wordsOf } from '../../server/search/words.ts'

const finds = (query: string, text: string): boolean => matches(parseQuery(query), text)

describe('words', () => {
  it.each([
    ['Olá, AÇÃO! guarda-chuva d’água', 'ola acao guarda chuva d agua'],
    ['cafe\u0301 CAFÉ ＣＡＦＥ', 'cafe cafe cafe'],
    ['STRASSE straße İstanbul ısı Øre Łódź', 'strasse strasse istanbul isi ore lodz'],
    ['ΟΔΥΣΣΕΥΣ ὀδυσσεύς', 'οδυσσευσ οδυσσευσ'],
    ['Ёлка й', 'елка и'],
    ['مُحَمَّد שָׁלוֹם', 'محمد שלום'],
    // A vowel of an Indic script, and a voiced consonant in Japanese, make another word.
    ['कि की', 'कि की'],
    ['が か ｶﾞ', 'が か ガ'],
    ['東京都に行く', '東 京 都 に 行 く'],
    ['한국어 x² ½', '한국어 x2 1 2'],
    ['👍🏽 👨‍👩‍👧 ❤️', '👍 👨 👩 👧 ❤'],
    ['so\u00adft zero\u200bwidth no\u2060break', 'soft zero width nobreak'],
    ['!? … "" \u0080 \u0081', ''],
  ])('of %s', (text, words) => {
    expect(wordsOf(text).join(' ')).toBe(words)
  })

  it('are the same by the table of Latin letters as by the long way', () => {
    const latin = fc.string({ unit: fc.integer({ min: 0, max: 0x24f }).map(code => String.fromCharCode(code)) })
    fc.assert(
      fc.property(latin, text => {
        // Parted from the text by a space, one letter beyond the table takes the long way.
        expect([...wordsOf(text), 'я']).toEqual(wordsOf(`${text} я`))
      }),
    )
  })

  it('have nothing that an FTS5 query or a mark could be made of', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), text => {
        for (const word of wordsOf(text)) expect(word).toMatch(/^[^\0-\x2f:-`{-\u00a0]+$/)
      }),
      { numRuns: 500 },
    )
  })

  it('of any length are known by at most 64 units, never by half a character', () => {
    expect(wordsOf('x'.repeat(5_000))).toEqual(['x'.repeat(64)])
    expect(wordsOf(`x${'𐐀'.repeat(100)}`)[0]?.isWellFormed()).toBe(true)
    expect(finds('x'.repeat(100), `a ${'x'.repeat(5_000)}`)).toBe(true)
  })
})

describe('queries', () => {
  it.each([
    ['ola mundo', 'MUNDO, olá!', true],
    ['ola mundo', 'olá, gente', false],
    // Only the last word may go on.
    ['ol mundo', 'olá mundo', false],
    ['ola mun', 'olá mundo', true],
    ['"olá mundo"', 'olá, mundo', true],
    ['"olá mundo"', 'mundo olá', false],
    ['"olá mun"', 'olá mundo', false],
    // A quote that is still being typed.
    ['"olá mun', 'olá mundo', true],
    ['“olá mundo”', 'olá mundo', true],
    ['guarda-chu', 'um guarda-chuva', true],
    ['guarda-chuva', 'chuva guarda', false],
    ['東京', '私は東京都に', true],
    ['東都', '私は東京都に', false],
    ['👍', 'bom 👍🏽!', true],
    ['OR', 'x or y', true],
    ['NOT oi', 'oi', false],
    ['oi*', 'oitenta', true],
    ['words:oi', 'palavras: words oi', true],
  ])('%s in %s: %s', (query, text, is) => {
    expect(finds(query, text)).toBe(is)
  })

  it.each([
    ['', 'no word'],
    ['  "" !? ', 'no word'],
    ['a '.repeat(17), 'at most 16 words, not 17'],
    ['x'.repeat(257), 'at most 256 characters, not 257'],
  ])('%j is refused: %s', (text, message) => {
    expect(() => parseQuery(text)).toThrow(expect.objectContaining({ code: 'BAD_USER_INPUT' }))
    expect(() => parseQuery(text)).toThrow(message)
  })

  it('may have sixteen words, and as much as fits of a writing without spaces', () => {
    expect(parseQuery('a '.repeat(16))).toHaveLength(16)
    expect(parseQuery('東'.repeat(256))).toHaveLength(1)
    expect(parseQuery('🙂'.repeat(256)).length).toBe(1)
  })
})
