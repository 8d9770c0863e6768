// Presence of several nodes over a real Redis: whoever is online at one is online at all, whatever is lost between them.
// Unless a test says otherwise no node hears a notice: what it knows it has looked up.
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { PresenceLeases } from '../../server/bus/presence-leases.ts'
import { createRedisPresence, type RedisPresenceOptions } from '../../server/bus/redis-presence.ts'
import type { AccountRef } from '../../server/domain/entry.ts'
import { createPresence, type Presence } from '../../server/feed/presence.ts'
import { createRedisClient, type RedisClient } from '../../server/redis/client.ts'
import { type RedisServer, startRedis, startRedisCluster } from '../setup/redis.ts'
import { startTcpProxy, type TcpProxy } from '../setup/tcp-proxy.ts'
import { until } from '../setup/until.ts'

const LEASE_MS = 1_500

interface Node {
  readonly presence: Presence
  readonly leases: PresenceLeases
  readonly client: RedisClient
  /** What its watcher was told, `joao online`. */
  readonly seen: string[]
  /** How often its watcher was told something. */
  batches: number
  /** What it wrote down: account → when it was last seen. */
  readonly gone: [string, number][]
  /** As when the process is killed: not another word to Redis. */
  die(): void
  online(): string[]
}

let redis: RedisServer
let opened: Node[]
let proxies: TcpProxy[]

beforeEach(async () => {
  redis = await startRedis({ config: { appendonly: 'no' } })
  opened = []
  proxies = []
})

afterEach(async () => {
  for (const { presence, client } of opened) {
    await presence.close()
    client.disconnect()
  }
  for (const proxy of proxies) await proxy.close()
  await redis.dispose()
})

interface NodeOptions extends Partial<RedisPresenceOptions> {
  readonly url?: string
  /** How long an account stays after its last connection went. */
  readonly staysMs?: number
  /** Hears notices. */
  readonly hears?: boolean
}

async function startNode(nodeId: string, { url, staysMs = 100, hears, ...options }: NodeOptions = {}): Promise<Node> {
  const client = await createRedisClient(url ?? redis.url, 'commands')
  const leases = createRedisPresence({
    client,
    space: 'test',
    nodeId,
    leaseMs: LEASE_MS,
    beatMs: 100,
    batchMs: 40,
    lookMs: 40,
    graceMs: 500,
    ...options,
  })
  const gone: [string, number][] = []
  const presence = createPresence({
    leases,
    graceMs: staysMs,
    batchMs: 20,
    onGone: (id, at) => gone.push([id, at]),
  })
  const seen: string[] = []
  const node: Node = {
    presence,
    leases,
    client,
    seen,
    batches: 0,
    gone,
    die: () => client.disconnect(),
    online: () =>
      presence
        .online()
        .map(({ id }) => id)
        .sort(),
  }
  presence.watch(changed => {
    node.batches++
    for (const { id } of changed) seen.push(`${id} ${presence.isOnline(id) ? 'online' : 'offline'}`)
  })
  if (hears) {
    const subscriber = await createRedisClient(redis.url, 'subscriber')
    subscriber.on('message', (_channel: string, text: string) => {
      const notice = JSON.parse(text) as string[]
      if (notice[0] === 'o') leases.hint(notice[1] ?? '')
    })
    await subscriber.subscribe('{test}:all')
    opened.push({ ...node, presence: { ...presence, close: async () => {} }, client: subscriber })
  }
  await leases.start()
  opened.push(node)
  return node
}

const person = (id: string): AccountRef => ({ id, username: id })
const ids = (gone: readonly [string, number][]) => gone.map(([id]) => id).sort()

