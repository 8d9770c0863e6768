// What came since the last frame: gathered, put into the conversations and what is unread together, and told as one. A
// thousand messages in a frame cost the page one drawing.
import type { Message } from '../../core/types.ts'
import { type ConversationKey, conversationKey, type Person } from '../model/conversation.ts'
import type { Conversations } from '../model/conversations.ts'
import type { MessageNews } from './engine.ts'
import type { Marks } from './marks.ts'
import type { TypingNow } from './typing-now.ts'

export interface Incoming {
  /** In the next frame. */
  add(news: MessageNews): void
  /** At once, with what waits: what the feed will bring, too, but nobody knows when. */
  addNow(message: Message, happening: MessageNews['happening']): void
  /** All that waits, at once. */
  flush(): void
  /** What waits is of no use any more. */
  clear(): void
}

export interface IncomingOptions {
  readonly me: Person
  readonly conversations: Pick<Conversations, 'absorb' | 'tailOf'>
  readonly marks: Pick<Marks, 'happened'>
  readonly typing: Pick<TypingNow, 'said'>
  /** False: there is nothing to put it into yet, so it waits. */
  isReady(): boolean
  /** It is in its place. `spoken`: conversations with news; `changed`: those that are not as before. */
  onNews(news: readonly MessageNews[], spoken: Iterable<ConversationKey>, changed: ReadonlySet<ConversationKey>): void
}

const FRAME_MS = 16

export function createIncoming({ me, conversations, marks, typing, isReady, onNews }: IncomingOptions): Incoming {
  let queue: MessageNews[] = []
  let frame: ReturnType<typeof setTimeout> | undefined

  /** In the log's order, in runs of one kind: a message may be added and changed in one frame. */
  function absorb(news: readonly MessageNews[]): ReadonlySet<ConversationKey> {
    const changed = new Set<ConversationKey>()
    for (let from = 0; from < news.length; ) {
      const { happening } = news[from] as MessageNews
      let to = from
      while (to < news.length && news[to]?.happening === happening) to++
      const run = news.slice(from, to).map(({ message }) => message)
      for (const key of conversations.absorb(run, happening)) changed.add(key)
      from = to
    }
    return changed
  }

  function flush(): void {
    clearTimeout(frame)
    frame = undefined
    if (!isReady() || queue.length === 0) return
    const news = queue
    queue = []
    const before = new Map<string, Message>()
    for (const { message, happening } of news) {
      if (happening === 'added') typing.said(message)
      else {
        const was = conversations.tailOf(conversationKey(message, me)).find(({ id }) => id === message.id)
        if (was) before.set(was.id, was)
      }
    }
    const changed = absorb(news)
    const messagesByKey = Map.groupBy(
      news.map(({ message }) => message),
      message => conversationKey(message, me),
    )
    for (const [key, messages] of messagesByKey) marks.happened(key, messages, before)
    onNews(news, messagesByKey.keys(), changed)
  }

  return {
    add(news) {
      queue.push(news)
      frame ??= setTimeout(flush, FRAME_MS)
    },
    addNow(message, happening) {
      queue.push({ message, happening, isLive: false })
      flush()
    },
    flush,
    clear() {
      clearTimeout(frame)
      frame = undefined
      queue = []
    },
  }
}
