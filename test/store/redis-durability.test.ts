// What may be lost is said: a Redis that would lose what it acknowledged is refused, and replicas are waited for.
import { randomUUID } from 'node:crypto'
import { describe, expect, onTestFinished, test } from 'vitest'
import { messageOf, ORIGIN } from '../../server/domain/entry.ts'
import { FORMAT } from '../../server/store/redis/format.ts'
import { StoreError, type StoreErrorCode } from '../../server/store/store-error.ts'
import { draftOf, enter, nonceOf, say, stored } from '../contract/store.ts'
import { startRedisCluster } from '../setup/redis.ts'
import { openImpatientStore as openStore, redisServer } from './redis-support.ts'

async function codeOf(opening: Promise<unknown>): Promise<StoreErrorCode> {
  const error = await opening.then(
    () => null,
    (reason: unknown) => reason,
  )
  if (!(error instanceof StoreError)) throw new Error('expected a StoreError', { cause: error })
  expect(error.message).toMatch(/^[A-Z].*\.$/s)
  return error.code
}

describe('a Redis that loses what it acknowledged', () => {
  test('is refused without an append-only file, before anything is written', async () => {
    const redis = await redisServer({ config: { appendonly: 'no', save: '3600 1' } })
    expect(await codeOf(openStore(redis.url))).toBe('REDIS_VOLATILE')
    expect(await redis.client.dbsize()).toBe(0)
  })

  test.each(['allkeys-lru', 'volatile-ttl'])('is refused when it evicts: %s', async policy => {
    const redis = await redisServer({ config: { 'maxmemory-policy': policy } })
    expect(await codeOf(openStore(redis.url))).toBe('REDIS_EVICTS')
  })

  test('is taken when that was allowed, and warned of', async () => {
    const redis = await redisServer({ config: { appendonly: 'no' } })
    const { store, logged } = await openStore(redis.url, { allowVolatile: true })
    expect(logged.filter(line => line.includes('It was allowed'))).toHaveLength(1)
    await say(store, await enter(store, 'joao'), null)
  })

  test('is found out where CONFIG is refused', async () => {
    const redis = await redisServer({ config: { appendonly: 'no' } })
    await redis.client.acl('SETUSER', 'app', 'on', '>secret', '~*', '&*', '+@all', '-config')
    const url = redis.url.replace('//', '//app:secret@')
    expect(await codeOf(openStore(url))).toBe('REDIS_VOLATILE')
    await redis.client.config('SET', 'appendonly', 'yes')
    const { logged } = await openStore(url)
    expect(logged).toEqual([expect.stringContaining('does not say how it keeps')])
    await redis.client.config('SET', 'maxmemory-policy', 'allkeys-lfu')
    expect(await codeOf(openStore(url))).toBe('REDIS_EVICTS')
  })

  test('is found among the masters of a Cluster', async () => {
    const cluster = await startRedisCluster()
    onTestFinished(() => cluster.dispose())
    await cluster.masters[2]?.client.config('SET', 'appendonly', 'no')
    expect(await codeOf(openStore(cluster.url))).toBe('REDIS_VOLATILE')
  })

  test.each([
    ['everysec', 'a second'],
    ['no', 'half a minute'],
  ])('for a short while only (appendfsync %s) is taken, and warned of', async (appendfsync, lost) => {
    const redis = await redisServer({ config: { appendfsync } })
    const { logged } = await openStore(redis.url)
    expect(logged).toEqual([expect.stringContaining(`may lose ${lost} of acknowledged messages`)])
  })

  test('never (appendfsync always) is taken without a word', async () => {
    const redis = await redisServer({ config: { appendfsync: 'always' } })
    expect((await openStore(redis.url)).logged).toEqual([])
  })
})

test('other reasons not to open are said as well', async () => {
  const redis = await redisServer()
  const replica = await redisServer({ replicaOf: redis })
  expect(await codeOf(openStore('redis://127.0.0.1:1', { patienceMs: 100 }))).toBe('REDIS_UNREACHABLE')
  expect(await codeOf(openStore('http://127.0.0.1'))).toBe('REDIS_URL_INVALID')
  expect(await codeOf(openStore(redis.url.replace('//', '//no:body@')))).toBe('REDIS_DENIED')
  expect(await codeOf(openStore(replica.url))).toBe('REDIS_REFUSED')
  const { space, store } = await openStore(redis.url)
  await store.close()
  await redis.client.hset(`{${space}}:meta`, 'format', `${FORMAT + 1}`)
  expect(await codeOf(openStore(redis.url, { space }))).toBe('REDIS_TOO_NEW')
})

