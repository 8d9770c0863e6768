// Who wants no private word of whom. A blocked account can't write to, edit for, or be seen typing to whoever blocked it;
// what it is told is what it would be told of an account that was closed. (PROTOCOL.md: BLOCK)
import { Refusal } from '../domain/errors.ts'
import type { RecordStore } from '../store/records.ts'
import { createRecordCache } from './record-cache.ts'

/** Accounts that one account may block. */
const BLOCKED_MOST = 1_000

export interface Blocks {
  /** @throws Refusal `BAD_USER_INPUT` when it has blocked as many as it may */
  block(accountId: string, whomId: string): Promise<void>
  /** False: it was not blocked. */
  unblock(accountId: string, whomId: string): Promise<boolean>
  /** Ids of those whom the account has blocked, as the store has them. */
  list(accountId: string): Promise<readonly string[]>
  /** Whom the account has blocked, as it was at most a moment ago on a node that is not alone; at once where it is known. */
  of(accountId: string): ReadonlySet<string> | Promise<ReadonlySet<string>>
  /** Another node may have changed it. */
  forget(key: string): void
  /** Drops what an account that was deleted has blocked. */
  drop(accountId: string): Promise<void>
}

/** Between the two ids of a key: in neither of them. */
const AND = ':'

export function createBlocks(store: RecordStore, isShared: boolean): Blocks {
  const read = async (accountId: string): Promise<string[]> => {
    const prefix = accountId + AND
    const rows = await store.records({ kind: 'block', prefix, limit: BLOCKED_MOST })
    return rows.map(({ key }) => key.slice(prefix.length))
  }
  const cache = createRecordCache<ReadonlySet<string>>(async id => new Set(await read(id)), isShared)

  return {
    async block(accountId, whomId) {
      if ((await read(accountId)).length >= BLOCKED_MOST) {
        throw new Refusal('BAD_USER_INPUT', `At most ${BLOCKED_MOST} people can be blocked.`)
      }
      await store.writeRecords([{ kind: 'block', key: accountId + AND + whomId, value: '' }])
      cache.forget(accountId)
    },
    async unblock(accountId, whomId) {
      const key = accountId + AND + whomId
      const removed = await store.writeRecords([{ kind: 'block', key, value: null, expect: '' }])
      cache.forget(accountId)
      return removed
    },
    list: read,
    of: cache.get,
    forget: key => cache.forget(key.split(AND, 1)[0] ?? ''),
    async drop(accountId) {
      const ids = await read(accountId)
      await store.writeRecords(ids.map(id => ({ kind: 'block', key: accountId + AND + id, value: null })))
      cache.forget(accountId)
    },
  }
}
