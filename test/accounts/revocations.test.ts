// What one node ends, every other has to forget, also when no notice arrives: none does here. Two nodes with a store each
// on one real Redis, from which the second one is cut off, and which is killed and started again.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createAccounts } from '../../server/accounts/accounts.ts'
import { createLimiter } from '../../server/accounts/limiter.ts'
import { createPasswords } from '../../server/accounts/passwords.ts'
import { createRevocations, type Revocations, type RevocationsOptions } from '../../server/accounts/revocations.ts'
import { createSessions, type Sessions } from '../../server/accounts/sessions.ts'
import { ORIGIN } from '../../server/domain/entry.ts'
import { Refusal } from '../../server/domain/errors.ts'
import { randomId } from '../../server/domain/message.ts'
import { openRedisStore } from '../../server/store/redis/redis-store.ts'
import type { Store } from '../../server/store/store.ts'
import { type RedisServer, startRedis } from '../setup/redis.ts'
import { startTcpProxy, type TcpProxy } from '../setup/tcp-proxy.ts'
import { until } from '../setup/until.ts'

type SharedStore = Store & Required<Pick<Store, 'revokedSince'>>

let redis: RedisServer
/** Where the second node's connections end; the first one's don't pass the proxy. */
let target: { port: number }
let proxy: TcpProxy
let storeA: SharedStore
let storeB: SharedStore
let following: Revocations[]

beforeEach(async () => {
  redis = await startRedis({ config: { appendfsync: 'always' } })
  target = { port: redis.port }
  proxy = await startTcpProxy(target)
  storeA = await openStore(redis.url)
  storeB = await openStore(`redis://127.0.0.1:${proxy.port}`)
  following = []
})

afterEach(async () => {
  for (const revocations of following) revocations.close()
  await Promise.all([storeA.close(), storeB.close()])
  await proxy.close()
  await redis.dispose()
})

async function openStore(url: string): Promise<SharedStore> {
  const events = { committed() {} }
  const store = await openRedisStore({ url, space: 'test', events, lastKnown: () => ORIGIN })
  if (!store.revokedSince) throw new Error('It does not say what was revoked.')
  return { ...store, revokedSince: store.revokedSince }
}

function cutOff(): void {
  target.port = 9
  proxy.cutAll()
}

function reconnect(): void {
  target.port = redis.port
}

interface Node {
  readonly sessions: Sessions
  readonly revocations: Revocations
  /** Sessions whose sockets it closed. */
  readonly ended: string[]
  readonly gone: string[]
}

/** Without options it reads often; with some, as often as it does by itself. */
async function startNode(
  store: SharedStore,
  options: Partial<RevocationsOptions> = { intervalMs: 20 },
  sessionStore: Store = store,
): Promise<Node> {
  const revocations = createRevocations({ store, ...options })
  following.push(revocations)
  const sessions = createSessions({ store: sessionStore, sessionDays: 180, revocations })
  const node: Node = { sessions, revocations, ended: [], gone: [] }
  sessions.onEnded(ids => node.ended.push(...ids))
  revocations.onRevoked(({ accountIds }) => node.gone.push(...accountIds))
  await revocations.start()
  return node
}

async function account(username: string): Promise<string> {
  const id = randomId()
  await storeA.claim({ id, username, key: username, skeleton: username, passwordHash: null, createdAt: Date.now() })
  return id
}

