// The connection that notices come by: whatever it does, the topics that are wanted are subscribed, and everybody who
// waits hears when the server has said so. It is what graphql-redis-subscriptions is given as its ioredis subscriber.
// ioredis itself would subscribe again after a lost connection, but not say when that is done, would do so unseen inside
// a Cluster client, and would refuse what waits after some failures; so each connection here is a new one, of our own.
//
//   connecting ──ready──▶ subscribing ──all topics acknowledged──▶ listening
//       ▲                      │                                       │
//       └───── after a while ──┴── lost, or silent for too long ───────┘
//   closed: from any state.
import { setTimeout as delay } from 'node:timers/promises'
import type { Redis } from 'ioredis'
import { reconnectDelayMs } from '../redis/client.ts'

export interface SubscriberTimes {
  /** How often a connection is asked whether it is still there. Default 2,000 ms. */
  readonly pingMs: number
  /** Without an answer for this long it is dead. Default 4,000 ms. */
  readonly silenceMs: number
}

const TIMES: SubscriberTimes = { pingMs: 2_000, silenceMs: 4_000 }
/** Topics in one SUBSCRIBE: a reply each, so what is asked at once is bounded. */
const TOPICS_AT_ONCE = 512

export interface SubscriberOptions {
  /** A new connection, not yet connecting, that neither reconnects nor subscribes by itself. May throw. */
  connect(): Redis
  /** Everything is subscribed again after a lost connection: what was published meanwhile did not come. */
  onBack(): void
  onError(error: unknown): void
  readonly times?: Partial<SubscriberTimes>
}

type OnMessage = (channel: string, message: string) => void
type OnSubscribed = (error: Error | null) => void

/** The part of an ioredis client that graphql-redis-subscriptions uses, and ours. */
export interface Subscriber {
  on(event: string, listener: OnMessage): this
  /** Calls back once the server has acknowledged it, and never with an error: what fails is tried again. */
  subscribe(topic: string, callback: OnSubscribed): void
  unsubscribe(topic: string): void
  /** No patterns here. */
  punsubscribe(): void
  /** Undefined: the server has acknowledged everything. Else resolves once it has. */
  settled(): Promise<void> | undefined
  close(): void
}

export function createSubscriber(options: SubscriberOptions): Subscriber {
  const { connect, onBack, onError, times } = options
  const { pingMs, silenceMs } = { ...TIMES, ...times }
  /** Who waits for the acknowledgement of each topic that is wanted; nobody: it is acknowledged, or about to be. */
  const wanted = new Map<string, OnSubscribed[]>()
  const listeners: OnMessage[] = []
  /** Ready: commands may be sent. */
  let connection: Redis | null = null
  /** The same, from when it begins to connect. */
  let attempt: Redis | null = null
  /** All that was wanted when it became ready is acknowledged. */
  let listening = false
  let asked = new Set<string>()
  let dropped = new Set<string>()
  let scheduled = false
  let idle: (() => void)[] = []
  let closed = false

  async function run(): Promise<void> {
    let failures = 0
    for (let count = 0; !closed; ) {
      try {
        const next = connect()
        const lost = lostOf(next)
        attempt = next
        try {
          await next.connect()
          connection = next
          await subscribeAll(next)
          failures = 0
          listening = true
          release()
          if (count++ > 0) onBack()
          await Promise.race([lost, watch(next)])
        } finally {
          connection = null
          listening = false
          next.disconnect()
        }
      } catch (error) {
        if (!closed) onError(error)
      }
      if (!closed) await delay(reconnectDelayMs(++failures), undefined, { ref: false })
    }
  }

  /** Resolves when the connection has ended, and passes on what it brings until then. */
  function lostOf(next: Redis): Promise<void> {
    next.on('message', (channel: string, message: string) => {
      for (const listener of listeners) listener(channel, message)
    })
    next.on('error', error => {
      if (!closed) onError(error)
    })
    return new Promise(resolve => next.once('end', resolve))
  }

  async function subscribeAll(next: Redis): Promise<void> {
    // What is asked for from here on is sent by itself.
    asked = new Set()
    dropped = new Set()
    const topics = [...wanted.keys()]
    const calls: Promise<void>[] = []
    for (let start = 0; start < topics.length; start += TOPICS_AT_ONCE) {
      calls.push(send(next, topics.slice(start, start + TOPICS_AT_ONCE)))
    }
    await Promise.all(calls)
  }

  /** Resolves once the server has said that these are subscribed; then tells those who wait. */
  async function send(to: Redis, topics: readonly string[]): Promise<void> {
    await to.subscribe(...topics)
    if (to !== connection) return
    for (const topic of topics) {
      const waiting = wanted.get(topic)
      if (!waiting || waiting.length === 0) continue
      wanted.set(topic, [])
      for (const callback of waiting) callback(null)
    }
  }

  /** Asked for in one turn, sent in one command: a thousand people come back at once. */
  function schedule(): void {
    if (scheduled) return
    scheduled = true
    process.nextTick(() => {
      scheduled = false
      const to = connection
      const [more, less] = [[...asked], [...dropped]]
      asked = new Set()
      dropped = new Set()
      if (!to) return
      const calls: Promise<unknown>[] = []
      if (less.length > 0) calls.push(to.unsubscribe(...less))
      for (let start = 0; start < more.length; start += TOPICS_AT_ONCE) {
        calls.push(send(to, more.slice(start, start + TOPICS_AT_ONCE)))
      }
      // What a connection can't do any more the next one does.
      for (const call of calls) call.catch(() => to.disconnect())
    })
  }

  /** Resolves when the connection has been silent for too long. */
  async function watch(at: Redis): Promise<void> {
    while (at === connection) {
      const silent = new AbortController()
      const silence = delay(silenceMs, 'silent', { ref: false, signal: silent.signal }).catch(() => 'answered')
      const answer = await Promise.race([at.ping().then(String, () => 'lost'), silence])
      silent.abort()
      if (answer === 'lost') return
      if (answer === 'silent') throw new Error(`the connection for notices has said nothing for ${silenceMs} ms`)
      await delay(pingMs, undefined, { ref: false })
    }
  }

  function release(): void {
    const waiting = idle
    idle = []
    for (const resolve of waiting) resolve()
  }

  void run()
  const self: Subscriber = {
    on(event, listener) {
      if (event === 'message') listeners.push(listener)
      return self
    },
    subscribe(topic, callback) {
      const waiting = wanted.get(topic)
      if (waiting) waiting.push(callback)
      else wanted.set(topic, [callback])
      dropped.delete(topic)
      asked.add(topic)
      schedule()
    },
    unsubscribe(topic) {
      wanted.delete(topic)
      asked.delete(topic)
      dropped.add(topic)
      schedule()
    },
    punsubscribe() {},
    settled() {
      if (listening || closed) return undefined
      return new Promise(resolve => idle.push(resolve))
    },
    close() {
      closed = true
      attempt?.disconnect()
      release()
    },
  }
  return self
}