describe('an account', () => {
  it('that is online at either node is online at both, and by its name', async () => {
    const [a, b] = [await startNode('a'), await startNode('b')]
    a.presence.connect({ id: 'joao', username: 'João' })
    b.presence.connect(person('maria'))
    expect(a.presence.isOnline('joao')).toBe(true)
    await until('a knows of maria', () => a.presence.isOnline('maria'))
    await until('b knows of joao', () => b.presence.isOnline('joao'))
    expect(b.presence.online()).toContainEqual({ id: 'joao', username: 'João' })
    expect(a.online()).toEqual(b.online())
    await until('watchers were told', () => a.seen.length === 2 && b.seen.length === 2)
    expect(b.presence.lastSeen('joao')).toBeNull()
  })

  it('is known to a node that starts later before that node serves anybody', async () => {
    const a = await startNode('a')
    a.presence.connect(person('joao'))
    await until('it is written', () => redis.client.hexists('{test}:online:a', 'joao'))
    const b = await startNode('b')
    expect(b.presence.isOnline('joao')).toBe(true)
  })

  it('at two nodes that leaves one is online; left the other too, it was last seen then, and that one says so', async () => {
    const [a, b] = [await startNode('a'), await startNode('b')]
    const stayA = a.presence.connect(person('joao'))
    const stayB = b.presence.connect(person('joao'))
    await until('both know', async () => (await redis.client.hexists('{test}:online:b', 'joao')) === 1)
    stayA.leave()
    await until('a has let it go', async () => (await redis.client.hexists('{test}:online:a', 'joao')) === 0)
    // Another of a's comes and goes after it: by then b has heard of both.
    a.presence.connect(person('ana'))
    await until('b has heard what came after', () => b.presence.isOnline('ana'))
    expect([a.presence.isOnline('joao'), b.presence.isOnline('joao')]).toEqual([true, true])
    expect([...a.gone, ...b.gone]).toEqual([])
    const from = Date.now()
    stayB.leave()
    const through = Date.now()
    await until('it is offline at both', () => !a.presence.isOnline('joao') && !b.presence.isOnline('joao'))
    await until('somebody wrote it down', () => b.gone.length > 0)
    expect(a.gone).toEqual([])
    expect(b.gone).toEqual([['joao', expect.any(Number)]])
    expect(b.gone[0]?.[1]).toBeGreaterThanOrEqual(from)
    expect(b.gone[0]?.[1]).toBeLessThanOrEqual(through)
    expect(a.presence.lastSeen('joao')).toBe(b.gone[0]?.[1])
    await until('a watcher was told', () => a.seen.includes('joao offline'))
    expect(a.seen.filter(text => text.startsWith('joao'))).toEqual(['joao online', 'joao offline'])
  })

  it('that leaves two nodes at the same time is written down once', async () => {
    const [a, b] = [await startNode('a'), await startNode('b')]
    const crowd = Array.from({ length: 200 }, (_, i) => person(`p${String(i).padStart(3, '0')}`))
    const stays = crowd.flatMap(account => [a.presence.connect(account), b.presence.connect(account)])
    await until('all are written', async () => {
      const sizes = await Promise.all(['a', 'b'].map(node => redis.client.hlen(`{test}:online:${node}`)))
      return sizes.every(size => size === 200)
    })
    await until('the nodes know each other', () => a.online().length === 200 && b.online().length === 200)
    for (const stay of stays) stay.leave()
    await until('all are offline', () => a.online().length + b.online().length === 0)
    await until('all are written down', () => a.gone.length + b.gone.length >= 200)
    expect(ids([...a.gone, ...b.gone])).toEqual(crowd.map(({ id }) => id))
  })

  it('that moves from one node to another in time never blinks', async () => {
    const [a, b, c] = [await startNode('a', { staysMs: 400 }), await startNode('b'), await startNode('c')]
    const stay = a.presence.connect(person('joao'))
    await until('c knows', () => c.presence.isOnline('joao'))
    stay.leave()
    b.presence.connect(person('joao'))
    await until('a has let it go', async () => (await redis.client.hexists('{test}:online:a', 'joao')) === 0)
    a.presence.connect(person('ana'))
    await until('c has heard what came after', () => c.seen.includes('ana online'))
    for (const node of [a, b, c]) expect(node.seen.filter(text => text.startsWith('joao'))).toEqual(['joao online'])
    expect([...a.gone, ...b.gone, ...c.gone]).toEqual([])
  })

  it('that was deleted is offline at once where that is known, whatever other nodes still say', async () => {
    const [a, b] = [await startNode('a'), await startNode('b')]
    a.presence.connect(person('joao'))
    const stayB = b.presence.connect(person('joao'))
    await until('a knows that it is at b', () => redis.client.hexists('{test}:online:b', 'joao'))
    await until('b knows that it is at a', () => redis.client.hexists('{test}:online:a', 'joao'))
    a.presence.forget('joao')
    expect(a.presence.isOnline('joao')).toBe(false)
    b.presence.forget('joao')
    stayB.leave()
    await until('nobody has it', async () => {
      const sizes = await Promise.all(['a', 'b'].map(node => redis.client.hlen(`{test}:online:${node}`)))
      return sizes[0] === 0 && sizes[1] === 0
    })
    await until('it is written down', () => a.gone.length + b.gone.length > 0)
    expect(ids([...a.gone, ...b.gone])).toEqual(['joao'])
    expect([...a.online(), ...b.online()]).toEqual([])
  })
})

