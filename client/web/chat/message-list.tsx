// The messages of one conversation on the screen: the rows near it, separators, what waits to be sent, and the ways to the
// first unread and the newest message.
import { type MouseEvent, useCallback, useEffect, useMemo, useRef, useState } from 'react'
import { isLookedAt } from '../browser/looked-at.ts'
import { useWords } from '../i18n/language.tsx'
import { Icon } from '../parts/icon.tsx'
import { late } from '../parts/late.tsx'
import type { Chat } from '../state/chat.ts'
import type { ChatView, ConversationView } from '../state/chat-view.ts'
import type { Pending } from '../state/pending.ts'
import { focusComposer, useMessageKeys } from './message-keys.ts'
import type { MenuPlace } from './message-menu.tsx'
import { MessageRow } from './message-row.tsx'
import { TO_LINE } from './next-unread.ts'
import { loadMessageMenu } from './panel.ts'
import { PendingRow } from './pending-row.tsx'
import { type ListRow, listRows } from './run.ts'
import { Context, type ThreadContext } from './thread-context.ts'
import { ThreadHead } from './thread-head.tsx'
import { useThreadScroll } from './use-thread-scroll.ts'

const MessageMenu = late(
  async () => (await loadMessageMenu()).MessageMenu,
  ({ onClose }) => onClose,
)

/** A message to lead to. */
export interface Jump {
  readonly id: string
  readonly cursor: string
}

interface MessageListProps {
  readonly chat: Chat
  readonly conversation: ConversationView
  readonly thread: Omit<ThreadContext, 'goTo'>
  /** When it rises, something was sent from here. */
  readonly sends: number
  readonly jump: Jump | null
  /** What is shown is what the server knows, not this device's copy. */
  readonly isFresh: boolean
  /** How long the server keeps messages. */
  readonly retention: ChatView['retention']
  readonly onEdit: (text: string) => void
  readonly onUnreachable: () => void
}

const NONE: readonly Pending[] = []

