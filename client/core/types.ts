// The face of the client library: what `createRecado` takes and gives. No React, no Node, no browser in here.
/// <reference lib="esnext.disposable" preserve="true" />
import type { Client, Exchange, TypedDocumentNode } from '@urql/core'
import type { RecadoError } from './errors.ts'
import type { EventFragment, MessageFieldsFragment, UserFieldsFragment } from './generated/graphql.ts'

export type Message = MessageFieldsFragment
export type User = UserFieldsFragment
export type Event = EventFragment
export type { RecadoError } from './errors.ts'

/**
 *        first listener            acknowledged             CaughtUp
 *  idle ────────────────▶ connecting ─────────▶ behind ──────────────▶ live
 *                             ▲                   │ socket lost          │ socket lost
 *                             │ back-off over     ▼                      │
 *                             └─────────────── offline ◀─────────────────┘
 *
 *  closed: after close(), or when the session has ended (reason UNAUTHENTICATED). It is final: make a new client.
 *
 * Without a feed listener there is nothing to be behind of: an acknowledged socket is `live` at once.
 */
export type ConnectionState = 'idle' | 'connecting' | 'behind' | 'live' | 'offline' | 'closed'

export interface RecadoOptions {
  /**
   * The server, such as `http://127.0.0.1:4000`; `/graphql` is added unless the URL has a path already. In a browser
   * it may be relative: `/`.
   */
  url: string
  /** The session's secret. Leave it out in a browser that holds the cookie. With a token, cookies are left alone. */
  token?: string
  /** Go on after this cursor: everything since is delivered first. Default: from now. */
  since?: string
  /**
   * The account's id, when it is known (`enter` and `me` tell it): the outbox can then be read and filled before the
   * server answers for the first time. Default: the server is asked.
   */
  account?: string
  /** Where unsent messages last. Default: IndexedDB where there is one, else memory. */
  storage?: OutboxStorage
  /** `websocket`, `sse`, or `auto`: WebSocket first, SSE once it was blocked three times in a row. Default `auto`. */
  transport?: 'auto' | 'websocket' | 'sse'
  /** First and longest wait between connections, with full jitter. Defaults 250 and 15,000. */
  minBackoffMs?: number
  maxBackoffMs?: number
  /** A socket on which nothing comes for 2.5 times this long is dropped and opened anew. Default 12,000. */
  pingIntervalMs?: number
  /** urql exchanges that come before the network, such as a cache. Default: none, every query asks the server. */
  exchanges?: Exchange[]
  /** Only for runtimes without a global WebSocket, and for tests. */
  webSocket?: typeof WebSocket
  fetch?: typeof fetch
}

/** Where a message that was said stands. */
export type Outgoing = {
  /** The nonce: stable across retries, tabs and restarts. */
  nonce: string
  text: string
  /** A username, or null for everyone; undefined: the text is still to be read as typed (`say`). */
  to: string | null | undefined
  /** The id of the message that it answers. */
  replyTo?: string
  /** Milliseconds since 1970, by this device's clock; strictly rising within an outbox: its order. */
  createdAt: number
  state: 'waiting' | 'sending' | 'refused'
  /** Only when refused: one of ErrorCode. The entry stays until `discard` or `retry`. */
  code?: string
}

/**
 * Lasting storage of outboxes. Every method may be called from several tabs or processes at once, and may reject:
 * what could not be kept is still sent, for as long as this client lives.
 */
export interface OutboxStorage {
  /** All entries of this key (space and account), by `createdAt`. */
  load(key: string): Promise<Outgoing[]>
  /** Adds or replaces by nonce. Resolves when it lasts. */
  put(key: string, entry: Outgoing): Promise<void>
  /** Nothing happens when there is none. */
  remove(key: string, nonce: string): Promise<void>
}

/**
 * The server could not go on from the feed's cursor: something was trimmed (`CURSOR_EXPIRED`), the log is another one
 * now (`HISTORY_RESET`), or the cursor was damaged (`CURSOR_INVALID`). Forget what was kept and read the pages again:
 * the feed goes on after `cursor`, which is the end of the newest page at the time of this event.
 */
export interface FeedReset {
  __typename: 'Reset'
  code: 'HISTORY_RESET' | 'CURSOR_EXPIRED' | 'CURSOR_INVALID'
  cursor: string | null
}

