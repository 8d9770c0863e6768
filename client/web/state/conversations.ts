// All conversations of one account, and how far back each is loaded. Pages of the newest messages begin it, the feed and
// further pages are absorbed; a page is never put where a hole would come between it and what is there.
import type { Message } from '../../core/types.ts'
import {
  type Conversation,
  type ConversationKey,
  conversationKey,
  HELD_MESSAGES,
  KEPT_MESSAGES,
  mergeMessages,
  type Person,
  peerOf,
  trimmed,
} from './conversation.ts'
import type { Directory } from './directory.ts'
import type { MessagesPage } from './page-reader.ts'

export interface Conversations {
  all(): readonly Conversation[]
  get(key: ConversationKey): Conversation | null
  /** There are private messages that no page has brought yet, perhaps of people not seen so far. */
  readonly hasOlder: boolean
  /** Begins anew from the newest pages of each kind; conversations that were open stay, empty if need be. */
  begin(inPublic: MessagesPage, inPrivate: MessagesPage): void
  /** Messages that come right after what is there, or are part of it already. */
  absorb(messages: readonly Message[]): void
  ensure(peer: Person): ConversationKey
  /** Before which cursor the next older page of this conversation ends. */
  earlierThan(key: ConversationKey): string | null
  addEarlier(key: ConversationKey, before: string | null, page: MessagesPage): void
  setLoading(key: ConversationKey, loading: Conversation['loading']): void
  /** Before which cursor the next older page of all private messages ends; null: there is none. */
  readonly privateFrom: string | null
  addOlder(before: string, page: MessagesPage): void
  /** Somebody reads further up in it: more of it is kept. */
  hold(key: ConversationKey | null): void
}

const EVERYONE: Conversation = {
  key: 'everyone',
  peer: null,
  messages: [],
  completeFrom: null,
  hasEarlier: false,
  loading: 'idle',
}

export function createConversations(me: Person, directory: Directory): Conversations {
  let conversationsByKey = new Map<ConversationKey, Conversation>([['everyone', EVERYONE]])
  /** From here on every private message is loaded; null: all of them are. */
  let privateFrom: string | null = null
  let hasOlder = false
  let held: ConversationKey | null = null

  function update(key: ConversationKey, change: Partial<Conversation>): void {
    const conversation = conversationsByKey.get(key)
    if (conversation) conversationsByKey.set(key, { ...conversation, ...change })
  }

  function ensure(peer: Person): ConversationKey {
    const key: ConversationKey = `with:${peer.id}`
    if (!conversationsByKey.has(key)) {
      conversationsByKey.set(key, { ...EVERYONE, key, peer, completeFrom: privateFrom, hasEarlier: hasOlder })
    }
    return key
  }

  function absorb(messages: readonly Message[]): void {
    const messagesByKey = new Map<ConversationKey, Message[]>()
    for (const message of messages) {
      const key = conversationKey(message, me)
      const list = messagesByKey.get(key)
      if (list) list.push(message)
      else messagesByKey.set(key, [message])
      const at = Date.parse(message.sentAt)
      directory.learn(message.from, at)
      if (message.to) directory.learn(message.to, at)
      const peer = peerOf(message, me)
      if (peer) ensure(peer)
    }
    for (const [key, list] of messagesByKey) {
      const conversation = conversationsByKey.get(key)
      if (!conversation) continue
      const merged = { ...conversation, messages: mergeMessages(conversation.messages, list) }
      conversationsByKey.set(key, trimmed(merged, key === held ? HELD_MESSAGES : KEPT_MESSAGES))
    }
  }

  return {
    all: () => [...conversationsByKey.values()],
    get: key => conversationsByKey.get(key) ?? null,
    get hasOlder() {
      return hasOlder
    },
    get privateFrom() {
      return privateFrom
    },
    ensure,
    absorb,

    begin(inPublic, inPrivate) {
      const opened = [...conversationsByKey.values()].flatMap(conversation => conversation.peer ?? [])
      const { startCursor, hasPreviousPage } = inPublic.pageInfo
      hasOlder = inPrivate.pageInfo.hasPreviousPage
      privateFrom = hasOlder ? inPrivate.pageInfo.startCursor : null
      conversationsByKey = new Map([
        ['everyone', { ...EVERYONE, completeFrom: startCursor, hasEarlier: hasPreviousPage }],
      ])
      absorb(inPublic.nodes)
      absorb(inPrivate.nodes)
      for (const peer of opened) ensure(peer)
    },

    earlierThan(key) {
      const conversation = conversationsByKey.get(key)
      return conversation?.messages[0]?.cursor ?? conversation?.completeFrom ?? null
    },

    addEarlier(key, before, { nodes, pageInfo }) {
      const conversation = conversationsByKey.get(key)
      if (!conversation) return
      // By the name it asks for; a name may have had another owner before.
      const own = nodes.filter(message => conversationKey(message, me) === key)
      update(key, {
        messages: mergeMessages(conversation.messages, own),
        completeFrom: pageInfo.startCursor ?? before,
        hasEarlier: pageInfo.hasPreviousPage,
        loading: 'idle',
      })
    },

    setLoading: (key, loading) => update(key, { loading }),

    addOlder(before, { nodes, pageInfo }) {
      // A conversation that was trimmed meanwhile begins after this page.
      const isJoined = ({ completeFrom }: Conversation) => completeFrom === null || completeFrom <= before
      absorb(
        nodes.filter(message => {
          const conversation = conversationsByKey.get(conversationKey(message, me))
          return !conversation || isJoined(conversation)
        }),
      )
      const from = pageInfo.startCursor ?? before
      hasOlder = pageInfo.hasPreviousPage
      privateFrom = hasOlder ? from : null
      for (const conversation of conversationsByKey.values()) {
        const { key, peer, completeFrom } = conversation
        if (!peer || completeFrom === null || !isJoined(conversation) || completeFrom <= from) continue
        update(key, { completeFrom: from, hasEarlier: hasOlder })
      }
    },

    hold(key) {
      held = key
    },
  }
}
