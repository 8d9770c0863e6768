// The queue before Redis. Writes to the log come in from anywhere in the program; they leave in batches of one kind, one
// batch at a time: whatever arrives while one is under way shares the next, so one round trip serves many senders and the
// order of the calls is the order of the log.
import { Refusal } from '../../domain/errors.ts'

export interface QueueLimits {
  /** Writes in one batch: Redis does nothing else for about 10 µs each. */
  readonly batch: number
  /** Characters of text in one batch. */
  readonly batchText: number
  /** Writes that wait or are under way; more are refused at once. */
  readonly drafts: number
  /** Characters of their texts. */
  readonly text: number
}

/** What became of one write; an error is that one's alone. */
export type Answer<Result> = Result | Promise<Result> | Error

/**
 * Stores a batch, each of it by itself, in this order: answers for each of them. Rejects where it failed as a whole.
 * What it stored has been told of (StoreEvents.committed) before it resolves.
 */
export type StoreBatch<Write, Result> = (batch: readonly Write[]) => Promise<readonly Answer<Result>[]>

export interface WriteQueue {
  /** Queues a write of a kind: those that one function stores. Refused at once when there are too many. */
  add<Write extends { readonly text: string }, Result>(store: StoreBatch<Write, Result>, write: Write): Promise<Result>
  /** What is added from now on waits for this, so that it takes effect first: a deletion of an account. */
  after(done: Promise<unknown>): void
  /** Resolves once what was accepted has been answered. Nothing is accepted afterwards. */
  close(): Promise<void>
}

interface Waiting {
  readonly store: StoreBatch<never, unknown>
  readonly write: { readonly text: string }
  resolve(result: unknown): void
  reject(error: Error): void
}

/** @param isUp whether writes can be tried: what is added while they can't is refused at once */
export function createWriteQueue(limits: QueueLimits, isUp: () => boolean): WriteQueue {
  const queue: Waiting[] = []
  let underWay = false
  let scheduled = false
  let closed = false
  /** Of `queue` and of the batch under way. */
  let accepted = 0
  let acceptedText = 0
  let whenIdle: (() => void) | null = null
  const before = new Set<Promise<unknown>>()

  /** At the end of this turn of the event loop, so that everything that came with one poll of the sockets shares it. */
  function schedule(): void {
    if (scheduled || underWay) return
    scheduled = true
    setImmediate(() => {
      scheduled = false
      void sendNext()
    })
  }

  function nextBatch(): Waiting[] {
    const first = queue[0]
    let size = 0
    let text = 0
    for (const { store, write } of queue) {
      text += write.text.length
      if (store !== first?.store || size === limits.batch || (size > 0 && text > limits.batchText)) break
      size++
    }
    return queue.splice(0, size)
  }

  async function sendNext(): Promise<void> {
    if (underWay || queue.length === 0) return
    underWay = true
    if (before.size > 0) await Promise.allSettled(before)
    const batch = nextBatch()
    try {
      settle(batch, await storeAll(batch))
    } catch (error) {
      for (const waiting of batch) {
        forget(waiting)
        waiting.reject(error as Error)
      }
    }
    underWay = false
    if (queue.length > 0) schedule()
    else whenIdle?.()
  }

  function storeAll(batch: readonly Waiting[]): Promise<readonly Answer<unknown>[]> {
    const store = batch[0]?.store as StoreBatch<unknown, unknown>
    return store(batch.map(({ write }) => write))
  }

  function settle(batch: readonly Waiting[], answers: readonly Answer<unknown>[]): void {
    for (const [index, waiting] of batch.entries()) {
      forget(waiting)
      const answer = answers[index]
      if (answer === undefined) waiting.reject(new Error('Redis did not answer for a write.'))
      else if (answer instanceof Error) waiting.reject(answer)
      else waiting.resolve(answer)
    }
  }

  function forget({ write }: Waiting): void {
    accepted -= 1
    acceptedText -= write.text.length
  }

  return {
    add(store, write) {
      const full = accepted >= limits.drafts || acceptedText + write.text.length > limits.text
      if (closed || full || !isUp()) return Promise.reject(new Refusal('STORAGE_UNAVAILABLE'))
      return new Promise((resolve, reject) => {
        queue.push({ store, write, resolve: resolve as Waiting['resolve'], reject })
        accepted += 1
        acceptedText += write.text.length
        schedule()
      })
    },
    after(done) {
      before.add(done)
      const forgetIt = () => void before.delete(done)
      done.then(forgetIt, forgetIt)
    },
    async close() {
      closed = true
      if (underWay || queue.length > 0) {
        await new Promise<void>(resolve => {
          whenIdle = resolve
        })
      }
    },
  }
}
