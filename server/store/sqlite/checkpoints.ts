// The write-ahead log, as its writer looks after it. A thread of its own copies committed pages back into the database
// while commits go on; the writer copies only the rest, when there is little, for SQLite begins the log anew at the next
// commit only if all of it has been copied and nobody reads it.
//
//   pages in the log   0 ──── copy ──── 2 × copy ──── … ──── reset ─────────────── bound
//   the thread               copies     copies                copies what is left
//   the writer                                                copies a rest        copies all, waits for readers a while
//
// A text that was edited, deleted or trimmed is overwritten in the database, but stands in the log until that is begun
// anew: a while after, the log is copied back and cut to nothing, however short it is.
import type { DatabaseSync } from 'node:sqlite'
import { Worker } from 'node:worker_threads'
import { backoffMs } from '../../domain/backoff.ts'
import type { FromCopier, LogPages, ToCopier } from './calls.ts'
import { errorText } from './sqlite-errors.ts'
import { prepare } from './statement.ts'

/** Pages of 4 KiB. */
const PAGES: LogPages = { copy: 2_048, reset: 8_192, bound: 32_768 }
/** The part of the log that the writer copies by itself, at most: a share, for with long texts the rest is longer. */
const REST = 1 / 8
/** How long commits wait for readers, at most, once the log has reached its bound. */
const READERS_MS = 100
/** What was erased may stand in the log for about so long. */
const ERASE_MS = 60_000
/** After a copy that failed. */
const RETRY_MS = 1_000
const LONGEST_RETRY_MS = 60_000

/**
 * Until 3.51.3, a checkpoint on one connection while another begins the log anew could damage the file
 * (https://www.sqlite.org/wal.html#walresetbug); and the log's length can be read without copying it since 3.51.
 */
const SAFE_VERSION = [3, 51, 3] as const

export interface CheckpointOptions {
  /** Entry of the thread. It is started when there is something to copy: most servers never need it. */
  readonly copier: string
  readonly path: string
  readonly pages?: LogPages | undefined
  /** How long what was erased may stand in the log, about, in milliseconds. Default a minute. */
  readonly eraseMs?: number | undefined
  /** A statement waits for locks so long, after this has made one wait for less. Milliseconds. */
  readonly busyTimeoutMs: number
  /** A copy failed. It is tried again; meanwhile the log grows. */
  onTrouble(message: string): void
}

export interface Checkpoints {
  /** A transaction was committed, and whoever waited for it has been told. */
  committed(): void
  /** Something was erased in what was committed: the log must not keep it for long. */
  erased(): void
  /** Ends the thread, its connection closed. */
  close(): Promise<void>
}

interface LogState {
  /** 1: it could not do all that was asked. */
  readonly busy: number
  /** Pages in the log. */
  readonly log: number
  /** Those of them that are in the database, synced. */
  readonly checkpointed: number
}

/**
 * Sees to it that the log of this connection, the only one that writes, is copied back and begun anew. With an SQLite that
 * is too old, the connection goes on doing so itself.
 */
