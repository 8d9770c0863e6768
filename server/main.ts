// The composition root: config → parts → listening → drain. The only file that knows which store and which bus were
// chosen. A message's way: transport/websocket → graphql/resolvers → graphql/send → store.append → bus.publish →
// feed/hub → transport/fan-out → sockets.
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { createAccounts } from './accounts/accounts.ts'
import { createLimiter } from './accounts/limiter.ts'
import { createPasswords } from './accounts/passwords.ts'
import { createRevocations } from './accounts/revocations.ts'
import { createSessions } from './accounts/sessions.ts'
import { createSharedLimiter } from './accounts/shared-limiter.ts'
import type { Bus } from './bus/bus.ts'
import { createLocalBus } from './bus/local.ts'
import { createRedisBus, type RedisBus } from './bus/redis.ts'
import { createRedisPresence } from './bus/redis-presence.ts'
import { createProbe } from './challenge/probe.ts'
import { type Config, parseConfig } from './config.ts'
import { createCurrentCursors } from './domain/cursor.ts'
import { ORIGIN, type Position } from './domain/entry.ts'
import type { ErrorCode } from './domain/errors.ts'
import { Refusal } from './domain/errors.ts'
import { randomId } from './domain/message.ts'
import { createLog as createFeedLog, type Log as FeedLog } from './feed/log.ts'
import { createPresence } from './feed/presence.ts'
import { createDocuments } from './graphql/documents.ts'
import { createMasking } from './graphql/masking.ts'
import { createPages } from './graphql/pages.ts'
import { createExecutableSchema } from './graphql/resolvers.ts'
import { createSend } from './graphql/send.ts'
import { createRedisClient, type RedisClient } from './redis/client.ts'
import { openRedisStore } from './store/redis/redis-store.ts'
import { startRetention } from './store/retention.ts'
import { spaceFolder } from './store/sqlite/data-dir.ts'
import { openSqliteStore } from './store/sqlite/sqlite-store.ts'
import type { Store, StoreEvents } from './store/store.ts'
import { createHealth } from './telemetry/health.ts'
import { createLog, type Log } from './telemetry/log.ts'
import { createMetrics } from './telemetry/metrics.ts'
import { createAddressReader } from './transport/address.ts'
import { createAuthenticate } from './transport/authentication.ts'
import { createConnections } from './transport/connections.ts'
import { createSessionCookie } from './transport/cookies.ts'
import { closeInWaves } from './transport/drain.ts'
import { createGroups } from './transport/fan-out/groups.ts'
import { createOperations } from './transport/fan-out/operation.ts'
import { createGraphqlHttp } from './transport/graphql-http.ts'
import { startHeartbeat } from './transport/heartbeat.ts'
import { createHttpServer } from './transport/http.ts'
import { createOrigins } from './transport/origin.ts'
import { createPage } from './transport/page.ts'
import { createSubscriptions } from './transport/subscriptions.ts'
import { createWebSocketHandler } from './transport/websocket.ts'

export interface RunningServer {
  /** Where this machine reaches it. */
  readonly url: string
  /** Drains: refuses new work, finishes what was accepted, lets everybody go, closes the store. */
  close(): Promise<void>
}

const VERSION = (JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string })
  .version
const PAGE = fileURLToPath(new URL('../client/web/dist', import.meta.url))
/** Requests that are still being answered have this long when the server stops. */
const LAST_ANSWERS_MS = 3_000

/**
 * Starts a server from an environment.
 * @throws ConfigError for nonsense in it; StoreError when the data folder is in use, damaged or of a newer version
 */
export async function startServer(env: Readonly<Record<string, string | undefined>>): Promise<RunningServer> {
  const config = parseConfig(env)
  return run(config, createLog({ level: config.logLevel }))
}

