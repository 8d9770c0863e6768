// A labelled text box with its hint and its error, tied together for those who listen instead of look.
import { type ComponentProps, useId, useState } from 'react'
import { useWords } from '../i18n/language.tsx'
import { Icon } from './icon.tsx'

interface FieldProps extends Omit<ComponentProps<'input'>, 'id'> {
  readonly label: string
  readonly hint?: string
  readonly error?: string | null
  readonly optional?: boolean
}

export function Field({ label, hint, error, optional = false, type, ...input }: FieldProps) {
  const words = useWords()
  const id = useId()
  const [isShown, setShown] = useState(false)
  const isPassword = type === 'password'
  const describedBy = [error ? `${id}-error` : '', hint ? `${id}-hint` : ''].filter(Boolean).join(' ')
  return (
    <div className="field">
      <label htmlFor={id}>
        {label}
        {optional && <span className="field-optional"> ({words.enter.optional})</span>}
      </label>
      <div className="field-box">
        <input
          {...input}
          id={id}
          type={isPassword && isShown ? 'text' : type}
          aria-invalid={error ? true : undefined}
          aria-describedby={describedBy || undefined}
        />
        {isPassword && (
          <button
            type="button"
            className="button-icon"
            aria-pressed={isShown}
            aria-label={words.enter.showPassword}
            onClick={() => setShown(!isShown)}
          >
            <Icon name={isShown ? 'eye-off' : 'eye'} />
          </button>
        )}
      </div>
      {error && (
        <p id={`${id}-error`} className="field-error">
          <Icon name="warning" size={16} />
          <span>{error}</span>
        </p>
      )}
      {hint && (
        <p id={`${id}-hint`} className="field-hint">
          {hint}
        </p>
      )}
    </div>
  )
}
