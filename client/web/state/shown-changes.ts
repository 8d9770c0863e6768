// Messages as their author has changed them, before the server has: what waits is shown as done, with a mark; what was
// refused is shown as it was, with the reason.
import type { PendingChange } from '../../core/pending-change.ts'
import type { Message } from '../../core/types.ts'

export type ChangesById = ReadonlyMap<string, PendingChange>

export interface ShownChanges {
  /** The same list where nothing in it changes, and the same one again for the same list. */
  inList(messages: readonly Message[], changes: ChangesById): readonly Message[]
  inMessage(message: Message, changes: ChangesById): Message
}

export function createShownChanges(): ShownChanges {
  const lists = new WeakMap<readonly Message[], { changes: ChangesById; shown: readonly Message[] }>()
  const shownByMessage = new WeakMap<Message, { change: PendingChange; shown: Message }>()

  function inMessage(message: Message, changes: ChangesById): Message {
    const change = changes.get(message.id)
    if (!change || change.state === 'refused' || message.deletedAt !== null) return message
    const before = shownByMessage.get(message)
    if (before && before.change.createdAt === change.createdAt) return before.shown
    const at = new Date(change.createdAt).toISOString()
    const shown: Message =
      change.text === null ? { ...message, text: '', deletedAt: at } : { ...message, text: change.text, editedAt: at }
    shownByMessage.set(message, { change, shown })
    return shown
  }

  return {
    inMessage,
    inList(messages, changes) {
      if (changes.size === 0) return messages
      const before = lists.get(messages)
      if (before && before.changes === changes) return before.shown
      const isTouched = messages.some(({ id }) => changes.has(id))
      const shown = isTouched ? messages.map(message => inMessage(message, changes)) : messages
      lists.set(messages, { changes, shown })
      return shown
    },
  }
}
