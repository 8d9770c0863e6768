// Pages and the feed meet in one list: in any order, overlapping in any way, the list is the log.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Message } from '../../client/core/types.ts'
import {
  conversationKey,
  isFor,
  mergeMessages,
  TAIL_MESSAGES,
  unreadMessages,
  WINDOW_MESSAGES,
} from '../../client/web/model/conversation.ts'
import { type ConversationPage, createConversations } from '../../client/web/model/conversations.ts'

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
    replyTo: null,
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

  test('counts as unread what others said after the mark and did not delete', () => {
    const gone = message(3, { deletedAt: '2026-01-01T00:00:00.000Z', text: '' })
    const messages = [message(1), message(2, { from: ME }), gone, message(4), message(5)]
    const count = (mark: string | null) => unreadMessages(messages, mark, ME).length
    expect(count(message(1).cursor)).toBe(2)
    expect(count(message(5).cursor)).toBe(0)
    expect(count(null)).toBe(3)
  })

  test('is none of this account’s where two others speak to each other', () => {
    const ANA = { id: 'u-ana', username: 'ana' }
    expect(isFor(message(1, { to: ANA }), ME)).toBe(false)
    expect(isFor(message(1, { to: ME }), ME)).toBe(true)
    const conversations = createConversations({ me: ME, learn: () => {} })
    expect(conversations.absorb([message(1, { to: ANA })], 'added').size).toBe(0)
    expect(conversations.all().map(({ key }) => key)).toEqual(['everyone'])
  })
})

describe('the messages in memory', () => {
  const COUNT = 6_000
  const PAGE = 100
  const history = Array.from({ length: COUNT }, (_, index) => message(index))

  /** As a server answers. */
  function page(from: number, to: number): ConversationPage {
    const messages = history.slice(Math.max(0, from), to)
    return {
      messages,
      from: messages[0]?.cursor ?? null,
      hasEarlier: from > 0,
      hasLater: to < COUNT,
    }
  }
  const placeIn = (cursor: string | undefined) => history.findIndex(each => each.cursor === cursor)

  function opened() {
    const conversations = createConversations({ me: ME, learn: () => {} })
    conversations.addEarlier('everyone', null, page(COUNT - PAGE, COUNT))
    const get = () => conversations.get('everyone') ?? expect.fail('it is always there')
    const up = () => {
      const first = placeIn(get().messages[0]?.cursor)
      conversations.addEarlier('everyone', get().messages[0]?.cursor ?? null, page(first - PAGE, first))
    }
    const down = () => {
      const last = placeIn(get().messages.at(-1)?.cursor)
      conversations.addLater('everyone', page(last + 1, last + 1 + PAGE))
    }
    const expectNoHole = () => {
      const { messages } = get()
      const first = placeIn(messages[0]?.cursor)
      expect(messages).toEqual(history.slice(first, first + messages.length))
    }
    return { conversations, get, up, down, expectNoHole }
  }

  test('stay bounded however far one scrolls up and down, without a hole, and join the newest again', () => {
    const { conversations, get, up, down, expectNoHole } = opened()
    conversations.hold('everyone')
    while (get().hasEarlier) {
      up()
      expect(get().messages.length).toBeLessThanOrEqual(WINDOW_MESSAGES)
      expect(conversations.tailOf('everyone').at(-1)).toBe(history.at(-1))
    }
    expectNoHole()
    expect(get().messages[0]).toBe(history[0])
    expect(get().hasLater).toBe(true)
    expect(conversations.tailOf('everyone').length).toBeLessThanOrEqual(TAIL_MESSAGES)
    while (get().hasLater) {
      down()
      expect(get().messages.length).toBeLessThanOrEqual(WINDOW_MESSAGES)
    }
    expectNoHole()
    expect(get().messages.at(-1)).toBe(history.at(-1))
  })

  test('forget the oldest where nobody reads further up, and know that there were some', () => {
    const { conversations, get } = opened()
    const more = Array.from({ length: WINDOW_MESSAGES }, (_, index) => message(COUNT + index))
    conversations.absorb(more, 'added')
    expect(get().messages).toEqual(more)
    expect(get()).toMatchObject({ hasEarlier: true, hasLater: false })
  })

  test('in a window further up are not those that come live, but its own change', () => {
    const { conversations, get } = opened()
    conversations.openWindow('everyone', page(1_000, 1_200))
    const before = get().messages
    conversations.absorb([message(COUNT)], 'added')
    expect(get().messages).toBe(before)
    expect(conversations.tailOf('everyone').at(-1)?.id).toBe(`m${COUNT}`)
    const deleted = message(1_100, { text: '', deletedAt: '2026-01-01T00:00:00.000Z' })
    conversations.absorb([deleted], 'changed')
    expect(get().messages[100]).toBe(deleted)
    conversations.closeWindow('everyone')
    expect(get().messages.at(-1)?.id).toBe(`m${COUNT}`)
  })

  test('a change of one that is not here changes nothing, and brings it no nearer', () => {
    const { conversations, get } = opened()
    const before = get()
    conversations.absorb([message(5, { text: 'better', editedAt: '2026-01-01T00:00:00.000Z' })], 'changed')
    expect(get()).toBe(before)
  })

  test('a page that was asked for before the window was moved is not put beside a hole', () => {
    const { conversations, get, expectNoHole } = opened()
    const before = get().messages[0]?.cursor ?? null
    conversations.openWindow('everyone', page(2_000, 2_100))
    conversations.addEarlier('everyone', before, page(COUNT - 2 * PAGE, COUNT - PAGE))
    expectNoHole()
  })

  test('any way up, down and across keeps the list the log', () => {
    const step = fc.oneof(
      fc.constantFrom('up', 'down', 'newest'),
      fc.nat(COUNT - 1).map(place => ({ place })),
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), steps => {
        const { conversations, get, up, down, expectNoHole } = opened()
        conversations.hold('everyone')
        for (const each of steps) {
          if (each === 'up') up()
          else if (each === 'down') down()
          else if (each === 'newest') conversations.closeWindow('everyone')
          else conversations.openWindow('everyone', page(each.place - 50, each.place + 50))
          expectNoHole()
          expect(get().messages.length).toBeLessThanOrEqual(WINDOW_MESSAGES)
        }
      }),
      { numRuns: 60 },
    )
  })
})

test('what was missed in an empty conversation is there, though one’s own message was acknowledged before it came', () => {
  const conversations = createConversations({ me: ME, learn() {} })
  const empty = { messages: [], completeFrom: null, hasEarlier: false, hasLater: false, loading: 'idle' } as const
  conversations.begin([{ key: 'everyone', peer: null, isGone: false, ...empty }])
  conversations.absorb([message(20, { from: { ...ME, online: true, lastSeenAt: null } as Message['from'] })], 'added')
  conversations.absorb([message(10), message(11)], 'added')
  expect(conversations.get('everyone')?.messages.map(({ id }) => id)).toEqual(['m10', 'm11', 'm20'])
  expect(conversations.get('everyone')).toMatchObject({ hasEarlier: false, completeFrom: message(10).cursor })
})
