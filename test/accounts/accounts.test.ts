// Entering on the real store with the real argon2: who gets a name, who gets in, and what a refusal may tell.
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Accounts, type AccountsOptions, createAccounts } from '../../server/accounts/accounts.ts'
import { createLimiter, type LimiterOptions } from '../../server/accounts/limiter.ts'
import { createPasswords, type Passwords } from '../../server/accounts/passwords.ts'
import { createSessions, type Sessions } from '../../server/accounts/sessions.ts'
import { Refusal } from '../../server/domain/errors.ts'
import { codeOf, openTestStore, refusal, type TestStore } from './support.ts'

const PASSWORD = 'segredo bom'
const OTHER = 'segredo mau'
const address = '192.0.2.1'

let opened: TestStore
let sessions: Sessions
let accounts: Accounts
/** What every call of `verify` compared with. */
let verified: (string | null)[]

beforeEach(async () => {
  opened = await openTestStore()
  sessions = createSessions({ store: opened.store, sessionDays: 180 })
  verified = []
  meanwhile = null
  accounts = accountsOf()
})
afterEach(() => opened.close())

/** Happens once, while the next password is compared or hashed. */
let meanwhile: (() => Promise<void>) | null

function accountsOf(options: Partial<AccountsOptions> = {}, limits: Partial<LimiterOptions> = {}): Accounts {
  const real = createPasswords()
  const passwords: Passwords = {
    hash: password => real.hash(password),
    async verify(password, passwordHash) {
      verified.push(passwordHash)
      const isRight = await real.verify(password, passwordHash)
      const happens = meanwhile
      meanwhile = null
      await happens?.()
      return isRight
    },
  }
  return createAccounts({
    store: opened.store,
    sessions,
    passwords,
    limiter: createLimiter({
      sendsPerSecond: 0,
      searchesPerSecond: 0,
      enterPerMinute: 0,
      newNamesPerHour: 0,
      ...limits,
    }),
    registration: 'open',
    ...options,
  })
}

const enter = (username: string, password: string | null = null) => accounts.enter({ username, password, address })

