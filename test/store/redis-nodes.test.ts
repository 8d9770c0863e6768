// Several stores on one space, as several nodes have it: one nonce is one message, one name has one owner, what one ends
// is ended for all; and what the scripts publish is what the bus reads (domain/notice.ts).
import { randomUUID } from 'node:crypto'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { messageOf, ORIGIN } from '../../server/domain/entry.ts'
import type { Store } from '../../server/store/store.ts'
import { claimOf, draftOf, enter, nonceOf, say, sessionOf, stored } from '../contract/store.ts'
import { type RedisServer, startRedis } from '../setup/redis.ts'
import { until } from '../setup/until.ts'
import { type OpenedRedisStore, openStore } from './redis-support.ts'

let redis: RedisServer
beforeAll(async () => {
  redis = await startRedis()
})
afterAll(() => redis.dispose())

async function openTwo(): Promise<[OpenedRedisStore, OpenedRedisStore]> {
  const first = await openStore(redis.url)
  return [first, await openStore(redis.url, { space: first.space })]
}

test('a space that many open at once has one identity', async () => {
  const space = randomUUID()
  const opened = await Promise.all(Array.from({ length: 8 }, () => openStore(redis.url, { space })))
  expect(new Set(opened.map(({ store }) => store.epoch)).size).toBe(1)
  expect(new Set(opened.map(({ store }) => Buffer.from(store.secret).toString('hex'))).size).toBe(1)
  for (const { store, resets } of opened) {
    await store.check()
    expect(resets).toEqual([])
  }
})

test('two nodes with one nonce make one message, and both answer with it', async () => {
  const [one, other] = await openTwo()
  const joao = await enter(one.store, 'joao')
  for (let n = 0; n < 100; n++) {
    const answers = await Promise.all(
      [one, other].map(({ store }) => store.append(draftOf(joao, null, `${n}`, nonceOf(`${n}`)))),
    )
    expect(new Set(answers.map(answer => stored(answer).position)).size).toBe(1)
    expect(answers.filter(answer => answer.status === 'stored' && answer.repeated)).toHaveLength(1)
  }
  const log = await one.store.follow(ORIGIN, 1_000)
  expect(log?.map(entry => Number(messageOf(entry).text))).toEqual(Array.from({ length: 100 }, (_, n) => n))
  // Each tells of its own appends only.
  expect([...one.committed, ...other.committed].sort((a, b) => a.position - b.position)).toEqual(log)
})

test('two nodes claiming one name 200 times: one winner each', async () => {
  const [one, other] = await openTwo()
  for (let n = 0; n < 200; n++) {
    const claims = [claimOf(`nome${n}`), claimOf(`nome${n}`)]
    const outcomes = await Promise.all([one.store.claim(claims[0] as never), other.store.claim(claims[1] as never)])
    expect([...outcomes].sort()).toEqual(['claimed', 'taken'])
    const winner = claims[outcomes.indexOf('claimed')]
    for (const { store } of [one, other]) {
      expect((await store.accountByKey(`nome${n}`))?.id).toBe(winner?.id)
      expect((await store.accountBySkeleton(`nome${n}`))?.id).toBe(winner?.id)
    }
    const loser = claims[outcomes.indexOf('taken')]
    expect(await one.store.accountById(loser?.id ?? '')).toBeNull()
  }
  expect(await one.store.accounts(null, 1_000)).toHaveLength(200)
})

test('appends of several nodes are one log, and each follows all of it', async () => {
  const [one, other] = await openTwo()
  const joao = await enter(one.store, 'joao')
  await Promise.all([one, other].flatMap(({ store }) => Array.from({ length: 500 }, () => say(store, joao, null))))
  const log = (await one.store.follow(ORIGIN, 2_000)) ?? []
  expect(log).toHaveLength(1_000)
  expect(await other.store.follow(ORIGIN, 2_000)).toEqual(log)
  for (const { committed } of [one, other]) {
    expect(committed).toHaveLength(500)
    expect(log.filter(({ position }) => committed.some(entry => entry.position === position))).toEqual(committed)
  }
  const head = log.at(-1)?.position
  expect(await one.store.check()).toBe(head)
  expect(await other.store.check()).toBe(head)
})

test('a deleted account leaves no nonces, no name and no sessions behind', async () => {
  const [one, other] = await openTwo()
  const joao = await enter(one.store, 'joao')
  await one.store.append(draftOf(joao, null, 'oi', nonceOf('n')))
  const session = sessionOf(joao)
  await one.store.createSession(session)
  await other.store.deleteAccount(joao.id, 5_000)
  await one.store.createSession(sessionOf(joao))
  const keys = await redis.client.keys(`{${one.space}}:*`)
  expect(keys.map(key => key.split(':')[1]).sort()).toEqual(['account', 'meta', 'public', 'revoked', 'texts'])
})

