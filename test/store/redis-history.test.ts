// Histories that fork: Redis comes back without what was acknowledged (a lagging replica, an old file, nothing at all).
// It is found out before anything of it is passed on, once for all nodes, and only then.
import { randomUUID } from 'node:crypto'
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { type Entry, messageOf, ORIGIN, type Position } from '../../server/domain/entry.ts'
import { dumpRedis } from '../../server/store/redis/dump.ts'
import { FORMAT } from '../../server/store/redis/format.ts'
import { createHistory, openHistory } from '../../server/store/redis/history.ts'
import { keysOf } from '../../server/store/redis/keys.ts'
import { loadRedis } from '../../server/store/redis/load.ts'
import type { Store } from '../../server/store/store.ts'
import { SILENT } from '../../server/store/store-log.ts'
import { claimOf, draftOf, enter, nonceOf, say, sessionOf, stored } from '../contract/store.ts'
import { type RedisServer, replicated } from '../setup/redis.ts'
import { until } from '../setup/until.ts'
import { bytesOf, headerOf, load } from './archive-support.ts'
import { openImpatientStore as openStore, proxyTo, redisServer } from './redis-support.ts'

interface Failover {
  readonly url: string
  readonly master: RedisServer
  readonly replica: RedisServer
  /** From now on the replica gets nothing more. */
  lag(): Promise<void>
  /** The master is gone, and its address is the replica's, which is promoted. */
  failOver(): Promise<void>
}

/** A master and its replica behind one address. */
async function failover(): Promise<Failover> {
  const master = await redisServer({ config: { appendfsync: 'always' } })
  const replica = await redisServer({ config: { appendfsync: 'always' }, replicaOf: master })
  const target = { port: master.port }
  const proxy = await proxyTo(target)
  return {
    url: proxy.url,
    master,
    replica,
    async lag() {
      await replicated(master, replica)
      await replica.client.replicaof('NO', 'ONE')
    },
    async failOver() {
      await replica.client.replicaof('NO', 'ONE')
      await master.kill()
      target.port = replica.port
      proxy.cutAll()
    },
  }
}

/** Waits until the store can be used again: at the latest then a fork is found. */
async function usable(store: Store): Promise<void> {
  await until('the store can be used', () =>
    store.check().then(
      () => true,
      () => false,
    ),
  )
}

