// Single messages that are shown somewhere else than in their place, such as in a reply that quotes them.
import type { Message } from '../../core/types.ts'
import { type PageReader, ReadFailure } from '../model/page-reader.ts'

export interface Quoted {
  /** Undefined: not known here. Null: there is none that this account may see, or it was deleted. */
  peek(id: string): Message | null | undefined
  /** Null also when the server can't be asked now; it is asked again the next time. */
  lookUp(id: string): Promise<Message | null>
  /** These were changed. */
  changed(messages: readonly Message[]): void
  forget(): void
}

const REMEMBERED = 300

export function createQuoted(reader: Pick<PageReader, 'readMessage'>): Quoted {
  const messagesById = new Map<string, Message | null>()
  const askingById = new Map<string, Promise<Message | null>>()
  const shown = (message: Message | null) => (message?.deletedAt ? null : message)

  function remember(id: string, message: Message | null): void {
    messagesById.delete(id)
    messagesById.set(id, message)
    const oldest = messagesById.keys().next()
    if (messagesById.size > REMEMBERED && !oldest.done) messagesById.delete(oldest.value)
  }

  async function ask(id: string): Promise<Message | null> {
    try {
      const message = shown(await reader.readMessage(id))
      remember(id, message)
      return message
    } catch (thrown) {
      if (thrown instanceof ReadFailure) return null
      throw thrown
    } finally {
      askingById.delete(id)
    }
  }

  return {
    peek: id => messagesById.get(id),
    lookUp(id) {
      const known = messagesById.get(id)
      if (known !== undefined) return Promise.resolve(known)
      const asking = askingById.get(id) ?? ask(id)
      askingById.set(id, asking)
      return asking
    },
    changed(messages) {
      for (const message of messages) if (messagesById.has(message.id)) remember(message.id, shown(message))
    },
    forget: () => messagesById.clear(),
  }
}
