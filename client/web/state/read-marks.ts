// How far this browser has read each conversation: one cursor each, lasting in localStorage by account and epoch, and
// shared by its tabs. The server keeps no such marks. What was there on the first visit counts as read.
import type { ConversationKey } from './conversation.ts'
import { onPreference, readPreference, writePreference } from './preference.ts'

interface Kept {
  readonly epoch: string
  readonly baseline: string | null
  readonly marks: { readonly [key: string]: string }
}

export interface ReadMarks {
  /** Everything up to this cursor is read; null: nothing is. */
  of(key: ConversationKey): string | null
  /** Moves the mark forward; never back. */
  read(key: ConversationKey, cursor: string): void
  /** Another tab has read something. */
  onChange(listener: () => void): () => void
}

function parseKept(text: string | null, epoch: string): Kept | null {
  if (text === null) return null
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value !== 'object' || value === null) return null
    const { epoch: keptEpoch, baseline, marks } = value as Partial<Record<keyof Kept, unknown>>
    if (keptEpoch !== epoch || typeof marks !== 'object' || marks === null) return null
    const strings = Object.entries(marks).filter((entry): entry is [string, string] => typeof entry[1] === 'string')
    return { epoch, baseline: typeof baseline === 'string' ? baseline : null, marks: Object.fromEntries(strings) }
  } catch {
    return null
  }
}

/** @param head the newest cursor now: the baseline of a first visit */
export function createReadMarks(accountId: string, epoch: string, head: string | null): ReadMarks {
  const name = `read.${accountId}`
  let kept = parseKept(readPreference(name), epoch)
  if (!kept) {
    kept = { epoch, baseline: head, marks: {} }
    writePreference(name, JSON.stringify(kept))
  }
  let current = kept

  return {
    of: key => current.marks[key] ?? current.baseline,
    read(key, cursor) {
      const mark = current.marks[key] ?? current.baseline
      if (mark !== null && mark >= cursor) return
      // What other tabs wrote meanwhile stays: only this conversation's mark is put on top.
      const latest = parseKept(readPreference(name), epoch) ?? current
      current = { ...latest, marks: { ...latest.marks, [key]: cursor } }
      writePreference(name, JSON.stringify(current))
    },
    onChange: listener =>
      onPreference(name, text => {
        current = parseKept(text, epoch) ?? current
        listener()
      }),
  }
}
