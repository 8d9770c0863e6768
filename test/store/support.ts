// What the tests of the SQLite store share: folders that are removed, threads that can be caught, conditions to wait for.
import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Worker } from 'node:worker_threads'
import { onTestFinished } from 'vitest'
import type { AccountRef, Entry } from '../../server/domain/entry.ts'
import { openSqliteStore, type SqliteStoreOptions } from '../../server/store/sqlite/sqlite-store.ts'
import type { Store } from '../../server/store/store.ts'
import { enter } from '../contract/store.ts'
import { until } from '../setup/until.ts'

/** An empty folder, removed after the test. Default: wherever this run of tests writes. */
export function temporaryFolder(place = tmpdir()): string {
  const folder = mkdtempSync(join(place, 'recado-store-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

export interface Opened {
  readonly store: Store
  /** Everything that was announced. */
  readonly committed: Entry[]
}

/** Opens a store that is closed after the test. */
export async function openStore(dataDir: string, more: Partial<SqliteStoreOptions> = {}): Promise<Opened> {
  const committed: Entry[] = []
  const events = { committed: (entries: readonly Entry[]) => void committed.push(...entries) }
  const store = await openSqliteStore({ dataDir, events, ...more })
  onTestFinished(() => store.close())
  return { store, committed }
}

export interface OpenedWithPeople extends Opened {
  readonly joao: AccountRef
  readonly maria: AccountRef
}

export async function openWithPeople(
  dataDir: string,
  more: Partial<SqliteStoreOptions> = {},
): Promise<OpenedWithPeople> {
  const opened = await openStore(dataDir, more)
  return { ...opened, joao: await enter(opened.store, 'joao'), maria: await enter(opened.store, 'maria') }
}

/** Threads of this name that start from now on, in order. */
export function catchThreads(name: 'recado-writer' | 'recado-reader'): Worker[] {
  const threads: Worker[] = []
  const caught = (worker: Worker) => {
    if (worker.threadName === name) threads.push(worker)
  }
  process.on('worker', caught)
  onTestFinished(() => void process.off('worker', caught))
  return threads
}

/** As `until`, where the condition says all. */
export async function eventually(condition: () => boolean | Promise<boolean>, deadlineMs?: number): Promise<void> {
  await until(String(condition), condition, deadlineMs)
}

export const sha256 = (path: string): string => createHash('sha256').update(readFileSync(path)).digest('hex')