describe('what one node ends', () => {
  it('another forgets within a second, with the next reading of the sequence: a session', async () => {
    let readings = 0
    const counted: RevocationsOptions['store'] = {
      revokedSince: mark => {
        readings++
        return storeB.revokedSince(mark)
      },
    }
    const [a, b] = [await startNode(storeA), await startNode(storeB, { store: counted })]
    const joao = await account('joao')
    const { token, sessionId } = await a.sessions.create(joao)
    const other = await a.sessions.create(joao)
    expect(await b.sessions.find(token)).not.toBeNull()
    expect(await b.sessions.find(other.token)).not.toBeNull()
    const before = readings
    await a.sessions.end(sessionId, joao)
    await until('b has closed its sockets', () => b.ended.length > 0, 1_000)
    expect(readings - before).toBeLessThanOrEqual(2)
    expect(b.ended).toEqual([sessionId])
    expect(await b.sessions.find(token)).toBeNull()
    expect(await b.sessions.find(other.token)).not.toBeNull()
  })

  it('all sessions of an account, also those that the other node never saw', async () => {
    const [a, b] = [await startNode(storeA), await startNode(storeB)]
    const joao = await account('joao')
    const sessions = await Promise.all([1, 2, 3].map(() => a.sessions.create(joao)))
    await b.sessions.find(sessions[0]?.token ?? '')
    await b.sessions.endAll(joao)
    await until('a has closed all', () => a.ended.length === 3)
    expect(a.ended.sort()).toEqual(sessions.map(({ sessionId }) => sessionId).sort())
    // The node that did it has told already, and does not tell twice.
    const next = await b.sessions.create(joao)
    await a.sessions.end(next.sessionId, joao)
    await until('b has read what came after its own', () => b.ended.includes(next.sessionId))
    expect(b.ended.length).toBe(4)
    for (const { token } of sessions) expect(await a.sessions.find(token)).toBeNull()
  })

  it('an account, with sessions that are not listed', async () => {
    const [a, b] = [await startNode(storeA), await startNode(storeB)]
    const joao = await account('joao')
    const { token, sessionId } = await a.sessions.create(joao)
    expect(await b.sessions.find(token)).not.toBeNull()
    await storeA.deleteAccount(joao, Date.now())
    await until('b has heard', () => b.gone.length > 0)
    expect(b.gone).toEqual([joao])
    expect(b.ended).toEqual([sessionId])
    expect(await b.sessions.find(token)).toBeNull()
    // Once: the next reading goes on from there.
    const maria = await account('maria')
    const hers = await a.sessions.create(maria)
    await a.sessions.end(hers.sessionId, maria)
    await until('b has heard what came after', () => b.ended.length > 1)
    expect(b.gone).toEqual([joao])
  })

  it('before a node started is nothing to it', async () => {
    const a = await startNode(storeA)
    const joao = await account('joao')
    await a.sessions.end((await a.sessions.create(joao)).sessionId, joao)
    const b = await startNode(storeB)
    const { sessionId } = await a.sessions.create(joao)
    await a.sessions.end(sessionId, joao)
    await until('b has heard', () => b.ended.length > 0)
    expect(b.ended).toEqual([sessionId])
  })

  it('is read at once when a notice hints at it', async () => {
    const [a, b] = [await startNode(storeA), await startNode(storeB, { intervalMs: 3_600_000 })]
    const joao = await account('joao')
    const { sessionId } = await a.sessions.create(joao)
    await a.sessions.end(sessionId, joao)
    b.revocations.hint()
    await until('b has heard', () => b.ended.length > 0)
    const next = await a.sessions.create(joao)
    await a.sessions.end(next.sessionId, joao)
    for (let i = 0; i < 1_000; i++) b.revocations.hint()
    await until('b has heard', () => b.ended.length > 1)
  })
})

describe('a look-up that began before a revocation and is answered after it', () => {
  /** The store, whose answers about sessions wait until they are let go. */
  function slow() {
    const read = Promise.withResolvers<void>()
    const held = Promise.withResolvers<void>()
    const slowStore: Store = {
      ...storeB,
      async findSession(...args) {
        const found = await storeB.findSession(...args)
        read.resolve()
        await held.promise
        return found
      },
    }
    return { slowStore, read: read.promise, letGo: held.resolve }
  }

  it.each(['session', 'account'])('brings no ended session back: the %s', async what => {
    const { slowStore, read, letGo } = slow()
    const [a, b] = [await startNode(storeA), await startNode(storeB, { intervalMs: 20 }, slowStore)]
    const joao = await account('joao')
    const { token, sessionId } = await a.sessions.create(joao)
    const looking = b.sessions.find(token)
    await read
    if (what === 'session') await a.sessions.end(sessionId, joao)
    else await storeA.deleteAccount(joao, Date.now())
    await until('b has heard', () => b.ended.length + b.gone.length > 0)
    letGo()
    expect(await looking).toBeNull()
    expect(await b.sessions.find(token)).toBeNull()
  })

  it('and of which the node has not heard yet, is forgotten when it does', async () => {
    const { slowStore, read, letGo } = slow()
    const [a, b] = [await startNode(storeA), await startNode(storeB, { intervalMs: 3_600_000 }, slowStore)]
    const joao = await account('joao')
    const { token, sessionId } = await a.sessions.create(joao)
    const looking = b.sessions.find(token)
    await read
    await a.sessions.end(sessionId, joao)
    letGo()
    expect(await looking).not.toBeNull()
    b.revocations.hint()
    await until('b has heard', () => b.ended.length > 0)
    expect(await b.sessions.find(token)).toBeNull()
  })
})

