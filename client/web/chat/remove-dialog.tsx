// Asks before a message is deleted: it can't be undone.
import { useState } from 'react'
import type { Message } from '../../core/types.ts'
import { errorSentence } from '../i18n/error-words.ts'
import { useWords } from '../i18n/language.tsx'
import type { Failure } from '../model/failure.ts'
import { Dialog } from '../parts/dialog.tsx'
import type { Chat } from '../state/chat.ts'
import { excerptOf } from './excerpt.ts'

interface RemoveDialogProps {
  readonly chat: Chat
  readonly message: Message
  readonly onClose: () => void
}

export function RemoveDialog({ chat, message, onClose }: RemoveDialogProps) {
  const words = useWords()
  const [isBusy, setBusy] = useState(false)
  const [failure, setFailure] = useState<Failure | null>(null)

  async function remove(close: () => void) {
    setBusy(true)
    const isOwn = message.from.id === chat.me.id
    const failed = await (isOwn ? chat.remove(message.id) : chat.moderating.removeMessage(message.id))
    setBusy(false)
    setFailure(failed)
    if (!failed) close()
  }

  return (
    <Dialog title={words.message.removeTitle} onClose={onClose}>
      {close => (
        <div className="dialog-body">
          <blockquote className="remove-excerpt" dir="auto">
            {excerptOf(message.text)}
          </blockquote>
          <p>{words.message.removeWhy}</p>
          {failure && (
            <p className="callout callout-danger" role="alert">
              {words.message.removeFailed(errorSentence(failure, words))}
            </p>
          )}
          <div className="dialog-actions">
            <button type="button" className="button" onClick={close}>
              {words.app.cancel}
            </button>
            <button
              type="button"
              className="button button-primary button-danger"
              disabled={isBusy}
              onClick={() => void remove(close)}
            >
              {words.message.removeConfirm}
            </button>
          </div>
        </div>
      )}
    </Dialog>
  )
}
