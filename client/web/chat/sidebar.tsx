// Beside the conversation: who one is, the conversations, and the people.

import { AccountMenu } from '../account/account-menu.tsx'
import { useWords } from '../i18n/language.tsx'
import type { ConversationKey } from '../model/conversation.ts'
import { Icon } from '../parts/icon.tsx'
import { Logo } from '../parts/logo.tsx'
import type { Account } from '../state/account.ts'
import type { Chat } from '../state/chat.ts'
import type { ChatView } from '../state/chat-view.ts'
import { ConnectionStatus } from './connection-status.tsx'
import { ConversationList } from './conversation-list.tsx'
import { goToUnread, isUnread } from './next-unread.ts'
import { openHelp, openSearch, openSwitcher } from './panel.ts'
import { PeopleList } from './people-list.tsx'

const IS_APPLE = /mac|iphone|ipad/i.test(navigator.userAgent)

interface SidebarProps {
  readonly chat: Chat
  readonly account: Account
  readonly view: ChatView
  readonly activeKey: ConversationKey | null
  /** Nothing else is on the screen. */
  readonly isAlone: boolean
}

export function Sidebar({ chat, account, view, activeKey, isAlone }: SidebarProps) {
  const words = useWords()
  const Landmark = isAlone ? 'main' : 'div'
  const hasUnreadElsewhere = view.conversations.some(each => each.key !== activeKey && isUnread(each))
  return (
    <Landmark className="sidebar">
      <header className="sidebar-header">
        <Logo size={30} />
        <h1>Recado</h1>
        <AccountMenu chat={chat} account={account} view={view} onHelp={openHelp} />
      </header>
      {isAlone && <ConnectionStatus view={view} />}
      <div className="sidebar-tools">
        <button
          type="button"
          className="button sidebar-find"
          aria-keyshortcuts="Control+K Meta+K"
          onClick={openSwitcher}
        >
          <Icon name="people" size={16} />
          {words.sidebar.goTo}
          <span className="keys" aria-hidden="true">
            {IS_APPLE ? '⌘K' : 'Ctrl K'}
          </span>
        </button>
        <button
          type="button"
          className="button-icon"
          aria-label={words.sidebar.searchMessages}
          onClick={() => openSearch()}
        >
          <Icon name="search" />
        </button>
      </div>
      <div className="sidebar-body">
        <nav aria-label={words.sidebar.conversations}>
          <div className="sidebar-title">
            <h2>{words.sidebar.conversations}</h2>
            {hasUnreadElsewhere && (
              <button
                type="button"
                className="button-link"
                aria-keyshortcuts="Alt+Shift+ArrowDown"
                onClick={() => goToUnread(view.conversations, activeKey, 1)}
              >
                {words.sidebar.toUnread}
              </button>
            )}
          </div>
          <ConversationList chat={chat} view={view} activeKey={activeKey} />
        </nav>
        <PeopleList chat={chat} view={view} activeKey={activeKey} />
      </div>
    </Landmark>
  )
}
