// Pages of users, by how much is read for them.
import { expect, it } from 'vitest'
import { createPages } from '../../server/graphql/pages.ts'
import type { Account } from '../../server/store/store.ts'

const PEOPLE = 1_000
const people = Array.from({ length: PEOPLE }, (_, n): Account => {
  const name = `user${String(n).padStart(4, '0')}`
  return { id: name, username: name, key: name, passwordHash: null, createdAt: 1, lastSeenAt: null, deletedAt: null }
})

function pagesWith(isOnline: (id: string) => boolean) {
  const reads: number[] = []
  const never = (): never => {
    throw new Error('no messages here')
  }
  const pages = createPages({
    log: { page: never, locate: never, newestVisible: never },
    store: {
      message: never,
      async accounts(after, limit) {
        reads.push(limit)
        return people.filter(({ key }) => after === null || key > after).slice(0, limit)
      },
    },
    accounts: { byName: never, byId: never },
    presence: { online: () => [], isOnline },
    cursors: { encode: never, decode: never },
    pageLimit: 100,
  })
  return { pages, reads }
}

it('the few who are away are found among many who are there without a read for each of them', async () => {
  const { pages, reads } = pagesWith(id => !/99[89]$/.test(id))
  const page = await pages.users({ online: false, limit: 1 })
  expect(page.nodes.map(({ id }) => id)).toEqual(['user0998'])
  expect(page.pageInfo).toMatchObject({ hasNextPage: true, endCursor: 'user0998' })
  expect(reads.length).toBeLessThanOrEqual(Math.ceil(PEOPLE / 200))
  const last = await pages.users({ online: false, limit: 1, after: 'user0998' })
  expect(last.nodes.map(({ id }) => id)).toEqual(['user0999'])
  expect(last.pageInfo.hasNextPage).toBe(false)
})

it('whoever asks for everybody has no more read than the page, and one to know whether there is another', async () => {
  const { pages, reads } = pagesWith(() => true)
  expect((await pages.users({ limit: 3 })).nodes).toHaveLength(3)
  expect(reads).toEqual([4])
})
