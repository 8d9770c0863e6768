// Entries of the log as Redis keeps them: a stub in a stream (who said it, to whom, when), the text apart, with what
// became of it. All are JSON that scripts paste into notices as it is. And nonces, which outlive their messages.
import {
  type AccountRef,
  type Entry,
  type MessageEntry,
  type MessageRef,
  ORIGIN,
  type Position,
  tombstoneOf,
  UNREVISED,
} from '../../domain/entry.ts'
import type { Draft, FirstSend } from '../store.ts'

/** All of a message that never changes, but its position. */
export type Stub = Pick<MessageEntry, 'messageId' | 'from' | 'to' | 'sentAt' | 'replyTo'>

type ReplyFields = readonly [messageId: string, position: Position, fromId: string, fromName: string]

type StubFields =
  | [messageId: string, fromId: string, fromName: string, sentAt: number, reply?: ReplyFields]
  | [
      messageId: string,
      fromId: string,
      fromName: string,
      toId: string,
      toName: string,
      sentAt: number,
      reply?: ReplyFields,
    ]

/** A JSON array without its brackets, and without what the message answers. Ids need no quoting: base64url or UUIDs. */
export function stubOf({ messageId, from, to, sentAt }: Omit<Stub, 'replyTo'>): string {
  const sender = `"${messageId}","${from.id}",${JSON.stringify(from.username)}`
  return to === null ? `${sender},${sentAt}` : `${sender},"${to.id}",${JSON.stringify(to.username)},${sentAt}`
}

/** What a message answers, as JSON: stands after everything else in its stub. */
export function replyOf({ messageId, position, from }: MessageRef): string {
  return `["${messageId}",${position},"${from.id}",${JSON.stringify(from.username)}]`
}

export function stubFields(stub: string): Stub {
  const fields = JSON.parse(`[${stub}]`) as StubFields
  const [messageId, id, username] = fields
  const from = { id, username }
  if (isPublic(fields)) return { messageId, from, to: null, sentAt: fields[3], replyTo: refOf(fields[4]) }
  return { messageId, from, to: { id: fields[3], username: fields[4] }, sentAt: fields[5], replyTo: refOf(fields[6]) }
}

/** The time stands where a private message has whom it is for. */
function isPublic(fields: StubFields): fields is Extract<StubFields, { 3: number }> {
  return typeof fields[3] === 'number'
}

function refOf(fields: ReplyFields | undefined): MessageRef | null {
  if (!fields) return null
  const [messageId, position, id, username] = fields
  return { messageId, position, from: { id, username } }
}

/** What `texts` has of a message. */
export interface TextRow {
  readonly position: Position
  readonly text: string
  readonly revised: Position
  readonly editedAt: number | null
  readonly deletedAt: number | null
}

export function textRow(row: string): TextRow {
  const [position, text, revised = ORIGIN, editedAt = 0, deletedAt = 0] = JSON.parse(row) as [
    Position,
    string,
    Position?,
    number?,
    number?,
  ]
  return { position, text, revised, editedAt: editedAt || null, deletedAt: deletedAt || null }
}

/** As scripts write it. */
export function textRowOf({ position, text, revised, editedAt, deletedAt }: TextRow): string {
  const content = `${position},${JSON.stringify(text)}`
  return revised === ORIGIN ? `[${content}]` : `[${content},${revised},${editedAt ?? 0},${deletedAt ?? 0}]`
}

/**
 * @param row of `texts`
 * @param floor everything up to here was trimmed: what is answered may be no more
 */
export function messageOfRows(stub: Stub, row: string, floor: Position): MessageEntry {
  const { position, text, revised, editedAt, deletedAt } = textRow(row)
  const { messageId, from, to, sentAt } = stub
  const replyTo = stub.replyTo && stub.replyTo.position > floor ? stub.replyTo : null
  return { kind: 'added', position, messageId, from, to, text, sentAt, replyTo, editedAt, deletedAt, revised }
}

/** A revision as its stream has it: `at,"e" or "d",position of the message`, then the message's stub. */
const REVISION = /^(\d+),"([ed])",(\d+),(.*)$/s

