// How a second device gets in without a password: by a code that a first one shows (offer → enter), or by one that it
// shows itself and a first one approves (request → approve → enter). (PROTOCOL.md: DEVICE-6 to DEVICE-11)
//
// What guessing comes to. A code is one of 31^8 ≈ 8.5 · 10^11, good for two minutes and once. Codes that are not good are
// limited to 120 a minute from everywhere together (10 from one address), so a code meets at most 120 + 240 guesses while
// it is good: one chance in 2.4 · 10^9. Whoever keeps guessing without a pause for a year makes 6.3 · 10^7 guesses; while
// L codes are good at a time, on average, that is 7.4 · 10^-5 · L to get in as somebody, whoever it be (a hundred codes an
// hour are L = 3.3: one in 4,000), and what got in is in that account's list. A `deviceCode` has 256 bits: no limit needed.
import { createHmac, randomBytes, randomInt } from 'node:crypto'
import { Refusal } from '../domain/errors.ts'
import { parseUsername, usernameKey } from '../domain/username.ts'
import type { Entered } from './accounts.ts'
import { isLoopback, networkOf } from './address.ts'
import { type CodeBook, LIFETIME_MS, type Voucher } from './code-book.ts'
import type { FixedLimit, Limiter } from './limiter.ts'
import type { Sessions } from './sessions.ts'

/** Letters and digits of which no two are taken for each other: without 0 O, 1 I L. */
export const ALPHABET = '23456789ABCDEFGHJKMNPQRSTUVWXYZ'
const LENGTH = 8
const CODE = new RegExp(`^[${ALPHABET}]{${LENGTH}}$`)
/** What may stand between the characters, or around them, as people copy them. */
const BETWEEN = /[\p{White_Space}\p{Pd}\p{Cf}]/gu
/** Nothing longer is worth reading. */
const INPUT_LIMIT = 64

const DEVICE_CODE_BYTES = 32
const DEVICE_CODE = /^[A-Za-z0-9_-]{43}$/
/** How long a device that waits for approval is told to wait before it asks again. */
export const RETRY_AFTER_MS = 2_000

export interface PairingOptions {
  readonly book: CodeBook
  readonly sessions: Pick<Sessions, 'createBy'>
  readonly limiter: Pick<Limiter, 'take' | 'give'>
  /** Keys the digests by which codes are kept. */
  readonly secret: Uint8Array
  /** Milliseconds since 1970. Default `Date.now`. */
  readonly clock?: () => number
}

export interface Offered {
  /** Two groups of four, with a dash. */
  readonly code: string
  /** Milliseconds since 1970. */
  readonly expiresAt: number
}

export interface Requested {
  /** As `Offered.code`. */
  readonly userCode: string
  /** Secret: 43 characters of base64url. */
  readonly deviceCode: string
  /** Milliseconds since 1970. */
  readonly expiresAt: number
}

export interface Pairing {
  /**
   * A code that lets another device in, on the word of this session.
   * @throws Refusal `RATE_LIMITED`, `STORAGE_UNAVAILABLE`
   */
  offer(by: Voucher): Promise<Offered>
  /**
   * Codes for a device that wants to be let in as somebody. Does not look whether there is such a name.
   * @throws Refusal `USERNAME_INVALID`, `RATE_LIMITED`, `STORAGE_UNAVAILABLE`
   */
  request(request: {
    readonly username: string
    /** A label as `parseDevice` gives it. */
    readonly device: string
    readonly address: string
  }): Promise<Requested>
  /**
   * Lets the device in that has shown this code and asked for this very account's name; answers with its label.
   * @throws Refusal `CODE_INVALID`, `RATE_LIMITED`, `STORAGE_UNAVAILABLE`
   */
  approve(by: Voucher, userCode: string): Promise<string>
  /**
   * Opens a session with a code of `offer`, or a `deviceCode` of `request` (then with the label that was approved).
   * @throws Refusal `CODE_INVALID`, `CODE_PENDING` (details: `retryAfterMs`), `RATE_LIMITED`, `STORAGE_UNAVAILABLE`
   */
  enter(attempt: { readonly code: string; readonly device: string; readonly address: string }): Promise<Entered>
}

