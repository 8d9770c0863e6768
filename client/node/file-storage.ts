// Outbox storage in a folder: a folder for each key, a file for each entry, so that several processes may use it at
// once. A file appears whole or not at all (written beside, synced, renamed).
import { createHash, randomUUID } from 'node:crypto'
import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { byAge, parseOutgoing } from '../core/memory-storage.ts'
import type { OutboxStorage, Outgoing } from '../core/types.ts'

const SUFFIX = '.json'

/**
 * Entries hold what people wrote: folders are made for the owner alone.
 *
 * @param folder made when needed
 */
export function createFileStorage(folder: string): OutboxStorage {
  const folderOf = (key: string) => join(folder, createHash('sha256').update(key).digest('hex').slice(0, 32))
  // A nonce is any string; its digest is a name that every file system takes.
  const nameOf = (nonce: string) => createHash('sha256').update(nonce).digest('hex').slice(0, 32) + SUFFIX

  return {
    async load(key) {
      const own = folderOf(key)
      const names = await readdir(own).catch(ignoreMissing([]))
      const entries: Outgoing[] = []
      for (const name of names) {
        if (!name.endsWith(SUFFIX)) continue
        // Another process may have removed it since.
        const text = await readFile(join(own, name), 'utf8').catch(ignoreMissing(undefined))
        const entry = text === undefined ? undefined : parseFile(text)
        if (entry !== undefined) entries.push(entry)
      }
      return entries.sort(byAge)
    },

    async put(key, entry) {
      const own = folderOf(key)
      await mkdir(own, { recursive: true, mode: 0o700 })
      const path = join(own, nameOf(entry.nonce))
      const beside = `${path}.${randomUUID()}`
      const file = await open(beside, 'wx', 0o600)
      try {
        await file.writeFile(JSON.stringify(entry))
        await file.sync()
      } finally {
        await file.close()
      }
      await rename(beside, path)
      await syncFolder(own)
    },

    async remove(key, nonce) {
      await rm(join(folderOf(key), nameOf(nonce)), { force: true })
    },
  }
}

function parseFile(text: string): Outgoing | undefined {
  try {
    return parseOutgoing(JSON.parse(text))
  } catch {
    return undefined
  }
}

/** A renamed file lasts once its folder does. Windows has no such thing and needs none. */
async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

function ignoreMissing<Instead>(instead: Instead): (error: unknown) => Instead {
  return error => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return instead
    throw error
  }
}
