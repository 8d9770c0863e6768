// How this program reaches Redis, Valkey or a Redis Cluster: the one place where clients are made, for the store and for
// the bus. A URL comes in, an ioredis client that is ready comes out. Every client fails fast, never sends a command
// twice, waits for nothing without a limit, and always has a listener for errors.

import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { Cluster, Redis, type RedisOptions } from 'ioredis'
import { backoffMs } from '../domain/backoff.ts'

export type RedisClient = Redis | Cluster

/**
 * - `commands`: a command is refused at once while there is no connection, rejected when its connection is lost before
 *   the answer (whether it was executed is unknown then), and never sent again by the client.
 * - `subscriber`: keeps its subscriptions, and those that wait for an answer, over lost connections. ioredis subscribes
 *   again by itself and does not say when that is done: ask (`SUBSCRIBE` again, or `PING`) before trusting it.
 */
export type RedisRole = 'commands' | 'subscriber'

export interface RedisClientOptions {
  /** Is told of lost connections and the like; the client goes on by itself. Default: nobody is. */
  onError?(error: Error): void
  /** Without an answer for this long a connection is dead, in milliseconds. Default 5,000. */
  readonly silenceMs?: number
  /** How long the first connection may take, in milliseconds: Redis may start after this program. Default 10,000. */
  readonly patienceMs?: number
}

/**
 * - `REDIS_URL_INVALID`: the URL is not one.
 * - `REDIS_UNREACHABLE`: nobody answers there.
 * - `REDIS_DENIED`: the user, the password or the database number is wrong.
 */
export type RedisErrorCode = 'REDIS_URL_INVALID' | 'REDIS_UNREACHABLE' | 'REDIS_DENIED'

/** There is no first connection; `message` is a whole sentence, without the password. */
export class RedisConnectError extends Error {
  readonly code: RedisErrorCode

  constructor(code: RedisErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'RedisConnectError'
    this.code = code
  }
}

export interface RedisAddress {
  readonly host: string
  readonly port: number
}

export interface RedisTarget {
  /** More than one: members of a Redis Cluster, of which any may answer. */
  readonly addresses: readonly [RedisAddress, ...RedisAddress[]]
  readonly tls: boolean
  readonly username: string | undefined
  readonly password: string | undefined
  readonly db: number
}

const SILENCE_MS = 5_000
const PATIENCE_MS = 10_000
const CONNECT_TIMEOUT_MS = 3_000

/**
 * Reads `redis://user:password@host:6379/0`, or `rediss://` for TLS. Several hosts of a Cluster stand between commas:
 * `redis://:password@a:7000,b:7001,c:7002`. Port 6379, database 0 and no password where they are left out.
 * @throws RedisConnectError `REDIS_URL_INVALID`
 */
export function parseRedisUrl(url: string): RedisTarget {
  const [head = '', ...more] = url.trim().split(',')
  // What the first one says holds for all: the others are addresses only.
  const path = /^([^/]*)(\/[0-9]*)$/.exec(more.at(-1) ?? '')
  if (path) more[more.length - 1] = path[1] ?? ''
  const first = URL.parse(head.trim())
  const others = more.map(address => URL.parse(`redis://${address.trim().replace(/^rediss?:\/\//, '')}`))
  const db = /^\/?([0-9]{0,4})$/.exec(path?.[2] ?? first?.pathname ?? '')?.[1]
  const all = [first, ...others].map(each =>
    each === null || each.hostname === ''
      ? null
      : { host: unbracketed(each.hostname), port: Number(each.port || 6379) },
  )
  const [firstAddress, ...otherAddresses] = all.filter(address => address !== null)
  if (
    first === null ||
    !/^rediss?:$/.test(first.protocol) ||
    firstAddress === undefined ||
    otherAddresses.length !== more.length ||
    db === undefined
  ) {
    throw new RedisConnectError(
      'REDIS_URL_INVALID',
      'A Redis URL looks like redis://user:password@host:6379/0, rediss://host for TLS, or redis://a:7000,b:7001 for a Cluster.',
    )
  }
  return {
    addresses: [firstAddress, ...otherAddresses],
    tls: first.protocol === 'rediss:',
    username: decodeURIComponent(first.username) || undefined,
    password: decodeURIComponent(first.password) || undefined,
    db: Number(db || 0),
  }
}

/** The number of its database; a Cluster has but one. */
export function databaseOf(client: RedisClient): number {
  return client instanceof Cluster ? 0 : (client.options.db ?? 0)
}

function unbracketed(hostname: string): string {
  return hostname.replace(/^\[(.*)\]$/, '$1')
}

/**
 * Connects. A URL with several hosts, or a server with `cluster_enabled`, gets a Cluster client.
 * Rejects with RedisConnectError when there is no connection within `patienceMs`.
 */
export async function createRedisClient(
  url: string,
  role: RedisRole,
  options: RedisClientOptions = {},
): Promise<RedisClient> {
  const target = parseRedisUrl(url)
  const deadline = performance.now() + (options.patienceMs ?? PATIENCE_MS)
  for (let failures = 0; ; failures++) {
    try {
      return await connect(target, role, options, Math.max(CONNECT_TIMEOUT_MS, deadline - performance.now()))
    } catch (error) {
      const refusal = refusalOf(error, target)
      const wait = reconnectDelayMs(failures + 1)
      if (refusal.code === 'REDIS_DENIED' || performance.now() + wait > deadline) throw refusal
      await delay(wait)
    }
  }
}

