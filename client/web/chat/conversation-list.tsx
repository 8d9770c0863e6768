// The conversations: everyone first, then the private ones by their newest message, each with what was said last.
import { memo } from 'react'
import type { Catalogue } from '../i18n/catalogue.ts'
import { useFormats } from '../i18n/format.ts'
import { useWords } from '../i18n/language.tsx'
import type { ConversationKey, Person } from '../model/conversation.ts'
import { Avatar } from '../parts/avatar.tsx'
import { Icon } from '../parts/icon.tsx'
import type { Chat } from '../state/chat.ts'
import type { ChatView, ConversationView } from '../state/chat-view.ts'
import type { Pending } from '../state/pending.ts'
import { hrefOf } from '../state/route.ts'
import { excerptOf } from './excerpt.ts'
import { nameOf } from './place.ts'
import { typingSentence } from './typing-line.tsx'

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
  const { peer, latest, unread, mentioned, online, typing, draft, isGone, changedHands } = conversation
  const waiting = shownPending(conversation)
  // Where it is open, it is in sight.
  const hasDraft = draft !== '' && !isActive && typing.length === 0
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
            <bdi>{nameOf(peer, me, words)}</bdi>
            {(isGone || changedHands) && <span className="row-note">{words.sidebar.deletedAccount}</span>}
            {online && <span className="visually-hidden"> ({words.sidebar.onlineMark})</span>}
          </span>
          <span className="row-preview" data-typing={typing.length > 0 || undefined}>
            {typing.length === 0 && waiting && (
              <Icon name={waiting.state === 'refused' ? 'warning' : 'clock'} size={14} />
            )}
            {hasDraft && <span className="row-draft">{words.sidebar.draft}: </span>}
            <bdi>{hasDraft ? excerptOf(draft) : preview(conversation, me, words)}</bdi>
          </span>
        </span>
        <span className="row-side">
          {latest && (
            <time className="row-time" dateTime={latest.sentAt}>
              {formats.brief(latest.sentAt)}
            </time>
          )}
          <span className="row-badges">
            {mentioned > 0 && (
              <span className="badge badge-mention">
                <span aria-hidden="true">@</span>
                <span className="visually-hidden">{words.sidebar.mentioned(mentioned)}</span>
              </span>
            )}
            {unread > 0 && (
              <span className="badge">
                <span aria-hidden="true">{unread > BADGE_LIMIT ? `${BADGE_LIMIT}+` : unread}</span>
                <span className="visually-hidden">{words.sidebar.unread(unread)}</span>
              </span>
            )}
          </span>
        </span>
      </a>
    </li>
  )
})

/** What waits is the newest there is; what was refused only until something else is said. */
function shownPending({ pending, latest }: ConversationView): Pending | null {
  const waiting = pending.findLast(({ state }) => state !== 'refused') ?? pending.at(-1)
  if (!waiting) return null
  return waiting.state === 'refused' && latest && Date.parse(latest.sentAt) > waiting.createdAt ? null : waiting
}

function preview(conversation: ConversationView, me: Person, words: Catalogue): string {
  const { peer, latest, typing } = conversation
  if (typing.length > 0) {
    return peer ? words.sidebar.typing : typingSentence(typing, words)
  }
  const waiting = shownPending(conversation)
  if (waiting) return words.sidebar.youSaid(excerptOf(waiting.text))
  if (!latest) return peer ? words.sidebar.noMessagesYet : words.sidebar.everyoneHint
  if (latest.deletedAt) return words.sidebar.deletedPreview
  const text = excerptOf(latest.text)
  if (latest.from.id === me.id) return words.sidebar.youSaid(text)
  return peer ? text : `${latest.from.username}: ${text}`
}
