// Clients of Redis: which kind a URL gets, how fast they fail, and what they say about it.
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import {
  createRedisClient,
  parseRedisUrl,
  type RedisClient,
  type RedisClientOptions,
  RedisConnectError,
  type RedisRole,
} from '../../server/redis/client.ts'
import { type RedisServer, startRedis, startRedisCluster } from '../setup/redis.ts'
import { startTcpProxy } from '../setup/tcp-proxy.ts'
import { until, within } from '../setup/until.ts'

let redis: RedisServer
beforeAll(async () => {
  redis = await startRedis()
})
afterAll(() => redis.dispose())

async function connect(url: string, role: RedisRole = 'commands', more: RedisClientOptions = {}): Promise<RedisClient> {
  const client = await createRedisClient(url, role, more)
  onTestFinished(() => client.disconnect())
  return client
}

async function refusal(promise: Promise<unknown>): Promise<RedisConnectError> {
  const error = await promise.then(
    () => null,
    (reason: unknown) => reason,
  )
  if (!(error instanceof RedisConnectError)) throw new Error('expected a RedisConnectError', { cause: error })
  return error
}

describe('a Redis URL', () => {
  test.each([
    ['redis://localhost', [['localhost', 6379]], false, undefined, undefined, 0],
    ['redis://127.0.0.1:7000/3', [['127.0.0.1', 7000]], false, undefined, undefined, 3],
    ['rediss://ana:s%40cret@redis.example.com', [['redis.example.com', 6379]], true, 'ana', 's@cret', 0],
    ['redis://:p@[::1]:7000', [['::1', 7000]], false, undefined, 'p', 0],
    [
      'redis://:p@a:7000,b:7001,c',
      [
        ['a', 7000],
        ['b', 7001],
        ['c', 6379],
      ],
      false,
      undefined,
      'p',
      0,
    ],
    [
      'redis://a:7000, redis://b:7001/0',
      [
        ['a', 7000],
        ['b', 7001],
      ],
      false,
      undefined,
      undefined,
      0,
    ],
  ])('%s', (url, addresses, tls, username, password, db) => {
    expect(parseRedisUrl(url)).toEqual({
      addresses: addresses.map(([host, port]) => ({ host, port })),
      tls,
      username,
      password,
      db,
    })
  })

  test.each(['', 'localhost:6379', 'http://localhost', 'redis://', 'redis://a:x', 'redis://a,,b', 'redis://a/db'])(
    '%s is refused',
    url => {
      expect(() => parseRedisUrl(url)).toThrow(RedisConnectError)
    },
  )
})

