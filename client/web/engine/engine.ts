// What a page gets its chat from: one connection, the account's conversations as far as this device knows them, and
// everything that happens. It runs in a worker that all tabs share (shared-engine.ts), or in the tab itself where there
// are no such workers, or where the tab is another person than the browser (local-engine.ts). Both look the same.
import type { PendingChange } from '../../core/pending-change.ts'
import type { ConnectionState, FeedReset, Message, Outgoing, User } from '../../core/types.ts'
import type { Asker } from '../model/asker.ts'
import type { Conversation, ConversationKey, Person } from '../model/conversation.ts'
import type { ConversationPage, Happening } from '../model/conversations.ts'
import type { Device } from '../model/device.ts'

export interface EngineStatus {
  /**
   *            nothing kept            pages read
   *  loading ◀───────────── (opened) ─────────────▶ ready ──reset──▶ loading
   *     │ ▲                    │ a copy is here       ▲
   *     ▼ │ every 3 s          └──────────────────────┘
   *   failed
   */
  readonly phase: 'loading' | 'ready' | 'failed'
  /** Why it failed: one of ErrorCode, or `NETWORK`. */
  readonly failure: string | null
  readonly connection: ConnectionState
  /** The code of what ended or prevents the connection. */
  readonly trouble: string | null
  /** What is there is the device's own copy, and the server has not been heard since. */
  readonly isFromCopy: boolean
  readonly isUnplugged: boolean
  /** Events that came twice and were dropped. */
  readonly repeated: number
  /** Code points of a message's text; null: the server has not said. */
  readonly textLimit: number | null
  /** How long the server keeps messages; null: for ever, or it has not said. */
  readonly retention: Retention | null
  readonly hasOlderConversations: boolean
}

/** Each 0: without such a bound. */
export interface Retention {
  readonly days: number
  /** So many of the newest ones. */
  readonly messages: number
}

/** How far a conversation is read, on all devices of the account. */
export interface Mark {
  readonly readUpTo: string | null
  readonly unread: number
  /** How many of the unread ones mention this account, as far as they are here. */
  readonly mentioned: number
}

/** A message that was added to the log, or changed in it. */
export interface MessageNews {
  readonly message: Message
  readonly happening: Happening
  /** It came as it happened, not as part of a replay. */
  readonly isLive: boolean
}

export type EngineNews =
  | { readonly type: 'status'; readonly status: EngineStatus }
  /** Everything there is: begin anew with it. */
  | {
      readonly type: 'conversations'
      readonly conversations: readonly Conversation[]
      readonly marks: readonly (readonly [ConversationKey, Mark])[]
    }
  /** Further conversations of the list, each with its newest message. */
  | {
      readonly type: 'listed'
      readonly list: readonly {
        readonly peer: Person | null
        readonly latest: Message | null
        readonly isGone: boolean
      }[]
    }
  | { readonly type: 'messages'; readonly news: readonly MessageNews[] }
  | { readonly type: 'marks'; readonly marks: readonly (readonly [ConversationKey, Mark])[] }
  | { readonly type: 'caught-up'; readonly replayed: number }
  | { readonly type: 'reset'; readonly code: FeedReset['code'] }
  | { readonly type: 'presence'; readonly online: readonly User[] }
  /** When absent people were last there, by account: news of these, as in `User.lastSeenAt`. */
  | { readonly type: 'seen'; readonly seen: readonly (readonly [id: string, at: string])[] }
  | { readonly type: 'typing'; readonly typing: readonly (readonly [ConversationKey, readonly Person[]])[] }
  /** All devices that have entered as this account. */
  | { readonly type: 'devices'; readonly devices: readonly Device[] }
  | { readonly type: 'outbox'; readonly entries: readonly Outgoing[] }
  /** Edits and deletions that are not done yet, oldest first. */
  | { readonly type: 'changes'; readonly changes: readonly PendingChange[] }
  /** The outbox did not take this text. */
  | { readonly type: 'unkept'; readonly code: string; readonly text: string }
  /** The session is over. */
  | { readonly type: 'ended'; readonly unsent: number }

export interface Engine {
  /** Single questions, over HTTP. */
  readonly client: Asker
  /** Everything there is, soon; then what changes, in order. One listener. */
  listen(listener: (news: EngineNews) => void): void
  /**
   * @param to a username; null: everyone; undefined: the text is to be read as typed
   * @param nonce of this message alone, where it may be said twice; default: a random one
   */
  say(text: string, to: string | null | undefined, replyTo: string | undefined, nonce?: string): void
  retry(nonce: string): void
  discard(nonce: string): void
  /** Gives one's own message this text; null: deletes it. Kept until it is done. */
  change(messageId: string, text: string | null): void
  /** Takes a change back that is not done yet, or was refused. */
  discardChange(messageId: string): void
  /** Everything up to this cursor is read; forward only. */
  read(key: ConversationKey, cursor: string): void
  /** @param to a username; null: everyone */
  typing(to: string | null): void
  /**
   * The page before this place, from what is kept here or from the server. Null: the newest.
   *
   * @throws ReadFailure
   */
  readEarlier(key: ConversationKey, before: string | null): Promise<ConversationPage>
  loadOlderConversations(): void
  drop(): void
  unplug(): void
  plug(): void
  /** The network may be back, or somebody looks again. */
  wake(): void
  /** Reads the pages again, after `failed`. */
  reload(): void
  /** Forgets what this device keeps of the account's conversations. */
  erase(): void
  close(): Promise<void>
}
