// What nodes that share a Redis tell each other: one JSON array a notice. The store's script writes those of the log in
// the same atomic step as the append; the bus reads them. Two kinds of channel: `all`, which every node hears and which
// has a link of the chain for each entry, and one for each account, which has the private messages themselves.
import { type AccountRef, type LogItem, type MessageEntry, type MessageRef, type Position, UNREVISED } from './entry.ts'

/**
 * What the names of a space's topics begin with. Pub/sub does not know of databases: all but the first have their number in
 * there, or spaces of one name would hear each other. The braces make it the hash tag of the space's keys.
 */
function topicsOf(space: string, database: number): string {
  return database === 0 ? `{${space}}` : `{${space}}:db${database}`
}

/**
 * Every node listens to it.
 * @param database the number of the space's database in Redis
 */
export function allTopic(space: string, database: number): string {
  return `${topicsOf(space, database)}:all`
}

/** Only nodes that serve the account listen to it. */
export function userTopic(space: string, database: number, accountId: string): string {
  return `${topicsOf(space, database)}:user:${accountId}`
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

/** Somebody is writing, to everyone or to the account with this id. Nothing keeps it: who misses it has missed nothing. */
export interface TypingNotice {
  readonly kind: 'typing'
  readonly from: AccountRef
  readonly to: string | null
}

/** Not of the log: may be lost. Hints to something that nodes look for by themselves too, or to what passes anyway. */
export type ControlNotice =
  /** Sessions have ended, or an account has changed: read the durable revocations now. */
  | { readonly kind: 'revocations' }
  /** Who is online at this node has changed. */
  | { readonly kind: 'presence'; readonly nodeId: string }
  | ReadNotice
  | TypingNotice
  /** Records have changed (store/records.ts): what is remembered of these is old. */
  | { readonly kind: 'records'; readonly changed: readonly { readonly kind: string; readonly key: string }[] }

/** An account has read a conversation up to a position. On its own topic; not of the log either. */
export interface ReadNotice {
  readonly kind: 'read'
  readonly accountId: string
  /** Null: everyone's conversation. */
  readonly peer: AccountRef | null
  readonly position: Position
}

export type Notice = LinkNotice | HistoryNotice | ControlNotice

/**
 * Reads a notice off the wire. Elements beyond those that are known are ignored, so that a newer node may say more.
 *
 * | array | on | meaning |
 * |---|---|---|
 * | `["p", position, previous, epoch, messageId, fromId, fromName, sentAt, text, REPLY]` | all | a public message |
 * | `["m", position, previous, epoch, messageId, fromId, fromName, toId, toName, sentAt, text, REPLY]` | user | a private message |
 * | `["v", position, previous, epoch, at, "e" or "d", TEXT, MESSAGE]` | all or user | an edit or a deletion of one |
 * | `["s", position, previous, epoch, fromId, toId, place]` | all | the stub of a private entry; of an edit or a deletion, where its message is |
 * | `["r", epoch]` | all | another history |
 * | `["e"]` | all | sessions ended, or an account changed |
 * | `["o", nodeId]` | all | presence changed at that node |
 * | `["k", kind, key, kind, key, …]` | all | these records have changed |
 * | `["c", accountId, position, peerId, peerName]` | user | it has read a conversation up to there; everyone's without a peer |
 * | `["t", fromId, fromName]` | all | that account is writing to everyone |
 * | `["t", fromId, fromName, toId]` | user | that account is writing to this one |
 *
 * REPLY: `[messageId, position, fromId, fromName]` of what it answers, if it does. TEXT: `[position of the message, text,
 * position of this entry, editedAt or 0, deletedAt or 0]`. MESSAGE: `[messageId, fromId, fromName, sentAt, REPLY]` of a
 * public one, `[messageId, fromId, fromName, toId, toName, sentAt, REPLY]` of a private one.
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
    case 'v':
      return parseRevision(value)
    case 'r':
      return isText(value[1]) ? { kind: 'history', epoch: value[1] } : null
    case 'e':
      return { kind: 'revocations' }
    case 'o':
      return isText(value[1]) ? { kind: 'presence', nodeId: value[1] } : null
    case 'k':
      return parseRecords(value)
    case 'c':
      return parseRead(value)
    case 't':
      return parseTyping(value)
    default:
      return null
  }
}

/** As `parseNotice` reads it. */
export function readNotice({ accountId, peer, position }: Omit<ReadNotice, 'kind'>): string {
  return JSON.stringify(['c', accountId, position, ...(peer === null ? [] : [peer.id, peer.username])])
}

function parseRead(value: readonly unknown[]): ReadNotice | null {
  const [, accountId, position, id, username] = value
  if (!isText(accountId) || !isCount(position)) return null
  if (id === undefined) return { kind: 'read', accountId, peer: null, position }
  if (!isText(id) || !isText(username)) return null
  return { kind: 'read', accountId, peer: { id, username }, position }
}

/** What a message is beside its text, and beside where it is in the log. */
type Head = Pick<MessageEntry, 'messageId' | 'from' | 'to' | 'sentAt'>

function parsePublic(value: readonly unknown[]): LinkNotice | null {
  const [, position, previous, epoch, messageId, fromId, fromName, sentAt, text, reply] = value
  return added([position, previous, epoch], publicHead([messageId, fromId, fromName, sentAt]), text, reply)
}

function parsePrivate(value: readonly unknown[]): LinkNotice | null {
  const [, position, previous, epoch, messageId, fromId, fromName, toId, toName, sentAt, text, reply] = value
  const head = privateHead([messageId, fromId, fromName, toId, toName, sentAt])
  return added([position, previous, epoch], head, text, reply)
}

function added(link: readonly unknown[], head: Head | null, text: unknown, reply: unknown): LinkNotice | null {
  const [position, previous, epoch] = link
  if (!isLink(position, previous) || !isText(epoch) || !head || typeof text !== 'string') return null
  const replyTo = parseReply(reply)
  return linkOf(epoch, previous, { kind: 'added', position, ...head, text, replyTo, ...UNREVISED })
}

function parseRevision(value: readonly unknown[]): LinkNotice | null {
  const [, position, previous, epoch, at, letter, row, fields] = value
  if (!isLink(position, previous) || !isText(epoch) || !isCount(at) || !Array.isArray(row) || !Array.isArray(fields)) {
    return null
  }
  const kind = letter === 'e' ? 'edited' : letter === 'd' ? 'deleted' : null
  // The time stands where a private message has whom it is for.
  const isPublic = typeof fields[3] === 'number'
  const head = isPublic ? publicHead(fields) : privateHead(fields)
  const [place, text, revised, editedAt, deletedAt] = row
  if (!kind || !head || !isCount(place) || place >= position || typeof text !== 'string') return null
  if (revised !== position || !isCount(editedAt) || !isCount(deletedAt)) return null
  const replyTo = parseReply(fields[isPublic ? 4 : 6])
  const message = { kind: 'added', position: place, ...head, text, replyTo, revised } as const
  return linkOf(epoch, previous, {
    kind,
    position,
    from: head.from,
    to: head.to,
    at,
    message: { ...message, editedAt: editedAt || null, deletedAt: deletedAt || null },
  })
}

function publicHead(fields: readonly unknown[]): Head | null {
  const [messageId, fromId, fromName, sentAt] = fields
  if (!isText(messageId) || !isText(fromId) || !isText(fromName) || !isCount(sentAt)) return null
  return { messageId, from: { id: fromId, username: fromName }, to: null, sentAt }
}

function privateHead(fields: readonly unknown[]): Head | null {
  const [messageId, fromId, fromName, toId, toName, sentAt] = fields
  const head = publicHead([messageId, fromId, fromName, sentAt])
  if (!head || !isText(toId) || !isText(toName)) return null
  return { ...head, to: { id: toId, username: toName } }
}

/** Null: it answers nothing, or in a way that only newer nodes know. */
function parseReply(value: unknown): MessageRef | null {
  if (!Array.isArray(value)) return null
  const [messageId, position, fromId, fromName] = value
  if (!isText(messageId) || !isCount(position) || !isText(fromId) || !isText(fromName)) return null
  return { messageId, position, from: { id: fromId, username: fromName } }
}

function parseRecords([, ...pairs]: readonly unknown[]): ControlNotice | null {
  if (pairs.length === 0 || pairs.length % 2 === 1 || !pairs.every(isText)) return null
  const changed = pairs.flatMap((kind, n) => (n % 2 === 0 ? [{ kind, key: pairs[n + 1] as string }] : []))
  return { kind: 'records', changed }
}

function parseTyping([, id, username, to = null]: readonly unknown[]): TypingNotice | null {
  if (!isText(id) || !isText(username) || (to !== null && !isText(to))) return null
  return { kind: 'typing', from: { id, username }, to }
}

/** What is private goes to the topic of whom it is for, never to `all`. */
export function typingMessage(
  space: string,
  database: number,
  { from, to }: TypingNotice,
): { topic: string; notice: readonly string[] } {
  const notice = ['t', from.id, from.username]
  return to === null
    ? { topic: allTopic(space, database), notice }
    : { topic: userTopic(space, database, to), notice: [...notice, to] }
}

function parseStub(value: readonly unknown[]): LinkNotice | null {
  const [, position, previous, epoch, fromId, toId, place] = value
  if (!isLink(position, previous) || !isText(epoch) || !isText(fromId) || !isText(toId)) return null
  const stub = { kind: 'stub', position, from: { id: fromId }, to: { id: toId } } as const
  return linkOf(epoch, previous, isCount(place) && place < position ? { ...stub, revises: place } : stub)
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
