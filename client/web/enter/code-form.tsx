// In with a code alone: typed, or brought by a link.
import { type FormEvent, useEffect, useRef, useState } from 'react'
import { errorSentence } from '../i18n/error-words.ts'
import { useWords } from '../i18n/language.tsx'
import type { Failure } from '../model/failure.ts'
import type { Account, AccountState } from '../state/account.ts'
import { CodeField } from './code-field.tsx'
import { forgetLinkedCode } from './code-link.ts'
import { EnterNotice } from './enter-notice.tsx'
import { enterWithCode } from './enter-with-code.ts'

interface CodeFormProps {
  readonly account: Account
  readonly state: Extract<AccountState, { phase: 'outside' }>
  /** Of a link; null: to be typed. */
  readonly linked: string | null
  readonly onName: () => void
}

export function CodeForm({ account, state, linked, onName }: CodeFormProps) {
  const words = useWords()
  const [code, setCode] = useState(linked ?? '')
  const [isBusy, setBusy] = useState(false)
  const [failure, setFailure] = useState<Failure | null>(null)
  const box = useRef<HTMLInputElement>(null)
  const button = useRef<HTMLButtonElement>(null)

  useEffect(() => {
    if (linked !== null) setCode(linked)
    const target = linked === null ? box : button
    target.current?.focus()
  }, [linked])

  async function submit(event: FormEvent) {
    event.preventDefault()
    if (code.trim() === '') return setFailure({ code: 'CODE_MISSING' })
    setBusy(true)
    const refused = await enterWithCode(account, code.trim())
    // A code that was used, or is too old, is of no use any more.
    if (!refused || refused.code === 'CODE_INVALID') forgetLinkedCode()
    setFailure(refused)
    setBusy(false)
    if (refused) box.current?.focus()
  }

  return (
    <form className="card enter-card" onSubmit={submit} noValidate>
      <h1>{words.enter.codeTitle}</h1>
      <p className="quiet">{words.enter.codeLead}</p>
      <EnterNotice account={account} state={state} />
      <CodeField
        ref={box}
        value={code}
        error={failure && (failure.code === 'CODE_MISSING' ? words.enter.codeMissing : errorSentence(failure, words))}
        onType={setCode}
      />
      <button ref={button} type="submit" className="button button-primary button-large" disabled={isBusy}>
        {isBusy ? words.enter.submitting : words.enter.submit}
      </button>
      <button type="button" className="button-link" onClick={onName}>
        {words.enter.withName}
      </button>
    </form>
  )
}
