// Token → session: 256 random bits that the client keeps, of which the store has the SHA-256 only. Known sessions are
// kept in memory for a minute; each use renews the session. What other nodes end comes by the revocations.
// (PROTOCOL.md: AUTH-4, AUTH-8, ENTER-7, DEVICE-3 to DEVICE-5)

import { hash, randomBytes } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { LRUCache } from 'lru-cache'
import type { AccountRef } from '../domain/entry.ts'
import { Refusal } from '../domain/errors.ts'
import { randomId } from '../domain/message.ts'
import { DAY_MS, LAST_DAY } from '../domain/time.ts'
import { NAMED_TOKENS, type SessionConditions, type SessionEntry, type SessionRow, type Store } from '../store/store.ts'
import { UNKNOWN_DEVICE } from './device-label.ts'
import type { Revocations } from './revocations.ts'

const TOKEN_BYTES = 32
const TOKEN = /^[A-Za-z0-9_-]{43}$/

const RENEW_AFTER_MS = 60 * 60 * 1000
const RENEW_AGAIN_AFTER_MS = 60 * 1000
const LIVING = { max: 20_000, ttl: 60_000 }
// Apart from the living ones, so that a flood of false tokens pushes none of them out.
const UNKNOWN = { max: 10_000, ttl: 2_000 }
const ENDED = { max: 100_000 }
/** What ids begin with of sessions that are a token of somebody else's, and end when that does. */
const OUTSIDE = 'outside_'
/** How often it is looked whether such a token has expired under an open socket. */
const SWEEP_MS = 1_000
/** A JSON Web Token in its compact form, and the longest that is looked at. */
const OUTSIDE_TOKEN = /^(?=.{1,8192}$)[\w-]+\.[\w-]+\.[\w-]+$/
/** How long it may take another node, or request, to make the session of a token that came to both. */
const OUTSIDE_PAUSE_MS = 25
const OUTSIDE_ATTEMPTS = 40

export interface SessionsOptions {
  readonly store: Pick<
    Store,
    'createSession' | 'findSession' | 'renewSession' | 'sessions' | 'endSession' | 'endSessions'
  >
  /** How long a session lasts without being used; 0: for ever. */
  readonly sessionDays: number
  /** How many sessions an account has at most: one more ends the one that was used longest ago. Default: any number. */
  readonly perUser?: number
  /** What other nodes end. Default: there are no others. */
  readonly revocations?: Pick<Revocations, 'isCurrent' | 'onRevoked' | 'onGap'>
  /**
   * Asked after a session was made, for an account may have been banned meanwhile: throws what refuses it. Default: all
   * may.
   */
  readonly admit?: (accountId: string) => Promise<void>
  /**
   * Asked for a token that is none of ours and not known yet: the account and what it lasts for; null: not good. Default:
   * there are no others.
   */
  readonly outside?: {
    find(token: string): Promise<OutsideToken | null>
    /** Told of a session of such a token that was found, and when it expires. */
    settle(token: string, expiresAt: number): Promise<void>
  }
  /** Milliseconds since 1970. Default `Date.now`. */
  readonly clock?: () => number
  /** Default: says nothing. */
  readonly log?: { warn(details: object, message: string): void }
}

/** A token that somebody else has signed (outside-tokens.ts). */
export interface OutsideToken {
  readonly accountId: string
  /** Milliseconds since 1970: its own end. */
  readonly expiresAt: number
  /** Takes note that its session is being made, so that it never gets a second one. */
  spend(): Promise<Spending | Spent>
}

/** A token of somebody else's had its session, or is having it made. */
export interface Spent {
  /**
   * `over`: it had one. `elsewhere`: another request, or node, is making it at this moment, or died over it some seconds
   * ago. `unsaid`: either, by a node of version 0.4, which says so beforehand.
   */
  readonly state: 'over' | 'elsewhere' | 'unsaid'
  /** Of the token as it came first: the same one may come with another signature. Null: nobody knows. */
  readonly tokenHash: Uint8Array | null
}

/** The session of a token of somebody else's, while it is being made. */
export interface Spending {
  /** Random: another one at each attempt. */
  readonly id: string
  /** It is made, or never will be. False: somebody else took it for dead, and has made another one meanwhile. */
  done(): Promise<boolean>
  /** It was not made: the token is as it was before. */
  undo(): Promise<void>
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
  /** Milliseconds since 1970, as below. */
  readonly createdAt: number
  /** Unless it is used again: this use counts already. */
  readonly expiresAt: number
}

