// Both books of codes hold to the same rules: this node's own, and the one that nodes share in a real Redis.
import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type CodeBook, createCodeBook, LIFETIME_MS, type Voucher } from '../../server/accounts/code-book.ts'
import { createSharedCodeBook } from '../../server/accounts/shared-code-book.ts'
import { createRedisClient, type RedisClient } from '../../server/redis/client.ts'
import { type RedisServer, startRedis } from '../setup/redis.ts'
import { codeOf } from './support.ts'

let redis: RedisServer
let client: RedisClient
beforeAll(async () => {
  redis = await startRedis()
  client = await createRedisClient(redis.url, 'commands')
})
afterAll(async () => {
  client.disconnect()
  await redis.dispose()
})

const JOAO: Voucher = { account: { id: 'a1', username: 'João “o 1º”' }, sessionId: 's1' }
const OTHER: Voucher = { account: { id: 'a1', username: 'joao' }, sessionId: 's2' }
const REQUEST = { nameKey: 'joao', device: 'Firefox · “Android/é”' }

interface Book {
  readonly book: CodeBook
  /** Lets a code's two minutes pass. */
  age(): Promise<void>
}

const BOOKS: readonly (readonly [string, () => Book])[] = [
  [
    'of one node',
    () => {
      let now = 1_000
      const age = async () => {
        now += LIFETIME_MS
      }
      return { book: createCodeBook({ clock: () => now }), age }
    },
  ],
  [
    'of several nodes',
    () => ({
      book: createSharedCodeBook({ client, space: randomUUID(), lifetimeMs: 500 }),
      age: () => delay(600),
    }),
  ],
]

describe.each(BOOKS)('a book of codes %s', (_, open) => {
  it('gives an offer to one of those who take it, once', async () => {
    const { book } = open()
    await book.offer('code', JOAO)
    expect(await book.take('other')).toBeNull()
    const taken = await Promise.all(Array.from({ length: 10 }, () => book.take('code')))
    expect(taken.filter(voucher => voucher !== null)).toEqual([JOAO])
    expect(await book.take('code')).toBeNull()
  })

  it('gives nothing after two minutes', async () => {
    const { book, age } = open()
    await book.offer('code', JOAO)
    await book.request('user', 'device', REQUEST)
    await book.request('approved', 'its device', REQUEST)
    await book.approve('approved', 'joao', JOAO)
    await age()
    expect(await book.take('code')).toBeNull()
    expect(await book.approve('user', 'joao', JOAO)).toBeNull()
    expect(await book.collect('device')).toEqual({ status: 'unknown' })
    expect(await book.collect('its device')).toEqual({ status: 'unknown' })
  })

  it('keeps a request until it was approved for its name, and tells its device once', async () => {
    const { book } = open()
    await book.request('user', 'device', REQUEST)
    expect(await book.collect('device')).toEqual({ status: 'pending' })
    expect(await book.collect('user')).toEqual({ status: 'unknown' })
    expect(await book.approve('user', 'maria', JOAO)).toBeNull()
    expect(await book.approve('device', 'joao', JOAO)).toBeNull()
    expect(await book.collect('device')).toEqual({ status: 'pending' })
    const approvals = await Promise.all([book.approve('user', 'joao', JOAO), book.approve('user', 'joao', OTHER)])
    expect(approvals.filter(device => device !== null)).toEqual([REQUEST.device])
    const collected = await Promise.all(Array.from({ length: 10 }, () => book.collect('device')))
    const by = approvals[0] === null ? OTHER : JOAO
    expect(collected.filter(({ status }) => status === 'approved')).toEqual([
      { status: 'approved', device: REQUEST.device, by },
    ])
    expect(await book.approve('user', 'joao', JOAO)).toBeNull()
    expect(await book.collect('device')).toEqual({ status: 'unknown' })
  })
})

describe('the book of one node', () => {
  it('is bounded: the oldest goes', async () => {
    const book = createCodeBook({ most: 3 })
    for (const code of ['1', '2', '3', '4']) await book.offer(code, JOAO)
    expect(await book.take('1')).toBeNull()
    expect(await book.take('2')).toEqual(JOAO)
    expect(await book.take('4')).toEqual(JOAO)
  })
})

describe('the book of several nodes', () => {
  it('is one book, leaves nothing without an end, and says when Redis is away', async () => {
    const space = randomUUID()
    const [one, other] = [1, 2].map(() => createSharedCodeBook({ client, space })) as [CodeBook, CodeBook]
    await one.offer('code', JOAO)
    await one.request('user', 'device', REQUEST)
    await other.approve('user', 'joao', OTHER)
    const keys = await redis.client.keys(`{${space}}:*`)
    expect(keys).toHaveLength(3)
    for (const key of keys) {
      const left = await redis.client.pttl(key)
      expect(left).toBeGreaterThan(LIFETIME_MS - 20_000)
      expect(left).toBeLessThanOrEqual(LIFETIME_MS)
    }
    expect(await other.take('code')).toEqual(JOAO)
    expect(await one.collect('device')).toMatchObject({ status: 'approved', by: OTHER })
    expect(await redis.client.keys(`{${space}}:*`)).toEqual([])
    const away = await createRedisClient(redis.url, 'commands')
    const book = createSharedCodeBook({ client: away, space })
    away.disconnect()
    expect(await codeOf(() => book.take('code'))).toBe('STORAGE_UNAVAILABLE')
  })
})