export function createPairing({ book, sessions, limiter, secret, clock = Date.now }: PairingOptions): Pairing {
  /** Whoever reads the book gets no code out of it: what could be guessed at is keyed. */
  const digest = (code: string): string => createHmac('sha256', secret).update(`device:${code}`).digest('base64url')

  /** Takes one of each, or none. Answers with what gives them back. */
  async function count(limits: readonly (readonly [FixedLimit, string])[]): Promise<() => void> {
    const taken: (readonly [FixedLimit, string])[] = []
    const refund = () => {
      for (const [limit, key] of taken) limiter.give(limit, key)
    }
    for (const [limit, key] of limits) {
      try {
        await limiter.take(limit, key)
      } catch (error) {
        refund()
        throw error
      }
      taken.push([limit, key])
    }
    return refund
  }

  const byAddress = (limit: FixedLimit, address: string): (readonly [FixedLimit, string])[] =>
    isLoopback(address) ? [] : [[limit, networkOf(address)]]

  async function open(by: Voucher | null, device: string): Promise<Entered> {
    const session = by && (await sessions.createBy(by.sessionId, by.account.id, device))
    // That the session which vouched is over is nobody's business either.
    if (!by || !session) throw new Refusal('CODE_INVALID')
    return { ...session, account: by.account }
  }

  async function enterApproved(deviceCode: string): Promise<Entered> {
    const collected = await book.collect(digest(deviceCode))
    if (collected.status === 'pending') {
      throw new Refusal('CODE_PENDING', undefined, { retryAfterMs: RETRY_AFTER_MS })
    }
    return collected.status === 'unknown' ? open(null, '') : open(collected.by, collected.device)
  }

  return {
    async offer(by) {
      await count([['offers', by.account.id]])
      const code = randomCode()
      await book.offer(digest(code), by)
      return { code: grouped(code), expiresAt: clock() + LIFETIME_MS }
    },

    async request({ username, device, address }) {
      const { key: nameKey } = parseUsername(username)
      await count([...byAddress('requests', address), ['requestsOfName', nameKey]])
      const [userCode, deviceCode] = [randomCode(), randomBytes(DEVICE_CODE_BYTES).toString('base64url')]
      await book.request(digest(userCode), digest(deviceCode), { nameKey, device })
      return { userCode: grouped(userCode), deviceCode, expiresAt: clock() + LIFETIME_MS }
    },

    async approve(by, userCode) {
      const refund = await count([['approvals', by.account.id]])
      const code = readCode(userCode)
      const nameKey = usernameKey(by.account.username) ?? ''
      const device = code === null ? null : await book.approve(digest(code), nameKey, by)
      if (device === null) throw new Refusal('CODE_INVALID')
      refund()
      return device
    },

    async enter({ code, device, address }) {
      if (DEVICE_CODE.test(code)) return enterApproved(code)
      const refund = await count([...byAddress('codes', address), ['codesInAll', '']])
      const read = readCode(code)
      const entered = await open(read === null ? null : await book.take(digest(read)), device)
      refund()
      return entered
    },
  }
}

function randomCode(): string {
  return Array.from({ length: LENGTH }, () => ALPHABET[randomInt(ALPHABET.length)]).join('')
}

function grouped(code: string): string {
  return `${code.slice(0, LENGTH / 2)}-${code.slice(LENGTH / 2)}`
}

/** A code as people type it, in any case, with or without the dash; null: it can be none. */
function readCode(typed: string): string | null {
  if (typed.length > INPUT_LIMIT) return null
  const code = typed.normalize('NFKC').replace(BETWEEN, '').toUpperCase()
  return CODE.test(code) ? code : null
}
