// A change of one's own message that is asked for and not done yet, and where it lasts meanwhile.

/** A change of a message that is not done yet. */
export interface PendingChange {
  readonly messageId: string
  /** The text that it is to have; null: it is to be deleted. */
  readonly text: string | null
  /** Milliseconds since 1970, by this device's clock; strictly rising: the order. */
  readonly createdAt: number
  readonly state: 'waiting' | 'sending' | 'refused'
  /** Only when refused: one of ErrorCode. It stays until `discard`, or another change of the same message. */
  readonly code?: string
}

/** Lasting storage of changes; every method may reject: what could not be kept is done all the same, while this lives. */
export interface ChangeStorage {
  /** All of this key, oldest first: of one message there may be several for a moment. */
  load(key: string): Promise<PendingChange[]>
  /** Adds, or replaces the same one: that of this message and this `createdAt`. Resolves when it lasts. */
  put(key: string, change: PendingChange): Promise<void>
  /** That one, and none that was asked for later. */
  remove(key: string, change: PendingChange): Promise<void>
}

/** Two devices' clocks may agree on a millisecond: then any order, but always the same. */
export const byChangeAge = (a: PendingChange, b: PendingChange) =>
  a.createdAt - b.createdAt || (a.messageId < b.messageId ? -1 : 1)

/** Undefined: of a version that this one does not know, or damaged. It is left where it is. */
export function parseChange(value: unknown): PendingChange | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const { messageId, text, createdAt, state, code } = value as Record<string, unknown>
  if (typeof messageId !== 'string' || typeof createdAt !== 'number') return undefined
  if (text !== null && typeof text !== 'string') return undefined
  if (state === 'refused') return { messageId, text, createdAt, state, code: String(code) }
  return { messageId, text, createdAt, state: 'waiting' }
}

/** The same as `createMemoryStorage`, for changes: several clients of one process may share one. */
export function createMemoryChangeStorage(): ChangeStorage {
  const changesByKey = new Map<string, readonly PendingChange[]>()
  const others = (key: string, { messageId, createdAt }: PendingChange) =>
    (changesByKey.get(key) ?? []).filter(each => each.messageId !== messageId || each.createdAt !== createdAt)
  return {
    load: async key => [...(changesByKey.get(key) ?? [])],
    async put(key, change) {
      changesByKey.set(key, [...others(key, change), change].sort(byChangeAge))
    },
    async remove(key, change) {
      changesByKey.set(key, others(key, change))
    },
  }
}
