// Pages and the feed meet in one list: in any order, overlapping in any way, the list is the log.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Message } from '../../client/core/types.ts'
import {
  conversationKey,
  countUnread,
  KEPT_MESSAGES,
  mergeMessages,
  trimmed,
} from '../../client/web/state/conversation.ts'
import { WINDOW_AT_END, WINDOW_LIMIT, windowOf } from '../../client/web/state/message-window.ts'

const ME = { id: 'u-me', username: 'maria' }
const JOAO = { id: 'u-joao', username: 'joão' }

function message(position: number, change: Partial<Message> = {}): Message {
  const cursor = `epoch000-${String(position).padStart(11, '0')}-000`
  return {
    id: `m${position}`,
    cursor,
    from: JOAO,
    to: null,
    text: `text ${position}`,
    sentAt: new Date(1_700_000_000_000 + position * 1000).toISOString(),
    editedAt: null,
    deletedAt: null,
    ...change,
  }
}

const log = Array.from({ length: 60 }, (_, index) => message(index))

describe('merging', () => {
  test('pages and live messages in any order give the log, each message once', () => {
    const range = fc.tuple(fc.nat(60), fc.nat(60)).map(([a, b]) => log.slice(Math.min(a, b), Math.max(a, b)))
    fc.assert(
      fc.property(fc.array(range, { maxLength: 8 }), ranges => {
        const merged = ranges.reduce<readonly Message[]>((held, incoming) => mergeMessages(held, incoming), [])
        const expected = new Set(ranges.flat())
        expect(merged).toEqual(log.filter(each => expected.has(each)))
      }),
    )
  })

  test('a batch that is out of order is put in order', () => {
    const shuffled = [message(3), message(1), message(2)]
    expect(mergeMessages([message(0)], shuffled)).toEqual(log.slice(0, 4))
    expect(mergeMessages([message(2)], shuffled)).toEqual(log.slice(1, 4))
  })

  test('the same messages again change nothing, not even the list', () => {
    expect(mergeMessages(log, log.slice(10, 20))).toBe(log)
  })

  test('an edit takes the place of what it edits', () => {
    const edited = message(5, { text: 'better', editedAt: '2026-01-01T00:00:00.000Z' })
    const merged = mergeMessages(log, [edited])
    expect(merged).toHaveLength(log.length)
    expect(merged[5]).toBe(edited)
  })
})

describe('a conversation', () => {
  test('is named by the other account, whoever wrote', () => {
    expect(conversationKey(message(1, { from: ME, to: JOAO }), ME)).toBe('with:u-joao')
    expect(conversationKey(message(1, { from: JOAO, to: ME }), ME)).toBe('with:u-joao')
    expect(conversationKey(message(1, { from: ME, to: ME }), ME)).toBe('with:u-me')
    expect(conversationKey(message(1), ME)).toBe('everyone')
  })

  test('counts as unread what others said after the mark', () => {
    const messages = [message(1), message(2, { from: ME }), message(3), message(4)]
    expect(countUnread(messages, message(1).cursor, ME)).toBe(2)
    expect(countUnread(messages, message(4).cursor, ME)).toBe(0)
    expect(countUnread(messages, null, ME)).toBe(3)
  })

  test('forgets only its oldest messages, and knows that there were some', () => {
    const many = Array.from({ length: KEPT_MESSAGES + 5 }, (_, index) => message(index))
    const whole = { key: 'everyone', peer: null, completeFrom: null, hasEarlier: false, loading: 'idle' } as const
    const kept = trimmed({ ...whole, messages: many }, KEPT_MESSAGES)
    expect(kept.messages).toEqual(many.slice(5))
    expect(kept).toMatchObject({ hasEarlier: true, completeFrom: message(5).cursor })
  })
})

describe('the window over the messages', () => {
  const many = Array.from({ length: 1_000 }, (_, index) => message(index))

  test('shows the newest, or hangs on its first message however many come', () => {
    expect(windowOf(many, null).shown).toEqual(many.slice(-WINDOW_AT_END))
    const start = message(200).cursor
    const before = windowOf(many.slice(0, 400), start)
    const after = windowOf(many, start)
    expect(before.shown[0]).toBe(many[200])
    expect(after.shown[0]).toBe(many[200])
    expect(after.shown).toHaveLength(WINDOW_LIMIT)
    expect(after.above + after.shown.length + after.below).toBe(1_000)
  })

  test('goes on at the next message when its first one is gone', () => {
    expect(windowOf(many.slice(300), message(200).cursor).shown[0]).toBe(many[300])
  })
})
