// One message, or one that waits to become one.
import { memo, type ReactNode } from 'react'
import type { Message } from '../../core/types.ts'
import { errorSentence } from '../i18n/error-words.ts'
import type { Formats } from '../i18n/format.ts'
import { useWords } from '../i18n/language.tsx'
import { Avatar } from '../parts/avatar.tsx'
import { Icon } from '../parts/icon.tsx'
import type { Person } from '../state/conversation.ts'
import type { Pending } from '../state/pending.ts'
import { hrefOfPerson } from '../state/route.ts'
import { MessageText } from './message-text.tsx'

interface MessageRowProps {
  readonly message: Message
  readonly me: Person
  readonly formats: Formats
  /** The first, the last of what one author said in a row. */
  readonly isFirst: boolean
  readonly isLast: boolean
  /** In a private conversation there is no need to say who speaks. */
  readonly isPrivate: boolean
}

export const MessageRow = memo(function MessageRow(props: MessageRowProps) {
  const { message, me, formats, isFirst, isLast, isPrivate } = props
  const words = useWords()
  const isOwn = message.from.id === me.id
  const meta = (
    <span className="message-meta">
      {message.editedAt && !message.deletedAt && <span>{words.thread.edited}</span>}
      <time dateTime={message.sentAt} title={formats.full(message.sentAt)}>
        {formats.time(message.sentAt)}
      </time>
      {isOwn && <Mark icon="check" text={words.thread.sent} />}
    </span>
  )
  return (
    <Row isOwn={isOwn} isFirst={isFirst} isLast={isLast} anchor={message.id}>
      {!isOwn && !isPrivate && isFirst && <Avatar person={message.from} size="small" />}
      <div className="message-body">
        <Author message={message} isOwn={isOwn} isShown={isFirst && !isOwn && !isPrivate} />
        <div className="bubble">
          {message.deletedAt ? (
            <p className="message-text message-deleted">
              {words.thread.deleted}
              {meta}
            </p>
          ) : (
            <MessageText text={message.text}>{meta}</MessageText>
          )}
        </div>
      </div>
    </Row>
  )
})

interface AuthorProps {
  readonly message: Message
  readonly isOwn: boolean
  readonly isShown: boolean
}

function Author({ message, isOwn, isShown }: AuthorProps) {
  const words = useWords()
  const { username } = message.from
  if (!isShown) return <span className="visually-hidden">{isOwn ? words.sidebar.you : username}: </span>
  return (
    <p className="message-author">
      <a href={hrefOfPerson(username)} title={words.sidebar.talkTo(username)}>
        <bdi>{username}</bdi>
      </a>
    </p>
  )
}

interface PendingRowProps {
  readonly pending: Pending
  readonly formats: Formats
  readonly isFirst: boolean
  readonly isLast: boolean
  /** It goes to one person, and stands among what goes to everyone. */
  readonly isElsewhere: boolean
  readonly onRetry: (nonce: string) => void
  readonly onDiscard: (nonce: string) => void
  readonly onEdit: (pending: Pending) => void
}

export const PendingRow = memo(function PendingRow(props: PendingRowProps) {
  const { pending, formats, isFirst, isLast, isElsewhere, onRetry, onDiscard, onEdit } = props
  const words = useWords()
  const isRefused = pending.state === 'refused'
  return (
    <Row isOwn isFirst={isFirst} isLast={isLast} anchor={pending.nonce} state={pending.state}>
      <div className="message-body">
        <span className="visually-hidden">{words.sidebar.you}: </span>
        <div className="bubble">
          {isElsewhere && pending.to !== null && (
            <p className="message-to">
              <Icon name="lock" size={14} />
              {words.thread.onlyTo(pending.to)}
            </p>
          )}
          <MessageText text={pending.text}>
            <span className="message-meta">
              <time dateTime={new Date(pending.createdAt).toISOString()}>{formats.time(pending.createdAt)}</time>
              {!isRefused && (
                <Mark icon="clock" text={pending.state === 'sending' ? words.thread.sending : words.thread.waiting} />
              )}
            </span>
          </MessageText>
        </div>
        {isRefused && (
          <div className="refusal">
            <p>
              <Icon name="warning" size={16} />
              <span>
                {words.thread.refused(errorSentence({ code: pending.code ?? 'INTERNAL_SERVER_ERROR' }, words))}
              </span>
            </p>
            <p className="refusal-actions">
              <button type="button" className="button-link" onClick={() => onRetry(pending.nonce)}>
                {words.thread.retry}
              </button>
              <button type="button" className="button-link" onClick={() => onEdit(pending)}>
                {words.thread.edit}
              </button>
              <button type="button" className="button-link" onClick={() => onDiscard(pending.nonce)}>
                {words.thread.discard}
              </button>
            </p>
          </div>
        )}
      </div>
    </Row>
  )
})

interface RowProps {
  readonly isOwn: boolean
  readonly isFirst: boolean
  readonly isLast: boolean
  /** Names the row for keeping the place while others come and go. */
  readonly anchor: string
  readonly state?: Pending['state'] | 'sent'
  readonly children: ReactNode
}

function Row({ isOwn, isFirst, isLast, anchor, state = 'sent', children }: RowProps) {
  return (
    <li
      className="message"
      data-own={isOwn || undefined}
      data-first={isFirst || undefined}
      data-last={isLast || undefined}
      data-state={state}
      data-anchor={anchor}
    >
      {children}
    </li>
  )
}

function Mark({ icon, text }: { icon: 'check' | 'clock'; text: string }) {
  return (
    <span className="mark" title={text}>
      <Icon name={icon} size={14} />
      <span className="visually-hidden">{text}</span>
    </span>
  )
}
