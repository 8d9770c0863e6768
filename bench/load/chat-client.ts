// What the load asks of every protocol: subscribers that count, a sampled few that decode, senders that pipeline.

/** A message as every peer carries it: the fields of `MESSAGE_FIELDS`. */
export interface ChatMessage {
  readonly id: string
  readonly cursor: string
  readonly from: { readonly id: string; readonly username: string }
  readonly to: { readonly id: string; readonly username: string } | null
  readonly text: string
  readonly sentAt: string
}

export interface SubscribeOptions {
  /** How many whole messages a chunk held. Called once a chunk, after `onMessage` of each. */
  onFrames(count: number): void
  /** Each message, decoded. Only sampled sockets have it: the others count. */
  onMessage?(message: ChatMessage): void
  /** Something came that is neither a message nor the protocol's own talk, or the socket closed. */
  onFault(fault: string): void
}

export interface SendOptions {
  /** So many of the sends were answered since the last call. Without it, a protocol with optional answers has none. */
  onAcknowledged?(count: number): void
  onFault(fault: string): void
  /** Which of the accounts sends. Default 0. */
  readonly account?: number
}

export interface ChatSocket {
  destroy(): void
}

export interface SendSocket extends ChatSocket {
  /** Sends all of them in one write. */
  send(texts: readonly string[]): void
}

/** A client of one server, after whatever must exist before its sockets (accounts, tokens). */
export interface ChatClient {
  /** Resolves once the server has acknowledged what the protocol lets it acknowledge; see `FanOutLoad.join`. */
  subscribe(options: SubscribeOptions): Promise<ChatSocket>
  sender(options: SendOptions): Promise<SendSocket>
}

/** Frames shorter than this are never messages, in none of the protocols here. */
export const SMALL_BYTES = 128
