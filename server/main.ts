// The composition root: config → parts → listening → drain. A message's way: transport/websocket → graphql/resolvers →
// graphql/send → store.append → bus.publish → feed/hub → transport/fan-out → sockets.
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { createAccounts } from './accounts/accounts.ts'
import { createCodeBook } from './accounts/code-book.ts'
import { createDevices } from './accounts/devices.ts'
import { createLimiter } from './accounts/limiter.ts'
import { createOutsideTokens, dropBonds, type OutsideTokens } from './accounts/outside-tokens.ts'
import { createPairing } from './accounts/pairing.ts'
import { createPasswords } from './accounts/passwords.ts'
import { createRevocations } from './accounts/revocations.ts'
import { createSessions } from './accounts/sessions.ts'
import { createSharedCodeBook } from './accounts/shared-code-book.ts'
import { createSharedLimiter } from './accounts/shared-limiter.ts'
import { createRedisPresence } from './bus/redis-presence.ts'
import { createProbe } from './challenge/probe.ts'
import { type Config, parseConfig } from './config.ts'
import { createCurrentCursors } from './domain/cursor.ts'
import { ORIGIN } from './domain/entry.ts'
import type { ErrorCode } from './domain/errors.ts'
import { Refusal } from './domain/errors.ts'
import { randomId } from './domain/message.ts'
import { createLog, type Log } from './feed/log.ts'
import { createPresence } from './feed/presence.ts'
import { createTyping } from './feed/typing.ts'
import { createDocuments } from './graphql/documents.ts'
import { createInspect } from './graphql/inspection.ts'
import { createMasking } from './graphql/masking.ts'
import { createPages } from './graphql/pages.ts'
import { createReading } from './graphql/reading.ts'
import { createExecutableSchema } from './graphql/resolvers.ts'
import { createRevise } from './graphql/revise.ts'
import { createSearchPages } from './graphql/search.ts'
import { createSend } from './graphql/send.ts'
import { createAuditLog } from './moderation/audit-log.ts'
import { createBlocks } from './moderation/blocks.ts'
import { createGate } from './moderation/gate.ts'
import { createInvitations } from './moderation/invitations.ts'
import { createModeration } from './moderation/moderation.ts'
import { createStandings, refuseBanned } from './moderation/standing.ts'
import { createOperator } from './operator/operator.ts'
import { listenForOperator } from './operator/operator-socket.ts'
import { createReadPositions } from './reading/read-positions.ts'
import { createSearch, type Search } from './search/search.ts'
import { openStorage, searchFile } from './storage.ts'
import { startRetention } from './store/retention.ts'
import { spaceFolder } from './store/sqlite/data-dir.ts'
import { createHealth } from './telemetry/health.ts'
import { createLogger, type LogDestination, type Logger } from './telemetry/logger.ts'
import { createMetrics } from './telemetry/metrics.ts'
import { createAddressReader } from './transport/address.ts'
import { createAuthenticate } from './transport/authentication.ts'
import { createConnections } from './transport/connections.ts'
import { createSessionCookie } from './transport/cookies.ts'
import { closeInWaves } from './transport/drain.ts'
import { createGroups } from './transport/fan-out/groups.ts'
import { createOperations } from './transport/fan-out/operation.ts'
import { createGraphiqlPage } from './transport/graphiql-page.ts'
import { createGraphqlHttp } from './transport/graphql-http.ts'
import { startHeartbeat } from './transport/heartbeat.ts'
import { createHttpServer } from './transport/http.ts'
import { createOrigins } from './transport/origin.ts'
import { createPage } from './transport/page.ts'
import { requestIds } from './transport/request-id.ts'
import { createSecurityHeaders } from './transport/security-headers.ts'
import { createSubscriptions } from './transport/subscriptions.ts'
import { createTurns } from './transport/turns.ts'
import { createWebSocketHandler } from './transport/websocket.ts'

