// Notices as the store's script publishes them, for tests of a bus without a store.
import type { Redis } from 'ioredis'
import type { Entry, MessageEntry, MessageRef, Position, RevisionEntry } from '../../server/domain/entry.ts'
import { allTopic, userTopic } from '../../server/domain/notice.ts'

export interface NoticeOptions {
  readonly space: string
  readonly epoch: string
}

/** What is published of an entry, in order, each on its channel. */
export function noticesOf(
  entry: Entry,
  previous: Position,
  { space, epoch }: NoticeOptions,
): { readonly channel: string; readonly payload: string }[] {
  const { position, from, to } = entry
  const link = [position, previous, epoch]
  const all = allTopic(space, 0)
  const whole = entry.kind === 'added' ? messageNotice(entry, link) : revisionNotice(entry, link)
  if (to === null) return [{ channel: all, payload: JSON.stringify(whole) }]
  const revised = entry.kind === 'added' ? [] : [entry.message.position]
  return [
    ...[...new Set([from.id, to.id])].map(id => ({ channel: userTopic(space, 0, id), payload: JSON.stringify(whole) })),
    { channel: all, payload: JSON.stringify(['s', ...link, from.id, to.id, ...revised]) },
  ]
}

function messageNotice({ messageId, from, to, text, sentAt, replyTo }: MessageEntry, link: unknown[]): unknown[] {
  const recipient = to === null ? [] : [to.id, to.username]
  const head = [messageId, from.id, from.username, ...recipient, sentAt]
  return [to === null ? 'p' : 'm', ...link, ...head, text, ...replyFields(replyTo)]
}

function revisionNotice({ kind, at, message }: RevisionEntry, link: unknown[]): unknown[] {
  const { messageId, from, to, position, text, sentAt, replyTo, revised, editedAt, deletedAt } = message
  const recipient = to === null ? [] : [to.id, to.username]
  const head = [messageId, from.id, from.username, ...recipient, sentAt, ...replyFields(replyTo)]
  const row = [position, text, revised, editedAt ?? 0, deletedAt ?? 0]
  return ['v', ...link, at, kind === 'edited' ? 'e' : 'd', row, head]
}

function replyFields(reply: MessageRef | null): unknown[] {
  return reply === null ? [] : [[reply.messageId, reply.position, reply.from.id, reply.from.username]]
}

/** Publishes them in one step. */
export async function publishEntry(
  client: Redis,
  entry: Entry,
  previous: Position,
  options: NoticeOptions,
): Promise<void> {
  const transaction = client.multi()
  for (const { channel, payload } of noticesOf(entry, previous, options)) transaction.publish(channel, payload)
  await transaction.exec()
}
