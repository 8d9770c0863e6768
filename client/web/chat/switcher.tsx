// The quick way to any conversation or person: a few letters, and Enter.
import '../style/panel.css'
import { type KeyboardEvent, useEffect, useId, useRef, useState } from 'react'
import { useWords } from '../i18n/language.tsx'
import { Avatar } from '../parts/avatar.tsx'
import { Dialog } from '../parts/dialog.tsx'
import { Icon } from '../parts/icon.tsx'
import type { Chat } from '../state/chat.ts'
import type { ChatView } from '../state/chat-view.ts'
import { type Destination, findDestinations } from './destinations.ts'
import { nameOf } from './place.ts'

interface SwitcherProps {
  readonly chat: Chat
  readonly view: ChatView
  readonly onClose: () => void
}

export function Switcher({ chat, view, onClose }: SwitcherProps) {
  const words = useWords()
  const id = useId()
  const input = useRef<HTMLInputElement>(null)
  const list = useRef<HTMLDivElement>(null)
  const [typed, setTyped] = useState('')
  const [chosen, setChosen] = useState(0)
  const found = findDestinations(typed, { chat, view, words })
  const active = Math.min(chosen, found.length - 1)

  useEffect(() => {
    input.current?.focus()
    void chat.loadPeople()
  }, [chat])
  useEffect(() => {
    list.current?.children[active]?.scrollIntoView({ block: 'nearest' })
  }, [active])

  function go(destination: Destination | undefined, close: () => void) {
    if (!destination) return
    close()
    location.hash = destination.href
  }

  function onKeyDown(event: KeyboardEvent, close: () => void) {
    if (event.nativeEvent.isComposing) return
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0
    if (step !== 0 && found.length > 0) {
      event.preventDefault()
      setChosen((active + step + found.length) % found.length)
    } else if (event.key === 'Enter') {
      event.preventDefault()
      go(found[active], close)
    }
  }

  return (
    <Dialog title={words.switcher.title} onClose={onClose}>
      {close => (
        <div className="dialog-body switcher">
          <label className="search">
            <span className="visually-hidden">{words.switcher.label}</span>
            <Icon name="search" size={16} />
            <input
              ref={input}
              type="text"
              role="combobox"
              aria-expanded={found.length > 0}
              aria-controls={`${id}-list`}
              aria-autocomplete="list"
              aria-activedescendant={found.length > 0 ? `${id}-${active}` : undefined}
              placeholder={words.switcher.label}
              value={typed}
              autoComplete="off"
              autoCapitalize="none"
              spellCheck={false}
              onChange={event => {
                setTyped(event.target.value)
                setChosen(0)
              }}
              onKeyDown={event => onKeyDown(event, close)}
            />
          </label>
          <p className="visually-hidden" aria-live="polite">
            {found.length === 0 ? words.switcher.none : words.switcher.found(found.length)}
          </p>
          {found.length === 0 && <p className="quiet">{words.switcher.none}</p>}
          <div ref={list} role="listbox" id={`${id}-list`} aria-label={words.switcher.title} className="switcher-list">
            {found.map((destination, index) => (
              // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are the text box's, which keeps the focus
              // biome-ignore lint/a11y/useFocusableInteractive: the text box points here by aria-activedescendant
              <div
                key={destination.href}
                id={`${id}-${index}`}
                className="suggestion"
                role="option"
                aria-selected={index === active}
                onMouseDown={event => event.preventDefault()}
                onClick={() => go(destination, close)}
              >
                <Avatar person={destination.peer} size="small" online={destination.online} />
                <bdi>{nameOf(destination.peer, chat.me, words)}</bdi>
                {destination.online && <span className="quiet">{words.sidebar.onlineMark}</span>}
                {destination.unread > 0 && (
                  <span className="badge">
                    <span aria-hidden="true">{destination.unread}</span>
                    <span className="visually-hidden">{words.sidebar.unread(destination.unread)}</span>
                  </span>
                )}
              </div>
            ))}
          </div>
          <p className="quiet switcher-hint">{words.switcher.hint}</p>
        </div>
      )}
    </Dialog>
  )
}
