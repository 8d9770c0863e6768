// The face of the client library: what `createRecado` takes and gives. No React, no Node, no browser in here.
import type { Client } from '@urql/core'
import type { EventFragment, MessageFieldsFragment, UserFieldsFragment } from './generated/graphql.ts'

export type Message = MessageFieldsFragment
export type User = UserFieldsFragment
export type Event = EventFragment

/**
 *            open socket               CaughtUp
 * connecting ───────────▶ behind ──────────────────▶ live
 *      ▲                    │ socket lost             │ socket lost
 *      │    back-off over   ▼                         │
 *      └──────────────── offline ◀────────────────────┘      closed: after close(), or a refusal that retrying can't mend
 */
export type ConnectionState = 'connecting' | 'behind' | 'live' | 'offline' | 'closed'

export interface RecadoOptions {
  /** The server, such as `http://127.0.0.1:4000`; `/graphql` is added unless the URL has a path already. */
  url: string
  /** The session's secret. Leave it out in a browser that holds the cookie. */
  token?: string
  /** Go on after this cursor: everything since is delivered first. Default: from now. */
  since?: string
  /** Where unsent messages last. Default: IndexedDB where there is one, else memory. */
  storage?: OutboxStorage
  /** `websocket`, `sse`, or `auto`: WebSocket first, SSE once it was blocked three times in a row. Default `auto`. */
  transport?: 'auto' | 'websocket' | 'sse'
  /** First and longest wait between connections, with full jitter. Defaults 250 and 15,000. */
  minBackoffMs?: number
  maxBackoffMs?: number
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
  /** Milliseconds since 1970. */
  createdAt: number
  state: 'waiting' | 'sending' | 'refused'
  /** Only when refused: one of ErrorCode. The entry stays until `discard` or `retry`. */
  code?: string
}

/** Lasting, ordered storage of one account's outbox. Every method may be called from several tabs at once. */
export interface OutboxStorage {
  /** All entries of this key (space and account), oldest first. */
  load(key: string): Promise<Outgoing[]>
  /** Adds or replaces by nonce. Resolves when it lasts. */
  put(key: string, entry: Outgoing): Promise<void>
  remove(key: string, nonce: string): Promise<void>
}

export interface RecadoFeed {
  /** Every event once, in one order, across all reconnections. Starts the feed on the first listener. */
  subscribe(listener: (event: Event) => void): () => void
  /** The newest cursor that was delivered: keep it, and pass it as `since` next time. */
  readonly cursor: string | null
}

export interface Recado {
  /** The typed urql client: use it with any document. */
  readonly client: Client
  readonly state: ConnectionState
  onState(listener: (state: ConnectionState, reason?: RecadoError) => void): () => void
  readonly feed: RecadoFeed
  /** Presence: the whole list of who is online, again at each change. */
  onPresence(listener: (online: readonly User[]) => void): () => void
  /** Public, taken as it is. Resolves when acknowledged, however long that takes; rejects with RecadoError if refused. */
  sendPublic(text: string): Promise<Message>
  /** Private, taken as it is. */
  sendTo(username: string, text: string): Promise<Message>
  /** As a person types it: `/msg joao oi` is private, `//x` is `/x`. */
  say(text: string): Promise<Message>
  /** What waits to be sent, oldest first. */
  readonly outbox: {
    readonly entries: readonly Outgoing[]
    onChange(listener: (entries: readonly Outgoing[]) => void): () => void
    retry(nonce: string): void
    discard(nonce: string): Promise<void>
  }
  /** Drops the socket as a bad network would, and connects again: for demonstrations and tests. */
  drop(): void
  /** Stops reconnecting and ends the socket. What waits in the outbox stays there. */
  close(): Promise<void>
}

/** An error with the server's code, or `NETWORK` when there was no answer. */
export interface RecadoError extends Error {
  code: string
  /** Whether trying again may help. */
  retryable: boolean
  retryAfterMs?: number
}