describe('notices', () => {
  it('make it quick, and nothing depends on them', async () => {
    // So slow to look by itself that only a notice can be why it looked.
    const slow = { lookMs: 3_600_000, hears: true }
    const [a, b] = [await startNode('a', slow), await startNode('b', slow)]
    const stay = a.presence.connect(person('joao'))
    await until('b has heard', () => b.presence.isOnline('joao'))
    stay.leave()
    await until('b has heard of that, too', () => !b.presence.isOnline('joao'))
  })

  it('are not sent where nothing changed', async () => {
    const heard: string[] = []
    const subscriber = redis.client.duplicate()
    await subscriber.subscribe('{test}:all')
    subscriber.on('message', (_channel, text) => heard.push(text))
    const a = await startNode('a')
    await until('its first word', () => heard.length === 1)
    const lease = await redis.client.zscore('{test}:nodes', 'a')
    await until('it renews its lease', async () => (await redis.client.zscore('{test}:nodes', 'a')) !== lease)
    a.presence.connect(person('joao'))
    await until('a word of joao', () => heard.length > 1)
    expect(heard).toEqual(['["o","a"]', '["o","a"]'])
    subscriber.disconnect()
  })
})

describe('a node that dies', () => {
  it('takes its people along within its lease; one survivor writes them down, but for those who came to it', async () => {
    const [a, b, c] = [await startNode('a'), await startNode('b'), await startNode('c')]
    for (const id of ['joao', 'maria', 'ana']) a.presence.connect(person(id))
    await until('all know', () => b.online().length === 3 && c.online().length === 3)
    const died = Date.now()
    a.die()
    b.presence.connect(person('maria'))
    await until('its people are gone', () => b.online().length === 1 && c.online().length === 1, LEASE_MS + 1_500)
    expect(b.online()).toEqual(['maria'])
    await until('they are written down', () => b.gone.length + c.gone.length > 1)
    expect(ids([...b.gone, ...c.gone])).toEqual(['ana', 'joao'])
    for (const [, at] of [...b.gone, ...c.gone]) expect(Math.abs(at - died)).toBeLessThan(LEASE_MS)
    expect(c.seen.filter(text => text.startsWith('maria'))).toEqual(['maria online'])
    expect(await redis.client.keys('{test}:online:a*')).toEqual([])
    expect(await redis.client.hexists('{test}:nodes:version', 'a')).toBe(0)
  })

  it('with all others at once is cleared away by the next that starts', async () => {
    const [a, b] = [await startNode('a'), await startNode('b')]
    a.presence.connect(person('joao'))
    b.presence.connect(person('joao'))
    b.presence.connect(person('maria'))
    await until('all is written', async () => (await redis.client.hlen('{test}:online:b')) === 2)
    await until('all is written', async () => (await redis.client.hlen('{test}:online:a')) === 1)
    a.die()
    b.die()
    const c = await startNode('c')
    await until('their people are gone', () => c.online().length === 0 && c.gone.length > 0, LEASE_MS + 1_500)
    await until('all are written down', () => c.gone.length >= 2)
    expect(ids(c.gone)).toEqual(['joao', 'maria'])
  })
})

