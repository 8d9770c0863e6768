// Search in the history: hits grouped by conversation, the newest first; each leads to its place there.
import '../style/panel.css'
import { useEffect, useMemo, useRef, useState } from 'react'
import type { Message } from '../../core/types.ts'
import { errorSentence } from '../i18n/error-words.ts'
import { type Formats, useFormats } from '../i18n/format.ts'
import { useWords } from '../i18n/language.tsx'
import { type ConversationKey, conversationKey, type Person, peerOf } from '../model/conversation.ts'
import { Avatar } from '../parts/avatar.tsx'
import { Dialog } from '../parts/dialog.tsx'
import { Icon } from '../parts/icon.tsx'
import { Segmented } from '../parts/segmented.tsx'
import type { Chat } from '../state/chat.ts'
import type { ChatView, ConversationView } from '../state/chat-view.ts'
import { hrefOfPerson } from '../state/route.ts'
import { foundPieces } from './found-text.ts'
import { nameOf } from './place.ts'
import { type SearchState, useSearch } from './use-search.ts'

interface SearchDialogProps {
  readonly chat: Chat
  readonly view: ChatView
  /** The conversation that is open. */
  readonly active: ConversationView | null
  /** To begin with. */
  readonly text: string
  readonly onGoTo: (message: Message) => void
  readonly onClose: () => void
}

export function SearchDialog({ chat, view, active, text, onGoTo, onClose }: SearchDialogProps) {
  const words = useWords()
  const formats = useFormats()
  const input = useRef<HTMLInputElement>(null)
  const [typed, setTyped] = useState(text)
  const [where, setWhere] = useState<'everywhere' | 'here'>('everywhere')
  const { state, more, again } = useSearch(chat, typed, where === 'here' && active ? active.key : null)
  const groups = useMemo(() => groupsOf(state.messages, chat.me), [state.messages, chat.me])

  useEffect(() => {
    input.current?.focus()
    input.current?.select()
  }, [])

  return (
    <Dialog title={words.search.title} onClose={onClose}>
      {close => (
        <div className="dialog-body search-panel">
          <label className="search">
            <span className="visually-hidden">{words.search.label}</span>
            <Icon name="search" size={16} />
            <input
              ref={input}
              type="search"
              placeholder={words.search.placeholder}
              value={typed}
              maxLength={256}
              autoComplete="off"
              spellCheck={false}
              onChange={event => setTyped(event.target.value)}
              onKeyDown={event => {
                if (event.key !== 'Escape') return
                // Otherwise it would empty the box, and the dialog would stay.
                event.preventDefault()
                close()
              }}
            />
          </label>
          {active && (
            <Segmented
              legend={words.search.where}
              options={[
                { value: 'everywhere', label: words.search.everywhere },
                { value: 'here', label: words.search.here(nameOf(active.peer, chat.me, words)) },
              ]}
              value={where}
              onChoose={setWhere}
            />
          )}
          <p className="search-status quiet" role="status">
            {statusOf(state)}
          </p>
          {state.failure && (
            <div className="callout callout-danger" role="alert">
              <p>
                {words.search.failed} {view.connection === 'offline' && `${words.search.offline} `}
                {errorSentence(state.failure, words)}
              </p>
              <button type="button" className="button-link" onClick={() => void again()}>
                {words.thread.retry}
              </button>
            </div>
          )}
          <div className="search-results">
            {groups.map(group => (
              <section key={group.key} aria-label={nameOf(group.peer, chat.me, words)}>
                <h3 className="search-group">
                  <Avatar
                    person={group.peer}
                    size="small"
                    online={group.peer !== null && view.onlineIds.has(group.peer.id)}
                  />
                  <bdi>{nameOf(group.peer, chat.me, words)}</bdi>
                </h3>
                <ul>
                  {group.messages.map(message => (
                    <li key={message.id}>
                      <Hit
                        message={message}
                        query={state.text}
                        me={chat.me}
                        isPublic={group.peer === null}
                        formats={formats}
                        onTalk={close}
                        onChoose={() => {
                          close()
                          onGoTo(message)
                        }}
                      />
                    </li>
                  ))}
                </ul>
              </section>
            ))}
            {state.hasMore && state.phase === 'done' && (
              <button type="button" className="button" onClick={() => void more()}>
                {words.search.more}
              </button>
            )}
            {state.phase === 'searching' && <span className="spinner" aria-hidden="true" />}
          </div>
        </div>
      )}
    </Dialog>
  )

  function statusOf({ phase, failure, messages, hasMore, text: sought }: SearchState): string {
    if (phase === 'idle') return words.search.start
    if (phase === 'searching') return words.search.searching
    if (failure) return ''
    return messages.length === 0 ? words.search.none(sought) : words.search.found(messages.length, hasMore)
  }
}

interface HitProps {
  readonly message: Message
  readonly query: string
  readonly me: Person
  /** What was said to everyone: its author's conversation is another one. */
  readonly isPublic: boolean
  readonly formats: Formats
  /** Goes to the author's conversation. */
  readonly onTalk: () => void
  readonly onChoose: () => void
}

/** All of it leads to the message, but for the author's name, which leads to them as it does anywhere. */
function Hit({ message, query, me, isPublic, formats, onTalk, onChoose }: HitProps) {
  const words = useWords()
  const { username } = message.from
  const isMine = message.from.id === me.id
  return (
    <div className="hit">
      <span className="hit-head">
        {isPublic && !isMine ? (
          <a
            className="hit-author"
            href={hrefOfPerson(username)}
            title={words.sidebar.talkTo(username)}
            onClick={onTalk}
          >
            <bdi>{username}</bdi>
          </a>
        ) : (
          <bdi>{isMine ? words.sidebar.you : username}</bdi>
        )}
        <time dateTime={message.sentAt} title={formats.full(message.sentAt)}>
          {formats.brief(message.sentAt)}
        </time>
      </span>
      <button type="button" className="hit-text" dir="auto" onClick={onChoose}>
        {foundPieces(message.text, query).map((piece, index) =>
          piece.isHit ? (
            // biome-ignore lint/suspicious/noArrayIndexKey: the pieces of a text never move
            <mark key={index}>{piece.text}</mark>
          ) : (
            piece.text
          ),
        )}
      </button>
    </div>
  )
}

interface Group {
  readonly key: ConversationKey
  readonly peer: Person | null
  readonly messages: Message[]
}

/** The conversation with the newest hit first. */
function groupsOf(messages: readonly Message[], me: Person): readonly Group[] {
  const groupsByKey = new Map<ConversationKey, Group>()
  for (const message of messages) {
    const key = conversationKey(message, me)
    const group = groupsByKey.get(key)
    if (group) group.messages.push(message)
    else groupsByKey.set(key, { key, peer: peerOf(message, me), messages: [message] })
  }
  return [...groupsByKey.values()]
}
