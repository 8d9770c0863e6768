// What goes wrong on the way to Redis, and in it: calls are refused in time, nothing is stored twice, and the store comes
// back by itself.
import { randomUUID } from 'node:crypto'
import { describe, expect, onTestFinished, test } from 'vitest'
import { type AccountRef, type Entry, messageOf, ORIGIN } from '../../server/domain/entry.ts'
import type { Store } from '../../server/store/store.ts'
import { claimOf, draftOf, enter, nonceOf, say, sessionOf, stored } from '../contract/store.ts'
import { type RedisCluster, type RedisServer, startRedisCluster } from '../setup/redis.ts'
import { until, within } from '../setup/until.ts'
import { openImpatientStore as openStore, proxyTo, redisServer } from './redis-support.ts'

const UNAVAILABLE = { code: 'STORAGE_UNAVAILABLE' }

/** Sends one after the other, each again by its nonce until it is acknowledged. Answers with what was acknowledged. */
function talk(store: Store, from: AccountRef, to: AccountRef | null = null) {
  let talking = true
  const acknowledged: Entry[] = []
  const done = (async () => {
    while (talking) {
      const draft = draftOf(from, to, `${acknowledged.length}`, nonceOf(randomUUID()))
      for (;;) {
        try {
          acknowledged.push(stored(await store.append(draft)))
          break
        } catch (error) {
          expect(error).toMatchObject(UNAVAILABLE)
          await new Promise(resolve => setTimeout(resolve, 5))
        }
      }
    }
  })()
  return {
    acknowledged,
    async stop(): Promise<readonly Entry[]> {
      talking = false
      await done
      return acknowledged
    },
  }
}

/** The whole log. */
async function logOf(store: Store): Promise<readonly Entry[]> {
  return (await store.follow(ORIGIN, 100_000)) ?? []
}

test('scripts that Redis has forgotten are sent again, in order', async () => {
  const redis = await redisServer()
  const { store, committed } = await openStore(redis.url)
  const joao = await enter(store, 'joao')
  for (let round = 0; round < 20; round++) {
    const sends = Array.from({ length: 300 }, (_, n) => say(store, joao, null, `${round * 300 + n}`))
    await redis.client.script('FLUSH')
    await Promise.all(sends)
    expect(await store.read(joao.id, committed.at(-2)?.position ?? ORIGIN, 10)).toMatchObject({ entries: [{}] })
  }
  expect(committed.map(entry => Number(messageOf(entry).text))).toEqual(Array.from({ length: 6_000 }, (_, n) => n))
  expect(await logOf(store)).toEqual(committed)
})

test('a deletion that was called first takes effect first, although Redis must be told its script again', async () => {
  const redis = await redisServer()
  const { store } = await openStore(redis.url)
  for (let n = 0; n < 20; n++) {
    const [joao, maria] = [await enter(store, `joao${n}`), await enter(store, `maria${n}`)]
    await redis.client.script('FLUSH')
    await say(store, joao, maria)
    const [, appended] = await Promise.all([store.deleteAccount(maria.id, 5_000), store.append(draftOf(joao, maria))])
    expect(appended).toEqual({ status: 'gone', who: 'to' })
  }
})

