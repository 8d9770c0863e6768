// Above the first message: that more is being loaded, that it could not be, or that the conversation begins here, with
// what the server still has of it.
import type { Ref } from 'react'
import type { Retention } from '../engine/engine.ts'
import { useWords } from '../i18n/language.tsx'
import type { Chat } from '../state/chat.ts'
import type { ConversationView } from '../state/chat-view.ts'

interface ThreadHeadProps {
  readonly ref: Ref<HTMLDivElement>
  readonly chat: Chat
  readonly conversation: ConversationView
  /** How long the server keeps messages; null: for ever, as far as is known. */
  readonly retention: Retention | null
}

export function ThreadHead({ ref, chat, conversation, retention }: ThreadHeadProps) {
  const words = useWords()
  const { key, peer, hasEarlier, loading } = conversation
  const isNotes = peer?.id === chat.me.id
  const beginning = retention
    ? words.thread.kept(retention.days, retention.messages)
    : !peer
      ? words.thread.beginningPublic
      : isNotes
        ? words.thread.beginningNotes
        : words.thread.beginningPrivate(peer.username)
  return (
    <div ref={ref} className="messages-start">
      {loading === 'failed' ? (
        <>
          <p>{words.thread.earlierFailed}</p>
          <button type="button" className="button-link" onClick={() => void chat.loadEarlier(key)}>
            {words.thread.retry}
          </button>
        </>
      ) : (
        <p>{hasEarlier ? words.thread.loadingEarlier : beginning}</p>
      )}
    </div>
  )
}
