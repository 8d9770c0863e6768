// Where the code of another device is typed.
import type { Ref } from 'react'
import { useWords } from '../i18n/language.tsx'
import { Field } from '../parts/field.tsx'

interface CodeFieldProps {
  readonly value: string
  readonly error: string | null
  readonly onType: (code: string) => void
  readonly label?: string
  readonly hint?: string
  readonly ref?: Ref<HTMLInputElement>
}

export function CodeField({ value, error, onType, label, hint, ref }: CodeFieldProps) {
  const words = useWords()
  return (
    <Field
      {...(ref ? { ref } : {})}
      className="code-input"
      label={label ?? words.enter.code}
      hint={hint ?? words.enter.codeHint}
      error={error}
      name="code"
      autoComplete="one-time-code"
      autoCapitalize="characters"
      autoCorrect="off"
      spellCheck={false}
      maxLength={16}
      value={value}
      onChange={event => onType(event.target.value)}
    />
  )
}
