// The write-ahead log: copied back by a thread of its own, begun anew under load, and bounded whatever that thread does.
import { closeSync, openSync, readSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, onTestFinished, test } from 'vitest'
import { messageOf } from '../../server/domain/entry.ts'
import { createCheckpoints } from '../../server/store/sqlite/checkpoints.ts'
import { openForCopying } from '../../server/store/sqlite/database-file.ts'
import type { StoreLog } from '../../server/store/store-log.ts'
import { draftOf, nonceOf, say, stored } from '../contract/store.ts'
import { diskFolder } from '../setup/folders.ts'
import { eventually, type OpenedWithPeople, openStore, openWithPeople, temporaryFolder } from './support.ts'

const folderOnDisk = (): string => temporaryFolder(diskFolder())
/** Small, so that a test reaches them. */
const PAGES = { copy: 100, reset: 400, bound: 2_000 }
const PAGE_BYTES = 4_096 + 24
/** What one batch of `flood` can add, and more. */
const BATCH_PAGES = 200

const COPIER = new URL('../../server/store/sqlite/copier-worker.ts', import.meta.url)
const DEAF = new URL('./copier-deaf.ts', import.meta.url)
const FAULTY = new URL('./copier-faulty.ts', import.meta.url)

/** Appends so many messages of about a page each, a hundred at a time. Answers with the texts. */
async function flood({ store, joao }: OpenedWithPeople, messages: number): Promise<string[]> {
  const texts = Array.from({ length: messages }, (_, n) => `${n} ${'x'.repeat(4_000)}`)
  for (let n = 0; n < messages; n += 100) {
    await Promise.all(texts.slice(n, n + 100).map(text => say(store, joao, null, text)))
  }
  return texts
}

/** Another program's connection to the same file. */
function openTool(dataDir: string) {
  const db = new DatabaseSync(join(dataDir, 'recado.db'), { timeout: 0 })
  onTestFinished(() => {
    if (db.isOpen) db.close()
  })
  const look = db.prepare('PRAGMA wal_checkpoint(NOOP)')
  return { db, look: () => look.get() as { log: number; checkpointed: number } }
}

function keepLog() {
  const lines: { message: string; reason: unknown }[] = []
  const keep = (details: object, message: string) =>
    void lines.push({ message, reason: (details as { reason?: unknown }).reason })
  return { lines, log: { warn: keep, error: keep } satisfies StoreLog }
}

/** How often it has begun anew: its header counts. */
function timesBegun(dataDir: string): number {
  const header = Buffer.alloc(32)
  const descriptor = openSync(join(dataDir, 'recado.db-wal'), 'r')
  readSync(descriptor, header, 0, header.length, 0)
  closeSync(descriptor)
  return header.readUInt32BE(12)
}

const logBytes = (dataDir: string): number => statSync(join(dataDir, 'recado.db-wal')).size
const NOT_COPIED = 'the write-ahead log could not be copied back, trying again'

/** Closes it, and sees that another start finds everything. */
async function expectKept(dataDir: string, { store }: OpenedWithPeople, texts: readonly string[]): Promise<void> {
  await store.close()
  const again = await openStore(dataDir)
  expect((await again.store.newest(100_000)).map(entry => messageOf(entry).text)).toEqual(texts)
  await again.store.close()
  const db = new DatabaseSync(join(dataDir, 'recado.db'), { readOnly: true })
  expect(db.prepare('PRAGMA integrity_check').get()).toEqual({ integrity_check: 'ok' })
  db.close()
}

