// Deleting the account, after a word about exactly what goes and what stays.
import { type FormEvent, useState } from 'react'
import { DeleteAccountDocument } from '../../core/generated/graphql.ts'
import { errorSentence } from '../i18n/error-words.ts'
import { useWords } from '../i18n/language.tsx'
import { Dialog } from '../parts/dialog.tsx'
import { Field } from '../parts/field.tsx'
import { Icon } from '../parts/icon.tsx'
import type { Account } from '../state/account.ts'
import type { Chat } from '../state/chat.ts'
import type { ChatView } from '../state/chat-view.ts'
import { hasPassword } from '../state/password-memory.ts'

interface DeleteDialogProps {
  readonly account: Account
  readonly chat: Chat
  readonly view: ChatView
  readonly onClose: () => void
}

export function DeleteDialog({ account, chat, view, onClose }: DeleteDialogProps) {
  const words = useWords()
  const [password, setPassword] = useState('')
  const [isDeleting, setDeleting] = useState(false)
  const [error, setError] = useState<string | null>(null)
  const { me } = chat
  const protection = hasPassword(me.id)

  async function submit(event: FormEvent) {
    event.preventDefault()
    setDeleting(true)
    const given = password === '' ? null : password
    const { data, error: failure } = await account.client.ask(DeleteAccountDocument, { password: given })
    if (data) return account.deleted(me)
    setError(failure.code === 'PASSWORD_INVALID' ? words.deleteDialog.wrongPassword : errorSentence(failure, words))
    setDeleting(false)
  }

  const list = (items: readonly string[]) => (
    <ul className="dialog-list">
      {items.map(item => (
        <li key={item}>{item}</li>
      ))}
    </ul>
  )
  return (
    <Dialog title={<bdi>{words.deleteDialog.title(me.username)}</bdi>} onClose={onClose}>
      {close => (
        <form className="dialog-body" onSubmit={submit}>
          <div className="callout callout-danger">
            <Icon name="warning" />
            <div>
              <p>{words.deleteDialog.goes}</p>
              {list(words.deleteDialog.goesList)}
              {view.waiting > 0 && <p>{words.deleteDialog.unsent(view.waiting)}</p>}
            </div>
          </div>
          <div>
            <p>{words.deleteDialog.stays}</p>
            {list(words.deleteDialog.staysList)}
          </div>
          <input type="hidden" name="username" autoComplete="username" value={me.username} />
          {(protection !== false || error !== null) && (
            <Field
              label={words.deleteDialog.password}
              // Another device may have set one, or taken none: the server knows.
              hint={protection === true ? '' : words.deleteDialog.passwordHint}
              error={error}
              type="password"
              autoComplete="current-password"
              maxLength={256}
              required={protection === true}
              value={password}
              onChange={event => setPassword(event.target.value)}
            />
          )}
          <div className="dialog-actions">
            <button type="button" className="button" onClick={close}>
              {words.app.cancel}
            </button>
            <button type="submit" className="button button-primary button-danger" disabled={isDeleting}>
              {words.deleteDialog.confirm}
            </button>
          </div>
        </form>
      )}
    </Dialog>
  )
}
