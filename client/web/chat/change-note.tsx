// Below a message that was changed and is not yet: why it could not be, and what can be done; offline, the way back.
import type { PendingChange } from '../../core/pending-change.ts'
import { errorSentence } from '../i18n/error-words.ts'
import { useWords } from '../i18n/language.tsx'
import { Icon } from '../parts/icon.tsx'
import { useThread } from './thread-context.ts'

export function ChangeNote({ change }: { change: PendingChange }) {
  const words = useWords()
  const { chat, isOffline } = useThread()
  const { messageId, text, state, code } = change
  const discard = (label: string) => (
    <button type="button" className="button-link" onClick={() => chat.discardChange(messageId)}>
      {label}
    </button>
  )
  if (state !== 'refused') {
    if (!isOffline) return null
    return (
      <div className="refusal">
        <p className="refusal-actions">{discard(words.thread.undo)}</p>
      </div>
    )
  }
  const again = () => void (text === null ? chat.remove(messageId) : chat.edit(messageId, text))
  const reason = errorSentence({ code: code ?? 'INTERNAL_SERVER_ERROR' }, words)
  return (
    <div className="refusal">
      <p>
        <Icon name="warning" size={16} />
        <span>{text === null ? words.message.removeFailed(reason) : words.composer.editFailed(reason)}</span>
      </p>
      <p className="refusal-actions">
        <button type="button" className="button-link" onClick={again}>
          {words.thread.retry}
        </button>
        {discard(words.thread.discard)}
      </p>
    </div>
  )
}
