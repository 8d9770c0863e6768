// Limits that several nodes count together, over a real Redis: exact where it is asked, close where nobody waits, and a
// node's own while Redis is away.
import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createAccounts } from '../../server/accounts/accounts.ts'
import type { Limiter } from '../../server/accounts/limiter.ts'
import { createPasswords } from '../../server/accounts/passwords.ts'
import { createSessions } from '../../server/accounts/sessions.ts'
import { createSharedLimiter, type SharedLimiterOptions } from '../../server/accounts/shared-limiter.ts'
import { Refusal } from '../../server/domain/errors.ts'
import { createRedisClient, type RedisClient } from '../../server/redis/client.ts'
import { type RedisServer, startRedis, startRedisCluster } from '../setup/redis.ts'
import { until } from '../setup/until.ts'
import { openTestStore, refusal } from './support.ts'

let redis: RedisServer
let clients: RedisClient[]

beforeEach(async () => {
  redis = await startRedis({ config: { appendonly: 'no' } })
  clients = []
})

afterEach(async () => {
  for (const client of clients) client.disconnect()
  await redis.dispose()
})

async function startLimiter(options: Partial<SharedLimiterOptions> = {}, url = redis.url): Promise<Limiter> {
  const client = await createRedisClient(url, 'commands')
  clients.push(client)
  return createSharedLimiter({
    client,
    space: 'test',
    sendsPerSecond: 10,
    searchesPerSecond: 5,
    enterPerMinute: 5,
    newNamesPerHour: 200,
    ...options,
  })
}

/** 0: it passed; else the milliseconds to wait. */
async function waitOf(call: () => unknown): Promise<number> {
  try {
    await call()
    return 0
  } catch (error) {
    if (!(error instanceof Refusal) || error.code !== 'RATE_LIMITED') throw error
    return Number(error.details?.retryAfterMs)
  }
}

const keys = async () => (await redis.client.keys('*')).sort()

describe('attempts to enter', () => {
  it('are as many as the limit says, at whichever node and however close together', async () => {
    const [a, b] = [await startLimiter(), await startLimiter()]
    const waits = await Promise.all(
      Array.from({ length: 40 }, (_, i) => waitOf(() => (i % 2 === 0 ? a : b).enter('joao', '192.0.2.1'))),
    )
    expect(waits.filter(wait => wait === 0).length).toBe(5)
    for (const wait of waits.filter(wait => wait > 0)) {
      expect(Number.isInteger(wait)).toBe(true)
      expect(wait).toBeLessThanOrEqual(12_000)
      expect(wait).toBeGreaterThan(6_000)
    }
    expect(await waitOf(() => a.enter('joao', '192.0.2.2'))).toBe(0)
    expect(await waitOf(() => b.enter('maria', '192.0.2.1'))).toBe(0)
    expect(await keys()).toEqual([
      '{test}:limit:enter:joao 192.0.2.1',
      '{test}:limit:enter:joao 192.0.2.2',
      '{test}:limit:enter:maria 192.0.2.1',
    ])
    for (const key of await keys()) expect(await redis.client.pttl(key)).toBeGreaterThan(0)
  })

  it('go on at the rate: whoever waits as told is let through, once', async () => {
    const [a, b] = [await startLimiter({ enterPerMinute: 120 }), await startLimiter({ enterPerMinute: 120 })]
    await Promise.all(Array.from({ length: 120 }, (_, i) => waitOf(() => (i % 2 ? a : b).enter('joao', '192.0.2.1'))))
    for (let round = 0; round < 3; round++) {
      let wait = await waitOf(() => b.enter('joao', '192.0.2.1'))
      // The first ones took a moment, in which there may have come one more.
      if (wait === 0) wait = await waitOf(() => b.enter('joao', '192.0.2.1'))
      expect(wait).toBeGreaterThan(0)
      await delay(wait)
      expect(await waitOf(() => a.enter('joao', '192.0.2.1'))).toBe(0)
    }
  })

  it('are refused by the next node’s accounts, too', async () => {
    const opened = await openTestStore()
    const nodeOf = async () =>
      createAccounts({
        store: opened.store,
        sessions: createSessions({ store: opened.store, sessionDays: 1 }),
        passwords: createPasswords(),
        limiter: await startLimiter({ enterPerMinute: 3 }),
        registration: 'open',
      })
    const [a, b] = [await nodeOf(), await nodeOf()]
    const request = { username: 'joao', password: 'a good password', address: '192.0.2.1' }
    const { account } = await a.enter(request)
    await b.enter(request)
    await expect(a.enter({ ...request, password: 'another password' })).rejects.toMatchObject({
      code: 'USERNAME_TAKEN',
    })
    expect(await refusal(() => b.enter(request))).toMatchObject({ code: 'RATE_LIMITED' })
    // Proving a password is counted by itself.
    const change = {
      accountId: account.id,
      password: 'a new password',
      current: 'wrong password',
      address: '192.0.2.1',
    }
    for (let i = 0; i < 3; i++) expect((await refusal(() => a.setPassword(change))).code).toBe('PASSWORD_INVALID')
    expect((await refusal(() => b.setPassword(change))).code).toBe('RATE_LIMITED')
    await opened.close()
  })
})

