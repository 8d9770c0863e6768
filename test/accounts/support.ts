// What the tests of accounts share: a real store in a folder of its own, and refusals as values.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Refusal } from '../../server/domain/errors.ts'
import { openSqliteStore } from '../../server/store/sqlite/sqlite-store.ts'
import type { Store } from '../../server/store/store.ts'

export interface TestStore {
  readonly store: Store
  close(): Promise<void>
}

export async function openTestStore(clock?: () => number): Promise<TestStore> {
  const dataDir = await mkdtemp(join(tmpdir(), 'recado-accounts-'))
  const store = await openSqliteStore({ dataDir, events: { committed() {} }, readers: 1, ...(clock && { clock }) })
  return {
    store,
    async close() {
      await store.close()
      await rm(dataDir, { recursive: true })
    },
  }
}

/** The refusal that a call ends with; anything else it throws is thrown on, and that it throws nothing is an error. */
export async function refusal(call: () => unknown): Promise<Refusal> {
  try {
    await call()
  } catch (error) {
    if (error instanceof Refusal) return error
    throw error
  }
  throw new Error('It was not refused.')
}

export async function codeOf(call: () => unknown): Promise<string> {
  return (await refusal(call)).code
}
