// Adds a password to the account, or changes it. Over HTTP, as everything that has to do with the session.
import { type FormEvent, useState } from 'react'
import { SetPasswordDocument } from '../../core/generated/graphql.ts'
import { errorSentence } from '../i18n/error-words.ts'
import { useWords } from '../i18n/language.tsx'
import type { Person } from '../model/conversation.ts'
import { Dialog } from '../parts/dialog.tsx'
import { Field } from '../parts/field.tsx'
import { Icon } from '../parts/icon.tsx'
import type { Account } from '../state/account.ts'
import { hasPassword, rememberPassword } from '../state/password-memory.ts'

interface PasswordDialogProps {
  readonly account: Account
  readonly me: Person
  readonly onClose: () => void
}

export function PasswordDialog({ account, me, onClose }: PasswordDialogProps) {
  const words = useWords()
  const [current, setCurrent] = useState('')
  const [next, setNext] = useState('')
  const [state, setState] = useState<'open' | 'saving' | 'saved'>('open')
  const [error, setError] = useState<string | null>(null)
  const mayHaveOne = hasPassword(me.id) !== false

  async function submit(event: FormEvent) {
    event.preventDefault()
    setState('saving')
    const variables = { password: next, current: current === '' ? null : current }
    const { data, error: failure } = await account.client.ask(SetPasswordDocument, variables)
    if (data) {
      rememberPassword(me.id, true)
      setError(null)
      return setState('saved')
    }
    setError(failure.code === 'PASSWORD_INVALID' ? words.passwordDialog.refused : errorSentence(failure, words))
    setState('open')
  }

  return (
    <Dialog title={words.passwordDialog.title} onClose={onClose}>
      {close =>
        state === 'saved' ? (
          <div className="dialog-body">
            <p className="callout callout-good" role="status">
              <Icon name="check" />
              <span>{words.passwordDialog.done}</span>
            </p>
            <div className="dialog-actions">
              <button type="button" className="button button-primary" onClick={close}>
                {words.app.close}
              </button>
            </div>
          </div>
        ) : (
          <form className="dialog-body" onSubmit={submit}>
            <p className="quiet">{words.passwordDialog.why}</p>
            <input type="hidden" name="username" autoComplete="username" value={me.username} />
            {mayHaveOne && (
              <Field
                label={words.passwordDialog.current}
                hint={words.passwordDialog.currentHint}
                type="password"
                autoComplete="current-password"
                maxLength={256}
                value={current}
                onChange={event => setCurrent(event.target.value)}
              />
            )}
            <Field
              label={words.passwordDialog.next}
              hint={words.passwordDialog.nextHint}
              error={error}
              type="password"
              autoComplete="new-password"
              minLength={8}
              maxLength={256}
              required
              value={next}
              onChange={event => setNext(event.target.value)}
            />
            <div className="dialog-actions">
              <button type="button" className="button" onClick={close}>
                {words.app.cancel}
              </button>
              <button type="submit" className="button button-primary" disabled={state === 'saving'}>
                {words.passwordDialog.submit}
              </button>
            </div>
          </form>
        )
      }
    </Dialog>
  )
}
