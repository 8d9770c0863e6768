// Cursors: there and back, in order, and what becomes of damaged and foreign ones.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createCursorCodec } from '../../server/domain/cursor.ts'
import { Refusal } from '../../server/domain/errors.ts'

const codec = createCursorCodec('k3v9x0ab')
const positions = fc.oneof(fc.maxSafeNat(), fc.integer({ min: 0, max: 5000 }), fc.constant(Number.MAX_SAFE_INTEGER))
const epochs = fc.string({
  unit: fc.constantFrom(...'0123456789abcdefghijklmnopqrstuvwxyz'),
  minLength: 8,
  maxLength: 8,
})

function codeOf(cursor: unknown): string {
  try {
    codec.decode(cursor)
  } catch (error) {
    if (error instanceof Refusal) return error.code
    throw error
  }
  return 'accepted'
}

describe('a cursor', () => {
  it('is 24 characters that name the epoch and give the position back', () => {
    fc.assert(
      fc.property(epochs, positions, (epoch, position) => {
        const own = createCursorCodec(epoch)
        const cursor = own.encode(position)
        expect(cursor).toMatch(new RegExp(`^${epoch}-[0-9a-z]{11}-[0-9a-z]{3}$`))
        expect(own.decode(cursor)).toBe(position)
      }),
      { numRuns: 2000 },
    )
  })

  it('sorts as a string where its position sorts as a number', () => {
    fc.assert(
      fc.property(positions, positions, (a, b) => {
        const [one, other] = [codec.encode(a), codec.encode(b)]
        expect(one < other).toBe(a < b)
        expect(one === other).toBe(a === b)
      }),
      { numRuns: 2000 },
    )
  })

  it('of another epoch is a reset of history', () => {
    fc.assert(
      fc.property(
        epochs.filter(epoch => epoch !== 'k3v9x0ab'),
        positions,
        (epoch, position) => {
          expect(codeOf(createCursorCodec(epoch).encode(position))).toBe('HISTORY_RESET')
        },
      ),
    )
  })

  it('with any one character changed is damaged', () => {
    const cursor = codec.encode(1_795_470_317_305_123)
    for (let index = 0; index < cursor.length; index++) {
      for (const char of '0123456789abcdefghijklmnopqrstuvwxyz-A_ ') {
        if (char === cursor[index]) continue
        expect(codeOf(cursor.slice(0, index) + char + cursor.slice(index + 1))).toBe('CURSOR_INVALID')
      }
    }
  })

  it('with two neighbours swapped, cut short or grown is damaged', () => {
    fc.assert(
      fc.property(positions, fc.integer({ min: 0, max: 22 }), fc.string({ minLength: 1 }), (position, at, more) => {
        const cursor = codec.encode(position)
        const swapped = cursor.slice(0, at) + cursor.charAt(at + 1) + cursor.charAt(at) + cursor.slice(at + 2)
        if (swapped !== cursor) expect(codeOf(swapped)).toBe('CURSOR_INVALID')
        expect(codeOf(cursor.slice(0, at))).toBe('CURSOR_INVALID')
        expect(codeOf(cursor.slice(at + 1))).toBe('CURSOR_INVALID')
        expect(codeOf(cursor + more)).toBe('CURSOR_INVALID')
        expect(codeOf(more + cursor)).toBe('CURSOR_INVALID')
      }),
    )
  })

  it.each([
    undefined,
    null,
    0,
    {},
    [],
    '',
    'x',
    codec.encode(5).toUpperCase(),
    ` ${codec.encode(5)}`,
    `${codec.encode(5)}\n`,
  ])('is not %j', value => {
    expect(codeOf(value)).toBe('CURSOR_INVALID')
  })

  it('is never read from noise', () => {
    fc.assert(fc.property(fc.anything(), value => codeOf(value) === 'CURSOR_INVALID'))
  })

  it('beyond 2^53 - 1 is damaged, though its check digits are right', () => {
    // The encoder does not check: it gets positions of the log only.
    expect(codeOf(codec.encode(2 ** 53))).toBe('CURSOR_INVALID')
    expect(codec.decode(codec.encode(2 ** 53 - 1))).toBe(2 ** 53 - 1)
  })

  it('needs an epoch of the form that the store gives', () => {
    expect(() => createCursorCodec('short')).toThrow(RangeError)
    expect(() => createCursorCodec('UPPERCAS')).toThrow(RangeError)
  })
})
