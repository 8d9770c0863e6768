// What resolvers are given for each GraphQL type: the server's own shapes, turned into fields by the resolvers.
import type { Device } from '../accounts/devices.ts'
import type { AccountRef, Entry, MessageEntry, MessageRef } from '../domain/entry.ts'
import type { AuditEntry } from '../moderation/audit-log.ts'
import type { Invitation } from '../moderation/invitations.ts'
import type { Restriction, Standing } from '../moderation/standing.ts'
import type { Conversation, ReadPosition } from '../store/conversations.ts'
import type { FeedBehind, Inspection } from './inspection.ts'

/** An account by reference; presence and the store fill in the rest when a field asks for it. */
export type UserShape = AccountRef & { readonly deletedAt?: number | null }

export type MessageShape = MessageEntry

/** Somebody who is writing. */
export interface TypingShape {
  readonly from: UserShape
  readonly private: boolean
}

export type MessageRefShape = MessageRef

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

/** A device of the account that asks; whoever renders it knows already which one that is. */
export type DeviceShape = Device & { readonly current: boolean }

export type StandingShape = Pick<Standing, 'muted' | 'banned'> & { readonly user: UserShape }
export type RestrictionShape = Restriction
export type AuditEntryShape = AuditEntry
export type InvitationShape = Invitation

export type InspectionShape = Inspection
export type FeedBehindShape = FeedBehind

export type ConversationShape = Conversation
export type ReadPositionShape = ReadPosition

/** Replay has become live at `cursor`. */
export interface CaughtUpShape {
  readonly kind: 'caught-up'
  readonly cursor: string
  readonly replayed: number
}

export type EventShape = Entry | CaughtUpShape

/** Milliseconds since 1970 as the schema writes them; null stays null. */
export function dateTime(at: number): string
export function dateTime(at: number | null): string | null
export function dateTime(at: number | null): string | null {
  return at === null ? null : new Date(at).toISOString()
}
