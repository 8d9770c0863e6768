// Token → session: 256 random bits that the client keeps, of which the store has the SHA-256 only. Known sessions are
// kept in memory for a minute; each use renews the session. What other nodes end comes by the revocations.
// (PROTOCOL.md: AUTH-4, AUTH-8, ENTER-7)
import { hash, randomBytes } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import type { AccountRef } from '../domain/entry.ts'
import { randomId } from '../domain/message.ts'
import type { Store } from '../store/store.ts'
import type { Revocations } from './revocations.ts'

const TOKEN_BYTES = 32
const TOKEN = /^[A-Za-z0-9_-]{43}$/
const DAY_MS = 24 * 60 * 60 * 1000
/** The last day that RFC 3339 can write: for sessions that never end. */
const NEVER = Date.UTC(9999, 11, 31)

const RENEW_AFTER_MS = 60 * 60 * 1000
const RENEW_AGAIN_AFTER_MS = 60 * 1000
const LIVING = { max: 20_000, ttl: 60_000 }
// Apart from the living ones, so that a flood of false tokens pushes none of them out.
const UNKNOWN = { max: 10_000, ttl: 2_000 }
const ENDED = { max: 100_000 }

export interface SessionsOptions {
  readonly store: Pick<Store, 'createSession' | 'findSession' | 'renewSession' | 'endSession' | 'endSessions'>
  /** How long a session lasts without being used; 0: for ever. */
  readonly sessionDays: number
  /** What other nodes end. Default: there are no others. */
  readonly revocations?: Pick<Revocations, 'isCurrent' | 'onRevoked' | 'onGap'>
  /** Milliseconds since 1970. Default `Date.now`. */
  readonly clock?: () => number
  /** Default: says nothing. */
  readonly log?: { warn(details: object, message: string): void }
}

export interface NewSession {
  /** The secret, 43 characters of base64url: for the client, and nobody else. */
  readonly token: string
  readonly sessionId: string
  /** Milliseconds since 1970. */
  readonly expiresAt: number
}

export interface LivingSession {
  readonly sessionId: string
  readonly account: AccountRef
  /** Milliseconds since 1970. */
  readonly expiresAt: number
}

export interface Sessions {
  create(accountId: string): Promise<NewSession>
  /**
   * The session of a token, which this use renews (at most once an hour, without waiting for it); null for anything
   * that is not the token of a living session. Rejects only when the store does.
   */
  find(token: string): Promise<LivingSession | null>
  /** Ends one session of the account. Resolves once that lasts; its token is refused from then on. */
  end(sessionId: string, accountId: string): Promise<void>
  /** Ends all of the account's sessions. */
  endAll(accountId: string): Promise<void>
  /**
   * Is told which sessions have ended: right before `end` and `endAll` resolve, and when another node's revocation is
   * heard of. Answers with what stops that.
   */
  onEnded(listener: (sessionIds: readonly string[]) => void): () => void
}

interface Known extends LivingSession {
  expiresAt: number
  /** From when on a use is written down. */
  renewAt: number
}

