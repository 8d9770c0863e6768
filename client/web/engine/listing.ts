// The list of conversations as the server has it: those that are not known yet, how much is unread in each, and further
// ones when somebody asks for them.
import { type ConversationKey, isFor, type Person } from '../model/conversation.ts'
import type { Conversations } from '../model/conversations.ts'
import { type ListedConversation, type PageReader, ReadFailure } from '../model/page-reader.ts'
import type { EngineNews } from './engine.ts'
import type { Marks } from './marks.ts'
import { personOf } from './newest-pages.ts'
import type { PresenceNow } from './presence-now.ts'
import type { ReadTeller } from './read-teller.ts'

export interface Listing {
  /** There are more than were listed. */
  readonly hasOlder: boolean
  /** Where the list began: a first page, or a copy. */
  begin(hasOlder: boolean): void
  /** The list as of one moment. @returns the conversations in it */
  take(list: readonly ListedConversation[]): readonly ConversationKey[]
  /** Likewise, and tells of it. */
  hear(list: readonly ListedConversation[]): readonly ConversationKey[]
  /** The next ones, once at a time. */
  loadOlder(): void
}

export interface ListingOptions {
  readonly me: Person
  readonly reader: Pick<PageReader, 'readConversations'>
  readonly conversations: Conversations
  readonly marks: Marks
  readonly teller: Pick<ReadTeller, 'add'>
  readonly presence: Pick<PresenceNow, 'hearSeen'>
  tell(news: EngineNews): void
  tellMarks(keys: readonly ConversationKey[]): void
  /** `hasOlder` may be different. */
  onLoaded(): void
}

export function createListing({ me, reader, conversations, marks, teller, presence, ...to }: ListingOptions): Listing {
  let hasOlder = false
  let isLoading = false

  function take(list: readonly ListedConversation[]): readonly ConversationKey[] {
    presence.hearSeen(list.flatMap(({ with: peer }) => peer ?? []))
    return list.map(({ with: peer, latest, readUpTo, unread }) => {
      const own = latest && isFor(latest, me) ? latest : null
      const key = conversations.listed(peer && personOf(peer), own, Boolean(peer?.deletedAt))
      marks.counted(key, { readUpTo, unread, latest: latest?.cursor ?? null })
      const { readUpTo: mark } = marks.kept(key)
      if (mark !== null && (readUpTo === null || mark > readUpTo)) teller.add(key)
      return key
    })
  }

  function hear(list: readonly ListedConversation[]): readonly ConversationKey[] {
    const keys = take(list)
    to.tell({
      type: 'listed',
      list: list.map(({ with: peer, latest }) => ({
        peer: peer && personOf(peer),
        latest: latest && isFor(latest, me) ? latest : null,
        isGone: Boolean(peer?.deletedAt),
      })),
    })
    to.tellMarks(keys)
    return keys
  }

  return {
    get hasOlder() {
      return hasOlder
    },
    begin(more) {
      hasOlder = more
    },
    take,
    hear,
    loadOlder() {
      const cursors = conversations.all().flatMap(({ peer, messages }) => (peer ? (messages.at(-1)?.cursor ?? []) : []))
      const oldest = cursors.reduce((a, b) => (a < b ? a : b), cursors[0] ?? '')
      if (isLoading || oldest === '') return
      isLoading = true
      reader
        .readConversations(oldest)
        .then(({ list, hasOlder: more }) => {
          hasOlder = more
          hear(list)
        })
        .catch(thrown => {
          // The button is still there.
          if (!(thrown instanceof ReadFailure)) throw thrown
        })
        .finally(() => {
          isLoading = false
          to.onLoaded()
        })
    },
  }
}
