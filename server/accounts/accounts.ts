// Names and passwords → accounts. Choosing a free name is entering; a taken one is entered with its password, and every
// other try is refused alike. (PROTOCOL.md: ENTER-1 to ENTER-6)
import type { AccountRef } from '../domain/entry.ts'
import { Refusal } from '../domain/errors.ts'
import { randomId } from '../domain/message.ts'
import { parseUsername, type Username, usernameKey } from '../domain/username.ts'
import type { Account, Store } from '../store/store.ts'
import type { Limiter } from './limiter.ts'
import { createLookupCache } from './lookup-cache.ts'
import { type Passwords, preparePassword } from './passwords.ts'
import type { NewSession, Sessions } from './sessions.ts'

/** A name's account changes only by deletion, which is forgotten at once here and found out by `append` elsewhere. */
const BY_NAME = { max: 10_000, ttl: 60_000 }
/** Short: `lastSeenAt` moves. It spares the store a look-up for each message of a page. */
const BY_ID = { max: 10_000, ttl: 5_000 }

export interface AccountsOptions {
  readonly store: Pick<
    Store,
    'claim' | 'accountById' | 'accountByKey' | 'accountBySkeleton' | 'setPasswordHash' | 'deleteAccount'
  >
  readonly sessions: Pick<Sessions, 'create' | 'endAll'>
  readonly passwords: Passwords
  readonly limiter: Pick<Limiter, 'enter' | 'newName' | 'refundNewName'>
  /** Who may claim a free name. There are no invitations yet: `invite` lets nobody new in, as `closed` does. */
  readonly registration: 'open' | 'invite' | 'closed'
  /** Milliseconds since 1970. Default `Date.now`. */
  readonly clock?: () => number
}

export interface EnterRequest {
  readonly username: string
  readonly password: string | null
  /** The client's, for limits. */
  readonly address: string
}

export interface Entered extends NewSession {
  readonly account: AccountRef
}

/** An account as others may see it, also when it is deleted. */
export type Profile = Pick<Account, 'id' | 'username' | 'createdAt' | 'lastSeenAt' | 'deletedAt'>

export interface Accounts {
  /**
   * Claims a free name, or opens one more session with the name's password. Of two who claim one name at the same time
   * one has it; the other enters only with the same password.
   * @throws Refusal `USERNAME_INVALID`; `PASSWORD_INVALID` (a length that no password has); `USERNAME_TAKEN` (also for
   *   a look-alike of a taken name, and for any unknown name unless registration is open); `RATE_LIMITED`
   */
  enter(request: EnterRequest): Promise<Entered>
  /**
   * Adds the account's password, or changes it. Its sessions go on.
   * @throws Refusal `PASSWORD_INVALID` (the new one's length, or `current` is not the present one), `RATE_LIMITED`,
   *   `UNAUTHENTICATED` (the account has been deleted)
   */
  setPassword(request: {
    readonly accountId: string
    readonly password: string
    /** The present one, where there is one. */
    readonly current: string | null
    readonly address: string
  }): Promise<void>
  /**
   * Ends the account's sessions, deletes it and frees its name.
   * @throws Refusal as `setPassword`
   */
  deleteAccount(request: {
    readonly accountId: string
    /** The present one, where there is one. */
    readonly password: string | null
    readonly address: string
  }): Promise<void>
  /** The account that this spelling of a name addresses; null: nobody. Never throws a refusal about the name. */
  byName(name: string): Promise<AccountRef | null>
  /** The account, deleted or not, as it was at most some seconds ago; null: no such id. */
  byId(id: string): Promise<Profile | null>
  /** Forgets what is remembered of an account, because it turned out to be deleted. */
  forget(id: string): void
}

