// The main thread's end of one writer thread, from its start to its end: one batch at a time, and one word when it is
// gone. A writer is never used again after it failed; its successor is another link.
import { Worker } from 'node:worker_threads'
import { StoreError } from '../store-error.ts'
import type { StoreLog } from '../store-log.ts'
import type { FromWriter, Outcome, ToWriter, WriteCall, WriterData } from './calls.ts'
import { packCalls, unpackOutcomes } from './packing.ts'

/** What the thread found when it opened the file. */
export type Opened = Omit<Extract<FromWriter, { kind: 'opened' }>, 'kind'>

export interface WriterLink {
  readonly opened: Opened
  /** One batch at a time. Rejects when the thread failed or died: then whether the batch was kept is unknown. */
  commit(calls: readonly WriteCall[], now: number): Promise<{ outcomes: readonly Outcome[]; head: number }>
  /** Resolves with the reason once the thread has ended, its connection closed. */
  readonly gone: Promise<string>
  /** Ends the thread at once, whatever it does. Resolves as `gone` does. */
  end(): Promise<string>
  /** Moves the write-ahead log into the file, closes it and ends the thread. */
  close(): Promise<void>
}

/** Longest wait for a thread that was asked to end. */
const CLOSE_MS = 30_000

/** Starts a writer thread. Rejects with StoreError, or with the error that ended the thread. */
export async function startWriter(script: URL, data: WriterData, log: StoreLog): Promise<WriterLink> {
  const worker = new Worker(script, { workerData: data, name: 'recado-writer' })
  const post = (message: ToWriter) => worker.postMessage(message)
  let reason = 'the writer thread ended'
  let pending: PromiseWithResolvers<{ outcomes: readonly Outcome[]; head: number }> | null = null
  const opening = Promise.withResolvers<Opened>()
  const ended = Promise.withResolvers<string>()

  worker.on('message', (message: FromWriter) => {
    switch (message.kind) {
      case 'opened':
        return opening.resolve(message)
      case 'refused':
        return opening.reject(message.code ? new StoreError(message.code, message.message) : new Error(message.message))
      case 'committed':
        pending?.resolve({ outcomes: unpackOutcomes(message.outcomes), head: message.head })
        pending = null
        return
      case 'not copied':
        log.error({ reason: message.message }, 'the write-ahead log could not be copied back, trying again')
        return
      case 'failed':
        reason = message.message
    }
  })
  worker.on('error', error => {
    reason = error.message
  })
  worker.on('exit', () => {
    const error = new Error(reason)
    opening.reject(error)
    pending?.reject(error)
    pending = null
    ended.resolve(reason)
  })

  const opened = await opening.promise
  return {
    opened,
    gone: ended.promise,
    commit(calls, now) {
      pending = Promise.withResolvers()
      post({ kind: 'batch', calls: packCalls(calls), now })
      return pending.promise
    },
    end() {
      void worker.terminate()
      return ended.promise
    },
    async close() {
      post({ kind: 'close' })
      const giveUp = setTimeout(() => void worker.terminate(), CLOSE_MS)
      await ended.promise
      clearTimeout(giveUp)
    },
  }
}