test('expired sessions are dropped, a few at each new one', async () => {
  const { store, space } = await openStore(redis.url)
  const joao = await enter(store, 'joao')
  const week = 7 * 24 * 60 * 60 * 1000
  for (let n = 0; n < 15; n++) await store.createSession(sessionOf(joao, { expiresAt: 2_000 + n }))
  const count = (): Promise<number> => redis.client.hlen(`{${space}}:sessions`)
  await store.createSession(sessionOf(joao, { createdAt: 2_000 + week, expiresAt: 3_000 + week }))
  expect(await count()).toBe(16)
  await store.createSession(sessionOf(joao, { createdAt: 2_100 + week, expiresAt: 3_000 + week }))
  expect(await count()).toBe(7)
  await store.createSession(sessionOf(joao, { createdAt: 2_100 + week, expiresAt: 3_000 + week }))
  expect(await count()).toBe(3)
  for (const key of ['tokens', 'expiry']) {
    const size = key === 'tokens' ? redis.client.hlen : redis.client.zcard
    expect(await size.call(redis.client, `{${space}}:${key}`)).toBe(3)
  }
  for (let n = 0; n < 100; n++) {
    const session = sessionOf(joao)
    await store.createSession(session)
    await store.endSession(session.id, joao.id)
  }
  expect(await redis.client.scard(`{${space}}:sessions:${joao.id}`)).toBeLessThan(20)
  expect(await store.endSessions(joao.id)).toHaveLength(3)
})

describe('revocations', () => {
  const revokedSince = async (store: Store, mark: string | null) => {
    const revoked = await store.revokedSince?.(mark)
    if (!revoked) throw new Error('a shared store has revocations')
    return revoked
  }

  test('reach every node, once, in order', async () => {
    const [one, other] = await openTwo()
    const [joao, maria] = [await enter(one.store, 'joao'), await enter(one.store, 'maria')]
    const [first, second, third] = [sessionOf(joao), sessionOf(joao), sessionOf(joao)]
    for (const session of [first, second, third]) await one.store.createSession(session)
    const start = await revokedSince(other.store, null)
    expect(start).toMatchObject({ sessionIds: [], accountIds: [], complete: true })

    await one.store.endSession(first.id, joao.id)
    await one.store.endSession(first.id, joao.id)
    await one.store.endSession('nothing', joao.id)
    const then = await revokedSince(other.store, start.mark)
    expect(then).toMatchObject({ sessionIds: [first.id], accountIds: [], complete: true })

    await one.store.endSessions(joao.id)
    await one.store.deleteAccount(maria.id, 5_000)
    await one.store.deleteAccount(maria.id, 6_000)
    const after = await revokedSince(other.store, then.mark)
    expect([...after.sessionIds].sort()).toEqual([second.id, third.id].sort())
    expect(after).toMatchObject({ accountIds: [maria.id], complete: true })
    expect(await revokedSince(other.store, after.mark)).toMatchObject({
      sessionIds: [],
      accountIds: [],
      complete: true,
    })
    // Whoever asks later, from an older mark, gets the same.
    expect(await revokedSince(one.store, start.mark)).toMatchObject({ sessionIds: [first.id, ...after.sessionIds] })
  })

  test('come whole however many there are', async () => {
    const [one, other] = await openTwo()
    const joao = await enter(one.store, 'joao')
    const { mark } = await revokedSince(other.store, null)
    const sessions = Array.from({ length: 2_500 }, () => sessionOf(joao))
    for (let n = 0; n < sessions.length; n += 250) {
      await Promise.all(sessions.slice(n, n + 250).map(session => one.store.createSession(session)))
    }
    for (const { id } of sessions.slice(0, 1_200)) await one.store.endSession(id, joao.id)
    await one.store.endSessions(joao.id)
    const { sessionIds } = await revokedSince(other.store, mark)
    expect(sessionIds.slice(0, 1_200)).toEqual(sessions.slice(0, 1_200).map(({ id }) => id))
    expect(new Set(sessionIds)).toEqual(new Set(sessions.map(({ id }) => id)))
    expect(sessionIds).toHaveLength(2_500)
  })

  test('a mark of another history gets everything that is kept, one of another day is told so', async () => {
    const { store, space } = await openStore(redis.url)
    const joao = await enter(store, 'joao')
    const session = sessionOf(joao)
    await store.createSession(session)
    await store.endSession(session.id, joao.id)
    const { mark } = await revokedSince(store, null)
    const [epoch = '', id = '', time = ''] = mark.split(':')
    const kept = { sessionIds: [session.id], accountIds: [] }
    expect(await revokedSince(store, `another1:${id}:${time}`)).toMatchObject({ ...kept, complete: true })
    const ahead = Number(id.split('-')[0]) + 1_000
    expect(await revokedSince(store, `${epoch}:${ahead}-0:${time}`)).toMatchObject({ ...kept, complete: true })
    const day = 24 * 60 * 60 * 1000
    expect(await revokedSince(store, `${epoch}:${id}:${Number(time) - day - 1}`)).toMatchObject({
      sessionIds: [],
      complete: false,
    })
    // What nobody needs any more goes: entries older than a day, when others come.
    const old = Array.from({ length: 500 }, (_, n) => `${Number(time) - 2 * day + n}-0`)
    await redis.client.del(`{${space}}:revoked`)
    for (const each of old) await redis.client.xadd(`{${space}}:revoked`, each, 's', 'old')
    await store.deleteAccount(joao.id, 5_000)
    expect(await redis.client.xlen(`{${space}}:revoked`)).toBeLessThan(150)
    await expect(store.revokedSince?.('nonsense')).rejects.toThrow(TypeError)
  })
})

