// Scrollback as rows: paging through a long conversation shows every message once, in order, at any size; the view stays
// where it is while messages come and earlier pages are read.
import { stripVTControlCharacters } from 'node:util'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Message } from '../../client/core/types.ts'
import { type Conversation, createBook } from '../../client/terminal/full/book.ts'
import { columnsOf } from '../../client/terminal/full/measure.ts'
import { atTop, scrolled, type ThreadView, windowOf } from '../../client/terminal/full/thread.ts'
import { textsFor } from '../../client/terminal/texts.ts'

const ME = { id: 'me', username: 'ana' }
const BOB = { id: 'b', username: 'bob' }
const EPOCH = 'e'

function message(number: number, text = `mensagem ${number}.`, from = BOB, more: Partial<Message> = {}): Message {
  const sentAt = new Date(Date.UTC(2026, 0, 1) + number * 600_000).toISOString()
  const cursor = `${EPOCH}-${String(number).padStart(10, '0')}`
  const rest = { to: null, replyTo: null, editedAt: null, deletedAt: null }
  return { id: `m${number}`, cursor, from, text, sentAt, ...rest, ...more }
}

function view(columns: number): ThreadView {
  return { me: ME.id, columns, texts: textsFor('en'), now: new Date(Date.UTC(2026, 1, 1)) }
}

function talk(
  messages: readonly Message[],
  hasOlder = false,
): { book: ReturnType<typeof createBook>; all: Conversation } {
  const book = createBook(ME.id)
  const all = book.open(null)
  book.addPage(all, messages, hasOlder)
  return { book, all }
}

const plain = (rows: readonly string[]): string[] => rows.map(row => stripVTControlCharacters(row))
const numbersIn = (rows: readonly string[]): number[] =>
  [
    ...plain(rows)
      .join('\n')
      .matchAll(/mensagem (\d+)\./g),
  ].map(([, digits]) => Number(digits))

/** Pages up from the newest to the top, and gives every message seen, in the order of the log. */
function pageUp(all: Conversation, height: number, columns: number): number[] {
  const seen = new Set<number>()
  for (let step = 0; step < 10_000; step += 1) {
    const window = windowOf(all, height, view(columns))
    for (const number of numbersIn(window.rows)) seen.add(number)
    const next = scrolled(all, Math.max(1, height - 2), height, view(columns))
    if (next?.id === all.anchor?.id && next?.below === all.anchor?.below) break
    all.anchor = next
  }
  return [...seen].sort((a, b) => a - b)
}

describe('scrollback', () => {
  it('paging up shows every message, whatever the size', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 120 }),
        fc.integer({ min: 3, max: 40 }),
        fc.integer({ min: 24, max: 120 }),
        (count, height, columns) => {
          const { all } = talk(Array.from({ length: count }, (_, number) => message(number)))
          expect(pageUp(all, height, columns)).toEqual(Array.from({ length: count }, (_, number) => number))
        },
      ),
      { numRuns: 60 },
    )
  })

  it('up and down again leads back to following', () => {
    const { all } = talk(Array.from({ length: 50 }, (_, number) => message(number)))
    for (let step = 0; step < 5; step += 1) all.anchor = scrolled(all, 8, 10, view(60))
    expect(all.anchor).not.toBeNull()
    for (let step = 0; step < 5; step += 1) all.anchor = scrolled(all, -8, 10, view(60))
    expect(all.anchor).toBeNull()
  })

  it('what comes, and an earlier page, do not move what is in view', () => {
    const { book, all } = talk(
      Array.from({ length: 40 }, (_, index) => message(index + 100)),
      true,
    )
    all.anchor = scrolled(all, 25, 10, view(60))
    const before = plain(windowOf(all, 10, view(60)).rows)
    book.take(message(200), true)
    book.addPage(
      all,
      Array.from({ length: 30 }, (_, index) => message(index + 70)),
      true,
    )
    expect(plain(windowOf(all, 10, view(60)).rows)).toEqual(before)
    expect(all.messages.map(({ id }) => id)).toHaveLength(71)
  })

  it('Home is the first row that is loaded; a short conversation does not scroll', () => {
    const { all } = talk(Array.from({ length: 50 }, (_, number) => message(number)))
    all.anchor = atTop(all, 10, view(60))
    expect(numbersIn(windowOf(all, 10, view(60)).rows)[0]).toBe(0)
    const short = talk([message(1)]).all
    expect(atTop(short, 10, view(60))).toBeNull()
    expect(scrolled(short, 5, 10, view(60))).toBeNull()
  })

  it('no row is wider than the thread, whatever people wrote', () => {
    const texts = ['日本語'.repeat(20), '👩‍👩‍👧 '.repeat(30), 'x'.repeat(500), 'a\tb\n\n\u001b[2Jc', '\u202eabc', '']
    const messages = texts.map((text, number) => message(number, text, number % 2 === 0 ? BOB : ME))
    for (const columns of [12, 24, 45, 80]) {
      const { all } = talk(messages)
      const { rows } = windowOf(all, 500, view(columns))
      for (const row of plain(rows)) expect(columnsOf(row), row).toBeLessThanOrEqual(columns)
      expect(plain(rows).join('')).toContain('␛[2J')
      expect(plain(rows).join('')).not.toContain('\u202e')
    }
  })

  it('a hundred thousand messages: a page lays out what is in view, not the rest', () => {
    let read = 0
    const messages = Array.from({ length: 100_000 }, (_, number) => {
      const get = (): string => {
        read += 1
        return `mensagem ${number}.`
      }
      return Object.defineProperty(message(number), 'text', { enumerable: true, get })
    })
    const { all } = talk(messages)
    read = 0
    all.anchor = scrolled(all, 20, 22, view(60))
    windowOf(all, 22, view(60))
    expect(read).toBeLessThan(100)
  })
})

