// The files of a data folder, looked at from outside.
import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

/**
 * A digest of the names and the bytes of everything that must not be touched: recado.db, and its write-ahead log unless
 * that is empty. SQLite makes an empty one to read a file.
 */
export async function fingerprintOf(folder: string): Promise<string> {
  const hash = createHash('sha256')
  for (const name of (await readdir(folder)).filter(name => /^recado\.db(-wal)?$/.test(name)).sort()) {
    const bytes = await readFile(join(folder, name))
    if (bytes.length > 0 || name === 'recado.db') hash.update(name).update(bytes)
  }
  return hash.digest('hex')
}

/** What SQLite's `integrity_check` says of a file, where it is not `ok`. */
export function damageOf(path: string): string[] {
  const database = new DatabaseSync(path, { readOnly: true })
  try {
    const said = database.prepare('PRAGMA integrity_check').all()
    return said.map(row => String(row.integrity_check)).filter(line => line !== 'ok')
  } finally {
    database.close()
  }
}