describe('entering', () => {
  it('with a free name claims it: the token opens its session', async () => {
    const { token, sessionId, expiresAt, account } = await enter('João')
    expect(account.username).toBe('João')
    expect(await sessions.find(token)).toMatchObject({ sessionId, account, expiresAt })
    expect(await accounts.byName('joao')).toEqual(account)
  })

  it('with a name and its password opens one more session of the same account', async () => {
    const phone = await enter('João', PASSWORD)
    const laptop = await enter('JOAO', PASSWORD)
    expect(laptop.account).toEqual(phone.account)
    expect(laptop.token).not.toBe(phone.token)
    expect(await sessions.find(phone.token)).not.toBeNull()
  })

  it.each([
    ['a wrong password', PASSWORD, OTHER],
    ['no password', PASSWORD, null],
    ['a password, where it has none', null, OTHER],
    ['no password, where it has none', null, null],
  ])('with a taken name and %s is refused', async (_, first, second) => {
    await enter('joao', first)
    expect(await codeOf(() => enter('joao', second))).toBe('USERNAME_TAKEN')
  })

  it('is refused in the same words and with the same work whether the account has a password or not', async () => {
    await enter('joao', PASSWORD)
    await enter('maria')
    const refusals = [
      await refusal(() => enter('joao', OTHER)),
      await refusal(() => enter('maria', OTHER)),
      await refusal(() => enter('rnaria', OTHER)),
      await refusal(() => enter('joao')),
      await refusal(() => enter('maria')),
    ]
    // Suggestions are made of the name that was typed: what is added to it is the same for all.
    const words = refusals.map(({ code, message, details }) =>
      JSON.stringify([code, message, details]).replace(/"(?:joao|maria|rnaria)([^"]*)"/g, '"…$1"'),
    )
    expect(words[0]).toContain('"suggestions":["…2","…3","…_2","….2","…-2"]')
    expect(new Set(words).size).toBe(1)
    expect(verified.map(hash => hash !== null)).toEqual([true, false, false])
  })

  it.each(['JOÃO', 'ｊｏａｏ', 'joa\u0303o', 'j0ao', 'ј\u043e\u0430\u043e'])(
    'as %s beside joao is refused, also with a password',
    async twin => {
      await enter('joao')
      expect(await codeOf(() => enter(twin))).toBe('USERNAME_TAKEN')
      expect(await codeOf(() => enter(twin, PASSWORD))).toBe('USERNAME_TAKEN')
    },
  )

  it('as a look-alike with the right password of the other account is refused', async () => {
    await enter('maria', PASSWORD)
    expect(await codeOf(() => enter('rnaria', PASSWORD))).toBe('USERNAME_TAKEN')
  })

  it('with what is no name or no password is refused before anything else', async () => {
    accounts = accountsOf({}, { enterPerMinute: 1 })
    expect(await codeOf(() => enter('jo ao'))).toBe('USERNAME_INVALID')
    expect(await codeOf(() => enter('joao', 'curta'))).toBe('PASSWORD_INVALID')
    expect(await codeOf(() => enter('joao', 'x'.repeat(60 * 1024)))).toBe('PASSWORD_INVALID')
    expect(await accounts.byName('joao')).toBeNull()
    await enter('joao')
  })

  it('by many with one free name at once has one winner', async () => {
    const tries = await Promise.allSettled(Array.from({ length: 20 }, (_, index) => enter(index % 2 ? 'João' : 'j0ao')))
    expect(tries.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    for (const result of tries) {
      if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 'USERNAME_TAKEN' })
    }
  })

  it('by one person with one free name and one password on two devices at once lets both in', async () => {
    const [phone, laptop] = await Promise.all([enter('joao', PASSWORD), enter('joao', PASSWORD)])
    expect(laptop.account.id).toBe(phone.account.id)
  })

  it('is limited by name and address, and by new names of an address', async () => {
    accounts = accountsOf({}, { enterPerMinute: 2, newNamesPerHour: 3 })
    await enter('joao')
    expect(await codeOf(() => enter('joao'))).toBe('USERNAME_TAKEN')
    const refused = await refusal(() => enter('JOÃO'))
    expect(refused.code).toBe('RATE_LIMITED')
    expect(refused.details.retryAfterMs).toBeGreaterThan(0)
    await enter('ana')
    await enter('maria')
    expect(await codeOf(() => enter('rita'))).toBe('RATE_LIMITED')
    await accounts.enter({ username: 'rita', password: null, address: '192.0.2.2' })
  })

  it('with a taken name does not use up the address’s new names, also when it was taken a moment ago', async () => {
    let losing = true
    const store: AccountsOptions['store'] = {
      ...opened.store,
      claim: claim => (losing ? Promise.resolve('taken') : opened.store.claim(claim)),
    }
    accounts = accountsOf({ store }, { newNamesPerHour: 1 })
    expect(await codeOf(() => enter('joao'))).toBe('USERNAME_TAKEN')
    losing = false
    await enter('joao')
    expect(await codeOf(() => enter('joao'))).toBe('USERNAME_TAKEN')
    expect(await codeOf(() => enter('maria'))).toBe('RATE_LIMITED')
  })

  it.each(['closed', 'invite'] as const)(
    'where registration is %s lets in who has a name, and nobody new',
    async registration => {
      await enter('joao', PASSWORD)
      accounts = accountsOf({ registration })
      expect((await enter('joao', PASSWORD)).account.username).toBe('joao')
      verified.length = 0
      const refusals = [await refusal(() => enter('ana', OTHER)), await refusal(() => enter('joao', OTHER))]
      expect(new Set(refusals.map(({ code, message }) => `${code} ${message}`)).size).toBe(1)
      expect(refusals[0]?.code).toBe(registration === 'closed' ? 'USERNAME_TAKEN' : 'INVITATION_REQUIRED')
      expect(verified).toHaveLength(2)
      expect(await accounts.byName('ana')).toBeNull()
    },
  )

  it('without a password gives the name back when no session could be made', async () => {
    let failing = true
    const flaky: typeof sessions = {
      ...sessions,
      create: id => (failing ? Promise.reject(new Refusal('STORAGE_UNAVAILABLE')) : sessions.create(id)),
    }
    accounts = accountsOf({ sessions: flaky })
    expect(await codeOf(() => enter('joao'))).toBe('STORAGE_UNAVAILABLE')
    expect(await codeOf(() => enter('maria', PASSWORD))).toBe('STORAGE_UNAVAILABLE')
    failing = false
    await enter('joao')
    await enter('maria', PASSWORD)
  })
})