export interface Sessions {
  /** @param device what kind of device it is: a label as `parseDevice` gives it. Default: nobody knows */
  create(accountId: string, device?: string): Promise<NewSession>
  /** As `create`, on the word of another session of the account. Null: that one is over, and nothing was made. */
  createBy(sessionId: string, accountId: string, device: string): Promise<NewSession | null>
  /**
   * A token for a program, that lasts until it is ended, or so many days: use does not renew it, and too many devices do
   * not end it.
   * @param name what it is for: a label as `parseDevice` gives it
   */
  createNamed(accountId: string, name: string, days: number | null): Promise<NewSession>
  /** The account's living sessions, the newest first. Asked of the store: what another node made or ended counts. */
  list(accountId: string): Promise<readonly SessionEntry[]>
  /**
   * The session of a token, which this use renews (at most once an hour, without waiting for it); null for anything
   * that is not the token of a living session. Rejects only when the store does, or the issuer of others' tokens.
   * @param device what a token of somebody else's that comes for the first time is on. Default: nobody knows
   */
  find(token: string, device?: () => string): Promise<LivingSession | null>
  /**
   * Ends one session of the account. Resolves once that lasts; its token is refused from then on. False: the account has
   * no such session, and nothing was ended.
   */
  end(sessionId: string, accountId: string): Promise<boolean>
  /** Ends all of the account's sessions. */
  endAll(accountId: string): Promise<void>
  /**
   * Is told which sessions have ended: right before `end` and `endAll` resolve, and when another node's revocation is
   * heard of. Answers with what stops that.
   */
  onEnded(listener: (sessionIds: readonly string[]) => void): () => void
  /**
   * Is told whose sessions may be others now, because one was made or has ended, here or at another node; null: anybody's,
   * for something may have been missed. One change may be told twice. Answers with what stops that.
   */
  onChanged(listener: (accountIds: readonly string[] | null) => void): () => void
  close(): void
}

type Own = Pick<SessionRow, 'id' | 'expiresAt'>

function isFixed(sessionId: string): boolean {
  return sessionId.startsWith(NAMED_TOKENS) || sessionId.startsWith(OUTSIDE)
}

interface Known extends LivingSession {
  /** As far as the store is known to have it. */
  expiresAt: number
  /** What the store is told, which it may not have yet. */
  renewedTo: number
  /** From when on a use is written down. */
  renewAt: number
  /** Use does not make it last longer. */
  readonly isFixed: boolean
}