async function run(config: Config, log: Log): Promise<RunningServer> {
  const onError = (err: unknown): void => log.error({ err }, 'unexpected error')
  /** A storage that is away has said so itself: what can't be done meanwhile is no defect. */
  const onUnlessRefused = (message: string) => (error: unknown) => {
    if (error instanceof Refusal) log.warn({ code: error.code }, message)
    else onError(error)
  }
  const health = createHealth()
  const metrics = createMetrics()

  // What must last, and who must hear of it.
  let following: FeedLog | null = null
  const { store, bus, neighbours, closeStorage } = await openStorage(config, log, {
    head: () => following?.head ?? ORIGIN,
    reset: () => following?.reset(),
    writable(isWritable) {
      if (health.state !== 'starting') health.set(isWritable ? 'ready' : 'storage')
    },
  })
  const feedLog = await createFeedLog({
    store,
    bus,
    tailEntries: config.tailEntries,
    onDelivered: metrics.delivered,
    onReset: () => groups.forget(),
    onError: onUnlessRefused('the log can not be read now, trying again'),
  })
  following = feedLog
  // Should it have become another history before it could be told of it.
  if (feedLog.epoch !== store.epoch) feedLog.reset()
  metrics.beforeReading(() => metrics.setFeeds(feedLog.hub.counts))
  const retention = startRetention({
    store,
    messages: config.retainMessages,
    days: config.retainDays,
    onTrimmed: feedLog.forget,
    onError,
  })

  // Who is who.
  const { revokedSince } = store
  const revocations = revokedSince ? createRevocations({ store: { revokedSince }, log }) : null
  const sessions = createSessions({
    store,
    sessionDays: config.sessionDays,
    log,
    ...(revocations ? { revocations } : {}),
  })
  const limiter = neighbours
    ? createSharedLimiter({ ...config, client: neighbours.client, log })
    : createLimiter(config)
  const accounts = createAccounts({
    store,
    sessions,
    passwords: createPasswords(),
    limiter,
    registration: config.registration,
  })
  const leases = neighbours
    ? createRedisPresence({ client: neighbours.client, space: config.space, nodeId: randomId(), log })
    : null
  const presence = createPresence({
    onGone: (id, at) =>
      void store.setLastSeen(id, at).catch(onUnlessRefused('when somebody was last seen is not kept')),
    ...(leases ? { leases } : {}),
  })

  // What may be asked.
  const cursors = createCurrentCursors(() => feedLog.epoch)
  const masking = createMasking({
    onUnexpected: (err, reference) => log.error({ err, reference }, 'unexpected error'),
    onRefused: code => metrics.refused(code as ErrorCode),
  })
  const subscriptions = createSubscriptions({
    log: feedLog,
    presence,
    cursors,
    groups: () => groups,
    backlogBytes: config.backlogBytes,
    onError,
  })
  const probe = createProbe({ url: config.challengeUrl, openTimeoutMs: config.challengeTimeoutMs })
  const schema = createExecutableSchema({
    accounts,
    sessions,
    presence,
    cursors,
    probe,
    sources: subscriptions.sources,
    pages: createPages({ log: feedLog, store, accounts, presence, cursors, pageLimit: config.pageLimit }),
    send: createSend({
      log: {
        async append(draft) {
          const started = performance.now()
          const appended = await feedLog.append(draft)
          metrics.appended((performance.now() - started) / 1000)
          return appended
        },
      },
      store,
      accounts,
      limiter,
      textLimits: { codePoints: config.textLimit, bytes: config.textLimitBytes },
      isDraining: () => health.state === 'draining',
    }),
    server: {
      version: VERSION,
      get epoch() {
        return feedLog.epoch
      },
      limits: {
        textCodePoints: config.textLimit,
        textBytes: config.textLimitBytes,
        page: config.pageLimit,
        messageBytes: config.maxMessageBytes,
        sendsPerSecond: config.sendsPerSecond,
        subscriptionsPerSocket: config.subscriptionsPerSocket,
      },
    },
  })
  const documents = createDocuments({
    schema,
    tokens: config.queryTokens,
    introspection: config.introspection,
    limits: {
      depth: config.queryDepth,
      aliases: config.queryAliases,
      cost: config.queryCost,
      page: config.pageLimit,
    },
  })
  const groups = createGroups({
    schema,
    masking,
    cursors,
    context: { viewer: null, address: '', operationId: null, cookies: null },
    most: config.groups,
    mostPerAddress: config.groupsPerAddress,
  })

  // How it is asked.
  const connections = createConnections({
    perUser: config.connectionsPerUser,
    perAddress: config.connectionsPerAddress,
  })
  sessions.onEnded(ids => connections.endSessions(ids, new Refusal('UNAUTHENTICATED')))
  revocations?.onRevoked(({ accountIds }) => {
    for (const id of accountIds) {
      accounts.forget(id)
      presence.forget(id)
    }
    if (accountIds.length > 0) connections.endAccounts(accountIds, new Refusal('UNAUTHENTICATED'))
  })
  // What was revoked meanwhile nobody can tell any more: everyone shows their token anew.
  revocations?.onGap(() => {
    for (const connection of [...connections.all]) connection.drain()
  })
  neighbours?.onControl(notice => {
    if (notice.kind === 'revocations') revocations?.hint()
    else leases?.hint(notice.nodeId)
  })
  const cookie = createSessionCookie(config.publicUrl?.startsWith('https:') ?? false)
  const transport = {
    schema,
    documents,
    masking,
    operations: createOperations(schema),
    subscriptions,
    authenticate: createAuthenticate(sessions, cookie),
    connections,
    presence,
    origins: createOrigins({ allowed: config.allowedOrigins, publicUrl: config.publicUrl ?? null }),
    cookie,
    addressOf: createAddressReader(config.trustProxy),
    isDraining: () => health.state === 'draining',
    onError,
  }
  const server = createHttpServer({
    ...transport,
    health,
    metrics,
    graphql: createGraphqlHttp({
      ...transport,
      graphiql: config.graphiql,
      messageBytes: config.maxMessageBytes,
      pingIntervalMs: config.pingIntervalMs,
    }),
    page: createPage(PAGE),
    upgrade: createWebSocketHandler({
      ...transport,
      onOpened: () => metrics.connectionOpened('websocket'),
      onClosed: () => metrics.connectionClosed('websocket'),
      limits: {
        messageBytes: config.maxMessageBytes,
        subscriptionsPerSocket: config.subscriptionsPerSocket,
        initTimeoutMs: config.initTimeoutMs,
        pingIntervalMs: config.pingIntervalMs,
        backlogBytes: config.backlogBytes,
      },
    }),
  })

  async function closeParts(): Promise<void> {
    await presence.close()
    revocations?.close()
    await retention.close()
    probe.close()
    feedLog.close()
    await closeStorage()
    metrics.close()
  }

  try {
    await revocations?.start()
    await leases?.start()
    server.listen(config.port, config.host)
    await once(server, 'listening')
  } catch (error) {
    // Nobody gets in: what was opened is closed again, or the data folder would stay taken.
    await closeParts()
    throw error
  }
  const stopHeartbeat = startHeartbeat(connections)
  health.set('ready')
  const { address, port, family } = server.address() as AddressInfo
  const host = address === '0.0.0.0' || address === '::' ? 'localhost' : family === 'IPv6' ? `[${address}]` : address
  const url = `http://${host}:${port}`
  const storage =
    config.redisUrl === null ? { dataDir: spaceFolder(config.dataDir, config.space) } : { space: config.space }
  log.info({ url, ...storage, epoch: store.epoch }, 'listening')

  let closing: Promise<void> | null = null
  async function close(): Promise<void> {
    health.set('draining')
    log.info('draining')
    const closed = once(server, 'close')
    server.close()
    server.closeIdleConnections()
    await feedLog.hub.flushed()
    await closeInWaves(connections, config.drainSeconds * 1_000)
    await Promise.race([closed, delay(LAST_ANSWERS_MS, undefined, { ref: false })])
    server.closeAllConnections()
    stopHeartbeat()
    await closeParts()
    log.info('stopped')
  }
  return { url, close: () => (closing ??= close()) }
}

