// The bus of several nodes: Redis pub/sub, by graphql-redis-subscriptions. Who publishes is the store's script, in the
// same step as it appends; this side listens. Notices may be lost, doubled or out of order: each says what came right
// before it, a lost connection is told as a gap, and whoever listens (feed/chain.ts) reads what is missing.
//
// Two kinds of topics: `all`, with a link of the chain for each entry, and one for each account, with its private
// messages, which is listened to only while the account is served here.
import { RedisPubSub } from 'graphql-redis-subscriptions'
import { Cluster, type Redis } from 'ioredis'
import { allTopic, parseNotice, typingMessage, userTopic } from '../domain/notice.ts'
import { databaseOf, type RedisClient } from '../redis/client.ts'
import type { Bus, BusListener, ControlBus, ControlListener } from './bus.ts'
import { createSubscriber, type SubscriberTimes } from './subscriber.ts'

/** What the bus says to the operator. A pino logger fits. */
export interface BusLog {
  warn(details: object, message: string): void
}

export interface RedisBusOptions {
  /** Says where Redis is: connections of the bus's own are made like it. */
  readonly client: RedisClient
  readonly space: string
  /** The history that is current; what is said of another one is not passed on. */
  epoch(): string
  readonly log: BusLog
  readonly times?: Partial<RedisBusTimes>
}

export interface RedisBusTimes extends SubscriberTimes {
  /** An account's topic is kept this long after its last feed has gone: it may be a reload. Default 5,000 ms. */
  readonly lingerMs: number
}

export type RedisBus = Bus & ControlBus

const LINGER_MS = 5_000
/** What nobody can read is said at most this often. */
const MALFORMED_EVERY_MS = 10_000

/** An account's topic, while it is subscribed or about to be. */
interface Topic {
  users: number
  /** What graphql-redis-subscriptions calls the subscription; null: not acknowledged yet. */
  id: number | null
  /** Until it is acknowledged for the first time. */
  ready: Promise<void> | null
  lingering: NodeJS.Timeout | null
}

export function createRedisBus({ client, space, epoch, log, times }: RedisBusOptions): RedisBus {
  const lingerMs = times?.lingerMs ?? LINGER_MS
  const database = databaseOf(client)
  const listeners = new Set<BusListener>()
  const controlListeners = new Set<ControlListener>()
  const topics = new Map<string, Topic>()
  let all: Promise<number> | null = null
  let malformedSaidAt = Number.NEGATIVE_INFINITY
  let closed = false

  const subscriber = createSubscriber({
    connect: () => connectionLike(client),
    onBack() {
      log.warn({}, 'notices come again: what was missed is read from the log')
      gap()
    },
    // Errors of ioredis carry the arguments of their command: only what they say is told.
    onError: error => log.warn({ reason: String(error).slice(0, 300) }, 'the connection for notices is lost'),
    ...(times ? { times } : {}),
  })
  // It has types of another ioredis than ours, and uses no more of a subscriber than ours has.
  const pubsub = new RedisPubSub({ subscriber: subscriber as never, publisher: client as never })

  function gap(): void {
    for (const listener of listeners) listener.gap()
  }

  /** @param value parsed JSON; what does not parse comes as its text */
  function receive(value: unknown): void {
    if (closed) return
    const notice = parseNotice(value)
    if (!notice) return malformed(value)
    switch (notice.kind) {
      case 'link': {
        if (notice.epoch !== epoch()) return gap()
        const links = [notice]
        for (const listener of listeners) listener.links(links)
        return
      }
      case 'history':
        if (notice.epoch !== epoch()) gap()
        return
      default:
        for (const listener of controlListeners) listener(notice)
    }
  }

  function malformed(value: unknown): void {
    const now = performance.now()
    if (now - malformedSaidAt < MALFORMED_EVERY_MS) return
    malformedSaidAt = now
    log.warn({ notice: String(JSON.stringify(value)).slice(0, 200) }, 'a notice that is none: somebody else publishes')
  }

  function open(accountId: string): Topic {
    const topic: Topic = { users: 0, id: null, ready: null, lingering: null }
    topics.set(accountId, topic)
    topic.ready = pubsub.subscribe(userTopic(space, database, accountId), receive).then(id => {
      topic.id = id
      topic.ready = null
      if (topic.users === 0) linger(accountId, topic)
    })
    return topic
  }

  function linger(accountId: string, topic: Topic): void {
    if (closed || topic.id === null) return
    topic.lingering ??= setTimeout(() => {
      topic.lingering = null
      if (topic.users > 0 || topic.id === null) return
      topics.delete(accountId)
      pubsub.unsubscribe(topic.id)
    }, lingerMs).unref()
  }

  return {
    // The store's script has done so.
    publish() {},
    async subscribe(listener) {
      all ??= pubsub.subscribe(allTopic(space, database), receive)
      await all
      await subscriber.settled()
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    listen(accountId) {
      const topic = topics.get(accountId) ?? open(accountId)
      topic.users++
      if (topic.lingering) clearTimeout(topic.lingering)
      topic.lingering = null
      // While the connection is lost nothing is subscribed, whatever was acknowledged before.
      return topic.ready ?? subscriber.settled()
    },
    unlisten(accountId) {
      const topic = topics.get(accountId)
      if (!topic || topic.users === 0) return
      if (--topic.users === 0) linger(accountId, topic)
    },
    tell(notice) {
      const { topic, notice: fields } = typingMessage(space, database, notice)
      // Not when Redis is away: by the time that it is back nobody would care.
      if (!closed && client.status === 'ready') client.publish(topic, JSON.stringify(fields)).catch(() => {})
    },
    onControl(listener) {
      controlListeners.add(listener)
      return () => void controlListeners.delete(listener)
    },
    async close() {
      closed = true
      listeners.clear()
      controlListeners.clear()
      for (const { lingering } of topics.values()) if (lingering) clearTimeout(lingering)
      topics.clear()
      subscriber.close()
    },
  }
}

/** In a Cluster every member hears all notices: any will do, and another one the next time. */
function connectionLike(client: RedisClient): Redis {
  const model = client instanceof Cluster ? anyOf(client.nodes('master')) : client
  return model.duplicate({
    lazyConnect: true,
    connectionName: 'recado-subscriber',
    retryStrategy: null,
    autoResubscribe: false,
    autoResendUnfulfilledCommands: false,
    enableOfflineQueue: false,
    enableReadyCheck: true,
    maxRetriesPerRequest: null,
  })
}

function anyOf(nodes: readonly Redis[]): Redis {
  const node = nodes[Math.floor(Math.random() * nodes.length)]
  if (!node) throw new Error('no member of the Redis Cluster is known')
  return node
}