describe('a node that stops', () => {
  it('leaves its people to the others for some seconds, and those who came by then never blink', async () => {
    const [a, b, c] = [await startNode('a'), await startNode('b'), await startNode('c')]
    for (const id of ['joao', 'maria']) a.presence.connect(person(id))
    await until('all know', () => b.online().length === 2 && c.online().length === 2)
    const stopped = Date.now()
    await a.presence.close()
    b.presence.connect(person('maria'))
    expect(b.presence.isOnline('joao')).toBe(true)
    await until('joao has gone', () => !b.presence.isOnline('joao') && !c.presence.isOnline('joao'))
    // Sooner than a lease: it said goodbye.
    expect(Date.now() - stopped).toBeLessThan(LEASE_MS)
    await until('it is written down', () => b.gone.length + c.gone.length > 0)
    const [[id, at] = ['', 0]] = [...b.gone, ...c.gone]
    expect(id).toBe('joao')
    expect(Math.abs(at - stopped)).toBeLessThan(200)
    expect(c.seen.filter(text => text.startsWith('maria'))).toEqual(['maria online'])
    expect(a.gone).toEqual([])
  })

  it('as the last one writes everybody down itself and leaves nothing behind', async () => {
    const a = await startNode('a')
    const stay = a.presence.connect(person('maria'))
    a.presence.connect(person('joao'))
    await until('all is written', async () => (await redis.client.hlen('{test}:online:a')) === 2)
    stay.leave()
    await a.presence.close()
    expect(ids(a.gone)).toEqual(['joao', 'maria'])
    expect(await redis.client.keys('*')).toEqual([])
  })

  it('does not wait for a Redis that is away', async () => {
    const a = await startNode('a')
    a.presence.connect(person('joao'))
    redis.pause()
    await a.presence.close()
    redis.resume()
  })
})

describe('a node that was cut off', () => {
  it('is dead to the others; back, it has its people again, and knows who came and went', async () => {
    const target = { port: redis.port }
    const proxy = await startTcpProxy(target)
    proxies.push(proxy)
    const a = await startNode('a', { url: `redis://127.0.0.1:${proxy.port}` })
    const b = await startNode('b')
    a.presence.connect(person('joao'))
    const stayOfMaria = b.presence.connect(person('maria'))
    await until('both know', () => a.online().length === 2 && b.online().length === 2)
    target.port = 9
    proxy.cutAll()
    await until('b has given it up', () => !b.presence.isOnline('joao'), LEASE_MS + 1_500)
    await until('b has written it down', () => b.gone.length === 1)
    const stayOfAna = a.presence.connect(person('ana'))
    a.presence.connect(person('rui'))
    stayOfMaria.leave()
    b.presence.connect(person('bia'))
    await until('maria has gone', () => !b.presence.isOnline('maria'))
    // It can't know better than what it last heard.
    expect(a.presence.isOnline('maria')).toBe(true)
    stayOfAna.leave()
    await until('ana has gone', () => !a.presence.isOnline('ana'))
    target.port = redis.port
    await until('b has its people', () => b.online().join() === 'bia,joao,rui')
    await until('it knows of the others', () => a.online().join() === 'bia,joao,rui')
    await until('ana is written down', () => a.gone.length > 0)
    expect(ids(a.gone)).toEqual(['ana'])
  })

  it('from one answer only, after Redis took what it wrote, is right again without a blink', async () => {
    const proxy = await startTcpProxy({ port: redis.port })
    proxies.push(proxy)
    const a = await startNode('a', { url: `redis://127.0.0.1:${proxy.port}` })
    const b = await startNode('b')
    a.presence.connect(person('joao'))
    await until('b knows', () => b.presence.isOnline('joao'))
    for (let round = 0; round < 5; round++) {
      const before = proxy.connections
      proxy.judge = () => 'cut'
      a.presence.connect(person(`p${round}`))
      await until('its connection broke', () => proxy.connections > before)
      proxy.judge = () => 'pass'
      await until('b knows', () => b.presence.isOnline(`p${round}`))
    }
    await until('its watcher was told', () => b.seen.length >= 6)
    expect(b.seen).toEqual(['joao', 'p0', 'p1', 'p2', 'p3', 'p4'].map(id => `${id} online`))
    expect(a.gone).toEqual([])
  })
})