export function createSessions({ store, sessionDays, revocations, clock = Date.now, log }: SessionsOptions): Sessions {
  const lifetime = sessionDays * DAY_MS
  const renewAfter = lifetime === 0 ? RENEW_AFTER_MS : Math.min(RENEW_AFTER_MS, lifetime / 2)
  const expiryAt = (now: number) => (lifetime === 0 ? NEVER : now + lifetime)

  /** By digest of the token. Never holds a session of `ended`, nor one of an account of `gone`. */
  const living = new LRUCache<string, Known>(LIVING)
  const unknown = new LRUCache<string, true>(UNKNOWN)
  const loading = new Map<string, Promise<Known | null>>()
  /** Ids of sessions that ended: a look-up that began before must not bring one back. Ids are never reused. */
  const ended = new LRUCache<string, true>(ENDED)
  /** Ids of accounts that another node deleted, for the same reason. */
  const gone = new LRUCache<string, true>(ENDED)
  /** Raised when what is remembered became worthless, look-ups under way included. */
  let generation = 0
  const listeners = new Set<(sessionIds: readonly string[]) => void>()

  function load(key: string): Promise<Known | null> {
    const under = loading.get(key)
    if (under) return under
    const begun = generation
    const loaded = store
      .findSession(Buffer.from(key, 'base64'), clock())
      .then(found => {
        if (!found || isOver(found.session.id, found.account.id)) {
          unknown.set(key, true)
          return null
        }
        const { session, account } = found
        const known: Known = {
          sessionId: session.id,
          account: { id: account.id, username: account.username },
          expiresAt: session.expiresAt,
          renewAt: renewalOf(session.expiresAt),
        }
        if (begun === generation) living.set(key, known)
        return known
      })
      .finally(() => {
        if (loading.get(key) === loaded) loading.delete(key)
      })
    loading.set(key, loaded)
    return loaded
  }

  /** An hour after the last renewal; at once where SESSION_DAYS was another when that was written. */
  function renewalOf(expiresAt: number): number {
    if (lifetime === 0) return expiresAt === NEVER ? Number.POSITIVE_INFINITY : 0
    return expiresAt > clock() + lifetime + renewAfter ? 0 : expiresAt - lifetime + renewAfter
  }

  function renew(known: Known): void {
    const now = clock()
    if (now < known.renewAt) return
    const expiresAt = expiryAt(now)
    known.renewAt = now + renewAfter
    store.renewSession(known.sessionId, expiresAt).then(
      () => {
        known.expiresAt = expiresAt
      },
      (error: unknown) => {
        known.renewAt = clock() + Math.min(RENEW_AGAIN_AFTER_MS, renewAfter)
        log?.warn({ err: error, sessionId: known.sessionId }, 'a session could not be renewed')
      },
    )
  }

  function isOver(sessionId: string, accountId: string): boolean {
    return ended.has(sessionId) || gone.has(accountId)
  }

  /** Listeners are told of each once: what this node ends comes back with the revocations, or is there before. */
  function forget(sessionIds: ReadonlySet<string>): void {
    const ids = [...sessionIds].filter(id => !ended.has(id))
    for (const sessionId of ids) ended.set(sessionId, true)
    for (const [key, known] of living.entries()) if (sessionIds.has(known.sessionId)) living.delete(key)
    if (ids.length > 0) for (const listener of listeners) listener(ids)
  }

  revocations?.onRevoked(({ sessionIds, accountIds }) => {
    const over = new Set(sessionIds)
    for (const accountId of accountIds) gone.set(accountId, true)
    for (const { sessionId, account } of living.values()) if (gone.has(account.id)) over.add(sessionId)
    forget(over)
  })
  revocations?.onGap(() => {
    generation++
    living.clear()
    loading.clear()
  })

  return {
    async create(accountId) {
      const token = randomBytes(TOKEN_BYTES).toString('base64url')
      const sessionId = randomId()
      const createdAt = clock()
      const expiresAt = expiryAt(createdAt)
      await store.createSession({
        id: sessionId,
        tokenHash: hash('sha256', token, 'buffer'),
        accountId,
        createdAt,
        expiresAt,
      })
      return { token, sessionId, expiresAt }
    },

    async find(token) {
      if (!TOKEN.test(token)) return null
      const key = hash('sha256', token, 'base64')
      let known: Known | null | undefined = living.get(key)
      // One that seems over may have been renewed elsewhere, one that seems living may have been ended elsewhere while
      // this node could not hear of it: the store decides.
      if (!known || known.expiresAt < clock() || revocations?.isCurrent() === false) {
        if (unknown.has(key)) return null
        known = await load(key)
        if (!known || isOver(known.sessionId, known.account.id)) return null
      }
      renew(known)
      return { sessionId: known.sessionId, account: known.account, expiresAt: known.expiresAt }
    },

    async end(sessionId) {
      await store.endSession(sessionId)
      forget(new Set([sessionId]))
    },

    async endAll(accountId) {
      const sessionIds = new Set(await store.endSessions(accountId))
      for (const known of living.values()) if (known.account.id === accountId) sessionIds.add(known.sessionId)
      forget(sessionIds)
    },

    onEnded(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}
