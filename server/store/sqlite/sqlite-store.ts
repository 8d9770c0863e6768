// The embedded store: one data folder with recado.db (and lock.db, which keeps a second server out). Writes go through
// one writer thread in groups, reads to reader threads; the main thread touches no disk once the store is open.
import { resolve } from 'node:path'
import { scriptBeside } from '../../domain/script.ts'
import type { Store, StoreEvents } from '../store.ts'
import { SILENT, type StoreLog } from '../store-log.ts'
import type { LogPages } from './calls.ts'
import { databaseFile, lockDataDir, makeDataDir } from './data-dir.ts'
import { createGroupCommit, type GroupCommit, type QueueLimits } from './group-commit.ts'
import { createReaderPool } from './reader-pool.ts'
import { startWriter } from './writer-link.ts'

export interface SqliteStoreOptions {
  /** The folder of the files; made if it is missing. */
  readonly dataDir: string
  readonly events: StoreEvents
  /** Default: says nothing. */
  readonly log?: StoreLog
  /** Milliseconds since 1970. Positions follow it while it rises. Default `Date.now`. */
  readonly clock?: () => number
  /** Reader threads. Default 2. */
  readonly readers?: number
  /** Default 1,000 calls a transaction, 100,000 calls or 64 MiB of text waiting. */
  readonly queue?: Partial<QueueLimits>
  /** Other entries of the threads, for tests of faults. */
  readonly scripts?: { readonly writer?: URL; readonly reader?: URL; readonly copier?: URL }
  /** Sizes of the write-ahead log, for tests. Default in checkpoints.ts. */
  readonly pages?: LogPages
  /** How long what was edited, deleted or trimmed may stand in it, about, in milliseconds. Default a minute. */
  readonly eraseMs?: number
}

const QUEUE: QueueLimits = { batch: 1_000, calls: 100_000, bytes: 64 * 1024 * 1024 }
/** Reads that may wait. */
const READS = 10_000

const script = (name: string): URL => scriptBeside(import.meta.url, name)

/**
 * Opens the data folder, making it if it is missing. Rejects with StoreError (store-error.ts) when another server has
 * it, or when the file is damaged, not ours or too new; nothing is changed then.
 */
export async function openSqliteStore(options: SqliteStoreOptions): Promise<Store> {
  const { events, log = SILENT, clock = Date.now } = options
  const dataDir = resolve(options.dataDir)
  const path = databaseFile(dataDir)
  makeDataDir(dataDir)
  const lock = lockDataDir(dataDir)
  const writerScript = options.scripts?.writer ?? script('writer-worker')
  const copier = (options.scripts?.copier ?? script('copier-worker')).href
  const { pages, eraseMs } = options

  let commits: GroupCommit
  try {
    commits = await createGroupCommit({
      startWriter: known => startWriter(writerScript, { path, copier, pages, eraseMs, known, now: clock() }, log),
      events,
      log,
      clock,
      limits: { ...QUEUE, ...options.queue },
    })
  } catch (error) {
    lock.release()
    throw error
  }
  const readers = createReaderPool({
    script: options.scripts?.reader ?? script('reader-worker'),
    data: { path },
    head: () => commits.head,
    size: options.readers ?? 2,
    limit: READS,
    log,
  })
  const { epoch, secret } = commits.identity
  let closing: Promise<void> | null = null

  async function close(): Promise<void> {
    try {
      // Readers first: the write-ahead log can be emptied only when nobody reads it.
      await commits.close(() => readers.close())
    } finally {
      lock.release()
    }
  }

  return {
    epoch,
    secret,
    head: () => commits.head,

    append: draft => commits.append(draft),
    revise: revision => commits.revise(revision),
    findNonce: (accountId, key) => commits.write('findNonce', accountId, key),

    read: (viewer, after, limit, scope) => readers.call('read', viewer, after, limit, scope),
    message: (viewer, messageId) => readers.call('message', viewer, messageId),
    page: query => readers.call('page', query),
    at: (viewer, position) => readers.call('at', viewer, position),
    lastVisible: (viewer, through) => readers.call('lastVisible', viewer, through),
    newest: limit => readers.call('newest', limit),
    follow: (after, limit) => readers.call('follow', after, limit),
    // One server has the file to itself (data-dir.ts), and what it acknowledged it knows.
    check: async () => commits.head,
    trim: retention => commits.write('trim', retention),
    trimmed: viewer => readers.call('trimmed', viewer),

    markRead: (accountId, peer, position) => commits.write('markRead', accountId, peer, position),
    readPositions: accountId => readers.call('readPositions', accountId),
    conversations: query => readers.call('conversations', query),

    claim: claim => commits.write('claim', claim),
    accountById: id => readers.call('accountById', id),
    accountByKey: key => readers.call('accountByKey', key),
    accountBySkeleton: skeleton => readers.call('accountBySkeleton', skeleton),
    accounts: (afterKey, limit) => readers.call('accounts', afterKey, limit),
    areFree: names => readers.call('areFree', names),
    setPasswordHash: (accountId, hash, present) => commits.write('setPasswordHash', accountId, hash, present),
    setLastSeen: (accountId, at) => commits.write('setLastSeen', accountId, at),
    deleteAccount: (accountId, at, present) => commits.write('deleteAccount', accountId, at, present),

    createSession: (session, conditions) => commits.write('createSession', session, conditions),
    findSession: (tokenHash, now) => readers.call('findSession', tokenHash, now),
    renewSession: (id, expiresAt, lastUsedAt) => commits.write('renewSession', id, expiresAt, lastUsedAt),
    sessions: (accountId, now) => readers.call('sessions', accountId, now),
    endSession: (id, accountId) => commits.write('endSession', id, accountId),
    endSessions: accountId => commits.write('endSessions', accountId),

    record: (kind, key) => readers.call('record', kind, key),
    records: query => readers.call('records', query),
    writeRecords: changes => commits.write('writeRecords', changes),

    close() {
      closing ??= close()
      return closing
    },
  }
}
