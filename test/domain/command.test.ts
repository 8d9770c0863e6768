// What a person types: commands in every disguise, and the one promise that a private text never goes out as a public
// one by a slip.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseTyped } from '../../server/domain/command.ts'
import { Refusal } from '../../server/domain/errors.ts'

function codeOf(text: string): string {
  try {
    return parseTyped(text).kind
  } catch (error) {
    if (error instanceof Refusal) return error.code
    throw error
  }
}

describe('a typed text', () => {
  it.each(['oi', ' oi ', 'a/b', '1/2', 'https://example.org', '.', ':/', '\\msg joao oi', 'msg joao oi', '', '  \n'])(
    'without a slash at its front is public, as typed: %j',
    text => {
      expect(parseTyped(text)).toEqual({ kind: 'public', text })
    },
  )

  it.each([
    ['/msg joao oi', 'joao', 'oi'],
    ['/w joao oi', 'joao', 'oi'],
    ['/dm joao oi', 'joao', 'oi'],
    ['/MSG João  oi  tudo ', 'João', 'oi  tudo '],
    ['  /msg joao oi', 'joao', 'oi'],
    ['\u200B/msg joao oi', 'joao', 'oi'],
    ['／msg joao oi', 'joao', 'oi'],
    ['／ｍｓｇ joao oi', 'joao', 'oi'],
    ['/m\u200Dsg joao oi', 'joao', 'oi'],
    ['/msg\u00A0joao\u00A0oi', 'joao', 'oi'],
    ['/msg\njoao\noi\nlá', 'joao', 'oi\nlá'],
    ['/msg \u2068João\u2069 oi', 'João', 'oi'],
    ['/msg joao /msg ana oi', 'joao', '/msg ana oi'],
    ['/msg joao //x', 'joao', '//x'],
    ['/msg joao \u200Boi', 'joao', '\u200Boi'],
  ])('%j is private to %s: %j', (typed, to, text) => {
    expect(parseTyped(typed)).toEqual({ kind: 'private', to, text })
  })

  it.each([
    ['//x', '/x'],
    ['//msg joao oi', '/msg joao oi'],
    ['///', '//'],
    ['//', '/'],
    [' \u200B//x ', ' \u200B/x '],
    ['/／x', '／x'],
    ['／/x', '/x'],
  ])('%j is the public text %j', (typed, text) => {
    expect(parseTyped(typed)).toEqual({ kind: 'public', text })
  })

  it.each([
    '/',
    '/ ',
    '/help',
    '/msgjoao oi',
    '/me sorri',
    '/ msg joao oi',
    '/ /x',
    '/\u200B/x',
    '/message joao oi',
    '/ẁ a b',
  ])('%j is an unknown command', text => {
    expect(codeOf(text)).toBe('UNKNOWN_COMMAND')
  })

  it.each(['/msg', '/msg ', '/w\u200B', '/msg \u200B \u2060'])('%j lacks a name', text => {
    expect(codeOf(text)).toBe('BAD_USER_INPUT')
  })

  it.each(['/msg joao', '/msg joao ', '/msg joao \u200B\u3164\u2800'])('%j lacks a text', text => {
    expect(codeOf(text)).toBe('TEXT_EMPTY')
  })
})

const INVISIBLES =
  ' \t\n\r\v\f\u0085\u00A0\u1680\u2003\u2028\u202F\u205F\u3000\u0000\u001B\u00AD\u034F\u061C\u115F\u1160\u17B4\u180E\u200B\u200C\u200D\u200E\u202A\u202E\u2060\u2066\u2069\u2800\u3164\uFE0F\uFEFF\uFFA0\u{E0001}\u{E0041}'
const invisible = fc.string({ unit: fc.constantFrom(...INVISIBLES), maxLength: 4 })
const zeroWidth = fc.string({ unit: fc.constantFrom(...'\u200B\u200D\u2060\uFEFF\u00AD\uFE0F\u202E'), maxLength: 2 })
const space = fc.string({ unit: fc.constantFrom(...' \t\n\u00A0\u3000\u2003'), minLength: 1, maxLength: 3 })
/** A letter in lower or upper case, plain or full width. */
const disguised = (letter: string) =>
  fc.constantFrom(
    letter,
    letter.toUpperCase(),
    String.fromCharCode(letter.charCodeAt(0) + 0xfee0),
    String.fromCharCode(letter.toUpperCase().charCodeAt(0) + 0xfee0),
  )
const command = fc
  .constantFrom('msg', 'w', 'dm')
  .chain(word => fc.tuple(...Array.from(word, letter => fc.tuple(disguised(letter), zeroWidth))))
  .map(parts => parts.flat().join(''))
const slash = fc.constantFrom('/', '／')
const word = fc.string({ unit: fc.constantFrom(...'abçД力1'), minLength: 1, maxLength: 5 })

describe('a private text', () => {
  it('is private however its command is decorated', () => {
    fc.assert(
      fc.property(
        invisible,
        slash,
        zeroWidth,
        command,
        space,
        word,
        space,
        word,
        (before, s, z, c, s1, to, s2, text) => {
          expect(parseTyped(before + s + z + c + s1 + to + s2 + text)).toEqual({ kind: 'private', to, text })
        },
      ),
      { numRuns: 2000 },
    )
  })

  it('never goes out as a public one: what begins with a slash is public only behind two of them side by side', () => {
    fc.assert(
      fc.property(invisible, slash, fc.string({ unit: 'binary' }), (before, s, rest) => {
        const text = before + s + rest
        const kind = codeOf(text)
        if (rest.startsWith('/') || rest.startsWith('／')) {
          expect(parseTyped(text)).toEqual({ kind: 'public', text: before + rest })
        } else expect(kind).not.toBe('public')
      }),
      { numRuns: 3000 },
    )
  })

  it('is found by the rule as it is written: the first visible character after NFKC', () => {
    const strip = /[\p{White_Space}\p{Cf}\p{Default_Ignorable_Code_Point}]/gu
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary' }),
          fc.tuple(invisible, slash, word).map(parts => parts.join('')),
        ),
        text => {
          if (text.normalize('NFKC').replace(strip, '').startsWith('/') && codeOf(text) === 'public') {
            expect(text).toMatch(/[/／][/／]/)
          }
        },
      ),
      { numRuns: 3000 },
    )
  })
})

describe('any other text', () => {
  it('is public and exactly as typed', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), text => {
        const typed = (() => {
          try {
            return parseTyped(text)
          } catch (error) {
            expect(error).toBeInstanceOf(Refusal)
            return null
          }
        })()
        if (typed?.kind === 'public' && !/[/／]/.test(text)) expect(typed.text).toBe(text)
      }),
    )
  })
})
