// Why somebody who was in is now at the door.
import { useWords } from '../i18n/language.tsx'
import { Icon } from '../parts/icon.tsx'
import type { AccountState } from '../state/account.ts'

interface EnterNoticeProps {
  readonly state: Extract<AccountState, { phase: 'outside' }>
  readonly onContinue: () => void
}

export function EnterNotice({ state, onContinue }: EnterNoticeProps) {
  const words = useWords()
  const { reason, username, unsent } = state
  if (reason === 'first') return null
  const sentences = {
    ended: words.enter.ended,
    left: words.enter.left,
    'left-everywhere': words.enter.leftEverywhere,
    'became-other': words.enter.becameOther,
  }
  return (
    <div className="callout" role="status">
      <Icon name="note" />
      <div>
        <p>{sentences[reason]}</p>
        {username && unsent > 0 && <p>{words.enter.kept(username)}</p>}
        {reason === 'became-other' && username && (
          <button type="button" className="button-link" onClick={onContinue}>
            {words.enter.continueAs(username)}
          </button>
        )}
      </div>
    </div>
  )
}
