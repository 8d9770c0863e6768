// Who asks for what, how often → nothing, or RATE_LIMITED with `retryAfterMs`. The limits SENDS_PER_SECOND,
// ENTER_PER_MINUTE and NEW_NAMES_PER_HOUR (PROTOCOL.md: SEND-6, LIMIT-5); 0 turns one off. This is one node's limiter;
// several nodes share theirs (shared-limiter.ts).
import { Refusal } from '../domain/errors.ts'
import { isLoopback, networkOf } from './address.ts'
import { createTokenBuckets } from './token-buckets.ts'

/** A burst of sends may be this many seconds' worth. */
export const BURST_SECONDS = 3

export const TOO_MANY = {
  sends: 'Too many messages in too little time.',
  attempts: 'Too many attempts with this name in too little time.',
  names: 'Too many new names from this address.',
} as const

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

/**
 * All throw Refusal `RATE_LIMITED`, with `retryAfterMs` (whole milliseconds, at least 1) in its details. Where several
 * nodes count together, an answer that is worth waiting for is a promise, which then rejects.
 */
export interface Limiter {
  /** Before each send of an account: answered at once, whoever counts. */
  send(accountId: string): void
  /** The send was only a repeat of one that was already made: it does not count. */
  refundSend(accountId: string): void
  /** Before each attempt with a password, or to enter without one. Strangers elsewhere can't lock the name. */
  enter(key: string, address: string): void | Promise<void>
  /** Before a free name is claimed. */
  newName(address: string): void | Promise<void>
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
    send: accountId => refuse(TOO_MANY.sends, sends?.take(accountId)),
    refundSend: accountId => sends?.give(accountId),
    enter: (key, address) => refuse(TOO_MANY.attempts, attempts?.take(attemptKey(key, address))),
    newName(address) {
      if (!isLoopback(address)) refuse(TOO_MANY.names, names?.take(networkOf(address)))
    },
    refundNewName(address) {
      if (!isLoopback(address)) names?.give(networkOf(address))
    },
  }
}

/** Who tries: a name from an address. No key has a space in it. */
export function attemptKey(key: string, address: string): string {
  return `${key} ${networkOf(address)}`
}

/** @throws Refusal `RATE_LIMITED` unless there is nothing to wait for */
export function refuse(reason: string, retryAfterMs: number | undefined): void {
  if (!retryAfterMs) return
  throw new Refusal('RATE_LIMITED', `${reason} Try again in ${Math.ceil(retryAfterMs / 1000)} s.`, { retryAfterMs })
}