export type FeedEvent = Event | FeedReset

export interface SendOptions {
  /** The id of the message that this one answers: of the same conversation, or a public one. */
  replyTo?: string | undefined
  /**
   * Of this message alone, such as a UUID: said again under the same nonce, by whoever can't know whether it was heard the
   * first time, it is still one message. Default: a random one.
   */
  nonce?: string | undefined
}

export interface RecadoFeed {
  /**
   * Every event once, in one order, across all reconnections. Starts the feed on the first listener. While nobody
   * listens it rests, and the next listener gets what came meanwhile.
   *
   * @param since where to begin, when the feed has not begun yet and `RecadoOptions.since` was not given
   */
  subscribe(listener: (event: FeedEvent) => void, since?: string): () => void
  /** The newest cursor that was delivered: keep it, and pass it as `since` next time. Null: not begun yet. */
  readonly cursor: string | null
  /** How many events came a second time and were dropped. */
  readonly repeated: number
  /**
   * Goes on after this cursor instead: what lies between is not delivered. For a reader that has been away for so long
   * that reading pages anew is less work. Null: from now.
   */
  skipTo(cursor: string | null): void
}

/** What `actions.ts` needs of a client: anything that can ask the server in the account's name. */
export interface RecadoAsking {
  /**
   * One query or mutation, over the open socket or by HTTP, never in another account's name.
   *
   * @throws RecadoError any code of the schema, or `NETWORK`
   */
  ask<Data, Variables extends Record<string, unknown>>(
    document: TypedDocumentNode<Data, Variables>,
    variables: Variables,
  ): Promise<Data>
  /**
   * One subscription, begun again by itself after each drop. Returns what ends it.
   *
   * @param on `started` comes before each beginning, `next` with each result
   */
  watch<Data, Variables extends Record<string, unknown>>(
    document: TypedDocumentNode<Data, Variables>,
    variables: Variables,
    on: { started?(): void; next(data: Data): void },
  ): () => void
}

export interface Recado extends RecadoAsking, AsyncDisposable {
  /** The typed urql client: use it with any document. */
  readonly client: Client
  readonly state: ConnectionState
  /** At each change. `reason`: what ended or prevents the connection; a refused cursor is the feed's `Reset` instead. */
  onState(listener: (state: ConnectionState, reason?: RecadoError) => void): () => void
  readonly feed: RecadoFeed
  /**
   * Presence: the whole list of who is online, by username, again at each change; and who has just gone, with when that
   * was (`lastSeenAt`).
   */
  onPresence(listener: (online: readonly User[], gone: readonly User[]) => void): () => void
  /**
   * Public, taken as it is. Resolves when acknowledged, however long that takes; rejects with RecadoError if refused.
   * A rejection that nobody handles is no unhandled rejection: the outbox shows it too.
   */
  sendPublic(text: string, options?: SendOptions): Promise<Message>
  /** Private, taken as it is. */
  sendTo(username: string, text: string, options?: SendOptions): Promise<Message>
  /** As a person types it: `/msg joao oi` is private, `//x` is `/x`. */
  say(text: string, options?: SendOptions): Promise<Message>
  /** What waits to be sent, oldest first. */
  readonly outbox: RecadoOutbox
  /** Drops the socket as a bad network would, and connects again: for demonstrations and tests. */
  drop(): void
  /** Drops the connection and stays away until `plug`; what is said meanwhile waits. */
  unplug(): void
  plug(): void
  /** What the connection goes over now; undefined: there is none. */
  readonly transport: 'websocket' | 'sse' | undefined
  /**
   * The network may be back: tries at once. In a page it is called by itself; a worker's tabs have to tell it.
   */
  wake(): void
  /** Stops reconnecting and ends the socket. What waits in the outbox stays there, and its promises reject: `CLOSED`. */
  close(): Promise<void>
}

export interface RecadoOutbox {
  /** Of this account, from all tabs: those that wait, and those that were refused. */
  readonly entries: readonly Outgoing[]
  /** At each change. */
  onChange(listener: (entries: readonly Outgoing[]) => void): () => void
  /** Sends a refused entry again, in its old place. */
  retry(nonce: string): void
  /** Takes an entry out. One that is being sent at this moment may still arrive. */
  discard(nonce: string): Promise<void>
}
