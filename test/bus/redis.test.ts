// The Redis bus beyond its contract: what is subscribed and when, lost and silent connections, what nobody can read.
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { createRedisBus, type RedisBus, type RedisBusTimes } from '../../server/bus/redis.ts'
import { type Entry, type Link, type MessageEntry, ORIGIN, UNREVISED } from '../../server/domain/entry.ts'
import { allTopic, type ControlNotice, userTopic } from '../../server/domain/notice.ts'
import { createRedisClient } from '../../server/redis/client.ts'
import { publishEntry } from '../setup/notices.ts'
import { type RedisServer, startRedis, startRedisCluster } from '../setup/redis.ts'
import { startTcpProxy } from '../setup/tcp-proxy.ts'
import { until } from '../setup/until.ts'

const EPOCH = 'abcdefgh'
const ANA = { id: 'ana', username: 'ana' }

let shared: RedisServer
beforeAll(async () => {
  shared = await startRedis()
})
afterAll(() => shared.dispose())

interface Rig {
  readonly bus: RedisBus
  readonly space: string
  readonly links: Link[]
  readonly gaps: () => number
  readonly warnings: string[]
  /** How many connections are subscribed to these accounts' topics and, first, to `all`. */
  subscribers(...accountIds: string[]): Promise<number[]>
  publish(text: string, to?: typeof ANA | null): Promise<Entry>
}

/** A bus that is subscribed, and closed after the test. */
async function rig(
  redis: RedisServer,
  { url = redis.url, times = {} }: { url?: string; times?: Partial<RedisBusTimes> } = {},
): Promise<Rig> {
  const space = randomUUID()
  const warnings: string[] = []
  const client = await createRedisClient(url, 'commands')
  const bus = createRedisBus({
    client,
    space,
    epoch: () => EPOCH,
    log: { warn: (_, message) => void warnings.push(message) },
    times,
  })
  onTestFinished(async () => {
    await bus.close()
    client.disconnect()
  })
  const links: Link[] = []
  let gaps = 0
  await bus.subscribe({ links: more => void links.push(...more), gap: () => void gaps++ })
  let previous = ORIGIN
  return {
    bus,
    space,
    links,
    gaps: () => gaps,
    warnings,
    async subscribers(...ids) {
      const channels = [allTopic(space, 0), ...ids.map(id => userTopic(space, 0, id))]
      const counts = (await redis.client.pubsub('NUMSUB', ...channels)) as (string | number)[]
      return counts.filter((_, index) => index % 2 === 1).map(Number)
    },
    async publish(text, to = null) {
      const position = previous + 10
      const entry: MessageEntry = {
        kind: 'added',
        position,
        messageId: text,
        from: ANA,
        to,
        text,
        sentAt: 0,
        replyTo: null,
        ...UNREVISED,
      }
      await publishEntry(redis.client, entry, previous, { space, epoch: EPOCH })
      previous = position
      return entry
    },
  }
}

const isPending = async (promise: Promise<unknown> | undefined): Promise<boolean> => {
  const settled = Promise.resolve(promise).then(() => false)
  return Promise.race([settled, new Promise<boolean>(resolve => setTimeout(resolve, 50, true))])
}

