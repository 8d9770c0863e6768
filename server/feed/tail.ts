// The newest entries of the log, in memory: live feeds are fed from here, recent pages and short absences are answered
// from here, and the storage is left alone. Bounded by count and by bytes of text. On one of several nodes a private
// entry of accounts that it does not serve is here as a stub; once it serves one of them, catch-up.ts has it filled.
import {
  afterTrim,
  type Entry,
  isLater,
  isRevision,
  type LogItem,
  type MessageEntry,
  maySee,
  messageOf,
  ORIGIN,
  type Position,
  type RevisionEntry,
  type Stub,
  withMessage,
} from '../domain/entry.ts'
import type { Page, PageQuery, Stretch } from '../store/store.ts'
import { type Chunk, chunkEnd, entryBytes, makeChunk } from './chunk.ts'

const CHUNKS_KEPT = 256

export interface Tail {
  /** Every entry of the log above this position is here, be it as a stub. */
  readonly floor: Position
  /** The newest position. */
  readonly head: Position
  /**
   * Messages that are revised, and earlier revisions of them, are from now on what they have become; of a revision that
   * comes as a stub, they are stubs too.
   */
  push(items: readonly LogItem[]): void
  /** Forgets the oldest entries down to the bounds, but none above `keep`: live feeds still need those. */
  trim(keep: Position): void
  /** The log has trimmed everything up to `floor`: forgets it too, but nothing above `keep`. */
  forget(floor: Position, keep: Position): void
  /** Begins anew with what the log has now, after something was trimmed that never came here. */
  renew(start: TailStart): void
  /** What has after < position <= through, ascending. `after` must not be below `floor`. */
  range(after: Position, through: Position): readonly LogItem[]
  /** What follows `after`, in one chunk that all feeds at this position share. `after` must not be below `floor`. */
  chunkAfter(after: Position): Chunk
  /** The newest position that the account may see; null: none in here. */
  newestVisible(accountId: string): Position | null
  /** What is at this position, if it is here. */
  at(position: Position): LogItem | null
  /** The newest page, if it can be told from memory alone. */
  newestPage(query: PageQuery): Page | null
  /** The oldest stub that the account may see; null, as nearly always: it has everything of the account whole. */
  firstStub(accountId: string): Position | null
  /**
   * Puts what the store has of an account in place of its stubs up to `through`. A stub that the store has nothing for
   * has been trimmed from the log, and is dropped; the tail then vouches only for what comes after it. Revisions among it
   * count as pushed.
   */
  fill(accountId: string, { entries, through, trimmed }: Stretch): void
}

export interface TailStart {
  /** The newest entries of the log, ascending. */
  readonly initial: readonly Entry[]
  /** The initial entries are the whole log, as far as it was not trimmed. */
  readonly whole: boolean
  /** Everything up to here was trimmed when `initial` was read, or soon after. Default: nothing. */
  readonly trimmed?: Position
  /** The log's head when `initial` was read. */
  readonly head: Position
}

export interface TailOptions extends TailStart {
  /** How many entries to keep. */
  readonly capacity: number
  /** How many bytes of text to keep, at most. Default 32 MiB. */
  readonly maxBytes?: number
}

