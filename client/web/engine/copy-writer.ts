// When the device's copy is written: in batches, a little after something changed, only what changed, one at a time.
// Bounded: so many conversations, those with the newest messages, and so much text of each.
import { createBackoff } from '../../core/backoff.ts'
import type { Message } from '../../core/types.ts'
import type { Conversation, ConversationKey } from '../model/conversation.ts'
import type { CopyChange, CopyStore, KeptConversation } from './copy-store.ts'
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
/** The longest wait after browsers refused again and again. */
const AGAIN_MS = 60_000
const CONVERSATIONS = 50
/** UTF-16 units of text in one conversation. */
const TEXT_UNITS = 200_000

/** What is to be written, as it was when it was asked for: what changes meanwhile is for the next writing. */
interface Batch {
  readonly now: Keepable
  readonly changed: ReadonlySet<ConversationKey>
  readonly isAnew: boolean
}

/** @param take gives what there is to keep; null: nothing now */
export function createCopyWriter(copy: CopyStore | null, take: () => Keepable | null): CopyWriter {
  const dirty = new Set<ConversationKey>()
  const backoff = createBackoff(DELAY_MS, AGAIN_MS)
  let saved = new Set<ConversationKey>()
  let isAnew = false
  /** What the last writing had is not there: a newer cursor without it would hide it for good, so the next one is whole. */
  let isRefused = false
  let isStopped = copy === null
  let timer: ReturnType<typeof setTimeout> | null = null
  /** Waits for the writing that is under way. */
  let next: Batch | null = null
  let writing: Promise<void> | null = null

  function later(delayMs = DELAY_MS): void {
    if (!isStopped) timer ??= setTimeout(() => void write(), delayMs)
  }

  function forgetTimer(): void {
    if (timer !== null) clearTimeout(timer)
    timer = null
  }

  /** Takes at once what there is to keep. @returns when it is written, or refused */
  async function write(): Promise<void> {
    forgetTimer()
    if (isStopped) return
    const now = take()
    if (now === null) return
    next = { now, changed: new Set([...(next?.changed ?? []), ...dirty]), isAnew: isAnew || (next?.isAnew ?? false) }
    dirty.clear()
    isAnew = false
    writing ??= writeAll()
    await writing
  }

  async function writeAll(): Promise<void> {
    while (next !== null && !isStopped && copy !== null) {
      const change = changeOf(next)
      next = null
      isRefused = !(await copy.save(change))
      if (isRefused) later(backoff.next())
      else backoff.reset()
    }
    // In the same breath as the last look at `next`: whoever sets that afterwards begins anew.
    writing = null
  }

  function changeOf({ now, changed, ...batch }: Batch): CopyChange {
    const { cursor, textLimit, hasOlder, all, markOf } = now
    const isWhole = batch.isAnew || isRefused
    const kept = [...all].sort(byNewest).slice(0, CONVERSATIONS)
    const keys = new Set(kept.map(({ key }) => key))
    const written = kept.filter(({ key }) => isWhole || changed.has(key) || !saved.has(key))
    const dropped = [...saved].filter(key => !keys.has(key))
    const conversations = written.map(conversation => keptOf(conversation, markOf(conversation.key)))
    saved = keys
    return {
      cursor,
      textLimit,
      hasOlder: hasOlder || all.length > kept.length,
      dropped,
      isAnew: isWhole,
      conversations,
    }
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
      next = null
      isAnew = true
      if (!isStopped) void copy?.clear()
    },
    writeNow() {
      if (timer !== null) void write()
    },
    stop() {
      isStopped = true
      forgetTimer()
    },
    async close() {
      if (timer !== null) await write()
      await writing
      isStopped = true
      forgetTimer()
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
