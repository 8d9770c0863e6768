// Whatever somebody writes, the terminal of whoever reads it only gets characters that print.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { harmlessLine, harmlessText, jsonLine } from '../../client/terminal/harmless.ts'
import { columnsOf } from '../../client/terminal/screen.ts'

/** Controls and direction changes, written out independently of the code. */
const HARMFUL = /[\p{Cc}\u2028-\u202e\u2066-\u2069]/u
const anything = fc.string({ unit: 'binary', maxLength: 60 })
const nasty = fc
  .array(
    fc.constantFrom('\x1b[2J', '\x1b]0;t\x07', '\x9b31m', '\r', '\n', '\t', '\0', '\x7f', '\u202e', '\u2066', 'oi'),
  )
  .map(parts => parts.join(''))

describe('a text of somebody else', () => {
  it('has no control character in one line, whatever it was', () => {
    fc.assert(
      fc.property(fc.oneof(anything, nasty), text => {
        expect(harmlessLine(text)).not.toMatch(HARMFUL)
        expect(harmlessText(text).replaceAll('\n    ', '')).not.toMatch(HARMFUL)
      }),
    )
  })

  it('is left alone when it is only letters, marks and pictures', () => {
    for (const text of ['Olá, João!', 'سلام', '你好', '👩‍👩‍👧‍👦 ❤️', 'a\u200db\u200e'])
      expect(harmlessLine(text)).toBe(text)
  })

  it('shows what it tried', () => {
    expect(harmlessLine('\x1b[31mred')).toBe('␛[31mred')
    expect(harmlessLine('a\x7f\x9b\u202eb')).toBe('a␡<U+009B><U+202E>b')
    expect(harmlessLine('\ud800')).toBe('\ufffd')
  })

  it('cannot forge a line of its own: further lines are indented, whatever ends them', () => {
    expect(harmlessText('oi\nmaria: eu pago\r\nx\u2028y\rz')).toBe('oi\n    maria: eu pago\n    x\n    y␍z')
  })

  it('is the same to a parser of JSON, and harmless on a terminal', () => {
    fc.assert(
      fc.property(fc.oneof(anything, nasty), text => {
        const line = jsonLine({ text })
        expect(line).not.toMatch(HARMFUL)
        expect(JSON.parse(line)).toEqual({ text })
      }),
    )
  })
})

it('knows how many columns a text takes', () => {
  expect([columnsOf('olá'), columnsOf('你好'), columnsOf('👩‍👩‍👧‍👦'), columnsOf('a\u0301')]).toEqual([3, 4, 2, 1])
})