describe('a node that is cut off', () => {
  it('tries again until it has read, misses nothing, and says once that it could not', async () => {
    const warn = vi.fn()
    const [a, b] = [await startNode(storeA), await startNode(storeB, { log: { warn } })]
    const joao = await account('joao')
    const { token, sessionId } = await a.sessions.create(joao)
    await b.sessions.find(token)
    cutOff()
    await until('it could not read', () => warn.mock.calls.length > 0)
    await a.sessions.end(sessionId, joao)
    expect(b.ended).toEqual([])
    reconnect()
    await until('b has heard', () => b.ended.length > 0)
    expect(b.ended).toEqual([sessionId])
    expect(warn).toHaveBeenCalledTimes(1)
  })

  it('misses nothing when Redis is killed and started again', async () => {
    const [a, b] = [await startNode(storeA), await startNode(storeB)]
    const joao = await account('joao')
    const [left, later] = [await a.sessions.create(joao), await a.sessions.create(joao)]
    await b.sessions.find(left.token)
    await b.sessions.find(later.token)
    await a.sessions.end(left.sessionId, joao)
    await redis.kill()
    await redis.start()
    await until('a can end another', () =>
      a.sessions.end(later.sessionId, joao).then(
        () => true,
        () => false,
      ),
    )
    await until('b has heard of both', () => b.ended.length === 2)
    expect(await b.sessions.find(left.token)).toBeNull()
    expect(await b.sessions.find(later.token)).toBeNull()
  })

  it('believes what it remembers of sessions for some seconds, then asks the store, until it has read again', async () => {
    const time = { now: 0 }
    let reads = 0
    // The store answers all the time; the sequence alone does not.
    const sequence: RevocationsOptions['store'] = {
      revokedSince: async mark => {
        if (++reads > 1 && isAway) throw new Refusal('STORAGE_UNAVAILABLE')
        return storeB.revokedSince(mark)
      },
    }
    let isAway = true
    const findSession = vi.fn(storeB.findSession)
    const [a, b] = [
      await startNode(storeA),
      await startNode(
        storeB,
        { store: sequence, intervalMs: 20, trustMs: 5_000, clock: () => time.now },
        { ...storeB, findSession },
      ),
    ]
    const joao = await account('joao')
    const [left, kept] = [await a.sessions.create(joao), await a.sessions.create(joao)]
    await b.sessions.find(left.token)
    await b.sessions.find(kept.token)
    expect(findSession).toHaveBeenCalledTimes(2)
    await a.sessions.end(left.sessionId, joao)
    await until('it could not read', () => reads > 2)
    time.now = 5_000
    expect(await b.sessions.find(kept.token)).not.toBeNull()
    expect(findSession).toHaveBeenCalledTimes(2)
    time.now = 5_001
    expect(await b.sessions.find(kept.token)).not.toBeNull()
    expect(await b.sessions.find(left.token)).toBeNull()
    expect(findSession).toHaveBeenCalledTimes(4)
    isAway = false
    await until('it has read', () => b.revocations.isCurrent())
    expect(b.ended).toEqual([left.sessionId])
    expect(await b.sessions.find(kept.token)).not.toBeNull()
    expect(findSession).toHaveBeenCalledTimes(4)
  })

  it('from the whole store refuses sessions rather than believe what it remembers for long', async () => {
    const time = { now: 0 }
    const b = await startNode(storeB, { intervalMs: 20, clock: () => time.now })
    const { token } = await b.sessions.create(await account('joao'))
    expect(await b.sessions.find(token)).not.toBeNull()
    cutOff()
    time.now = 60_000
    await until('it asks in vain', () =>
      b.sessions.find(token).then(
        () => false,
        (error: Refusal) => error.code === 'STORAGE_UNAVAILABLE',
      ),
    )
    reconnect()
    await until('it has read', () => b.revocations.isCurrent())
    expect(await b.sessions.find(token)).not.toBeNull()
  })

  it('for longer than revocations are kept remembers no session any more, and says so', async () => {
    let complete = true
    const sequence: RevocationsOptions['store'] = {
      // What was revoked meanwhile is not in it any more.
      revokedSince: async mark => ({ ...(await storeB.revokedSince(mark)), sessionIds: [], complete }),
    }
    const b = await startNode(storeB, { store: sequence, intervalMs: 20 })
    const onGap = vi.fn()
    b.revocations.onGap(onGap)
    const joao = await account('joao')
    const { token } = await b.sessions.create(joao)
    expect(await b.sessions.find(token)).not.toBeNull()
    await storeA.endSessions(joao)
    complete = false
    await until('it was told', () => onGap.mock.calls.length > 0)
    expect(await b.sessions.find(token)).toBeNull()
  })

  it('from the start does not start', async () => {
    cutOff()
    await expect(startNode(storeB)).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE' })
  })
})

it('a name that was given back at one node and claimed by somebody else is theirs at every node', async () => {
  const { sessions, revocations } = await startNode(storeB)
  const accounts = createAccounts({
    store: storeB,
    sessions,
    passwords: createPasswords(),
    limiter: createLimiter({ sendsPerSecond: 0, searchesPerSecond: 0, enterPerMinute: 0, newNamesPerHour: 0 }),
    registration: 'open',
  })
  revocations.onRevoked(({ accountIds }) => accountIds.forEach(accounts.forget))
  const former = await account('joao')
  expect((await accounts.byName('joao'))?.id).toBe(former)
  await storeA.deleteAccount(former, Date.now())
  const next = await account('joao')
  await until('the name is theirs', async () => (await accounts.byName('joao'))?.id === next)
})
