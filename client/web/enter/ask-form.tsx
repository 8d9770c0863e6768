// The other way round: this device shows a code, and waits until somebody types it where they are already in.
//
//  asking ──▶ waiting ── approved ──▶ in
//    ▲            │ two minutes, or refused
//    └── again ── over
import { useEffect, useState } from 'react'
import { RequestDeviceDocument, type RequestDeviceMutation } from '../../core/generated/graphql.ts'
import { errorSentence } from '../i18n/error-words.ts'
import { useWords } from '../i18n/language.tsx'
import type { Failure } from '../model/failure.ts'
import { useSecondsLeft } from '../parts/countdown.ts'
import { Icon } from '../parts/icon.tsx'
import type { Account } from '../state/account.ts'
import { enterWithCode } from './enter-with-code.ts'

interface AskFormProps {
  readonly account: Account
  readonly name: string
  readonly onBack: () => void
}

/** Where the server does not say how long to wait. */
const ASK_AGAIN_MS = 2_000

export function AskForm({ account, name, onBack }: AskFormProps) {
  const words = useWords()
  const [attempt, setAttempt] = useState(0)
  const [asked, setAsked] = useState<RequestDeviceMutation['requestDevice'] | null>(null)
  const [failure, setFailure] = useState<Failure | null>(null)
  const left = useSecondsLeft(asked?.expiresAt ?? null)

  // biome-ignore lint/correctness/useExhaustiveDependencies: each attempt asks anew
  useEffect(() => {
    let isOver = false
    let timer: ReturnType<typeof setTimeout> | undefined
    async function knock(deviceCode: string) {
      const refused = await enterWithCode(account, deviceCode)
      if (isOver || !refused) return
      // Without an answer nobody knows: it is asked again, until the code has run out.
      if (refused.code !== 'CODE_PENDING' && refused.code !== 'NETWORK' && refused.code !== 'RATE_LIMITED') {
        return setFailure(refused)
      }
      timer = setTimeout(knock, refused.retryAfterMs ?? ASK_AGAIN_MS, deviceCode)
    }
    setFailure(null)
    setAsked(null)
    void account.client.ask(RequestDeviceDocument, { username: name }).then(({ data, error }) => {
      if (isOver) return
      if (!data) return setFailure(error)
      setAsked(data.requestDevice)
      void knock(data.requestDevice.deviceCode)
    })
    return () => {
      isOver = true
      clearTimeout(timer)
    }
  }, [account, name, attempt])

  const hasExpired = failure?.code === 'CODE_INVALID' || (asked !== null && left === 0)
  const problem = hasExpired ? words.enter.waitExpired : failure && errorSentence(failure, words)
  return (
    <div className="card enter-card">
      <h1>
        <bdi>{words.enter.waitTitle(name)}</bdi>
      </h1>
      {problem ? (
        <div className="callout callout-warning" role="alert">
          <Icon name="warning" />
          <p>{problem}</p>
        </div>
      ) : (
        <>
          <p>{words.enter.waitLead}</p>
          <output className="code-shown">{asked?.userCode ?? '····-····'}</output>
          <p className="quiet ask-waiting">
            <span className="spinner spinner-small" aria-hidden="true" />
            <span>{asked ? words.enter.timeLeft(left) : words.enter.submitting}</span>
          </p>
        </>
      )}
      <div className="dialog-actions">
        <button type="button" className="button" onClick={onBack}>
          {words.app.cancel}
        </button>
        {problem && (
          <button type="button" className="button button-primary" onClick={() => setAttempt(count => count + 1)}>
            {words.enter.askAgain}
          </button>
        )}
      </div>
    </div>
  )
}
