// A search as one types it: the newest hits, older ones on demand; an answer that is no longer asked for is dropped.
import { useCallback, useEffect, useRef, useState } from 'react'
import type { Message } from '../../core/types.ts'
import type { ConversationKey } from '../model/conversation.ts'
import type { Failure } from '../model/failure.ts'
import type { Chat } from '../state/chat.ts'

export interface SearchState {
  readonly phase: 'idle' | 'searching' | 'done'
  /** What the hits are of. */
  readonly text: string
  /** Newest first. */
  readonly messages: readonly Message[]
  readonly failure: Failure | null
  readonly hasMore: boolean
}

const IDLE: SearchState = { phase: 'idle', text: '', messages: [], failure: null, hasMore: false }
/** After the last key. */
const PAUSE_MS = 250

/** @param key null: in all conversations */
export function useSearch(chat: Chat, typed: string, key: ConversationKey | null) {
  const text = typed.trim()
  const [state, setState] = useState<SearchState>(IDLE)
  const before = useRef<string | null>(null)
  const asked = useRef(0)

  const ask = useCallback(
    async (isMore: boolean) => {
      const own = ++asked.current
      setState(now => ({ ...(isMore ? now : { ...IDLE, text }), failure: null, phase: 'searching' }))
      const result = await chat.search(text, key ?? undefined, (isMore && before.current) || undefined)
      if (own !== asked.current) return
      if ('failure' in result) {
        const { failure } = result
        return setState(now => ({ ...now, phase: 'done', failure }))
      }
      before.current = result.before
      const found = [...result.messages].reverse()
      setState(now => ({
        phase: 'done',
        text,
        messages: isMore ? [...now.messages, ...found] : found,
        failure: null,
        hasMore: result.before !== null,
      }))
    },
    [chat, text, key],
  )

  useEffect(() => {
    asked.current++
    if (text === '') return setState(IDLE)
    const timer = setTimeout(() => void ask(false), PAUSE_MS)
    return () => clearTimeout(timer)
  }, [text, ask])

  return { state, more: () => ask(true), again: () => ask(false) }
}