interface Storage {
  readonly store: Store
  readonly bus: Bus
  /** Null: this node is alone. */
  readonly neighbours: Neighbours | null
  /** Finishes what was accepted, and closes all. */
  closeStorage(): Promise<void>
}

/** What nodes of one space share beside the log. */
interface Neighbours extends Pick<RedisBus, 'onControl'> {
  readonly client: RedisClient
}

interface StorageEvents extends Required<Pick<StoreEvents, 'reset' | 'writable'>> {
  /** The last position that has come over the bus; ORIGIN: none yet. */
  head(): Position
}

/** One node has its data folder and hears itself; several have a Redis, whose scripts append and publish in one step. */
async function openStorage(config: Config, log: Log, events: StorageEvents): Promise<Storage> {
  const { redisUrl: url, space } = config
  if (url === null) {
    const bus = createLocalBus()
    const store = await openSqliteStore({
      dataDir: spaceFolder(config.dataDir, config.space),
      log,
      events: { ...events, committed: entries => bus.publish(entries) },
    })
    return { store, bus, neighbours: null, closeStorage: () => bus.close().then(store.close) }
  }
  const store = await openRedisStore({
    url,
    space,
    log,
    events: { ...events, committed() {} },
    lastKnown: events.head,
    allowVolatile: config.redisAllowVolatile,
    waitReplicas: config.redisWaitReplicas,
  })
  try {
    const client = await createRedisClient(url, 'commands', {
      onError: ({ message }) => log.warn({ reason: message }, 'a connection to Redis has failed'),
    })
    const bus = createRedisBus({ client, space, epoch: () => store.epoch, log })
    const closeStorage = async (): Promise<void> => {
      await bus.close()
      await store.close()
      client.disconnect()
    }
    return { store, bus, neighbours: { client, onControl: bus.onControl }, closeStorage }
  } catch (error) {
    await store.close()
    throw error
  }
}
