// Which messages are worth a notification.
import { isMentioned } from '../../core/mentions.ts'
import type { Message } from '../../core/types.ts'
import type { Person } from '../model/conversation.ts'

export type NotifyOf = 'mine' | 'all' | 'none'

/** Whether it speaks to this account alone, or by its name. */
export function isToMe({ to, text }: Pick<Message, 'to' | 'text'>, me: Person): boolean {
  return to !== null || isMentioned(text, me.username)
}

export function isWorth(message: Pick<Message, 'to' | 'text' | 'from'>, me: Person, wanted: NotifyOf): boolean {
  if (wanted === 'none' || message.from.id === me.id) return false
  return wanted === 'all' || isToMe(message, me)
}
