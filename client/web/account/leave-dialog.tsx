// Leaving, here or everywhere, with a word about what that means: a name without a password is lost by it.
import { useState } from 'react'
import { LeaveDocument } from '../../core/generated/graphql.ts'
import { errorSentence, failureOf } from '../i18n/error-words.ts'
import { useWords } from '../i18n/language.tsx'
import { Dialog } from '../parts/dialog.tsx'
import { Icon } from '../parts/icon.tsx'
import type { Account } from '../state/account.ts'
import type { Chat } from '../state/chat.ts'
import { hasPassword } from '../state/password-memory.ts'

interface LeaveDialogProps {
  readonly account: Account
  readonly chat: Chat
  readonly unsent: number
  readonly onPassword: () => void
  readonly onClose: () => void
}

export function LeaveDialog({ account, chat, unsent, onPassword, onClose }: LeaveDialogProps) {
  const words = useWords()
  const [isLeaving, setLeaving] = useState(false)
  const [error, setError] = useState<string | null>(null)
  const protection = hasPassword(chat.me.id)

  async function leave(everywhere: boolean) {
    setLeaving(true)
    const result = await account.client.mutation(LeaveDocument, { everywhere }).toPromise()
    const failure = result.error ? failureOf(result.error) : null
    // A session that has ended already is as good as left.
    if (!failure || failure.code === 'UNAUTHENTICATED')
      return account.left(everywhere ? 'left-everywhere' : 'left', unsent)
    setError(errorSentence(failure, words))
    setLeaving(false)
  }

  return (
    <Dialog title={<bdi>{words.leaveDialog.title(chat.me.username)}</bdi>} onClose={onClose}>
      {() => (
        <div className="dialog-body">
          {protection === true ? (
            <p>{words.leaveDialog.withPassword}</p>
          ) : (
            <div className="callout callout-warning">
              <Icon name="warning" />
              <p>{protection === false ? words.leaveDialog.withoutPassword : words.leaveDialog.unknownPassword}</p>
            </div>
          )}
          {unsent > 0 && <p>{words.leaveDialog.unsent(unsent)}</p>}
          {error && (
            <p className="field-error" role="alert">
              <Icon name="warning" size={16} />
              <span>{error}</span>
            </p>
          )}
          <div className="dialog-actions dialog-choices">
            {protection !== true && (
              <button type="button" className="button button-primary" onClick={onPassword}>
                {words.leaveDialog.setPasswordFirst}
              </button>
            )}
            <button
              type="button"
              className={protection === true ? 'button button-primary' : 'button'}
              disabled={isLeaving}
              onClick={() => leave(false)}
            >
              {words.leaveDialog.here}
            </button>
            <button type="button" className="button" disabled={isLeaving} onClick={() => leave(true)}>
              {words.leaveDialog.everywhere}
            </button>
          </div>
        </div>
      )}
    </Dialog>
  )
}