describe('a Redis that lost everything', () => {
  it('has it again in a moment, and nobody blinks', async () => {
    const [a, b] = [await startNode('a'), await startNode('b')]
    a.presence.connect(person('joao'))
    b.presence.connect(person('maria'))
    await until('both know', () => a.online().length === 2 && b.online().length === 2)
    await redis.kill()
    a.presence.connect(person('ana'))
    await redis.start()
    await until('b knows of ana', () => b.presence.isOnline('ana'))
    await until('a knows of maria', () => a.presence.isOnline('maria'))
    expect(await redis.client.hlen('{test}:online:a')).toBe(2)
    await until('a looks as b does', () => a.online().join() === b.online().join())
    expect(b.online()).toEqual(['ana', 'joao', 'maria'])
    await until('watchers were told', () => a.seen.length >= 3 && b.seen.length >= 3)
    for (const { seen, gone } of [a, b]) {
      expect([...seen].sort()).toEqual(['ana online', 'joao online', 'maria online'])
      expect(gone).toEqual([])
    }
  })
})

describe('many', () => {
  it('who come at once are some batches and some events, at whichever node', async () => {
    const [a, b] = [await startNode('a', { batchMs: 200 }), await startNode('b')]
    const crowd = Array.from({ length: 5_000 }, (_, i) => person(`person-${i}`))
    for (const account of crowd) a.presence.connect(account)
    await until('b knows all', () => b.online().length === 5_000)
    await until('its watcher does', () => b.seen.length === 5_000)
    expect(b.batches).toBeLessThanOrEqual(6)
    expect(Number(await redis.client.hget('{test}:nodes:version', 'a'))).toBeLessThanOrEqual(8)
  })

  it('are written and read as a whole where Redis lost them', async () => {
    const a = await startNode('a')
    for (let i = 0; i < 70_000; i++) a.presence.connect(person(`person-${i}`))
    const b = await startNode('b')
    await until('b knows all', () => b.online().length === 70_000)
    const version = Number(await redis.client.hget('{test}:nodes:version', 'a'))
    await redis.client.flushall()
    await until('they are there again', async () => (await redis.client.hlen('{test}:online:a')) === 70_000)
    expect(Number(await redis.client.hget('{test}:nodes:version', 'a'))).toBe(version + 1)
    const c = await startNode('c')
    expect(c.online().length).toBe(70_000)
    expect(b.online().length).toBe(70_000)
    expect(b.seen.length).toBe(70_000)
  })

  it('changes after which a reader comes late are read as a whole', async () => {
    const a = await startNode('a', { batchMs: 1 })
    const b = await startNode('b', { lookMs: 3_600_000 })
    for (let i = 0; i < 60; i++) {
      const version = Number(await redis.client.hget('{test}:nodes:version', 'a'))
      a.presence.connect(person(`p${i}`))
      await until('it is written', async () => Number(await redis.client.hget('{test}:nodes:version', 'a')) > version)
    }
    expect(await redis.client.xlen('{test}:online:a:changes')).toBe(32)
    expect(b.online().length).toBe(0)
    b.leases.hint('a')
    await until('b has read them', () => b.online().length === 60)
  })
})

it('works on a Redis Cluster', async () => {
  const cluster = await startRedisCluster(3)
  try {
    const [a, b] = [await startNode('a', { url: cluster.url }), await startNode('b', { url: cluster.url })]
    const stay = a.presence.connect(person('joao'))
    await until('b knows', () => b.presence.isOnline('joao'))
    stay.leave()
    await until('b knows of that, too', () => !b.presence.isOnline('joao'))
    await until('it is written down', () => a.gone.length === 1)
    a.presence.connect(person('maria'))
    await until('b knows', () => b.presence.isOnline('maria'))
    a.die()
    await until('b has given it up', () => b.gone.length === 1, LEASE_MS + 1_500)
    await b.presence.close()
  } finally {
    await cluster.dispose()
  }
})
