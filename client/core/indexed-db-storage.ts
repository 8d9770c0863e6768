// Outbox storage in a browser's IndexedDB: shared by all tabs of the origin, lasting across restarts.
import { byAge, parseOutgoing } from './memory-storage.ts'
import type { OutboxStorage } from './types.ts'

const STORE = 'outbox'

/**
 * Every method rejects with a DOMException where the browser refuses (no space, a private window).
 *
 * @param name of the database
 */
export function createIndexedDbStorage(name = 'recado'): OutboxStorage {
  let opening: Promise<IDBDatabase> | undefined

  function open(): Promise<IDBDatabase> {
    opening ??= new Promise<IDBDatabase>((resolve, reject) => {
      const request = indexedDB.open(name, 1)
      request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: ['key', 'entry.nonce'] })
      request.onerror = () => reject(request.error)
      request.onsuccess = () => {
        const database = request.result
        // Another tab with a newer version waits for this; the next call opens it again.
        database.onversionchange = () => database.close()
        database.onclose = () => {
          opening = undefined
        }
        resolve(database)
      }
    }).catch(error => {
      opening = undefined
      throw error
    })
    return opening
  }

  async function transact<Result>(
    mode: IDBTransactionMode,
    ask: (store: IDBObjectStore) => IDBRequest<Result>,
  ): Promise<Result> {
    const database = await open()
    return new Promise<Result>((resolve, reject) => {
      // `strict`: resolved means flushed to the disk, as the interface promises.
      const transaction = database.transaction(STORE, mode, { durability: 'strict' })
      const request = ask(transaction.objectStore(STORE))
      transaction.oncomplete = () => resolve(request.result)
      transaction.onabort = () => reject(transaction.error)
    })
  }

  return {
    async load(key) {
      // Arrays sort after all strings, so this is every nonce of the key.
      const rows: unknown[] = await transact('readonly', store => store.getAll(IDBKeyRange.bound([key], [key, []])))
      return rows
        .map(row => parseOutgoing((row as { entry?: unknown }).entry))
        .filter(entry => entry !== undefined)
        .sort(byAge)
    },
    async put(key, entry) {
      await transact('readwrite', store => store.put({ key, entry }))
    },
    async remove(key, nonce) {
      await transact('readwrite', store => store.delete([key, nonce]))
    },
  }
}
