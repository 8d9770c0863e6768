// The menu of one's account: who one is, how the page speaks and looks, password, demonstration, leaving.
import { useId, useRef, useState } from 'react'
import { useWords } from '../i18n/language.tsx'
import { Avatar } from '../parts/avatar.tsx'
import { Icon } from '../parts/icon.tsx'
import { Preferences } from '../parts/preferences.tsx'
import { type Account, graphqlUrl } from '../state/account.ts'
import type { Chat } from '../state/chat.ts'
import type { ChatView } from '../state/chat-view.ts'
import { LeaveDialog } from './leave-dialog.tsx'
import { PasswordDialog } from './password-dialog.tsx'

interface AccountMenuProps {
  readonly chat: Chat
  readonly account: Account
  readonly view: ChatView
}

export function AccountMenu({ chat, account, view }: AccountMenuProps) {
  const words = useWords()
  const id = useId()
  const menu = useRef<HTMLDivElement>(null)
  const [dialog, setDialog] = useState<'password' | 'leave' | null>(null)

  function choose(action: () => void) {
    menu.current?.hidePopover()
    action()
  }

  return (
    <>
      <button type="button" className="account-button" popoverTarget={id} aria-haspopup="dialog">
        <Avatar person={chat.me} size="small" />
        <bdi className="account-name">{chat.me.username}</bdi>
        <span className="visually-hidden">, {words.menu.open}</span>
        <Icon name="menu" />
      </button>
      <div ref={menu} id={id} popover="auto" className="menu" role="dialog" aria-label={words.menu.title}>
        <Preferences />
        <ul className="menu-items">
          <li>
            <button type="button" onClick={() => choose(() => setDialog('password'))}>
              <Icon name="lock" />
              <span>{words.menu.setPassword}</span>
            </button>
          </li>
          <li>
            <button type="button" onClick={() => choose(chat.drop)}>
              <Icon name="plug" />
              <span>
                {words.menu.drop}
                <small>{words.menu.dropHint}</small>
              </span>
            </button>
          </li>
          <li>
            <a href={graphqlUrl()} target="_blank" rel="noopener">
              <Icon name="code" />
              <span>{words.menu.graphiql}</span>
            </a>
          </li>
          <li>
            <button type="button" onClick={() => choose(() => setDialog('leave'))}>
              <Icon name="leave" />
              <span>{words.menu.leave}</span>
            </button>
          </li>
        </ul>
      </div>
      {dialog === 'password' && <PasswordDialog account={account} me={chat.me} onClose={() => setDialog(null)} />}
      {dialog === 'leave' && (
        <LeaveDialog
          account={account}
          chat={chat}
          unsent={view.waiting}
          onPassword={() => setDialog('password')}
          onClose={() => setDialog(null)}
        />
      )}
    </>
  )
}
