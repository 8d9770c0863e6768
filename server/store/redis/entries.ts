// Entries of the log as Redis keeps them: a stub in a stream (who said it, to whom, when), the text apart. Both are JSON
// that scripts paste into notices as it is. And nonces, which outlive their messages.
import type { AccountRef, Entry, MessageEntry, Position } from '../../domain/entry.ts'
import type { Draft } from '../store.ts'

/** All of a message but its position and its text. */
export type Stub = Pick<MessageEntry, 'messageId' | 'from' | 'to' | 'sentAt'>

type StubFields =
  | [messageId: string, fromId: string, fromName: string, sentAt: number]
  | [messageId: string, fromId: string, fromName: string, toId: string, toName: string, sentAt: number]

/** A JSON array without its brackets. Ids need no quoting: they are base64url or UUIDs. */
export function stubOf({ messageId, from, to, sentAt }: Stub): string {
  const sender = `"${messageId}","${from.id}",${JSON.stringify(from.username)}`
  return to === null ? `${sender},${sentAt}` : `${sender},"${to.id}",${JSON.stringify(to.username)},${sentAt}`
}

export function stubFields(stub: string): Stub {
  const fields = JSON.parse(`[${stub}]`) as StubFields
  const [messageId, id, username] = fields
  const from = { id, username }
  if (fields.length === 4) return { messageId, from, to: null, sentAt: fields[3] }
  return { messageId, from, to: { id: fields[3], username: fields[4] }, sentAt: fields[5] }
}

/** @param text as in `texts`: `[position,"text"]` */
export function entryOf(position: Position, stub: string, text: string | null): Entry {
  if (text === null) throw new Error(`The log has no text for the message at position ${position}.`)
  const [, content] = JSON.parse(text) as [Position, string]
  const { messageId, from, to, sentAt } = stubFields(stub)
  return { kind: 'added', position, messageId, from, to, text: content, sentAt }
}

export function entryOfDraft(position: Position, { messageId, from, to, text, sentAt }: Draft): Entry {
  return { kind: 'added', position, messageId, from, to, text, sentAt }
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

/** The message that a nonce made, without its text. */
export function firstOf(row: NonceRow, from: AccountRef, to: AccountRef | null): Omit<MessageEntry, 'text'> {
  const { position, messageId, sentAt } = row
  return { kind: 'added', position, messageId, from, to, sentAt }
}
