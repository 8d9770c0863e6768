// A name, a password if one likes, and in. For a name that has an owner: a code of another device first, its password
// second, another name third. With words for everything else that can stand in the way.
import { type FormEvent, useEffect, useRef, useState } from 'react'
import { invitationIn } from '../../core/invitation-link.ts'
import { errorSentence } from '../i18n/error-words.ts'
import { useWords } from '../i18n/language.tsx'
import type { Failure } from '../model/failure.ts'
import { Field } from '../parts/field.tsx'
import { Icon } from '../parts/icon.tsx'
import { useMedia } from '../parts/media.ts'
import type { Account, AccountState } from '../state/account.ts'
import { rememberPassword } from '../state/password-memory.ts'
import { CodeField } from './code-field.tsx'
import { EnterNotice } from './enter-notice.tsx'
import { enterWithCode } from './enter-with-code.ts'
import { forgetInvitation, useInvitation } from './invitation-link.ts'

interface NameFormProps {
  readonly account: Account
  readonly state: Extract<AccountState, { phase: 'outside' }>
  readonly name: string
  readonly onName: (name: string) => void
  readonly onCode: () => void
  /** Another device of whoever has this name is to be asked. */
  readonly onAsk: (name: string) => void
}

/** With the name and how it was tried, for these may have been changed since. */
interface Refused extends Failure {
  readonly name: string
  readonly by: 'name' | 'password' | 'code'
}

const SHORTEST_PASSWORD = 8

