// The menu of one's account: settings, devices, password, another person, demonstration, leaving.
import { useId, useRef } from 'react'
import { useWords } from '../i18n/language.tsx'
import { Avatar } from '../parts/avatar.tsx'
import { Icon, type IconName } from '../parts/icon.tsx'
import { type Account, graphqlUrl } from '../state/account.ts'
import type { Chat } from '../state/chat.ts'
import type { ChatView } from '../state/chat-view.ts'
import { openAccountDialog } from './account-dialog.ts'

interface AccountMenuProps {
  readonly chat: Chat
  readonly account: Account
  readonly view: ChatView
  readonly onHelp: () => void
}

export function AccountMenu({ chat, account, view, onHelp }: AccountMenuProps) {
  const words = useWords()
  const id = useId()
  const menu = useRef<HTMLDivElement>(null)

  function choose(action: () => void) {
    menu.current?.hidePopover()
    action()
  }

  const item = (icon: IconName, label: string, action: () => void, hint?: string) => (
    <li>
      <button type="button" onClick={() => choose(action)}>
        <Icon name={icon} />
        <span>
          {label}
          {hint && <small>{hint}</small>}
        </span>
      </button>
    </li>
  )

  return (
    <>
      <button type="button" className="account-button" popoverTarget={id} aria-haspopup="dialog">
        <Avatar person={chat.me} size="small" />
        <bdi className="account-name">{chat.me.username}</bdi>
        {account.isTabsOwn && <span className="account-tab">{words.menu.tabsOwn}</span>}
        <span className="visually-hidden">, {words.menu.open}</span>
        <Icon name="menu" />
      </button>
      <div ref={menu} id={id} popover="auto" className="menu" role="dialog" aria-label={words.menu.title}>
        <ul className="menu-items">
          {item('settings', words.menu.settings, () => openAccountDialog('settings'))}
          {item('device', words.menu.devices, () => openAccountDialog('devices'))}
          {item('plus', words.menu.addDevice, () => openAccountDialog('add-device'))}
          {view.rights.isAdministrator && item('people', words.person.invite, () => openAccountDialog('invite'))}
          {item('lock', words.menu.setPassword, () => openAccountDialog('password'))}
          {account.isTabsOwn
            ? item('back', words.enter.backToBrowsers, account.beBrowsers)
            : item('person', words.menu.another, account.beAnother, words.menu.anotherHint)}
          {item('help', words.menu.keys, onHelp)}
          <li>
            <button
              type="button"
              role="switch"
              aria-checked={view.isUnplugged}
              onClick={() => choose(view.isUnplugged ? chat.plug : chat.unplug)}
            >
              <Icon name="plug" />
              <span>
                {words.menu.drop}
                <small>{view.isUnplugged ? words.menu.isDropped : words.menu.dropHint}</small>
              </span>
              <span className="switch-mark" aria-hidden="true" />
            </button>
          </li>
          <li>
            <a href={graphqlUrl()} target="_blank" rel="noopener">
              <Icon name="code" />
              <span>{words.menu.graphiql}</span>
            </a>
          </li>
          {item('leave', words.menu.leave, () => openAccountDialog('leave'))}
        </ul>
      </div>
    </>
  )
}
