// What nodes that share a Redis tell each other: one JSON array a notice. The store's script writes those of the log in
// the same atomic step as the append; the bus reads them. Two kinds of channel: `all`, which every node hears and which
// has a link of the chain for each entry, and one for each account, which has the private messages themselves.
import type { LogItem, Position } from './entry.ts'

/** Every node listens to it. The braces make it the hash tag of the space's keys. */
export function allTopic(space: string): string {
  return `{${space}}:all`
}

/** Only nodes that serve the account listen to it. */
export function userTopic(space: string, accountId: string): string {
  return `{${space}}:user:${accountId}`
}

/** One more entry of the log. */
export interface LinkNotice {
  readonly kind: 'link'
  /** The history that it belongs to. */
  readonly epoch: string
  readonly entry: LogItem
  /** Of the entry right before it; ORIGIN: it is the first. */
  readonly previous: Position
}

/** The log is another history from now on. */
export interface HistoryNotice {
  readonly kind: 'history'
  readonly epoch: string
}

/** Not of the log: hints that may be lost, each to something that nodes look for by themselves too. */
export type ControlNotice =
  /** Sessions have ended, or an account has changed: read the durable revocations now. */
  | { readonly kind: 'revocations' }
  /** Who is online at this node has changed. */
  | { readonly kind: 'presence'; readonly nodeId: string }

export type Notice = LinkNotice | HistoryNotice | ControlNotice

/**
 * Reads a notice off the wire. Elements beyond those that are known are ignored, so that a newer node may say more.
 *
 * | array | on | meaning |
 * |---|---|---|
 * | `["p", position, previous, epoch, messageId, fromId, fromName, sentAt, text]` | all | a public entry |
 * | `["s", position, previous, epoch, fromId, toId]` | all | the stub of a private entry |
 * | `["m", position, previous, epoch, messageId, fromId, fromName, toId, toName, sentAt, text]` | user | a private entry |
 * | `["r", epoch]` | all | another history |
 * | `["e"]` | all | sessions ended, or an account changed |
 * | `["o", nodeId]` | all | presence changed at that node |
 *
 * @param value JSON that was parsed, or the text of what is no JSON
 * @returns null: it is none of these
 */
export function parseNotice(value: unknown): Notice | null {
  if (!Array.isArray(value)) return null
  switch (value[0]) {
    case 'p':
      return parsePublic(value)
    case 's':
      return parseStub(value)
    case 'm':
      return parsePrivate(value)
    case 'r':
      return isText(value[1]) ? { kind: 'history', epoch: value[1] } : null
    case 'e':
      return { kind: 'revocations' }
    case 'o':
      return isText(value[1]) ? { kind: 'presence', nodeId: value[1] } : null
    default:
      return null
  }
}

function parsePublic(value: readonly unknown[]): LinkNotice | null {
  const [, position, previous, epoch, messageId, fromId, fromName, sentAt, text] = value
  if (!isLink(position, previous) || !isText(epoch) || !isText(messageId)) return null
  if (!isText(fromId) || !isText(fromName) || !isCount(sentAt) || typeof text !== 'string') return null
  const from = { id: fromId, username: fromName }
  return linkOf(epoch, previous, { kind: 'added', position, messageId, from, to: null, text, sentAt })
}

function parsePrivate(value: readonly unknown[]): LinkNotice | null {
  const [, position, previous, epoch, messageId, fromId, fromName, toId, toName, sentAt, text] = value
  if (!isLink(position, previous) || !isText(epoch) || !isText(messageId)) return null
  if (!isText(fromId) || !isText(fromName) || !isText(toId) || !isText(toName)) return null
  if (!isCount(sentAt) || typeof text !== 'string') return null
  const [from, to] = [
    { id: fromId, username: fromName },
    { id: toId, username: toName },
  ]
  return linkOf(epoch, previous, { kind: 'added', position, messageId, from, to, text, sentAt })
}

function parseStub(value: readonly unknown[]): LinkNotice | null {
  const [, position, previous, epoch, fromId, toId] = value
  if (!isLink(position, previous) || !isText(epoch) || !isText(fromId) || !isText(toId)) return null
  return linkOf(epoch, previous, { kind: 'stub', position, from: { id: fromId }, to: { id: toId } })
}

function linkOf(epoch: string, previous: unknown, entry: LogItem): LinkNotice {
  return { kind: 'link', epoch, entry, previous: previous as Position }
}

/** Two positions, the second before the first. */
function isLink(position: unknown, previous: unknown): position is Position {
  return isCount(position) && isCount(previous) && previous < position
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0
}

/** Ids and names are never empty. */
function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}