describe('a client', () => {
  test('of a single server is a plain one, of a Cluster a Cluster client', async () => {
    const cluster = await startRedisCluster()
    onTestFinished(() => cluster.dispose())
    const plain = await connect(redis.url)
    expect(plain.isCluster).toBe(false)
    expect(await plain.ping()).toBe('PONG')
    const found = await connect(cluster.url)
    expect(found.isCluster).toBe(true)
    for (const key of ['a', 'b', 'c', 'd', 'e']) {
      await found.set(key, key)
      expect(await (await cluster.masterOf(key)).client.get(key)).toBe(key)
    }
    // Many at once are no more than one: its members are connected already.
    const fresh = await connect(cluster.url)
    await Promise.all(['a', 'b', 'c', 'd', 'e', 'a', 'b', 'c', 'd', 'e'].map(key => fresh.get(key)))
    const [first, second] = cluster.masters
    const several = await connect(`${first?.url},127.0.0.1:${second?.port}`)
    expect(several.isCluster).toBe(true)
    expect(await several.get('e')).toBe('e')
  })

  test('says where nobody answers, and gives up in time', async () => {
    const gone = await startRedis()
    await gone.dispose()
    const error = await refusal(createRedisClient(gone.url, 'commands', { patienceMs: 200 }))
    expect(error.code).toBe('REDIS_UNREACHABLE')
    expect(error.message).toContain(`127.0.0.1:${gone.port}`)
  })

  test('gives up on a Cluster whose members do not know where they are', async () => {
    const cluster = await startRedisCluster(1)
    onTestFinished(() => cluster.dispose())
    expect((await refusal(createRedisClient(cluster.url, 'commands', { patienceMs: 200 }))).code).toBe(
      'REDIS_UNREACHABLE',
    )
  })

  test('says that a password is wrong, without the password', async () => {
    const guarded = await startRedis({ config: { requirepass: 'right' } })
    onTestFinished(() => guarded.dispose())
    for (const url of [guarded.url, guarded.url.replace('//', '//:wrong@')]) {
      const error = await refusal(createRedisClient(url, 'commands'))
      expect(error.code).toBe('REDIS_DENIED')
      expect(error.message).not.toContain('wrong@')
    }
    const client = await connect(guarded.url.replace('//', '//:right@'))
    expect(await client.ping()).toBe('PONG')
  })

  test('waits for a server that starts later', async () => {
    const late = await startRedis()
    onTestFinished(() => late.dispose())
    await late.stop()
    const connecting = connect(late.url)
    await late.start()
    expect(await (await connecting).ping()).toBe('PONG')
  })

  test('refuses at once while there is no connection, and comes back', async () => {
    const server = await startRedis()
    onTestFinished(() => server.dispose())
    const errors: Error[] = []
    const client = await connect(server.url, 'commands', { onError: error => errors.push(error) })
    await server.kill()
    await until('the client knows', () => client.status !== 'ready')
    await expect(client.ping()).rejects.toThrow()
    await until('an error was told', () => errors.length > 0)
    await server.start()
    await until('the client is back', () => client.status === 'ready')
    expect(await client.ping()).toBe('PONG')
  })

  test('never sends a command again whose answer was lost', async () => {
    const proxy = await startTcpProxy(redis)
    onTestFinished(() => proxy.close())
    const client = await connect(`redis://127.0.0.1:${proxy.port}`)
    await redis.client.del('n')
    proxy.judge = () => 'cut'
    await expect(client.incr('n')).rejects.toThrow()
    proxy.judge = () => 'pass'
    await until('the client is back', () => client.status === 'ready')
    await client.ping()
    expect(await redis.client.get('n')).toBe('1')
  })

  test('never does in a Cluster either', async () => {
    const cluster = await startRedisCluster()
    onTestFinished(() => cluster.dispose())
    const master = await cluster.masterOf('n')
    const other = cluster.masters.find(each => each !== master) as RedisServer
    const proxy = await startTcpProxy(master)
    onTestFinished(() => proxy.close())
    await master.client.config('SET', 'cluster-announce-port', String(proxy.port))
    await until('all know', async () => {
      const views = await Promise.all(cluster.masters.map(each => each.client.cluster('NODES')))
      return views.every(view => String(view).includes(`:${proxy.port}@`))
    })
    const client = await connect(other.url)
    for (let n = 1; n <= 5; n++) {
      proxy.judge = chunk => (chunk.toString() === `:${n}\r\n` ? 'cut' : 'pass')
      await expect(client.incr('n')).rejects.toThrow()
      expect(await until('the client is back', () => client.get('n').catch(() => null))).toBe(`${n}`)
    }
  })

  test('leaves a connection on which nothing comes back', async () => {
    const proxy = await startTcpProxy(redis)
    onTestFinished(() => proxy.close())
    const client = await connect(`redis://127.0.0.1:${proxy.port}`, 'commands', { silenceMs: 200 })
    proxy.judge = () => 'swallow'
    await expect(within('the refusal', client.ping())).rejects.toThrow()
    proxy.judge = () => 'pass'
    await until('the client is back', () => client.status === 'ready')
    expect(await client.ping()).toBe('PONG')
  })

  test('that subscribes has its subscriptions again after a lost connection', async () => {
    const proxy = await startTcpProxy(redis)
    onTestFinished(() => proxy.close())
    const client = await connect(`redis://127.0.0.1:${proxy.port}`, 'subscriber')
    const heard: string[] = []
    client.on('message', (_channel, message) => heard.push(message))
    await client.subscribe('news')
    proxy.cutAll()
    await until('it is heard', async () => {
      await redis.client.publish('news', 'again')
      return heard.includes('again')
    })
  })
})
