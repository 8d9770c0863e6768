// A name, a password if one likes, and in: with words for everything that can stand in the way.
import { type FormEvent, useEffect, useRef, useState } from 'react'
import { useMutation } from 'urql'
import { EnterHereDocument } from '../../core/generated/graphql.ts'
import { errorSentence, type Failure, failureOf } from '../i18n/error-words.ts'
import { useWords } from '../i18n/language.tsx'
import { Field } from '../parts/field.tsx'
import { Icon } from '../parts/icon.tsx'
import { useMedia } from '../parts/media.ts'
import { Preferences } from '../parts/preferences.tsx'
import type { Account, AccountState } from '../state/account.ts'
import { rememberPassword } from '../state/password-memory.ts'
import { EnterNotice } from './enter-notice.tsx'
import { EnterStory } from './enter-story.tsx'

interface EnterScreenProps {
  readonly account: Account
  readonly state: Extract<AccountState, { phase: 'outside' }>
}

const SHORTEST_PASSWORD = 8

export function EnterScreen({ account, state }: EnterScreenProps) {
  const words = useWords()
  const [{ fetching }, enter] = useMutation(EnterHereDocument)
  const [username, setUsername] = useState(state.reason === 'ended' ? (state.username ?? '') : '')
  const [password, setPassword] = useState('')
  /** With the name and whether a password came with it, for these may have been changed since. */
  const [failed, setFailed] = useState<(Failure & { name: string; withPassword: boolean }) | null>(null)
  const nameBox = useRef<HTMLInputElement>(null)
  const passwordBox = useRef<HTMLInputElement>(null)

  const hasKeyboard = useMedia('(hover: hover) and (pointer: fine)')
  useEffect(() => {
    if (hasKeyboard) (nameBox.current?.value ? passwordBox : nameBox).current?.focus()
  }, [hasKeyboard])

  function refuse(failure: Failure) {
    setFailed({ ...failure, name: username.trim(), withPassword: password !== '' })
    const isAboutPassword = failure.code === 'USERNAME_TAKEN' || failure.code === 'PASSWORD_INVALID'
    const box = isAboutPassword ? passwordBox : nameBox
    box.current?.focus()
    if (isAboutPassword) passwordBox.current?.select()
  }

  async function submit(event: FormEvent) {
    event.preventDefault()
    const name = username.trim()
    if (name === '') return refuse({ code: 'USERNAME_MISSING' })
    if (password !== '' && password.length < SHORTEST_PASSWORD) return refuse({ code: 'PASSWORD_INVALID' })
    setFailed(null)
    const result = await enter({ username: name, password: password === '' ? null : password })
    if (result.error) return refuse(failureOf(result.error))
    if (!result.data) return refuse({ code: 'NETWORK' })
    const { me } = result.data.enter
    rememberPassword(me.id, password !== '')
    account.entered(me)
  }

  let nameError: string | null = null
  let passwordError: string | null = null
  let formError: string | null = null
  if (failed?.code === 'USERNAME_MISSING') nameError = words.enter.nameMissing
  else if (failed?.code === 'USERNAME_INVALID') nameError = errorSentence(failed, words)
  else if (failed?.code === 'USERNAME_TAKEN') {
    passwordError = failed.withPassword ? words.enter.wrongPassword(failed.name) : words.enter.taken(failed.name)
  } else if (failed?.code === 'PASSWORD_INVALID') passwordError = errorSentence(failed, words)
  else if (failed) formError = errorSentence(failed, words)

  return (
    <div className="enter">
      <EnterStory />
      <main className="enter-main">
        <form className="card enter-card" onSubmit={submit} noValidate>
          <h1>{words.enter.title}</h1>
          <p className="quiet">{words.enter.lead}</p>
          <EnterNotice state={state} onContinue={account.start} />
          <Field
            ref={nameBox}
            label={words.enter.name}
            hint={words.enter.nameHint}
            error={nameError}
            name="username"
            autoComplete="username"
            autoCapitalize="none"
            autoCorrect="off"
            spellCheck={false}
            dir="auto"
            value={username}
            onChange={event => setUsername(event.target.value)}
            required
          />
          <Field
            ref={passwordBox}
            label={words.enter.password}
            optional
            hint={words.enter.passwordHint}
            error={passwordError}
            type="password"
            name="password"
            autoComplete="current-password"
            maxLength={256}
            value={password}
            onChange={event => setPassword(event.target.value)}
          />
          {formError && (
            <div className="callout callout-danger" role="alert">
              <Icon name="warning" />
              <div>
                <p>{formError}</p>
                {failed?.code === 'ALREADY_ENTERED' && (
                  <button type="button" className="button-link" onClick={account.start}>
                    {words.enter.continueThere}
                  </button>
                )}
              </div>
            </div>
          )}
          <button type="submit" className="button button-primary button-large" disabled={fetching}>
            {fetching ? words.enter.submitting : words.enter.submit}
          </button>
        </form>
        <Preferences />
      </main>
    </div>
  )
}