export function createTail({ capacity, maxBytes = 32 * 1024 * 1024, ...start }: TailOptions): Tail {
  /** What is at or below `floor` is here only as long as live feeds need it: something between may be missing. */
  let items: LogItem[] = []
  let floor: Position = ORIGIN
  let newest: Position = ORIGIN
  let bytes = 0
  /** There is nothing left in the log up to here: with `floor` at or below it, the tail has all that there is. */
  let gone: Position = ORIGIN
  /** Where the stubs of each account are, ascending. Empty on a node that is alone. */
  const stubsByAccount = new Map<string, Position[]>()

  /** Where the revisions of the message at each position are, ascending, as far as they are whole. */
  const revisionsByMessage = new Map<Position, Position[]>()

  /** Those that feeds have asked for lately: after a restart a thousand clients ask for the same one. */
  const chunksByStart = new Map<Position, { chunk: Chunk; through: Position; isFull: boolean }>()

  /** Index of the first item above `position`. */
  function indexAfter(position: Position): number {
    let low = 0
    let high = items.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((items[middle] as LogItem).position <= position) low = middle + 1
      else high = middle
    }
    return low
  }

  function noteStub({ from, to, position }: Stub): void {
    for (const id of from.id === to.id ? [from.id] : [from.id, to.id]) {
      const stubs = stubsByAccount.get(id)
      if (!stubs) stubsByAccount.set(id, [position])
      else if ((stubs.at(-1) as Position) < position) stubs.push(position)
      else
        stubs.splice(
          stubs.findIndex(each => each > position),
          0,
          position,
        )
    }
  }

  function forgetStub({ from, to, position }: Stub): void {
    for (const id of from.id === to.id ? [from.id] : [from.id, to.id]) {
      const stubs = stubsByAccount.get(id)
      if (!stubs) continue
      // The oldest go first, so it is the first nearly always.
      const index = stubs.indexOf(position)
      if (index === 0) stubs.shift()
      else if (index > 0) stubs.splice(index, 1)
      if (stubs.length === 0) stubsByAccount.delete(id)
    }
  }

  function itemAt(position: Position): LogItem | null {
    const item = items[indexAfter(position - 1)]
    return item?.position === position ? item : null
  }

  function noteRevision({ position, message }: RevisionEntry): void {
    const positions = revisionsByMessage.get(message.position)
    if (!positions) revisionsByMessage.set(message.position, [position])
    else if (!positions.includes(position)) positions.push(position)
  }

  function forgetRevision({ position, message }: RevisionEntry): void {
    const positions = revisionsByMessage.get(message.position)?.filter(each => each !== position) ?? []
    if (positions.length > 0) revisionsByMessage.set(message.position, positions)
    else revisionsByMessage.delete(message.position)
  }

  /** Brings everything that is here of a message to the latest state of it that is here, or this one. */
  function bringUpToDate(message: MessageEntry): void {
    const places = [message.position, ...(revisionsByMessage.get(message.position) ?? [])]
    const found = places.map(itemAt).filter(item => item !== null && item.kind !== 'stub')
    let latest = message
    for (const item of found) if (isLater(messageOf(item), latest)) latest = messageOf(item)
    for (const item of found) {
      if (!isLater(latest, messageOf(item))) continue
      const now = withMessage(item, latest)
      items[indexAfter(item.position - 1)] = now
      bytes += entryBytes(now) - entryBytes(item)
    }
    // They were made with what was here before.
    chunksByStart.clear()
  }

  /**
   * The message at this position was edited or deleted, and nobody here may know how: what is here of it becomes stubs, so
   * that it is read again should somebody come who may.
   */
  function withdraw(revised: Position): void {
    for (const position of [revised, ...(revisionsByMessage.get(revised) ?? [])]) {
      const item = itemAt(position)
      if (!item || item.kind === 'stub' || item.to === null) continue
      const stub: Stub = { kind: 'stub', position, from: { id: item.from.id }, to: { id: item.to.id } }
      items[indexAfter(position - 1)] = isRevision(item) ? { ...stub, revises: revised } : stub
      bytes += entryBytes(stub) - entryBytes(item)
      if (isRevision(item)) forgetRevision(item)
      noteStub(stub)
    }
    // They were made with what was here before.
    chunksByStart.clear()
  }

  function begin({ initial, whole, trimmed = ORIGIN, head }: TailStart): void {
    items = [...initial]
    gone = Math.max(gone, trimmed)
    floor = whole ? gone : Math.max(ORIGIN, (initial[0]?.position ?? head + 1) - 1)
    // This node may not have heard yet of what was trimmed already.
    newest = items.at(-1)?.position ?? Math.max(head, gone)
    bytes = items.reduce((sum, item) => sum + entryBytes(item), 0)
    stubsByAccount.clear()
    revisionsByMessage.clear()
    for (const item of items) if (isRevision(item)) noteRevision(item)
    chunksByStart.clear()
  }

  /** Takes the oldest items away, this many. */
  function drop(count: number): void {
    for (const item of items.slice(0, count)) {
      bytes -= entryBytes(item)
      if (item.kind === 'stub') forgetStub(item)
      else if (isRevision(item)) forgetRevision(item)
    }
    items = items.slice(count)
  }

  begin(start)
  return {
    get floor() {
      return floor
    },
    get head() {
      return newest
    },
    push(added) {
      for (const item of added) {
        items.push(item)
        bytes += entryBytes(item)
        newest = item.position
        if (item.kind === 'stub') {
          noteStub(item)
          if (item.revises !== undefined) withdraw(item.revises)
        } else if (isRevision(item)) {
          noteRevision(item)
          bringUpToDate(item.message)
        }
      }
    },
    trim(keep) {
      // Half as much again before anything moves, so that the copying is amortised.
      if (items.length < capacity * 1.5 && bytes < maxBytes) return
      const most = indexAfter(keep)
      let count = 0
      for (let left = bytes; count < most && (items.length - count > capacity || left > maxBytes * 0.75); count++) {
        left -= entryBytes(items[count] as LogItem)
      }
      if (count === 0) return
      floor = Math.max(floor, (items[count - 1] as LogItem).position)
      drop(count)
    },
    forget(trimmed, keep) {
      gone = Math.max(gone, trimmed)
      const to = Math.min(trimmed, keep)
      const count = indexAfter(to)
      if (count > 0) {
        floor = Math.max(floor, to)
        drop(count)
      }
      // Also where nothing that is here was trimmed itself: it may say what something else that was said.
      let changed = count > 0
      for (const [index, item] of items.entries()) {
        const left = item.kind === 'stub' ? item : afterTrim(item, trimmed)
        if (left === item) continue
        changed = true
        bytes += entryBytes(left) - entryBytes(item)
        items[index] = left
      }
      if (changed) chunksByStart.clear()
    },
    renew: begin,
    range(after, through) {
      const start = indexAfter(after)
      return items.slice(start, through >= newest ? undefined : indexAfter(through))
    },
    chunkAfter(after) {
      const known = chunksByStart.get(after)
      // A chunk that ended at the head may be longer by now.
      if (known && (known.through === newest || known.isFull)) return known.chunk
      const start = indexAfter(after)
      const end = chunkEnd(items, start)
      const isFull = end < items.length
      const through = isFull ? (items[end - 1] as LogItem).position : newest
      const chunk = makeChunk(items.slice(start, end), after, through)
      if (chunksByStart.size >= CHUNKS_KEPT) chunksByStart.clear()
      chunksByStart.set(after, { chunk, through, isFull })
      return chunk
    },
    newestVisible(accountId) {
      const found = items.findLast(item => maySee(accountId, item))?.position ?? ORIGIN
      return found > floor ? found : null
    },
    at: itemAt,
    newestPage(query) {
      if (query.after !== undefined || query.before !== undefined) return null
      const found: MessageEntry[] = []
      for (let i = items.length - 1; i >= 0 && found.length <= query.limit; i--) {
        const item = items[i] as LogItem
        if (item.position <= floor) break
        if (isRevision(item) || !matches(query, item)) continue
        // The page has an entry that is not whole here.
        if (item.kind !== 'added') return null
        found.push(item)
      }
      const hasPrevious = found.length > query.limit
      if (!hasPrevious && floor > gone) return null
      if (hasPrevious) found.pop()
      return { entries: found.reverse(), hasPrevious, hasNext: false }
    },
    firstStub(accountId) {
      return stubsByAccount.get(accountId)?.[0] ?? null
    },
    fill(accountId, { entries, through, trimmed }) {
      const filled = (stubsByAccount.get(accountId) ?? []).filter(position => position <= through)
      if (filled.length === 0) return
      const entryByPosition = new Map(entries.map(entry => [entry.position, entry]))
      for (const position of filled) {
        const index = indexAfter(position - 1)
        const stub = items[index]
        if (stub?.position !== position || stub.kind !== 'stub') continue
        forgetStub(stub)
        bytes -= entryBytes(stub)
        const entry = entryByPosition.get(position)
        if (entry) {
          items[index] = entry
          bytes += entryBytes(entry)
          if (isRevision(entry)) noteRevision(entry)
        } else {
          items.splice(index, 1)
          floor = Math.max(floor, trimmed)
        }
      }
      for (const entry of entries) if (messageOf(entry).revised !== ORIGIN) bringUpToDate(messageOf(entry))
      // Of what was read before a revision that has come as a stub meanwhile.
      for (const position of [...(stubsByAccount.get(accountId) ?? [])]) {
        const stub = itemAt(position)
        if (stub?.kind === 'stub' && stub.revises !== undefined) withdraw(stub.revises)
      }
      // They were made without what is here now.
      chunksByStart.clear()
    },
  }
}

/** Whether a page takes this: the same rule that every store applies by its indexes. */
function matches({ viewer, scope, with: peer }: PageQuery, item: LogItem): boolean {
  if (!maySee(viewer, item)) return false
  if (peer !== undefined) {
    if (item.to === null) return false
    return item.from.id === viewer ? item.to.id === peer : item.from.id === peer
  }
  return scope === 'ALL' || (scope === 'PUBLIC') === (item.to === null)
}
