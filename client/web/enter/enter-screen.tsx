// The door: in with a name, with a code of another device, or by asking another device.
import { useState } from 'react'
import { late } from '../parts/late.tsx'
import { Preferences } from '../parts/preferences.tsx'
import type { Account, AccountState } from '../state/account.ts'
import { forgetLinkedCode, useLinkedCode } from './code-link.ts'
import { EnterStory } from './enter-story.tsx'
import { NameForm } from './name-form.tsx'

// Most come with a name alone.
const AskForm = late(
  async () => (await import('./ask-form.tsx')).AskForm,
  ({ onBack }) => onBack,
)
const CodeForm = late(
  async () => (await import('./code-form.tsx')).CodeForm,
  ({ onName }) => onName,
)

interface EnterScreenProps {
  readonly account: Account
  readonly state: Extract<AccountState, { phase: 'outside' }>
}

type Way = { readonly kind: 'name' } | { readonly kind: 'code' } | { readonly kind: 'ask'; readonly name: string }

export function EnterScreen({ account, state }: EnterScreenProps) {
  const linked = useLinkedCode()
  const [way, setWay] = useState<Way>({ kind: 'name' })
  /** What was typed, for those who come back to it. */
  const [name, setName] = useState(state.reason === 'ended' ? (state.username ?? '') : '')
  const toName = () => {
    forgetLinkedCode()
    setWay({ kind: 'name' })
  }
  return (
    <div className="enter">
      <EnterStory />
      <main className="enter-main">
        {linked !== null || way.kind === 'code' ? (
          <CodeForm account={account} state={state} linked={linked} onName={toName} />
        ) : way.kind === 'ask' ? (
          <AskForm account={account} name={way.name} onBack={toName} />
        ) : (
          <NameForm
            account={account}
            state={state}
            name={name}
            onName={setName}
            onCode={() => setWay({ kind: 'code' })}
            onAsk={asked => setWay({ kind: 'ask', name: asked })}
          />
        )}
        <Preferences />
      </main>
    </div>
  )
}
