// Pages of accounts over Redis, while another node deletes some of them between their names and themselves.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createPages } from '../../server/graphql/pages.ts'
import { createAccounts } from '../../server/store/redis/accounts.ts'
import type { Connection } from '../../server/store/redis/connection.ts'
import { keysOf } from '../../server/store/redis/keys.ts'
import type { Store } from '../../server/store/store.ts'
import { enter } from '../contract/store.ts'
import { type RedisServer, startRedis } from '../setup/redis.ts'
import { openStore } from './redis-support.ts'

let redis: RedisServer
beforeAll(async () => {
  redis = await startRedis()
})
afterAll(() => redis.dispose())

/** A space with these people, of whom some go once the first reader has the names, and before it has the accounts. */
async function leaving(names: readonly string[], gone: readonly string[]): Promise<Pick<Store, 'accounts'>> {
  const { store, space } = await openStore(redis.url)
  const people = await Promise.all(names.map(name => enter(store, name)))
  const going = people.filter(({ username }) => gone.includes(username))
  const client = new Proxy(redis.client, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name)
      if (typeof value !== 'function') return value
      return async (...args: unknown[]) => {
        const found: unknown = await value.apply(target, args)
        if (name === 'zrangebylex') for (const { id } of going.splice(0)) await store.deleteAccount(id, 5_000)
        return found
      }
    },
  })
  const connection = { run: action => action(client) } as Connection
  return createAccounts({ reads: connection, writes: connection, keys: keysOf(space, 0) })
}

test.each([
  ['in the middle of a page', 'b', ['a', 'c', 'd']],
  ['at its end', 'c', ['a', 'b', 'd']],
  ['that were all of it', 'abc', ['d', 'e', 'f']],
  ['after which there are no more than a page', 'abcd', ['e', 'f', 'g']],
  ['after which there is less', 'abcde', ['f', 'g']],
])('a page is full while more follow, whatever accounts go meanwhile: %s', async (_, gone, expected) => {
  const store = await leaving([...'abcdefg'], [...gone])
  expect((await store.accounts(null, 3)).map(({ username }) => username)).toEqual(expected)
})

test('the list of users goes on after a page from which somebody has gone', async () => {
  const store = await leaving([...'abcdefg'], ['b'])
  const pages = createPages({ store, pageLimit: 100 } as unknown as Parameters<typeof createPages>[0])
  const seen: string[] = []
  for (let after: string | null = null; ; ) {
    const { nodes, pageInfo } = await pages.users({ after, limit: 2 })
    seen.push(...nodes.map(({ username }) => username as string))
    after = pageInfo.endCursor
    if (!pageInfo.hasNextPage) break
  }
  expect(seen).toEqual([...'acdefg'])
})
