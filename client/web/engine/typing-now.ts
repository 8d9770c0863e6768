// Who is writing where. Each word of it holds for five seconds, unless a message of theirs comes first.
import type { Message } from '../../core/types.ts'
import { type ConversationKey, conversationKey, type Person } from '../model/conversation.ts'

export interface TypingNow {
  list(): readonly (readonly [ConversationKey, readonly Person[]])[]
  told(person: Person, isPrivate: boolean): void
  /** Whoever said it has written it. */
  said(message: Message): void
  close(): void
}

const HOLDS_MS = 5_000

export function createTypingNow(me: Person, onChange: () => void): TypingNow {
  const timersByKey = new Map<ConversationKey, Map<string, { person: Person; timer: ReturnType<typeof setTimeout> }>>()

  function stop(key: ConversationKey, id: string): void {
    const people = timersByKey.get(key)
    const entry = people?.get(id)
    if (!people || !entry) return
    clearTimeout(entry.timer)
    people.delete(id)
    if (people.size === 0) timersByKey.delete(key)
    onChange()
  }

  return {
    list: () =>
      [...timersByKey].map(([key, people]) => [key, [...people.values()].map(({ person }) => person)] as const),
    told(person, isPrivate) {
      const key: ConversationKey = isPrivate ? `with:${person.id}` : 'everyone'
      const people = timersByKey.get(key) ?? new Map()
      timersByKey.set(key, people)
      const before = people.get(person.id)
      if (before) clearTimeout(before.timer)
      people.set(person.id, { person, timer: setTimeout(stop, HOLDS_MS, key, person.id) })
      if (!before) onChange()
    },
    said: message => stop(conversationKey(message, me), message.from.id),
    close() {
      for (const people of timersByKey.values()) for (const { timer } of people.values()) clearTimeout(timer)
      timersByKey.clear()
    },
  }
}
