// One conversation: its head, its messages, what there is to tell about it, and where one writes.
import { useCallback, useState } from 'react'
import { errorSentence } from '../i18n/error-words.ts'
import { useWords } from '../i18n/language.tsx'
import { Avatar } from '../parts/avatar.tsx'
import { Icon } from '../parts/icon.tsx'
import type { Chat } from '../state/chat.ts'
import type { ChatView, ConversationView } from '../state/chat-view.ts'
import { readDraft, writeDraft } from '../state/draft.ts'
import { LIST_HREF } from '../state/route.ts'
import { Composer } from './composer.tsx'
import { ConnectionBanner } from './connection-banner.tsx'
import { ConnectionStatus } from './connection-status.tsx'
import { MessageList } from './message-list.tsx'
import { NoticeList } from './notice-list.tsx'

interface ThreadProps {
  readonly chat: Chat
  readonly view: ChatView
  /** Null: there is none for this address. */
  readonly conversation: ConversationView | null
  /** A name in the address that nobody seen so far has. */
  readonly missing: string | null
  /** The server does not know it either. */
  readonly isNobody: boolean
  readonly isAlone: boolean
  readonly onRestart: () => void
}

export function Thread({ chat, view, conversation, missing, isNobody, isAlone, onRestart }: ThreadProps) {
  const words = useWords()
  const key = conversation?.key ?? null
  const [draft, setDraft] = useState(() => (key === null ? '' : readDraft(chat.me.id, key)))
  /** Counts what was sent from here: each time the list goes to its end. */
  const [sends, setSends] = useState(0)

  const write = useCallback(
    (text: string) => {
      setDraft(text)
      if (key !== null) writeDraft(chat.me.id, key, text)
    },
    [chat, key],
  )

  const peer = conversation?.peer ?? null
  const isNotes = peer?.id === chat.me.id
  const title = missing ?? (isNotes ? words.sidebar.notes : (peer?.username ?? words.sidebar.everyone))
  const Heading = isAlone ? 'h1' : 'h2'
  return (
    <main className="thread" data-tone={peer || missing ? 'private' : 'public'}>
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
        <ConnectionStatus view={view} />
      </header>
      {body()}
    </main>
  )

  function subtitle(): string {
    if (!peer) return words.thread.publicSubtitle
    if (isNotes) return words.thread.notesSubtitle
    return words.thread.privateSubtitle(conversation?.online ?? false)
  }

  function body() {
    if (view.phase === 'loading') return <ThreadPlaceholder text={words.thread.loading} isBusy />
    if (view.phase === 'failed') {
      const code = view.failure ?? 'NETWORK'
      return (
        <ThreadPlaceholder text={words.thread.loadFailed} detail={errorSentence({ code }, words)}>
          <button type="button" className="button" onClick={chat.reload}>
            <Icon name="retry" />
            {words.app.retryNow}
          </button>
        </ThreadPlaceholder>
      )
    }
    if (!conversation) {
      if (isNobody) return <ThreadPlaceholder text={words.composer.nobodyNamed(missing ?? '')} />
      return <ThreadPlaceholder text={words.thread.loading} isBusy />
    }
    return (
      <>
        <MessageList key={conversation.key} chat={chat} conversation={conversation} sends={sends} onEdit={write} />
        <div className="thread-foot">
          <NoticeList chat={chat} notices={view.notices} onEdit={write} />
          <ConnectionBanner view={view} onRestart={onRestart} />
          {conversation.changedHands && peer ? (
            <p className="callout">{words.thread.nameChangedHands(peer.username)}</p>
          ) : (
            <Composer
              chat={chat}
              view={view}
              conversation={conversation}
              draft={draft}
              onDraft={write}
              onSent={() => setSends(count => count + 1)}
            />
          )}
        </div>
      </>
    )
  }
}

interface ThreadPlaceholderProps {
  readonly text: string
  readonly detail?: string
  readonly isBusy?: boolean
  readonly children?: React.ReactNode
}

function ThreadPlaceholder({ text, detail, isBusy = false, children }: ThreadPlaceholderProps) {
  return (
    <div className="thread-placeholder" role="status" aria-busy={isBusy}>
      {isBusy && <span className="spinner" aria-hidden="true" />}
      <p>{text}</p>
      {detail && <p className="quiet">{detail}</p>}
      {children}
    </div>
  )
}
