// A message's text as text: never markup. Addresses of the web in it become links that tell their page nothing; each
// piece is isolated, so that no bidirectional character of one reaches into another.
import type { ReactNode } from 'react'
import { splitText } from '../state/linked-text.ts'

interface MessageTextProps {
  readonly text: string
  /** Stands at the end of the last line where there is room, on either side of it as the text runs. */
  readonly children: ReactNode
}

export function MessageText({ text, children }: MessageTextProps) {
  return (
    <p className="message-text" dir="auto">
      {splitText(text).map((piece, index) =>
        piece.href === null ? (
          piece.text
        ) : (
          // biome-ignore lint/suspicious/noArrayIndexKey: the pieces of a text never move
          <bdi key={index}>
            <a href={piece.href} target="_blank" rel="noopener noreferrer nofollow">
              {piece.text}
            </a>
          </bdi>
        ),
      )}
      {children}
    </p>
  )
}
