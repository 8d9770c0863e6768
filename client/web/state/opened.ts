// The conversation that is on the screen: where its unread part begins, and how far somebody has really seen it.

import { isLookedAt } from '../browser/looked-at.ts'
import type { EngineStatus } from '../engine/engine.ts'
import type { ConversationKey, Person } from '../model/conversation.ts'
import type { Conversations } from '../model/conversations.ts'
import type { ReadState } from './chat-view.ts'
import type { Paging } from './paging.ts'
import { type FrozenLine, freezeLine, placeLine } from './unread-line.ts'

export interface OpenConversation {
  readonly key: ConversationKey
  readonly line: FrozenLine | null
  /** False: where the line stands can't be known yet. */
  readonly isFrozen: boolean
}

export interface Opened {
  /** Null: nothing is on the screen. */
  get(): OpenConversation | null
  /** It is on the screen from now on; null: none is. @returns whether that is another one than before */
  show(key: ConversationKey | null): boolean
  /** All that was missed is there. */
  caughtUp(): void
  /** The line, after messages have come. */
  place(): void
  /** Somebody looks at its end; null: somewhere else. */
  read(key: ConversationKey | null): void
  /** Marks as read what somebody really sees: the end of a conversation, in a window that has the focus. */
  readIfSeen(): void
  /** Loads back to the first unread message. @returns its id; null: it could not be loaded */
  loadUnread(key: ConversationKey): Promise<string | null>
}

interface OpenedOptions {
  readonly me: Person
  readonly conversations: Conversations
  readonly paging: Paging
  readonly markOf: (key: ConversationKey) => ReadState | undefined
  readonly getStatus: () => EngineStatus
  /** It was read up to this cursor. */
  readonly read: (key: ConversationKey, cursor: string) => void
}

/** Where nothing was ever read, the first unread message is looked for as many pages up. */
const UNREAD_PAGES = 12

export function createOpened({ me, conversations, paging, markOf, getStatus, read }: OpenedOptions): Opened {
  let open: OpenConversation | null = null
  /** Its end would be read, if only somebody looked. */
  let wantsRead: ConversationKey | null = null

  /** Until it has caught up, there may be more that is unread: the line moves with it. */
  function freeze(): void {
    const { phase, isFromCopy } = getStatus()
    if (!open || open.isFrozen || phase !== 'ready') return
    const mark = markOf(open.key)
    const line = mark ? freezeLine(mark, conversations.tailOf(open.key)) : null
    open = { key: open.key, line, isFrozen: !isFromCopy }
  }

  function place(): void {
    freeze()
    const conversation = open && conversations.get(open.key)
    if (!open || !conversation) return
    const mark = markOf(open.key)
    // What comes while nobody looks is below a line when they do.
    if (open.isFrozen && mark && mark.unread > 0 && !isLookedAt()) {
      const line = freezeLine(mark, conversations.tailOf(open.key))
      if (line && (line.after !== open.line?.after || line.count !== open.line.count)) open = { ...open, line }
    }
    if (!open.line) return
    const line = placeLine(open.line, conversation, me)
    if (line !== open.line) open = { ...open, line }
  }

  function readIfSeen(): void {
    const { phase, isFromCopy } = getStatus()
    // Before it has caught up, the end that is shown is not the end.
    if (wantsRead === null || !isLookedAt() || phase !== 'ready' || isFromCopy) return
    const newest = conversations.tailOf(wantsRead).at(-1)
    const mark = markOf(wantsRead)?.readUpTo ?? null
    if (!newest || conversations.get(wantsRead)?.hasLater || (mark !== null && mark >= newest.cursor)) return
    // The line stands where reading began, not where it ends.
    freeze()
    read(wantsRead, newest.cursor)
  }

  return {
    get: () => open,
    show(key) {
      if (open?.key === key) return false
      if (wantsRead !== key) wantsRead = null
      open = key === null ? null : { key, line: null, isFrozen: false }
      return true
    },
    caughtUp() {
      freeze()
      readIfSeen()
    },
    place,
    read(key) {
      wantsRead = key
      readIfSeen()
    },
    readIfSeen,
    async loadUnread(key) {
      for (let page = 0; page < UNREAD_PAGES; page++) {
        place()
        const line = open?.key === key ? open.line : null
        if (!line || line.id !== null) break
        if (line.after === null) await paging.loadEarlier(key)
        else if (!(await paging.loadAround(key, line.after))) break
      }
      place()
      return open?.key === key ? (open.line?.id ?? null) : null
    },
  }
}