export function MessageList(props: MessageListProps) {
  const { chat, conversation, thread: actions, sends, jump, isFresh, retention, onEdit, onUnreachable } = props
  const words = useWords()
  const { key, peer, messages, pending, unread, firstUnread, hasEarlier, hasLater } = conversation
  const [menu, setMenu] = useState<MenuPlace | null>(null)

  // What waits stands at the end of all, not at the end of a window further up.
  const waiting = hasLater ? NONE : pending
  const me = chat.me.id
  const rows = useMemo(
    () => listRows(messages, waiting, { me, line: firstUnread, hasEarlier }),
    [messages, waiting, me, firstUnread, hasEarlier],
  )
  const scroll = useThreadScroll(chat, conversation, rows, {
    isLed: jump !== null,
    isFresh,
    isOffline: actions.isOffline,
  })
  const { virtualizer, scroller, head, headHeight, isPlaced, isSettled, isAtEnd, isLineAbove } = scroll
  const { shown, toEnd, toLine, lead } = scroll

  const goTo = useCallback(
    (id: string, cursor: string) => {
      void chat.loadAround(key, cursor).then(isThere => {
        if (isThere) return lead(id)
        onUnreachable()
        // Who came here for it sees the newest instead.
        if (jump?.id === id) toEnd()
      })
    },
    [chat, key, jump, lead, toEnd, onUnreachable],
  )
  const thread = useMemo(() => ({ ...actions, goTo }), [actions, goTo])

  // Once for each: whoever moves on is not led back.
  const ledTo = useRef<Jump | null>(null)
  useEffect(() => {
    if (!jump || ledTo.current === jump) return
    ledTo.current = jump
    goTo(jump.id, jump.cursor)
  }, [jump, goTo])

  useEffect(() => {
    chat.hold(isAtEnd ? null : key)
    return () => chat.hold(null)
  }, [chat, key, isAtEnd])

  // Read is what stood at the end of the list while somebody could see it.
  const newest = messages.at(-1)?.cursor
  useEffect(() => {
    if (!isSettled || !isAtEnd || newest === undefined) return
    const read = () => {
      if (isLookedAt()) chat.read(key)
    }
    read()
    document.addEventListener('visibilitychange', read)
    addEventListener('focus', read)
    return () => {
      document.removeEventListener('visibilitychange', read)
      removeEventListener('focus', read)
    }
  }, [chat, key, isSettled, isAtEnd, newest])

  // What was sent from here is seen.
  const [seenSends, setSeenSends] = useState(sends)
  useEffect(() => {
    if (seenSends === sends) return
    setSeenSends(sends)
    toEnd()
  }, [seenSends, sends, toEnd])

  const openMenu = useCallback((message: MenuPlace['message'], beside: DOMRect) => setMenu({ message, beside }), [])
  const onKeyDown = useMessageKeys({ rows, scroll, thread, openMenu })

  const latest = useRef({ rows, thread })
  latest.current = { rows, thread }
  useEffect(() => {
    const box = scroller.current
    if (!box || navigator.maxTouchPoints === 0) return
    const ending = new AbortController()
    const begin = async () => {
      const { followSwipes } = await import('./swipe.ts')
      if (ending.signal.aborted) return
      const end = followSwipes(box, ({ dataset }) => {
        const now = latest.current
        const row = now.rows[Number(dataset.index)]
        if (row?.kind === 'message' && !row.message.deletedAt && !now.thread.isClosed) now.thread.reply(row.message)
      })
      ending.signal.addEventListener('abort', end)
    }
    begin().catch(() => {
      // Without a network it stays with the buttons.
    })
    return () => ending.abort()
  }, [scroller])

  function onClick(event: MouseEvent<HTMLElement>) {
    const button = (event.target as HTMLElement).closest<HTMLElement>('[data-menu]')
    const row = button?.closest<HTMLElement>('li.message')
    const found = rows[Number(row?.dataset.index)]
    if (button && found?.kind === 'message') setMenu({ message: found.message, beside: button.getBoundingClientRect() })
  }

  const onEditPending = useCallback(
    (entry: Pending) => {
      onEdit(entry.typed)
      chat.discard(entry.nonce)
      focusComposer()
    },
    [chat, onEdit],
  )

  const items = virtualizer.getVirtualItems()
  const isScrolledAway = isPlaced && !isAtEnd
  const day = isScrolledAway && virtualizer.isScrolling ? dayAt(rows, virtualizer.range?.startIndex ?? 0) : null
  return (
    <Context value={thread}>
      <div className="thread-body">
        <section
          ref={scroller}
          className="scroller"
          aria-label={peer ? words.thread.messagesWith(peer.username) : words.thread.publicMessages}
          aria-description={words.thread.keys}
          // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard (WCAG 2.1.1)
          tabIndex={0}
          onScroll={scroll.look}
          onKeyDown={onKeyDown}
          onClick={onClick}
        >
          <div
            className="messages"
            data-placed={isPlaced || rows.length === 0 || undefined}
            data-settled={isSettled || undefined}
          >
            <ThreadHead ref={head} conversation={conversation} chat={chat} retention={retention} />
            <ol
              style={{
                height: virtualizer.getTotalSize(),
                paddingBlockStart: Math.max(0, (items[0]?.start ?? headHeight) - headHeight),
              }}
            >
              {items.map(({ index }) => {
                const row = rows[index]
                if (!row) return null
                switch (row.kind) {
                  case 'day':
                    return (
                      <li key={row.key} ref={virtualizer.measureElement} data-index={index} className="day">
                        <span>{thread.formats.day(row.at)}</span>
                      </li>
                    )
                  case 'unread':
                    return (
                      <li key={row.key} ref={virtualizer.measureElement} data-index={index} className="unread-line">
                        <span>{words.sidebar.unread(row.count)}</span>
                      </li>
                    )
                  case 'message':
                    return (
                      <MessageRow
                        key={row.key}
                        message={row.message}
                        index={index}
                        measure={virtualizer.measureElement}
                        isFirst={row.isFirst}
                        isLast={row.isLast}
                        isShown={row.key === shown}
                      />
                    )
                  case 'pending':
                    return (
                      <PendingRow
                        key={row.key}
                        pending={row.pending}
                        index={index}
                        measure={virtualizer.measureElement}
                        isFirst={row.isFirst}
                        isLast={row.isLast}
                        onEdit={onEditPending}
                      />
                    )
                }
                return null
              })}
            </ol>
          </div>
        </section>
        {day !== null && (
          <p className="day-float" aria-hidden="true">
            {thread.formats.day(day)}
          </p>
        )}
        {isLineAbove && isPlaced && sends === 0 && (
          <button type="button" className="pill pill-top" data-goes={TO_LINE} onClick={toLine}>
            <Icon name="up" size={16} />
            {words.thread.toFirstUnread}
          </button>
        )}
        {isScrolledAway && (
          <button type="button" className="pill" onClick={toEnd}>
            <Icon name="down" size={16} />
            {unread > 0 ? (
              words.thread.newBelow(unread)
            ) : (
              <span className="visually-hidden">{words.thread.toNewest}</span>
            )}
          </button>
        )}
        {menu && (
          <MessageMenu
            key={`${menu.message.id} ${menu.beside.top}`}
            message={menu.message}
            beside={menu.beside}
            onClose={() => setMenu(null)}
          />
        )}
      </div>
    </Context>
  )
}

/** On which day the first row that can be seen was said. */
function dayAt(rows: readonly ListRow[], index: number): string | number | null {
  for (const row of rows.slice(index)) {
    if (row.kind === 'message') return row.message.sentAt
    if (row.kind === 'pending') return row.pending.createdAt
  }
  return null
}