describe('a replica that lagged and was promoted', () => {
  test('is another history: said once, before anything of it is told', async () => {
    const { url, lag, failOver } = await failover()
    const opened = await openStore(url)
    const { store, resets, committed } = opened
    const joao = await enter(store, 'joao')
    const kept = await say(store, joao, null, 'kept')
    await lag()
    const lost = await say(store, joao, null, 'lost')
    const before = store.epoch
    await failOver()
    // Asked while nobody knows yet: it says that this position is of another history, and begins no third one.
    const following = store.follow(lost.position, 10).catch(error => error.code)
    await usable(store)
    expect(['HISTORY_RESET', 'STORAGE_UNAVAILABLE', null]).toContain(await following)
    expect(store.epoch).not.toBe(before)
    expect(resets).toEqual([store.epoch])
    expect(store.head()).toBe(kept.position)
    expect(await store.newest(10)).toEqual([kept])
    expect(await store.at(joao.id, lost.position)).toBeNull()
    const next = await say(store, joao, null, 'next')
    expect(next.position).toBeGreaterThan(kept.position)
    expect(committed.map(entry => messageOf(entry).text)).toEqual(['kept', 'lost', 'next'])
    expect(await store.check()).toBe(next.position)
    expect(resets).toHaveLength(1)
    // A feed that still holds the lost position gets nothing after it.
    expect(await store.follow(lost.position, 10)).toBeNull()
  })

  test('is found by all nodes, and has one new name', async () => {
    const { url, lag, failOver } = await failover()
    const first = await openStore(url)
    const nodes = [first, ...(await Promise.all([1, 2].map(() => openStore(url, { space: first.space }))))]
    const joao = await enter(first.store, 'joao')
    await say(first.store, joao, null, 'kept')
    await lag()
    await say(first.store, joao, null, 'lost')
    for (const { store } of nodes) await store.check()
    await failOver()
    await Promise.all(nodes.map(({ store }) => usable(store)))
    for (const { store } of nodes) await store.check()
    expect(new Set(nodes.map(({ store }) => store.epoch)).size).toBe(1)
    for (const { store, resets } of nodes) expect(resets).toEqual([store.epoch])
  })

  test('is found although others wrote to it meanwhile', async () => {
    const { master, replica, url, lag, failOver } = await failover()
    const { store, space, resets } = await openStore(url)
    const joao = await enter(store, 'joao')
    await say(store, joao, null, 'kept')
    await lag()
    await say(store, joao, null, 'lost')
    // A node that has seen nothing of what was lost: it goes on in the old name.
    const unaware = await openStore(replica.url, { space })
    const { position } = await say(unaware.store, joao, null, 'meanwhile')
    expect(unaware.resets).toEqual([])
    expect(position).toBeGreaterThan(store.head())
    await failOver()
    await usable(store)
    expect(resets).toEqual([store.epoch])
    expect((await store.newest(10)).map(entry => messageOf(entry).text)).toEqual(['kept', 'meanwhile'])
    // It hears of the other name by its next call.
    await say(unaware.store, joao, null, 'after')
    expect(unaware.resets).toEqual([store.epoch])
    expect(master.pid).not.toBe(0)
  })

  test('is found by what the bus brought, also to a node that stored nothing', async () => {
    const { url, master, replica, lag, failOver } = await failover()
    const { store: writer, space } = await openStore(master.url)
    const joao = await enter(writer, 'joao')
    await say(writer, joao, null, 'kept')
    let heard: Position = ORIGIN
    const listener = await openStore(url, { space, lastKnown: () => heard })
    await lag()
    heard = (await say(writer, joao, null, 'lost')).position
    await failOver()
    const entry = await until('an append works', () => say(listener.store, joao, null, 'next').catch(() => null))
    expect(listener.resets).toEqual([listener.store.epoch])
    // What was heard is of the history before: it is no reason to begin a third one.
    await say(listener.store, joao, null, 'and more')
    await listener.store.check()
    expect(listener.resets).toHaveLength(1)
    heard = entry.position
    await listener.store.check()
    expect(listener.resets).toHaveLength(1)
    expect(await replica.client.xlen(`{${space}}:public`)).toBe(3)
  })

  test('that has everything is the same history', async () => {
    const { url, master, replica, failOver } = await failover()
    const { store, resets } = await openStore(url)
    const joao = await enter(store, 'joao')
    const { epoch } = store
    await say(store, joao, null)
    await replicated(master, replica)
    await failOver()
    await usable(store)
    await say(store, joao, null)
    expect(store.epoch).toBe(epoch)
    expect(resets).toEqual([])
  })
})

test('an append that finds another history is stored in that one, after its reset', async () => {
  const redis = await redisServer()
  const order: string[] = []
  const { store, space, resets, committed } = await openStore(redis.url)
  const joao = await enter(store, 'joao')
  const first = await say(store, joao, null, 'first')
  // Behind its back, without a lost connection: the last entry is gone.
  await redis.client.xdel(`{${space}}:public`, `${first.position}-0`)
  await redis.client.hset(`{${space}}:meta`, 'head', '0')
  const before = store.epoch
  const texts = ['a', 'b', 'c']
  const appended = await Promise.all(
    texts.map(async text => {
      const entry = await say(store, joao, null, text)
      order.push(`${text} in ${store.epoch}`)
      return entry
    }),
  )
  expect(store.epoch).not.toBe(before)
  expect(resets).toEqual([store.epoch])
  expect(order).toEqual(texts.map(text => `${text} in ${store.epoch}`))
  expect(committed).toEqual([first, ...appended])
  expect(await store.newest(10)).toEqual(appended)
})

test('whoever finds it, and however many at once: it is one other history', async () => {
  const redis = await redisServer()
  const { store, space, resets } = await openStore(redis.url)
  const joao = await enter(store, 'joao')
  for (let round = 1; round <= 20; round++) {
    await say(store, joao, null, 'kept')
    const lost = await say(store, joao, null, 'lost')
    await redis.client.xdel(`{${space}}:public`, `${lost.position}-0`)
    // Behind the lost one there is another: no head gives it away.
    await redis.client.xadd(`{${space}}:public`, `${lost.position + 1}-0`, 'm', `"m${round}","x","x",1`)
    await redis.client.hset(`{${space}}:texts`, `m${round}`, `[${lost.position + 1},"theirs"]`)
    await redis.client.hset(`{${space}}:meta`, 'head', lost.position + 1)
    const finders = [
      () => store.check(),
      () => store.follow(lost.position, 10),
      () => say(store, joao, null),
      () => store.read(joao.id, ORIGIN, 10),
      () => store.newest(10),
    ]
    // Each is the first in turn.
    await Promise.allSettled(finders.map((_, n) => finders[(n + round) % finders.length]?.()))
    expect(resets).toHaveLength(round)
    await store.check()
    expect(resets).toHaveLength(round)
  }
})

