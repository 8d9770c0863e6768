// What resolvers are given for each GraphQL type: the server's own shapes, turned into fields by the resolvers.
import type { AccountRef, MessageEntry } from '../domain/entry.ts'

/** An account by reference; presence and the store fill in the rest when a field asks for it. */
export type UserShape = AccountRef & { readonly deletedAt?: number | null }

export type MessageShape = MessageEntry

/** A page; `endCursor` is always there (an empty page still says where a feed may start). */
export interface MessagePageShape {
  readonly nodes: readonly MessageShape[]
  readonly pageInfo: {
    readonly hasNextPage: boolean
    readonly hasPreviousPage: boolean
    readonly startCursor: string | null
    readonly endCursor: string
  }
}

/** Replay has become live at `cursor`. */
export interface CaughtUpShape {
  readonly kind: 'caught-up'
  readonly cursor: string
  readonly replayed: number
}

export type EventShape = MessageEntry | CaughtUpShape