describe('what is published', () => {
  async function listen(space: string, ...users: string[]): Promise<[channel: string, payload: string][]> {
    const heard: [string, string][] = []
    const subscriber = new Redis(redis.url)
    onTestFinished(() => subscriber.disconnect())
    subscriber.on('message', (channel, payload) => heard.push([channel, payload]))
    await subscriber.subscribe(`{${space}}:all`, ...users.map(id => `{${space}}:user:${id}`))
    return heard
  }

  const hear = (heard: readonly unknown[], count: number) =>
    until(`${count} notices`, () => heard.length >= count && heard)

  test('is each entry once, chained to the one before, private ones whole to their accounts only', async () => {
    const { store, space } = await openStore(redis.url)
    const [joao, maria, ana] = [await enter(store, 'João'), await enter(store, 'maria'), await enter(store, 'ana')]
    const heard = await listen(space, joao.id, maria.id)
    const text = 'olá, "maria"\n\u2028\\ 👩‍👩‍👧 \u0001 \u202e'
    const a = await say(store, joao, null, text)
    const b = await say(store, joao, maria, text)
    const c = await say(store, maria, maria, 'nota')
    const d = await say(store, ana, ana, 'nada')
    await hear(heard, 7)
    const [all, toJoao, toMaria] = ['all', `user:${joao.id}`, `user:${maria.id}`].map(name => `{${space}}:${name}`)
    const { epoch } = store
    const whole = ['m', b.position, a.position, epoch, b.messageId, joao.id, 'João', maria.id, 'maria', b.sentAt, text]
    expect(heard.map(([channel, payload]) => [channel, JSON.parse(payload)])).toEqual([
      [all, ['p', a.position, 0, epoch, a.messageId, joao.id, 'João', a.sentAt, text]],
      [toJoao, whole],
      [toMaria, whole],
      [all, ['s', b.position, a.position, epoch, joao.id, maria.id]],
      [
        toMaria,
        ['m', c.position, b.position, epoch, c.messageId, maria.id, 'maria', maria.id, 'maria', c.sentAt, 'nota'],
      ],
      [all, ['s', c.position, b.position, epoch, maria.id, maria.id]],
      [all, ['s', d.position, c.position, epoch, ana.id, ana.id]],
    ])
    // Positions as plain numbers: none is written with an exponent.
    for (const [, payload] of heard) expect(payload).toMatch(/^\["[pms]",\d{16},(0|\d{16}),"/)
  })

  test('is nothing for what was not stored', async () => {
    const { store, space } = await openStore(redis.url)
    const joao = await enter(store, 'joao')
    const heard = await listen(space, joao.id)
    await store.append(draftOf(joao, null, 'once', nonceOf('n')))
    await store.append(draftOf(joao, null, 'once', nonceOf('n')))
    await store.append(draftOf(joao, null, 'once', nonceOf('n', new Uint8Array(16))))
    await store.append(draftOf(joao, { id: 'nobody', username: 'nobody' }))
    await store.append(draftOf({ id: 'nobody', username: 'nobody' }, null))
    await say(store, joao, null, 'last')
    await hear(heard, 2)
    expect(heard.map(([, payload]) => JSON.parse(payload).at(-1))).toEqual(['once', 'last'])
  })

  test('is another history, and that something was revoked', async () => {
    const { store, space } = await openStore(redis.url)
    const joao = await enter(store, 'joao')
    const sessions = [sessionOf(joao), sessionOf(joao)]
    for (const session of sessions) await store.createSession(session)
    const heard = await listen(space)
    await store.endSession(sessions[0]?.id ?? '', joao.id)
    await store.endSession('nothing', joao.id)
    await store.endSessions(joao.id)
    await store.endSessions(joao.id)
    await store.deleteAccount(joao.id, 5_000)
    await redis.client.hdel(`{${space}}:meta`, 'epoch')
    await store.check()
    await hear(heard, 4)
    const payloads = heard.map(([, payload]) => JSON.parse(payload))
    expect(payloads).toEqual([['e'], ['e'], ['e'], ['r', store.epoch]])
  })
})
