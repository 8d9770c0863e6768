// A password → its argon2id hash as PHC text, or whether it is the one of a hash. The work runs on threads that give
// way to all others (hashing.ts), behind a short queue: a flood of passwords is refused, it never piles up, and no address
// may fill the queue alone. (PROTOCOL.md: ENTER-5)
import { randomBytes, timingSafeEqual } from 'node:crypto'
import { availableParallelism } from 'node:os'
import { Refusal } from '../domain/errors.ts'
import { countCodePoints } from '../domain/text.ts'
import { createHashing, type HashParameters } from './hashing.ts'

/** RFC 9106's second choice cut to OWASP's: about 28 ms of one core, 19 MiB. */
const COST = { memory: 19_456, passes: 2, parallelism: 1 }
/** One processor is left to those who talk. */
const CONCURRENCY = Math.min(2, Math.max(1, availableParallelism() - 1))
const TAG_BYTES = 32
const SALT_BYTES = 16

/** In code points, once prepared. */
const SHORTEST = 8
const LONGEST = 256
/** In UTF-16 units, as typed: nothing longer is worth preparing. */
const INPUT_LIMIT = 2048

const PHC = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/
const OTHER_SPACES = /\p{Zs}/gu
const FORBIDDEN = /[\p{Cc}\p{Cs}]/u

export interface PasswordsOptions {
  /** Hashes computed at the same time; each takes a thread and 19 MiB. Default 2, and 1 where there are two processors. */
  readonly concurrency?: number
  /** Hashes that may wait for their turn. Default 64, which is about a second. */
  readonly queue?: number
  /** How many of them may be of one address. Default: a quarter. */
  readonly queueOfOne?: number
}

export interface Passwords {
  /**
   * The hash to keep, with a salt of its own.
   * @param by whose places in the queue it takes: an address; null: nobody's in particular
   * @throws Refusal `PASSWORD_INVALID` (its length; before any work), `RATE_LIMITED` (the queue is full)
   */
  hash(password: string, by?: string | null): Promise<string>
  /**
   * Whether it is the password of that hash. With null (the account has none, or there is no account) the answer is
   * false after the same work, so that its time tells nothing.
   * @param by as in `hash`
   * @throws Refusal as `hash`
   */
  verify(password: string, passwordHash: string | null, by?: string | null): Promise<boolean>
}

/**
 * RFC 8265's OpaqueString: every space is the plain one, NFC, no control characters; then 8 to 256 characters.
 * @throws Refusal `PASSWORD_INVALID`
 */
export function preparePassword(password: string): string {
  if (password.length > INPUT_LIMIT) throw invalidLength('more')
  const prepared = password.replace(OTHER_SPACES, ' ').normalize('NFC')
  const length = countCodePoints(prepared)
  if (length < SHORTEST || length > LONGEST) throw invalidLength(String(length))
  if (FORBIDDEN.test(prepared)) throw new Refusal('PASSWORD_INVALID', 'A password has no control characters.')
  return prepared
}

function invalidLength(length: string): Refusal {
  return new Refusal('PASSWORD_INVALID', `A password has ${SHORTEST} to ${LONGEST} characters; this one has ${length}.`)
}

export function createPasswords(options: PasswordsOptions = {}): Passwords {
  const { concurrency = CONCURRENCY, queue: limit = 64, queueOfOne = Math.ceil(limit / 4) } = options
  const hashing = createHashing()
  let running = 0
  const waiting: { readonly by: string | null; go(): void }[] = []
  /** How long one hash took lately, in milliseconds: for `retryAfterMs`. */
  let usualMs = 30
  /** What a verification without a hash is made against; nothing has this tag. */
  const nobody = phc({ ...COST, salt: randomBytes(SALT_BYTES), tag: randomBytes(TAG_BYTES) })

  async function derive(password: string, parameters: HashParameters, by: string | null): Promise<Buffer> {
    if (running >= concurrency) {
      const ofOne = by === null ? 0 : waiting.filter(other => other.by === by).length
      if (waiting.length >= limit || (by !== null && ofOne >= queueOfOne)) {
        const retryAfterMs = Math.ceil((usualMs * (waiting.length + 1)) / concurrency)
        throw new Refusal('RATE_LIMITED', 'Too many people are entering at this moment.', { retryAfterMs })
      }
      // Whoever ends hands its place on, so `running` already counts this one when it goes on.
      await new Promise<void>(go => waiting.push({ by, go }))
    } else running++
    const started = performance.now()
    try {
      return await hashing.derive(password, parameters)
    } finally {
      usualMs += (performance.now() - started - usualMs) / 8
      const next = waiting.shift()
      if (next) next.go()
      else running--
    }
  }

  return {
    async hash(password, by = null) {
      const prepared = preparePassword(password)
      const salt = randomBytes(SALT_BYTES)
      return phc({ ...COST, salt, tag: await derive(prepared, { ...COST, salt, tagLength: TAG_BYTES }, by) })
    },

    async verify(password, passwordHash, by = null) {
      const prepared = preparePassword(password)
      const { tag, ...parameters } = parsePhc(passwordHash ?? nobody)
      const derived = await derive(prepared, { ...parameters, tagLength: tag.length }, by)
      return timingSafeEqual(derived, tag) && passwordHash !== null
    },
  }
}

interface Cost {
  /** KiB. */
  readonly memory: number
  readonly passes: number
  readonly parallelism: number
}

/** As in the Password Hashing Competition's string format. */
function phc({ memory, passes, parallelism, salt, tag }: Cost & { salt: Buffer; tag: Buffer }): string {
  const base64 = (bytes: Buffer) => bytes.toString('base64').replace(/=+$/, '')
  return `$argon2id$v=19$m=${memory},t=${passes},p=${parallelism}$${base64(salt)}$${base64(tag)}`
}

function parsePhc(text: string): Cost & { salt: Buffer; tag: Buffer } {
  const [, memory, passes, parallelism, salt, tag] = PHC.exec(text) ?? []
  if (salt === undefined || tag === undefined) throw new Error('An account has a password hash of an unknown form.')
  return {
    memory: Number(memory),
    passes: Number(passes),
    parallelism: Number(parallelism),
    salt: Buffer.from(salt, 'base64'),
    tag: Buffer.from(tag, 'base64'),
  }
}