describe('a password', () => {
  it('can be added later, and then lets another device in', async () => {
    const { account } = await enter('joao')
    await accounts.setPassword({ accountId: account.id, password: PASSWORD, current: null, address })
    expect((await enter('joao', PASSWORD)).account.id).toBe(account.id)
  })

  it('is changed with the present one only, and the sessions go on', async () => {
    const { account, token } = await enter('joao', PASSWORD)
    const change = (current: string | null) =>
      accounts.setPassword({ accountId: account.id, password: 'segredo novo', current, address })
    expect(await codeOf(() => change(null))).toBe('PASSWORD_INVALID')
    expect(await codeOf(() => change(OTHER))).toBe('PASSWORD_INVALID')
    expect(await codeOf(() => change('curta'))).toBe('PASSWORD_INVALID')
    await enter('joao', PASSWORD)
    await change(PASSWORD)
    expect(await codeOf(() => enter('joao', PASSWORD))).toBe('USERNAME_TAKEN')
    await enter('joao', 'segredo novo')
    expect(await sessions.find(token)).not.toBeNull()
  })

  it('of a length that no password has is not set', async () => {
    const { account } = await enter('joao')
    const set = (password: string) => accounts.setPassword({ accountId: account.id, password, current: null, address })
    expect(await codeOf(() => set('curta'))).toBe('PASSWORD_INVALID')
    expect(await codeOf(() => set('x'.repeat(257)))).toBe('PASSWORD_INVALID')
  })

  it('is tried at a limited rate, apart from attempts to enter', async () => {
    accounts = accountsOf({}, { enterPerMinute: 2 })
    const { account } = await enter('joao', PASSWORD)
    const change = () => accounts.setPassword({ accountId: account.id, password: OTHER, current: OTHER, address })
    expect(await codeOf(change)).toBe('PASSWORD_INVALID')
    expect(await codeOf(change)).toBe('PASSWORD_INVALID')
    expect(await codeOf(change)).toBe('RATE_LIMITED')
    await enter('joao', PASSWORD)
  })
})

describe('deleting an account', () => {
  it('ends its sessions, frees its name for another account, and is found by name no more', async () => {
    const phone = await enter('João', PASSWORD)
    const laptop = await enter('joao', PASSWORD)
    const ended: string[] = []
    sessions.onEnded(ids => ended.push(...ids))
    await sessions.find(phone.token)
    await accounts.byName('joao')
    await accounts.byId(phone.account.id)
    const remove = (password: string | null) =>
      accounts.deleteAccount({ accountId: phone.account.id, password, address })
    expect(await codeOf(() => remove(null))).toBe('PASSWORD_INVALID')
    expect(await codeOf(() => remove(OTHER))).toBe('PASSWORD_INVALID')
    expect(await accounts.byName('joao')).not.toBeNull()

    await remove(PASSWORD)
    expect(ended.sort()).toEqual([phone.sessionId, laptop.sessionId].sort())
    expect(await sessions.find(phone.token)).toBeNull()
    expect(await sessions.find(laptop.token)).toBeNull()
    expect(await accounts.byName('joao')).toBeNull()
    expect((await accounts.byId(phone.account.id))?.deletedAt).toEqual(expect.any(Number))
    expect(await codeOf(() => remove(PASSWORD))).toBe('UNAUTHENTICATED')

    const next = await enter('joao')
    expect(next.account.id).not.toBe(phone.account.id)
    expect(await accounts.byName('JOÃO')).toEqual(next.account)
  })

  it('without a password needs none', async () => {
    const { account } = await enter('joao')
    await accounts.deleteAccount({ accountId: account.id, password: null, address })
    expect(await accounts.byName('joao')).toBeNull()
  })

  it('also ends a session that was opened while it went on', async () => {
    const { account } = await enter('joao', PASSWORD)
    let meanwhile: Awaited<ReturnType<typeof enter>> | undefined
    const store: AccountsOptions['store'] = {
      ...opened.store,
      async deleteAccount(...args) {
        meanwhile = await enter('joao', PASSWORD)
        await sessions.find(meanwhile.token)
        return opened.store.deleteAccount(...args)
      },
    }
    const ended: string[] = []
    sessions.onEnded(ids => ended.push(...ids))
    await accountsOf({ store }).deleteAccount({ accountId: account.id, password: PASSWORD, address })
    expect(ended).toContain(meanwhile?.sessionId)
    expect(await sessions.find(meanwhile?.token ?? '')).toBeNull()
  })

  it('drops what else is kept of it only once it is deleted', async () => {
    const { account } = await enter('joao')
    const dropped: string[] = []
    let isFailing = true
    const store: AccountsOptions['store'] = {
      ...opened.store,
      deleteAccount: (...args) =>
        isFailing ? Promise.reject(new Refusal('STORAGE_UNAVAILABLE')) : opened.store.deleteAccount(...args),
    }
    const onDeleted = async (id: string): Promise<void> => {
      expect((await opened.store.accountById(id))?.deletedAt).not.toBeNull()
      dropped.push(id)
    }
    const failing = accountsOf({ store, onDeleted })
    const remove = () => failing.deleteAccount({ accountId: account.id, password: null, address })
    expect(await codeOf(remove)).toBe('STORAGE_UNAVAILABLE')
    expect(dropped).toEqual([])
    isFailing = false
    await remove()
    expect(dropped).toEqual([account.id])
  })
})

