// Messages in order → the rows of a list: separators where a day or the unread part begins, and which messages are the
// first and the last of what one author said in a row. Each row has a key that stays its own while others come and go:
// the place of the reader hangs on it.
import type { Message } from '../../core/types.ts'
import { dayOf } from '../i18n/format.ts'
import type { UnreadLine } from '../model/conversation.ts'
import type { Pending } from '../state/pending.ts'

interface Run {
  readonly key: string
  /** The first, the last of what one author said in a row. */
  readonly isFirst: boolean
  readonly isLast: boolean
}

export type ListRow =
  | { readonly kind: 'day'; readonly key: string; readonly at: string | number }
  | { readonly kind: 'unread'; readonly key: string; readonly count: number }
  | ({ readonly kind: 'message'; readonly message: Message } & Run)
  | ({ readonly kind: 'pending'; readonly pending: Pending } & Run)

/** After such a pause the same author begins a new run. */
const RUN_PAUSE_MS = 5 * 60_000

export const UNREAD_KEY = 'unread'

interface Item {
  readonly key: string
  readonly author: string
  readonly at: number
  readonly day: string
  readonly message: Message | null
  readonly pending: Pending | null
}

interface Surroundings {
  /** Whose the pending ones are. */
  readonly me: string
  readonly line: UnreadLine | null
  /** More messages precede the first one: whether a day begins with it is not known. */
  readonly hasEarlier: boolean
}

export function listRows(
  messages: readonly Message[],
  pendings: readonly Pending[],
  { me, line, hasEarlier }: Surroundings,
): readonly ListRow[] {
  const items: Item[] = messages.map(message => {
    const at = Date.parse(message.sentAt)
    return { key: message.id, author: message.from.id, at, day: dayOf(at), message, pending: null }
  })
  for (const pending of pendings) {
    const { nonce, createdAt } = pending
    items.push({ key: nonce, author: me, at: createdAt, day: dayOf(createdAt), message: null, pending })
  }

  const rows: ListRow[] = []
  items.forEach((item, index) => {
    const { key } = item
    const before = items[index - 1]
    const after = items[index + 1]
    const isUnread = line !== null && item.message?.id === line.id
    const isBeforeUnread = line !== null && line.id !== null && after?.message?.id === line.id
    if (before ? before.day !== item.day : !hasEarlier) rows.push({ kind: 'day', key: `day ${key}`, at: item.at })
    if (isUnread) rows.push({ kind: 'unread', key: UNREAD_KEY, count: line.count })
    const isFirst = isUnread || !isSameRun(before, item)
    const isLast = isBeforeUnread || !isSameRun(item, after)
    if (item.message) rows.push({ kind: 'message', key, message: item.message, isFirst, isLast })
    if (item.pending) rows.push({ kind: 'pending', key, pending: item.pending, isFirst, isLast })
  })
  return rows
}

function isSameRun(before: Item | undefined, after: Item | undefined): boolean {
  if (!before || !after) return false
  // What answers something stands for itself.
  if (after.message?.replyTo) return false
  return before.author === after.author && before.day === after.day && after.at - before.at < RUN_PAUSE_MS
}
