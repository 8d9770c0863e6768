// Bring your own users: a JSON Web Token that another system has signed → an account of ours, which is bound to the token's
// issuer and subject and made when they come for the first time. Signatures and claims are jose's to check; which
// algorithms may sign is decided here, by the kind of key, never by the token. (PROTOCOL.md: TOKEN)

import { hash } from 'node:crypto'
import { createRemoteJWKSet, customFetch, errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose'
import type { AccountRef } from '../domain/entry.ts'
import { Refusal } from '../domain/errors.ts'
import { randomId } from '../domain/message.ts'
import { DAY_MS, LAST_DAY } from '../domain/time.ts'
import type { RecordChange, RecordStore } from '../store/records.ts'
import type { Store } from '../store/store.ts'
import type { Accounts } from './accounts.ts'
import type { OutsideToken, Spending, Spent } from './sessions.ts'

/** What may sign with keys that the issuer publishes, and with a secret that both know: never the one for the other. */
const PUBLIC_ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
]
const SECRET_ALGORITHMS = ['HS256', 'HS384', 'HS512']

/** Clocks of two machines differ by so much, in seconds. */
const TOLERANCE_S = 5
/** The keys are asked for again after so long, and for a key that nobody knows at most this often. */
const KEYS_KEPT_MS = 10 * 60 * 1000
const COOL_DOWN_MS = 5_000
/** How long an issuer that did not answer is left alone. */
const RETRY_MS = 2_000
const FETCH_MS = 5_000
/** Of the answers of the issuer. */
const ANSWER_BYTES = 256 * 1024
/** Of a token, in characters. */
const TOKEN_LIMIT = 8_192
const SUBJECT_LIMIT = 255
const NAME_LIMIT = 200
/** What says that a token had its session is dropped so long after the token's end. */
const SPENT_KEPT_MS = DAY_MS
const SPENT_DROPPED_AT_ONCE = 8
const ATTEMPTS = 10
/**
 * What a `spent` record says: `TIME ID DIGEST` while the session is being made, then `over ID DIGEST`; the digest is that of
 * the token it was made for. Version 0.4 left it empty.
 */
const OVER = /^over /
const LEFT_EMPTY = ''
/** Making a session takes no longer, not even with clocks that differ: who began it, and has not finished, has died. */
const TAKEN_OVER_AFTER_MS = 10_000

export interface OutsideTokensOptions {
  readonly issuer: string
  /** Null: any. */
  readonly audience: string | null
  /** The shared secret; null: the issuer publishes its keys. */
  readonly secret: string | null
  /** Where it does; null: where its discovery document says. */
  readonly jwksUrl: string | null
  /** The claim that a new account's name is made of. */
  readonly nameClaim: string
  readonly store: RecordStore & Pick<Store, 'accountById' | 'deleteAccount' | 'findSession'>
  readonly accounts: Pick<Accounts, 'claimFree'>
  /** Throws what refuses a banned account. */
  readonly admit: (accountId: string) => Promise<void>
  /** Milliseconds since 1970. Default `Date.now`. */
  readonly clock?: () => number
  /** Default: says nothing. */
  readonly log?: { warn(details: object, message: string): void }
}

export interface OutsideTokens {
  /** For a token as the bearer: null where it is not good. Rejects with `STORAGE_UNAVAILABLE` where that can't be found out. */
  find(token: string): Promise<OutsideToken | null>
  /**
   * Takes note that a token has a session that is living, in case whoever made it died before saying so.
   * @param expiresAt the session's, which is the token's
   */
  settle(token: string, expiresAt: number): Promise<void>
  /**
   * Whose it is, for a session of its own.
   * @throws Refusal `TOKEN_INVALID`, `BANNED`, `STORAGE_UNAVAILABLE`
   */
  holder(token: string): Promise<AccountRef>
}

interface Verified {
  readonly subject: string
  readonly name: string
  /** Milliseconds since 1970. */
  readonly expiresAt: number
}