describe('an answer that is lost', () => {
  test('leaves open whether the message was kept; a retry by its nonce tells', async () => {
    const redis = await redisServer()
    const proxy = await proxyTo(redis)
    const { store, committed, writable, resets } = await openStore(proxy.url)
    const joao = await enter(store, 'joao')
    // Redis knows the script: what is cut is the answer.
    const first = await say(store, joao, null)
    proxy.judge = () => 'cut'
    const draft = draftOf(joao, null, 'oi', nonceOf('n'))
    await expect(store.append(draft)).rejects.toMatchObject(UNAVAILABLE)
    proxy.judge = () => 'pass'
    await until('it can be written again', () => writable.at(-1) === true)
    const again = await store.append({ ...draft, messageId: randomUUID() })
    expect(again).toMatchObject({ status: 'stored', repeated: true, entry: { messageId: draft.messageId } })
    expect(await logOf(store)).toEqual([first, stored(again)])
    expect(committed).toEqual([first])
    expect(resets).toEqual([])
  })

  test('ends in time on a connection that swallows everything', async () => {
    const redis = await redisServer()
    const proxy = await proxyTo(redis)
    const { store, writable } = await openStore(proxy.url, { silenceMs: 200 })
    const joao = await enter(store, 'joao')
    proxy.judge = () => 'swallow'
    const calls = [
      say(store, joao, null),
      store.read(joao.id, ORIGIN, 10),
      store.claim(claimOf('ana')),
      store.accountById(joao.id),
      store.check(),
    ]
    for (const answer of await within('refusals', Promise.allSettled<unknown>(calls))) {
      expect(answer).toMatchObject({ status: 'rejected', reason: UNAVAILABLE })
    }
    proxy.judge = () => 'pass'
    await until('it can be written again', () => writable.at(-1) === true)
    expect(writable).toEqual([false, true])
    await say(store, joao, null)
  })

  test('a hundred times, at random, under load: nothing is lost, doubled or out of order', async () => {
    const redis = await redisServer()
    const proxy = await proxyTo(redis)
    const { store, resets } = await openStore(proxy.url, { silenceMs: 200 })
    const people = await Promise.all(['ana', 'joao', 'maria', 'ze'].map(name => enter(store, name)))
    const talks = people.map((from, n) => talk(store, from, n % 2 ? (people[0] ?? null) : null))
    for (let cuts = 0; cuts < 100; cuts++) {
      const before = talks.map(({ acknowledged }) => acknowledged.length)
      await until('somebody was answered', () => talks.some((each, n) => each.acknowledged.length > (before[n] ?? 0)))
      proxy.judge = () => {
        proxy.judge = () => 'pass'
        return cuts % 3 ? 'cut' : 'swallow'
      }
      if (cuts % 3 === 0) proxy.cutAll()
    }
    const all = await Promise.all(talks.map(each => each.stop()))
    const log = await until('the log is read', () => logOf(store).catch(() => null))
    expect(log).toEqual(all.flat().sort((a, b) => a.position - b.position))
    for (const [n, entries] of all.entries()) {
      expect(entries).toEqual(log.filter(entry => entry.from.id === people[n]?.id))
    }
    expect(resets).toEqual([])
  })
})

describe('a Redis that is away', () => {
  async function away(): Promise<{ redis: RedisServer; store: Store; joao: AccountRef; writable: boolean[] }> {
    const redis = await redisServer({ config: { appendfsync: 'always' } })
    const { store, writable } = await openStore(redis.url)
    const joao = await enter(store, 'joao')
    await redis.kill()
    await until('the store knows', () => writable.length > 0)
    return { redis, store, joao, writable }
  }

  test('refuses writes at once, however many', async () => {
    const { store, joao } = await away()
    const answers = await Promise.allSettled([
      ...Array.from({ length: 50_000 }, () => store.append(draftOf(joao, null))),
      store.claim(claimOf('ana')),
      store.deleteAccount(joao.id, 1),
      store.check(),
    ])
    for (const answer of answers) {
      if (answer.status !== 'rejected' || answer.reason?.code !== UNAVAILABLE.code) throw new Error('it was answered')
    }
  })

  test('lets reads wait for a moment, and refuses them then', async () => {
    const { redis, store, joao } = await away()
    const refused = store.accountById(joao.id)
    await expect(refused).rejects.toMatchObject(UNAVAILABLE)
    const waiting = until('a read is answered', () => store.accountById(joao.id).catch(() => null))
    await redis.start()
    expect((await waiting).username).toBe('joao')
  })

  test('is found again by itself, and said so once', async () => {
    const { redis, store, joao, writable } = await away()
    await redis.start()
    await until('it can be written again', () => writable.at(-1) === true)
    await say(store, joao, null)
    expect(writable).toEqual([false, true])
  })

  test('can be closed', async () => {
    const { store } = await away()
    await within('the end', store.close())
    await expect(store.newest(1)).rejects.toMatchObject(UNAVAILABLE)
  })
})

