// The chat: who and what there is on one side, one conversation on the other. On a phone it is one of the two.
import { useEffect, useState, useSyncExternalStore } from 'react'
import { useWords } from '../i18n/language.tsx'
import { useIsWide } from '../parts/media.ts'
import type { Account } from '../state/account.ts'
import type { Chat } from '../state/chat.ts'
import type { ChatView } from '../state/chat-view.ts'
import { matchesRoute, parseRoute, type Route, readRoute, subscribeToRoute } from '../state/route.ts'
import { Announcer } from './announcer.tsx'
import { Sidebar } from './sidebar.tsx'
import { Thread } from './thread.tsx'

interface ChatScreenProps {
  readonly chat: Chat
  readonly account: Account
  readonly onRestart: () => void
}

export function ChatScreen({ chat, account, onRestart }: ChatScreenProps) {
  const words = useWords()
  const view = useSyncExternalStore(chat.subscribe, chat.getView)
  const hash = useSyncExternalStore(subscribeToRoute, readRoute)
  const isWide = useIsWide()
  const route = parseRoute(hash)
  const isListOnly = !isWide && route.pane === 'list'
  const active = isListOnly ? null : activeConversation(view, route)

  // An address may name somebody who has no conversation yet: it is made as soon as the page learns who that is.
  const missing = route.pane === 'with' && !active ? route.name : null
  const [nobody, setNobody] = useState<string | null>(null)
  useEffect(() => {
    if (missing === null || view.phase !== 'ready') return
    let isOver = false
    void chat.lookUp(missing).then(found => {
      if (!found && !isOver) setNobody(missing)
    })
    const end = chat.subscribe(() => chat.find(missing))
    return () => {
      isOver = true
      end()
    }
  }, [chat, missing, view.phase])

  const title = active ? (active.peer?.username ?? words.sidebar.everyone) : null
  useEffect(() => {
    const unread = view.unread > 0 ? `(${view.unread}) ` : ''
    document.title = title === null ? `${unread}Recado` : `${unread}${title} · Recado`
    return () => {
      document.title = 'Recado'
    }
  }, [view.unread, title])

  // Who has followed it needs no way there any more.
  const arrived = view.notices.find(notice => notice.kind === 'private' && active && matchesRoute(active, notice.name))
  useEffect(() => {
    if (arrived) chat.dismiss(arrived.id)
  }, [chat, arrived])

  return (
    <div className="chat" data-pane={isListOnly ? 'list' : 'thread'}>
      {(isWide || isListOnly) && (
        <Sidebar chat={chat} account={account} view={view} activeKey={active?.key ?? null} isAlone={!isWide} />
      )}
      {!isListOnly && (
        <Thread
          key={active?.key ?? 'none'}
          chat={chat}
          view={view}
          conversation={active}
          missing={missing}
          isNobody={missing !== null && nobody === missing}
          isAlone={!isWide}
          onRestart={onRestart}
        />
      )}
      <Announcer chat={chat} view={view} activeKey={active?.key ?? null} />
    </div>
  )
}

function activeConversation(view: ChatView, route: Route) {
  if (route.pane !== 'with') return view.conversations.find(({ peer }) => peer === null) ?? null
  return view.conversations.find(conversation => matchesRoute(conversation, route.name)) ?? null
}
