// The way to what is not read yet: first the line in the conversation that is open, if it is above the screen, then the
// next conversation with anything unread.
import type { ConversationKey } from '../model/conversation.ts'
import type { ConversationView } from '../state/chat-view.ts'
import { hrefOf } from '../state/route.ts'

/** Of the button that leads to the first unread message of the open conversation, where that is above the screen. */
export const TO_LINE = 'to-line'

/** The next conversation downwards (1) or upwards (-1), around the end; null: none is as wanted. */
export function conversationBeside(
  conversations: readonly ConversationView[],
  activeKey: ConversationKey | null,
  by: 1 | -1,
  isWanted: (conversation: ConversationView) => boolean = () => true,
): ConversationView | null {
  const count = conversations.length
  const at = conversations.findIndex(({ key }) => key === activeKey)
  // Nothing open: the first one is below, the last one above.
  const from = at < 0 && by < 0 ? count : at
  for (let steps = 1; steps <= count; steps++) {
    const next = conversations[(from + by * steps + count * 2) % count]
    if (next && isWanted(next)) return next
  }
  return null
}

export const isUnread = ({ unread }: ConversationView): boolean => unread > 0

export function goToUnread(conversations: readonly ConversationView[], activeKey: ConversationKey | null, by: 1 | -1) {
  const toLine = document.querySelector<HTMLButtonElement>(`[data-goes=${TO_LINE}]`)
  if (toLine && by > 0) return toLine.click()
  const next = conversationBeside(conversations, activeKey, by, isUnread)
  if (next) location.hash = hrefOf(next)
}
