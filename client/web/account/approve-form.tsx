// Approves a device that shows a code of its own and waits.
import { type FormEvent, useState } from 'react'
import { ApproveDeviceDocument } from '../../core/generated/graphql.ts'
import { CodeField } from '../enter/code-field.tsx'
import { errorSentence } from '../i18n/error-words.ts'
import { useWords } from '../i18n/language.tsx'
import { Icon } from '../parts/icon.tsx'
import type { Chat } from '../state/chat.ts'
import { deviceName } from './device-name.ts'

export function ApproveForm({ chat }: { chat: Chat }) {
  const words = useWords()
  const [code, setCode] = useState('')
  const [error, setError] = useState<string | null>(null)
  const [approved, setApproved] = useState<string | null>(null)
  const [isBusy, setBusy] = useState(false)

  async function submit(event: FormEvent) {
    event.preventDefault()
    if (code.trim() === '') return setError(words.enter.codeMissing)
    setBusy(true)
    const { data, error: refused } = await chat.client.ask(ApproveDeviceDocument, { userCode: code.trim() })
    setBusy(false)
    setError(data ? null : errorSentence(refused, words))
    if (!data) return
    setCode('')
    setApproved(deviceName({ device: data.approveDevice }, words))
  }

  return (
    <details className="approve">
      <summary>{words.devices.reverse}</summary>
      <form onSubmit={submit} noValidate>
        <CodeField
          value={code}
          error={error}
          label={words.devices.reverseLabel}
          hint={words.devices.reverseHint}
          onType={setCode}
        />
        <button type="submit" className="button" disabled={isBusy}>
          {words.devices.approve}
        </button>
        {approved !== null && (
          <p className="callout callout-good" role="status">
            <Icon name="check" />
            <span>{words.devices.approved(approved)}</span>
          </p>
        )}
      </form>
    </details>
  )
}
