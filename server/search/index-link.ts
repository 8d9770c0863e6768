// The main thread's end of the index's thread. A thread that ended is replaced, with more and more patience:
//
//   opening ──opened──▶ open ──thread ends──▶ waiting ──▶ opening        close(): ended, whatever it was
//
// What was asked of a thread that ended is refused: what is not in the index can be asked for again, and written again.

import { Worker } from 'node:worker_threads'
import { backoffMs } from '../domain/backoff.ts'
import type { Position } from '../domain/entry.ts'
import { Refusal } from '../domain/errors.ts'
import { scriptBeside } from '../domain/script.ts'
import type { Call, Calls, FromThread, ThreadData, ToThread } from './calls.ts'

/** What the search says to the operator. A pino logger fits. */
export interface SearchLog {
  warn(details: object, message: string): void
}

export interface IndexLinkOptions {
  /** Where the file is. Asked for each thread, again if it throws; `inUse`: somebody else has the one of the last time. */
  path(inUse: boolean): string
  epoch(): string
  /** A thread is ready: everything up to here is in its index. Not before the turn in which the link was made is over. */
  onOpened(through: Position): void
  onGone(): void
  readonly log: SearchLog
}

export interface IndexLink {
  readonly isOpen: boolean
  /** @throws Refusal STORAGE_UNAVAILABLE: there is no thread, it ended meanwhile, or too many calls wait for it */
  call<Name extends keyof Calls>(name: Name, ...args: Parameters<Calls[Name]>): Promise<ReturnType<Calls[Name]>>
  /** Ends the thread for another one, of the epoch as it is now, whose index is empty. */
  restart(): void
  close(): Promise<void>
}

/** Calls that may wait for the thread. */
const MOST_PENDING = 200
const FIRST_PAUSE_MS = 100
const LONGEST_PAUSE_MS = 30_000
/** Longest wait for a thread that was asked to end. */
const CLOSE_MS = 10_000
/** Beside this file, and like it a source or compiled. */
const SCRIPT = scriptBeside(import.meta.url, 'index-worker')

interface Pending {
  resolve(value: unknown): void
  reject(error: Error): void
}

export function createIndexLink({ path, epoch, onOpened, onGone, log }: IndexLinkOptions): IndexLink {
  let worker: Worker | null = null
  let isOpen = false
  /** Threads that ended since one was open. */
  let failures = 0
  let inUse = false
  let isAnew = false
  let lastId = 0
  let timer: NodeJS.Timeout | null = null
  let closed = false
  const pendingById = new Map<number, Pending>()

  function start(): void {
    timer = null
    try {
      const data: ThreadData = { path: path(inUse), epoch: epoch(), isAnew }
      follow(new Worker(SCRIPT, { workerData: data, name: 'recado-search' }))
    } catch (error) {
      // There is no place for the file, say: nobody else must fail for that.
      startLater(error instanceof Error ? error.message : String(error))
    }
  }

  function startLater(reason: string): void {
    log.warn({ reason }, 'the search index is away, opening it again')
    timer = setTimeout(start, backoffMs(failures++, FIRST_PAUSE_MS, LONGEST_PAUSE_MS)).unref()
  }

  function follow(own: Worker): void {
    let reason = 'the thread ended'
    inUse = false
    worker = own
    own.on('message', (message: FromThread) => {
      if (message.kind === 'answer' || message.kind === 'failure') {
        const pending = pendingById.get(message.id)
        pendingById.delete(message.id)
        if (message.kind === 'answer') pending?.resolve(message.value)
        else pending?.reject(new Error(message.message))
      } else if (message.kind === 'failed') {
        reason = message.message
        inUse = message.inUse
      } else if (worker === own) {
        isOpen = true
        failures = 0
        isAnew = false
        onOpened(message.through)
      }
    })
    own.on('error', error => {
      reason = error.message
    })
    own.on('exit', () => {
      if (worker !== own) return
      gone()
      if (!closed) startLater(reason)
    })
  }

  /** Nobody waits for this thread any more. */
  function gone(): void {
    worker = null
    const wasOpen = isOpen
    isOpen = false
    const waiting = [...pendingById.values()]
    pendingById.clear()
    for (const { reject } of waiting) reject(unavailable())
    if (wasOpen) onGone()
  }

  function end(own: Worker): Promise<void> {
    const message: ToThread = { kind: 'close' }
    return new Promise(resolve => {
      const giveUp = setTimeout(() => void own.terminate(), CLOSE_MS)
      own.once('exit', () => {
        clearTimeout(giveUp)
        resolve()
      })
      own.postMessage(message)
    })
  }

  start()
  return {
    get isOpen() {
      return isOpen
    },
    call<Name extends keyof Calls>(name: Name, ...args: Parameters<Calls[Name]>): Promise<ReturnType<Calls[Name]>> {
      const own = worker
      if (!own || !isOpen || pendingById.size >= MOST_PENDING) return Promise.reject(unavailable())
      return new Promise((resolve, reject) => {
        const id = ++lastId
        pendingById.set(id, { resolve: resolve as (value: unknown) => void, reject })
        const message: ToThread = { kind: 'call', id, call: { name, args } as unknown as Call }
        own.postMessage(message)
      })
    },
    restart() {
      const own = worker
      isAnew = true
      if (closed || !own) return
      gone()
      // One at a time: the file is locked until then.
      void end(own).then(() => {
        if (!closed && !worker && !timer) start()
      })
    },
    async close() {
      closed = true
      if (timer) clearTimeout(timer)
      const own = worker
      gone()
      if (own) await end(own)
    },
  }
}

function unavailable(): Refusal {
  return new Refusal('STORAGE_UNAVAILABLE', 'The search index is not ready: try again.')
}
