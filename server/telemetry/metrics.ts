// What the server counts, as Prometheus text. The parts of the server call plain functions; this is the only file that
// knows prom-client, and its registry is its own, so that several servers can live in one process.
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import { ERRORS, type ErrorCode } from '../domain/errors.ts'

export type Transport = 'websocket' | 'sse'

export interface Metrics {
  connectionOpened(transport: Transport): void
  connectionClosed(transport: Transport): void
  /** Feeds that exist now, by state. */
  setFeeds(counts: { live: number; behind: number }): void
  /** How much older than the newest entry of the log that is which the furthest feed has got, in seconds. */
  setFeedLag(seconds: number): void
  /** Distinct subscription operations that run now. */
  setGroups(count: number): void
  /** How far the search index is behind the log, in seconds; null: it is not there (yet). */
  setSearchLag(seconds: number | null): void
  /** Messages handed to sockets. Call it once for each flush, not for each frame. */
  delivered(count: number): void
  /** One append is durable; `seconds` is from the call to the acknowledgement. */
  appended(seconds: number): void
  /** A transaction, or a script of Redis, has written a batch, in so many seconds. */
  committed(seconds: number): void
  refused(code: ErrorCode): void
  /** `sample` runs before each reading: the place to call `setFeeds`. */
  beforeReading(sample: () => void): void
  /** Everything as Prometheus text, to be served as `contentType`. */
  text(): Promise<string>
  readonly contentType: string
  close(): void
}

/** How often the event loop's delay is sampled. The histogram counts this wait itself, which is taken off again. */
const SAMPLE_MS = 10

/** Creates the counters, all at zero, in a registry of their own. */
export function createMetrics(): Metrics {
  const registry = new Registry()
  const registers = [registry]
  collectDefaultMetrics({ register: registry })

  const connections = new Gauge({
    name: 'recado_connections',
    help: 'Open connections that can carry subscriptions, by transport.',
    labelNames: ['transport'],
    registers,
  })
  const feeds = new Gauge({
    name: 'recado_feeds',
    help: 'Running subscriptions: live ones are fed from memory, those behind read the log.',
    labelNames: ['state'],
    registers,
  })
  const groups = new Gauge({
    name: 'recado_subscription_groups',
    help: 'Distinct subscription operations that run: each costs an execution for each message.',
    registers,
  })
  const deliveries = new Counter({
    name: 'recado_deliveries_total',
    help: 'Messages handed to sockets, once for each subscription.',
    registers,
  })
  const appends = new Counter({ name: 'recado_appends_total', help: 'Messages appended to the log.', registers })
  const appendSeconds = new Histogram({
    name: 'recado_append_seconds',
    help: 'From the call of an append to its durable acknowledgement.',
    buckets: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5],
    registers,
  })
  const commitSeconds = new Histogram({
    name: 'recado_commit_seconds',
    help: 'One batch of writes to the log: a transaction with its sync, or a script of Redis.',
    buckets: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5],
    registers,
  })
  const feedLag = new Gauge({
    name: 'recado_feed_lag_seconds',
    help: 'How much older than the newest entry of the log that is which the furthest feed has got; 0: all are live.',
    registers,
  })
  const refusals = new Counter({
    name: 'recado_refused_total',
    help: 'Refusals sent to clients, by error code.',
    labelNames: ['code'],
    registers,
  })
  const searchLag = new Gauge({
    name: 'recado_search_lag_seconds',
    help: 'How far the search index is behind the log; NaN while it is being made, or switched off.',
    registers,
  })
  searchLag.set(Number.NaN)
  for (const transport of ['websocket', 'sse']) connections.set({ transport }, 0)
  for (const state of ['live', 'behind']) feeds.set({ state }, 0)
  for (const code of Object.keys(ERRORS)) refusals.inc({ code }, 0)

  const delay = monitorEventLoopDelay({ resolution: SAMPLE_MS })
  delay.enable()
  new Gauge({
    name: 'recado_eventloop_delay_seconds',
    help: 'How late the main thread ran its timers since the last reading.',
    labelNames: ['quantile'],
    registers,
    collect() {
      for (const [quantile, percentile] of [
        ['0.5', 50],
        ['0.99', 99],
      ] as const) {
        const milliseconds = delay.count === 0 ? 0 : delay.percentile(percentile) / 1e6 - SAMPLE_MS
        this.set({ quantile }, Math.max(0, milliseconds) / 1000)
      }
      delay.reset()
    },
  })

  const samples: (() => void)[] = []
  return {
    connectionOpened: transport => connections.inc({ transport }),
    connectionClosed: transport => connections.dec({ transport }),
    setFeeds({ live, behind }) {
      feeds.set({ state: 'live' }, live)
      feeds.set({ state: 'behind' }, behind)
    },
    setFeedLag: seconds => feedLag.set(seconds),
    setGroups: count => groups.set(count),
    setSearchLag: seconds => searchLag.set(seconds ?? Number.NaN),
    delivered: count => deliveries.inc(count),
    appended(seconds) {
      appends.inc()
      appendSeconds.observe(seconds)
    },
    committed: seconds => commitSeconds.observe(seconds),
    refused: code => refusals.inc({ code }),
    beforeReading: sample => void samples.push(sample),
    text() {
      for (const sample of samples) sample()
      return registry.metrics()
    },
    contentType: registry.contentType,
    close() {
      delay.disable()
      registry.clear()
    },
  }
}
