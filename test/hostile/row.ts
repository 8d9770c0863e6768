// What a line of the table says: an input that is bad, and the exact answer that it gets. One shape for each room; driver.ts
// knows how each is sent.
import type { RawSocketOptions } from '../setup/raw-socket.ts'
import type { StrangerBehaviour } from './stranger.ts'

/** What rows may need to know of the server and of those who have accounts there. */
export interface Scene {
  readonly url: string
  /** `127.0.0.1:PORT` */
  readonly host: string
  readonly mallory: { readonly token: string; readonly id: string }
  /** A public message of mallory's, and a private one between two others. */
  readonly publicMessage: { readonly id: string; readonly cursor: string }
  readonly foreignMessage: { readonly id: string; readonly cursor: string }
}

export interface Closed {
  readonly code: number
  readonly reason: string
}

/** Code and message of an error. */
export type ErrorPair = readonly [code: string, message: string]

export interface HttpAnswer {
  readonly status: number
  /** The whole body. */
  readonly body: string
}

interface RowOf<Room extends string, Input, Expected> {
  readonly room: Room
  /** Unique. */
  readonly id: string
  /** Clauses of PROTOCOL.md. */
  readonly clause: string
  readonly input: Input
  readonly expected: Expected
  /** It takes seconds: begun early, and not repeated. */
  readonly isSlow?: boolean
}

/** Bytes on an acknowledged socket that has a feed. */
export type FrameRow = RowOf<'frames', Buffer, Closed>

/** A request for an upgrade. */
export type UpgradeRow = RowOf<'upgrade', (scene: Scene) => RawSocketOptions, HttpAnswer>

/** Messages, of which the last breaks the protocol. */
export interface Breaking {
  readonly messages: readonly unknown[]
  /** Default: after `connection_ack`. */
  readonly acknowledged?: false
  readonly protocol?: string | null
  /** In place of mallory's token. */
  readonly authorization?: unknown
  readonly headers?: (scene: Scene) => Record<string, string>
}
export type BreakingRow = RowOf<'protocol', Breaking, Closed>

/** The payload of a `subscribe` that is refused with `error`, while the socket and its feed go on. */
export interface RefusedOperation {
  readonly payload: object | ((scene: Scene) => object)
  /** Default: one that is new. */
  readonly operationId?: string
}
export type OperationRow = RowOf<'operation', RefusedOperation, readonly ErrorPair[]>

export interface HttpRequest {
  /** Default POST. */
  readonly method?: string
  /** After `/graphql`, or a whole path that starts with `/`. */
  readonly path?: string
  readonly headers?: Record<string, string>
  /** Default: none, or JSON of an object. */
  readonly body?: string | object
  /** In place of everything: the bytes of a request. */
  readonly raw?: string
}
export type HttpRow = RowOf<'http', (scene: Scene) => HttpRequest, HttpAnswer>

/** An operation of mallory's, over HTTP. */
export interface Asked {
  readonly query: string
  readonly variables?: Record<string, unknown>
  /** Default: mallory's. */
  readonly token?: null
}
export type ChatRow = RowOf<'chat', (scene: Scene) => Asked, readonly ErrorPair[]>

/** How the challenge server behaves; the second: what `reason` the refusal has. */
export type ProbeRow = RowOf<'probe', StrangerBehaviour, { readonly code: string; readonly reason: string }>

export type Row = FrameRow | UpgradeRow | BreakingRow | OperationRow | HttpRow | ChatRow | ProbeRow
