// The conversations: everyone first, then the private ones by their newest message, each with what was said last.
import { memo } from 'react'
import type { Catalogue } from '../i18n/catalogue.ts'
import { useFormats } from '../i18n/format.ts'
import { useWords } from '../i18n/language.tsx'
import { Avatar } from '../parts/avatar.tsx'
import { Icon } from '../parts/icon.tsx'
import type { Chat } from '../state/chat.ts'
import type { ChatView, ConversationView } from '../state/chat-view.ts'
import type { ConversationKey, Person } from '../state/conversation.ts'
import { hrefOf } from '../state/route.ts'

interface ConversationListProps {
  readonly chat: Chat
  readonly view: ChatView
  readonly activeKey: ConversationKey | null
}

export function ConversationList({ chat, view, activeKey }: ConversationListProps) {
  const words = useWords()
  return (
    <>
      <ul className="rows">
        {view.conversations.map(conversation => (
          <ConversationRow
            key={conversation.key}
            me={chat.me}
            conversation={conversation}
            isActive={conversation.key === activeKey}
          />
        ))}
      </ul>
      {view.hasOlderConversations && (
        <button type="button" className="button-link rows-more" onClick={chat.loadOlderConversations}>
          {words.sidebar.olderConversations}
        </button>
      )}
    </>
  )
}

interface ConversationRowProps {
  readonly me: Person
  readonly conversation: ConversationView
  readonly isActive: boolean
}

const BADGE_LIMIT = 99

const ConversationRow = memo(function ConversationRow({ me, conversation, isActive }: ConversationRowProps) {
  const words = useWords()
  const formats = useFormats()
  const { peer, messages, pending, unread, online } = conversation
  const last = messages.at(-1)
  const waiting = pending.at(-1)
  return (
    <li>
      <a
        className="row"
        href={hrefOf(conversation)}
        aria-current={isActive ? 'page' : undefined}
        data-private={peer ? true : undefined}
      >
        <Avatar person={peer} online={online} />
        <span className="row-main">
          <span className="row-name">
            <bdi>{peer ? (peer.id === me.id ? words.sidebar.notes : peer.username) : words.sidebar.everyone}</bdi>
            {online && <span className="visually-hidden"> ({words.sidebar.onlineMark})</span>}
          </span>
          <span className="row-preview">
            {waiting && <Icon name={waiting.state === 'refused' ? 'warning' : 'clock'} size={14} />}
            <bdi>{preview(conversation, me, words)}</bdi>
          </span>
        </span>
        <span className="row-side">
          {last && (
            <time className="row-time" dateTime={last.sentAt}>
              {formats.brief(last.sentAt)}
            </time>
          )}
          {unread > 0 && (
            <span className="badge">
              <span aria-hidden="true">{unread > BADGE_LIMIT ? `${BADGE_LIMIT}+` : unread}</span>
              <span className="visually-hidden">{words.sidebar.unread(unread)}</span>
            </span>
          )}
        </span>
      </a>
    </li>
  )
})

function preview({ peer, messages, pending }: ConversationView, me: Person, words: Catalogue): string {
  const waiting = pending.at(-1)
  if (waiting) return words.sidebar.youSaid(waiting.text)
  const last = messages.at(-1)
  if (!last) return peer ? words.sidebar.noMessagesYet : words.sidebar.everyoneHint
  if (last.deletedAt) return words.sidebar.deletedPreview
  if (last.from.id === me.id) return words.sidebar.youSaid(last.text)
  return peer ? last.text : `${last.from.username}: ${last.text}`
}
