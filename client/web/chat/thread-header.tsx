// The head of a conversation: with whom it is, who can see it, and the state of the connection.
import { useAgo } from '../i18n/format.ts'
import { useWords } from '../i18n/language.tsx'
import { Avatar } from '../parts/avatar.tsx'
import { Icon } from '../parts/icon.tsx'
import type { Chat } from '../state/chat.ts'
import type { ChatView, ConversationView } from '../state/chat-view.ts'
import { LIST_HREF } from '../state/route.ts'
import { ConnectionStatus } from './connection-status.tsx'
import { openPerson, openSearch } from './panel.ts'

interface ThreadHeaderProps {
  readonly chat: Chat
  readonly view: ChatView
  readonly conversation: ConversationView | null
  /** A name in the address that nobody seen so far has. */
  readonly missing: string | null
  readonly isAlone: boolean
}

export function ThreadHeader({ chat, view, conversation, missing, isAlone }: ThreadHeaderProps) {
  const words = useWords()
  const ago = useAgo()
  const peer = conversation?.peer ?? null
  const isNotes = peer?.id === chat.me.id
  const title = missing ?? (isNotes ? words.sidebar.notes : (peer?.username ?? words.sidebar.everyone))
  const Heading = isAlone ? 'h1' : 'h2'
  return (
    <header className="thread-header">
      {isAlone && (
        <a className="button-icon" href={LIST_HREF} aria-label={words.thread.back}>
          <Icon name="back" />
        </a>
      )}
      <Avatar
        person={missing === null ? peer : { id: missing, username: missing }}
        online={conversation?.online ?? false}
      />
      <div className="thread-titles">
        <Heading>
          <bdi>{title}</bdi>
        </Heading>
        <p className="thread-subtitle">
          {peer && <Icon name="lock" size={14} />}
          <span>{missing === null && subtitle()}</span>
        </p>
      </div>
      <button
        type="button"
        className="button-icon"
        aria-label={words.sidebar.searchMessages}
        onClick={() => openSearch()}
      >
        <Icon name="search" />
      </button>
      {peer && !isNotes && !conversation?.isGone && (
        <button
          type="button"
          className="button-icon"
          aria-haspopup="dialog"
          aria-label={words.person.about(peer.username)}
          onClick={() => openPerson(peer)}
        >
          <Icon name="more" />
        </button>
      )}
      <ConnectionStatus view={view} />
    </header>
  )

  function subtitle(): string {
    if (!peer) return words.thread.publicSubtitle
    if (isNotes) return words.thread.notesSubtitle
    if (conversation?.isGone) return words.sidebar.deletedAccount
    if (!view.isPresenceKnown) return words.thread.privateSubtitle
    const seenAt = view.seenAtById.get(peer.id)
    const absent = seenAt === undefined ? words.thread.whenBack : words.sidebar.seen(ago(seenAt))
    return `${words.thread.privateSubtitle} · ${conversation?.online ? words.sidebar.onlineMark : absent}`
  }
}