test('a doubt about the history before says nothing about the one that followed it', async () => {
  const { client } = await redisServer()
  const keys = keysOf('main', 0)
  const identity = await openHistory(client, keys)
  const resets: string[] = []
  const history = createHistory(identity, {
    keys,
    events: { committed() {}, reset: () => void resets.push(history.epoch) },
    log: SILENT,
    lastKnown: () => ORIGIN,
    run: action => action(client),
  })
  const doubt = { epoch: identity.epoch, known: 123 }
  await Promise.all([history.resolve({ doubt }), history.resolve({ doubt }), history.resolve()])
  expect(resets).toEqual([history.epoch])
})

test('a read of another history is refused, not answered', async () => {
  const redis = await redisServer()
  const { store, space, resets } = await openStore(redis.url)
  const joao = await enter(store, 'joao')
  await say(store, joao, null)
  await redis.client.hset(`{${space}}:meta`, 'epoch', 'another1')
  await expect(store.read(joao.id, ORIGIN, 10)).rejects.toMatchObject({ code: 'HISTORY_RESET' })
  expect(store.epoch).toBe('another1')
  expect(resets).toEqual(['another1'])
  expect((await store.read(joao.id, ORIGIN, 10)).entries).toHaveLength(1)
  // One that goes by the same name, and has gone further than what it lost.
  const lost = await say(store, joao, null, 'lost')
  await redis.client.xdel(`{${space}}:public`, `${lost.position}-0`)
  await redis.client.hset(`{${space}}:meta`, 'head', lost.position + 1)
  await expect(store.newest(10)).rejects.toMatchObject({ code: 'HISTORY_RESET' })
  expect(resets).toEqual(['another1', store.epoch])
  expect(await store.newest(10)).toHaveLength(1)
})

test.each(['always', 'everysec'])('a server that comes back with its log is the same (appendfsync %s)', async fsync => {
  const redis = await redisServer({ config: { appendfsync: fsync } })
  const { store, resets, writable } = await openStore(redis.url)
  const joao = await enter(store, 'joao')
  const { epoch } = store
  const entry = await say(store, joao, null)
  await (fsync === 'always' ? redis.kill() : redis.stop())
  await until('the store knows', () => writable.length > 0)
  await redis.start()
  await usable(store)
  expect(await store.newest(10)).toEqual([entry])
  await say(store, joao, null)
  expect(store.epoch).toBe(epoch)
  expect(resets).toEqual([])
  expect(writable).toEqual([false, true])
})

test('a restored backup is another history', async () => {
  const redis = await redisServer({ config: { appendfsync: 'always' } })
  const { store, resets, writable } = await openStore(redis.url)
  const joao = await enter(store, 'joao')
  const kept = await say(store, joao, null, 'kept')
  const backup = await mkdtemp(join(tmpdir(), 'recado-backup-'))
  onTestFinished(() => rm(backup, { recursive: true }))
  await cp(redis.dir, backup, { recursive: true })
  await say(store, joao, null, 'lost')
  await redis.stop()
  await until('the store knows', () => writable.length > 0)
  await rm(redis.dir, { recursive: true })
  await cp(backup, redis.dir, { recursive: true })
  await redis.start()
  await usable(store)
  expect(resets).toEqual([store.epoch])
  expect(await store.newest(10)).toEqual([kept])
})

test('an emptied Redis is a new history, with the secret that there was', async () => {
  const redis = await redisServer()
  const { store, resets, space } = await openStore(redis.url)
  const other = await openStore(redis.url, { space })
  const joao = await enter(store, 'joao')
  const session = sessionOf(joao)
  await store.createSession(session)
  await say(store, joao, null)
  const { secret } = store
  await redis.client.flushall()
  await Promise.all([store.check(), other.store.check()])
  expect(resets).toEqual([store.epoch])
  expect(other.resets).toEqual([store.epoch])
  expect([store.head(), other.store.head()]).toEqual([ORIGIN, ORIGIN])
  expect([store.secret, other.store.secret]).toEqual([secret, secret])
  expect(await store.append(draftOf(joao, null))).toEqual({ status: 'gone', who: 'from' })
  expect(await store.findSession(session.tokenHash, 1_500)).toBeNull()
  expect(await store.claim(claimOf('joao'))).toBe('claimed')
  expect(other.store.epoch).toBe((await openStore(redis.url, { space })).store.epoch)
})

