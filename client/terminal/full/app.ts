// The screen as an Ink component: draws the frame, and hands keys on. Elements are made without JSX, which Node does not
// take: the terminal runs from its source, like everything else but the page.
import { Text, useCursor, useInput, usePaste, useWindowSize } from 'ink'
import { createElement, type ReactElement, useEffect, useSyncExternalStore } from 'react'
import type { Texts } from '../texts.ts'
import type { ChatState } from './chat-state.ts'
import { frameOf } from './frame.ts'
import type { Keys } from './keys.ts'

export interface AppProps {
  readonly state: ChatState
  readonly keys: Keys
  readonly texts: Texts
  /** One frame of nothing makes Ink clear the screen and draw all of the next one. */
  readonly canvas: { isBlank: boolean }
}

export function App({ state, keys, texts, canvas }: AppProps): ReactElement {
  useSyncExternalStore(
    listener => state.onChange(listener),
    () => state.version,
  )
  const size = useWindowSize()
  const { setCursorPosition } = useCursor()
  const frame = frameOf({ state, texts, mode: keys.mode, offered: keys.offered, now: new Date() }, size)
  setCursorPosition(frame.cursor)
  useInput((input, key) => keys.press(input, key, frame))
  usePaste(text => keys.paste(text))
  useEffect(() => {
    state.seen()
    // Whoever sees the first row that is loaded wants what came before it.
    if (frame.window.reachesTop && state.active.messages.length > 0) void state.loadOlder().catch(() => {})
  })
  return createElement(Text, { wrap: 'truncate' }, canvas.isBlank ? ' ' : frame.rows.join('\n'))
}
