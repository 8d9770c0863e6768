// Messages in order → the rows of a list: separators where a day or the unread part begins, and which messages are the
// first and the last of what one author said in a row.
import type { Message } from '../../core/types.ts'
import { dayOf } from '../i18n/format.ts'
import type { Pending } from '../state/pending.ts'

export type ListRow =
  | { readonly kind: 'day'; readonly key: string; readonly at: string | number }
  | { readonly kind: 'unread'; readonly key: string }
  | { readonly kind: 'message'; readonly message: Message; readonly isFirst: boolean; readonly isLast: boolean }
  | { readonly kind: 'pending'; readonly pending: Pending; readonly isFirst: boolean; readonly isLast: boolean }

/** After such a pause the same author begins a new run. */
const RUN_PAUSE_MS = 5 * 60_000

interface Item {
  readonly author: string
  readonly at: number
  readonly day: string
  readonly message: Message | null
  readonly pending: Pending | null
}

/**
 * @param firstUnread the id of the message before which the unread part begins; null: nothing is unread
 * @param me whose the pending ones are
 */
export function listRows(
  messages: readonly Message[],
  pendings: readonly Pending[],
  firstUnread: string | null,
  me: string,
): readonly ListRow[] {
  const items: Item[] = messages.map(message => {
    const at = Date.parse(message.sentAt)
    return { author: message.from.id, at, day: dayOf(at), message, pending: null }
  })
  for (const pending of pendings) {
    items.push({ author: me, at: pending.createdAt, day: dayOf(pending.createdAt), message: null, pending })
  }

  const rows: ListRow[] = []
  items.forEach((item, index) => {
    const before = items[index - 1]
    const after = items[index + 1]
    const isUnread = item.message !== null && item.message.id === firstUnread
    const isAfterUnread = after?.message != null && after.message.id === firstUnread
    if (before?.day !== item.day) rows.push({ kind: 'day', key: `day ${item.day}`, at: item.at })
    if (isUnread) rows.push({ kind: 'unread', key: 'unread' })
    const isFirst = isUnread || !isSameRun(before, item)
    const isLast = isAfterUnread || !isSameRun(item, after)
    if (item.message) rows.push({ kind: 'message', message: item.message, isFirst, isLast })
    if (item.pending) rows.push({ kind: 'pending', pending: item.pending, isFirst, isLast })
  })
  return rows
}

function isSameRun(before: Item | undefined, after: Item | undefined): boolean {
  if (!before || !after) return false
  return before.author === after.author && before.day === after.day && after.at - before.at < RUN_PAUSE_MS
}