export function createCheckpoints(db: DatabaseSync, options: CheckpointOptions): Checkpoints {
  const { copier: script, path, pages = PAGES, eraseMs = ERASE_MS, busyTimeoutMs, onTrouble } = options
  if (!isSafeVersion(db)) return { committed() {}, erased() {}, async close() {} }
  db.exec('PRAGMA wal_autocheckpoint = 0')
  const look = prepare<LogState>(db, 'PRAGMA wal_checkpoint(NOOP)')
  const copyRest = prepare<LogState>(db, 'PRAGMA wal_checkpoint(PASSIVE)')
  const restart = prepare<LogState>(db, 'PRAGMA wal_checkpoint(RESTART)')
  const truncate = prepare<LogState>(db, 'PRAGMA wal_checkpoint(TRUNCATE)')

  let worker: Worker | null = null
  let isCopying = false
  let closed = false
  /** What the log was when the thread was last told to copy; null: that is no reason to wait. */
  let asked: LogState | null = null
  let failures = 0
  let retryAt = 0
  /** What the log was at the last look: it has begun anew when there is less of either. */
  let last: Pick<LogState, 'log' | 'checkpointed'> = { log: 0, checkpointed: 0 }
  /** Pages from which on the log is to begin anew, and from which on commits wait for it. */
  let resetAt = pages.reset
  let forceAt = pages.bound

  let eraseTimer: NodeJS.Timeout | null = null
  let eraseTries = 0

  // Should an earlier process have ended before it came to that.
  eraseIn(eraseMs)

  function eraseIn(ms: number): void {
    eraseTimer ??= setTimeout(() => {
      eraseTimer = null
      if (!closed) erase()
    }, ms).unref()
  }

  function erase(): void {
    if (cutLog()) {
      eraseTries = 0
      return
    }
    eraseIn(Math.min(RETRY_MS * 2 ** eraseTries++, LONGEST_RETRY_MS))
  }

  /** Answers whether the log is empty now. What the thread can copy, commits do not wait for. */
  function cutLog(): boolean {
    const state = attempt(look.get)
    if (!state) return false
    if (state.log <= 0) return true
    if (isCopying) return false
    if (state.log - state.checkpointed > pages.copy) {
      if (isWorthwhile(state)) copy(state)
      return false
    }
    db.exec(`PRAGMA busy_timeout = ${READERS_MS}`)
    const cut = attempt(truncate.get)
    db.exec(`PRAGMA busy_timeout = ${busyTimeoutMs}`)
    return cut?.busy === 0
  }

  function step(): void {
    const state = look.get() as LogState
    const left = state.log - state.checkpointed
    if (state.log < last.log || state.checkpointed < last.checkpointed) {
      resetAt = pages.reset
      forceAt = pages.bound
      asked = null
    }
    last = state
    if (state.log >= forceAt) force(state)
    else if (isCopying) return
    else if (state.log >= resetAt && left <= state.log * REST) finish(state)
    else if ((state.log >= resetAt || left >= pages.copy) && isWorthwhile(state)) copy(state)
  }

  /** A reader may keep the thread from copying more, for as long as it reads: then only once there is that much more. */
  function isWorthwhile({ log, checkpointed }: LogState): boolean {
    if (performance.now() < retryAt) return false
    return !asked || checkpointed > asked.checkpointed || log >= asked.log + pages.copy
  }

  function copy(state: LogState): void {
    asked = state
    isCopying = true
    worker ??= start()
    worker.postMessage({ kind: 'copy' } satisfies ToCopier)
  }

  function finish({ log }: LogState): void {
    // Should a reader keep it from beginning anew: again after so many more.
    resetAt = log + pages.copy
    attempt(copyRest.get)
  }

  function force({ log }: LogState): void {
    db.exec(`PRAGMA busy_timeout = ${isCopying ? 0 : READERS_MS}`)
    const state = attempt(restart.get)
    db.exec(`PRAGMA busy_timeout = ${busyTimeoutMs}`)
    // While the thread copies nobody else can: then at the next commit again, or when it has finished.
    const isThreads = isCopying && state?.busy === 1
    if (!isThreads) forceAt = log + pages.reset
  }

  /** A copy that fails changes nothing: what it had copied is not counted before it is synced. */
  function attempt(copying: () => LogState | undefined): LogState | undefined {
    try {
      return copying()
    } catch (error) {
      onTrouble(errorText(error))
      return undefined
    }
  }

  function failed(message: string): void {
    isCopying = false
    retryAt = performance.now() + RETRY_MS + backoffMs(failures++, RETRY_MS, LONGEST_RETRY_MS)
    onTrouble(message)
  }

  function start(): Worker {
    const started = new Worker(new URL(script), { workerData: { path }, name: 'recado-copier' })
    let reason = 'the copying thread ended'
    // The writer's thread may end while this one runs; it takes it along.
    started.unref()
    started.on('message', (message: FromCopier) => {
      if (closed) return
      if (message.kind === 'failed') return failed(message.message)
      isCopying = false
      failures = 0
      step()
    })
    started.on('error', error => {
      reason = error.message
    })
    started.on('exit', () => {
      worker = null
      if (!closed) failed(reason)
    })
    return started
  }

  return {
    committed() {
      if (!closed) step()
    },
    erased() {
      if (!closed) eraseIn(eraseMs)
    },
    async close() {
      closed = true
      if (eraseTimer) clearTimeout(eraseTimer)
      await worker?.terminate()
    },
  }
}

function isSafeVersion(db: DatabaseSync): boolean {
  const version = prepare<{ version: string }>(db, 'SELECT sqlite_version() AS version').get()?.version ?? ''
  const parts = version.split('.').map(Number)
  for (const [index, needed] of SAFE_VERSION.entries()) {
    const part = parts[index] ?? 0
    if (part !== needed) return part > needed
  }
  return true
}
