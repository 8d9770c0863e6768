// What every suite of the stores' contract stands on: for each of its tests an empty storage, opened before it, closed and
// removed after it.
import { afterEach, beforeEach } from 'vitest'
import type { Entry } from '../../server/domain/entry.ts'
import type { Store, StoreEvents } from '../../server/store/store.ts'

export interface StoreFixture {
  /** Opens the storage of this fixture, which is empty the first time. Only one store is open at a time. */
  open(events: StoreEvents, clock: () => number): Promise<Store>
  /** Removes the storage; the store has been closed. */
  dispose(): Promise<void>
}

export interface Opened {
  readonly store: Store
  /** All that was announced, as it was then. */
  readonly log: Entry[]
}

export interface Storage {
  /** The store's clock: milliseconds since 1970. */
  now: number
  /** Closes the store and opens the same storage again, as a restart does. */
  reopen(): Promise<void>
  /** Closes the store and opens another, empty storage. */
  renew(): Promise<void>
}

/** @param onOpened told of each store that was opened, before each test and by `reopen` and `renew` */
export function openEach(create: () => Promise<StoreFixture>, onOpened: (opened: Opened) => void): Storage {
  let fixture: StoreFixture
  let store: Store
  let log: Entry[]
  const events = { committed: (entries: readonly Entry[]) => void log.push(...entries) }

  async function open(): Promise<void> {
    store = await fixture.open(events, () => storage.now)
    onOpened({ store, log })
  }

  async function begin(): Promise<void> {
    fixture = await create()
    log = []
    await open()
  }

  async function end(): Promise<void> {
    await store.close()
    await fixture.dispose()
  }

  const storage: Storage = {
    now: 0,
    async reopen() {
      await store.close()
      await open()
    },
    async renew() {
      await end()
      await begin()
    },
  }
  beforeEach(() => {
    storage.now = 1_700_000_000_000
    return begin()
  })
  afterEach(end)
  return storage
}
