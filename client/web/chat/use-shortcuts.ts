// The keys that work anywhere in the chat. The quick switcher's, the composer's and the messages' own are elsewhere.
import { useEffect, useRef } from 'react'
import { openAccountDialog } from '../account/account-dialog.ts'
import type { ConversationKey } from '../model/conversation.ts'
import type { ChatView } from '../state/chat-view.ts'
import { hrefOf } from '../state/route.ts'
import { conversationBeside, goToUnread } from './next-unread.ts'
import { openHelp } from './panel.ts'

const isTextBox = (target: EventTarget | null) =>
  target instanceof HTMLElement &&
  (target.isContentEditable || target.matches('input:not([type=radio], [type=checkbox]), textarea, select'))

/** Something lies over the chat: its keys are its own. */
const isCovered = () => document.querySelector('dialog[open], [popover]:popover-open') !== null

function toComposer(): void {
  document.querySelector<HTMLTextAreaElement>('.composer textarea')?.focus()
}

export function useShortcuts(view: ChatView, activeKey: ConversationKey | null): void {
  const now = useRef({ view, activeKey })
  now.current = { view, activeKey }

  useEffect(() => {
    function step(by: 1 | -1): void {
      const { view, activeKey } = now.current
      const next = conversationBeside(view.conversations, activeKey, by)
      if (next) location.hash = hrefOf(next)
    }

    function onKeyDown(event: KeyboardEvent): void {
      if (event.isComposing || event.defaultPrevented || isCovered()) return
      const { key, altKey, ctrlKey, metaKey, shiftKey } = event
      const isCommand = ctrlKey || metaKey
      if (altKey && !isCommand && (key === 'ArrowDown' || key === 'ArrowUp')) {
        event.preventDefault()
        const by = key === 'ArrowDown' ? 1 : -1
        if (shiftKey) goToUnread(now.current.view.conversations, now.current.activeKey, by)
        else step(by)
        return
      }
      if (isCommand && !altKey && key === ',') {
        event.preventDefault()
        return openAccountDialog('settings')
      }
      if (altKey || isCommand || isTextBox(event.target)) return
      if (key === '?') {
        event.preventDefault()
        openHelp()
      } else if (key === 'Escape') toComposer()
    }
    addEventListener('keydown', onKeyDown)
    return () => removeEventListener('keydown', onKeyDown)
  }, [])
}