export interface RevisionRow {
  readonly kind: 'edited' | 'deleted'
  readonly at: number
  /** Where the message is. */
  readonly position: Position
  readonly stub: string
}

/** Null: it is the stub of a message. */
export function revisionRow(row: string): RevisionRow | null {
  const [, at, kind, position, stub] = REVISION.exec(row) ?? []
  if (stub === undefined) return null
  return { kind: kind === 'e' ? 'edited' : 'deleted', at: Number(at), position: Number(position), stub }
}

export function revisionRowOf({ kind, at, position, stub }: RevisionRow): string {
  return `${at},"${kind === 'edited' ? 'e' : 'd'}",${position},${stub}`
}

/**
 * An entry of the log.
 * @param row of one of the streams
 * @param text as in `texts`; null: the message of a revision was trimmed
 */
export function entryOf(position: Position, row: string, text: string | null, floor: Position): Entry {
  const revision = revisionRow(row)
  const stub = stubFields(revision?.stub ?? row)
  if (!revision) {
    if (text === null) throw new Error(`The log has no text for the message at position ${position}.`)
    return messageOfRows(stub, text, floor)
  }
  const { kind, at } = revision
  const { from, to } = stub
  if (text !== null) return { kind, position, from, to, at, message: messageOfRows(stub, text, floor) }
  const gone = {
    kind: 'added',
    position: revision.position,
    ...stub,
    ...UNREVISED,
    text: '',
    revised: position,
  } as const
  return { kind: 'deleted', position, from, to, at, message: tombstoneOf(gone, at) }
}

export function entryOfDraft(position: Position, draft: Draft): MessageEntry {
  const { messageId, from, to, text, sentAt, replyTo } = draft
  return { kind: 'added', position, messageId, from, to, text, sentAt, replyTo, ...UNREVISED }
}

/** What a nonce remembers of its message, also when that was trimmed. */
export interface NonceRow {
  readonly position: Position
  readonly digest: Uint8Array
  readonly messageId: string
  readonly sentAt: number
  readonly toId: string | null
}

/**
 * Reads the row of a nonce: 14 hexadecimal digits of the position and the digest, then, after colons, the message id,
 * the milliseconds from `sentAt` to the position, and the recipient's id if there is one. With digests of 16 bytes a public
 * one is at most 64 bytes as a rule: Redis keeps a hash compact as long as nothing in it is longer.
 */
export function nonceRow(row: string): NonceRow {
  const [, position, digest, messageId, late, toId] =
    /^([0-9a-f]{14})([\w-]*):([\w-]*):(-?\d+)(?::(.*))?$/.exec(row) ?? []
  if (position === undefined || digest === undefined || messageId === undefined) {
    throw new Error(`This is no row of a nonce: ${JSON.stringify(row)}`)
  }
  const at = Number.parseInt(position, 16)
  return {
    position: at,
    digest: new Uint8Array(Buffer.from(digest, 'base64url')),
    messageId,
    sentAt: Math.floor(at / 1000) - Number(late),
    toId: toId ?? null,
  }
}

/** The row that APPEND makes of a nonce. */
export function nonceRowOf({ position, digest, messageId, sentAt, toId }: NonceRow): string {
  const at = position.toString(16).padStart(14, '0')
  const row = `${at}${Buffer.from(digest).toString('base64url')}:${messageId}:${Math.floor(position / 1000) - sentAt}`
  return toId === null ? row : `${row}:${toId}`
}

/**
 * The message that a nonce made and that was trimmed: without its text, or a tombstone where it had been revised.
 * @param revisedAt as `revised:ACCOUNT` has it
 */
export function firstOf(
  { position, messageId, sentAt }: NonceRow,
  from: AccountRef,
  to: AccountRef | null,
  revisedAt: string | null,
): FirstSend['entry'] {
  // What it answered stands before it in the log, and was trimmed too.
  const message = { kind: 'added', position, messageId, from, to, sentAt, replyTo: null, ...UNREVISED } as const
  return revisedAt === null ? { ...message, text: null } : tombstoneOf({ ...message, text: '' }, Number(revisedAt))
}
