// Texts and the links in them: nothing is lost, and nothing but web addresses becomes a link.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { splitText } from '../../client/web/state/linked-text.ts'

const links = (text: string) => splitText(text).flatMap(({ text: shown, href }) => (href === null ? [] : [shown]))

describe('links in a text', () => {
  test('leave the punctuation of the sentence outside', () => {
    expect(links('Veja https://example.org/a?b=1#c. E (http://example.org/x), ok?')).toEqual([
      'https://example.org/a?b=1#c',
      'http://example.org/x',
    ])
    expect(links('https://pt.wikipedia.org/wiki/Recado_(mensagem)')).toEqual([
      'https://pt.wikipedia.org/wiki/Recado_(mensagem)',
    ])
  })

  test('are http and https only', () => {
    for (const text of [
      'javascript:alert(1)',
      'data:text/html,x',
      'ftp://example.org',
      'xhttps://',
      'https://',
      '//x.y',
    ]) {
      expect(links(text), text).toEqual([])
    }
  })

  test('stop at characters that turn the direction of text, so that what is shown is where it goes', () => {
    expect(links('https://example.org/\u202egpj.exe')).toEqual(['https://example.org/'])
  })

  test('have exactly one address each, and the pieces are the text', () => {
    const part = fc.constantFrom('https://a.b/c', 'http://x', ' ', '.', '(', ')', 'é', '<b>', '\n', '🙂', 'javascript:')
    fc.assert(
      fc.property(
        fc.array(part, { maxLength: 12 }).map(parts => parts.join('')),
        text => {
          const pieces = splitText(text)
          expect(pieces.map(piece => piece.text).join('')).toBe(text)
          for (const { href } of pieces) if (href !== null) expect(href).toMatch(/^https?:\/\//)
        },
      ),
      { numRuns: 2_000 },
    )
  })
})
