// Opens the chat of the account that is in, and closes it with the page's part that shows it.
import { useCallback, useEffect, useState } from 'react'
import { Provider } from 'urql'
import { createRecado } from '../../core/recado.ts'
import type { User } from '../../core/types.ts'
import { StartScreen } from '../enter/start-screen.tsx'
import { type Account, graphqlUrl } from '../state/account.ts'
import { type Chat, createChat } from '../state/chat.ts'
import { ChatScreen } from './chat-screen.tsx'

interface ChatRootProps {
  readonly account: Account
  readonly me: User
}

export function ChatRoot({ account, me }: ChatRootProps) {
  const [chat, setChat] = useState<Chat | null>(null)
  /** A closed connection is final: connecting again is a new one. */
  const [attempt, setAttempt] = useState(0)
  const restart = useCallback(() => setAttempt(count => count + 1), [])

  // biome-ignore lint/correctness/useExhaustiveDependencies: each attempt makes a new chat
  useEffect(() => {
    const recado = createRecado({ url: graphqlUrl(), account: me.id })
    const opened = createChat({ me, recado, onEnded: unsent => account.left('ended', unsent) })
    setChat(opened)
    return () => void opened.close()
  }, [account, me, attempt])

  if (!chat) return <StartScreen state={{ phase: 'starting' }} onRetry={restart} />
  return (
    <Provider value={chat.client}>
      <ChatScreen chat={chat} account={account} onRestart={restart} />
    </Provider>
  )
}