describe('looking up', () => {
  it('a name reads the store once for many, and never remembers that nobody had it', async () => {
    let reads = 0
    const store: AccountsOptions['store'] = {
      ...opened.store,
      accountByKey(key) {
        reads++
        return opened.store.accountByKey(key)
      },
    }
    const watched = accountsOf({ store })
    expect(await watched.byName('joao')).toBeNull()
    expect(await watched.byName('não é nome')).toBeNull()
    expect(reads).toBe(1)
    const { account } = await enter('joao')
    const found = await Promise.all(['joao', 'João', 'JOAO', 'ｊｏａｏ'].map(name => watched.byName(name)))
    expect(found).toEqual(Array(4).fill(account))
    expect(reads).toBe(2)
    watched.forget(account.id)
    await watched.byName('joao')
    expect(reads).toBe(3)
  })

  it('a name that was being looked up when its account was forgotten is looked up again', async () => {
    const { account } = await enter('joao')
    const read = Promise.withResolvers<void>()
    const held = Promise.withResolvers<void>()
    const store: AccountsOptions['store'] = {
      ...opened.store,
      async accountByKey(key) {
        const found = await opened.store.accountByKey(key)
        read.resolve()
        await held.promise
        return found
      },
    }
    const slow = accountsOf({ store })
    const looking = slow.byName('joao')
    await read.promise
    await opened.store.deleteAccount(account.id, Date.now())
    slow.forget(account.id)
    held.resolve()
    await looking
    expect(await slow.byName('joao')).toBeNull()
  })

  it('a name that could not be looked up is tried again', async () => {
    let failing = true
    const store: AccountsOptions['store'] = {
      ...opened.store,
      accountByKey: key =>
        failing ? Promise.reject(new Refusal('STORAGE_UNAVAILABLE')) : opened.store.accountByKey(key),
    }
    const flaky = accountsOf({ store })
    await enter('joao')
    expect(await codeOf(() => flaky.byName('joao'))).toBe('STORAGE_UNAVAILABLE')
    failing = false
    expect(await flaky.byName('joao')).not.toBeNull()
  })

  it('an id gives what others may see, and nothing secret', async () => {
    const { account } = await enter('joao', PASSWORD)
    expect(await accounts.byId(account.id)).toEqual({
      id: account.id,
      username: 'joao',
      createdAt: expect.any(Number),
      lastSeenAt: null,
      deletedAt: null,
    })
    expect(await accounts.byId('nobody')).toBeNull()
  })
})

describe('a password that the operator resets while it is being shown', () => {
  let accountId: string
  beforeEach(async () => {
    accountId = (await enter('joao', PASSWORD)).account.id
    meanwhile = async () => {
      await accounts.resetPassword(accountId, OTHER)
      await sessions.endAll(accountId)
    }
  })
  afterEach(() => expect(meanwhile).toBeNull())

  it('lets nobody in any more', async () => {
    expect(await codeOf(() => enter('joao', PASSWORD))).toBe('USERNAME_TAKEN')
    expect(await sessions.list(accountId)).toEqual([])
    await enter('joao', OTHER)
  })

  it('is not what it is changed by', async () => {
    const change = { accountId, password: 'segredo novo', current: PASSWORD, address }
    expect(await codeOf(() => accounts.setPassword(change))).toBe('PASSWORD_INVALID')
    await enter('joao', OTHER)
  })

  it('does not delete the account, nor end the sessions that it has now', async () => {
    const reset = meanwhile
    let token = ''
    meanwhile = async () => {
      await reset?.()
      token = (await enter('joao', OTHER)).token
    }
    const deletion = { accountId, password: PASSWORD, address }
    expect(await codeOf(() => accounts.deleteAccount(deletion))).toBe('PASSWORD_INVALID')
    expect(await sessions.find(token)).not.toBeNull()
  })
})
