// Opens recado.db. A file that is damaged, not ours or too new is refused with its bytes untouched; a missing one is
// made whole under another name and renamed, so that recado.db is never half made, however the process ends.
import { randomBytes } from 'node:crypto'
import { closeSync, existsSync, fsyncSync, openSync, readSync, renameSync, rmSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { ORIGIN, type Position } from '../../domain/entry.ts'
import { newEpoch } from '../epoch.ts'
import { StoreError } from '../store-error.ts'
import type { KnownHistory } from './calls.ts'
import { APPLICATION_ID, MIGRATIONS, migrate, schemaVersion } from './schema.ts'
import { errorText, isStorageFailure, SQLITE, sqliteCode } from './sqlite-errors.ts'
import { prepare } from './statement.ts'
import { trimMarks } from './trim.ts'

/** Files up to this size are checked page by page at start, which takes about a second at most. */
const QUICK_CHECK_BYTES = 64 * 1024 * 1024
/** How long a statement waits for a lock that a tool or a dying thread holds. */
export const BUSY_TIMEOUT_MS = 5_000

const HEADER = Buffer.from('SQLite format 3\0', 'latin1')

/** What is written once, when the history begins. */
export interface Identity {
  /** 8 characters of [0-9a-z]. */
  readonly epoch: string
  /** 32 bytes. */
  readonly secret: Uint8Array
}

/**
 * Makes the file if there is none, otherwise checks that it is a whole Recado database of a known version. It opens and
 * closes the file by itself, which would drop the POSIX locks of this process on it: call it while nothing in the
 * process has the file open. Throws StoreError.
 */
export function ensureDatabaseFile(path: string): void {
  const size = statSync(path, { throwIfNoEntry: false })?.size
  if (size !== undefined) return checkDatabaseFile(path, size)
  if ((statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0) > 0) {
    throw new StoreError(
      'FILE_CORRUPT',
      `${path} is missing, but its ${path}-wal is there: put the database back, or move that file away to begin anew.`,
    )
  }
  try {
    beginDatabaseFile(path, { epoch: newEpoch(), secret: randomBytes(32) }).finish()
  } catch (cause) {
    throw new StoreError('DATA_DIR_UNUSABLE', `${path} can't be made: ${errorText(cause)}.`, { cause })
  }
}

export interface UnfinishedFile {
  readonly db: DatabaseSync
  /** Closes it, and gives it its name: from now on it is there, whole. */
  finish(): void
  /** Removes it. Harmless after `finish`. */
  abandon(): void
}

/** A database with this identity and nothing else, under another name until it is finished. */
export function beginDatabaseFile(path: string, { epoch, secret }: Identity): UnfinishedFile {
  const unfinished = `${path}.new`
  const remove = () => {
    for (const suffix of ['', '-journal', '-wal', '-shm']) rmSync(unfinished + suffix, { force: true })
  }
  remove()
  // For its owner only, also in a folder that others may enter; the write-ahead log takes after it.
  closeSync(openSync(unfinished, 'wx', 0o600))
  const db = new DatabaseSync(unfinished)
  function abandon(): void {
    if (!db.isOpen) return
    db.close()
    remove()
  }
  try {
    db.exec(`PRAGMA application_id = ${APPLICATION_ID}`)
    migrate(db)
    const setMeta = prepare(db, 'INSERT INTO meta (key, value) VALUES (:key, :value)')
    setMeta.run({ key: 'epoch', value: epoch })
    setMeta.run({ key: 'secret', value: secret })
  } catch (error) {
    abandon()
    throw error
  }
  return {
    db,
    abandon,
    finish() {
      db.exec('PRAGMA journal_mode = WAL')
      db.close()
      publishFile(unfinished, path)
    },
  }
}

/** Gives a file that is closed its name, once it would outlast a power cut. */
export function publishFile(unfinished: string, path: string): void {
  syncPath(unfinished)
  renameSync(unfinished, path)
  // Windows can't open a folder; its renames last without that.
  if (process.platform !== 'win32') syncPath(dirname(path))
}

function syncPath(path: string): void {
  const descriptor = openSync(path, 'r')
  try {
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

function checkDatabaseFile(path: string, size: number): void {
  const header = readHeader(path)
  if (!header.subarray(0, HEADER.length).equals(HEADER)) {
    const what = size === 0 ? 'is empty' : 'is not a database'
    throw new StoreError('FILE_FOREIGN', `${path} ${what}: move it away to begin anew, or restore a backup.`)
  }
  // Given before the file got its name, so the header always has it, whatever still waits in the write-ahead log.
  if (header.readUInt32BE(68) !== APPLICATION_ID) {
    throw new StoreError('FILE_FOREIGN', `${path} is the database of another program: choose another DATA_DIR.`)
  }
  // Read-only, so that closing does not move pages from the write-ahead log into a file that is about to be refused.
  let db: DatabaseSync | null = null
  try {
    db = new DatabaseSync(path, { readOnly: true, timeout: BUSY_TIMEOUT_MS })
    refuseNewer(path, schemaVersion(db))
    const logSize = statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0
    if (size + logSize <= QUICK_CHECK_BYTES) {
      const verdict = prepare<{ quick_check: string }>(db, 'PRAGMA quick_check(1)').get()?.quick_check
      if (verdict !== 'ok') throw corrupt(path, verdict ?? 'no answer')
    }
    readIdentity(db, path)
  } catch (error) {
    throw asStoreError(path, error)
  } finally {
    db?.close()
  }
}

function readHeader(path: string): Buffer {
  const header = Buffer.alloc(100)
  try {
    const descriptor = openSync(path, 'r')
    try {
      readSync(descriptor, header, 0, header.length, 0)
    } finally {
      closeSync(descriptor)
    }
  } catch (cause) {
    throw new StoreError('DATA_DIR_UNUSABLE', `${path} can't be read: ${errorText(cause)}.`, { cause })
  }
  return header
}

function refuseNewer(path: string, version: number): void {
  if (version <= MIGRATIONS.length) return
  throw new StoreError(
    'FILE_TOO_NEW',
    `${path} has schema version ${version}, this program knows up to ${MIGRATIONS.length}: start a newer version of it.`,
  )
}

function corrupt(path: string, detail: string, cause?: unknown): StoreError {
  return new StoreError(
    'FILE_CORRUPT',
    `${path} is damaged (${detail}): restore a backup; nothing in it was changed.`,
    {
      cause,
    },
  )
}

/** Puts what SQLite throws while a file is opened into a sentence. */
function asStoreError(path: string, error: unknown): StoreError {
  if (error instanceof StoreError) return error
  const code = sqliteCode(error)
  if (isStorageFailure(error) && code !== SQLITE.CORRUPT && code !== SQLITE.NOTADB) {
    return new StoreError('DATA_DIR_UNUSABLE', `${path} can't be opened: ${errorText(error)}.`, { cause: error })
  }
  return corrupt(path, errorText(error), error)
}

/**
 * The writing connection: migrated, and proven to take a write. That first write is synced, so everything which an
 * earlier process left in the write-ahead log without syncing it lasts before anybody is told of it.
 *
 * @param known what the program has been told of this file; null: nothing yet
 * @throws StoreError
 */
export function openForWriting(path: string, known: KnownHistory | null, now: number): DatabaseSync {
  if (!existsSync(path)) throw new StoreError('DATA_DIR_UNUSABLE', `${path} has vanished.`)
  let db: DatabaseSync | null = null
  try {
    if (known) refuseReplaced(path, known)
    db = new DatabaseSync(path, { timeout: BUSY_TIMEOUT_MS })
    refuseNewer(path, schemaVersion(db))
    db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -65536')
    // 32 MiB: a batch of a thousand touches as many pages of the nonces' index, and the standard 1,000 pages would have
    // every commit copy all of them back at once. A server sees to it in checkpoints.ts instead.
    db.exec('PRAGMA wal_autocheckpoint = 8192')
    // What is edited, deleted or trimmed is overwritten, also in pages that become free: FAST would leave those, and with
    // them the ends of long texts. Appends free no pages, so they cost the same; trimming costs a tenth more.
    db.exec('PRAGMA secure_delete = ON')
    // What a burst made of the write-ahead log is given back once it is checkpointed.
    db.exec('PRAGMA journal_size_limit = 67108864')
    if (known) rewriteLog(db, path)
    migrate(db)
    prepare(db, `INSERT INTO meta VALUES ('opened_at', :now) ON CONFLICT DO UPDATE SET value = excluded.value`).run({
      now,
    })
    return db
  } catch (error) {
    db?.close()
    throw asStoreError(path, error)
  }
}

/**
 * After a sync that failed, what the write-ahead log holds may never reach the disk, although later syncs succeed (Linux
 * drops such pages as if they were written), and nothing behind it in that file would be found after a power cut. So all
 * of it is written again, into the database, and the next commit begins the write-ahead log anew.
 */
function rewriteLog(db: DatabaseSync, path: string): void {
  const result = prepare<{ busy: number }>(db, 'PRAGMA wal_checkpoint(TRUNCATE)').get()
  if (result?.busy === 0) return
  throw new StoreError('DATA_DIR_UNUSABLE', `${path} is being read by another program: wait for it, or end it.`)
}

/** Clients hold positions that a file which was put in this one's place never had: only a new start tells them so. */
function refuseReplaced(path: string, known: KnownHistory): void {
  const db = openForReading(path)
  try {
    if (readIdentity(db, path).epoch === known.epoch && lastPosition(db) >= known.head) return
  } finally {
    db.close()
  }
  throw new StoreError('FILE_FOREIGN', `${path} was replaced while the server ran: restart the server.`)
}

/** A connection that copies the write-ahead log back, without waiting for anybody. */
export function openForCopying(path: string): DatabaseSync {
  const db = new DatabaseSync(path, { timeout: 0 })
  // The database is synced before the log may begin anew.
  db.exec('PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0; PRAGMA cache_size = -64')
  return db
}

/** A connection that can't write. */
export function openForReading(path: string): DatabaseSync {
  const db = new DatabaseSync(path, { readOnly: true, timeout: BUSY_TIMEOUT_MS })
  db.exec('PRAGMA cache_size = -16384')
  return db
}

/** Throws `FILE_CORRUPT` when the file has none. */
export function readIdentity(db: DatabaseSync, path: string): Identity {
  const getMeta = prepare<{ value: unknown }>(db, 'SELECT value FROM meta WHERE key = :key')
  const epoch = getMeta.get({ key: 'epoch' })?.value
  const secret = getMeta.get({ key: 'secret' })?.value
  if (typeof epoch !== 'string' || !/^[0-9a-z]{8}$/.test(epoch)) throw corrupt(path, 'it has no epoch')
  if (!(secret instanceof Uint8Array) || secret.length !== 32) throw corrupt(path, 'it has no secret')
  return { epoch, secret }
}

/** The last position of the log, its entry trimmed or not; ORIGIN: there never was one. */
export function lastPosition(db: DatabaseSync): Position {
  const lastOf = (table: string) =>
    prepare<{ last: Position | null }>(db, `SELECT max(position) AS last FROM ${table}`).get()?.last ?? ORIGIN
  const last = Math.max(lastOf('message'), lastOf('revision'))
  return last === ORIGIN ? trimMarks(db).floor() : last
}
