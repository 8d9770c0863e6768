// The store contract, held by SQLite.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openSqliteStore } from '../../server/store/sqlite/sqlite-store.ts'
import { describeStore } from './store.ts'

describeStore('SQLite', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'recado-contract-'))
  return {
    open: (events, clock) => openSqliteStore({ dataDir, events, clock }),
    dispose: () => rm(dataDir, { recursive: true }),
  }
})
