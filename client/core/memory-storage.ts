// Outbox storage that lasts as long as the process, and what makes any other storage safe to lean on.
import type { OutboxStorage, Outgoing } from './types.ts'

/** Where nothing else is to be had. Several clients of one process may share one. */
export function createMemoryStorage(): OutboxStorage {
  const entriesByKey = new Map<string, Map<string, Outgoing>>()
  return {
    async load(key) {
      return [...(entriesByKey.get(key)?.values() ?? [])].sort(byAge).map(entry => ({ ...entry }))
    },
    async put(key, entry) {
      const entries = entriesByKey.get(key) ?? new Map<string, Outgoing>()
      entriesByKey.set(key, entries.set(entry.nonce, { ...entry }))
    },
    async remove(key, nonce) {
      entriesByKey.get(key)?.delete(nonce)
    },
  }
}

/**
 * The same storage, never rejecting: what it can't keep (a full disk, a private window) is kept in memory instead, and
 * what it can't forget is not loaded again.
 */
export function createSturdyStorage(storage: OutboxStorage): OutboxStorage {
  const memory = createMemoryStorage()
  const unforgotten = new Set<string>()
  return {
    async load(key) {
      const kept = await memory.load(key)
      const keptNonces = new Set(kept.map(entry => entry.nonce))
      const stored = await storage.load(key).catch(() => [])
      return [...kept, ...stored.filter(({ nonce }) => !keptNonces.has(nonce) && !unforgotten.has(nonce))].sort(byAge)
    },
    async put(key, entry) {
      try {
        await storage.put(key, entry)
        await memory.remove(key, entry.nonce)
      } catch {
        await memory.put(key, entry)
      }
    },
    async remove(key, nonce) {
      await memory.remove(key, nonce)
      await storage.remove(key, nonce).catch(() => unforgotten.add(nonce))
    },
  }
}

/** The outbox's order. Two devices' clocks may agree on a millisecond: then any order, but always the same. */
export function byAge(a: Outgoing, b: Outgoing): number {
  return a.createdAt - b.createdAt || (a.nonce < b.nonce ? -1 : 1)
}

/**
 * An entry as it was stored; undefined when it is none: of a version that this one does not know, or damaged. Such a one
 * is left where it is, and must not keep the others from being sent.
 */
export function parseOutgoing(value: unknown): Outgoing | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const { nonce, text, to, replyTo, createdAt, state, code } = value as Record<string, unknown>
  if (typeof nonce !== 'string' || typeof text !== 'string' || typeof createdAt !== 'number') return undefined
  if (to !== undefined && to !== null && typeof to !== 'string') return undefined
  if (state !== 'waiting' && state !== 'sending' && state !== 'refused') return undefined
  const reply = typeof replyTo === 'string' ? { replyTo } : {}
  return { nonce, text, to, ...reply, createdAt, state, ...(typeof code === 'string' ? { code } : {}) }
}
