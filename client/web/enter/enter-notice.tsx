// Why somebody who was in is now at the door, and in a tab for another person, the way back.
import { useWords } from '../i18n/language.tsx'
import { Icon } from '../parts/icon.tsx'
import type { Account, AccountState } from '../state/account.ts'

interface EnterNoticeProps {
  readonly account: Account
  readonly state: Extract<AccountState, { phase: 'outside' }>
}

export function EnterNotice({ account, state }: EnterNoticeProps) {
  const words = useWords()
  const { reason, username, unsent } = state
  if (reason === 'first' && !account.isTabsOwn) return null
  const sentences = {
    first: words.enter.another,
    another: words.enter.another,
    ended: words.enter.ended,
    left: words.enter.left,
    'left-everywhere': words.enter.leftEverywhere,
    deleted: words.enter.deleted(username ?? ''),
    'became-other': words.enter.becameOther,
  }
  return (
    <div className="callout" role="status">
      <Icon name="note" />
      <div>
        <p>{sentences[reason]}</p>
        {username && unsent > 0 && <p>{words.enter.kept(username)}</p>}
        {reason === 'became-other' && username && (
          <button type="button" className="button-link" onClick={account.start}>
            {words.enter.continueAs(username)}
          </button>
        )}
        {account.isTabsOwn && (
          <button type="button" className="button-link" onClick={account.beBrowsers}>
            {words.enter.backToBrowsers}
          </button>
        )}
      </div>
    </div>
  )
}
