// A piece of the log as replay hands it out: small enough for one step, and the same object for every feed that passes
// it, so that the fan-out renders it once. What is private in it is kept apart: most feeds have none of it.
import { type Entry, type LogItem, maySee, messageOf, type Position } from '../domain/entry.ts'
import type { Batch } from './feed.ts'

/** Everything with after < position <= through. */
export interface Chunk {
  readonly after: Position
  readonly through: Position
  /** The public entries; the one batch for all accounts that have no private entry in the chunk. */
  readonly publicBatch: Batch
  /**
   * Private entries, of whomever (a chunk of the tail) or of nobody (one read from the store, for everybody). Stubs are
   * left out: an account that is served here has none.
   */
  readonly privates: readonly Entry[]
}

const CHUNK_ENTRIES = 64
const CHUNK_BYTES = 64 * 1024
/** What an entry weighs beside its text, roughly. */
const ENTRY_OVERHEAD = 256

/** What an entry weighs in memory, roughly, in bytes. */
export function entryBytes(item: LogItem): number {
  return item.kind === 'stub' ? ENTRY_OVERHEAD : ENTRY_OVERHEAD + messageOf(item).text.length * 2
}

/** Where a chunk that begins at this index ends: by count, or by weight, but never empty while there are entries. */
export function chunkEnd(entries: readonly LogItem[], start: number): number {
  let end = start
  for (let bytes = 0; end < entries.length && end - start < CHUNK_ENTRIES && bytes < CHUNK_BYTES; end++) {
    bytes += entryBytes(entries[end] as LogItem)
  }
  return end
}

export function makeChunk(items: readonly LogItem[], after: Position, through: Position): Chunk {
  const entries = items.filter(item => item.kind !== 'stub')
  return {
    after,
    through,
    publicBatch: { entries: entries.filter(entry => entry.to === null) },
    privates: entries.filter(entry => entry.to !== null),
  }
}

/**
 * What an account gets of a chunk between two positions.
 * @param own private entries that the chunk itself does not hold, ascending
 */
export function visibleBatch(
  chunk: Chunk,
  accountId: string,
  after: Position,
  through: Position,
  own: readonly Entry[] = [],
): Batch {
  const within = ({ position }: Entry): boolean => position > after && position <= through
  const privates = [...chunk.privates.filter(entry => maySee(accountId, entry)), ...own].filter(within)
  const isWhole = after <= chunk.after && through >= chunk.through
  if (privates.length === 0 && isWhole) return chunk.publicBatch
  const publics = isWhole ? chunk.publicBatch.entries : chunk.publicBatch.entries.filter(within)
  return { entries: [...publics, ...privates].sort((a, b) => a.position - b.position) }
}
