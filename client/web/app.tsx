// Which screen there is to see: opening, entering, or the chat.
import { useSyncExternalStore } from 'react'
import { ChatRoot } from './chat/chat-root.tsx'
import { EnterScreen } from './enter/enter-screen.tsx'
import { StartScreen } from './enter/start-screen.tsx'
import type { Account } from './state/account.ts'

export function App({ account }: { account: Account }) {
  const state = useSyncExternalStore(account.subscribe, account.getState)
  if (state.phase === 'inside') return <ChatRoot key={state.me.id} account={account} me={state.me} />
  if (state.phase !== 'outside') return <StartScreen state={state} onRetry={account.start} />
  return <EnterScreen key={state.reason} account={account} state={state} />
}
