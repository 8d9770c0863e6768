// The frame of a message in the list, sent or waiting.
import type { ReactNode, Ref } from 'react'
import { Icon } from '../parts/icon.tsx'
import type { Pending } from '../state/pending.ts'

interface RowProps {
  /** Its place among the rows, for the virtual list. */
  readonly index: number
  readonly measure: Ref<HTMLLIElement>
  readonly isOwn: boolean
  /** The first, the last of what one author said in a row. */
  readonly isFirst: boolean
  readonly isLast: boolean
  /** Names the row: the message's id, or the nonce of what waits. */
  readonly anchor: string
  readonly state?: Pending['state'] | 'sent'
  readonly isShown?: boolean
  readonly mentionsMe?: boolean
  readonly children: ReactNode
}

export function Row(props: RowProps) {
  const { index, measure, isOwn, isFirst, isLast, anchor, state = 'sent', isShown, mentionsMe, children } = props
  return (
    <li
      ref={measure}
      className="message"
      tabIndex={-1}
      data-index={index}
      data-own={isOwn || undefined}
      data-first={isFirst || undefined}
      data-last={isLast || undefined}
      data-state={state}
      data-anchor={anchor}
      data-shown={isShown || undefined}
      data-mention={mentionsMe || undefined}
    >
      {children}
    </li>
  )
}

export function Mark({ icon, text }: { icon: 'check' | 'clock'; text: string }) {
  return (
    <span className="mark" title={text}>
      <Icon name={icon} size={14} />
      <span className="visually-hidden">{text}</span>
    </span>
  )
}
