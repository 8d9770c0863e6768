// Who asks for what, how often → nothing, or RATE_LIMITED with `retryAfterMs`. The limits SENDS_PER_SECOND,
// SEARCHES_PER_SECOND, ENTER_PER_MINUTE and NEW_NAMES_PER_HOUR (PROTOCOL.md: SEND-6, SEARCH-6, LIMIT-5); 0 turns one off.
// Those of pairing are no settings (DEVICE-10). This is one node's limiter; several nodes share theirs (shared-limiter.ts).
import { Refusal } from '../domain/errors.ts'
import { isLoopback, networkOf } from './address.ts'
import { createTokenBuckets } from './token-buckets.ts'

/** A burst of what has a rate by the second may be this many seconds' worth. */
export const BURST_SECONDS = 3

export const TOO_MANY = {
  sends: 'Too many messages in too little time.',
  attempts: 'Too many attempts with this name in too little time.',
  names: 'Too many new names from this address.',
  marks: 'Too many notes of what was read in too little time.',
  searches: 'Too many searches in too little time.',
} as const

/**
 * Limits that are no settings: so many at once, and as many again in each stretch of so many seconds. What they leave to
 * whoever guesses at codes is worked out in pairing.ts.
 */
export const FIXED = {
  /** Passwords from an address that were not right, whoever's: ENTER_PER_MINUTE counts each name for itself. */
  misses: { points: 60, seconds: 60, reason: 'Too many passwords from this address that were not right.' },
  /** Codes from an address that were not good. */
  codes: { points: 10, seconds: 60, reason: 'Too many codes from this address that were not good.' },
  /** Codes from anywhere that were not good. */
  codesInAll: { points: 120, seconds: 60, reason: 'Too many codes that were not good.' },
  /** Codes given to an account. */
  offers: { points: 10, seconds: 60, reason: 'Too many codes in too little time.' },
  /** Codes typed in by an account, to let a device in, that were not good. */
  approvals: { points: 10, seconds: 60, reason: 'Too many codes that were not good.' },
  /** Devices that an address wants to have let in. */
  requests: { points: 10, seconds: 60, reason: 'Too many requests from this address in too little time.' },
  /** Devices that want to be let in by one name. */
  requestsOfName: { points: 20, seconds: 60, reason: 'Too many requests for this name in too little time.' },
  /** What an administrator does. */
  acts: { points: 120, seconds: 60, reason: 'Too much in too little time.' },
  /** People whom somebody blocks, and lets go again. */
  blocks: { points: 60, seconds: 60, reason: 'Too many in too little time.' },
  /** Tokens of others that an address enters with. */
  tokens: { points: 120, seconds: 60, reason: 'Too many tokens from this address in too little time.' },
  /** Refusals of an address's names that look for free ones. */
  suggestions: { points: 30, seconds: 60, reason: 'Too many names in too little time.' },
} as const

export type FixedLimit = keyof typeof FIXED

export interface LimiterOptions {
  /** Messages a second that an account may send, lasting; three times that at once. */
  readonly sendsPerSecond: number
  /** Searches a second that an account may make, lasting; three times that at once. */
  readonly searchesPerSecond: number
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
  /** Before an account notes how far it has read: as many as it may send, counted apart, by each node for itself. */
  mark(accountId: string): void
  /** Before each search of an account: counted by each node for itself. */
  search(accountId: string): void
  /** Before each attempt with a password, or to enter without one. Strangers elsewhere can't lock the name. */
  enter(key: string, address: string): void | Promise<void>
  /** Before a free name is claimed. */
  newName(address: string): void | Promise<void>
  /** The name was not free after all. */
  refundNewName(address: string): void
  /** Before what one of the fixed limits counts. */
  take(limit: FixedLimit, key: string): void | Promise<void>
  /** It does not count after all. */
  give(limit: FixedLimit, key: string): void
}

/** The part of a limiter that each node has for itself: nothing is at stake that is worth asking others. */
export function createOwnLimits(
  options: Pick<LimiterOptions, 'sendsPerSecond' | 'searchesPerSecond' | 'clock'>,
): Pick<Limiter, 'mark' | 'search'> {
  const { sendsPerSecond, searchesPerSecond, clock = () => performance.now() } = options
  const buckets = (perSecond: number) =>
    perSecond > 0 ? createTokenBuckets({ capacity: perSecond * BURST_SECONDS, perSecond, clock }) : null
  const marks = buckets(sendsPerSecond)
  const searches = buckets(searchesPerSecond)
  return {
    mark: accountId => refuse(TOO_MANY.marks, marks?.take(accountId)),
    search: accountId => refuse(TOO_MANY.searches, searches?.take(accountId)),
  }
}

export function createLimiter(options: LimiterOptions): Limiter {
  const { sendsPerSecond, enterPerMinute, newNamesPerHour, clock = () => performance.now() } = options
  const buckets = (capacity: number, perSecond: number) =>
    capacity > 0 ? createTokenBuckets({ capacity, perSecond, clock }) : null
  const sends = buckets(sendsPerSecond * BURST_SECONDS, sendsPerSecond)
  const attempts = buckets(enterPerMinute, enterPerMinute / 60)
  const names = buckets(newNamesPerHour, newNamesPerHour / 3600)
  const fixed = fixedLimits(({ points, seconds }) =>
    createTokenBuckets({ capacity: points, perSecond: points / seconds, clock, max: 20_000 }),
  )

  return {
    send: accountId => refuse(TOO_MANY.sends, sends?.take(accountId)),
    refundSend: accountId => sends?.give(accountId),
    ...createOwnLimits(options),
    enter: (key, address) => refuse(TOO_MANY.attempts, attempts?.take(attemptKey(key, address))),
    newName(address) {
      if (!isLoopback(address)) refuse(TOO_MANY.names, names?.take(networkOf(address)))
    },
    refundNewName(address) {
      if (!isLoopback(address)) names?.give(networkOf(address))
    },
    take: (limit, key) => refuse(FIXED[limit].reason, fixed[limit].take(key)),
    give: (limit, key) => fixed[limit].give(key),
  }
}

/** What counts each of the fixed limits. */
export function fixedLimits<Counter>(
  create: (size: { readonly points: number; readonly seconds: number }, limit: FixedLimit) => Counter,
): Readonly<Record<FixedLimit, Counter>> {
  const entries = Object.entries(FIXED).map(([limit, size]) => [limit, create(size, limit as FixedLimit)])
  return Object.fromEntries(entries) as Record<FixedLimit, Counter>
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