describe('topics', () => {
  test('an account’s topic is subscribed only while it is listened to, and a while longer', async () => {
    const { bus, subscribers } = await rig(shared, { times: { lingerMs: 100 } })
    expect(await subscribers('ana', 'bia')).toEqual([1, 0, 0])
    await bus.listen('ana')
    await bus.listen('ana')
    expect(await subscribers('ana', 'bia')).toEqual([1, 1, 0])
    bus.unlisten('ana')
    await new Promise(resolve => setTimeout(resolve, 200))
    expect(await subscribers('ana')).toEqual([1, 1])
    bus.unlisten('ana')
    expect(await subscribers('ana')).toEqual([1, 1])
    await until('unsubscribed', async () => (await subscribers('ana'))[1] === 0)
    await bus.listen('ana')
    expect(await subscribers('ana')).toEqual([1, 1])
  })

  test('somebody who comes back at once is not unsubscribed, and waits for nothing', async () => {
    const { bus, subscribers } = await rig(shared, { times: { lingerMs: 150 } })
    await bus.listen('ana')
    await shared.client.config('RESETSTAT')
    for (let i = 0; i < 20; i++) {
      bus.unlisten('ana')
      await new Promise(resolve => setTimeout(resolve, 20))
      expect(bus.listen('ana')).toBeUndefined()
    }
    expect(await shared.client.info('commandstats')).not.toMatch(/cmdstat_(un)?subscribe/)
    expect(await subscribers('ana')).toEqual([1, 1])
  })

  test('somebody who goes before the topic is acknowledged leaves nothing behind', async () => {
    const { bus, subscribers } = await rig(shared, { times: { lingerMs: 10 } })
    const listening = bus.listen('ana')
    bus.unlisten('ana')
    await listening
    await until('unsubscribed', async () => (await subscribers('ana'))[1] === 0)
  })

  test('many that are asked for at once are one command', async () => {
    const { bus, subscribers } = await rig(shared)
    await shared.client.config('RESETSTAT')
    const ids = Array.from({ length: 500 }, (_, i) => `a${i}`)
    await Promise.all(ids.map(id => bus.listen(id)))
    expect(await subscribers(...ids)).toEqual(Array(501).fill(1))
    expect(await shared.client.info('commandstats')).toMatch(/cmdstat_subscribe:calls=1,/)
  })

  test('listening resolves only once the server has said so', async () => {
    const redis = await startRedis()
    onTestFinished(() => redis.dispose())
    const { bus, subscribers } = await rig(redis, { times: { silenceMs: 60_000 } })
    redis.pause()
    const listening = bus.listen('ana')
    expect(await isPending(listening)).toBe(true)
    redis.resume()
    await listening
    expect(await subscribers('ana')).toEqual([1, 1])
  })

  test('closing ends the connection', async () => {
    const { bus, subscribers } = await rig(shared)
    await bus.listen('ana')
    await bus.close()
    await until('no subscriber', async () => (await subscribers('ana')).every(count => count === 0))
  })
})

describe('a lost connection', () => {
  test('is told as a gap once everything is subscribed again, and notices come', async () => {
    const { bus, links, gaps, subscribers, publish } = await rig(shared)
    const ids = Array.from({ length: 1_200 }, (_, i) => `a${i}`)
    await Promise.all(ids.map(id => bus.listen(id)))
    const counts: Promise<number[]>[] = []
    await bus.subscribe({ links() {}, gap: () => void counts.push(subscribers(...ids)) })
    await shared.client.call('CLIENT', 'KILL', 'TYPE', 'pubsub')
    await publish('lost')
    await until('the gap', () => gaps() === 1)
    expect(await counts[0]).toEqual(Array(1_201).fill(1))
    const entry = await publish('after', { id: 'a7', username: 'a7' })
    await until('the notice', () => links.some(link => link.entry.kind === 'added' && link.entry.text === 'after'))
    expect(links[0]).toMatchObject({ entry, previous: 10 })
    expect(gaps()).toBe(1)
  })

  test('while Redis is away, listening waits until it is back and has said so: also for those who were there', async () => {
    const redis = await startRedis()
    onTestFinished(() => redis.dispose())
    const { bus, gaps, warnings, subscribers } = await rig(redis, { times: { lingerMs: 10 } })
    await bus.listen('ana')
    await redis.kill()
    await until('the loss is known', () => warnings.length > 0)
    const away = [bus.listen('ana'), bus.listen('bia'), bus.listen('bia')]
    bus.listen('cleo')
    bus.unlisten('cleo')
    for (const listening of away) expect(await isPending(listening)).toBe(true)
    expect(gaps()).toBe(0)
    await redis.start()
    await Promise.all(away)
    expect(await subscribers('ana', 'bia')).toEqual([1, 1, 1])
    expect(gaps()).toBe(1)
    await until('nobody wants it', async () => (await subscribers('cleo'))[1] === 0)
  })

  test('that says nothing any more is given up, and another one taken', async () => {
    const proxy = await startTcpProxy(shared)
    onTestFinished(() => proxy.close())
    const url = `redis://127.0.0.1:${proxy.port}`
    const { links, gaps, warnings, publish } = await rig(shared, { url, times: { pingMs: 50, silenceMs: 200 } })
    await new Promise(resolve => setTimeout(resolve, 400))
    expect([gaps(), warnings]).toEqual([0, []])
    proxy.judge = () => 'swallow'
    await until('given up', () => warnings.length > 0)
    proxy.judge = () => 'pass'
    await until('the gap', () => gaps() === 1)
    await publish('after')
    await until('the notice', () => links.length === 1)
  })

  test('costs no more memory than what is wanted, however long it lasts', async () => {
    const redis = await startRedis()
    onTestFinished(() => redis.dispose())
    const { bus, subscribers } = await rig(redis, { times: { lingerMs: 1 } })
    await redis.kill()
    const waiting: unknown[] = []
    for (let i = 0; i < 50_000; i++) {
      waiting.push(bus.listen(`a${i % 10}`))
      bus.unlisten(`a${i % 10}`)
    }
    await redis.start()
    await Promise.all(waiting)
    await until('nobody is wanted', async () => {
      const counts = await subscribers(...Array.from({ length: 10 }, (_, i) => `a${i}`))
      return counts.slice(1).every(count => count === 0)
    })
  })
})

