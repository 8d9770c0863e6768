// The store contract, held by SQLite.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openSqliteStore } from '../../server/store/sqlite/sqlite-store.ts'
import { describeDevices } from './devices.ts'
import type { StoreFixture } from './fixture.ts'
import { describeReading } from './reading.ts'
import { describeRecords } from './records.ts'
import { describeRetention } from './retention.ts'
import { describeRevisions } from './revisions.ts'
import { describeStore } from './store.ts'

async function create(): Promise<StoreFixture> {
  const dataDir = await mkdtemp(join(tmpdir(), 'recado-contract-'))
  return {
    open: (events, clock) => openSqliteStore({ dataDir, events, clock }),
    dispose: () => rm(dataDir, { recursive: true }),
  }
}

describeStore('SQLite', create)
describeDevices('SQLite', create)
describeRecords('SQLite', create)
describeRetention('SQLite', create)
describeReading('SQLite', create)
describeRevisions('SQLite', create)