export interface RunningServer {
  /** Where this machine reaches it. */
  readonly url: string
  /** Drains: refuses new work, finishes what was accepted, lets everybody go, closes the store. */
  close(): Promise<void>
}

const REGISTRATIONS = { open: 'OPEN', invite: 'INVITE', closed: 'CLOSED' } as const
const VERSION = (JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string })
  .version
const PAGE = fileURLToPath(new URL('../client/web/dist', import.meta.url))
/** Requests that are still being answered have this long when the server stops. */
const LAST_ANSWERS_MS = 3_000

export interface StartOptions {
  /** Gets each line of the log. Default: standard output. */
  readonly logTo?: LogDestination
}

/**
 * Starts a server from an environment.
 * @throws ConfigError for nonsense in it; StoreError when the data folder is in use, damaged or of a newer version
 */
export async function startServer(
  env: Readonly<Record<string, string | undefined>>,
  { logTo }: StartOptions = {},
): Promise<RunningServer> {
  const config = parseConfig(env)
  return run(config, createLogger({ level: config.logLevel, ...(logTo ? { destination: logTo } : {}) }))
}

async function run(config: Config, log: Logger): Promise<RunningServer> {
  const parts = new AsyncDisposableStack()
  try {
    return await assemble(config, log, parts)
  } catch (error) {
    // Nobody gets in: what was opened is closed again, or the data folder would stay taken.
    await parts.disposeAsync()
    throw error
  }
}

