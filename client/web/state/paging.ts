// Moving through a conversation's history: up, down, and to a place far away. One page at a time for each conversation;
// an answer that comes after everything began anew is dropped.
import type { Conversation, ConversationKey } from '../model/conversation.ts'
import type { ConversationPage, Conversations } from '../model/conversations.ts'
import { type PageReader, ReadFailure } from '../model/page-reader.ts'

export interface Paging {
  loadEarlier(key: ConversationKey): Promise<void>
  loadLater(key: ConversationKey): Promise<void>
  loadAround(key: ConversationKey, cursor: string): Promise<boolean>
  /** Everything began anew. */
  forget(): void
}

export interface PagingOptions {
  readonly conversations: Conversations
  readonly reader: Pick<PageReader, 'readPage'>
  /** From what is kept here, or from the server. */
  readEarlier(key: ConversationKey, before: string | null): Promise<ConversationPage>
  readonly onChange: () => void
}

export function createPaging({ conversations, reader, readEarlier, onChange }: PagingOptions): Paging {
  let generation = 0
  /** Pages and jumps of each conversation: only the newest may put anything. */
  const turnsByKey = new Map<ConversationKey, number>()

  /** Reads something and puts it, unless it is of no use any more. @returns whether it was put */
  async function turn<Result>(
    key: ConversationKey,
    loading: Conversation['loading'],
    read: () => Promise<Result>,
    put: (result: Result) => void,
  ): Promise<boolean> {
    const own = generation
    const mine = (turnsByKey.get(key) ?? 0) + 1
    turnsByKey.set(key, mine)
    const isCurrent = () => own === generation && turnsByKey.get(key) === mine
    conversations.setLoading(key, loading)
    onChange()
    try {
      const result = await read()
      if (!isCurrent()) return false
      put(result)
      onChange()
      return true
    } catch (thrown) {
      if (!(thrown instanceof ReadFailure)) throw thrown
      if (isCurrent()) conversations.setLoading(key, 'failed')
      onChange()
      return false
    }
  }

  const isBusy = ({ loading }: Conversation) => loading === 'earlier' || loading === 'later' || loading === 'around'

  return {
    async loadEarlier(key) {
      const conversation = conversations.get(key)
      if (!conversation?.hasEarlier || isBusy(conversation)) return
      const before = conversation.messages[0]?.cursor ?? conversation.completeFrom
      await turn(
        key,
        'earlier',
        () => readEarlier(key, before),
        page => conversations.addEarlier(key, before, page),
      )
    },

    async loadLater(key) {
      const conversation = conversations.get(key)
      const last = conversation?.messages.at(-1)
      if (!conversation?.hasLater || !last || isBusy(conversation)) return
      const next = conversations.tailOf(key)[0]
      if (next && next.cursor <= last.cursor) {
        // They meet already.
        conversations.addLater(key, { messages: [], from: null, hasEarlier: true, hasLater: true })
        return onChange()
      }
      await turn(
        key,
        'later',
        () => reader.readPage(key, { since: last.cursor }),
        page => conversations.addLater(key, page),
      )
    },

    async loadAround(key, cursor) {
      const conversation = conversations.get(key)
      if (!conversation) return false
      if (conversation.messages.some(message => message.cursor === cursor)) return true
      if (conversations.tailOf(key).some(message => message.cursor === cursor)) {
        conversations.closeWindow(key)
        onChange()
        return true
      }
      return turn(
        key,
        'around',
        async () => {
          const later = await reader.readPage(key, { since: cursor })
          // Up to the first of those after it: so the message of this place itself is among them.
          const earlier = await reader.readPage(key, { before: later.messages[0]?.cursor ?? null })
          return { ...earlier, messages: [...earlier.messages, ...later.messages], hasLater: later.hasLater }
        },
        page => conversations.openWindow(key, page),
      )
    },

    forget() {
      generation++
      turnsByKey.clear()
    },
  }
}