export function createAccounts(options: AccountsOptions): Accounts {
  const { store, sessions, passwords, limiter, registration, clock = Date.now } = options

  const byKey = createLookupCache<AccountRef>({
    ...BY_NAME,
    async lookUp(key) {
      const account = await store.accountByKey(key)
      return account && { id: account.id, username: account.username }
    },
  })

  const profiles = createLookupCache<Profile>({
    ...BY_ID,
    async lookUp(id) {
      const account = await store.accountById(id)
      if (!account) return null
      const { username, createdAt, lastSeenAt, deletedAt } = account
      return { id, username, createdAt, lastSeenAt, deletedAt }
    },
  })

  function forget(id: string): void {
    byKey.forget(account => account.id === id)
    profiles.forget(profile => profile.id === id)
  }

  async function open({ id, username }: AccountRef): Promise<Entered> {
    return { ...(await sessions.create(id)), account: { id, username } }
  }

  /** Null: somebody else has the name, perhaps since a moment ago. */
  async function claim(name: Username, password: string | null, address: string): Promise<Entered | null> {
    await limiter.newName(address)
    const id = randomId()
    try {
      const passwordHash = password === null ? null : await passwords.hash(password)
      const outcome = await store.claim({ id, ...name, passwordHash, createdAt: clock() })
      if (outcome === 'claimed') return await open({ id, username: name.username })
      limiter.refundNewName(address)
      return null
    } catch (error) {
      limiter.refundNewName(address)
      // Without a password the token is the only key, and nobody has got it: as far as it can, the name is given back.
      if (password === null) await store.deleteAccount(id, clock()).catch(() => undefined)
      throw error
    }
  }

  async function enter({ username, password, address }: EnterRequest): Promise<Entered> {
    const name = parseUsername(username)
    if (password !== null) preparePassword(password)
    await limiter.enter(name.key, address)

    let owner = await store.accountByKey(name.key)
    const isFree = !owner && registration === 'open' && !(await store.accountBySkeleton(name.skeleton))
    if (isFree) {
      const entered = await claim(name, password, address)
      if (entered) return entered
      owner = await store.accountByKey(name.key)
    }
    // The same work whether there is a password to compare with or not, so that the time does not tell (ENTER-2).
    // Without a password in the request there is nothing to compare, whoever has the name: nobody waits.
    if (password !== null && (await passwords.verify(password, owner?.passwordHash ?? null)) && owner) {
      return open(owner)
    }
    if (registration === 'open') throw new Refusal('USERNAME_TAKEN')
    throw new Refusal(
      'USERNAME_TAKEN',
      'This server gives out no new names: enter with a name that you already have, and its password.',
    )
  }

  /** The account, once whoever asks has shown its password, where it has one. */
  async function proven(accountId: string, password: string | null, address: string): Promise<Account> {
    const account = await store.accountById(accountId)
    if (!account || account.deletedAt !== null) throw new Refusal('UNAUTHENTICATED')
    // By id, not by name: attempts to enter from this address neither use this up nor the other way round.
    await limiter.enter(account.id, address)
    if (account.passwordHash === null) return account
    if (password === null) throw new Refusal('PASSWORD_INVALID', 'This needs the account’s present password.')
    if (!(await passwords.verify(password, account.passwordHash))) {
      throw new Refusal('PASSWORD_INVALID', 'That is not the account’s present password.')
    }
    return account
  }

  return {
    enter,

    async setPassword({ accountId, password, current, address }) {
      preparePassword(password)
      const account = await proven(accountId, current, address)
      await store.setPasswordHash(account.id, await passwords.hash(password))
    },

    async deleteAccount({ accountId, password, address }) {
      const account = await proven(accountId, password, address)
      // Before, while the store still knows which sessions there are; after, for those that were opened meanwhile.
      await sessions.endAll(account.id)
      await store.deleteAccount(account.id, clock())
      forget(account.id)
      await sessions.endAll(account.id)
    },

    async byName(name) {
      const key = usernameKey(name)
      return key === null ? null : byKey.get(key)
    },

    byId: id => profiles.get(id),
    forget,
  }
}