export function createOutsideTokens(options: OutsideTokensOptions): OutsideTokens {
  const { issuer, audience, secret, nameClaim, store, accounts, clock = Date.now, log } = options
  const algorithms = secret === null ? PUBLIC_ALGORITHMS : SECRET_ALGORITHMS
  const shared = secret === null ? null : new TextEncoder().encode(secret)
  let published: Promise<JWTVerifyGetKey> | null = null
  let failedAt = Number.NEGATIVE_INFINITY

  /** Finds out where the keys are, once that works. */
  function keys(): Promise<JWTVerifyGetKey> {
    if (published) return published
    const found = locateKeys()
    published = found
    found.catch(() => {
      published = null
    })
    return found
  }

  async function locateKeys(): Promise<JWTVerifyGetKey> {
    const url = options.jwksUrl === null ? await discover(issuer, ask) : new URL(options.jwksUrl)
    return createRemoteJWKSet(url, {
      cacheMaxAge: KEYS_KEPT_MS,
      cooldownDuration: COOL_DOWN_MS,
      timeoutDuration: FETCH_MS,
      [customFetch]: ask,
    })
  }

  /** Whoever has just failed to answer is not asked for each token that comes. */
  const ask: Ask = async (url, init) => {
    if (performance.now() - failedAt < RETRY_MS) throw new Error('the issuer did not answer a moment ago')
    try {
      const answer = await boundedFetch(url, init)
      if (answer.status !== 200) failedAt = performance.now()
      return answer
    } catch (error) {
      failedAt = performance.now()
      throw error
    }
  }

  /** Null: it is not good. */
  async function verify(token: string): Promise<Verified | null> {
    if (token.length > TOKEN_LIMIT) return null
    try {
      const checks = {
        issuer,
        algorithms,
        clockTolerance: TOLERANCE_S,
        currentDate: new Date(clock()),
        requiredClaims: ['exp', 'sub'],
        ...(audience === null ? {} : { audience }),
      }
      const { payload } =
        shared === null ? await jwtVerify(token, await keys(), checks) : await jwtVerify(token, shared, checks)
      const verified = claimsOf(payload, nameClaim)
      // Clocks that differ are no reason for it to outlive its own end.
      return verified && verified.expiresAt > clock() ? verified : null
    } catch (error) {
      if (isAboutToken(error)) return null
      log?.warn({ reason: String(error).slice(0, 300) }, 'the keys of JWT_ISSUER can not be read')
      throw unreachable()
    }
  }

  async function accountOf({ subject, name }: Verified): Promise<AccountRef> {
    const key = digestOf(JSON.stringify([issuer, subject]))
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const known = await store.record('identity', key)
      const account = known === null ? null : await store.accountById(known)
      if (account && account.deletedAt === null) return { id: account.id, username: account.username }
      const made = await accounts.claimFree(name)
      const bound = await store.writeRecords([
        { kind: 'identity', key, value: made.id, expect: known },
        { kind: 'bound', key: `${made.id}:${key}`, value: JSON.stringify({ issuer, subject }) },
      ])
      if (bound) return made
      // Another request, or node, was first.
      await store.deleteAccount(made.id, clock())
    }
    throw new Refusal('STORAGE_UNAVAILABLE')
  }

  const keyOf = (text: string, expiresAt: number): string => `${String(expiresAt).padStart(15, '0')}-${digestOf(text)}`

  /**
   * Without the signature: of one token there are many that all verify, by the unused bits of its last character, and with
   * ES* as (r, n - s).
   */
  const spentKey = (token: string, expiresAt: number): string =>
    keyOf(token.slice(0, token.lastIndexOf('.')), expiresAt)

  /** What says that a token had its session; null: nothing does. */
  async function spentRecord(token: string, expiresAt: number): Promise<string | null> {
    const there = await store.record('spent', spentKey(token, expiresAt))
    if (there !== null) return there
    // Version 0.4 kept it under the whole token.
    for (const spelling of new Set([token, spelledAsUsual(token)])) {
      if ((await store.record('spent', keyOf(spelling, expiresAt))) !== null) return LEFT_EMPTY
    }
    return null
  }

  /** Removals of what has long been of no use. */
  async function outdated(): Promise<RecordChange[]> {
    const old = await store.records({ kind: 'spent', limit: SPENT_DROPPED_AT_ONCE })
    const over = old.filter(({ key }) => Number(key.slice(0, 15)) < clock() - SPENT_KEPT_MS)
    return over.map(({ key }) => ({ kind: 'spent', key, value: null }))
  }

  async function spend(token: string, expiresAt: number): Promise<Spending | Spent> {
    const key = spentKey(token, expiresAt)
    const there = await spentRecord(token, expiresAt)
    const spent = there === null ? null : parseSpent(there)
    if (spent && spent.state !== 'elsewhere') return spent
    if (spent && Math.abs(clock() - Number.parseInt(there ?? '', 10)) < TAKEN_OVER_AFTER_MS) return spent
    // Whoever has died over it had made it, perhaps, for the same token with another signature.
    if (spent?.tokenHash && (await store.findSession(spent.tokenHash, clock()))) return spent
    const id = randomId()
    const whose = `${id} ${hashOf(token).toString('base64url')}`
    const [making, over] = [`${clock()} ${whose}`, `over ${whose}`]
    const isMine = await store.writeRecords([
      ...(await outdated()),
      { kind: 'spent', key, value: making, expect: there },
    ])
    if (!isMine) return parseSpent((await store.record('spent', key)) ?? making)
    const end = (value: string | null) => store.writeRecords([{ kind: 'spent', key, value, expect: making }])
    return {
      id,
      // A write whose answer was lost, and that was done again, finds what it wrote itself.
      done: async () => (await end(over)) || (await store.record('spent', key)) === over,
      async undo() {
        await end(null)
      },
    }
  }

  return {
    async find(token) {
      const verified = await verify(token)
      if (!verified) return null
      const { id } = await accountOf(verified)
      const { expiresAt } = verified
      return { accountId: id, expiresAt, spend: () => spend(token, expiresAt) }
    },

    async settle(token, expiresAt) {
      const key = spentKey(token, expiresAt)
      const there = await store.record('spent', key)
      if (there !== null && parseSpent(there).state !== 'elsewhere') return
      // None: version 0.4 has made it.
      const value = there?.replace(/^\d+/, 'over') ?? `over ${randomId()} ${hashOf(token).toString('base64url')}`
      await store.writeRecords([{ kind: 'spent', key, value, expect: there }])
    },

    async holder(token) {
      const verified = await verify(token)
      if (!verified) throw new Refusal('TOKEN_INVALID')
      // One whose session was ended says nothing any more.
      const there = await spentRecord(token, verified.expiresAt)
      const spent = there === null ? null : parseSpent(there)
      const hadItsOwn = spent !== null && spent.state !== 'elsewhere'
      if (hadItsOwn && !(await store.findSession(spent.tokenHash ?? hashOf(token), clock()))) {
        throw new Refusal('TOKEN_INVALID')
      }
      const account = await accountOf(verified)
      await options.admit(account.id)
      return account
    },
  }
}

