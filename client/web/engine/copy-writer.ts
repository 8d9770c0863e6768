// When the device's copy is written: in batches, a little after something changed, only what changed. Bounded: so many
// conversations, those with the newest messages, and so much text of each.
import type { Message } from '../../core/types.ts'
import type { Conversation, ConversationKey } from '../model/conversation.ts'
import type { CopyStore, KeptConversation } from './copy-store.ts'
import type { KeptMark } from './marks.ts'

/** All there is to keep, at one moment. */
export interface Keepable {
  readonly cursor: string
  readonly textLimit: number | null
  readonly hasOlder: boolean
  readonly all: readonly Conversation[]
  markOf(key: ConversationKey): KeptMark
}

export interface CopyWriter {
  /** These are in the copy already. */
  restored(keys: readonly ConversationKey[]): void
  /** Without any: only the cursor moved. */
  changed(keys: Iterable<ConversationKey>): void
  /** Everything is different: the next writing replaces all. */
  anew(): void
  /** Nothing is kept until something is written again. */
  clear(): void
  writeNow(): void
  /** Writes nothing more. */
  stop(): void
  /** Writes what is left, and stops. */
  close(): Promise<void>
}

const DELAY_MS = 400
const CONVERSATIONS = 50
/** UTF-16 units of text in one conversation. */
const TEXT_UNITS = 200_000

/** @param take gives what there is to keep; null: nothing now */
export function createCopyWriter(copy: CopyStore | null, take: () => Keepable | null): CopyWriter {
  const dirty = new Set<ConversationKey>()
  let saved = new Set<ConversationKey>()
  let isAnew = false
  let isStopped = copy === null
  let timer: ReturnType<typeof setTimeout> | null = null

  function later(): void {
    if (!isStopped) timer ??= setTimeout(() => void write(), DELAY_MS)
  }

  async function write(): Promise<void> {
    if (timer !== null) clearTimeout(timer)
    timer = null
    if (isStopped) return
    const now = take()
    if (now === null) return
    const { cursor, textLimit, hasOlder, all, markOf } = now
    const kept = [...all].sort(byNewest).slice(0, CONVERSATIONS)
    const keys = new Set(kept.map(({ key }) => key))
    const written = kept.filter(({ key }) => isAnew || dirty.has(key) || !saved.has(key))
    const dropped = [...saved].filter(key => !keys.has(key))
    const change = { cursor, textLimit, hasOlder: hasOlder || all.length > kept.length, dropped, isAnew }
    const conversations = written.map(conversation => keptOf(conversation, markOf(conversation.key)))
    saved = keys
    dirty.clear()
    isAnew = false
    await copy?.save({ ...change, conversations })
  }

  return {
    restored(keys) {
      saved = new Set(keys)
    },
    changed(keys) {
      for (const key of keys) dirty.add(key)
      later()
    },
    anew() {
      isAnew = true
      later()
    },
    clear() {
      saved = new Set()
      dirty.clear()
      isAnew = true
      if (!isStopped) void copy?.clear()
    },
    writeNow() {
      if (timer !== null) void write()
    },
    stop() {
      isStopped = true
      if (timer !== null) clearTimeout(timer)
    },
    async close() {
      if (timer !== null) await write()
      isStopped = true
    },
  }
}

/** Everyone's first, then by the newest message. */
function byNewest(a: Conversation, b: Conversation): number {
  if (a.peer === null || b.peer === null) return a.peer === null ? -1 : 1
  const [newestOfA, newestOfB] = [a.messages.at(-1)?.cursor ?? '', b.messages.at(-1)?.cursor ?? '']
  return newestOfA < newestOfB ? 1 : newestOfA > newestOfB ? -1 : 0
}

function keptOf({ key, peer, isGone, ...conversation }: Conversation, mark: KeptMark): KeptConversation {
  const { completeFrom, hasEarlier } = conversation
  const messages = newestOf(conversation.messages)
  if (messages.length === conversation.messages.length) {
    return { key, peer, isGone, messages, completeFrom, hasEarlier, mark }
  }
  return { key, peer, isGone, messages, completeFrom: messages[0]?.cursor ?? null, hasEarlier: true, mark }
}

function newestOf(messages: readonly Message[]): readonly Message[] {
  let units = 0
  let from = messages.length
  while (from > 0) {
    units += messages[from - 1]?.text.length ?? 0
    if (units > TEXT_UNITS) break
    from--
  }
  return from === 0 ? messages : messages.slice(from)
}
