// Who asks for what, how often → nothing, or RATE_LIMITED with `retryAfterMs`. The limits SENDS_PER_SECOND,
// ENTER_PER_MINUTE and NEW_NAMES_PER_HOUR (PROTOCOL.md: SEND-6, LIMIT-5); 0 turns one off.
import { Refusal } from '../domain/errors.ts'
import { isLoopback, networkOf } from './address.ts'
import { createTokenBuckets, type TokenBuckets } from './token-buckets.ts'

/** A burst of sends may be this many seconds' worth. */
const BURST_SECONDS = 3

export interface LimiterOptions {
  /** Messages a second that an account may send, lasting; three times that at once. */
  readonly sendsPerSecond: number
  /** Attempts a minute with one name from one address; as many at once. */
  readonly enterPerMinute: number
  /** Names an hour that one address may claim; as many at once. Loopback is exempt. */
  readonly newNamesPerHour: number
  /** Milliseconds that only rise. Default: the process's own clock, which nobody can set back. */
  readonly clock?: () => number
}

/** All throw Refusal `RATE_LIMITED`, with `retryAfterMs` (whole milliseconds, at least 1) in its details. */
export interface Limiter {
  /** Before each send of an account. */
  send(accountId: string): void
  /** The send was only a repeat of one that was already made: it does not count. */
  refundSend(accountId: string): void
  /** Before each attempt with a password, or to enter without one. Strangers elsewhere can't lock the name. */
  enter(key: string, address: string): void
  /** Before a free name is claimed. */
  newName(address: string): void
  /** The name was not free after all. */
  refundNewName(address: string): void
}

export function createLimiter(options: LimiterOptions): Limiter {
  const { sendsPerSecond, enterPerMinute, newNamesPerHour, clock = () => performance.now() } = options
  const buckets = (capacity: number, perSecond: number) =>
    capacity > 0 ? createTokenBuckets({ capacity, perSecond, clock }) : null
  const sends = buckets(sendsPerSecond * BURST_SECONDS, sendsPerSecond)
  const attempts = buckets(enterPerMinute, enterPerMinute / 60)
  const names = buckets(newNamesPerHour, newNamesPerHour / 3600)

  return {
    send: accountId => take(sends, accountId, 'Too many messages in too little time.'),
    refundSend: accountId => sends?.give(accountId),
    // No key has a space in it.
    enter: (key, address) =>
      take(attempts, `${key} ${networkOf(address)}`, 'Too many attempts with this name in too little time.'),
    newName(address) {
      if (!isLoopback(address)) take(names, networkOf(address), 'Too many new names from this address.')
    },
    refundNewName(address) {
      if (!isLoopback(address)) names?.give(networkOf(address))
    },
  }
}

function take(buckets: TokenBuckets | null, key: string, reason: string): void {
  const retryAfterMs = buckets?.take(key) ?? 0
  if (retryAfterMs === 0) return
  throw new Refusal('RATE_LIMITED', `${reason} Try again in ${Math.ceil(retryAfterMs / 1000)} s.`, { retryAfterMs })
}
