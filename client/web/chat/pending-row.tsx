// A message that waits to be sent, or was refused: with what can be done about it.
import { memo, type Ref } from 'react'
import { errorSentence } from '../i18n/error-words.ts'
import { useWords } from '../i18n/language.tsx'
import { Icon } from '../parts/icon.tsx'
import type { Pending } from '../state/pending.ts'
import { MessageQuote } from './message-quote.tsx'
import { MessageText } from './message-text.tsx'
import { Mark, Row } from './row.tsx'
import { useThread } from './thread-context.ts'

interface PendingRowProps {
  readonly pending: Pending
  readonly index: number
  readonly measure: Ref<HTMLLIElement>
  readonly isFirst: boolean
  readonly isLast: boolean
  /** Puts its text back into the composer. */
  readonly onEdit: (pending: Pending) => void
}

export const PendingRow = memo(function PendingRow(props: PendingRowProps) {
  const { pending, index, measure, isFirst, isLast, onEdit } = props
  const words = useWords()
  const { chat, formats, names, isPrivate } = useThread()
  const isRefused = pending.state === 'refused'
  // It goes to one person, and stands among what goes to everyone.
  const isElsewhere = !isPrivate && pending.to !== null
  return (
    <Row
      index={index}
      measure={measure}
      isOwn
      isFirst={isFirst}
      isLast={isLast}
      anchor={pending.nonce}
      state={pending.state}
    >
      <div className="message-body">
        <span className="visually-hidden">{words.sidebar.you}: </span>
        <div className="bubble">
          {isElsewhere && pending.to !== null && (
            <p className="message-to">
              <Icon name="lock" size={14} />
              {words.thread.onlyTo(pending.to)}
            </p>
          )}
          {pending.replyTo !== null && <MessageQuote id={pending.replyTo} />}
          <MessageText text={pending.text} names={names} me={chat.me.username}>
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
              <button type="button" className="button-link" onClick={() => chat.retry(pending.nonce)}>
                {words.thread.retry}
              </button>
              <button type="button" className="button-link" onClick={() => onEdit(pending)}>
                {words.thread.edit}
              </button>
              <button type="button" className="button-link" onClick={() => chat.discard(pending.nonce)}>
                {words.thread.discard}
              </button>
            </p>
          </div>
        )}
      </div>
    </Row>
  )
})
