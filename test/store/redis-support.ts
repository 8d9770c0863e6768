// What the tests of the Redis store share: stores that are closed after their test, with all that they told.
import { randomUUID } from 'node:crypto'
import { onTestFinished } from 'vitest'
import { type AccountRef, type Entry, ORIGIN } from '../../server/domain/entry.ts'
import { openRedisStore, type RedisStoreOptions } from '../../server/store/redis/redis-store.ts'
import type { Store } from '../../server/store/store.ts'
import { type RedisServer, type RedisServerOptions, startRedis } from '../setup/redis.ts'
import { startTcpProxy, type TcpProxy } from '../setup/tcp-proxy.ts'

export interface OpenedRedisStore {
  readonly store: Store
  readonly space: string
  /** Everything that was announced. */
  readonly committed: Entry[]
  /** The epoch at each reset. */
  readonly resets: string[]
  /** Each `writable`, in order. */
  readonly writable: boolean[]
  /** Lines of the log: `level message`. */
  readonly logged: string[]
}

type More = Partial<Omit<RedisStoreOptions, 'url' | 'events' | 'log'>>

/** Takes a connection for dead after a second, where tests wait for that; a busy machine may keep Redis silent so long. */
export function openImpatientStore(url: string, more: More = {}): Promise<OpenedRedisStore> {
  return openStore(url, { silenceMs: 1_000, ...more })
}

/** Opens a store that is closed after the test, by default in a space of its own. */
export async function openStore(url: string, more: More = {}): Promise<OpenedRedisStore> {
  const space = more.space ?? randomUUID()
  const committed: Entry[] = []
  const resets: string[] = []
  const writable: boolean[] = []
  const logged: string[] = []
  const store = await openRedisStore({
    lastKnown: () => ORIGIN,
    patienceMs: 3_000,
    ...more,
    url,
    space,
    events: {
      committed: entries => void committed.push(...entries),
      reset: () => void resets.push(store.epoch),
      writable: isWritable => void writable.push(isWritable),
    },
    log: {
      warn: (_, message) => void logged.push(`warn ${message}`),
      error: (_, message) => void logged.push(`error ${message}`),
    },
  })
  onTestFinished(() => store.close())
  return { store, space, committed, resets, writable, logged }
}

/** A server that is ended after the test. */
export async function redisServer(options: RedisServerOptions = {}): Promise<RedisServer> {
  const server = await startRedis(options)
  onTestFinished(() => server.dispose())
  return server
}

/** A proxy before a server: change `target.port` and `cutAll` to put another in its place. */
export async function proxyTo(target: { port: number }): Promise<TcpProxy & { readonly url: string }> {
  const proxy = await startTcpProxy(target)
  onTestFinished(() => proxy.close())
  return Object.assign(proxy, { url: `redis://127.0.0.1:${proxy.port}` })
}

export const NOBODY: AccountRef = { id: 'nobody', username: 'nobody' }
