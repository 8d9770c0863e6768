// All conversations of one account, and which messages of each are in memory: the newest ones, and where somebody reads
// further up a window there. Pages and the feed are absorbed; a page is never put where a hole would come between.
//
//   one piece:   [ completeFrom … newest ]                          hasLater: false
//   two pieces:  [ window, somewhere further up ]  …  [ tail ]      hasLater: true
//
// Scrolled up beyond WINDOW_MESSAGES, one piece becomes two; a window whose later page meets the tail becomes one again.
import type { Message } from '../../core/types.ts'
import {
  type Conversation,
  type ConversationKey,
  conversationKey,
  isFor,
  mergeMessages,
  type Person,
  peerOf,
  placeOf,
  replaceMessages,
  TAIL_MESSAGES,
  WINDOW_MESSAGES,
} from './conversation.ts'

/** A page of one conversation. */
export interface ConversationPage {
  readonly messages: readonly Message[]
  /** Where the page begins, which is also known when all of its messages were somebody else's. */
  readonly from: string | null
  readonly hasEarlier: boolean
  readonly hasLater: boolean
}

/** What a message is news of: of itself, or of a change to one that was there before. */
export type Happening = 'added' | 'changed'

export interface Conversations {
  all(): readonly Conversation[]
  get(key: ConversationKey): Conversation | null
  /** Its newest messages, whatever window is open. */
  tailOf(key: ConversationKey): readonly Message[]
  /** Begins anew with these; conversations that were open stay, empty if need be. */
  begin(conversations: readonly Conversation[]): void
  /** Messages that come right after what is there, or are part of it already. @returns the conversations that changed */
  absorb(messages: readonly Message[], happening: Happening): ReadonlySet<ConversationKey>
  ensure(peer: Person, isGone?: boolean): ConversationKey
  /** A conversation of a list with its newest message, where nothing of it is there yet. */
  listed(peer: Person | null, latest: Message | null, isGone: boolean): ConversationKey
  addEarlier(key: ConversationKey, before: string | null, page: ConversationPage): void
  addLater(key: ConversationKey, page: ConversationPage): void
  /** Shows a window further up. */
  openWindow(key: ConversationKey, page: ConversationPage): void
  closeWindow(key: ConversationKey): void
  setLoading(key: ConversationKey, loading: Conversation['loading']): void
  /** Somebody reads further up in it, so what is there must not be dropped from above. */
  hold(key: ConversationKey | null): void
}

interface Piece {
  readonly messages: readonly Message[]
  readonly completeFrom: string | null
  readonly hasEarlier: boolean
}

interface Entry {
  readonly key: ConversationKey
  readonly peer: Person | null
  readonly isGone: boolean
  readonly tail: Piece
  readonly window: Piece | null
  readonly loading: Conversation['loading']
}

export interface ConversationsOptions {
  readonly me: Person
  /** Somebody went by this name at that time, in milliseconds since 1970. */
  learn(person: Person, at: number): void
  /** Messages of one conversation in memory. Default: WINDOW_MESSAGES. */
  readonly limit?: number
}

