// Who is writing to whom, right now: neither log nor state, only word of it. What is told is told once, to whoever watches
// at that moment; whoever hears of it lets it expire (PROTOCOL.md: TYPING). Words are gathered: a watcher hears at most
// once a second, at most so many names, and each list is one object for all that get the same, so that it is encoded once.
import type { Bus, ControlBus } from '../bus/bus.ts'
import type { AccountRef } from '../domain/entry.ts'
import type { TypingNotice } from '../domain/notice.ts'
import { createRecent } from './recent.ts'

/** More often than this an account is not told of. */
const EVERY_MS = 2_000
const BATCH_MS = 1_000
/** Names in one list, of those who write to everyone and of those who write to the watcher. The others will come up. */
const MOST_NAMES = 20
/** How long it rests at least, in times of what telling everybody took: many watchers are told less often. */
const REST = 10

export interface Typist {
  readonly from: AccountRef
  /** To the watcher alone; otherwise to everyone. */
  readonly private: boolean
}

export type TypingListener = (typists: readonly Typist[]) => void

export interface TypingOptions {
  readonly bus: ControlBus & Pick<Bus, 'listen' | 'unlisten'>
  readonly onError?: (error: unknown) => void
  /** Milliseconds that only rise. */
  readonly clock?: () => number
  readonly batchMs?: number
}

export interface Typing {
  /** Whether the account may be told of again; if so, that counts as once. */
  admit(accountId: string): boolean
  /** Tells whoever watches: everyone, or one account (`to`). */
  tell(from: AccountRef, to: AccountRef | null): void
  /** Calls back with those who write to everyone or to this account, never with itself, from now on. */
  watch(accountId: string, listener: TypingListener): () => void
  close(): void
}

export function createTyping({
  bus,
  onError = () => {},
  clock = () => performance.now(),
  batchMs = BATCH_MS,
}: TypingOptions): Typing {
  const recent = createRecent({ everyMs: EVERY_MS, clock })
  const listenersByAccount = new Map<string, Set<TypingListener>>()
  /** By the writer's id. */
  const toEveryone = new Map<string, Typist>()
  /** By the watcher's id, then by the writer's. */
  const toAccount = new Map<string, Map<string, Typist>>()
  let timer: NodeJS.Timeout | null = null
  let nextAt = Number.NEGATIVE_INFINITY

  function hear({ from, to }: TypingNotice): void {
    if (to === null) {
      if (listenersByAccount.size === 0) return
      note(toEveryone, { from, private: false })
    } else {
      if (to === from.id || !listenersByAccount.has(to)) return
      const typists = toAccount.get(to) ?? new Map<string, Typist>()
      toAccount.set(to, typists)
      note(typists, { from, private: true })
    }
    timer ??= setTimeout(flush, Math.max(0, nextAt - clock())).unref()
  }

  function flush(): void {
    timer = null
    const started = clock()
    const all = [...toEveryone.values()]
    const own = new Map(toAccount)
    const isWriting = new Set(toEveryone.keys())
    toEveryone.clear()
    toAccount.clear()
    if (all.length === 0) {
      for (const [accountId, typists] of own) deliver(accountId, [...typists.values()])
    } else {
      for (const accountId of listenersByAccount.keys()) {
        const typists = own.get(accountId)
        if (!typists && !isWriting.has(accountId)) deliver(accountId, all)
        else {
          const others = all.filter(({ from }) => from.id !== accountId)
          deliver(accountId, typists ? [...typists.values(), ...others] : others)
        }
      }
    }
    const took = clock() - started
    nextAt = started + Math.max(batchMs, REST * took)
  }

  function deliver(accountId: string, typists: readonly Typist[]): void {
    if (typists.length === 0) return
    for (const listener of listenersByAccount.get(accountId) ?? []) {
      try {
        listener(typists)
      } catch (error) {
        onError(error)
      }
    }
  }

  const stop = bus.onControl(notice => {
    if (notice.kind === 'typing') hear(notice)
  })

  return {
    admit: accountId => recent.admit(accountId),
    tell(from, to) {
      bus.tell({ kind: 'typing', from, to: to?.id ?? null })
    },
    watch(accountId, listener) {
      const listeners = listenersByAccount.get(accountId) ?? new Set()
      listenersByAccount.set(accountId, listeners)
      listeners.add(listener)
      // What is private comes by the account's own topic. Nobody waits for it: what comes before is not told anyway.
      bus.listen(accountId)?.catch(onError)
      let isWatching = true
      return () => {
        if (!isWatching) return
        isWatching = false
        listeners.delete(listener)
        if (listeners.size === 0) listenersByAccount.delete(accountId)
        bus.unlisten(accountId)
      }
    },
    close() {
      stop()
      if (timer) clearTimeout(timer)
    },
  }
}

function note(typists: Map<string, Typist>, typist: Typist): void {
  if (typists.size < MOST_NAMES || typists.has(typist.from.id)) typists.set(typist.from.id, typist)
}
