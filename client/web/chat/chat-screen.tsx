// The chat: who and what there is on one side, one conversation on the other. On a phone it is one of the two.
import { useCallback, useEffect, useState, useSyncExternalStore } from 'react'
import type { Message } from '../../core/types.ts'
import { closeAccountDialog } from '../account/account-dialog.ts'
import { AccountDialogs } from '../account/account-dialogs.tsx'
import { useWords } from '../i18n/language.tsx'
import { type ConversationKey, conversationKey } from '../model/conversation.ts'
import { late } from '../parts/late.tsx'
import { useIsWide } from '../parts/media.ts'
import type { Account } from '../state/account.ts'
import type { Chat } from '../state/chat.ts'
import type { ChatView } from '../state/chat-view.ts'
import { matchesRoute, parseRoute, type Route, readRoute, subscribeToRoute } from '../state/route.ts'
import { Announcer } from './announcer.tsx'
import { Bars } from './bars.tsx'
import type { Jump } from './message-list.tsx'
import {
  closePanel,
  loadHelpDialog,
  loadPersonDialog,
  loadSearchDialog,
  loadSwitcher,
  openSwitcher,
  preparePanels,
  usePanel,
} from './panel.ts'
import { hrefOfMessage } from './place.ts'
import { Sidebar } from './sidebar.tsx'
import { Thread } from './thread.tsx'

const Switcher = late(
  async () => (await loadSwitcher()).Switcher,
  ({ onClose }) => onClose,
)
const SearchDialog = late(
  async () => (await loadSearchDialog()).SearchDialog,
  ({ onClose }) => onClose,
)
const PersonDialog = late(
  async () => (await loadPersonDialog()).PersonDialog,
  ({ onClose }) => onClose,
)
const HelpDialog = late(
  async () => (await loadHelpDialog()).HelpDialog,
  ({ onClose }) => onClose,
)

interface ChatScreenProps {
  readonly chat: Chat
  readonly account: Account
  readonly onRestart: () => void
}

export function ChatScreen({ chat, account, onRestart }: ChatScreenProps) {
  const words = useWords()
  const view = useSyncExternalStore(chat.subscribe, chat.getView)
  const hash = useSyncExternalStore(subscribeToRoute, readRoute)
  const panel = usePanel()
  const isWide = useIsWide()
  const [jump, setJump] = useState<(Jump & { readonly key: ConversationKey }) | null>(null)
  const route = parseRoute(hash)
  const isListOnly = !isWide && route.pane === 'list'
  const active = isListOnly ? null : activeConversation(view, route)
  const activeKey = active?.key ?? null

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
    const unread = view.unreadToMe > 0 ? `(${view.unreadToMe}) ` : ''
    document.title = title === null ? `${unread}Recado` : `${unread}${title} · Recado`
    return () => {
      document.title = 'Recado'
    }
  }, [view.unreadToMe, title])

  // Who has followed it needs no way there any more.
  const arrived = view.notices.find(notice => notice.kind === 'private' && active && matchesRoute(active, notice.name))
  useEffect(() => {
    if (arrived) chat.dismiss(arrived.id)
  }, [chat, arrived])

  // Who goes elsewhere is not led back.
  useEffect(() => {
    setJump(now => (now && activeKey !== null && now.key !== activeKey ? null : now))
  }, [activeKey])

  // A dialog belongs to whoever opened it: over the chat of the next person here it would take the keys that they type.
  useEffect(
    () => () => {
      closeAccountDialog()
      closePanel()
    },
    [],
  )

  useEffect(preparePanels, [])
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() !== 'k' || !(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return
      event.preventDefault()
      openSwitcher()
    }
    addEventListener('keydown', onKeyDown)
    return () => removeEventListener('keydown', onKeyDown)
  }, [])

  const goTo = useCallback(
    (message: Message) => {
      const { id, cursor } = message
      setJump({ id, cursor, key: conversationKey(message, chat.me) })
      location.hash = hrefOfMessage(chat, message)
    },
    [chat],
  )

  return (
    <div className="chat" data-pane={isListOnly ? 'list' : 'thread'}>
      <Bars chat={chat} account={account} view={view} activeKey={activeKey} />
      {(isWide || isListOnly) && (
        <Sidebar chat={chat} account={account} view={view} activeKey={activeKey} isAlone={!isWide} />
      )}
      {!isListOnly && (
        <Thread
          key={activeKey ?? 'none'}
          chat={chat}
          view={view}
          conversation={active}
          missing={missing}
          isNobody={missing !== null && nobody === missing}
          isAlone={!isWide}
          jump={jump?.key === activeKey ? jump : null}
          onRestart={onRestart}
        />
      )}
      <AccountDialogs chat={chat} account={account} view={view} />
      <Announcer chat={chat} view={view} activeKey={activeKey} />
      {panel && (
        <>
          {panel.kind === 'switcher' && <Switcher chat={chat} view={view} onClose={() => closePanel('switcher')} />}
          {panel.kind === 'search' && (
            <SearchDialog
              chat={chat}
              view={view}
              active={active}
              text={panel.text}
              onGoTo={goTo}
              onClose={() => closePanel('search')}
            />
          )}
          {panel.kind === 'person' && (
            <PersonDialog
              chat={chat}
              view={view}
              person={panel.person}
              isOpen={activeKey === `with:${panel.person.id}`}
              onClose={() => closePanel('person')}
            />
          )}
          {panel.kind === 'help' && <HelpDialog onClose={() => closePanel('help')} />}
        </>
      )}
    </div>
  )
}

function activeConversation(view: ChatView, route: Route) {
  if (route.pane !== 'with') return view.conversations.find(({ peer }) => peer === null) ?? null
  return view.conversations.find(conversation => matchesRoute(conversation, route.name)) ?? null
}
