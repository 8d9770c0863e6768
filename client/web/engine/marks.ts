// How far each conversation is read and how much of it is not, from three sources that come in any order: the server's
// count, which is of one moment; what was said and deleted since; and positions that this device or another one moved.
import { isMentioned } from '../../core/mentions.ts'
import type { Message } from '../../core/types.ts'
import { type ConversationKey, type Person, unreadMessages } from '../model/conversation.ts'
import type { Mark } from './engine.ts'

export interface KeptMark {
  readonly readUpTo: string | null
  /** Unread among the messages up to `countedTo`. */
  readonly unread: number
  readonly countedTo: string | null
}

/** The messages of a conversation that are here: the newest ones, without a gap. */
export interface Tail {
  readonly messages: readonly Message[]
  /** Nothing came before the first of them. */
  readonly isWhole: boolean
}

export interface Marks {
  of(key: ConversationKey): Mark
  kept(key: ConversationKey): KeptMark
  /** From the device's own copy. */
  restore(key: ConversationKey, kept: KeptMark): void
  /** What the server counts, at a moment when `latest` was the newest message. */
  counted(key: ConversationKey, server: { readUpTo: string | null; unread: number; latest: string | null }): void
  /** These came, or were changed; `before`: as they were here until now. */
  happened(key: ConversationKey, messages: readonly Message[], before: ReadonlyMap<string, Message>): void
  /** Moves forward only. @returns whether it moved */
  read(key: ConversationKey, cursor: string): boolean
  forget(): void
}

const NOTHING: KeptMark = { readUpTo: null, unread: 0, countedTo: null }

export function createMarks(me: Person, tailOf: (key: ConversationKey) => Tail): Marks {
  const marksByKey = new Map<ConversationKey, KeptMark>()
  const kept = (key: ConversationKey) => marksByKey.get(key) ?? NOTHING

  const counts = ({ from, deletedAt }: Message) => from.id !== me.id && deletedAt === null

  /** Where all that is unread is here, counting it again is the truth. Null: it is not. */
  function recount(key: ConversationKey, readUpTo: string | null): number | null {
    const { messages, isWhole } = tailOf(key)
    const first = messages[0]?.cursor
    const isHere = readUpTo !== null && (isWhole || (first !== undefined && first <= readUpTo))
    return isHere ? unreadMessages(messages, readUpTo, me).length : null
  }

  return {
    kept,
    of(key) {
      const { readUpTo, unread } = kept(key)
      const mentioned =
        unread === 0
          ? 0
          : unreadMessages(tailOf(key).messages, readUpTo, me)
              .slice(0, unread)
              .filter(({ text }) => isMentioned(text, me.username)).length
      return { readUpTo, unread, mentioned }
    },

    restore: (key, mark) => marksByKey.set(key, mark),

    counted(key, { readUpTo, unread, latest }) {
      const own = kept(key)
      // This device has read further than the server knows yet.
      const isAhead = own.readUpTo !== null && (readUpTo === null || own.readUpTo > readUpTo)
      const mark = isAhead ? own.readUpTo : readUpTo
      const { messages } = tailOf(key)
      const newest = messages.at(-1)?.cursor ?? null
      const countedTo = later(latest, newest)
      const exact = recount(key, mark)
      if (exact !== null) return marksByKey.set(key, { readUpTo: mark, unread: exact, countedTo })
      if (isAhead) return marksByKey.set(key, { readUpTo: mark, unread: Math.min(own.unread, unread), countedTo })
      // What came after the server had counted.
      const since = messages.filter(message => counts(message) && (latest === null || message.cursor > latest)).length
      marksByKey.set(key, { readUpTo, unread: unread + since, countedTo })
    },

    happened(key, messages, before) {
      const own = kept(key)
      let { unread, countedTo } = own
      for (const message of messages) {
        const was = before.get(message.id)
        const isUnread = own.readUpTo === null || message.cursor > own.readUpTo
        if (countedTo === null || message.cursor > countedTo) {
          countedTo = message.cursor
          if (isUnread && counts(message)) unread += 1
        } else if (isUnread && was !== undefined && counts(was) && !counts(message)) unread -= 1
      }
      const exact = recount(key, own.readUpTo)
      marksByKey.set(key, { ...own, unread: exact ?? Math.max(0, unread), countedTo })
    },

    read(key, cursor) {
      const own = kept(key)
      if (own.readUpTo !== null && own.readUpTo >= cursor) return false
      const newest = tailOf(key).messages.at(-1)?.cursor ?? null
      const isAll = newest === null || cursor >= newest
      const unread = isAll ? 0 : (recount(key, cursor) ?? own.unread)
      marksByKey.set(key, { readUpTo: cursor, unread, countedTo: later(own.countedTo, newest) })
      return true
    },

    forget: () => marksByKey.clear(),
  }
}

function later(a: string | null, b: string | null): string | null {
  return a === null || (b !== null && b > a) ? b : a
}
