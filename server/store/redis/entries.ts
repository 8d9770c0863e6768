// Entries of the log as Redis keeps them: a stub in a stream (who said it, to whom, when), the text apart. Both are JSON
// that scripts paste into notices as it is.
import { createHash } from 'node:crypto'
import type { Entry, Position } from '../../domain/entry.ts'
import type { Draft } from '../store.ts'

type Stub =
  | [messageId: string, fromId: string, fromName: string, sentAt: number]
  | [messageId: string, fromId: string, fromName: string, toId: string, toName: string, sentAt: number]

/** A JSON array without its brackets. Ids need no quoting: they are base64url or UUIDs. */
export function stubOf({ messageId, from, to, sentAt }: Draft): string {
  const sender = `"${messageId}","${from.id}",${JSON.stringify(from.username)}`
  return to === null ? `${sender},${sentAt}` : `${sender},"${to.id}",${JSON.stringify(to.username)},${sentAt}`
}

/** @param text as in `texts`: `[position,"text"]` */
export function entryOf(position: Position, stub: string, text: string | null): Entry {
  if (text === null) throw new Error(`The log has no text for the message at position ${position}.`)
  const [, content] = JSON.parse(text) as [Position, string]
  const fields = JSON.parse(`[${stub}]`) as Stub
  const [messageId, fromId, fromName] = fields
  const from = { id: fromId, username: fromName }
  if (fields.length === 4) {
    return { kind: 'added', position, messageId, from, to: null, text: content, sentAt: fields[3] }
  }
  const to = { id: fields[3], username: fields[4] }
  return { kind: 'added', position, messageId, from, to, text: content, sentAt: fields[5] }
}

/** Longer nonces are kept by their digest, so that each takes as little as a usual one. */
const LONGEST_NONCE = 60

/** The name of a nonce in its hash. A digest is no nonce's own name: those are longer than its `#` and 43 characters. */
export function nonceField(key: string): string {
  if (key.length <= LONGEST_NONCE && !key.startsWith('#')) return key
  return `#${createHash('sha256').update(key).digest('base64url')}`
}
