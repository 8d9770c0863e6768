// A copy of a database while its server runs: the copy is of one moment, checked, and opens as a data folder's recado.db.
import { closeSync, openSync, rmSync, statSync } from 'node:fs'
import { resolve } from 'node:path'
import { Worker } from 'node:worker_threads'
import { scriptBeside } from '../../domain/script.ts'
import { StoreError } from '../store-error.ts'
import { databaseFile } from './data-dir.ts'
import { ensureDatabaseFile, openForReading, publishFile } from './database-file.ts'
import { errorText } from './sqlite-errors.ts'

export interface BackupData {
  readonly from: string
  /** Does not exist, or is empty. */
  readonly to: string
}

export type FromBackup =
  | { readonly kind: 'copied' }
  | { readonly kind: 'checked'; readonly verdict: string; readonly messages: number }

export interface BackupOptions {
  /** Ends it, with nothing left of the copy. */
  readonly signal?: AbortSignal
  /** Told now and then: bytes that are copied, of how many about. Not while the copy is checked, which comes last. */
  onCopied(bytes: number, of: number): void
  onChecking(): void
}

export interface Backup {
  readonly bytes: number
  readonly messages: number
}

const LOOK_MS = 200

/**
 * Copies the database of a data folder into a file that must not exist; it gets its name when it was found whole.
 * @throws StoreError `NOTHING_THERE`, `NOT_EMPTY`, `DATA_DIR_UNUSABLE`, `FILE_CORRUPT`, or as a server that opens the folder
 */
export async function backUpSqlite(dataDir: string, file: string, options: BackupOptions): Promise<Backup> {
  const from = databaseFile(resolve(dataDir))
  const path = resolve(file)
  if (!statSync(from, { throwIfNoEntry: false })) {
    throw new StoreError('NOTHING_THERE', `There is no ${from}: name the folder that the server keeps its data in.`)
  }
  if (statSync(path, { throwIfNoEntry: false })) {
    throw new StoreError('NOT_EMPTY', `There is ${path} already: it is left as it is.`)
  }
  ensureDatabaseFile(from)
  const to = `${path}.partial`
  try {
    rmSync(to, { force: true })
    closeSync(openSync(to, 'wx', 0o600))
  } catch (cause) {
    throw new StoreError('DATA_DIR_UNUSABLE', `${to} can't be made: ${errorText(cause)}.`, { cause })
  }
  try {
    const { verdict, messages } = await copy({ from, to }, sizeOf(from), options)
    if (verdict !== 'ok') {
      throw new StoreError('FILE_CORRUPT', `The copy of ${from} is damaged (${verdict}): look at the disk of both.`)
    }
    const { size: bytes } = statSync(to)
    publishFile(to, path)
    return { bytes, messages }
  } catch (error) {
    rmSync(to, { force: true })
    if (error instanceof StoreError) throw error
    throw new StoreError('DATA_DIR_UNUSABLE', `${from} can't be copied: ${errorText(error)}.`, { cause: error })
  }
}

/** What its pages in use take. */
function sizeOf(path: string): number {
  const db = openForReading(path)
  try {
    const pragma = (name: string) => Number(db.prepare(`PRAGMA ${name}`).get()?.[name])
    return (pragma('page_count') - pragma('freelist_count')) * pragma('page_size')
  } finally {
    db.close()
  }
}

async function copy(data: BackupData, bytes: number, { signal, onCopied, onChecking }: BackupOptions) {
  const worker = new Worker(scriptBeside(import.meta.url, 'backup-worker'), { workerData: data })
  const done = Promise.withResolvers<Extract<FromBackup, { kind: 'checked' }>>()
  const look = setInterval(() => onCopied(statSync(data.to, { throwIfNoEntry: false })?.size ?? 0, bytes), LOOK_MS)
  worker.on('message', (message: FromBackup) => {
    if (message.kind === 'checked') return done.resolve(message)
    clearInterval(look)
    onCopied(bytes, bytes)
    onChecking()
  })
  worker.on('error', done.reject)
  const abort = () => done.reject(new Error('it was told to stop'))
  signal?.addEventListener('abort', abort)
  worker.on('exit', () => done.reject(new Error('its thread has ended')))
  try {
    return await done.promise
  } finally {
    clearInterval(look)
    signal?.removeEventListener('abort', abort)
    await worker.terminate()
  }
}