export function createSessions(options: SessionsOptions): Sessions {
  const { store, sessionDays, perUser, revocations, admit, outside, clock = Date.now, log } = options
  const lifetime = sessionDays * DAY_MS
  const renewAfter = lifetime === 0 ? RENEW_AFTER_MS : Math.min(RENEW_AFTER_MS, lifetime / 2)
  const expiryAt = (now: number) => (lifetime === 0 ? LAST_DAY : now + lifetime)

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
  const changeListeners = new Set<(accountIds: readonly string[] | null) => void>()

  /** When tokens of others expire that were used here, by the session's id. */
  const expiryByOutside = new Map<string, number>()
  const sweep = outside && setInterval(endExpired, SWEEP_MS).unref()

  function endExpired(): void {
    const now = clock()
    const over = [...expiryByOutside].flatMap(([id, expiresAt]) => (expiresAt <= now ? [id] : []))
    for (const id of over) expiryByOutside.delete(id)
    if (over.length > 0) forget(new Set(over))
  }

  function load(key: string, token: string, device: () => string): Promise<Known | null> {
    const under = loading.get(key)
    if (under) return under
    const begun = generation
    const loaded = findRow(key, token, device)
      .then(found => {
        if (!found || isOver(found.session.id, found.account.id)) {
          unknown.set(key, true)
          return null
        }
        const { session, account } = found
        const known: Known = {
          sessionId: session.id,
          account: { id: account.id, username: account.username },
          createdAt: session.createdAt,
          expiresAt: session.expiresAt,
          renewedTo: session.expiresAt,
          renewAt: isFixed(session.id) ? session.lastUsedAt + RENEW_AFTER_MS : renewalOf(session.expiresAt),
          isFixed: isFixed(session.id),
        }
        if (session.id.startsWith(OUTSIDE)) expiryByOutside.set(session.id, session.expiresAt)
        if (begun === generation) living.set(key, known)
        return known
      })
      .finally(() => {
        if (loading.get(key) === loaded) loading.delete(key)
      })
    loading.set(key, loaded)
    return loaded
  }

  async function findRow(key: string, token: string, device: () => string): ReturnType<Store['findSession']> {
    const tokenHash = Buffer.from(key, 'base64')
    const found = await store.findSession(tokenHash, clock())
    if (!outside || TOKEN.test(token)) return found
    if (found) {
      if (!expiryByOutside.has(found.session.id)) await outside.settle(token, found.session.expiresAt)
      return found
    }
    const known = await outside.find(token)
    if (!known || known.expiresAt <= clock()) return null
    const spending = await known.spend()
    if ('done' in spending) {
      const isMade = await makeOutside({ ...known, tokenHash, device: device() }, spending)
      return isMade ? store.findSession(tokenHash, clock()) : null
    }
    const madeFor = spending.tokenHash ?? tokenHash
    // It may have been made since it was looked for above.
    if (spending.state === 'over') return store.findSession(madeFor, clock())
    for (let attempt = 0; attempt < OUTSIDE_ATTEMPTS; attempt++) {
      await delay(OUTSIDE_PAUSE_MS)
      const made = await store.findSession(madeFor, clock())
      if (made) return made
    }
    // Whoever was making it has died, perhaps: in some seconds it may be made again.
    if (spending.state === 'elsewhere') throw new Refusal('STORAGE_UNAVAILABLE')
    return null
  }

  async function makeOutside(
    { accountId, expiresAt, tokenHash, device }: OutsideToken & Pick<SessionRow, 'tokenHash' | 'device'>,
    spending: Spending,
  ): Promise<boolean> {
    const id = OUTSIDE + spending.id
    try {
      await keep({ id, tokenHash, accountId, device, expiresAt }, {})
    } catch (error) {
      if (error instanceof Refusal && error.code === 'BANNED') {
        await spending.done()
        return false
      }
      try {
        // It may have been made all the same: where only the answer was lost.
        await store.endSession(id, accountId)
        await spending.undo()
      } catch (cause) {
        log?.warn({ err: cause, sessionId: id }, 'a token stays spent for some seconds, without a session')
      }
      throw error
    }
    if (await spending.done()) return true
    await store.endSession(id, accountId)
    forget(new Set([id]))
    return false
  }

  /** An hour after the last renewal; at once where SESSION_DAYS was another when that was written. */
  function renewalOf(expiresAt: number): number {
    if (lifetime === 0) return expiresAt === LAST_DAY ? Number.POSITIVE_INFINITY : 0
    return expiresAt > clock() + lifetime + renewAfter ? 0 : expiresAt - lifetime + renewAfter
  }

  function renew(known: Known): void {
    const now = clock()
    if (now < known.renewAt) return
    const expiresAt = known.isFixed ? known.expiresAt : expiryAt(now)
    known.renewAt = now + (known.isFixed ? RENEW_AFTER_MS : renewAfter)
    known.renewedTo = expiresAt
    store.renewSession(known.sessionId, expiresAt, now).then(
      () => {
        known.expiresAt = expiresAt
      },
      (error: unknown) => {
        known.renewAt = clock() + Math.min(RENEW_AGAIN_AFTER_MS, renewAfter)
        log?.warn({ err: error, sessionId: known.sessionId }, 'a session could not be renewed')
      },
    )
  }

  async function make(accountId: string, device: string, conditions: SessionConditions = {}, own: Partial<Own> = {}) {
    const token = randomBytes(TOKEN_BYTES).toString('base64url')
    const tokenHash = hash('sha256', token, 'buffer')
    const { id = randomId(), expiresAt = expiryAt(clock()) } = own
    const isMade = await keep({ id, tokenHash, accountId, device, expiresAt }, conditions)
    const session: NewSession = { token, sessionId: id, expiresAt }
    // One for an account that was deleted meanwhile is a token that opens nothing.
    return { session, isMade }
  }

  /** @throws what `admit` throws: then there is no such session */
  async function keep(
    row: Pick<SessionRow, 'id' | 'tokenHash' | 'accountId' | 'device' | 'expiresAt'>,
    conditions: SessionConditions,
  ): Promise<boolean> {
    const { id, accountId } = row
    const createdAt = clock()
    const ended = await store.createSession(
      { ...row, createdAt, lastUsedAt: createdAt },
      // A program's token is no device, and ends none.
      perUser === undefined || id.startsWith(NAMED_TOKENS) ? conditions : { ...conditions, most: perUser },
    )
    if (ended && ended.length > 0) forget(new Set(ended))
    try {
      // A ban is written before the account's sessions are ended: this one is either ended with them, or refused here.
      if (ended) await admit?.(accountId)
    } catch (error) {
      await store.endSession(id, accountId)
      forget(new Set([id]))
      throw error
    }
    if (ended) changed([accountId])
    return ended !== null
  }

  function isOver(sessionId: string, accountId: string): boolean {
    return ended.has(sessionId) || gone.has(accountId)
  }

  /** Listeners are told of each once: what this node ends comes back with the revocations, or is there before. */
  function forget(sessionIds: ReadonlySet<string>): void {
    const ids = [...sessionIds].filter(id => !ended.has(id))
    for (const sessionId of ids) {
      ended.set(sessionId, true)
      expiryByOutside.delete(sessionId)
    }
    for (const [key, known] of living.entries()) if (sessionIds.has(known.sessionId)) living.delete(key)
    if (ids.length > 0) for (const listener of listeners) listener(ids)
  }

  function changed(accountIds: readonly string[] | null): void {
    for (const listener of changeListeners) listener(accountIds)
  }

  revocations?.onRevoked(({ sessionIds, accountIds, changedIds }) => {
    const over = new Set(sessionIds)
    for (const accountId of accountIds) gone.set(accountId, true)
    for (const { sessionId, account } of living.values()) if (gone.has(account.id)) over.add(sessionId)
    forget(over)
    if (changedIds.length > 0) changed(changedIds)
  })
  revocations?.onGap(() => {
    generation++
    living.clear()
    loading.clear()
    changed(null)
  })

  return {
    async create(accountId, device = UNKNOWN_DEVICE) {
      return (await make(accountId, device)).session
    },

    async createNamed(accountId, name, days) {
      const expiresAt = days === null ? LAST_DAY : clock() + days * DAY_MS
      const { session, isMade } = await make(accountId, name, {}, { id: NAMED_TOKENS + randomId(), expiresAt })
      if (!isMade) throw new Refusal('UNAUTHENTICATED')
      return session
    },

    async createBy(sessionId, accountId, device) {
      const { session, isMade } = await make(accountId, device, { by: sessionId })
      return isMade ? session : null
    },

    async find(token, device = () => UNKNOWN_DEVICE) {
      if (!TOKEN.test(token) && !(outside && OUTSIDE_TOKEN.test(token))) return null
      const key = hash('sha256', token, 'base64')
      let known: Known | null | undefined = living.get(key)
      // One that seems over may have been renewed elsewhere, one that seems living may have been ended elsewhere while
      // this node could not hear of it: the store decides.
      if (!known || known.expiresAt < clock() || revocations?.isCurrent() === false) {
        if (unknown.has(key)) return null
        known = await load(key, token, device)
        if (!known || isOver(known.sessionId, known.account.id)) return null
      }
      renew(known)
      const { sessionId, account, createdAt, renewedTo } = known
      return { sessionId, account, createdAt, expiresAt: renewedTo }
    },

    list: accountId => store.sessions(accountId, clock()),

    async end(sessionId, accountId) {
      if (!(await store.endSession(sessionId, accountId))) return false
      forget(new Set([sessionId]))
      changed([accountId])
      return true
    },

    async endAll(accountId) {
      const sessionIds = new Set(await store.endSessions(accountId))
      for (const known of living.values()) if (known.account.id === accountId) sessionIds.add(known.sessionId)
      forget(sessionIds)
      if (sessionIds.size > 0) changed([accountId])
    },

    onEnded(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },

    onChanged(listener) {
      changeListeners.add(listener)
      return () => changeListeners.delete(listener)
    },
    close() {
      if (sweep) clearInterval(sweep)
    },
  }
}