describe('a Redis that takes no writes', () => {
  test.each<[string, (redis: RedisServer) => Promise<unknown>, (redis: RedisServer) => Promise<unknown>]>([
    ['a replica', redis => redis.client.replicaof('127.0.0.1', '1'), redis => redis.client.replicaof('NO', 'ONE')],
    [
      'out of memory',
      redis => redis.client.config('SET', 'maxmemory', '1'),
      redis => redis.client.config('SET', 'maxmemory', '0'),
    ],
    [
      'without replicas that it must have',
      redis => redis.client.config('SET', 'min-replicas-to-write', '1'),
      redis => redis.client.config('SET', 'min-replicas-to-write', '0'),
    ],
  ])('%s: they are refused, reads go on, and it comes back', async (_, breakIt, mend) => {
    const redis = await redisServer()
    const { store, writable, committed } = await openStore(redis.url)
    const joao = await enter(store, 'joao')
    await say(store, joao, null)
    await breakIt(redis)
    await expect(say(store, joao, null)).rejects.toMatchObject(UNAVAILABLE)
    await expect(store.claim(claimOf('ana'))).rejects.toMatchObject(UNAVAILABLE)
    await expect(store.append(draftOf(joao, null))).rejects.toMatchObject(UNAVAILABLE)
    expect(writable).toEqual([false])
    expect(await store.newest(10)).toEqual(committed)
    await mend(redis)
    await until('it can be written again', () => writable.at(-1) === true)
    await say(store, joao, null)
    expect(await store.newest(10)).toEqual(committed)
    expect(writable).toEqual([false, true])
  })
})

test('a Redis without memory still lets people leave, and can be trimmed', async () => {
  const redis = await redisServer()
  const { store, committed, writable } = await openStore(redis.url)
  const [joao, maria] = [await enter(store, 'joao'), await enter(store, 'maria')]
  const sessions = [sessionOf(joao), sessionOf(joao), sessionOf(maria)]
  for (const session of sessions) await store.createSession(session)
  for (let n = 0; n < 5; n++) await say(store, joao, n % 2 ? maria : null)
  await redis.client.config('SET', 'maxmemory', '1')
  await expect(say(store, joao, null)).rejects.toMatchObject(UNAVAILABLE)
  await store.endSession(sessions[0]?.id ?? '', joao.id)
  expect(await store.endSessions(joao.id)).toEqual([sessions[1]?.id])
  await store.deleteAccount(maria.id, 5_000)
  expect(await store.trim({ messages: 2, olderThan: ORIGIN, upTo: store.head() })).toMatchObject({ removed: 3 })
  expect(await store.newest(10)).toEqual(committed.slice(-2))
  for (const { tokenHash } of sessions) expect(await store.findSession(tokenHash, 1_500)).toBeNull()
  expect(writable).toEqual([false])
  await redis.client.config('SET', 'maxmemory', '0')
  await until('it can be written again', () => writable.at(-1) === true)
})

test('reads outlive a lost connection', async () => {
  const redis = await redisServer()
  const proxy = await proxyTo(redis)
  const { store } = await openStore(proxy.url)
  const joao = await enter(store, 'joao')
  const entry = await say(store, joao, null)
  for (let round = 0; round < 20; round++) {
    proxy.judge = () => {
      proxy.judge = () => 'pass'
      return 'cut'
    }
    const reads = [store.newest(10), store.at(joao.id, entry.position), store.accountById(joao.id)]
    expect(await Promise.all<unknown>(reads)).toMatchObject([[entry], entry, joao])
  }
})

