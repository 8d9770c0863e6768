// The store of several nodes: one space in Redis, Valkey or a Redis Cluster (keys.ts). Writes and reads have a connection
// each, so that a long page never stands before an append. All state is in Redis; a node keeps the head it has seen.
import type { Position } from '../../domain/entry.ts'
import { createRedisClient, databaseOf, type RedisClient, RedisConnectError } from '../../redis/client.ts'
import type { Store, StoreEvents } from '../store.ts'
import { StoreError } from '../store-error.ts'
import { SILENT, type StoreLog } from '../store-log.ts'
import { createAccounts } from './accounts.ts'
import { createAppends } from './appends.ts'
import { createConnection } from './connection.ts'
import { createConversations } from './conversations.ts'
import { checkDurability } from './durability.ts'
import { FORMAT, refuseFormat } from './format.ts'
import { createHistory, type History, type Identity, openHistory } from './history.ts'
import { type Keys, keysOf } from './keys.ts'
import { createReads } from './log-reads.ts'
import { createLogWrites } from './log-writes.ts'
import { createRecords } from './records.ts'
import { isUnavailable, reasonOf } from './redis-errors.ts'
import { createRevisions } from './revisions.ts'
import { createSessions } from './sessions.ts'
import { createTrim } from './trim.ts'
import { serversOn } from './whole-space.ts'
import { createWriteQueue, type QueueLimits } from './write-queue.ts'

export interface RedisStoreOptions {
  /** As server/redis/client.ts reads it. */
  readonly url: string
  readonly space: string
  readonly events: StoreEvents
  /** The last position that this node knows of otherwise: the head of its feed's chain. ORIGIN: nothing yet. */
  lastKnown(): Position
  /** Milliseconds since 1970. Positions follow it while it rises. Default `Date.now`. */
  readonly clock?: () => number
  /** Default: says nothing. */
  readonly log?: StoreLog
  /** How many replicas must have a message before it is acknowledged. Default 0. */
  readonly waitReplicas?: number
  /** How long they may take, in milliseconds. Default 1,000. */
  readonly waitTimeoutMs?: number
  /** Opens although Redis may lose what it acknowledged. Default false. */
  readonly allowVolatile?: boolean
  /** How long the first connection may take, in milliseconds. Default 10,000. */
  readonly patienceMs?: number
  /** Without an answer for this long a connection is given up, in milliseconds. Default 5,000. */
  readonly silenceMs?: number
  /** Default 256 writes or 256 Ki characters a batch, 100,000 writes or 32 Mi characters waiting. */
  readonly limits?: Partial<QueueLimits>
}

const LIMITS: QueueLimits = { batch: 256, batchText: 256 * 1024, drafts: 100_000, text: 32 * 1024 * 1024 }
const SILENCE_MS = 5_000
const SAME_ERROR_MS = 60_000
/** Reads wait so long for a connection that is down: Redis restarts, or a replica takes over. */
const READ_GRACE_MS = 1_000

/**
 * Opens the space, giving it an identity if it is new. Rejects with StoreError when Redis can not be reached, would lose
 * what it acknowledges (see `allowVolatile`), takes no writes, holds a space of a newer version, or one of an older version
 * on which servers run.
 */
