// What stands where the messages would: they are being loaded, could not be, or there are none to show.
import type { ReactNode } from 'react'

interface ThreadPlaceholderProps {
  readonly text: string
  readonly detail?: string
  readonly isBusy?: boolean
  readonly children?: ReactNode
}

export function ThreadPlaceholder({ text, detail, isBusy = false, children }: ThreadPlaceholderProps) {
  return (
    <div className="thread-placeholder" role="status" aria-busy={isBusy}>
      {isBusy && <span className="spinner" aria-hidden="true" />}
      <p>{text}</p>
      {detail && <p className="quiet">{detail}</p>}
      {children}
    </div>
  )
}
