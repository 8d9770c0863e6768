// What fits on a terminal, what a key does to a draft, what Tab offers: pure, and checked on awkward texts.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { complete } from '../../client/terminal/full/completion.ts'
import * as edit from '../../client/terminal/full/editor.ts'
import { addresseeOf, looksLikeCommand, parseLocal } from '../../client/terminal/full/local-command.ts'
import { columnsOf, cut, fill, wrap } from '../../client/terminal/full/measure.ts'

const AWKWARD = fc.array(
  fc.constantFrom('a', 'palavra', ' ', '  ', '日本', '👩‍👩‍👧', '🇧🇷', 'e\u0301', '👍🏽', '한', '\u200b', 'ção', '-'),
  { maxLength: 40 },
)

describe('columns', () => {
  it.each([
    ['abc', 3],
    ['ção', 3],
    ['e\u0301', 1],
    ['日本', 4],
    ['👍', 2],
    ['👍🏽', 2],
    ['👩‍👩‍👧', 2],
    ['🇧🇷', 2],
    ['❤️', 2],
    ['\u200b', 0],
    ['', 0],
  ])('%j takes %i', (text, columns) => {
    expect(columnsOf(text)).toBe(columns)
  })

  it('cutting and filling keep to the columns', () => {
    fc.assert(
      fc.property(AWKWARD, fc.integer({ min: 1, max: 30 }), (pieces, columns) => {
        const text = pieces.join('')
        expect(columnsOf(cut(text, columns))).toBeLessThanOrEqual(columns)
        expect(columnsOf(fill(text, columns))).toBe(columns)
      }),
    )
  })

  it('wrapping keeps to the columns, and loses nothing but the space at a break', () => {
    fc.assert(
      fc.property(AWKWARD, fc.integer({ min: 2, max: 30 }), (pieces, columns) => {
        const line = pieces.join('')
        const rows = wrap(line, columns)
        for (const row of rows) expect(columnsOf(row)).toBeLessThanOrEqual(columns)
        expect(rows.join('').replaceAll(' ', '')).toBe(line.replaceAll(' ', ''))
      }),
    )
  })
})

describe('the draft', () => {
  it('no key cuts what people see as one character', () => {
    const family = edit.draftOf('a👩‍👩‍👧')
    expect(edit.eraseBefore(family)).toEqual({ text: 'a', at: 1 })
    expect(edit.left(family)).toEqual({ text: 'a👩‍👩‍👧', at: 1 })
    expect(edit.eraseAfter({ text: 'e\u0301x', at: 0 })).toEqual({ text: 'x', at: 0 })
  })

  it('words, lines, up and down', () => {
    const draft = edit.draftOf('um dois\ntrês quatro\nx')
    expect(edit.eraseWord(edit.draftOf('um dois '))).toEqual({ text: 'um ', at: 3 })
    expect(edit.toLineStart(draft).at).toBe(20)
    const up = edit.vertical(draft, -1)
    expect(up?.at).toBe(9)
    expect(edit.vertical(up ?? draft, -1)?.at).toBe(1)
    expect(edit.vertical({ text: draft.text, at: 1 }, -1)).toBeNull()
    expect(edit.vertical(draft, 1)).toBeNull()
    expect(edit.vertical({ text: draft.text, at: 7 }, 1)?.at).toBe(15)
    expect(edit.eraseToStart({ text: 'ab\ncd', at: 5 })).toEqual({ text: 'ab\n', at: 3 })
    expect(edit.eraseToEnd({ text: 'ab\ncd', at: 1 })).toEqual({ text: 'a\ncd', at: 1 })
  })

  it('any keys leave the cursor between characters of the text, and a layout with the cursor inside the width', () => {
    const keys = [edit.left, edit.right, edit.wordLeft, edit.wordRight, edit.toLineStart, edit.toLineEnd]
    const erasers = [edit.eraseBefore, edit.eraseAfter, edit.eraseWord, edit.eraseToStart, edit.eraseToEnd]
    const step = fc.oneof(
      fc.constantFrom(...keys, ...erasers),
      fc.constantFrom('a', ' ', '\n', '日', '👩‍👩‍👧').map(typed => (draft: edit.Draft) => edit.insert(draft, typed)),
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), fc.integer({ min: 2, max: 12 }), (steps, columns) => {
        let draft = edit.EMPTY
        for (const change of steps) draft = change(draft)
        expect(draft.at).toBeGreaterThanOrEqual(0)
        expect(draft.at).toBeLessThanOrEqual(draft.text.length)
        const { rows, row, column } = edit.layOut(draft, columns)
        expect(row).toBeLessThan(rows.length)
        expect(column).toBeLessThanOrEqual(columns)
        for (const shown of rows) expect(columnsOf(shown)).toBeLessThanOrEqual(columns)
      }),
    )
  })

  it('what was sent comes back with the arrows, and what was being typed after it', () => {
    const history = edit.createHistory()
    history.add('um')
    history.add('dois')
    expect(history.walk(-1, 'meio')).toBe('dois')
    expect(history.walk(-1, 'dois')).toBe('um')
    expect(history.walk(-1, 'um')).toBeNull()
    expect(history.walk(1, 'um')).toBe('dois')
    expect(history.walk(1, 'dois')).toBe('meio')
    expect(history.walk(1, 'meio')).toBeNull()
  })
})

describe('Tab', () => {
  const names = ['João', 'Joana', 'maria']
  const commands = ['/msg', '/help']
  const offered = (text: string) => complete(edit.draftOf(text), names, commands)

  it('completes commands only at the beginning', () => {
    expect(offered('/m')?.drafts).toEqual([{ text: '/msg ', at: 5 }])
    expect(offered('oi /m')).toBeNull()
  })

  it('completes names without case and accents, with @ in a text and without it for /msg', () => {
    expect(offered('oi joa')?.words).toEqual(['@João', '@Joana'])
    expect(offered('oi @JOÃO')?.drafts).toEqual([{ text: 'oi @João ', at: 9 }])
    expect(offered('/msg ')?.words).toEqual(names)
    expect(offered('/w mar')?.drafts).toEqual([{ text: '/w maria ', at: 9 }])
    expect(offered('oi ')).toBeNull()
    expect(offered('xyz')).toBeNull()
  })

  it('leaves what follows the cursor', () => {
    expect(complete({ text: 'oi mar, tudo', at: 6 }, names, commands)?.drafts).toEqual([
      { text: 'oi @maria , tudo', at: 10 },
    ])
  })
})

describe('commands', () => {
  it('only its own are carried out here; all else is the server’s to read', () => {
    expect(parseLocal(' /HELP')).toEqual({ name: 'help', rest: '' })
    expect(parseLocal('/editar novo texto')).toEqual({ name: 'edit', rest: 'novo texto' })
    expect(parseLocal('/msg joao')).toEqual({ name: 'open', rest: 'joao' })
    for (const text of ['/msg joao oi', '/msg', '/helpme', '//help', 'help', '/constructor', '/toString']) {
      expect(parseLocal(text), text).toBeNull()
    }
  })

  it('knows a command as the server does: behind what is invisible, and in other widths', () => {
    for (const text of ['/x', '  /x', '\u200b/x', '／msg joao x', '\u00a0/x']) expect(looksLikeCommand(text)).toBe(true)
    for (const text of ['x/', 'oi', '']) expect(looksLikeCommand(text)).toBe(false)
    expect(addresseeOf('/DM joao oi')).toBe('joao')
    expect(addresseeOf('oi')).toBeNull()
  })
})
