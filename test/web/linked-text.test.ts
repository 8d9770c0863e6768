// Texts and the links in them: nothing is lost, and nothing but addresses becomes a link.
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

  test('are also to write to one address, and to that alone', () => {
    expect(links('Escreva a mailto:ana.paula+chat@example.org, (mailto:bia@example.com.br).')).toEqual([
      'mailto:ana.paula+chat@example.org',
      'mailto:bia@example.com.br',
    ])
    for (const text of [
      'mailto:',
      'mailto:ana',
      'mailto:@example.org',
      'mailto:ana@example.org?bcc=eva@example.org&body=x',
      'mailto:ana@example.org,eva@example.org',
      'mailto:ana%40x@example.org',
      // A Cyrillic а.
      'mailto:ana@b\u0430nco.example',
    ]) {
      expect(links(text), text).toEqual([])
    }
  })

  test('are http, https and mailto only', () => {
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

  test('that lead elsewhere than they look say where', () => {
    const host = (text: string) => splitText(text).map(piece => piece.host)
    for (const [text, leadsTo] of [
      // Cyrillic а, a zero-width space, full-width letters, a soft hyphen, a slash that is none.
      ['https://b\u0430nco.example/', 'xn--bnco-53d.example'],
      ['https://ban\u200bco.example/', 'banco.example'],
      ['https://\uff42anco.example/', 'banco.example'],
      ['https://ban\u00adco.example/', 'banco.example'],
      ['https://banco.example\u2044@evil.example/', 'evil.example'],
      ['https://banco.example@evil.example/', 'evil.example'],
      ['https://banco.example:80@evil.example/', 'evil.example'],
      ['http://2130706433/', '127.0.0.1'],
      ['http://0x7f.1/', '127.0.0.1'],
      ['http://127.1:8080/', '127.0.0.1'],
    ] as const) {
      expect([text, host(text)]).toEqual([text, [leadsTo]])
    }
  })

  test('that lead where they look say nothing more', () => {
    for (const text of [
      'https://example.org',
      'https://EXAMPLE.org:8443/a?b@c',
      'http://example.org:80/',
      'https://example.org/@ana',
      'https://ação.example/',
      'https://ac\u0327a\u0303o.example/',
      'http://127.0.0.1:4000/',
      'http://[::1]:4000/',
      'https://good.example\\@evil.example/',
    ]) {
      expect([text, splitText(text).every(piece => piece.host === null)]).toEqual([text, true])
    }
    // A backslash is a slash to browsers: what comes after it is no host.
    expect(splitText('https://good.example\\@evil.example/')[0]?.href).toMatch(/^https:\/\/good\.example\//)
  })

  test('have exactly one address each, and the pieces are the text', () => {
    const part = fc.constantFrom(
      'https://a.b/c',
      'http://x',
      ' ',
      '.',
      '(',
      ')',
      'é',
      '<b>',
      '\n',
      '🙂',
      'javascript:',
      'mailto:a@b',
    )
    fc.assert(
      fc.property(
        fc.array(part, { maxLength: 12 }).map(parts => parts.join('')),
        text => {
          const pieces = splitText(text)
          expect(pieces.map(piece => piece.text).join('')).toBe(text)
          for (const { href } of pieces) if (href !== null) expect(href).toMatch(/^(?:https?:\/\/|mailto:a@b)/)
        },
      ),
      { numRuns: 2_000 },
    )
  })
})
