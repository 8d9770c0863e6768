// Names and passwords → accounts. Choosing a free name is entering; a taken one is entered with its password, and every
// other try is refused alike. (PROTOCOL.md: ENTER-1 to ENTER-6, ENTER-11)
import type { AccountRef } from '../domain/entry.ts'
import { Refusal } from '../domain/errors.ts'
import { randomId } from '../domain/message.ts'
import { parseUsername, readUsername, type Username, usernameKey } from '../domain/username.ts'
import type { Invitations } from '../moderation/invitations.ts'
import type { Account, Store } from '../store/store.ts'
import { isLoopback, networkOf } from './address.ts'
import type { Limiter } from './limiter.ts'
import { createLookupCache } from './lookup-cache.ts'
import { type Passwords, preparePassword } from './passwords.ts'
import type { NewSession, Sessions } from './sessions.ts'
import { candidatesOf, createSuggestions } from './suggestions.ts'

/** A name's account changes only by deletion, which is forgotten at once here and found out by `append` elsewhere. */
const BY_NAME = { max: 10_000, ttl: 60_000 }
/** Short: `lastSeenAt` moves. It spares the store a look-up for each message of a page. */
const BY_ID = { max: 10_000, ttl: 5_000 }
/** Each tries other numbers behind the name. */
const FREE_NAME_ATTEMPTS = 10

export interface AccountsOptions {
  readonly store: Pick<
    Store,
    'claim' | 'accountById' | 'accountByKey' | 'accountBySkeleton' | 'areFree' | 'setPasswordHash' | 'deleteAccount'
  >
  readonly sessions: Pick<Sessions, 'create' | 'end' | 'endAll'>
  readonly passwords: Passwords
  readonly limiter: Pick<Limiter, 'enter' | 'newName' | 'refundNewName' | 'take' | 'give'>
  /** Where `registration` is `invite`. Default: there are none. */
  readonly invitations?: Pick<Invitations, 'isGood' | 'use' | 'giveBack'>
  /** Asked once somebody has shown the password: throws what refuses a banned account. Default: none is. */
  readonly admit?: (accountId: string) => Promise<void>
  /** Drops whatever else is kept of an account, once it is deleted: until then it is somebody's. */
  readonly onDeleted?: (accountId: string) => Promise<void>
  /** Who may claim a free name. */
  readonly registration: 'open' | 'invite' | 'closed'
  /** Milliseconds since 1970. Default `Date.now`. */
  readonly clock?: () => number
}

export interface EnterRequest {
  readonly username: string
  readonly password: string | null
  /** The secret of one; null: none. Only looked at where it is needed. */
  readonly invitation?: string | null
  /** What kind of device it is: a label as `parseDevice` gives it. Default: nobody knows. */
  readonly device?: string
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
   *   a look-alike of a taken name, and for any unknown name where registration is closed); `INVITATION_REQUIRED`,
   *   `INVITATION_INVALID` (where it is by invitation, whether or not the name is free); `BANNED`; `RATE_LIMITED`. The two about
   *   the name have up to five free ones as `suggestions` in their details, where names are given out
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
  /**
   * A new account for somebody who has shown otherwise who they are: whoever may claim names, and without a password. With
   * a free name that is made of this one, where it is taken or none.
   */
  claimFree(username: string): Promise<AccountRef>
  /**
   * A new account with just this name, on the operator's word: without a password, whoever may claim names.
   * @throws Refusal `USERNAME_INVALID`, `USERNAME_TAKEN` (also for a look-alike)
   */
  claimNamed(username: string): Promise<AccountRef>
  /** A session of an account whose holder has shown otherwise who they are. @throws Refusal `BANNED` */
  open(account: AccountRef, device: string | undefined): Promise<Entered>
  /**
   * A new password without the present one, on the operator's word.
   * @throws Refusal `PASSWORD_INVALID`
   */
  resetPassword(accountId: string, password: string): Promise<void>
  /** The account that this spelling of a name addresses; null: nobody. Never throws a refusal about the name. */
  byName(name: string): Promise<AccountRef | null>
  /** The account, deleted or not, as it was at most some seconds ago; null: no such id. */
  byId(id: string): Promise<Profile | null>
  /** Forgets what is remembered of an account, because it turned out to be deleted. */
  forget(id: string): void
}

