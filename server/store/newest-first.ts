// The order in which every store lists sessions.
import type { SessionEntry } from './store.ts'

/** For sorting: the newest first; those of one millisecond in some order that is always the same. */
export function newestFirst(a: SessionEntry, b: SessionEntry): number {
  return b.createdAt - a.createdAt || (a.id < b.id ? 1 : -1)
}
