// What can be done with one message, as the menu of the ARIA practices: arrows move, Enter chooses, Escape and a click
// elsewhere close it (the browser's own popover, above everything that clips).
import { type KeyboardEvent, useLayoutEffect, useRef } from 'react'
import type { Message } from '../../core/types.ts'
import { useWords } from '../i18n/language.tsx'
import { Icon, type IconName } from '../parts/icon.tsx'
import { openPerson } from './panel.ts'
import { useThread } from './thread-context.ts'

export interface MenuPlace {
  readonly message: Message
  /** What it opens beside, in pixels of the viewport. */
  readonly beside: DOMRect
}

interface MessageMenuProps extends MenuPlace {
  readonly onClose: () => void
}

/** Pixels between the menu and what it stands beside, and the edges. */
const GAP_PX = 6

export function MessageMenu({ message, beside, onClose }: MessageMenuProps) {
  const words = useWords()
  const { chat, isClosed, reply, copy, edit, remove, goTo } = useThread()
  const menu = useRef<HTMLDivElement>(null)
  const isOwn = message.from.id === chat.me.id
  // What was said to somebody alone is theirs.
  const mayRemove = !message.to && chat.getView().rights.isAdministrator

  useLayoutEffect(() => {
    const element = menu.current
    if (!element) return
    if (!element.matches(':popover-open')) element.showPopover()
    const { width, height } = element.getBoundingClientRect()
    const below = beside.bottom + GAP_PX
    const top = below + height > innerHeight - GAP_PX ? beside.top - height - GAP_PX : below
    const left = Math.min(beside.right - width, innerWidth - width - GAP_PX)
    element.style.top = `${Math.max(GAP_PX, top)}px`
    element.style.left = `${Math.max(GAP_PX, left)}px`
    element.querySelector('button')?.focus({ preventScroll: true })
  }, [beside])

  function onKeyDown(event: KeyboardEvent) {
    const items = [...(menu.current?.querySelectorAll('button') ?? [])]
    const at = items.indexOf(document.activeElement as HTMLButtonElement)
    const next =
      event.key === 'ArrowDown'
        ? (at + 1) % items.length
        : event.key === 'ArrowUp'
          ? (at - 1 + items.length) % items.length
          : event.key === 'Home'
            ? 0
            : event.key === 'End'
              ? items.length - 1
              : null
    if (event.key === 'Tab') menu.current?.hidePopover()
    if (next === null) return
    event.preventDefault()
    items[next]?.focus()
  }

  const toQuoted = ({ replyTo }: Message) => {
    if (replyTo) goTo(replyTo.id, replyTo.cursor)
  }
  const item = (icon: IconName, text: string, act: (message: Message) => unknown, danger = false) => (
    <button
      type="button"
      role="menuitem"
      tabIndex={-1}
      data-danger={danger || undefined}
      onClick={() => {
        menu.current?.hidePopover()
        act(message)
      }}
    >
      <Icon name={icon} size={18} />
      {text}
    </button>
  )
  return (
    <div
      ref={menu}
      popover="auto"
      className="message-menu"
      role="menu"
      aria-label={words.message.actions(isOwn ? words.sidebar.you : message.from.username)}
      onKeyDown={onKeyDown}
      onToggle={event => {
        if (event.newState === 'closed') onClose()
      }}
    >
      {!isClosed && item('reply', words.message.reply, reply)}
      {item('copy', words.message.copy, copy)}
      {message.replyTo && item('up', words.message.toQuoted, toQuoted)}
      {isOwn && item('edit', words.message.edit, edit)}
      {!isOwn && item('person', words.person.about(message.from.username), ({ from }) => openPerson(from))}
      {(isOwn || mayRemove) && item('trash', words.message.remove, remove, true)}
    </div>
  )
}
