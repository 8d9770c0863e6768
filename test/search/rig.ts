// A real SQLite store, a bus, and the search room on top, without a server around them.
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createLocalBus } from '../../server/bus/local.ts'
import type { AccountRef, MessageEntry, Scope } from '../../server/domain/entry.ts'
import { parseQuery } from '../../server/search/query.ts'
import { createSearch, type Find, type Search } from '../../server/search/search.ts'
import { openSqliteStore } from '../../server/store/sqlite/sqlite-store.ts'
import type { Revised, Store } from '../../server/store/store.ts'
import { until } from '../setup/until.ts'

export interface Rig {
  readonly folder: string
  /** Where the index is. */
  readonly path: string
  readonly warnings: string[]
  store: Store
  search: Search
  /** The index is told of nothing, and reads nothing. */
  isDeaf: boolean
  account(name: string): Promise<AccountRef>
  say(from: AccountRef, to: AccountRef | null, text: string): Promise<MessageEntry>
  revise(by: AccountRef, messageId: string, text: string | null): Promise<Revised['status']>
  /** The texts that are found, oldest first. */
  texts(viewer: AccountRef, text: string, more?: Partial<Omit<Find, 'query' | 'viewer'>>): Promise<string[]>
  /** Opens the search room (anew). */
  open(): Promise<void>
  /** Closes the store and opens it again. */
  reopenStore(): Promise<void>
  close(): Promise<void>
}

export async function createRig({ isOpen = true } = {}): Promise<Rig> {
  const folder = await mkdtemp(join(tmpdir(), 'recado-search-test-'))
  const path = join(folder, 'search.db')
  const warnings: string[] = []
  let bus = createLocalBus()
  const openStore = (): Promise<Store> =>
    openSqliteStore({ dataDir: folder, events: { committed: entries => bus.publish(entries) } })

  const rig: Rig = {
    folder,
    path,
    warnings,
    store: await openStore(),
    search: null as unknown as Search,
    isDeaf: false,
    async account(name) {
      const id = randomBytes(8).toString('hex')
      await rig.store.claim({ id, username: name, key: name, skeleton: name, passwordHash: null, createdAt: 1 })
      return { id, username: name }
    },
    async say(from, to, text) {
      const messageId = randomBytes(16).toString('base64url')
      const sentAt = Date.now()
      const appended = await rig.store.append({ messageId, from, to, text, sentAt, replyTo: null, nonce: null })
      if (appended.status !== 'stored') throw new Error(appended.status)
      return appended.entry
    },
    async revise(by, messageId, text) {
      const kind = text === null ? 'deleted' : 'edited'
      return (await rig.store.revise({ messageId, by: by.id, kind, text: text ?? '', at: Date.now() })).status
    },
    async texts(viewer, text, more = {}) {
      const find = { query: parseQuery(text), viewer: viewer.id, scope: 'ALL' as Scope, limit: 100, ...more }
      return (await rig.search.find(find)).entries.map(entry => entry.text)
    },
    async open() {
      await rig.search?.close()
      rig.search = await createSearch({
        store: {
          epoch: rig.store.epoch,
          head: () => rig.store.head(),
          trimmed: account => rig.store.trimmed(account),
          at: (viewer, position) => rig.store.at(viewer, position),
          follow: (after, limit) => (rig.isDeaf ? Promise.resolve([]) : rig.store.follow(after, limit)),
        },
        bus: {
          subscribe: listener =>
            bus.subscribe({
              links: links => {
                if (!rig.isDeaf) listener.links(links)
              },
              gap: listener.gap,
            }),
        },
        path,
        log: { warn: (details, message) => void warnings.push(`${message} ${JSON.stringify(details)}`) },
        onError(error) {
          throw error
        },
      })
      await until('the index', () => rig.search.lagSeconds !== null)
    },
    async reopenStore() {
      await rig.search?.close()
      await rig.store.close()
      bus = createLocalBus()
      rig.store = await openStore()
    },
    async close() {
      await rig.search?.close()
      await rig.store.close()
      await rm(folder, { recursive: true })
    },
  }
  if (isOpen) await rig.open()
  return rig
}
