// For administrators: a link that lets one person in. It is shown this once.
import '../style/panel.css'
import { useState } from 'react'
import { copyText } from '../browser/clipboard.ts'
import { hrefOfInvitation } from '../enter/invitation-link.ts'
import { errorSentence } from '../i18n/error-words.ts'
import { useFormats } from '../i18n/format.ts'
import { useWords } from '../i18n/language.tsx'
import type { Failure } from '../model/failure.ts'
import { Dialog } from '../parts/dialog.tsx'
import type { Chat } from '../state/chat.ts'
import { isFailure } from '../state/moderating.ts'

interface InviteDialogProps {
  readonly chat: Chat
  readonly onClose: () => void
}

export function InviteDialog({ chat, onClose }: InviteDialogProps) {
  const words = useWords()
  const formats = useFormats()
  const [made, setMade] = useState<{ readonly link: string; readonly expiresAt: string } | null>(null)
  const [failure, setFailure] = useState<Failure | null>(null)
  const [flash, setFlash] = useState<string | null>(null)
  const [isBusy, setBusy] = useState(false)

  async function make() {
    setBusy(true)
    const answer = await chat.moderating.invite()
    setBusy(false)
    if (isFailure(answer)) return setFailure(answer)
    setMade({ link: hrefOfInvitation(answer.token), expiresAt: answer.expiresAt })
  }

  async function copy(link: string) {
    setFlash((await copyText(link)) ? words.person.inviteCopied : words.message.copyFailed)
  }

  return (
    <Dialog title={words.person.invite} onClose={onClose}>
      {close => (
        <div className="dialog-body">
          {made && (
            <>
              <p>{words.person.inviteWhy(formats.full(made.expiresAt))}</p>
              <output className="invite-link">{made.link}</output>
            </>
          )}
          {failure && (
            <p className="callout callout-danger" role="alert">
              {errorSentence(failure, words)}
            </p>
          )}
          <p className="flash" role="status">
            {flash}
          </p>
          <div className="dialog-actions">
            <button type="button" className="button" onClick={close}>
              {words.app.close}
            </button>
            {made ? (
              <button type="button" className="button button-primary" onClick={() => void copy(made.link)}>
                {words.person.inviteCopy}
              </button>
            ) : (
              <button type="button" className="button button-primary" disabled={isBusy} onClick={() => void make()}>
                {words.person.invite}
              </button>
            )}
          </div>
        </div>
      )}
    </Dialog>
  )
}
