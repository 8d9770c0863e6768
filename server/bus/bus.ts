// Who must hear of it: takes what has just become durable to every node that serves the space. Order and completeness
// are the log's: a bus may lose or repeat, and says so in its own file; the local one does neither.
import type { Entry } from '../domain/entry.ts'

export interface Bus {
  /** Entries in the order of the log. Called once they are durable, before their senders are answered. */
  publish(entries: readonly Entry[]): void
  /** Calls back with everything published from now on, in order. Answers with the way to stop. */
  subscribe(listener: (entries: readonly Entry[]) => void): () => void
  close(): Promise<void>
}
