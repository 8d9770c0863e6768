// Notices as the store's script publishes them, for tests of a bus without a store.
import type { Redis } from 'ioredis'
import type { Entry, Position } from '../../server/domain/entry.ts'
import { allTopic, userTopic } from '../../server/domain/notice.ts'

export interface NoticeOptions {
  readonly space: string
  readonly epoch: string
}

/** What is published of an entry, in order, each on its channel. */
export function noticesOf(
  { position, messageId, from, to, text, sentAt }: Entry,
  previous: Position,
  { space, epoch }: NoticeOptions,
): { readonly channel: string; readonly payload: string }[] {
  const link = [position, previous, epoch]
  const all = allTopic(space)
  if (to === null) {
    const notice = ['p', ...link, messageId, from.id, from.username, sentAt, text]
    return [{ channel: all, payload: JSON.stringify(notice) }]
  }
  const notice = ['m', ...link, messageId, from.id, from.username, to.id, to.username, sentAt, text]
  return [
    ...[...new Set([from.id, to.id])].map(id => ({ channel: userTopic(space, id), payload: JSON.stringify(notice) })),
    { channel: all, payload: JSON.stringify(['s', ...link, from.id, to.id]) },
  ]
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
