// How much is unread: the server's count, what came since, and what was read here and elsewhere, in whatever order.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Message } from '../../client/core/types.ts'
import { createMarks } from '../../client/web/engine/marks.ts'
import type { ConversationKey } from '../../client/web/model/conversation.ts'
import { createConversations } from '../../client/web/model/conversations.ts'

const ME = { id: 'u-me', username: 'maria' }
const JOAO = { id: 'u-joao', username: 'joão' }
const KEY: ConversationKey = 'with:u-joao'
const KEPT = 20

function message(position: number, change: Partial<Message> = {}): Message {
  const cursor = `epoch000-${String(position).padStart(11, '0')}-000`
  const sentAt = new Date(position * 1000).toISOString()
  const never = { replyTo: null, editedAt: null, deletedAt: null }
  return { id: `m${position}`, cursor, from: JOAO, to: ME, text: `text ${position}`, sentAt, ...never, ...change }
}
const deleted = (each: Message): Message => ({ ...each, text: '', deletedAt: '2026-01-01T00:00:00.000Z' })

/** Marks over conversations that keep few messages, as the engine has them. */
function begun(history: readonly Message[] = []) {
  const conversations = createConversations({ me: ME, learn: () => {}, limit: KEPT })
  conversations.ensure(JOAO)
  const marks = createMarks(ME, key => ({
    messages: conversations.tailOf(key),
    isWhole: conversations.get(key)?.hasEarlier === false,
  }))
  conversations.absorb(history, 'added')
  return {
    marks,
    come(each: Message) {
      conversations.absorb([each], 'added')
      marks.happened(KEY, [each], new Map())
    },
    change(each: Message) {
      const was = conversations.tailOf(KEY).find(({ id }) => id === each.id)
      conversations.absorb([each], 'changed')
      marks.happened(KEY, [each], new Map(was ? [[was.id, was]] : []))
    },
    get unread() {
      return marks.of(KEY).unread
    },
  }
}

describe('what is unread', () => {
  test('is the server’s count and what came since, not counted twice', () => {
    const state = begun([message(1), message(2)])
    state.marks.counted(KEY, { readUpTo: null, unread: 2, latest: message(2).cursor })
    state.come(message(3))
    expect(state.unread).toBe(3)
    // The feed may still bring what the server has counted already.
    const late = begun([message(1)])
    late.marks.counted(KEY, { readUpTo: null, unread: 2, latest: message(2).cursor })
    late.come(message(2))
    expect(late.unread).toBe(2)
  })

  test('is less by what is deleted, once, and not by what was read before', () => {
    const state = begun([1, 2, 3, 4].map(position => message(position)))
    state.marks.counted(KEY, { readUpTo: message(1).cursor, unread: 3, latest: message(4).cursor })
    state.change(deleted(message(3)))
    state.change(deleted(message(3)))
    state.change(deleted(message(1)))
    expect(state.unread).toBe(2)
  })

  test('is nothing once the end was read, here or on another device, and never more again by an older position', () => {
    const state = begun([message(1), message(2)])
    state.marks.counted(KEY, { readUpTo: null, unread: 2, latest: message(2).cursor })
    expect(state.marks.read(KEY, message(2).cursor)).toBe(true)
    expect(state.marks.read(KEY, message(1).cursor)).toBe(false)
    expect(state.unread).toBe(0)
    // A count from before the server knew.
    state.marks.counted(KEY, { readUpTo: null, unread: 2, latest: message(2).cursor })
    expect(state.unread).toBe(0)
    expect(state.marks.kept(KEY).readUpTo).toBe(message(2).cursor)
  })

  test('does not count one’s own, and counts mentions among the rest', () => {
    const state = begun()
    state.come(message(1, { text: 'oi @MARIA' }))
    state.come(message(2, { from: ME, to: JOAO, text: '@maria' }))
    state.come(message(3))
    expect(state.marks.of(KEY)).toMatchObject({ unread: 2, mentioned: 1 })
    state.change(message(1, { text: 'oi', editedAt: '2026-01-01T00:00:00.000Z' }))
    expect(state.marks.of(KEY)).toMatchObject({ unread: 2, mentioned: 0 })
  })

  test('agrees with a plain count, whatever happens, also of more than is kept', () => {
    const step = fc.oneof(
      { weight: 6, arbitrary: fc.constant('theirs' as const) },
      { weight: 2, arbitrary: fc.constant('mine' as const) },
      { weight: 1, arbitrary: fc.record({ read: fc.nat(100) }) },
      { weight: 2, arbitrary: fc.record({ remove: fc.nat(KEPT - 1) }) },
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), steps => {
        const state = begun()
        const log: Message[] = []
        let readUpTo: string | null = null
        for (const each of steps) {
          if (each === 'theirs' || each === 'mine') {
            const change = each === 'mine' ? { from: ME, to: JOAO } : {}
            const next = message(log.length + 1, change)
            log.push(next)
            state.come(next)
          } else if ('read' in each) {
            // To the end, which is where the page says that something was read.
            const cursor: string | undefined = log.at(-1)?.cursor
            if (cursor === undefined) continue
            readUpTo = cursor
            state.marks.read(KEY, cursor)
          } else {
            const place = log.length - 1 - each.remove
            const there = log[place]
            if (!there) continue
            log[place] = deleted(there)
            state.change(deleted(there))
          }
          const count = log.filter(
            ({ cursor, from, deletedAt }) =>
              from.id !== ME.id && deletedAt === null && (readUpTo === null || cursor > readUpTo),
          ).length
          expect(state.unread).toBe(count)
        }
      }),
      { numRuns: 400 },
    )
  })
})
