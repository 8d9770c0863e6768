// Sends per account, counted by several nodes together, without anybody waiting for the count: the node's own bucket
// decides at once, what it let through is reported to the bucket in Redis right after, and the answer corrects the own
// one. At 20,000 sends a second, asking before each costs a round trip and 9 µs here and 8 µs of Redis; reports cost 1 µs
// and 4 µs a send (docs/decisions/0007).
//
// The shared bucket takes what happened, into debt if need be. So the lasting rate is the limit however many nodes there
// are; a burst can exceed it by what other nodes let through before they heard of each other, once, and is paid back.
import type { Cluster, Redis } from 'ioredis'
import type { TokenBuckets } from './token-buckets.ts'

/** Reports are no more frequent than this: what costs is a report, not the accounts in it. The first one goes at once. */
const PAUSE_MS = 25
/** Accounts in one report, so that Redis answers others in between. */
const MOST_IN_REPORT = 500
/** Accounts that wait to be reported while Redis is away. The others' own buckets hold them, as all do then. */
const MOST_WAITING = 20_000
/** How far into debt a bucket goes, in bursts: also the longest that a clock that was set back can lock anybody out. */
const MOST_DEBT = 3

// For each key the milliseconds until its bucket is full. What has fallen out of time is full.
const REPORT = `local time = redis.call('TIME')
local now = time[1] * 1000 + time[2] / 1000
local msPerToken, most = tonumber(ARGV[1]), tonumber(ARGV[2])
local fullIn = {}
for i, key in ipairs(KEYS) do
  local full = tonumber(redis.call('GET', key) or now)
  if full < now then full = now end
  full = math.min(full + ARGV[i + 2] * msPerToken, now + most)
  if full > now then
    redis.call('SET', key, string.format('%.3f', full), 'PX', math.ceil(full - now))
    fullIn[i] = string.format('%.3f', full - now)
  else
    redis.call('UNLINK', key)
    fullIn[i] = '0'
  end
end
return fullIn`

export interface SharedSendsOptions {
  readonly client: Redis | Cluster
  /** Before each account's id, with the space as hash tag. */
  readonly prefix: string
  /** This node's own: what decides at once. */
  readonly buckets: TokenBuckets
  readonly capacity: number
  readonly perSecond: number
  /** Default: says nothing. */
  readonly log?: { warn(details: object, message: string): void }
}

export interface SharedSends {
  /** As TokenBuckets.take. */
  take(accountId: string): number
  give(accountId: string): void
}

interface Scripts {
  recadoReportSends(keys: number, args: readonly (string | number)[]): Promise<readonly string[]>
}

export function createSharedSends(options: SharedSendsOptions): SharedSends {
  const { client, prefix, buckets, capacity, perSecond, log } = options
  const msPerToken = 1000 / perSecond
  client.defineCommand('recadoReportSends', { lua: REPORT })
  const scripts = client as unknown as Scripts

  /** By account, what was taken here (less what was given back) and is not in a report yet. */
  const unreported = new Map<string, number>()
  let reporting = false
  let reportedAt = Number.NEGATIVE_INFINITY
  let failing = false

  function note(accountId: string, tokens: number): void {
    const noted = unreported.get(accountId)
    if (noted === undefined && unreported.size >= MOST_WAITING) return
    unreported.set(accountId, (noted ?? 0) + tokens)
    if (!reporting) schedule()
  }

  function schedule(): void {
    reporting = true
    const pause = reportedAt + PAUSE_MS - performance.now()
    if (pause < 1) setImmediate(report)
    else setTimeout(report, pause).unref()
  }

  function report(): void {
    const accounts: string[] = []
    const tokens: number[] = []
    for (const [accountId, count] of unreported) {
      if (accounts.length === MOST_IN_REPORT) break
      unreported.delete(accountId)
      accounts.push(accountId)
      tokens.push(count)
    }
    reportedAt = performance.now()
    scripts
      .recadoReportSends(accounts.length, [
        ...accounts.map(accountId => prefix + accountId),
        msPerToken,
        capacity * msPerToken * (1 + MOST_DEBT),
        ...tokens,
      ])
      .then(
        fullIn => {
          failing = false
          for (const [i, accountId] of accounts.entries()) {
            const since = unreported.get(accountId) ?? 0
            buckets.settle(accountId, Number(fullIn[i]) + since * msPerToken)
          }
        },
        (error: unknown) => {
          // Not reported again: it may have been counted, and the own bucket has counted it anyway.
          if (!failing) log?.warn({ err: error }, 'limits are not shared at the moment')
          failing = true
        },
      )
      .finally(() => {
        reporting = false
        if (unreported.size > 0) schedule()
      })
  }

  return {
    take(accountId) {
      const retryAfterMs = buckets.take(accountId)
      if (retryAfterMs === 0) note(accountId, 1)
      return retryAfterMs
    },
    give(accountId) {
      buckets.give(accountId)
      note(accountId, -1)
    },
  }
}