test('what is waiting is bounded', async () => {
  const redis = await redisServer()
  const { store, committed } = await openStore(redis.url, { limits: { drafts: 10, text: 100 } })
  const joao = await enter(store, 'joao')
  const many = await Promise.allSettled(Array.from({ length: 12 }, () => say(store, joao, null)))
  expect(many.map(({ status }) => status)).toEqual([...Array(10).fill('fulfilled'), 'rejected', 'rejected'])
  const long = await Promise.allSettled(
    ['x'.repeat(60), 'y'.repeat(60), 'z'.repeat(40)].map(t => say(store, joao, null, t)),
  )
  expect(long.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
  expect(committed).toHaveLength(12)
})

test('one broken key breaks nothing else, and is a defect', async () => {
  const redis = await redisServer()
  // With a clock that stands still the next position is right above what failed halfway.
  const { store, space, committed, writable } = await openStore(redis.url, { clock: () => 1_700_000_000_000 })
  const [joao, maria] = [await enter(store, 'joao'), await enter(store, 'maria')]
  await redis.client.set(`{${space}}:private:${maria.id}`, 'no list')
  for (let n = 0; n < 20; n++) {
    await expect(say(store, joao, maria)).rejects.toThrow('WRONGTYPE')
    await say(store, joao, joao)
  }
  expect(committed).toHaveLength(20)
  expect(writable).toEqual([])
})

describe('a Cluster', () => {
  async function open(): Promise<{ cluster: RedisCluster; store: Store; space: string; writable: boolean[] }> {
    const cluster = await startRedisCluster(3, { appendfsync: 'always' })
    onTestFinished(() => cluster.dispose())
    const { store, space, writable } = await openStore(cluster.url)
    return { cluster, store, space, writable }
  }

  test('goes on while its slot moves to another master', async () => {
    const { cluster, store, space } = await open()
    const source = await cluster.masterOf(`{${space}}:meta`)
    const target = cluster.masters.find(master => master !== source) as RedisServer
    const [joao, maria] = [await enter(store, 'joao'), await enter(store, 'maria')]
    const talks = [talk(store, joao), talk(store, joao, maria), talk(store, maria)]
    const slot = Number(await source.client.cluster('KEYSLOT', `{${space}}:meta`))
    const [sourceId, targetId] = [await source.client.cluster('MYID'), await target.client.cluster('MYID')]
    await target.client.cluster('SETSLOT', slot, 'IMPORTING', sourceId)
    await source.client.cluster('SETSLOT', slot, 'MIGRATING', targetId)
    for (;;) {
      const [key] = (await source.client.cluster('GETKEYSINSLOT', slot, 1)) as string[]
      if (key === undefined) break
      await source.client.migrate('127.0.0.1', target.port, key, 0, 5_000)
    }
    for (const { client } of [target, source]) await client.cluster('SETSLOT', slot, 'NODE', targetId)
    const acknowledgedThen = talks.map(({ acknowledged }) => acknowledged.length)
    await until('everybody is answered', () =>
      talks.every(({ acknowledged }, n) => acknowledged.length > (acknowledgedThen[n] ?? 0)),
    )
    const all = (await Promise.all(talks.map(each => each.stop()))).flat()
    expect(await logOf(store)).toEqual(all.sort((a, b) => a.position - b.position))
    expect(await target.client.hget(`{${space}}:meta`, 'epoch')).toBe(store.epoch)
  })

  test.each([
    ['the one that has the space', true],
    ['another one, so that it is not whole', false],
  ])('whose master dies and comes back: %s', async (_, isOurs) => {
    const { cluster, store, space, writable } = await open()
    const ours = await cluster.masterOf(`{${space}}:meta`)
    const victim = isOurs ? ours : (cluster.masters.find(master => master !== ours) as RedisServer)
    const joao = await enter(store, 'joao')
    const first = await say(store, joao, null)
    const { epoch } = store
    await victim.kill()
    await until('writes are refused', () =>
      say(store, joao, null).then(
        () => false,
        error => error.code === UNAVAILABLE.code,
      ),
    )
    await victim.start()
    await until('it can be written again', () => writable.at(-1) === true)
    const last = await say(store, joao, null, 'last')
    expect(store.epoch).toBe(epoch)
    const log = await logOf(store)
    expect(log[0]).toEqual(first)
    expect(log.at(-1)).toEqual(last)
  })
})
