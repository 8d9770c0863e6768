// A feed as an async iterator: for SSE, and for operations that the fan-out can't share. The queue is bounded: once it
// is full the feed reads the log at the reader's pace.
import type { Refusal } from '../domain/errors.ts'
import type { Batch, CaughtUp, Sink } from './feed.ts'

/** Replay waits while this much is queued. */
const CONGESTED_BYTES = 64 * 1024

export interface FeedQueue<Item> extends Sink, AsyncIterableIterator<Item> {
  /** Queues one more item, of this many bytes. */
  push(item: Item, bytes: number): void
  /** Call back when the reader has taken what was queued: the feed may go on. */
  onDrained: () => void
  /** Call back when the reader is gone. */
  onReturn: () => void
}

export interface FeedQueueOptions<Item> {
  /** The items of a batch, each with its size in bytes. */
  render(batch: Batch): readonly { item: Item; bytes: number }[]
  renderCaughtUp(mark: CaughtUp): { item: Item; bytes: number } | null
  /** How many bytes may wait for a live feed; 0: any. */
  readonly backlogBytes: number
}

export function createFeedQueue<Item>({
  render,
  renderCaughtUp,
  backlogBytes,
}: FeedQueueOptions<Item>): FeedQueue<Item> {
  const queue: { item: Item; bytes: number }[] = []
  let bytes = 0
  let waiting: { resolve(result: IteratorResult<Item>): void; reject(error: unknown): void } | null = null
  /** Why it ended, until that was told. */
  let cause: Refusal | null = null
  /** Nothing is taken any more. */
  let isOver = false

  function push(item: Item, size: number): void {
    if (isOver) return
    if (waiting) {
      const { resolve } = waiting
      waiting = null
      resolve({ value: item, done: false })
      return
    }
    queue.push({ item, bytes: size })
    bytes += size
  }

  function drop(): void {
    queue.length = 0
    bytes = 0
  }

  const self: FeedQueue<Item> = {
    onDrained: () => {},
    onReturn: () => {},
    push,
    get congested() {
      return bytes > CONGESTED_BYTES
    },
    get overflowing() {
      return backlogBytes > 0 && bytes > backlogBytes
    },
    deliver(batch) {
      if (isOver) return
      for (const entry of render(batch)) push(entry.item, entry.bytes)
    },
    caughtUp(mark) {
      const entry = isOver ? null : renderCaughtUp(mark)
      if (entry) push(entry.item, entry.bytes)
    },
    ended(why) {
      if (isOver) return
      isOver = true
      // What waits is of a feed that no longer is; its reader resumes, or begins anew.
      drop()
      if (waiting) waiting.reject(why)
      else cause = why
      waiting = null
    },
    async next() {
      const head = queue.shift()
      if (head) {
        bytes -= head.bytes
        if (bytes < CONGESTED_BYTES / 2) self.onDrained()
        return { value: head.item, done: false }
      }
      if (cause) {
        const why = cause
        cause = null
        throw why
      }
      if (isOver) return { value: undefined, done: true }
      return new Promise((resolve, reject) => {
        waiting = { resolve, reject }
      })
    },
    async return() {
      isOver = true
      cause = null
      drop()
      waiting?.resolve({ value: undefined, done: true })
      waiting = null
      self.onReturn()
      return { value: undefined, done: true }
    },
    [Symbol.asyncIterator]() {
      return self
    },
  }
  return self
}