describe('rows', () => {
  it('days, what is new, replies, edits and deletions', () => {
    const day = 144
    const asked = message(1, 'e aí?')
    const { all } = talk([
      asked,
      message(2, 'tudo', ME, { replyTo: { id: 'm1', cursor: asked.cursor, from: BOB }, editedAt: asked.sentAt }),
      message(3 + day, '', BOB, { deletedAt: asked.sentAt }),
      message(4 + day, 'nova'),
    ])
    all.newAfter = message(2).cursor
    const rows = plain(windowOf(all, 50, view(60)).rows)
    const at = (pattern: RegExp): number => rows.findIndex(row => pattern.test(row))
    expect(rows[0]).toMatch(/─ Thursday, January 1, 2026 ─/)
    expect(at(/↳ bob: e aí\?/)).toBe(at(/ana {2}tudo \(edited\) ✓/) - 1)
    expect(at(/New messages/)).toBe(at(/bob {2}message deleted/) - 1)
    expect(at(/Friday, January 2/)).toBe(at(/New messages/) - 1)
    expect(rows.at(-1)).toMatch(/bob {2}nova$/)
    expect(rows.filter(row => /New messages/.test(row))).toHaveLength(1)
  })
})

describe('the book', () => {
  it('counts as unread what others said after what was read, once, and no more what is deleted or read elsewhere', () => {
    const book = createBook(ME.id)
    const all = book.open(null)
    book.take(message(1), true)
    book.take(message(1), true)
    book.take(message(2, 'minha', ME), true)
    expect(all.unread).toBe(1)
    book.markRead(all, message(2).cursor)
    expect(all.unread).toBe(0)
    book.take(message(1, 'outra'), false)
    book.take(message(3), true)
    expect(all.unread).toBe(1)
    const row = { with: null, latest: message(3), readUpTo: message(3).cursor, unread: 0 }
    book.merge([row])
    expect(all.unread).toBe(0)
  })

  it('a private message belongs to the conversation with the other person, whoever wrote it', () => {
    const book = createBook(ME.id)
    expect(book.take(message(1, 'oi', BOB, { to: ME }), true).key).toBe('b')
    expect(book.take(message(2, 'oi', ME, { to: BOB }), true).key).toBe('b')
    expect(book.take(message(3, 'nota', ME, { to: ME }), true).key).toBe('me')
    expect(book.sorted().map(({ key }) => key)).toEqual(['me', 'b', 'everyone'])
  })

  it('a page that was read before an edit came does not bring the old text back', () => {
    const { book, all } = talk([message(1)])
    book.take(message(1, 'nova', BOB, { editedAt: '2026-01-02T00:00:00.000Z' }), false)
    book.addPage(all, [message(0), message(1)], false)
    expect(all.messages.map(({ text }) => text)).toEqual(['mensagem 0.', 'nova'])
  })

  it('forgets a history that is another one, but not what is being typed', () => {
    const { book, all } = talk([message(1)])
    all.draft = edit('meio')
    book.forget()
    expect([all.messages, all.latest, all.phase, all.draft.text]).toEqual([[], null, 'new', 'meio'])
  })
})

const edit = (text: string) => ({ text, at: text.length })