async function connect(
  target: RedisTarget,
  role: RedisRole,
  options: RedisClientOptions,
  timeoutMs: number,
): Promise<RedisClient> {
  const client = (await isCluster(target)) ? clusterClient(target, role, options) : singleClient(target, role, options)
  let first: Error | null = null
  const remember = (error: Error): void => {
    first ??= error
  }
  client.on('error', remember)
  client.on('error', error => options.onError?.(error))
  // A Cluster reports what happens to one of its members under this name.
  if (client.isCluster) client.on('node error', remember)
  // A Cluster whose members do not know their own address keeps a client waiting for ever.
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(() => late.reject(new Error('no answer in time')), timeoutMs)
  try {
    await Promise.race([client.connect(), late.promise])
    if (client instanceof Cluster && role === 'commands') await connectMembers(client)
  } catch (error) {
    client.disconnect()
    throw first ?? error
  } finally {
    clearTimeout(timer)
    client.off('error', remember)
    client.off('node error', remember)
  }
  return client
}

/**
 * Connects the members of a Cluster, now and after each reconnection: by itself a client connects one when it is first
 * needed, and refuses all but the first command meanwhile. One that is not there now is no reason to wait for it. Not
 * before the client is ready, nor when it is just sent to a new member: it takes one that is connecting for one that is
 * gone.
 */
async function connectMembers(client: Cluster): Promise<void> {
  const connectAll = () => Promise.all(client.nodes('master').map(connectMember))
  client.on('ready', connectAll)
  await connectAll()
}

async function connectMember(member: Redis): Promise<void> {
  if (member.status === 'ready') return
  try {
    if (member.status === 'wait') await member.connect()
    else await once(member, 'ready', { signal: AbortSignal.timeout(CONNECT_TIMEOUT_MS) })
  } catch {}
}

async function isCluster(target: RedisTarget): Promise<boolean> {
  if (target.addresses.length > 1) return true
  const probe = new Redis({ ...connectionOptions(target), ...target.addresses[0], retryStrategy: null })
  let first: Error | null = null
  probe.on('error', error => {
    first ??= error
  })
  try {
    await probe.connect()
    return /^cluster_enabled:1/m.test(await probe.info('cluster'))
  } catch (error) {
    throw first ?? error
  } finally {
    probe.disconnect()
  }
}

function singleClient(target: RedisTarget, role: RedisRole, options: RedisClientOptions): Redis {
  return new Redis({
    ...connectionOptions(target),
    ...roleOptions(role, options),
    ...target.addresses[0],
    db: target.db,
    enableOfflineQueue: role === 'subscriber',
    retryStrategy: reconnectDelayMs,
    // After a failover this address may be a replica: connecting again resolves its name again. The command is not sent
    // again.
    reconnectOnError: (error: Error) => error.message.startsWith('READONLY'),
  })
}

function clusterClient(target: RedisTarget, role: RedisRole, options: RedisClientOptions): Cluster {
  return new Cluster([...target.addresses], {
    redisOptions: { ...connectionOptions(target), ...roleOptions(role, options) },
    lazyConnect: true,
    enableOfflineQueue: role === 'subscriber',
    clusterRetryStrategy: reconnectDelayMs,
    // Redirections are followed, since what is redirected was not executed. All else is not tried again.
    maxRedirections: 8,
    retryDelayOnFailover: 0,
    retryDelayOnClusterDown: 0,
    // With TLS the members' names must reach the check of their certificates.
    ...(target.tls ? { dnsLookup: (name, found) => found(null, name) } : {}),
  })
}

function connectionOptions({ tls, username, password }: RedisTarget) {
  return {
    lazyConnect: true,
    connectTimeout: CONNECT_TIMEOUT_MS,
    maxLoadingRetryTime: 200,
    maxRetriesPerRequest: 0,
    ...(tls ? { tls: {} } : {}),
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
  } satisfies RedisOptions
}

function roleOptions(role: RedisRole, { silenceMs = SILENCE_MS }: RedisClientOptions) {
  return {
    // The names that CLIENT LIST shows.
    connectionName: `recado-${role}`,
    // A black hole: the connection is destroyed when a command waits and nothing at all comes for so long. Should the
    // connection live on but this answer be missing, the command alone is given up.
    socketTimeout: silenceMs,
    commandTimeout: 2 * silenceMs,
    ...(role === 'subscriber'
      ? { autoResubscribe: true, autoResendUnfulfilledCommands: true, maxRetriesPerRequest: null }
      : { autoResendUnfulfilledCommands: false }),
  } satisfies RedisOptions
}

/** 50 ms, doubled with each failure up to a second, less up to half of it at random. */
export function reconnectDelayMs(failures: number): number {
  return backoffMs(failures - 1, 50, 1_000)
}

function refusalOf(error: unknown, { addresses }: RedisTarget): RedisConnectError {
  const reason = error instanceof Error ? error.message : String(error)
  const where = addresses.map(({ host, port }) => `${host}:${port}`).join(', ')
  if (/^(NOAUTH|WRONGPASS|NOPERM|ERR DB index)|invalid password/i.test(reason)) {
    return new RedisConnectError('REDIS_DENIED', `Redis at ${where} refuses the credentials of REDIS_URL: ${reason}.`)
  }
  return new RedisConnectError('REDIS_UNREACHABLE', `Redis at ${where} can not be reached: ${reason}.`)
}