export async function openRedisStore(options: RedisStoreOptions): Promise<Store> {
  const { events, log = SILENT, clock = Date.now, silenceMs = SILENCE_MS } = options
  const { waitReplicas = 0, waitTimeoutMs = 1_000, allowVolatile = false } = options
  const clientOptions = {
    // Redis is silent while it waits for replicas.
    silenceMs: silenceMs + (waitReplicas > 0 ? waitTimeoutMs : 0),
    ...(options.patienceMs === undefined ? {} : { patienceMs: options.patienceMs }),
    onError: warnOfErrors(log),
  }
  const clients: RedisClient[] = []
  let identity: Identity
  let keys: Keys
  try {
    for (let n = 0; n < 2; n++) clients.push(await createRedisClient(options.url, 'commands', clientOptions))
    const [client] = clients as [RedisClient]
    keys = keysOf(options.space, databaseOf(client))
    await checkDurability(client, allowVolatile, log)
    identity = await openSpace(client, options.space, keys)
  } catch (error) {
    for (const client of clients) client.disconnect()
    throw openingError(error)
  }
  const [forWrites, forReads] = clients as [RedisClient, RedisClient]

  const writes = createConnection({
    client: forWrites,
    name: 'writes',
    // Nothing is written before it is clear in which history.
    probe: client => history.resolve({ on: client }),
    onChange: isUp => events.writable?.(isUp),
    log,
  })
  const reads = createConnection({
    client: forReads,
    name: 'reads',
    probe: async client => void (await client.hget(keys.meta, 'epoch')),
    graceMs: READ_GRACE_MS,
    log,
  })
  const history: History = createHistory(identity, {
    keys,
    events,
    log,
    lastKnown: options.lastKnown,
    run: action => writes.run(action),
  })
  const parts = { reads, writes, keys }
  const accounts = createAccounts(parts)
  const queue = createWriteQueue({ ...LIMITS, ...options.limits }, () => writes.isUp)
  const logWrites = createLogWrites({
    connection: writes,
    history,
    keys,
    events,
    log,
    clock,
    replicas: { count: waitReplicas, timeoutMs: waitTimeoutMs },
  })
  const { accountById } = accounts
  let closing: Promise<void> | null = null

  async function close(): Promise<void> {
    await queue.close()
    await Promise.all([writes.close(), reads.close()])
  }

  return {
    get epoch() {
      return history.epoch
    },
    get secret() {
      return history.secret
    },
    head: () => history.head,
    append: createAppends({ queue, writes: logWrites, connection: writes, keys, accountById }),
    ...createRevisions({ queue, writes: logWrites, reads, history, keys }),
    ...createReads({ connection: reads, history, keys }),
    async check() {
      await history.resolve()
      return history.head
    },
    ...createTrim({ ...parts, history }),
    ...createConversations({ ...parts, history }),
    ...accounts,
    deleteAccount(...args) {
      const deleted = accounts.deleteAccount(...args)
      queue.after(deleted)
      return deleted
    },
    ...createSessions(parts),
    ...createRecords(parts),
    close() {
      closing ??= close()
      return closing
    },
  }
}

/** The identity of the space, which has the newest format from now on. */
async function openSpace(client: RedisClient, space: string, keys: Keys): Promise<Identity> {
  const identity = await openHistory(client, keys)
  refuseFormat(space, identity.format)
  if (identity.format === FORMAT) return identity
  const servers = await serversOn(client, keys)
  // Another one of this version may have brought it up to date, and listen, since the first look.
  const { format } = await openHistory(client, keys)
  if (servers > 0 && format < FORMAT) {
    throw new StoreError(
      'IN_USE',
      `Servers of an older version of Recado run on the space ${space} in Redis: stop all of them, then start this one.`,
    )
  }
  return openHistory(client, keys, FORMAT)
}

/** Says why a connection fails; not again at each attempt for the same reason. */
function warnOfErrors(log: StoreLog): (error: Error) => void {
  let [last, lastAt] = ['', 0]
  return error => {
    const reason = reasonOf(error)
    if (reason === last && performance.now() - lastAt < SAME_ERROR_MS) return
    last = reason
    lastAt = performance.now()
    log.warn({ reason }, 'a connection to Redis has failed')
  }
}

function openingError(error: unknown): Error {
  if (error instanceof StoreError) return error
  if (error instanceof RedisConnectError) return new StoreError(error.code, error.message, { cause: error.cause })
  if (isUnavailable(error)) {
    return new StoreError('REDIS_REFUSED', `Redis can be reached, but refuses to be used: ${reasonOf(error)}.`)
  }
  return new Error(`Redis: ${reasonOf(error)}`)
}