/** Drops what binds an account that is being deleted to subjects of others, whether or not their tokens are taken now. */
export async function dropBonds(store: RecordStore, accountId: string): Promise<void> {
  const prefix = `${accountId}:`
  const rows = await store.records({ kind: 'bound', prefix, limit: 100 })
  await store.writeRecords(
    rows.flatMap(({ key }) => [
      { kind: 'bound' as const, key, value: null },
      { kind: 'identity' as const, key: key.slice(prefix.length), value: null },
    ]),
  )
}

function unreachable(): Refusal {
  return new Refusal('STORAGE_UNAVAILABLE', 'The keys of the issuer of this token can not be read now: try again.')
}

/** @throws jose's error for a claim that is none */
function claimsOf(payload: JWTPayload, nameClaim: string): Verified | null {
  const { sub, exp } = payload
  if (typeof sub !== 'string' || sub === '' || sub.length > SUBJECT_LIMIT || !sub.isWellFormed()) return null
  if (typeof exp !== 'number' || !Number.isFinite(exp)) return null
  const named = payload[nameClaim]
  const name = typeof named === 'string' && named.isWellFormed() ? named.slice(0, NAME_LIMIT) : ''
  return { subject: sub, name, expiresAt: Math.min(Math.floor(exp * 1000), LAST_DAY) }
}

/** Whether the token is to blame, and not the way to the keys. */
function isAboutToken(error: unknown): boolean {
  if (error instanceof errors.JWKSTimeout || error instanceof errors.JWKSInvalid) return false
  // The issuer's answer was no key set: jose has only its general error for it.
  if (error instanceof errors.JOSEError) return error.code !== 'ERR_JOSE_GENERIC'
  return false
}

type Ask = (url: string, init: RequestInit) => Promise<Response>

async function discover(issuer: string, ask: Ask): Promise<URL> {
  const url = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`
  const answer = await ask(url, { headers: { accept: 'application/json' }, signal: AbortSignal.timeout(FETCH_MS) })
  if (answer.status !== 200) throw new Error(`${url} answered with status ${answer.status}`)
  const document = (await answer.json()) as { readonly issuer?: unknown; readonly jwks_uri?: unknown }
  if (document.issuer !== issuer) throw new Error(`${url} is of another issuer`)
  const found = typeof document.jwks_uri === 'string' ? URL.parse(document.jwks_uri) : null
  if (!found || !/^https?:$/.test(found.protocol)) throw new Error(`${url} does not say where the keys are`)
  return found
}

/** As fetch, of answers that are not too long. Follows nobody elsewhere. */
async function boundedFetch(url: string, init: RequestInit): Promise<Response> {
  const response = await fetch(url, { ...init, redirect: 'error' })
  const pieces: Uint8Array[] = []
  let bytes = 0
  for await (const piece of response.body ?? []) {
    bytes += piece.length
    if (bytes > ANSWER_BYTES) throw new Error(`${new URL(url).origin} answered with too much`)
    pieces.push(piece)
  }
  return new Response(Buffer.concat(pieces), { status: response.status, headers: response.headers })
}

function parseSpent(value: string): Spent {
  const [, , digest] = value.split(' ')
  const state = OVER.test(value) ? 'over' : value === LEFT_EMPTY ? 'unsaid' : 'elsewhere'
  return { state, tokenHash: digest === undefined ? null : Buffer.from(digest, 'base64url') }
}

/** The token with its signature in the one spelling of base64url that issuers write. */
function spelledAsUsual(token: string): string {
  const dot = token.lastIndexOf('.') + 1
  return token.slice(0, dot) + Buffer.from(token.slice(dot), 'base64url').toString('base64url')
}

/** As sessions have it of their tokens. */
function hashOf(token: string): Buffer {
  return hash('sha256', token, 'buffer')
}

function digestOf(text: string): string {
  return hash('sha256', text, 'hex')
}