describe('notices', () => {
  test('that nobody can read are ignored, and said once; what follows comes', async () => {
    const { space, links, gaps, warnings, publish } = await rig(shared)
    const channel = allTopic(space, 0)
    const odd = ['', 'oi', '{', '[]', '{}', '["p"]', '["x",1]', 'null', '"p"', '["s",1,2,"abcdefgh","a","b"]', '\u0000']
    for (const payload of odd) await shared.client.publish(channel, payload)
    await shared.client.publish(channel, Buffer.from([0xff, 0xfe, 0x00]))
    await publish('after')
    await until('the notice', () => links.length > 0)
    expect(links).toHaveLength(1)
    expect(gaps()).toBe(0)
    expect(warnings).toHaveLength(1)
  })

  test('of another history are a gap, not a link', async () => {
    const { space, links, gaps } = await rig(shared)
    const channel = allTopic(space, 0)
    await shared.client.publish(channel, JSON.stringify(['r', EPOCH]))
    await shared.client.publish(channel, JSON.stringify(['r', 'zyxwvuts']))
    await until('the gap', () => gaps() === 1)
    const entry: MessageEntry = {
      kind: 'added',
      position: 20,
      messageId: 'm',
      from: ANA,
      to: null,
      text: 'x',
      sentAt: 0,
      replyTo: null,
      ...UNREVISED,
    }
    await publishEntry(shared.client, entry, 10, { space, epoch: 'zyxwvuts' })
    await until('the gap', () => gaps() === 2)
    expect(links).toEqual([])
  })

  test('that are not of the log go to whoever asked for them', async () => {
    const { bus, space, links } = await rig(shared)
    const notices: ControlNotice[] = []
    const stop = bus.onControl(notice => void notices.push(notice))
    await shared.client.publish(allTopic(space, 0), '["e"]')
    await shared.client.publish(allTopic(space, 0), '["o","node-1"]')
    await until('both', () => notices.length === 2)
    expect(notices).toEqual([{ kind: 'revocations' }, { kind: 'presence', nodeId: 'node-1' }])
    stop()
    await shared.client.publish(allTopic(space, 0), '["e"]')
    await shared.client.publish(allTopic(space, 0), '["r","zyxwvuts"]')
    expect([notices.length, links.length]).toEqual([2, 0])
  })
})

describe('a Redis Cluster', () => {
  test('is heard through any of its members, and through another one when that dies', {
    timeout: 120_000,
  }, async () => {
    const cluster = await startRedisCluster()
    onTestFinished(() => cluster.dispose())
    const [first] = cluster.masters
    if (!first) throw new Error('a Cluster has masters')
    const { bus, space, links, gaps } = await rig(first, { url: cluster.url })
    await bus.listen('ana')
    const heard = (text: string): boolean => links.some(({ entry }) => entry.kind === 'added' && entry.text === text)
    for (const [n, { client }] of cluster.masters.entries()) {
      const entry: MessageEntry = {
        kind: 'added',
        position: (n + 1) * 10,
        messageId: `${n}`,
        from: ANA,
        to: ANA,
        text: `from ${n}`,
        sentAt: 0,
        replyTo: null,
        ...UNREVISED,
      }
      await publishEntry(client, entry, n * 10, { space, epoch: EPOCH })
      await until('heard', () => heard(`from ${n}`))
    }
    const subscribed: (typeof first)[] = []
    for (const master of cluster.masters) {
      const [, count] = (await master.client.pubsub('NUMSUB', allTopic(space, 0))) as [string, number]
      if (Number(count) > 0) subscribed.push(master)
    }
    expect(subscribed).toHaveLength(1)
    await subscribed[0]?.kill()
    await until('another one', () => gaps() === 1)
  })
})
