// A modal dialog: the browser's own, which keeps the focus inside, closes on Escape and gives the focus back.
import { type ReactNode, useEffect, useId, useRef } from 'react'
import { useWords } from '../i18n/language.tsx'
import { Icon } from './icon.tsx'

interface DialogProps {
  readonly title: ReactNode
  /** It is closed now: take it away. */
  readonly onClose: () => void
  readonly children: (close: () => void) => ReactNode
}

export function Dialog({ title, onClose, children }: DialogProps) {
  const words = useWords()
  const id = useId()
  const dialog = useRef<HTMLDialogElement>(null)
  const close = () => dialog.current?.close()

  useEffect(() => {
    if (dialog.current && !dialog.current.open) dialog.current.showModal()
    return restoreCaret
  }, [])

  return (
    <dialog ref={dialog} className="dialog" aria-labelledby={id} onClose={onClose}>
      <div className="dialog-header">
        <h2 id={id}>{title}</h2>
        <button type="button" className="button-icon" aria-label={words.app.close} onClick={close}>
          <Icon name="close" />
        </button>
      </div>
      {children(close)}
    </dialog>
  )
}

/** Chromium gives the focus back but leaves the caret in what is gone: keys would go nowhere. */
function restoreCaret(): void {
  const focused = document.activeElement
  if (!(focused instanceof HTMLTextAreaElement || focused instanceof HTMLInputElement)) return
  focused.blur()
  focused.focus({ preventScroll: true })
}
