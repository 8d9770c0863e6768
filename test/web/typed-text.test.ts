// The page's reading of what is typed, against the server's: they must agree on what is private, whatever is typed.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { foldName } from '../../client/core/name.ts'
import { nameBeingTyped, readTyped } from '../../client/web/state/typed-text.ts'
import { parseTyped } from '../../server/domain/command.ts'
import { Refusal } from '../../server/domain/errors.ts'
import { hasVisible } from '../../server/domain/text.ts'
import { parseUsername } from '../../server/domain/username.ts'

/** What the server would make of it, in the page's words. */
function byServer(text: string): ReturnType<typeof readTyped>['kind'] {
  try {
    const typed = parseTyped(text)
    if (typed.kind === 'private') return 'private'
    return hasVisible(typed.text) ? 'plain' : 'empty'
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    if (error.code === 'UNKNOWN_COMMAND') return 'unknown-command'
    return error.code === 'TEXT_EMPTY' ? 'without-text' : 'without-name'
  }
}

const piece = fc.constantFrom(
  ...['/', '//', '／', '/msg', '/MSG', '／ｍｓｇ', '/w', '/dm', '/m\u200bsg', '/nope', 'joao', 'João', 'oi', 'a/b'],
  ...[' ', '\n', '\t', '\u00a0', '\u200b', '\u2060', '\ufeff', '\u3000', '\u2800', '\u202e', '\u00ad', '🙂'],
)
const tricky = fc.oneof(
  fc.array(piece, { maxLength: 7 }).map(pieces => pieces.join('')),
  fc.string({ unit: 'binary', maxLength: 20 }),
)

describe('what is typed', () => {
  test('is private, plain or refused exactly where the server says so', () => {
    fc.assert(
      fc.property(tricky, text => {
        expect(readTyped(text).kind).toBe(byServer(text))
      }),
      { numRuns: 5_000 },
    )
  })

  test('has the recipient and the text that the server would read', () => {
    fc.assert(
      fc.property(tricky, text => {
        const typed = readTyped(text)
        if (typed.kind !== 'plain' && typed.kind !== 'private') return
        const parsed = parseTyped(text)
        expect(typed.text).toBe(parsed.text)
        if (typed.kind === 'private') expect(parsed).toMatchObject({ to: typed.to })
      }),
      { numRuns: 5_000 },
    )
  })

  test('that begins with a slash in any disguise never reads as a plain text', () => {
    for (const text of [' /msg joao x', '／msg joao x', '\u200b/msg joao x', '\u00a0/MSG joao x', '/foo', ' /']) {
      expect(readTyped(text).kind, JSON.stringify(text)).not.toBe('plain')
    }
    expect(readTyped('//x')).toEqual({ kind: 'plain', text: '/x' })
  })
})

describe('names', () => {
  test('are the same person in any case and accent, as on the server', () => {
    for (const [a, b] of [
      ['João', 'joao'],
      ['ÉRICA', 'erica'],
      ['Ｊｏａｏ', 'joao'],
    ] as const) {
      expect(foldName(a)).toBe(foldName(b))
      expect(parseUsername(a).key).toBe(parseUsername(b).key)
    }
    // Marks that are vowels, not accents: two different people.
    expect(foldName('कि')).not.toBe(foldName('का'))
  })

  test('are completed after a private command only', () => {
    expect(nameBeingTyped('/msg jo')).toEqual({ prefix: 'jo', from: 5 })
    expect(nameBeingTyped('  /W ')).toEqual({ prefix: '', from: 5 })
    expect(nameBeingTyped('/msg joao ')).toBeNull()
    expect(nameBeingTyped('say /msg jo')).toBeNull()
    expect(nameBeingTyped('/msgjo')).toBeNull()
  })
})
