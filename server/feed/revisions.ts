// Whoever takes entries out of the log and keeps them for a while (a read of the store under way, a batch that is being
// rendered) may hold a text that is replaced meanwhile. Here it learns what was: once an edit or a deletion has been
// acknowledged, no feed that is behind is given what was there before.
import { type Entry, isLater, type MessageEntry, messageOf, type RevisionEntry, withMessage } from '../domain/entry.ts'

/** Messages revised during one hold, at most: beyond it the hold is void. */
const MOST = 10_000

/** A span of time in which entries are held. */
export interface Hold {
  /**
   * The entries, with what was revised since the hold began: the same array where none of them was.
   * @throws Error if too much was revised: take them anew
   */
  upToDate<Held extends Entry>(entries: readonly Held[]): readonly Held[]
  end(): void
}

export interface Revisions {
  /** Tells every hold. */
  note(revisions: readonly RevisionEntry[]): void
  /** Before the entries are taken, or a read of them begins. */
  hold(): Hold
}

export function createRevisions(): Revisions {
  const holds = new Set<Map<string, MessageEntry>>()

  return {
    note(revisions) {
      for (const revised of holds) {
        if (revised.size <= MOST) for (const { message } of revisions) revised.set(message.messageId, message)
      }
    },
    hold() {
      const revised = new Map<string, MessageEntry>()
      holds.add(revised)
      return {
        upToDate<Held extends Entry>(entries: readonly Held[]): readonly Held[] {
          if (revised.size > MOST) throw new Error('Too many messages were revised during one read of the log')
          const isOld = (entry: Entry): MessageEntry | null => {
            const now = revised.get(messageOf(entry).messageId)
            return now && isLater(now, messageOf(entry)) ? now : null
          }
          if (revised.size === 0 || !entries.some(isOld)) return entries
          return entries.map(entry => {
            const now = isOld(entry)
            // The kind of an entry stays, so a list of messages is one again.
            return now ? (withMessage(entry, now) as Held) : entry
          })
        },
        end: () => void holds.delete(revised),
      }
    },
  }
}