test('what has been trimmed is no other history', async () => {
  const redis = await redisServer()
  const { store, space, resets } = await openStore(redis.url)
  let heard: Position = ORIGIN
  const other = await openStore(redis.url, { space, lastKnown: () => heard })
  const joao = await enter(store, 'joao')
  const maria = await enter(store, 'maria')
  const entries: Entry[] = []
  for (let n = 0; n < 12; n++) entries.push(await say(store, joao, [null, maria][n % 2] ?? null, `${n}`))
  heard = entries[2]?.position ?? ORIGIN
  await other.store.check()
  const floor = entries[5]?.position ?? ORIGIN
  expect(await store.trim({ messages: 0, olderThan: floor, upTo: floor })).toMatchObject({ floor, removed: 6 })
  await say(other.store, joao, null, 'after')
  // Behind the floor nothing can be followed, and whether it was of this history is not known any more.
  expect(await store.follow(heard, 3)).toBeNull()
  expect(await store.follow(floor, 3)).toEqual(entries.slice(6, 9))
  expect(resets).toEqual([])
  expect(other.resets).toEqual([])
})

test('a retry is answered with the first message in whatever history still has it', async () => {
  const redis = await redisServer()
  const { store, space, resets } = await openStore(redis.url)
  const joao = await enter(store, 'joao')
  const draft = draftOf(joao, null, 'once', nonceOf('n'))
  const entry = stored(await store.append(draft))
  await redis.client.hset(`{${space}}:meta`, 'epoch', 'another1')
  expect(await store.append({ ...draft, messageId: randomUUID() })).toEqual({ status: 'stored', entry, repeated: true })
  expect(resets).toEqual(['another1'])
})

describe('a space that is imported while a node is there', () => {
  test.each([
    ['the same history', null],
    ['another one', 'imported'],
  ])('is not taken before the import has ended, and then goes on as %s', async (_, renamed) => {
    const redis = await redisServer({ config: { appendfsync: 'always' } })
    const { store, space, resets, writable, logged } = await openStore(redis.url)
    const joao = await enter(store, 'joao')
    const kept = await say(store, joao, null, 'kept')
    const { epoch, secret } = store
    const bytes = await bytesOf(await dumpRedis(redis.url, space))
    const header = await headerOf(bytes)
    await redis.client.flushall()
    const importing = await loadRedis(header, { url: redis.url, space, epoch: renamed ?? epoch, allowVolatile: false })
    const refused = { code: 'STORAGE_UNAVAILABLE' }
    await expect(store.check()).rejects.toMatchObject(refused)
    await expect(store.append(draftOf(joao, null, 'meanwhile'))).rejects.toMatchObject(refused)
    await expect(store.newest(10)).rejects.toMatchObject(refused)
    // It asks again and again, and takes none of these answers.
    await redis.client.config('RESETSTAT')
    await until('three more questions', async () => {
      const [, calls] = /^cmdstat_evalsha:calls=(\d+)/m.exec(await redis.client.info('commandstats')) ?? []
      return Number(calls) >= 3
    })
    await expect(store.check()).rejects.toMatchObject(refused)
    expect([store.epoch, store.secret, resets, writable]).toEqual([epoch, secret, [], [false]])
    expect(logged.filter(line => line.includes('imported'))).toHaveLength(1)
    await load(bytes, importing)
    await usable(store)
    expect(await store.newest(10)).toEqual([kept])
    expect(store.epoch).toBe(renamed ?? epoch)
    expect(resets).toEqual(renamed === null ? [] : [renamed])
    await say(store, joao, null, 'after')
    expect(writable).toEqual([false, true])
  })

  test('of a newer version is left alone too, and said once more when it comes again', async () => {
    const redis = await redisServer()
    const { store, space, resets, writable, logged } = await openStore(redis.url)
    const joao = await enter(store, 'joao')
    await say(store, joao, null)
    const { epoch } = store
    for (let times = 1; times <= 2; times++) {
      await redis.client.hset(`{${space}}:meta`, 'format', FORMAT + 1)
      await expect(store.check()).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE' })
      await redis.client.hset(`{${space}}:meta`, 'format', FORMAT)
      await usable(store)
      expect(logged.filter(line => line.includes('imported'))).toHaveLength(times)
    }
    expect([store.epoch, resets, writable]).toEqual([epoch, [], [false, true, false, true]])
  })
})