export function NameForm({ account, state, name: typed, onName, onCode, onAsk }: NameFormProps) {
  const words = useWords()
  const [password, setPassword] = useState('')
  const [code, setCode] = useState('')
  const linked = useInvitation()
  const [invitation, setInvitation] = useState('')
  /** The server has asked for one. */
  const [isByInvitation, setByInvitation] = useState(false)
  const [isBusy, setBusy] = useState(false)
  const [refused, setRefused] = useState<Refused | null>(null)
  /** The name that turned out to have an owner, with free ones. */
  const [taken, setTaken] = useState<{ name: string; free: readonly string[] } | null>(null)
  const nameBox = useRef<HTMLInputElement>(null)
  const passwordBox = useRef<HTMLInputElement>(null)
  const codeBox = useRef<HTMLInputElement>(null)
  const invitationBox = useRef<HTMLInputElement>(null)
  const form = useRef<HTMLFormElement>(null)
  const name = typed.trim()
  const isTaken = taken !== null && taken.name === name

  const hasKeyboard = useMedia('(hover: hover) and (pointer: fine)')
  useEffect(() => {
    if (hasKeyboard) (nameBox.current?.value ? passwordBox : nameBox).current?.focus()
  }, [hasKeyboard])

  // Where one goes on: by a code, unless it was the password that was refused.
  useEffect(() => {
    if (!refused) return
    const isAboutPassword = refused.by === 'password' || refused.code === 'PASSWORD_INVALID'
    const isAboutCode = refused.code === 'USERNAME_TAKEN' || refused.by === 'code'
    const isAboutInvitation = refused.code === 'INVITATION_REQUIRED' || refused.code === 'INVITATION_INVALID'
    const box = isAboutInvitation ? invitationBox : isAboutPassword ? passwordBox : isAboutCode ? codeBox : nameBox
    box.current?.focus()
    box.current?.select()
    // With the reason, which stands below the box or below all of them, and with the way on where there is room for both.
    const reason = form.current?.querySelector('.callout-danger') ?? box.current?.closest('.field')
    for (const part of [form.current?.querySelector('[type=submit]'), reason])
      part?.scrollIntoView({ block: 'nearest' })
  }, [refused])

  const byName = () => (password === '' ? 'name' : 'password')

  async function enter(chosen: string, by: Refused['by']) {
    const refuse = (failure: Failure) => setRefused({ ...failure, name: chosen, by })
    if (chosen === '') return refuse({ code: 'USERNAME_MISSING' })
    if (by === 'password' && password.length < SHORTEST_PASSWORD) return refuse({ code: 'PASSWORD_INVALID' })
    setRefused(null)
    setBusy(true)
    const failure =
      by === 'code'
        ? await enterWithCode(account, code.trim())
        : await account.enter(chosen, password === '' ? null : password, invitationIn(invitation) || linked)
    setBusy(false)
    if (!failure) {
      const now = account.getState()
      if (by !== 'code' && now.phase === 'inside') rememberPassword(now.me.id, by === 'password')
      forgetInvitation()
      return
    }
    if (failure.code === 'INVITATION_REQUIRED') setByInvitation(true)
    if (failure.code === 'INVITATION_INVALID') {
      setByInvitation(true)
      // The one of the link is of no use: another may be pasted.
      if (invitationIn(invitation) === '') forgetInvitation()
    }
    if (failure.suggestions || failure.code === 'USERNAME_TAKEN') {
      setTaken({ name: chosen, free: failure.suggestions ?? [] })
    }
    refuse(failure)
  }

  function submit(event: FormEvent) {
    event.preventDefault()
    void enter(name, isTaken && code.trim() !== '' ? 'code' : byName())
  }

  function pick(free: string) {
    onName(free)
    setCode('')
    setTaken(null)
    void enter(free, byName())
  }

  const { code: problem } = refused ?? { code: null }
  const sentence = refused && errorSentence(refused, words)
  const isOwned = isTaken && problem !== 'USERNAME_INVALID'
  const nameError =
    problem === 'USERNAME_MISSING'
      ? words.enter.nameMissing
      : problem === 'USERNAME_INVALID'
        ? sentence
        : isOwned && refused?.by !== 'password' && refused?.by !== 'code'
          ? words.enter.taken(name)
          : null
  const passwordError =
    problem === 'PASSWORD_INVALID'
      ? sentence
      : problem === 'USERNAME_TAKEN' && refused?.by === 'password'
        ? words.enter.wrongPassword(refused.name)
        : null
  const codeError = refused?.by === 'code' ? sentence : null
  const invitationError = problem === 'INVITATION_REQUIRED' || problem === 'INVITATION_INVALID' ? sentence : null
  const formError = nameError || passwordError || codeError || invitationError ? null : sentence

  const passwordField = (
    <Field
      ref={passwordBox}
      label={words.enter.password}
      optional={!isOwned}
      {...(isOwned ? {} : { hint: words.enter.passwordHint })}
      error={passwordError}
      type="password"
      name="password"
      autoComplete="current-password"
      maxLength={256}
      value={password}
      onChange={event => setPassword(event.target.value)}
    />
  )
  const submitButton = (
    <button type="submit" className="button button-primary button-large" disabled={isBusy}>
      {isBusy ? words.enter.submitting : words.enter.submit}
    </button>
  )

  return (
    <form ref={form} className="card enter-card" onSubmit={submit} noValidate>
      <h1>{words.enter.title}</h1>
      {!isOwned && <p className="quiet">{words.enter.lead}</p>}
      <EnterNotice account={account} state={state} />
      {linked !== null && !isByInvitation && (
        <p className="callout callout-good" role="status">
          <Icon name="check" />
          <span>{words.enter.invited}</span>
        </p>
      )}
      <Field
        ref={nameBox}
        label={words.enter.name}
        {...(isOwned ? {} : { hint: words.enter.nameHint })}
        error={nameError}
        name="username"
        autoComplete="username"
        autoCapitalize="none"
        autoCorrect="off"
        spellCheck={false}
        dir="auto"
        value={typed}
        onChange={event => onName(event.target.value)}
        required
      />
      {isOwned && (
        <div className="owner-ways">
          <p>{words.enter.ways}</p>
          <CodeField ref={codeBox} value={code} error={codeError} onType={setCode} />
          {passwordField}
          {submitButton}
          <button type="button" className="button-link" onClick={() => onAsk(name)}>
            {words.enter.askOther}
          </button>
        </div>
      )}
      {!isOwned && passwordField}
      {isByInvitation && (
        <Field
          ref={invitationBox}
          label={words.enter.invitation}
          hint={words.enter.invitationHint}
          error={invitationError}
          name="invitation"
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          maxLength={500}
          value={invitation}
          onChange={event => setInvitation(event.target.value)}
        />
      )}
      {isTaken && taken.free.length > 0 && (
        <div className="free-names">
          <p className="field-hint">{isOwned ? words.enter.otherNames : words.enter.freeNames}</p>
          <ul>
            {taken.free.map(free => (
              <li key={free}>
                <button type="button" className="chip" disabled={isBusy} onClick={() => pick(free)}>
                  <bdi>{free}</bdi>
                </button>
              </li>
            ))}
          </ul>
        </div>
      )}
      {formError && (
        <div className="callout callout-danger" role="alert">
          <Icon name="warning" />
          <div>
            <p>{formError}</p>
            {problem === 'ALREADY_ENTERED' && (
              <>
                <button type="button" className="button-link" onClick={account.start}>
                  {words.enter.continueThere}
                </button>{' '}
                <button type="button" className="button-link" onClick={account.beAnother}>
                  {words.enter.onlyThisTab}
                </button>
              </>
            )}
          </div>
        </div>
      )}
      {!isOwned && (
        <>
          {submitButton}
          <button type="button" className="button-link" onClick={onCode}>
            {words.enter.haveCode}
          </button>
        </>
      )}
    </form>
  )
}
