// A line across the top of the page with news and what can be done about it. It pushes the rest down and covers nothing.
import type { ReactNode } from 'react'
import { useWords } from '../i18n/language.tsx'
import { Icon, type IconName } from './icon.tsx'

interface BarProps {
  readonly icon: IconName
  readonly text: string
  readonly isWarning?: boolean
  readonly children?: ReactNode
  /** Absent: it can't be dismissed. */
  readonly onDismiss?: () => void
}

export function Bar({ icon, text, isWarning = false, children, onDismiss }: BarProps) {
  const words = useWords()
  return (
    <div className="bar" data-warning={isWarning || undefined}>
      <Icon name={icon} />
      <p>{text}</p>
      <div className="bar-actions">{children}</div>
      {onDismiss && (
        <button type="button" className="button-icon button-small" aria-label={words.app.dismiss} onClick={onDismiss}>
          <Icon name="close" size={16} />
        </button>
      )}
    </div>
  )
}
