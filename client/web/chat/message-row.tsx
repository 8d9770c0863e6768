// One message as it stands in the log.
import { memo, type Ref } from 'react'
import { isMentioned } from '../../core/mentions.ts'
import type { Message } from '../../core/types.ts'
import { useWords } from '../i18n/language.tsx'
import { Avatar } from '../parts/avatar.tsx'
import { Icon } from '../parts/icon.tsx'
import { hrefOfPerson } from '../state/route.ts'
import { ChangeNote } from './change-note.tsx'
import { MessageQuote } from './message-quote.tsx'
import { MessageText } from './message-text.tsx'
import { Mark, Row } from './row.tsx'
import { useThread } from './thread-context.ts'

interface MessageRowProps {
  readonly message: Message
  /** Its place among the rows, for the virtual list. */
  readonly index: number
  readonly measure: Ref<HTMLLIElement>
  readonly isFirst: boolean
  readonly isLast: boolean
  /** Somebody was just led here. */
  readonly isShown: boolean
}

export const MessageRow = memo(function MessageRow(props: MessageRowProps) {
  const { message, index, measure, isFirst, isLast, isShown } = props
  const words = useWords()
  const { chat, formats, names, isPrivate, changes } = useThread()
  const { me } = chat
  const isOwn = message.from.id === me.id
  const change = isOwn ? changes.get(message.id) : undefined
  const state = change && change.state !== 'refused' ? change.state : 'sent'
  const mentionsMe = !isOwn && !message.deletedAt && isMentioned(message.text, me.username)
  const meta = (
    <span className="message-meta">
      {message.editedAt && !message.deletedAt && (
        <span className="message-edited" title={words.message.editedAt(formats.full(message.editedAt))}>
          {words.thread.edited}
        </span>
      )}
      <time dateTime={message.sentAt} title={formats.full(message.sentAt)}>
        {formats.time(message.sentAt)}
      </time>
      {isOwn && state === 'sent' && <Mark icon="check" text={words.thread.sent} />}
      {state !== 'sent' && (
        <Mark icon="clock" text={state === 'sending' ? words.thread.sending : words.thread.waiting} />
      )}
    </span>
  )
  return (
    <Row
      index={index}
      measure={measure}
      isOwn={isOwn}
      isFirst={isFirst}
      isLast={isLast}
      anchor={message.id}
      state={state}
      isShown={isShown}
      mentionsMe={mentionsMe}
    >
      {!isOwn && !isPrivate && isFirst && <Avatar person={message.from} size="small" />}
      <div className="message-body">
        <Author message={message} isOwn={isOwn} isShown={isFirst && !isOwn && !isPrivate} />
        <div className="bubble">
          {mentionsMe && <span className="visually-hidden">{words.message.mentionsYou}. </span>}
          {message.replyTo && !message.deletedAt && (
            <MessageQuote id={message.replyTo.id} reference={message.replyTo} />
          )}
          {message.deletedAt ? (
            <p className="message-text message-deleted">
              {words.thread.deleted}
              {meta}
            </p>
          ) : (
            <MessageText text={message.text} names={names} me={me.username}>
              {meta}
            </MessageText>
          )}
        </div>
        {change && <ChangeNote change={change} />}
        {!message.deletedAt && <MessageActions message={message} isOwn={isOwn} />}
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
      <a href={hrefOfPerson(username)} title={words.sidebar.talkTo(username)} tabIndex={-1}>
        <bdi>{username}</bdi>
      </a>
    </p>
  )
}

/** Beside the message that is pointed at or touched. By keyboard the same is in the menu, which Enter opens. */
function MessageActions({ message, isOwn }: { message: Message; isOwn: boolean }) {
  const words = useWords()
  const { isClosed, reply } = useThread()
  const author = isOwn ? words.sidebar.you : message.from.username
  return (
    <div className="message-actions">
      {!isClosed && (
        <button
          type="button"
          className="button-icon button-small"
          tabIndex={-1}
          aria-label={words.message.reply}
          onClick={() => reply(message)}
        >
          <Icon name="reply" size={16} />
        </button>
      )}
      <button
        type="button"
        className="button-icon button-small"
        tabIndex={-1}
        aria-haspopup="menu"
        aria-label={words.message.actions(author)}
        data-menu={message.id}
      >
        <Icon name="more" size={16} />
      </button>
    </div>
  )
}
