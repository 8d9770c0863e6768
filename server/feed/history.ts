// The log below the tail, as far as it is public: read from the store once for all feeds that replay it, in chunks that
// do not overlap, and kept while they are used. What is private is read for each account (catch-up.ts).
import { afterTrim, type Entry, isRevision, type Position, type RevisionEntry } from '../domain/entry.ts'
import type { Store } from '../store/store.ts'
import { type Chunk, chunkEnd, entryBytes, makeChunk } from './chunk.ts'
import type { Revisions } from './revisions.ts'

/** Entries in one read of the store. */
const READ_LIMIT = 256
const KEPT_BYTES = 16 * 1024 * 1024
/** An empty chunk is not free either. */
const CHUNK_OVERHEAD = 512
/** What is public is the same for everybody. */
const ANYBODY = ''

interface Kept {
  readonly chunk: Chunk
  readonly bytes: number
  usedAt: number
  /** The messages that are revised in it. */
  readonly revisedIds: ReadonlySet<string>
}

export interface History {
  /** The chunk that holds what follows this position; null: load it first. */
  find(position: Position): Chunk | null
  /**
   * Reads what follows this position. Afterwards `find` has it, unless memory was short meanwhile, or it can't be had
   * any more: answers with the newest trimmed public position, which is above `position` then.
   */
  load(position: Position): Promise<Position>
  /** Drops what begins below this position: the log has trimmed it. */
  forget(floor: Position): void
  /** Drops what has these messages as they were before. */
  revise(revisions: readonly RevisionEntry[]): void
}

export function createHistory(store: Pick<Store, 'read'>, revisions: Revisions): History {
  /** By `after`, ascending; each ends before or where the next begins. */
  let kept: Kept[] = []
  let bytes = 0
  let uses = 0
  const loads = new Map<Position, Promise<Position>>()

  /** Index of the first chunk that begins above the position. */
  function indexAbove(position: Position): number {
    let low = 0
    let high = kept.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((kept[middle] as Kept).chunk.after <= position) low = middle + 1
      else high = middle
    }
    return low
  }

  function insert(entries: readonly Entry[], after: Position, through: Position): void {
    const index = indexAbove(after)
    const next = kept[index]?.chunk.after ?? Number.POSITIVE_INFINITY
    const end = Math.min(through, next)
    const within = end < through ? entries.filter(({ position }) => position <= end) : entries
    const added: Kept[] = []
    for (let start = 0, from = after; from < end; ) {
      const stop = chunkEnd(within, start)
      const to = stop < within.length ? (within[stop - 1] as Entry).position : end
      const chunk = makeChunk(within.slice(start, stop), from, to)
      const weight = chunk.publicBatch.entries.reduce((sum, entry) => sum + entryBytes(entry), CHUNK_OVERHEAD)
      added.push({ chunk, bytes: weight, usedAt: ++uses, revisedIds: revisedIn(chunk) })
      bytes += weight
      start = stop
      from = to
    }
    kept.splice(index, 0, ...added)
    if (bytes > KEPT_BYTES) evict()
  }

  /** Keeps the more lately used half. */
  function evict(): void {
    const byUse = [...kept].sort((a, b) => b.usedAt - a.usedAt)
    bytes = 0
    const staying = new Set<Kept>()
    for (const each of byUse) {
      if (bytes + each.bytes > KEPT_BYTES / 2) break
      bytes += each.bytes
      staying.add(each)
    }
    kept = kept.filter(each => staying.has(each))
  }

  async function read(position: Position): Promise<Position> {
    const hold = revisions.hold()
    try {
      const { entries, through, trimmed } = await store.read(ANYBODY, position, READ_LIMIT, 'PUBLIC')
      // A chunk is whole from its beginning on, for as long as it is kept.
      if (trimmed <= position && through > position) insert(hold.upToDate(entries), position, through)
      return trimmed
    } finally {
      hold.end()
    }
  }

  function drop(isGone: (each: Kept) => boolean): void {
    kept = kept.filter(each => {
      const goes = isGone(each)
      if (goes) bytes -= each.bytes
      return !goes
    })
  }

  return {
    find(position) {
      const found = kept[indexAbove(position) - 1]
      if (!found || found.chunk.through <= position) return null
      found.usedAt = ++uses
      return found.chunk
    },
    load(position) {
      const running = loads.get(position)
      if (running) return running
      const load = read(position).finally(() => loads.delete(position))
      loads.set(position, load)
      return load
    },
    forget: floor =>
      drop(
        ({ chunk }) =>
          chunk.after < floor || chunk.publicBatch.entries.some(entry => afterTrim(entry, floor) !== entry),
      ),
    revise(revisions) {
      for (const { message } of revisions) {
        const { position, messageId } = message
        drop(
          ({ chunk, revisedIds }) => (chunk.after < position && chunk.through >= position) || revisedIds.has(messageId),
        )
      }
    },
  }
}

const NONE: ReadonlySet<string> = new Set()

function revisedIn({ publicBatch }: Chunk): ReadonlySet<string> {
  const revisions = publicBatch.entries.filter(isRevision)
  return revisions.length === 0 ? NONE : new Set(revisions.map(({ message }) => message.messageId))
}
