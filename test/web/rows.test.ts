// Messages → the rows of the list, and texts → their pieces.
import { describe, expect, test } from 'vitest'
import type { Message } from '../../client/core/types.ts'
import { excerptOf } from '../../client/web/chat/excerpt.ts'
import { foundPieces } from '../../client/web/chat/found-text.ts'
import { listRows } from '../../client/web/chat/run.ts'
import { isEmojiOnly, textPieces } from '../../client/web/chat/text-pieces.ts'

const NOON = new Date(2025, 2, 3, 12).getTime()
const MINUTE = 60_000

function message(index: number, author: string, at: number, more: Partial<Message> = {}): Message {
  const from = { id: author, username: author }
  const sentAt = new Date(at).toISOString()
  const id = `m${index}`
  return { id, cursor: id, from, to: null, text: id, replyTo: null, sentAt, editedAt: null, deletedAt: null, ...more }
}

const shape = (messages: readonly Message[], options: Partial<Parameters<typeof listRows>[2]> = {}) =>
  listRows(messages, [], { me: 'eu', line: null, hasEarlier: false, ...options }).map(row =>
    row.kind === 'message' ? `${row.key}${row.isFirst ? ' first' : ''}${row.isLast ? ' last' : ''}` : row.kind,
  )

describe('rows', () => {
  test('part days, and runs of one author without a long pause', () => {
    expect(
      shape([
        message(1, 'ana', NOON - 24 * 60 * MINUTE),
        message(2, 'ana', NOON),
        message(3, 'ana', NOON + MINUTE),
        message(4, 'bia', NOON + 2 * MINUTE),
        message(5, 'bia', NOON + 20 * MINUTE),
      ]),
    ).toEqual(['day', 'm1 first last', 'day', 'm2 first', 'm3 last', 'm4 first last', 'm5 first last'])
  })

  test('begin no day where it is not known what came before: a row that is read never moves for it', () => {
    const messages = [message(2, 'ana', NOON), message(3, 'ana', NOON)]
    expect(shape(messages, { hasEarlier: true })).toEqual(['m2 first', 'm3 last'])
    const earlier = [message(1, 'bia', NOON), ...messages]
    expect(shape(earlier, { hasEarlier: true })).toEqual(['m1 first last', 'm2 first', 'm3 last'])
  })

  test('have the line before the first unread message, and begin a run there', () => {
    const messages = [message(1, 'ana', NOON), message(2, 'ana', NOON), message(3, 'ana', NOON)]
    const line = { after: 'm1', count: 2, id: 'm2' }
    expect(shape(messages, { line })).toEqual(['day', 'm1 first last', 'unread', 'm2 first', 'm3 last'])
    expect(shape(messages, { line: { ...line, id: null } })).not.toContain('unread')
  })

  test('let an answer stand for itself', () => {
    const replyTo = { id: 'm1', cursor: 'm1', from: { id: 'bia', username: 'bia' } }
    expect(shape([message(1, 'ana', NOON), message(2, 'ana', NOON, { replyTo })])).toEqual([
      'day',
      'm1 first last',
      'm2 first last',
    ])
  })
})

describe('a text', () => {
  const names = new Set(['ana', 'joao'])

  test('has links and mentions, and is whole', () => {
    const text = '@Ana veja https://x.org/@joao, @JOÃO, @ninguem'
    const pieces = textPieces(text, names, 'joão')
    expect(pieces.map(piece => piece.text).join('')).toBe(text)
    expect(pieces.filter(({ kind }) => kind !== 'text')).toEqual([
      { kind: 'mention', text: '@Ana', name: 'Ana', isMe: false },
      { kind: 'link', text: 'https://x.org/@joao', href: 'https://x.org/@joao', host: null },
      { kind: 'mention', text: '@JOÃO', name: 'JOÃO', isMe: true },
    ])
  })

  test('is large when it is a few emoji and nothing else', () => {
    for (const text of ['🎉', '👩‍👩‍👧‍👦 🏳️‍🌈', '👍🏽👍🏽', '🇧🇷']) expect([text, isEmojiOnly(text)]).toEqual([text, true])
    for (const text of ['', '1', '#', 'oi 🎉', '🎉'.repeat(7), '©x', ' '])
      expect([text, isEmojiOnly(text)]).toEqual([text, false])
  })

  test('is one line where there is room for one', () => {
    expect(excerptOf('  um\n\ndois\ttrês ')).toBe('um dois três')
    expect(excerptOf('á'.repeat(500))).toBe(`${'á'.repeat(160)}…`)
  })
})

describe('what a search found', () => {
  const hits = (text: string, query: string) =>
    foundPieces(text, query)
      .filter(({ isHit }) => isHit)
      .map(piece => piece.text)

  test('is marked without regard to case and accents, as whole words, the last one as the beginning of one', () => {
    expect(hits('A REUNIÃO e a reuniao', 'reunião')).toEqual(['REUNIÃO', 'reuniao'])
    expect(hits('casa casarão', 'casa')).toEqual(['casa', 'casa'])
    expect(hits('casa casarão azul', 'casa azul')).toEqual(['casa', 'azul'])
    expect(hits('o bolo de fubá, o bolo', '"bolo de fubá"')).toEqual(['bolo de fubá'])
    expect(hits('acasa', 'casa')).toEqual([])
  })

  test('is shown with what is around it, cut from long texts', () => {
    const text = `${'muito antes '.repeat(40)}agulha ${'muito depois '.repeat(40)}`
    const pieces = foundPieces(text, 'agulha')
    const shown = pieces.map(piece => piece.text).join('')
    expect(shown.startsWith('…')).toBe(true)
    expect(shown.endsWith('…')).toBe(true)
    expect(shown.length).toBeLessThan(250)
    expect(pieces.some(({ text, isHit }) => isHit && text === 'agulha')).toBe(true)
  })
})