export function createConversations({ me, learn, limit = WINDOW_MESSAGES }: ConversationsOptions): Conversations {
  let entriesByKey = new Map<ConversationKey, Entry>()
  /** What was shown for an entry: as long as it is the same entry, it is the same object. */
  const shown = new WeakMap<Entry, Conversation>()
  /** Conversations that are not known have messages all the same, unless the list has been read to its end. */
  let held: ConversationKey | null = null

  function put(entry: Entry): void {
    entriesByKey.set(entry.key, bounded(entry))
  }

  function change(key: ConversationKey, part: Partial<Entry>): void {
    const entry = entriesByKey.get(key)
    if (entry) put({ ...entry, ...part })
  }

  /** Drops what is too much, at the end that nobody reads. */
  function bounded(entry: Entry): Entry {
    const { tail, window } = entry
    if (!window && tail.messages.length <= limit) return entry
    if (!window && entry.key === held && limit > TAIL_MESSAGES) {
      return {
        ...entry,
        window: { ...tail, messages: tail.messages.slice(0, limit) },
        tail: newest(tail, TAIL_MESSAGES),
      }
    }
    const kept = window ? newest(tail, TAIL_MESSAGES) : newest(tail, limit)
    return kept === tail ? entry : { ...entry, tail: kept }
  }

  function newest(piece: Piece, count: number): Piece {
    if (piece.messages.length <= count) return piece
    const messages = piece.messages.slice(-count)
    return { messages, completeFrom: messages[0]?.cursor ?? null, hasEarlier: true }
  }

  function show(entry: Entry): Conversation {
    const before = shown.get(entry)
    if (before) return before
    const { key, peer, isGone, loading, tail, window } = entry
    const conversation = { key, peer, isGone, loading, ...(window ?? tail), hasLater: window !== null }
    shown.set(entry, conversation)
    return conversation
  }

  function begun(key: ConversationKey, peer: Person | null, isGone: boolean): Entry {
    const tail = { messages: [], completeFrom: null, hasEarlier: true }
    return { key, peer, isGone, tail, window: null, loading: 'idle' }
  }

  function ensure(peer: Person, isGone = false): ConversationKey {
    const key: ConversationKey = `with:${peer.id}`
    const there = entriesByKey.get(key)
    if (!there) put(begun(key, peer, isGone))
    else if (isGone && !there.isGone) change(key, { isGone })
    return key
  }

  function absorbOne(entry: Entry, messages: readonly Message[], happening: Happening): Entry {
    const { tail, window } = entry
    const first = tail.messages[0]?.cursor ?? null
    // What is older than all that is there would leave a hole after it, unless all that there ever was is there: what one
    // has sent may be acknowledged before the feed brings what was missed.
    const isJoined = happening === 'changed' || first === null || !tail.hasEarlier
    const joined = isJoined ? messages : messages.filter(({ cursor }) => cursor >= first)
    const merge = happening === 'added' ? mergeMessages : replaceMessages
    const merged = merge(tail.messages, joined)
    const inWindow = window ? replaceMessages(window.messages, messages) : null
    if (merged === tail.messages && inWindow === (window?.messages ?? null)) return entry
    const oldest = merged[0]?.cursor ?? null
    return {
      ...entry,
      tail: { ...tail, messages: merged, completeFrom: tail.hasEarlier ? (tail.completeFrom ?? oldest) : oldest },
      window: window && inWindow ? { ...window, messages: inWindow } : null,
    }
  }

  put(begun('everyone', null, false))

  return {
    all: () => [...entriesByKey.values()].map(show),
    get(key) {
      const entry = entriesByKey.get(key)
      return entry ? show(entry) : null
    },
    tailOf: key => entriesByKey.get(key)?.tail.messages ?? [],
    ensure,

    begin(conversations) {
      const opened = [...entriesByKey.values()].filter(({ peer }) => peer !== null)
      entriesByKey = new Map()
      put(begun('everyone', null, false))
      for (const { key, peer, isGone, messages, completeFrom, hasEarlier } of conversations) {
        put({ key, peer, isGone, tail: { messages, completeFrom, hasEarlier }, window: null, loading: 'idle' })
        for (const message of messages) learnFrom(message)
      }
      for (const { peer, isGone } of opened) if (peer) ensure(peer, isGone)
    },

    absorb(messages, happening) {
      const messagesByKey = new Map<ConversationKey, Message[]>()
      for (const message of messages) {
        if (!isFor(message, me)) continue
        const key = conversationKey(message, me)
        const list = messagesByKey.get(key)
        if (list) list.push(message)
        else messagesByKey.set(key, [message])
        learnFrom(message)
        const peer = peerOf(message, me)
        if (peer && happening === 'added') ensure(peer)
      }
      const changed = new Set<ConversationKey>()
      for (const [key, list] of messagesByKey) {
        const entry = entriesByKey.get(key)
        if (!entry) continue
        const next = absorbOne(entry, list, happening)
        if (next === entry) continue
        put(next)
        changed.add(key)
      }
      return changed
    },

    listed(peer, latest, isGone) {
      const key = peer ? ensure(peer, isGone) : 'everyone'
      const entry = entriesByKey.get(key)
      if (!entry || entry.tail.messages.length > 0) return key
      const tail = latest
        ? { messages: [latest], completeFrom: latest.cursor, hasEarlier: true }
        : { ...entry.tail, hasEarlier: false }
      if (latest) learnFrom(latest)
      put({ ...entry, tail })
      return key
    },

    addEarlier(key, before, page) {
      const entry = entriesByKey.get(key)
      if (!entry) return
      const { tail, window } = entry
      const piece = window ?? tail
      // Something else was put here while the page was read: it would not be joined to that.
      const last = window?.messages.at(-1)?.cursor ?? null
      const isBelow = before !== null && piece.completeFrom !== null && piece.completeFrom > before
      const isAbove = last !== null && (before === null || before > last)
      if (isBelow || isAbove) return change(key, { loading: 'idle' })
      for (const message of page.messages) learnFrom(message)
      const grown = { ...pieceOf(page, before), messages: mergeMessages(piece.messages, page.messages) }
      if (!window) return change(key, { tail: grown, loading: 'idle' })
      change(key, { window: { ...grown, messages: grown.messages.slice(0, limit) }, loading: 'idle' })
    },

    addLater(key, { messages, hasLater }) {
      const entry = entriesByKey.get(key)
      if (!entry?.window) return change(key, { loading: 'idle' })
      const { window, tail } = entry
      const grown = mergeMessages(window.messages, messages)
      const last = grown.at(-1)?.cursor ?? ''
      const meets = !hasLater || (tail.completeFrom !== null && last >= tail.completeFrom)
      const all = meets ? mergeMessages(grown, tail.messages) : grown
      // Dropped above, for it is downwards that one reads.
      const piece = newest({ ...window, messages: all }, limit)
      change(key, meets ? { tail: piece, window: null, loading: 'idle' } : { window: piece, loading: 'idle' })
    },

    openWindow(key, page) {
      const entry = entriesByKey.get(key)
      if (!entry) return
      for (const message of page.messages) learnFrom(message)
      const first = entry.tail.messages[0]?.cursor
      const last = page.messages.at(-1)?.cursor
      if (!page.hasLater || (first !== undefined && last !== undefined && last >= first)) {
        const messages = mergeMessages(page.messages, entry.tail.messages)
        return change(key, { tail: { ...pieceOf(page), messages }, window: null, loading: 'idle' })
      }
      change(key, { window: pieceOf(page), loading: 'idle' })
    },

    closeWindow: key => change(key, { window: null, loading: 'idle' }),
    setLoading: (key, loading) => change(key, { loading }),

    hold(key) {
      held = key
    },
  }

  function learnFrom({ from, to, sentAt }: Message): void {
    const at = Date.parse(sentAt)
    learn(from, at)
    if (to) learn(to, at)
  }
}

function pieceOf({ messages, from, hasEarlier }: ConversationPage, otherwise: string | null = null): Piece {
  return { messages, completeFrom: messages[0]?.cursor ?? from ?? otherwise, hasEarlier }
}

/** Up to `count` of the messages before this place that are in memory, as a page; null: none are. */
export function pageBefore(conversation: Conversation, before: string, count: number): ConversationPage | null {
  const { messages, hasEarlier } = conversation
  const end = placeOf(messages, before)
  const start = Math.max(0, end - count)
  const page = messages.slice(start, end)
  if (page.length === 0) return null
  return { messages: page, from: page[0]?.cursor ?? null, hasEarlier: start > 0 || hasEarlier, hasLater: true }
}
