// What every message of the open conversation needs of its surroundings, without handing it through each layer.
import { createContext, useContext } from 'react'
import type { Message } from '../../core/types.ts'
import type { Formats } from '../i18n/format.ts'
import type { Chat } from '../state/chat.ts'
import type { ChangesById } from '../state/shown-changes.ts'

export interface ThreadContext {
  readonly chat: Chat
  readonly formats: Formats
  /** Names of everybody this page has seen, folded. */
  readonly names: ReadonlySet<string>
  /** In a private conversation there is no need to say who speaks. */
  readonly isPrivate: boolean
  /** Changes that are not done yet, by message. */
  readonly changes: ChangesById
  readonly isOffline: boolean
  /** Nothing more can be written here. */
  readonly isClosed: boolean
  readonly reply: (message: Message) => void
  readonly edit: (message: Message) => void
  readonly remove: (message: Message) => void
  readonly copy: (message: Message) => Promise<void>
  /** Scrolls to a message of this conversation, loading what is around it where need be. */
  readonly goTo: (id: string, cursor: string) => void
}

export const Context = createContext<ThreadContext | null>(null)

export function useThread(): ThreadContext {
  const thread = useContext(Context)
  if (!thread) throw new Error('useThread needs a thread around it')
  return thread
}
