// The reader threads. A call goes to the thread with the fewest; one whose thread died, or whose storage failed, is
// tried once more on another. Threads that die are replaced.
import { Worker } from 'node:worker_threads'
import { backoffMs } from '../../domain/backoff.ts'
import type { Position } from '../../domain/entry.ts'
import { Refusal } from '../../domain/errors.ts'
import type { StoreLog } from '../store-log.ts'
import type { FromReader, ReadCall, Reads, ThreadData, ToReader } from './calls.ts'

const FIRST_RETRY_MS = 50
const LONGEST_RETRY_MS = 5_000

export interface ReaderPoolOptions {
  readonly script: URL
  readonly data: ThreadData
  /** The last position that was announced. */
  readonly head: () => Position
  /** Threads, at least one. */
  readonly size: number
  /** Calls that may wait for all threads together; beyond it they are refused. */
  readonly limit: number
  readonly log: StoreLog
}

export interface ReaderPool {
  call<Name extends keyof Reads>(name: Name, ...args: Parameters<Reads[Name]>): Promise<ReturnType<Reads[Name]>>
  /** Answers what was accepted, then refuses everything and ends the threads. */
  close(): Promise<void>
}

interface Pending {
  readonly call: ReadCall
  readonly retried: boolean
  resolve(value: unknown): void
  reject(error: Error): void
}

/** One place for a thread; empty between the death of one and the start of the next. */
interface Slot {
  worker: Worker | null
  readonly pendingById: Map<number, Pending>
  /** Threads that died here since the last answer. */
  deaths: number
}

export function createReaderPool(options: ReaderPoolOptions): ReaderPool {
  const { script, data, log } = options
  const slots: Slot[] = []
  let lastId = 0
  let pendingCalls = 0
  let closed = false
  let whenIdle: (() => void) | null = null

  for (let n = 0; n < Math.max(1, options.size); n++) {
    const slot: Slot = { worker: null, pendingById: new Map(), deaths: 0 }
    slots.push(slot)
    start(slot)
  }

  function start(slot: Slot): void {
    if (closed) return
    const worker = new Worker(script, { workerData: data, name: 'recado-reader' })
    let reason = 'the thread ended'
    slot.worker = worker
    worker.on('message', (message: FromReader) => {
      const pending = slot.pendingById.get(message.id)
      if (!pending) return
      slot.pendingById.delete(message.id)
      if (message.kind === 'answer') {
        slot.deaths = 0
        pending.resolve(message.value)
      } else if (message.storage) {
        log.error({ reason: message.message }, 'the log can not be read')
        retry(pending, slot)
      } else {
        pending.reject(new Error(message.message))
      }
    })
    worker.on('error', error => {
      reason = error.message
    })
    worker.on('exit', () => {
      slot.worker = null
      if (!closed) log.error({ reason, pending: slot.pendingById.size }, 'a reader thread ended, starting another')
      const orphans = [...slot.pendingById.values()]
      slot.pendingById.clear()
      for (const pending of orphans) retry(pending, slot)
      // The first at once; then with more and more patience.
      if (!closed)
        setTimeout(
          () => start(slot),
          slot.deaths++ === 0 ? 0 : backoffMs(slot.deaths, FIRST_RETRY_MS, LONGEST_RETRY_MS),
        ).unref()
    })
  }

  function retry(pending: Pending, avoid: Slot): void {
    if (pending.retried) pending.reject(new Refusal('STORAGE_UNAVAILABLE'))
    else post({ ...pending, retried: true }, avoid)
  }

  function post(pending: Pending, avoid: Slot | null): void {
    let least: Slot | null = null
    for (const slot of slots) {
      if (!slot.worker) continue
      const better = !least || least === avoid || (slot !== avoid && slot.pendingById.size < least.pendingById.size)
      if (better) least = slot
    }
    if (!least?.worker) return pending.reject(new Refusal('STORAGE_UNAVAILABLE'))
    const id = ++lastId
    least.pendingById.set(id, pending)
    const message: ToReader = { kind: 'call', id, call: pending.call, until: options.head() }
    least.worker.postMessage(message)
  }

  function call(readCall: ReadCall): Promise<unknown> {
    if (closed || pendingCalls >= options.limit) return Promise.reject(new Refusal('STORAGE_UNAVAILABLE'))
    pendingCalls += 1
    return new Promise<unknown>((resolve, reject) => {
      post({ call: readCall, retried: false, resolve, reject }, null)
    }).finally(() => {
      pendingCalls -= 1
      if (pendingCalls === 0) whenIdle?.()
    })
  }

  return {
    call: (name, ...args) => call({ name, args } as unknown as ReadCall) as Promise<ReturnType<Reads[typeof name]>>,
    async close() {
      if (closed) return
      closed = true
      if (pendingCalls > 0) {
        await new Promise<void>(resolve => {
          whenIdle = resolve
        })
      }
      const message: ToReader = { kind: 'close' }
      await Promise.all(
        slots.map(
          ({ worker }) =>
            worker &&
            new Promise(resolve => {
              worker.once('exit', resolve)
              worker.postMessage(message)
            }),
        ),
      )
    },
  }
}
