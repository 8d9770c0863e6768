// A message's text as text: never markup. Addresses of the web in it become links that tell their page nothing, and
// names that are mentioned lead to their conversation; each piece is isolated, so that no bidirectional character of one
// reaches into another.
import { memo, type ReactNode, useMemo } from 'react'
import { hrefOfPerson } from '../state/route.ts'
import { isEmojiOnly, type TextPiece, textPieces } from './text-pieces.ts'

interface MessageTextProps {
  readonly text: string
  /** Names of people, folded: what mentions them is marked. */
  readonly names: ReadonlySet<string>
  readonly me: string
  /** Stands at the end of the last line where there is room, on either side of it as the text runs. */
  readonly children?: ReactNode
}

export const MessageText = memo(function MessageText({ text, names, me, children }: MessageTextProps) {
  const pieces = useMemo(() => textPieces(text, names, me), [text, names, me])
  return (
    <p className="message-text" dir="auto" data-large={isEmojiOnly(text) || undefined}>
      {pieces.map((piece, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the pieces of a text never move
        <Piece key={index} piece={piece} />
      ))}
      {children}
    </p>
  )
})

function Piece({ piece }: { piece: TextPiece }) {
  switch (piece.kind) {
    case 'text':
      return piece.text
    case 'link':
      return (
        <bdi>
          <a href={piece.href} target="_blank" rel="noopener noreferrer nofollow">
            {piece.text}
          </a>
          {piece.host !== null && <span className="link-host"> ({piece.host})</span>}
        </bdi>
      )
    case 'mention':
      return piece.isMe ? (
        <mark className="mention mention-own">
          <bdi>{piece.text}</bdi>
        </mark>
      ) : (
        <a className="mention" href={hrefOfPerson(piece.name)}>
          <bdi>{piece.text}</bdi>
        </a>
      )
  }
}
