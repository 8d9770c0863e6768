// Storage in a browser's IndexedDB, for the outbox and for changes of messages: shared by all tabs of the origin, lasting
// across restarts. Each has a database of its own.
import { byAge, parseOutgoing } from './memory-storage.ts'
import { byChangeAge, type ChangeStorage, parseChange } from './pending-change.ts'
import type { OutboxStorage } from './types.ts'

const OUTBOX_STORE = 'outbox'
const CHANGES_STORE = 'changes'

export interface LastingDatabase {
  open(): Promise<IDBDatabase>
  /** Nothing is written any more; `open` opens it again. */
  close(): void
}

/**
 * Opens a database once, and again after it was taken away: by another tab with a newer version, by somebody who clears the
 * site's data, or where it could not be opened. @param make its tables, where there are none yet
 */
export function lastingDatabase(name: string, make: (database: IDBDatabase) => void): LastingDatabase {
  let opening: Promise<IDBDatabase> | undefined
  const forget = () => {
    opening = undefined
  }
  return {
    open() {
      opening ??= new Promise<IDBDatabase>((resolve, reject) => {
        const request = indexedDB.open(name, 1)
        request.onupgradeneeded = () => make(request.result)
        request.onerror = () => reject(request.error)
        request.onsuccess = () => {
          const database = request.result
          // Whoever waits for this has the database.
          database.onversionchange = () => {
            database.close()
            forget()
          }
          database.onclose = forget
          resolve(database)
        }
      }).catch(error => {
        forget()
        throw error
      })
      return opening
    },
    close() {
      opening?.then(
        database => database.close(),
        () => {},
      )
      forget()
    },
  }
}

interface Table {
  /** Every record of this key, as it was stored. */
  all(key: string): Promise<unknown[]>
  put(record: object): Promise<void>
  remove(place: readonly (string | number)[]): Promise<void>
}

/** Every method rejects with a DOMException where the browser refuses. @param keyPath begins with `key` */
function openTable(name: string, storeName: string, keyPath: readonly string[]): Table {
  const { open } = lastingDatabase(name, database => {
    database.createObjectStore(storeName, { keyPath: [...keyPath] })
  })

  async function transact<Result>(
    mode: IDBTransactionMode,
    ask: (store: IDBObjectStore) => IDBRequest<Result>,
  ): Promise<Result> {
    const database = await open()
    return new Promise<Result>((resolve, reject) => {
      // `strict`: resolved means flushed to the disk, as the interfaces promise.
      const transaction = database.transaction(storeName, mode, { durability: 'strict' })
      const request = ask(transaction.objectStore(storeName))
      transaction.oncomplete = () => resolve(request.result)
      transaction.onabort = () => reject(transaction.error)
    })
  }

  return {
    // Arrays sort after all strings, so this is everything of the key.
    all: key => transact('readonly', store => store.getAll(IDBKeyRange.bound([key], [key, []]))),
    async put(record) {
      await transact('readwrite', store => store.put(record))
    },
    async remove(place) {
      await transact('readwrite', store => store.delete([...place]))
    },
  }
}

/**
 * Every method rejects with a DOMException where the browser refuses (no space, a private window).
 *
 * @param name of the database
 */
export function createIndexedDbStorage(name = 'recado'): OutboxStorage {
  const table = openTable(name, OUTBOX_STORE, ['key', 'entry.nonce'])
  return {
    async load(key) {
      const rows = await table.all(key)
      return rows
        .map(row => parseOutgoing((row as { entry?: unknown }).entry))
        .filter(entry => entry !== undefined)
        .sort(byAge)
    },
    put: (key, entry) => table.put({ key, entry }),
    remove: (key, nonce) => table.remove([key, nonce]),
  }
}

/** The same for changes of messages. */
export function createIndexedDbChangeStorage(name = 'recado-changes'): ChangeStorage {
  const table = openTable(name, CHANGES_STORE, ['key', 'change.messageId', 'change.createdAt'])
  return {
    async load(key) {
      const rows = await table.all(key)
      return rows
        .map(row => parseChange((row as { change?: unknown }).change))
        .filter(change => change !== undefined)
        .sort(byChangeAge)
    },
    put: (key, change) => table.put({ key, change }),
    remove: (key, { messageId, createdAt }) => table.remove([key, messageId, createdAt]),
  }
}
