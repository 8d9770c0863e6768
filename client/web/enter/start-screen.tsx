// While the page asks who this browser is, and when nobody answers.
import { errorSentence } from '../i18n/error-words.ts'
import { useWords } from '../i18n/language.tsx'
import { Icon } from '../parts/icon.tsx'
import { Logo } from '../parts/logo.tsx'
import type { AccountState } from '../state/account.ts'

interface StartScreenProps {
  readonly state: Extract<AccountState, { phase: 'starting' | 'unreachable' }>
  readonly onRetry: () => void
}

export function StartScreen({ state, onRetry }: StartScreenProps) {
  const words = useWords()
  if (state.phase === 'starting') {
    return (
      <main className="start">
        <Logo size={56} />
        <h1 className="visually-hidden">Recado</h1>
        <p role="status">{words.app.starting}</p>
      </main>
    )
  }
  return (
    <main className="start">
      <Logo size={56} />
      <h1>{words.app.unreachable}</h1>
      <p role="status">{errorSentence(state, words)}</p>
      <p className="quiet">{words.app.unreachableHint}</p>
      <button type="button" className="button button-primary" onClick={onRetry}>
        <Icon name="retry" />
        {words.app.retryNow}
      </button>
    </main>
  )
}
