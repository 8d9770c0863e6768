// Every outbox storage keeps the same promises; files and databases are real ones (IndexedDB as fake-indexeddb has it).
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import 'fake-indexeddb/auto'
import { afterAll, describe, expect, test, vi } from 'vitest'
import { createIndexedDbStorage } from '../../client/core/indexed-db-storage.ts'
import { createMemoryStorage, createSturdyStorage } from '../../client/core/memory-storage.ts'
import type { OutboxStorage, Outgoing } from '../../client/core/types.ts'
import { createFileStorage } from '../../client/node/file-storage.ts'
import { createCopyStore } from '../../client/web/engine/copy-store.ts'

const folders: string[] = []
let databases = 0

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'recado-outbox-'))
  folders.push(folder)
  return folder
}

afterAll(async () => {
  for (const folder of folders) await rm(folder, { recursive: true, force: true })
})

function entry(nonce: string, createdAt: number, more: Partial<Outgoing> = {}): Outgoing {
  return { nonce, text: `text of ${nonce}`, to: null, createdAt, state: 'waiting', ...more }
}

/** Gives a storage, and another one on the same place: another tab, or the next life. */
const KINDS: Record<string, () => Promise<() => OutboxStorage>> = {
  async memory() {
    const storage = createMemoryStorage()
    return () => storage
  },
  async file() {
    const folder = await newFolder()
    return () => createFileStorage(join(folder, 'not', 'there', 'yet'))
  },
  async indexedDB() {
    databases += 1
    const name = `recado-${databases}`
    return () => createIndexedDbStorage(name)
  },
  async sturdy() {
    const storage = createSturdyStorage(createMemoryStorage())
    return () => storage
  },
}

describe.each(Object.keys(KINDS))('%s storage', kind => {
  const open = KINDS[kind]
  if (open === undefined) throw new Error(kind)

  test('is empty at first', async () => {
    expect(await (await open())().load('key')).toEqual([])
  })

  test('gives back what was put, oldest first, whole', async () => {
    const again = await open()
    const all = [
      entry('b', 1, { to: 'maria', text: 'olá 👋 \u2028' }),
      entry('a', 2, { state: 'refused', code: 'TEXT_EMPTY' }),
      entry('c', 3, { to: undefined }),
      entry('d', 3),
    ]
    for (const one of [...all].reverse()) await again().put('key', one)
    expect(await again().load('key')).toEqual(all)
  })

  test('replaces by nonce', async () => {
    const again = await open()
    await again().put('key', entry('a', 1))
    await again().put('key', entry('a', 1, { state: 'refused', code: 'X' }))
    expect(await again().load('key')).toEqual([entry('a', 1, { state: 'refused', code: 'X' })])
  })

  test('removes one, and minds nothing when it is not there', async () => {
    const again = await open()
    await again().put('key', entry('a', 1))
    await again().put('key', entry('b', 2))
    await again().remove('key', 'a')
    await again().remove('key', 'a')
    await again().remove('other', 'a')
    expect(await again().load('key')).toEqual([entry('b', 2)])
  })

  test('keeps keys apart, whatever they look like', async () => {
    const again = await open()
    const keys = ['http://a/graphql x', 'http://a/graphql ', '../..', 'x'.repeat(1_000), '', 'http://a/graphql xy']
    for (const key of keys) await again().put(key, entry('same', 1, { text: key }))
    for (const key of keys) expect(await again().load(key)).toEqual([entry('same', 1, { text: key })])
  })

  test('takes many at once', async () => {
    const again = await open()
    const [left, right] = [again(), again()]
    const all = Array.from({ length: 50 }, (_, i) => entry(`n${i}`, i))
    await Promise.all(all.map((one, i) => (i % 2 === 0 ? left : right).put('key', one)))
    expect(await left.load('key')).toEqual(all)
    await Promise.all(all.map((one, i) => (i % 2 === 0 ? right : left).remove('key', one.nonce)))
    expect(await right.load('key')).toEqual([])
  })
})

describe('IndexedDB storage', () => {
  /** As a newer page, or somebody who clears the data of the site. */
  const takeAway = (name: string) =>
    new Promise((resolve, reject) => {
      const request = indexedDB.deleteDatabase(name)
      request.onsuccess = resolve
      request.onerror = () => reject(request.error)
    })

  test('opens the database again when it was taken away', async () => {
    const storage = createIndexedDbStorage('taken')
    await storage.put('key', entry('a', 1))
    await takeAway('taken')
    await storage.put('key', entry('b', 2))
    expect(await storage.load('key')).toEqual([entry('b', 2)])
  })

  test('so does the copy of the conversations, also when it could not be opened at first', async () => {
    const store = createCopyStore('server maria', { id: 'u-maria', username: 'maria' }, 'one', 'taken copy')
    const nothing = { textLimit: null, hasOlder: false, conversations: [], dropped: [], isAnew: false }
    const open = vi.spyOn(indexedDB, 'open').mockImplementationOnce(() => {
      throw new DOMException('no', 'SecurityError')
    })
    expect(await store.load()).toBeNull()
    open.mockRestore()
    for (const cursor of ['c1', 'c2']) {
      expect(await store.load()).toBeNull()
      await store.save({ ...nothing, cursor })
      expect(await store.load()).toMatchObject({ cursor })
      await takeAway('taken copy')
    }
    store.close()
  })
})

describe('file storage', () => {
  test('is for its owner alone, and passes over files that are no entries', async () => {
    const folder = await newFolder()
    const storage = createFileStorage(folder)
    await storage.put('key', entry('a', 1))
    const [own] = await readdir(folder)
    const path = join(folder, own ?? '')
    await writeFile(join(path, 'torn.json'), '{"nonce":"x","te')
    await writeFile(join(path, 'other.json'), '{"nonce":"x"}')
    await writeFile(join(path, 'half.json.tmp'), JSON.stringify(entry('half', 1)))
    expect(await storage.load('key')).toEqual([entry('a', 1)])
  })
})

describe('sturdy storage', () => {
  test('keeps in memory what can’t be kept, and forgets what can’t be forgotten', async () => {
    const inner = createMemoryStorage()
    let broken = false
    const failing: OutboxStorage = {
      load: key => (broken ? Promise.reject(new Error('load')) : inner.load(key)),
      put: (key, one) => (broken ? Promise.reject(new Error('put')) : inner.put(key, one)),
      remove: (key, nonce) => (broken ? Promise.reject(new Error('remove')) : inner.remove(key, nonce)),
    }
    const storage = createSturdyStorage(failing)
    await storage.put('key', entry('stored', 1))
    broken = true
    await storage.put('key', entry('kept', 2))
    expect(await storage.load('key')).toEqual([entry('kept', 2)])
    await storage.remove('key', 'stored')
    broken = false
    expect(await storage.load('key')).toEqual([entry('kept', 2)])
    await storage.put('key', entry('kept', 2, { state: 'refused' }))
    await storage.remove('key', 'kept')
    expect(await storage.load('key')).toEqual([])
  })
})
