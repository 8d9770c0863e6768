// Accounts: a hash each, found by id, by the key of their name (a sorted set that is also their list) and by skeleton.
import type { RedisClient } from '../../redis/client.ts'
import type { Account, Store } from '../store.ts'
import { CLAIM, DELETE_ACCOUNT, presentOf, SET_FIELD, SET_PASSWORD } from './account-scripts.ts'
import type { Connection } from './connection.ts'
import type { Keys } from './keys.ts'
import { runScript } from './script.ts'

export type Accounts = Pick<
  Store,
  | 'claim'
  | 'accountById'
  | 'accountByKey'
  | 'accountBySkeleton'
  | 'areFree'
  | 'accounts'
  | 'setPasswordHash'
  | 'setLastSeen'
  | 'deleteAccount'
>

export interface AccountsOptions {
  readonly reads: Connection
  readonly writes: Connection
  readonly keys: Keys
}

/** Between the key of a name and the id of its account; the character after it ends the range of a key. */
const NUL = '\0'
const SOH = '\u0001'
/** A name that changes hands between two questions is asked for again. */
const ATTEMPTS = 5

export function createAccounts({ reads, writes, keys }: AccountsOptions): Accounts {
  const byId = (id: string) => reads.run(client => readAccount(client, keys, id))

  /** The account that a look-up names, unless it has been deleted since. */
  async function holder(lookUp: (client: RedisClient) => Promise<string | null>): Promise<Account | null> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const id = await reads.run(lookUp)
      if (id === null) return null
      const account = await byId(id)
      if (account?.deletedAt === null) return account
    }
    return null
  }

  return {
    async claim({ id, username, key, skeleton, passwordHash, createdAt }) {
      const names = [keys.account(id), keys.names, keys.skeletons]
      const args = [id, username, key, skeleton, passwordHash ?? '', createdAt]
      const claimed = await writes.run(client => runScript(client, CLAIM, names, args))
      return claimed === 1 ? 'claimed' : 'taken'
    },

    accountById: byId,

    accountByKey: key =>
      holder(async client => {
        const [name] = await client.zrangebylex(keys.names, `[${key}${NUL}`, `(${key}${SOH}`, 'LIMIT', 0, 1)
        return name === undefined ? null : name.slice(name.indexOf(NUL) + 1)
      }),

    accountBySkeleton: skeleton => holder(client => client.hget(keys.skeletons, skeleton)),

    areFree: names =>
      reads.run(async client => {
        if (names.length === 0) return []
        const [looks, ...holders] = await Promise.all([
          client.hmget(keys.skeletons, ...names.map(({ skeleton }) => skeleton)),
          ...names.map(({ key }) => client.zrangebylex(keys.names, `[${key}${NUL}`, `(${key}${SOH}`, 'LIMIT', 0, 1)),
        ])
        return names.map((_, n) => looks[n] === null && holders[n]?.length === 0)
      }),

    async accounts(afterKey, limit) {
      return reads.run(async client => {
        const found: Account[] = []
        let start = afterKey === null ? '-' : `[${afterKey}${SOH}`
        // Accounts are deleted between their names and themselves: a page that is short for that would be the last one.
        while (found.length < limit) {
          const wanted = limit - found.length
          const names = await client.zrangebylex(keys.names, start, '+', 'LIMIT', 0, wanted)
          const ids = names.map(name => name.slice(name.indexOf(NUL) + 1))
          const accounts = await Promise.all(ids.map(id => readAccount(client, keys, id)))
          for (const account of accounts) if (account?.deletedAt === null) found.push(account)
          if (names.length < wanted) break
          start = `(${names.at(-1)}`
        }
        return found
      })
    },

    async setPasswordHash(accountId, hash, present) {
      const args = [hash, presentOf(present)]
      return (await writes.run(client => runScript(client, SET_PASSWORD, [keys.account(accountId)], args))) === 1
    },

    async setLastSeen(accountId, at) {
      await writes.run(client => runScript(client, SET_FIELD, [keys.account(accountId)], ['lastSeenAt', at]))
    },

    async deleteAccount(accountId, at, present) {
      const names = [
        keys.account(accountId),
        keys.names,
        keys.skeletons,
        keys.noncesOf(accountId),
        keys.sessions,
        keys.tokens,
        keys.expiry,
        keys.sessionsOf(accountId),
        keys.revoked,
        keys.readsOf(accountId),
        keys.peersOf(accountId),
        keys.countsOf(accountId),
        keys.revisedOf(accountId),
      ]
      const args = [accountId, at, keys.all, presentOf(present)]
      return (await writes.run(client => runScript(client, DELETE_ACCOUNT, names, args), 'frees memory')) === 1
    },
  }
}

export async function readAccount(client: RedisClient, keys: Keys, id: string): Promise<Account | null> {
  const row = await client.hgetall(keys.account(id))
  const { username, key, createdAt } = row
  if (username === undefined || key === undefined) return null
  return {
    id,
    username,
    key,
    passwordHash: row.passwordHash ?? null,
    createdAt: Number(createdAt),
    lastSeenAt: row.lastSeenAt === undefined ? null : Number(row.lastSeenAt),
    deletedAt: row.deletedAt === undefined ? null : Number(row.deletedAt),
  }
}
