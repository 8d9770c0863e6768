// What every resolver knows about who asks. Made by the transports; nothing in it comes from an argument.
import type { AccountRef } from '../domain/entry.ts'
import { Refusal } from '../domain/errors.ts'

export interface Viewer {
  readonly account: AccountRef
  readonly sessionId: string
  /** Which credential proved it: only a cookie belongs to a browser. */
  readonly via: 'cookie' | 'token'
}

/** The session cookie of an HTTP answer. */
export interface Cookies {
  set(token: string, expiresAt: number): void
  clear(): void
}

export interface Context {
  /** Null: nobody yet. Fixed for a socket when it is acknowledged. */
  readonly viewer: Viewer | null
  /** The client's address, as far as TRUST_PROXY lets it be known. */
  readonly address: string
  /** What kind of device it seems to be, by its User-Agent: a label for people. */
  readonly device: string
  /** The graphql-transport-ws operation id, where it is a UUID: the nonce of a send that has none. */
  readonly operationId: string | null
  /** Null where no cookie can be set: on sockets, and for requests that bring a token. */
  readonly cookies: Cookies | null
}

/** @throws Refusal UNAUTHENTICATED */
export function requireViewer(context: Context): Viewer {
  if (!context.viewer) throw new Refusal('UNAUTHENTICATED')
  return context.viewer
}
