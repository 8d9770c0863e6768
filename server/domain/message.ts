// What identifies a send: a message's random id, the client's nonce as the store keeps it, and the keyed digest by
// which a retry is told from another send under the same nonce.
import { createHash, hash, randomFillSync } from 'node:crypto'
import { Refusal } from './errors.ts'
import { countCodePoints } from './text.ts'

const ID_BYTES = 16
// Asking the system for randomness costs more than the bytes: take enough for 256 ids at once.
const pool = Buffer.alloc(ID_BYTES * 256)
let used = pool.length

/** Where in the pool 16 fresh random bytes are. */
function take(): number {
  if (used === pool.length) {
    randomFillSync(pool)
    used = 0
  }
  used += ID_BYTES
  return used - ID_BYTES
}

/** 128 random bits as 22 characters of base64url: for accounts and sessions. */
export function randomId(): string {
  const start = take()
  return pool.toString('base64url', start, start + ID_BYTES)
}

/**
 * An id for a message: the millisecond and 80 random bits, as in a UUID of version 7, as 22 characters of base64url. The
 * time is no secret (`sentAt` says it), and ids that are made together stand together in an index.
 * @param at milliseconds since 1970
 */
export function messageId(at: number): string {
  const start = take()
  pool.writeUIntBE(at, start, 6)
  return pool.toString('base64url', start, start + ID_BYTES)
}

/** The arguments of `sendMessage` that a retry repeats, as they came. */
export interface SendArguments {
  readonly text: string
  readonly to?: string | null | undefined
  readonly plain?: boolean | null | undefined
  readonly replyTo?: string | null | undefined
}

/**
 * 16 bytes that say whether two sends had the same arguments, and nothing about them to whoever lacks the secret.
 * An argument left out, or null, is its default.
 * @param secret the store's
 */
export function nonceDigest(secret: Uint8Array, { text, to, plain, replyTo }: SendArguments): Uint8Array {
  // JSON is unambiguous here: strings are quoted, and lone surrogates are escaped rather than replaced.
  const quoted = replyTo == null ? [] : [replyTo]
  const encoded = JSON.stringify([text, to ?? null, plain ?? false, ...quoted])
  // The secret has a fixed length and comes first, and half of the hash is left out: nothing can be appended to it. HMAC
  // objects cost 7 µs a send where this costs 1.
  return hash('sha256', prefixOf(secret) + encoded, 'buffer').subarray(0, 16)
}

const prefixBySecret = new WeakMap<Uint8Array, string>()

function prefixOf(secret: Uint8Array): string {
  let prefix = prefixBySecret.get(secret)
  if (prefix === undefined) {
    prefix = Buffer.from(secret).toString('hex')
    prefixBySecret.set(secret, prefix)
  }
  return prefix
}

const NONCE_LIMIT = 128
const CONTROL = /[\p{Cc}\p{Cs}]/u

/**
 * The client's nonce, or null without one.
 * @throws Refusal `BAD_USER_INPUT` unless it is 1 to 128 characters without control characters
 */
export function parseNonce(nonce: string | null | undefined): string | null {
  if (nonce === null || nonce === undefined) return null
  if (nonce === '') throw new Refusal('BAD_USER_INPUT', 'A nonce has 1 to 128 characters; leave it out for none.')
  const length = countCodePoints(nonce)
  if (length > NONCE_LIMIT) {
    throw new Refusal('BAD_USER_INPUT', `A nonce has 1 to ${NONCE_LIMIT} characters; this one has ${length}.`)
  }
  if (CONTROL.test(nonce)) throw new Refusal('BAD_USER_INPUT', 'A nonce has no control characters.')
  return nonce
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i

/** A UUID of RFC 9562, in either case; not the nil and max ones, which identify nothing. */
export function isUuid(id: string): boolean {
  return UUID.test(id)
}

/** What makes a send idempotent: the client's own nonce, or else the operation id of its transport. */
export type NonceSource =
  | { readonly nonce: string }
  | {
      /** A UUID: see `isUuid`. */
      readonly operationId: string
      /** The response path of the field: one document may send several messages. */
      readonly path: readonly (string | number)[]
    }

/** The nonce as the store keeps it: the two sources never collide. At most 140 characters. */
export function nonceKey(source: NonceSource): string {
  if ('nonce' in source) return `n:${source.nonce}`
  const path = source.path.join('.')
  // An alias may be of any length. `#` stands in no GraphQL name, so a digest is never mistaken for a path.
  const short = path.length <= 100 ? path : `#${createHash('sha256').update(path).digest('base64url')}`
  return `o:${source.operationId.toLowerCase()}:${short}`
}