describe('the write-ahead log', () => {
  test('is copied back while commits go on, and begins anew, again and again', async () => {
    const dataDir = folderOnDisk()
    // The writer alone would let it grow on and on.
    const opened = await openWithPeople(dataDir, { pages: { ...PAGES, bound: 1_000_000 } })
    const before = timesBegun(dataDir)
    const texts: string[] = []
    // How much is written until then is the scheduler's: it is the thread that copies.
    await eventually(async () => {
      texts.push(...(await flood(opened, 200)))
      return timesBegun(dataDir) >= before + 4
    })
    expect(logBytes(dataDir)).toBeLessThan(texts.length * PAGE_BYTES)
    await expectKept(dataDir, opened, texts)
  })

  test('is copied back also when nothing comes after what made it long', async () => {
    const dataDir = folderOnDisk()
    const opened = await openWithPeople(dataDir, { pages: PAGES })
    const { look } = openTool(dataDir)
    await Promise.all(Array.from({ length: 500 }, () => say(opened.store, opened.joao, null, 'x'.repeat(4_000))))
    await eventually(() => look().checkpointed > 0 || look().log < 100)
    await eventually(() => look().log === look().checkpointed)
  })

  test('is copied back also when it begins anew with a commit that is as long as all before', async () => {
    const path = join(folderOnDisk(), 'recado.db')
    const db = openForCopying(path)
    db.exec('PRAGMA journal_mode = WAL; CREATE TABLE t (text)')
    const checkpoints = createCheckpoints(db, {
      ...{ copier: COPIER.href, path, pages: PAGES, busyTimeoutMs: 100 },
      onTrouble: message => expect.unreachable(message),
    })
    onTestFinished(async () => {
      await checkpoints.close()
      db.close()
    })
    const look = db.prepare('PRAGMA wal_checkpoint(NOOP)')
    for (const pages of [120, 150, 180]) {
      db.exec(`INSERT INTO t VALUES (zeroblob(${pages} * 4096))`)
      checkpoints.committed()
      expect(look.get()?.log).toBeLessThan(pages + 10)
      await eventually(() => look.get()?.log === look.get()?.checkpointed)
    }
  })

  test('is bounded when the copying thread never does anything', async () => {
    const dataDir = folderOnDisk()
    const opened = await openWithPeople(dataDir, { pages: PAGES, scripts: { copier: DEAF } })
    const texts = await flood(opened, 3_000)
    expect(logBytes(dataDir)).toBeGreaterThan(PAGES.reset * PAGE_BYTES)
    expect(logBytes(dataDir)).toBeLessThan((PAGES.bound + BATCH_PAGES) * PAGE_BYTES)
    await expectKept(dataDir, opened, texts)
  })

  test.each([
    ['fails', 'unable to open database file'],
    ['dies', 'the thread died'],
  ])('is bounded when that thread %s, which is logged, and copied once it no longer does', async (how, reason) => {
    const dataDir = folderOnDisk()
    const marker = join(dataDir, 'recado.db.no-copies')
    if (how === 'dies') writeFileSync(marker, '')
    const { lines, log } = keepLog()
    const opened = await openWithPeople(dataDir, { pages: PAGES, scripts: { copier: FAULTY }, log })
    const texts = await flood(opened, 3_000)
    expect(logBytes(dataDir)).toBeGreaterThan(PAGES.reset * PAGE_BYTES)
    expect(logBytes(dataDir)).toBeLessThan((PAGES.bound + BATCH_PAGES) * PAGE_BYTES)
    expect(lines[0]).toEqual({ message: NOT_COPIED, reason })
    // It waits before it tries again.
    expect(lines.length).toBeLessThan(10)
    rmSync(marker, { force: true })
    symlinkSync(dataDir, join(dataDir, 'late'))
    const { look } = openTool(dataDir)
    // It tries again the later, the longer it failed. By itself the writer begins the log anew only at its bound.
    await eventually(async () => {
      const before = look().log
      texts.push(...(await flood(opened, 1)))
      return look().log < before && before < PAGES.bound / 2
    }, 150_000)
    for (let pages = 0; pages < PAGES.bound; pages += 100) {
      texts.push(...(await flood(opened, 100)))
      await eventually(async () => {
        const { log } = look()
        expect(log).toBeLessThan(PAGES.bound / 2)
        if (log < PAGES.reset) return true
        texts.push(...(await flood(opened, 1)))
        return false
      })
    }
    await expectKept(dataDir, opened, texts)
  })

  test('grows while another program reads it, and begins anew afterwards', async () => {
    const dataDir = folderOnDisk()
    const opened = await openWithPeople(dataDir, { pages: PAGES })
    const tool = openTool(dataDir)
    const reader = openTool(dataDir)
    await flood(opened, 100)
    reader.db.exec('BEGIN')
    const { n: seen } = reader.db.prepare('SELECT count(*) AS n FROM message').get() ?? {}
    await flood(opened, 2_500)
    expect(tool.look().log).toBeGreaterThan(PAGES.bound)
    // What it sees is of one moment, however much has been written since.
    expect(reader.db.prepare('SELECT count(*) AS n FROM message').get()).toEqual({ n: seen })
    reader.db.exec('COMMIT')
    await eventually(async () => {
      await flood(opened, 100)
      return tool.look().log < PAGES.bound
    })
  })

  test('what a retry repeats is found, also when its first send has just been copied', async () => {
    const opened = await openWithPeople(folderOnDisk(), { pages: { copy: 1, reset: 2, bound: 4 } })
    const { store, joao } = opened
    for (let n = 0; n < 300; n++) {
      const first = stored(await store.append(draftOf(joao, null, `${n}`, nonceOf(`${n}`))))
      const again = await store.append(draftOf(joao, null, `${n}`, nonceOf(`${n}`)))
      expect(again).toEqual({ status: 'stored', repeated: true, entry: first })
    }
  })
})