/** @param parts gets what closes each part once it is there: the last one is closed first */
async function assemble(config: Config, log: Logger, parts: AsyncDisposableStack): Promise<RunningServer> {
  const onError = (err: unknown, requestId?: string): void =>
    log.error({ err, ...(requestId === undefined ? {} : { requestId }) }, 'unexpected error')
  /** A storage that is away has said so itself: what can't be done meanwhile is no defect. */
  const onUnlessRefused = (message: string) => (error: unknown) => {
    if (error instanceof Refusal) log.warn({ code: error.code }, message)
    else onError(error)
  }
  const health = createHealth()
  const metrics = createMetrics()
  parts.defer(metrics.close)

  // What must last, and who must hear of it.
  let following: Log | null = null
  let search: Search | null = null
  /** What remembers anything of a history, once it is there: the history may become another one before all parts are. */
  const onHistory: (() => void)[] = []
  const { store, bus, neighbours, closeStorage } = await openStorage(config, log, {
    head: () => following?.head ?? ORIGIN,
    written: metrics.committed,
    reset() {
      following?.reset()
      search?.reset()
    },
    writable(isWritable) {
      if (health.state !== 'starting') health.set(isWritable ? 'ready' : 'storage')
    },
  })
  parts.defer(closeStorage)
  const feedLog = await createLog({
    store,
    bus,
    tailEntries: config.tailEntries,
    onDelivered: metrics.delivered,
    onReset() {
      for (const forget of onHistory) forget()
    },
    onError: onUnlessRefused('the log can not be read now, trying again'),
  })
  parts.defer(feedLog.close)
  following = feedLog
  // Should it have become another history before it could be told of it.
  if (feedLog.epoch !== store.epoch) feedLog.reset()
  metrics.beforeReading(() => {
    metrics.setFeeds(feedLog.hub.counts)
    const furthest = feedLog.hub.furthestBehind()
    // Positions are microseconds; a feed at the origin has all of the log before it, which has no age.
    metrics.setFeedLag(furthest === null || furthest === ORIGIN ? 0 : Math.max(0, feedLog.head - furthest) / 1e6)
  })
  if (config.search) {
    const { epoch } = store
    search = await createSearch({ store, bus, path: searchFile(config), log, onError })
    parts.defer(search.close)
    // Should it have become another history before the search could be told of it.
    if (epoch !== store.epoch) search.reset()
    metrics.beforeReading(() => metrics.setSearchLag(search?.lagSeconds ?? null))
  }
  const retention = startRetention({
    store,
    messages: config.retainMessages,
    days: config.retainDays,
    onTrimmed(floor) {
      feedLog.forget(floor)
      search?.forget(floor)
    },
    onError,
  })
  parts.defer(retention.close)

  // Who is who.
  const { revokedSince } = store
  const revocations = revokedSince ? createRevocations({ store: { revokedSince }, log }) : null
  parts.defer(() => revocations?.close())
  const isShared = neighbours !== null
  const audit = createAuditLog(store)
  const standings = createStandings({ store, audit, isShared })
  const blocks = createBlocks(store, isShared)
  const invitations = createInvitations(store, audit)
  const gate = createGate({ standings, blocks })
  const admit = async (accountId: string): Promise<void> => refuseBanned(await standings.now(accountId))
  const sessions = createSessions({
    store,
    admit,
    ...(config.jwtIssuer === null
      ? {}
      : {
          outside: {
            find: async token => (await outside?.find(token)) ?? null,
            settle: async (token, expiresAt) => outside?.settle(token, expiresAt),
          },
        }),
    sessionDays: config.sessionDays,
    perUser: config.sessionsPerUser,
    log,
    ...(revocations ? { revocations } : {}),
  })
  parts.defer(sessions.close)
  const limiter = neighbours
    ? createSharedLimiter({ ...config, client: neighbours.client, log })
    : createLimiter(config)
  const accounts = createAccounts({
    store,
    sessions,
    passwords: createPasswords(),
    limiter,
    registration: config.registration,
    invitations,
    admit,
    async onDeleted(accountId) {
      const dropped = [standings.drop(accountId), blocks.drop(accountId), dropBonds(store, accountId)]
      // The account is deleted, whatever comes of this: what is left says something of nobody.
      await Promise.all(dropped).catch(onUnlessRefused('something is still kept of a deleted account'))
    },
  })
  const outside: OutsideTokens | null =
    config.jwtIssuer === null
      ? null
      : createOutsideTokens({
          issuer: config.jwtIssuer,
          audience: config.jwtAudience,
          secret: config.jwtSecret,
          jwksUrl: config.jwtJwksUrl,
          nameClaim: config.jwtNameClaim,
          store,
          accounts,
          admit,
          log,
        })
  const devices = createDevices({
    sessions,
    isConnected: id => connections.hasSession(id),
    onError: onUnlessRefused('the devices of somebody can not be read now, trying again'),
  })
  const pairing = createPairing({
    book: neighbours ? createSharedCodeBook({ client: neighbours.client, space: config.space }) : createCodeBook(),
    sessions,
    limiter,
    secret: store.secret,
  })
  const leases = neighbours
    ? createRedisPresence({ client: neighbours.client, space: config.space, nodeId: randomId(), log })
    : null
  const presence = createPresence({
    onGone: (id, at) =>
      void store.setLastSeen(id, at).catch(onUnlessRefused('when somebody was last seen is not kept')),
    ...(leases ? { leases } : {}),
  })
  parts.defer(presence.close)

  const readPositions = createReadPositions({
    store,
    bus,
    isShared: neighbours !== null,
    onError: onUnlessRefused('how far people have read can not be read now, trying again'),
  })
  parts.defer(readPositions.close)
  onHistory.push(readPositions.reset)
  const typing = createTyping({ bus, onError })
  parts.defer(typing.close)
  const moderation = createModeration({ standings, audit, sessions, store })

  // What may be asked.
  const textLimits = { codePoints: config.textLimit, bytes: config.textLimitBytes }
  const isDraining = (): boolean => health.state === 'draining'
  const cursors = createCurrentCursors(() => feedLog.epoch)
  const masking = createMasking({
    onUnexpected: (err, reference, requestId = requestIds.getStore()) =>
      log.error({ err, reference, ...(requestId === undefined ? {} : { requestId }) }, 'unexpected error'),
    onRefused: code => metrics.refused(code as ErrorCode),
  })
  const subscriptions = createSubscriptions({
    log: feedLog,
    presence,
    devices,
    readPositions,
    typing,
    cursors,
    groups: () => groups,
    backlogBytes: config.backlogBytes,
    onError,
  })
  const probe = createProbe({ url: config.challengeUrl, openTimeoutMs: config.challengeTimeoutMs })
  parts.defer(probe.close)
  const schema = createExecutableSchema({
    accounts,
    sessions,
    devices,
    pairing,
    presence,
    cursors,
    probe,
    sources: subscriptions.sources,
    gate,
    standings,
    outside,
    moderation,
    blocks,
    invitations,
    audit,
    inspect: createInspect({
      log: feedLog,
      store,
      accounts,
      version: VERSION,
      connections: () => connections.all.size,
      searchLagSeconds: () => search?.lagSeconds ?? null,
    }),
    limiter,
    pageLimit: config.pageLimit,
    isDraining,
    typing,
    search: createSearchPages({ search, log: feedLog, accounts, limiter, cursors, pageLimit: config.pageLimit }),
    pages: createPages({ log: feedLog, store, accounts, presence, cursors, pageLimit: config.pageLimit }),
    reading: createReading({
      log: feedLog,
      store,
      accounts,
      positions: readPositions,
      limiter,
      cursors,
      pageLimit: config.pageLimit,
    }),
    send: createSend({
      store,
      accounts,
      limiter,
      gate,
      textLimits,
      isDraining,
      onAppended: metrics.appended,
    }),
    revise: createRevise({ store, limiter, gate, textLimits, isDraining }),
    server: {
      version: VERSION,
      registration: REGISTRATIONS[config.registration],
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
        retainedMessages: config.retainMessages,
        retainedDays: config.retainDays,
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
    context: { viewer: null, address: '', device: '', operationId: null, cookies: null },
    most: config.groups,
    mostPerAddress: config.groupsPerAddress,
  })
  onHistory.push(groups.forget)

  metrics.beforeReading(() => metrics.setGroups(groups.size))

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
  if (neighbours) await bus.subscribe({ links() {}, gap: readPositions.gap })
  bus.onControl(notice => {
    if (notice.kind === 'revocations') revocations?.hint()
    else if (notice.kind === 'presence') leases?.hint(notice.nodeId)
    else if (notice.kind === 'records') {
      for (const { kind, key } of notice.changed) {
        if (kind === 'standing') standings.forget(key)
        if (kind === 'block') blocks.forget(key)
      }
    } else if (notice.kind === 'read') readPositions.hear(notice.accountId, notice)
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
    turns: createTurns(),
    isDraining,
    onError,
  }
  const securityHeaders = createSecurityHeaders({ publicUrl: config.publicUrl ?? null })
  const server = createHttpServer({
    ...transport,
    securityHeaders,
    health,
    metrics,
    log,
    graphql: createGraphqlHttp({
      ...transport,
      graphiql: config.graphiql ? createGraphiqlPage(securityHeaders) : null,
      messageBytes: config.maxMessageBytes,
      pingIntervalMs: config.pingIntervalMs,
      onStreamOpened: () => metrics.connectionOpened('sse'),
      onStreamClosed: () => metrics.connectionClosed('sse'),
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

  await revocations?.start()
  await leases?.start()
  server.listen(config.port, config.host)
  await once(server, 'listening')
  const stopHeartbeat = startHeartbeat(connections)
  // Of a Redis the command is a node of its own.
  const operatorSocket = neighbours
    ? null
    : await listenForOperator({
        operator: createOperator({ store, accounts, sessions, standings, moderation, invitations, blocks, audit }),
        dataDir: spaceFolder(config.dataDir, config.space),
        log,
        onError,
      })
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
    await operatorSocket?.close()
    await parts.disposeAsync()
    log.info('stopped')
  }
  return { url, close: () => (closing ??= close()) }
}
