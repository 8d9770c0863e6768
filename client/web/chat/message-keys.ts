// The keys of the list of messages. The list is one stop of the Tab key; arrows then choose a message, and single keys do
// what its menu does. Escape goes back to where one writes.
import { type KeyboardEvent, useCallback, useLayoutEffect, useRef } from 'react'
import type { Message } from '../../core/types.ts'
import type { ListRow } from './run.ts'
import type { ThreadContext } from './thread-context.ts'
import type { ThreadScroll } from './use-thread-scroll.ts'

interface MessageKeysOptions {
  readonly rows: readonly ListRow[]
  readonly scroll: ThreadScroll
  readonly thread: ThreadContext
  readonly openMenu: (message: Message, beside: DOMRect) => void
}

const isChoosable = (row: ListRow | undefined) => row?.kind === 'message' || row?.kind === 'pending'

export function focusComposer(): void {
  document.querySelector<HTMLTextAreaElement>('.composer textarea')?.focus({ preventScroll: true })
}

export function useMessageKeys({ rows, scroll, thread, openMenu }: MessageKeysOptions) {
  const { scroller, virtualizer } = scroll
  /** The key of the row to focus as soon as it is in the page. */
  const wanted = useRef<string | null>(null)
  const hadFocus = useRef(false)

  useLayoutEffect(() => {
    const box = scroller.current
    if (!box) return
    if (wanted.current !== null) {
      const row = box.querySelector<HTMLElement>(`[data-anchor="${CSS.escape(wanted.current)}"]`)
      if (row) {
        wanted.current = null
        row.focus({ preventScroll: true })
      }
    } else if (hadFocus.current && document.activeElement === document.body) {
      // The chosen message left the page: the keys go on from the list.
      box.focus({ preventScroll: true })
    }
    hadFocus.current = box.contains(document.activeElement)
  })

  const choose = useCallback(
    (from: number, step: 1 | -1) => {
      for (let index = from; index >= 0 && index < rows.length; index += step) {
        const row = rows[index]
        if (!row || !isChoosable(row)) continue
        wanted.current = row.key
        const item = virtualizer.measurementsCache[index]
        const box = scroller.current
        const isInside = item && box && item.start >= box.scrollTop && item.end <= box.scrollTop + box.clientHeight
        if (!isInside) virtualizer.scrollToIndex(index, { align: step < 0 ? 'start' : 'end' })
        const element = box?.querySelector<HTMLElement>(`[data-anchor="${CSS.escape(row.key)}"]`)
        if (element) {
          wanted.current = null
          element.focus({ preventScroll: true })
        }
        return
      }
    },
    [rows, scroller, virtualizer],
  )

  return useCallback(
    (event: KeyboardEvent<HTMLElement>) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return
      const target = event.target as HTMLElement
      if (event.key === 'Escape') return focusComposer()
      if (target === scroller.current) {
        const visible = virtualizer.range
        if (event.key === 'ArrowUp' && visible) {
          event.preventDefault()
          choose(visible.endIndex, -1)
        } else if (event.key === 'ArrowDown' && visible) {
          event.preventDefault()
          choose(visible.startIndex, 1)
        }
        return
      }
      // Keys of buttons and links inside a message are theirs.
      if (!target.matches('li.message')) return
      const index = Number(target.dataset.index)
      const row = rows[index]
      const message = row?.kind === 'message' && !row.message.deletedAt ? row.message : null
      const isOwn = message?.from.id === thread.chat.me.id
      const act = (() => {
        switch (event.key) {
          case 'ArrowUp':
            return () => choose(index - 1, -1)
          case 'ArrowDown':
            return () => choose(index + 1, 1)
          case 'Enter':
          case 'ContextMenu':
            return message && (() => openMenu(message, bubbleOf(target)))
          case 'r':
          case 'R':
            return message && !thread.isClosed && (() => thread.reply(message))
          case 'c':
          case 'C':
            return message && (() => void thread.copy(message))
          case 'e':
          case 'E':
            return message && isOwn && (() => thread.edit(message))
          case 'Delete':
            return message && isOwn && (() => thread.remove(message))
        }
        return null
      })()
      if (!act) return
      event.preventDefault()
      act()
    },
    [rows, scroller, virtualizer, thread, choose, openMenu],
  )
}

function bubbleOf(row: HTMLElement): DOMRect {
  return (row.querySelector('.bubble') ?? row).getBoundingClientRect()
}