export function createAccounts(options: AccountsOptions): Accounts {
  const { store, sessions, passwords, limiter, registration, invitations, clock = Date.now } = options
  const suggest = createSuggestions({ store, limiter })

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

  async function open({ id, username }: AccountRef, device: string | undefined): Promise<Entered> {
    return { ...(await sessions.create(id, device)), account: { id, username } }
  }

  const hasGoodInvitation = async ({ invitation }: EnterRequest): Promise<boolean> =>
    Boolean(invitation && (await invitations?.isGood(invitation)))

  /** As `claim`: uses the invitation only where somebody gets in. */
  async function claimInvited(name: Username, request: EnterRequest): Promise<Entered | null> {
    const invitation = request.invitation ?? ''
    if (!invitations) throw new Refusal('INVITATION_INVALID')
    await invitations.use(invitation)
    let entered: Entered | null = null
    try {
      entered = await claim(name, request)
    } finally {
      if (!entered) await invitations.giveBack(invitation)
    }
    return entered
  }

  /** Null: somebody else has the name, perhaps since a moment ago. */
  async function claim(name: Username, { password, device, address }: EnterRequest): Promise<Entered | null> {
    await limiter.newName(address)
    const id = randomId()
    try {
      const passwordHash = password === null ? null : await passwords.hash(password, placeOf(address))
      const outcome = await store.claim({ id, ...name, passwordHash, createdAt: clock() })
      if (outcome === 'claimed') return await open({ id, username: name.username }, device)
      limiter.refundNewName(address)
      return null
    } catch (error) {
      limiter.refundNewName(address)
      // Without a password the token is the only key, and nobody has got it: as far as it can, the name is given back.
      if (password === null) await store.deleteAccount(id, clock()).catch(() => undefined)
      throw error
    }
  }

  async function enter(request: EnterRequest): Promise<Entered> {
    try {
      return await enterOrRefuse(request)
    } catch (error) {
      const isAboutName = error instanceof Refusal && /^USERNAME_(?:TAKEN|INVALID)$/.test(error.code)
      // Names are given out to whoever may claim one: where it is by invitation, those who brought one that is good.
      const mayClaim = registration === 'open' || (registration === 'invite' && (await hasGoodInvitation(request)))
      if (!isAboutName || !mayClaim) throw error
      // The same for every taken name, so that it tells nothing of the password either.
      const suggestions = await suggest(request.username, request.address)
      throw new Refusal(error.code, error.message, { ...error.details, suggestions })
    }
  }

  async function enterOrRefuse(request: EnterRequest): Promise<Entered> {
    const { username, password, device, address } = request
    const name = parseUsername(username)
    if (password !== null) preparePassword(password)
    await limiter.enter(name.key, address)

    // Before anybody is looked for: what the answer to a bad one is, and takes, has nothing to do with the name.
    const isInvited = registration === 'invite' && (await hasGoodInvitation(request))
    const mayClaim = registration === 'open' || isInvited
    let owner = await store.accountByKey(name.key)
    const isFree = !owner && mayClaim && !(await store.accountBySkeleton(name.skeleton))
    if (isFree) {
      const entered = registration === 'open' ? await claim(name, request) : await claimInvited(name, request)
      if (entered) return entered
      owner = await store.accountByKey(name.key)
    }
    // The same work whether there is a password to compare with or not, so that the time does not tell (ENTER-2).
    // Without a password in the request there is nothing to compare, whoever has the name: nobody waits.
    if (password !== null && (await isRight(password, owner?.passwordHash ?? null, address)) && owner) {
      await options.admit?.(owner.id)
      const entered = await openProven(owner, device)
      if (entered) return entered
    }
    // Whether or not somebody has the name: strangers learn of none.
    if (registration === 'invite' && !isInvited) {
      throw new Refusal(request.invitation ? 'INVITATION_INVALID' : 'INVITATION_REQUIRED')
    }
    if (registration !== 'closed') throw new Refusal('USERNAME_TAKEN')
    throw new Refusal(
      'USERNAME_TAKEN',
      'This server gives out no new names: enter with a name that you already have, and its password.',
    )
  }

  /**
   * A session for whoever has shown the account's password. Null: it was changed meanwhile. An operator's reset ends all
   * sessions after it; one that is made still later must not be left over.
   */
  async function openProven(account: Account, device: string | undefined): Promise<Entered | null> {
    const entered = await open(account, device)
    if ((await store.accountById(account.id))?.passwordHash === account.passwordHash) return entered
    await sessions.end(entered.sessionId, account.id)
    return null
  }

  /** Whether it is the password of that hash; the address is told to wait once too many of its passwords were not. */
  async function isRight(password: string, passwordHash: string | null, address: string): Promise<boolean> {
    const place = placeOf(address)
    if (place === null) return passwords.verify(password, passwordHash)
    await limiter.take('misses', place)
    let isMiss = false
    try {
      const matches = await passwords.verify(password, passwordHash, place)
      isMiss = !matches
      return matches
    } finally {
      if (!isMiss) limiter.give('misses', place)
    }
  }

  /** The account, once whoever asks has shown its password, where it has one. */
  async function proven(accountId: string, password: string | null, address: string): Promise<Account> {
    const account = await store.accountById(accountId)
    if (!account || account.deletedAt !== null) throw new Refusal('UNAUTHENTICATED')
    // By id, not by name: attempts to enter from this address neither use this up nor the other way round.
    await limiter.enter(account.id, address)
    if (account.passwordHash === null) return account
    if (password === null) throw new Refusal('PASSWORD_INVALID', 'This needs the account’s present password.')
    if (!(await passwords.verify(password, account.passwordHash, placeOf(address)))) throw notPresent()
    return account
  }

  return {
    enter,

    async setPassword({ accountId, password, current, address }) {
      preparePassword(password)
      const account = await proven(accountId, current, address)
      const hash = await passwords.hash(password, placeOf(address))
      if (!(await store.setPasswordHash(account.id, hash, account.passwordHash))) throw notPresent()
    },

    async deleteAccount({ accountId, password, address }) {
      const account = await proven(accountId, password, address)
      // Who was reset meanwhile keeps the sessions that were opened since.
      if ((await store.accountById(account.id))?.passwordHash !== account.passwordHash) throw notPresent()
      // Before, while the store still knows which sessions there are; after, for those that were opened meanwhile.
      await sessions.endAll(account.id)
      if (!(await store.deleteAccount(account.id, clock(), account.passwordHash))) throw notPresent()
      forget(account.id)
      await sessions.endAll(account.id)
      await options.onDeleted?.(account.id)
    },

    async claimFree(username) {
      for (let attempt = 0; attempt < FREE_NAME_ATTEMPTS; attempt++) {
        const wanted = attempt === 0 ? [readUsername(username)] : [...candidatesOf(username), ...candidatesOf('user')]
        for (const name of wanted) {
          if (!name) continue
          const id = randomId()
          const outcome = await store.claim({ id, ...name, passwordHash: null, createdAt: clock() })
          if (outcome === 'claimed') return { id, username: name.username }
        }
      }
      throw new Refusal('USERNAME_TAKEN')
    },

    async claimNamed(username) {
      const name = parseUsername(username)
      const id = randomId()
      const outcome = await store.claim({ id, ...name, passwordHash: null, createdAt: clock() })
      if (outcome === 'taken') throw new Refusal('USERNAME_TAKEN')
      return { id, username: name.username }
    },

    open,

    async resetPassword(accountId, password) {
      preparePassword(password)
      await store.setPasswordHash(accountId, await passwords.hash(password))
    },

    async byName(name) {
      const key = usernameKey(name)
      return key === null ? null : byKey.get(key)
    },

    byId: id => profiles.get(id),
    forget,
  }
}

/** Also where it was changed while it was being compared. */
const notPresent = (): Refusal => new Refusal('PASSWORD_INVALID', 'That is not the account’s present password.')

/** By what one address is counted where no name is; null: this machine, behind which everybody may be. */
const placeOf = (address: string): string | null => (isLoopback(address) ? null : networkOf(address))
