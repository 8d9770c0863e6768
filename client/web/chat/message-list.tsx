// The messages of one conversation: a bounded window over them that moves and grows as one scrolls, separators, what
// waits to be sent, and the way back to the newest.
import { useCallback, useEffect, useRef, useState } from 'react'
import { useFormats } from '../i18n/format.ts'
import { useWords } from '../i18n/language.tsx'
import { Icon } from '../parts/icon.tsx'
import type { Chat } from '../state/chat.ts'
import type { ConversationView } from '../state/chat-view.ts'
import { movedStart, WINDOW_STEP, type WindowStart, windowOf } from '../state/message-window.ts'
import type { Pending } from '../state/pending.ts'
import { MessageRow, PendingRow } from './message-row.tsx'
import { listRows } from './run.ts'
import { ScrollKeeper, type ScrollPlace } from './scroll-keeper.tsx'

interface MessageListProps {
  readonly chat: Chat
  readonly conversation: ConversationView
  /** When it rises, something was sent from here. */
  readonly sends: number
  readonly onEdit: (text: string) => void
}

/** Messages before the first unread one that come with it. */
const BEFORE_UNREAD = 20

export function MessageList({ chat, conversation, sends, onEdit }: MessageListProps) {
  const words = useWords()
  const formats = useFormats()
  const { key, peer, messages, pending, unread, hasEarlier, loading } = conversation
  // Where the unread part began when the conversation was opened: the line stays there while it is open.
  const [firstUnread] = useState(() => firstUnreadIndex(conversation, chat.me.id))
  const [unreadId] = useState(() => messages[firstUnread]?.id ?? null)
  const [start, setStart] = useState<WindowStart>(() =>
    firstUnread < 0 ? null : (messages[Math.max(0, firstUnread - BEFORE_UNREAD)]?.cursor ?? null),
  )
  const [isAtEnd, setAtEnd] = useState(true)
  const [jumps, setJumps] = useState(0)
  // In a ref too: an effect must not act on the place that was before the last change of the list.
  const place = useRef<ScrollPlace>({ isAtEnd: true, isNearStart: false, isNearEnd: true })
  const [, setPlace] = useState(place.current)

  const list = windowOf(messages, start)
  const rows = listRows(list.shown, list.below === 0 ? pending : [], unreadId, chat.me.id)

  const onPlace = useCallback((next: ScrollPlace) => {
    place.current = next
    setPlace(now =>
      now.isAtEnd === next.isAtEnd && now.isNearStart === next.isNearStart && now.isNearEnd === next.isNearEnd
        ? now
        : next,
    )
  }, [])

  // The window follows its reader. Each step changes what is shown, so the place is looked at again after it.
  const { above, below } = list
  const firstShown = list.shown[0]?.cursor ?? null
  useEffect(() => {
    const now = place.current
    setAtEnd(now.isAtEnd)
    if (now.isAtEnd && !(now.isNearStart && above > 0)) setStart(null)
    else if (start === null) setStart(firstShown)
    else if (now.isNearStart && above > 0) setStart(movedStart(messages, above, -WINDOW_STEP))
    else if (now.isNearEnd && below > 0) setStart(movedStart(messages, above, WINDOW_STEP))
    if (now.isNearStart && above === 0 && hasEarlier && loading === 'idle') void chat.loadEarlier(key)
  })

  useEffect(() => {
    chat.hold(isAtEnd ? null : key)
    return () => chat.hold(null)
  }, [chat, key, isAtEnd])

  // Read is what stood at the end of the list while somebody could see it.
  const newest = messages.at(-1)?.cursor
  useEffect(() => {
    if (!isAtEnd || newest === undefined) return
    const read = () => {
      if (document.visibilityState === 'visible') chat.read(key)
    }
    read()
    document.addEventListener('visibilitychange', read)
    return () => document.removeEventListener('visibilitychange', read)
  }, [chat, key, isAtEnd, newest])

  const toEnd = useCallback(() => {
    setStart(null)
    setJumps(count => count + 1)
  }, [])
  const lastSends = useRef(sends)
  useEffect(() => {
    if (lastSends.current !== sends) toEnd()
    lastSends.current = sends
  }, [sends, toEnd])

  const onEditPending = useCallback(
    (entry: Pending) => {
      onEdit(entry.typed)
      chat.discard(entry.nonce)
      document.querySelector<HTMLTextAreaElement>('.composer textarea')?.focus()
    },
    [chat, onEdit],
  )

  const isNotes = peer?.id === chat.me.id
  const beginning = !peer
    ? words.thread.beginningPublic
    : isNotes
      ? words.thread.beginningNotes
      : words.thread.beginningPrivate(peer.username)
  return (
    <div className="thread-body">
      <ScrollKeeper
        label={peer ? words.thread.messagesWith(peer.username) : words.thread.publicMessages}
        isWhole={below === 0}
        jump={jumps}
        startAt=".unread-line"
        onPlace={onPlace}
      >
        <div className="messages">
          {above === 0 && (
            <div className="messages-start">
              {loading === 'failed' ? (
                <>
                  <p>{words.thread.earlierFailed}</p>
                  <button type="button" className="button-link" onClick={() => chat.loadEarlier(key)}>
                    {words.thread.retry}
                  </button>
                </>
              ) : hasEarlier ? (
                <p>{words.thread.loadingEarlier}</p>
              ) : (
                <p>{beginning}</p>
              )}
            </div>
          )}
          <ol>
            {rows.map(row => {
              switch (row.kind) {
                case 'day':
                  return (
                    <li key={row.key} className="day">
                      <span>{formats.day(row.at)}</span>
                    </li>
                  )
                case 'unread':
                  return (
                    <li key={row.key} className="unread-line">
                      <span>{words.thread.newMessages}</span>
                    </li>
                  )
                case 'message':
                  return (
                    <MessageRow
                      key={row.message.id}
                      message={row.message}
                      me={chat.me}
                      formats={formats}
                      isFirst={row.isFirst}
                      isLast={row.isLast}
                      isPrivate={peer !== null}
                    />
                  )
                case 'pending':
                  return (
                    <PendingRow
                      key={row.pending.nonce}
                      pending={row.pending}
                      formats={formats}
                      isFirst={row.isFirst}
                      isLast={row.isLast}
                      isElsewhere={peer === null}
                      onRetry={chat.retry}
                      onDiscard={chat.discard}
                      onEdit={onEditPending}
                    />
                  )
              }
              return null
            })}
          </ol>
        </div>
      </ScrollKeeper>
      {!isAtEnd && (
        <button type="button" className="pill" onClick={toEnd}>
          <Icon name="down" size={16} />
          {unread > 0 ? (
            words.thread.newBelow(unread)
          ) : (
            <span className="visually-hidden">{words.thread.toNewest}</span>
          )}
        </button>
      )}
    </div>
  )
}

/** -1: nothing is unread. */
function firstUnreadIndex({ messages, readMark, unread }: ConversationView, me: string): number {
  if (unread === 0) return -1
  return messages.findIndex(({ cursor, from }) => (readMark === null || cursor > readMark) && from.id !== me)
}
