// A data folder: where its files are, and the lock that keeps a second server out of it.
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { StoreError } from '../store-error.ts'
import { errorText, SQLITE, sqliteCode } from './sqlite-errors.ts'

/** Where a space is: the standard one in the data folder itself, any other in a folder of its name. */
export const spaceFolder = (dataDir: string, space: string): string =>
  space === 'main' ? dataDir : join(dataDir, space)

/** The log, the accounts and the sessions. */
export const databaseFile = (dataDir: string): string => join(dataDir, 'recado.db')

/** Makes the folder, open to its owner only, if it is missing. Throws `DATA_DIR_UNUSABLE`. */
export function makeDataDir(dataDir: string): void {
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  } catch (cause) {
    throw new StoreError('DATA_DIR_UNUSABLE', `The data folder ${dataDir} can't be made: ${errorText(cause)}.`, {
      cause,
    })
  }
}

/**
 * Holds an exclusive lock in a file of its own, so that backups and read-only tools still open recado.db. The kernel
 * releases it when the process dies, however it dies. Throws `DATA_DIR_IN_USE` or `DATA_DIR_UNUSABLE`.
 */
export function lockDataDir(dataDir: string): { release(): void } {
  const path = join(dataDir, 'lock.db')
  let db: DatabaseSync | null = null
  try {
    db = new DatabaseSync(path, { timeout: 0 })
    db.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE')
  } catch (cause) {
    db?.close()
    if (sqliteCode(cause) === SQLITE.BUSY) {
      throw new StoreError(
        'DATA_DIR_IN_USE',
        `Another server is using the data folder ${dataDir}: stop it first, or choose another folder with DATA_DIR.`,
        { cause },
      )
    }
    throw new StoreError('DATA_DIR_UNUSABLE', `The data folder's lock ${path} can't be taken: ${errorText(cause)}.`, {
      cause,
    })
  }
  const held = db
  return { release: () => held.close() }
}