describe('waiting for replicas', () => {
  test('a message is acknowledged once a replica has it', async () => {
    const redis = await redisServer()
    const replica = await redisServer({ replicaOf: redis })
    const { store, space, committed } = await openStore(redis.url, { waitReplicas: 1, waitTimeoutMs: 10_000 })
    const joao = await enter(store, 'joao')
    for (let n = 0; n < 20; n++) {
      const { position } = await say(store, joao, null)
      expect(await replica.client.xrange(`{${space}}:public`, position, position)).toHaveLength(1)
    }
    expect(committed).toHaveLength(20)
  })

  test('without one in time it is unknown whether it was kept, and a retry tells', async () => {
    const redis = await redisServer()
    const { store, committed, logged, writable } = await openStore(redis.url, { waitReplicas: 1, waitTimeoutMs: 50 })
    const joao = await enter(store, 'joao')
    const draft = draftOf(joao, null, 'oi', nonceOf('n'))
    await expect(store.append(draft)).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE' })
    expect(committed).toEqual([])
    expect(logged.at(-1)).toContain('too few replicas')
    await redisServer({ replicaOf: redis })
    let answer: Awaited<ReturnType<typeof store.append>> | null = null
    while (answer === null) answer = await store.append(draft).catch(() => null)
    expect(answer).toMatchObject({ status: 'stored', repeated: true })
    expect(await store.newest(10)).toEqual([stored(answer)])
    // Reads went on meanwhile, and nothing was said to be unwritable.
    expect(writable).toEqual([])
  })

  test('so are edits and deletions', async () => {
    const redis = await redisServer()
    const opened = await openStore(redis.url, { waitReplicas: 1, waitTimeoutMs: 10_000 })
    const { store, space, committed } = opened
    const replica = await redisServer({ replicaOf: redis })
    const joao = await enter(store, 'joao')
    const { messageId } = await say(store, joao, null)
    const revise = (kind: 'edited' | 'deleted', text: string) =>
      store.revise({ messageId, by: joao.id, kind, text, at: 1_700_000_100_000 })
    for (let n = 0; n < 20; n++) {
      await revise('edited', `text ${n}`)
      expect(await replica.client.hget(`{${space}}:texts`, messageId)).toContain(`"text ${n}"`)
    }
    await replica.client.replicaof('NO', 'ONE')
    const unsure = await openStore(redis.url, { space, waitReplicas: 1, waitTimeoutMs: 50 })
    const rejected = unsure.store.revise({ messageId, by: joao.id, kind: 'deleted', text: '', at: 1_700_000_100_000 })
    await expect(rejected).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE' })
    expect([committed.length, unsure.committed.length]).toEqual([21, 0])
    expect(await store.message(joao.id, messageId)).toMatchObject({ text: '' })
  })

  test('in a Cluster too', async () => {
    const cluster = await startRedisCluster()
    onTestFinished(() => cluster.dispose())
    const space = randomUUID()
    const { store } = await openStore(cluster.url, { space, waitReplicas: 1, waitTimeoutMs: 50 })
    const joao = await enter(store, 'joao')
    await expect(say(store, joao, null)).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE' })
    expect(await store.follow(ORIGIN, 10)).toHaveLength(1)
    const master = await cluster.masterOf(`{${space}}:meta`)
    const replica = await redisServer({ config: { 'cluster-enabled': 'yes' } })
    const [, busPort] = (await master.client.config('GET', 'cluster-port')) as [string, string]
    await replica.client.call('CLUSTER', 'MEET', '127.0.0.1', master.port, busPort)
    const masterId = await master.client.cluster('MYID')
    while (!(await replica.client.call('CLUSTER', 'REPLICATE', masterId).catch(() => null))) {}
    while (!(await say(store, joao, null).catch(() => null))) {}
    expect((await store.newest(1)).map(entry => messageOf(entry).text)).toEqual(['oi'])
  })
})