it('searches and notes of what was read are counted by each node for itself', async () => {
  const [a, b] = [await startLimiter({ searchesPerSecond: 1 }), await startLimiter({ searchesPerSecond: 1 })]
  for (let index = 0; index < 3; index++) expect(await waitOf(() => a.search('joao'))).toBe(0)
  expect(await waitOf(() => a.search('joao'))).toBeGreaterThan(0)
  expect(await waitOf(() => b.search('joao'))).toBe(0)
  for (let index = 0; index < 30; index++) expect(await waitOf(() => a.mark('joao'))).toBe(0)
  expect(await waitOf(() => a.mark('joao'))).toBeGreaterThan(0)
  expect(await waitOf(() => b.mark('joao'))).toBe(0)
})

describe('new names', () => {
  it('are counted together, and given back where the name was not free', async () => {
    const [a, b] = [await startLimiter({ newNamesPerHour: 2 }), await startLimiter({ newNamesPerHour: 2 })]
    expect([await waitOf(() => a.newName('192.0.2.1')), await waitOf(() => b.newName('192.0.2.1'))]).toEqual([0, 0])
    const wait = await waitOf(() => a.newName('192.0.2.1'))
    expect(wait).toBeLessThanOrEqual(30 * 60 * 1000)
    expect(wait).toBeGreaterThan(29 * 60 * 1000)
    b.refundNewName('192.0.2.1')
    await until('one is given back', async () => (await waitOf(() => a.newName('192.0.2.1'))) === 0)
    expect(await waitOf(() => b.newName('192.0.2.1'))).toBeGreaterThan(0)
    a.refundNewName('192.0.2.9')
    expect(await waitOf(() => a.newName('192.0.2.9'))).toBe(0)
  })

  it('from this machine are not limited, and from one IPv6 network are from one address', async () => {
    const [a, b] = [await startLimiter({ newNamesPerHour: 1 }), await startLimiter({ newNamesPerHour: 1 })]
    for (const address of ['127.0.0.1', '127.0.0.1', '::1']) expect(await waitOf(() => a.newName(address))).toBe(0)
    expect(await waitOf(() => a.newName('2001:db8::1'))).toBe(0)
    expect(await waitOf(() => b.newName('2001:db8::2'))).toBeGreaterThan(0)
  })
})

describe('sends', () => {
  it('are answered at once, and what one node let through is soon known to all', async () => {
    const [a, b] = [await startLimiter(), await startLimiter()]
    for (let i = 0; i < 30; i++) expect(a.send('joao')).toBeUndefined()
    await until('it is reported', async () => (await keys()).length === 1)
    expect(await redis.client.pttl('{test}:limit:send:joao')).toBeGreaterThan(2_000)
    // The other node learns of it from the answer to its own first report.
    b.send('joao')
    b.send('maria')
    await until('it is refused there, too', async () => (await waitOf(() => b.send('joao'))) > 0)
    b.send('maria')
  })

  it('that pass while a report is on its way are not forgotten by its answer', async () => {
    const a = await startLimiter()
    const started = performance.now()
    a.send('joao')
    // The report is under way from here on, and its answer comes with a later turn.
    await new Promise(setImmediate)
    let passed = 1
    for (let i = 0; i < 29; i++, passed++) a.send('joao')
    await until('nothing more passes, also after the answer', async () => {
      if ((await waitOf(() => a.send('joao'))) === 0) passed++
      return (await redis.client.pttl('{test}:limit:send:joao')) > 2_000
    })
    expect(passed).toBeLessThanOrEqual(31 + (performance.now() - started) / 100)
  })

  it('of one account over two nodes are together the burst and then the rate, to within what is on its way', async () => {
    const [a, b] = [await startLimiter({ sendsPerSecond: 50 }), await startLimiter({ sendsPerSecond: 50 })]
    const started = performance.now()
    let passed = 0
    // Until the burst is long over.
    while (passed < 400) {
      for (const limiter of [a, b]) {
        if ((await waitOf(() => limiter.send('joao'))) === 0) passed++
        const seconds = (performance.now() - started) / 1000
        expect(passed).toBeLessThanOrEqual(150 + 50 * seconds + 40)
      }
      await delay(1)
    }
    // Nor are they fewer: what is given up between two tries is not lost.
    expect(passed).toBeGreaterThan(150 + 50 * ((performance.now() - started) / 1000) - 40)
  })

  it('in a burst at several nodes at once pass, and are then paid back by all', async () => {
    const limiters = [await startLimiter(), await startLimiter(), await startLimiter()]
    for (const limiter of limiters) for (let i = 0; i < 30; i++) limiter.send('joao')
    await until('they are reported', async () => (await redis.client.pttl('{test}:limit:send:joao')) > 8_000)
    // A node knows what it was answered last, so that each may let one more through; without the debt it would be sixty.
    let passed = 0
    const end = performance.now() + 2_000
    while (performance.now() < end) {
      for (const limiter of limiters) if ((await waitOf(() => limiter.send('joao'))) === 0) passed++
      await delay(5)
    }
    expect(passed).toBeLessThanOrEqual(3)
    expect(await redis.client.pttl('{test}:limit:send:joao')).toBeGreaterThan(6_000)
  })

  it('that were only repeats are given back to all', async () => {
    const [a, b] = [await startLimiter(), await startLimiter()]
    for (let i = 0; i < 300; i++) {
      a.send('joao')
      a.refundSend('joao')
    }
    a.refundSend('nobody')
    for (let i = 0; i < 30; i++) a.send('joao')
    for (let i = 0; i < 20; i++) a.refundSend('joao')
    await until('it is reported', async () => {
      const fullIn = await redis.client.pttl('{test}:limit:send:joao')
      return fullIn > 0 && fullIn <= 1_000
    })
    b.send('joao')
    for (let i = 0; i < 15; i++) b.send('joao')
  })

  it('of many accounts are reported together', async () => {
    const a = await startLimiter()
    await redis.client.config('RESETSTAT')
    for (let i = 0; i < 10; i++) for (let n = 0; n < 1_000; n++) a.send(`account-${n}`)
    await until('all are reported', async () => (await redis.client.dbsize()) === 1_000)
    const calls = /cmdstat_(?:evalsha|eval):calls=(\d+)/g
    const stats = await redis.client.info('commandstats')
    const count = [...stats.matchAll(calls)].reduce((sum, [, n]) => sum + Number(n), 0)
    expect(count).toBeLessThanOrEqual(4)
  })
})

