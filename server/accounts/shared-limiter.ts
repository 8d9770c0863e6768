// The limits of several nodes, counted together in Redis: attempts and new names exactly, by rate-limiter-flexible, sends
// without waiting (shared-sends.ts). While Redis is away each node counts for itself.
//
// rate-limiter-flexible counts in fixed windows; its documented way to bring a script of one's own makes them the same
// token buckets that one node has: as many at once as the limit says, then at its rate, and whoever waits as told is let
// through. (PROTOCOL.md: SEND-6, LIMIT-5)
import type { Cluster, Redis } from 'ioredis'
import { RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible'
import { isLoopback, networkOf } from './address.ts'
import {
  attemptKey,
  BURST_SECONDS,
  createOwnLimits,
  FIXED,
  fixedLimits,
  type Limiter,
  type LimiterOptions,
  refuse,
  TOO_MANY,
} from './limiter.ts'
import { createSharedSends } from './shared-sends.ts'
import { createTokenBuckets } from './token-buckets.ts'

// KEYS: the bucket. ARGV: tokens to take (negative: to give back), not used, the bucket's capacity, seconds in which it
// fills. Answers with [what is taken out, milliseconds to wait]; more taken out than the capacity: refused, nothing was
// taken. A clock that was set back makes no bucket emptier than empty.
const TAKE = `local time = redis.call('TIME')
local now = time[1] * 1000 + time[2] / 1000
local most = ARGV[4] * 1000
local msPerToken = most / ARGV[3]
local before = math.min(math.max(tonumber(redis.call('GET', KEYS[1]) or now), now), now + most)
local full = before + ARGV[1] * msPerToken
local wait = full - now - most
if wait > 0.01 then return {ARGV[3] + 1, math.ceil(wait)} end
if full > now then redis.call('SET', KEYS[1], string.format('%.3f', full), 'PX', math.ceil(full - now))
else redis.call('UNLINK', KEYS[1]) end
return {math.max(0, math.ceil((full - now) / msPerToken)), 0}`

export interface SharedLimiterOptions extends LimiterOptions {
  readonly client: Redis | Cluster
  readonly space: string
  /** Default: says nothing. */
  readonly log?: { warn(details: object, message: string): void }
}

interface Shared {
  /** 0, or the milliseconds to wait. */
  take(key: string): Promise<number>
  give(key: string): void
}

export function createSharedLimiter(options: SharedLimiterOptions): Limiter {
  const {
    client,
    space,
    sendsPerSecond,
    enterPerMinute,
    newNamesPerHour,
    clock = () => performance.now(),
    log,
  } = options
  const sends = sendsPerSecond > 0 ? sharedSends() : null
  const attempts = enterPerMinute > 0 ? exact('enter', enterPerMinute, 60) : null
  const names = newNamesPerHour > 0 ? exact('name', newNamesPerHour, 3600) : null
  const fixed = fixedLimits(({ points, seconds }, limit) => exact(limit, points, seconds))

  function sharedSends() {
    const size = { capacity: sendsPerSecond * BURST_SECONDS, perSecond: sendsPerSecond }
    const buckets = createTokenBuckets({ ...size, clock })
    return createSharedSends({ client, prefix: `{${space}}:limit:send:`, buckets, ...size, ...(log && { log }) })
  }

  function exact(name: string, points: number, duration: number): Shared {
    const limiter = new RateLimiterRedis({
      storeClient: client,
      keyPrefix: `{${space}}:limit:${name}`,
      points,
      duration,
      customIncrTtlLuaScript: TAKE,
      // Nobody waits for a Redis that is away.
      rejectIfRedisNotReady: true,
    })
    // In place of its insurance limiter, which has a timer for each key and no bound.
    const insurance = createTokenBuckets({ capacity: points, perSecond: points / duration, clock })
    let failing = false

    function failed(error: unknown): void {
      if (!failing) log?.warn({ err: error }, 'limits are not shared at the moment')
      failing = true
    }

    return {
      async take(key) {
        try {
          await limiter.consume(key)
          failing = false
          return 0
        } catch (error) {
          if (error instanceof RateLimiterRes) return error.msBeforeNext
          failed(error)
          return insurance.take(key)
        }
      },
      give(key) {
        limiter.reward(key).catch((error: unknown) => {
          failed(error)
          insurance.give(key)
        })
      },
    }
  }

  return {
    send: accountId => refuse(TOO_MANY.sends, sends?.take(accountId)),
    refundSend: accountId => sends?.give(accountId),
    ...createOwnLimits(options),
    async enter(key, address) {
      refuse(TOO_MANY.attempts, await attempts?.take(attemptKey(key, address)))
    },
    async newName(address) {
      if (!isLoopback(address)) refuse(TOO_MANY.names, await names?.take(networkOf(address)))
    },
    refundNewName(address) {
      if (!isLoopback(address)) names?.give(networkOf(address))
    },
    async take(limit, key) {
      refuse(FIXED[limit].reason, await fixed[limit].take(key))
    },
    give: (limit, key) => fixed[limit].give(key),
  }
}
