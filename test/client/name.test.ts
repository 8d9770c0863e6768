// When two spellings are one name: the client's rule is the server's.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { foldName } from '../../client/core/name.ts'
import { readUsername } from '../../server/domain/username.ts'

const LETTERS = [
  ...'abcABCßẞıİøØłŁæÆœŒđĐħŧéÉñçÇäÖ0129._-',
  ...'αΑςσΣάέϊ',
  ...'яЯйЙёЁ',
  ...'بَبّآأة',
  ...'אָבּגדה',
  ...'रविकाि',
  ...'はばパガ',
  ...'ＡＢａｂ１',
]

describe('a name', () => {
  it('has the key that the server has for it', () => {
    const letters = fc.constantFrom(...LETTERS)
    const names = fc.oneof(
      fc.string({ unit: letters, minLength: 1, maxLength: 8 }),
      fc.string({ unit: 'grapheme', minLength: 1, maxLength: 8 }),
    )
    let known = 0
    fc.assert(
      fc.property(names, name => {
        const read = readUsername(name)
        if (read === null) return
        known += 1
        expect([name, foldName(name)]).toEqual([name, read.key])
        expect([name, foldName(read.username)]).toEqual([name, read.key])
      }),
      { numRuns: 20_000 },
    )
    expect(known).toBeGreaterThan(500)
  })

  it.each([
    ['रवि', 'रव'],
    ['は', 'ば'],
  ])('%s is another than %s', (one, other) => {
    expect(foldName(one)).not.toBe(foldName(other))
  })

  it.each([
    ['João', 'joao'],
    ['Straße', 'STRASSE'],
    ['Straße', 'STRAẞE'],
    ['Łukasz', 'lukasz'],
  ])('%s is %s', (one, other) => {
    expect(foldName(one)).toBe(foldName(other))
  })
})