describe('while Redis is away', () => {
  it('each node counts for itself, says so once, and with the others again when it is back', async () => {
    const warn = vi.fn()
    const a = await startLimiter({ log: { warn } })
    await redis.kill()
    await until('its connection is lost', () => clients[0]?.status !== 'ready')
    for (let i = 0; i < 5; i++) expect(await waitOf(() => a.enter('joao', '192.0.2.1'))).toBe(0)
    expect(await waitOf(() => a.enter('joao', '192.0.2.1'))).toBeGreaterThan(0)
    for (let i = 0; i < 30; i++) a.send('joao')
    expect(await waitOf(() => a.send('joao'))).toBeGreaterThan(0)
    a.refundNewName('192.0.2.1')
    await until('it was said', () => warn.mock.calls.length === 3)
    expect(warn.mock.calls.length).toBe(3)
    await redis.start()
    const b = await startLimiter()
    await until('it is back', () => clients[0]?.status === 'ready')
    for (let i = 0; i < 5; i++) expect(await waitOf(() => b.enter('joao', '192.0.2.1'))).toBe(0)
    expect(await waitOf(() => a.enter('joao', '192.0.2.1'))).toBeGreaterThan(0)
  })
})

it('a clock of Redis that was set back locks nobody out for longer than an empty bucket', async () => {
  const a = await startLimiter()
  const later = String(Date.now() + 60 * 60 * 1000)
  await redis.client.set('{test}:limit:enter:joao 192.0.2.1', later)
  const wait = await waitOf(() => a.enter('joao', '192.0.2.1'))
  expect(wait).toBeGreaterThan(0)
  expect(wait).toBeLessThanOrEqual(12_000)
  await redis.client.set('{test}:limit:send:joao', later)
  // Three empty buckets, and what was let through before that was known.
  let passed = 0
  const send = async () => {
    const wait = await waitOf(() => a.send('joao'))
    if (wait === 0) passed++
    return wait
  }
  await until('it is known', async () => (await send()) > 0)
  expect(await send()).toBeLessThanOrEqual(9_000 + 100 * passed)
})

it('a limit of 0 is no limit, and asks nobody', async () => {
  const a = await startLimiter({ sendsPerSecond: 0, searchesPerSecond: 0, enterPerMinute: 0, newNamesPerHour: 0 })
  for (let i = 0; i < 100; i++) {
    a.send('joao')
    a.refundSend('joao')
    await a.enter('joao', '192.0.2.1')
    await a.newName('192.0.2.1')
    a.refundNewName('192.0.2.1')
  }
  expect(await redis.client.dbsize()).toBe(0)
})

it('works on a Redis Cluster', async () => {
  const cluster = await startRedisCluster(3)
  try {
    const [a, b] = [await startLimiter({}, cluster.url), await startLimiter({}, cluster.url)]
    for (let i = 0; i < 5; i++) expect(await waitOf(() => (i % 2 ? a : b).enter('joao', '192.0.2.1'))).toBe(0)
    expect(await waitOf(() => a.enter('joao', '192.0.2.1'))).toBeGreaterThan(0)
    for (const account of ['joao', 'maria', 'ana']) for (let i = 0; i < 30; i++) a.send(account)
    b.send('joao')
    await until('it is refused there, too', async () => (await waitOf(() => b.send('joao'))) > 0)
  } finally {
    await cluster.dispose()
  }
})
