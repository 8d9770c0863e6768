// Opens the chat of the account that is in, and closes it with the page's part that shows it.
import { useCallback, useEffect, useState } from 'react'
import type { User } from '../../core/types.ts'
import { openEngine } from '../engine/open-engine.ts'
import { StartScreen } from '../enter/start-screen.tsx'
import { type Account, graphqlUrl } from '../state/account.ts'
import { type Chat, createChat } from '../state/chat.ts'
import { createDrafts } from '../state/draft.ts'
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
    let isOver = false
    let close = () => {}
    void openEngine({ me, url: graphqlUrl(), token: account.token }, restart).then(engine => {
      if (isOver) return void engine.close()
      const drafts = createDrafts(me.id, account.isTabsOwn)
      const opened = createChat({ me, engine, drafts, onEnded: unsent => account.left('ended', unsent) })
      const moveOut = account.inhabit({ waiting: () => opened.getView().waiting, erase: engine.erase })
      close = () => {
        moveOut()
        void opened.close()
      }
      setChat(opened)
    })
    return () => {
      isOver = true
      close()
    }
  }, [account, me, attempt])

  if (!chat) return <StartScreen state={{ phase: 'starting' }} onRetry={restart} />
  return <ChatScreen chat={chat} account={account} onRestart={restart} />
}
