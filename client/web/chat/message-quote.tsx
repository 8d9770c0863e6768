// What a message answers: who said it and its first line, looked up where this page does not have it. A click leads to it.
import { useCallback, useEffect, useState, useSyncExternalStore } from 'react'
import type { Message } from '../../core/types.ts'
import type { Catalogue } from '../i18n/catalogue.ts'
import { useWords } from '../i18n/language.tsx'
import { Icon } from '../parts/icon.tsx'
import type { Chat } from '../state/chat.ts'
import { excerptOf } from './excerpt.ts'
import { useThread } from './thread-context.ts'

interface MessageQuoteProps {
  readonly id: string
  /** Where it stands and who said it, as far as that is known without looking it up. */
  readonly reference?: Message['replyTo']
}

export function MessageQuote({ id, reference = null }: MessageQuoteProps) {
  const words = useWords()
  const { chat, goTo } = useThread()
  const quoted = useQuoted(chat, id)
  const known = quoted ?? reference
  const author = !known ? '…' : known.from.id === chat.me.id ? words.sidebar.you : known.from.username
  return (
    <button
      type="button"
      className="quote"
      tabIndex={-1}
      title={words.message.toQuoted}
      data-gone={quoted === null || undefined}
      disabled={!known}
      onClick={() => known && goTo(id, known.cursor)}
    >
      <Icon name="reply" size={14} />
      <span className="quote-text">
        <span className="visually-hidden">{words.message.inReplyTo(author)} </span>
        <bdi className="quote-author" aria-hidden="true">
          {author}
        </bdi>{' '}
        <bdi>{quoteText(quoted, words)}</bdi>
      </span>
    </button>
  )
}

/** @param quoted null: deleted, or not for this account; undefined: not known yet */
function quoteText(quoted: Message | null | undefined, words: Catalogue): string {
  if (quoted === undefined) return words.message.quoteLoading
  return quoted ? excerptOf(quoted.text) : words.message.quoteDeleted
}

/** Follows edits and deletions as long as it is shown. */
function useQuoted(chat: Chat, id: string): Message | null | undefined {
  const peek = useCallback(() => chat.peekMessage(id), [chat, id])
  const known = useSyncExternalStore(chat.subscribe, peek)
  const [found, setFound] = useState<Message | null | undefined>(undefined)
  const isKnown = known !== undefined
  useEffect(() => {
    if (isKnown) return
    let isOver = false
    chat.lookUpMessage(id).then(
      message => {
        if (!isOver) setFound(message)
      },
      () => {
        // Without a connection it stays as it is: who said it is known anyway.
      },
    )
    return () => {
      isOver = true
    }
  }, [chat, id, isKnown])
  return isKnown ? known : found
}
