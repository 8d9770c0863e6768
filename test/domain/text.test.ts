// Texts: kept exactly, or refused with the reason and the numbers.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Refusal } from '../../server/domain/errors.ts'
import { checkText, countCodePoints, hasVisible, withoutInvisible } from '../../server/domain/text.ts'

const LIMITS = { codePoints: 4000, bytes: 16 * 1024 }

function refusalOf(text: string, limits = LIMITS): Refusal {
  try {
    checkText(text, limits)
  } catch (error) {
    if (error instanceof Refusal) return error
    throw error
  }
  throw new Error(`${JSON.stringify(text)} was accepted`)
}

describe('a text', () => {
  it.each(['oi', ' oi ', '\n\noi\n', '/x', '😀', '\u200Boi', '\u202Eoi', '\u0301', '\uFFFD', '🏴󠁧󠁢󠁥󠁮󠁧󠁿'])(
    'is kept exactly: %j',
    text => {
      expect(checkText(text, LIMITS)).toBe(text)
    },
  )

  it.each([
    '',
    ' ',
    '\n\t',
    '\u00A0\u3000\u2028',
    '\u200B\u200D\uFEFF',
    '\u202E\u2066',
    '\u001B\u0085',
    '\u3164\u115F\u1160\uFFA0',
    '\u2800',
    '\uFE0F\u{E0041}',
    '\u00AD',
    '\uFFF9\uFFFB',
    '\u{13430}',
  ])('without a visible character is empty: %j', text => {
    expect(refusalOf(text).code).toBe('TEXT_EMPTY')
  })

  it.each(['oi\0', '\0', 'a\uD800', '\uDC00b', '\uD800\uD800'])(
    'with a NUL or half a character is invalid: %j',
    text => {
      expect(refusalOf(text).code).toBe('TEXT_INVALID')
    },
  )

  it('may be as long as the limits, and no longer, and the refusal says how long it is', () => {
    expect(checkText('a'.repeat(4000), LIMITS)).toHaveLength(4000)
    expect(checkText('😀'.repeat(4000), LIMITS)).toHaveLength(8000)
    expect(refusalOf('a'.repeat(4001))).toMatchObject({
      code: 'TEXT_TOO_LONG',
      details: { unit: 'code points', limit: 4000, actual: 4001 },
    })
    expect(refusalOf('é'.repeat(6), { codePoints: 0, bytes: 11 })).toMatchObject({
      code: 'TEXT_TOO_LONG',
      details: { unit: 'bytes', limit: 11, actual: 12 },
    })
    expect(refusalOf('😀'.repeat(4001)).details).toMatchObject({ actual: 4001 })
  })

  it('has no limit where the limit is 0', () => {
    const text = 'é'.repeat(100_000)
    expect(checkText(text, { codePoints: 0, bytes: 0 })).toBe(text)
  })

  it('is accepted exactly when it is well-formed, visible, without NUL and short enough', () => {
    const unit = fc.oneof(fc.integer({ min: 0, max: 0xffff }), fc.constantFrom(0, 32, 0x200b, 0xd83d, 0xde00, 97))
    const texts = fc.string({ unit: unit.map(code => String.fromCharCode(code)), maxLength: 12 })
    fc.assert(
      fc.property(texts, fc.integer({ min: 0, max: 8 }), fc.integer({ min: 0, max: 20 }), (text, codePoints, bytes) => {
        const fits =
          (codePoints === 0 || Array.from(text).length <= codePoints) &&
          (bytes === 0 || new TextEncoder().encode(text).length <= bytes)
        const sound = !/[\0\p{Cs}]/u.test(text) && withoutInvisible(text) !== ''
        if (fits && sound) expect(checkText(text, { codePoints, bytes })).toBe(text)
        else expect(refusalOf(text, { codePoints, bytes }).code).toMatch(/^TEXT_/)
        expect(countCodePoints(text)).toBe(Array.from(text).length)
        expect(hasVisible(text)).toBe(withoutInvisible(text) !== '')
      }),
      { numRuns: 3000 },
    )
  })
})
