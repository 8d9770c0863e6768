// The newest entries of the log, in memory: live feeds are fed from here, recent pages and short absences are answered
// from here, and the disk is left alone. Bounded by count and by bytes of text.
import { type Entry, maySee, ORIGIN, type Position } from '../domain/entry.ts'
import type { Page, PageQuery } from '../store/store.ts'
import { type Chunk, chunkEnd, entryBytes, makeChunk } from './chunk.ts'

const CHUNKS_KEPT = 256

export interface Tail {
  /** Every entry of the log above this position is here. */
  readonly floor: Position
  /** The newest position. */
  readonly head: Position
  push(entries: readonly Entry[]): void
  /** Forgets the oldest entries down to the bounds, but none above `keep`: live feeds still need those. */
  trim(keep: Position): void
  /** The log has trimmed everything up to `floor`: forgets it too, but nothing above `keep`. */
  forget(floor: Position, keep: Position): void
  /** Entries with after < position <= through, ascending. `after` must not be below `floor`. */
  range(after: Position, through: Position): readonly Entry[]
  /** What follows `after`, in one chunk that all feeds at this position share. `after` must not be below `floor`. */
  chunkAfter(after: Position): Chunk
  /** The newest entry that the account may see; null: none in here. */
  newestVisible(accountId: string): Entry | null
  /** The entry at this position, if it is here. */
  at(position: Position): Entry | null
  /** The newest page, if it can be told from memory alone. */
  newestPage(query: PageQuery): Page | null
}

export interface TailOptions {
  /** How many entries to keep. */
  readonly capacity: number
  /** How many bytes of text to keep, at most. Default 32 MiB. */
  readonly maxBytes?: number
  /** The newest entries of the log, ascending. */
  readonly initial: readonly Entry[]
  /** The initial entries are the whole log, as far as it was not trimmed. */
  readonly whole: boolean
  /** Everything up to here was trimmed when `initial` was read, or later. Default: nothing. */
  readonly trimmed?: Position
  /** The log's head when `initial` was read. */
  readonly head: Position
}

export function createTail(options: TailOptions): Tail {
  const { capacity, maxBytes = 32 * 1024 * 1024, initial, whole, head } = options
  let entries: Entry[] = [...initial]
  /** There is nothing left in the log up to here: with `floor` at or below it, the tail has all that there is. */
  let trimmed: Position = options.trimmed ?? ORIGIN
  let floor: Position = whole ? trimmed : Math.max(ORIGIN, (initial[0]?.position ?? head + 1) - 1)
  let newest: Position = entries.at(-1)?.position ?? head
  let bytes = entries.reduce((sum, entry) => sum + entryBytes(entry), 0)

  /** Those that feeds have asked for lately: after a restart a thousand clients ask for the same one. */
  const chunksByStart = new Map<Position, { chunk: Chunk; through: Position; isFull: boolean }>()

  /** Index of the first entry above `position`. */
  function indexAfter(position: Position): number {
    let low = 0
    let high = entries.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((entries[middle] as Entry).position <= position) low = middle + 1
      else high = middle
    }
    return low
  }

  return {
    get floor() {
      return floor
    },
    get head() {
      return newest
    },
    push(added) {
      for (const entry of added) {
        entries.push(entry)
        bytes += entryBytes(entry)
        newest = entry.position
      }
    },
    trim(keep) {
      // Half as much again before anything moves, so that the copying is amortised.
      if (entries.length < capacity * 1.5 && bytes < maxBytes) return
      const most = indexAfter(keep)
      let drop = 0
      while (drop < most && (entries.length - drop > capacity || bytes > maxBytes * 0.75)) {
        bytes -= entryBytes(entries[drop] as Entry)
        drop++
      }
      if (drop === 0) return
      floor = (entries[drop - 1] as Entry).position
      entries = entries.slice(drop)
    },
    forget(through, keep) {
      trimmed = Math.max(trimmed, through)
      const to = Math.min(through, keep)
      if (to <= floor) return
      const drop = indexAfter(to)
      for (const entry of entries.slice(0, drop)) bytes -= entryBytes(entry)
      entries = entries.slice(drop)
      chunksByStart.clear()
      floor = to
    },
    range(after, through) {
      const start = indexAfter(after)
      return entries.slice(start, through >= newest ? undefined : indexAfter(through))
    },
    chunkAfter(after) {
      const known = chunksByStart.get(after)
      // A chunk that ended at the head may be longer by now.
      if (known && (known.through === newest || known.isFull)) return known.chunk
      const start = indexAfter(after)
      const end = chunkEnd(entries, start)
      const isFull = end < entries.length
      const through = isFull ? (entries[end - 1] as Entry).position : newest
      const chunk = makeChunk(entries.slice(start, end), after, through)
      if (chunksByStart.size >= CHUNKS_KEPT) chunksByStart.clear()
      chunksByStart.set(after, { chunk, through, isFull })
      return chunk
    },
    newestVisible(accountId) {
      return entries.findLast(entry => maySee(accountId, entry)) ?? null
    },
    at(position) {
      const entry = entries[indexAfter(position - 1)]
      return entry?.position === position ? entry : null
    },
    newestPage(query) {
      if (query.after !== undefined || query.before !== undefined) return null
      const found: Entry[] = []
      for (let i = entries.length - 1; i >= 0 && found.length <= query.limit; i--) {
        const entry = entries[i] as Entry
        if (matches(query, entry)) found.push(entry)
      }
      const hasPrevious = found.length > query.limit
      if (!hasPrevious && floor > trimmed) return null
      if (hasPrevious) found.pop()
      return { entries: found.reverse(), hasPrevious, hasNext: false }
    },
  }
}

/** Whether a page takes this entry: the same rule that every store applies by its indexes. */
function matches({ viewer, scope, with: peer }: PageQuery, entry: Entry): boolean {
  if (!maySee(viewer, entry)) return false
  if (peer !== undefined) {
    if (entry.to === null) return false
    return entry.from.id === viewer ? entry.to.id === peer : entry.from.id === peer
  }
  return scope === 'ALL' || (scope === 'PUBLIC') === (entry.to === null)
}
