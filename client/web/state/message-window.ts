// Which of a conversation's messages are in the page: a few hundred at most, however many are in memory. The window
// hangs on its first message, or on the end, where new ones come; it moves by steps as its reader nears an edge.
import type { Message } from '../../core/types.ts'

/** The cursor of the first message shown; null: the newest are shown. */
export type WindowStart = string | null

export const WINDOW_AT_END = 100
export const WINDOW_LIMIT = 300
export const WINDOW_STEP = 60

export interface MessageWindow {
  readonly shown: readonly Message[]
  /** Messages in memory above and below. */
  readonly above: number
  readonly below: number
}

export function windowOf(messages: readonly Message[], start: WindowStart): MessageWindow {
  if (start === null) {
    const above = Math.max(0, messages.length - WINDOW_AT_END)
    return { shown: messages.slice(above), above, below: 0 }
  }
  const found = messages.findIndex(message => message.cursor >= start)
  const above = found < 0 ? Math.max(0, messages.length - WINDOW_AT_END) : found
  const shown = messages.slice(above, above + WINDOW_LIMIT)
  return { shown, above, below: messages.length - above - shown.length }
}

/**
 * The start after moving by so many messages, negative upwards.
 * @param above as in `MessageWindow`
 */
export function movedStart(messages: readonly Message[], above: number, by: number): WindowStart {
  return messages[Math.max(0, Math.min(above + by, messages.length - 1))]?.cursor ?? null
}
