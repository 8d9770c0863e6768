// Guessing, and making the server work: how many passwords one address may try, that a refusal costs the same whatever the
// name is, that nothing is hashed for nothing, and how little of the machine a flood gets. argon2 is the real one, counted;
// where only the count matters it is asked for less work than it is told.
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { type Accounts, createAccounts } from '../../server/accounts/accounts.ts'
import { createLimiter } from '../../server/accounts/limiter.ts'
import { createPasswords } from '../../server/accounts/passwords.ts'
import { createSessions } from '../../server/accounts/sessions.ts'
import { codeOf as codeOfResult, data, enter, request } from '../setup/request.ts'
import { startTestServer, type TestServer } from '../setup/server.ts'
import { codeOf, openTestStore, refusal, type TestStore } from './support.ts'

/** What each call of argon2 asked for, and how many ran at one time at most. */
const calls = vi.hoisted(() => ({ costs: [] as object[], running: 0, most: 0, isCheap: false }))

vi.mock('../../server/accounts/hashing.ts', async importOriginal => {
  const { createHashing } = await importOriginal<typeof import('../../server/accounts/hashing.ts')>()
  const create: typeof createHashing = () => {
    const real = createHashing()
    return {
      async derive(password, parameters) {
        const { memory, passes, parallelism, tagLength } = parameters
        calls.costs.push({ memory, passes, parallelism, tagLength })
        calls.most = Math.max(calls.most, ++calls.running)
        const asked = calls.isCheap ? { ...parameters, memory: 64, passes: 1 } : parameters
        return real.derive(password, asked).finally(() => calls.running--)
      },
    }
  }
  return { createHashing: create }
})

const RIGHT = 'segredo bom'
const WRONG = 'segredo mau'
const COST = { memory: 19_456, passes: 2, parallelism: 1, tagLength: 32 }

beforeEach(() => {
  Object.assign(calls, { costs: [], most: 0, isCheap: false })
})

describe('an account', () => {
  let opened: TestStore
  let time: number
  let accounts: Accounts
  beforeAll(async () => {
    opened = await openTestStore()
  })
  afterAll(() => opened.close())
  beforeEach(() => {
    calls.isCheap = true
    time = 1_000_000
    accounts = accountsOf('open')
  })

  function accountsOf(registration: 'open' | 'closed', queue = 64): Accounts {
    return createAccounts({
      store: opened.store,
      sessions: createSessions({ store: opened.store, sessionDays: 180 }),
      passwords: createPasswords({ concurrency: 2, queue }),
      limiter: createLimiter({
        sendsPerSecond: 0,
        searchesPerSecond: 0,
        enterPerMinute: 0,
        newNamesPerHour: 0,
        clock: () => time,
      }),
      registration,
    })
  }
  const attempt = (username: string, password: string | null, address = '192.0.2.1', from = accounts) =>
    from.enter({ username, password, address })

  it('is refused after exactly the same work whether the name is somebody’s, has a password, or is nobody’s', async () => {
    await attempt('with', RIGHT)
    await attempt('without', null)
    const closed = accountsOf('closed')
    for (const name of ['with', 'without', 'nobody']) {
      calls.costs = []
      expect([name, await codeOf(() => attempt(name, WRONG, undefined, closed))]).toEqual([name, 'USERNAME_TAKEN'])
      expect([name, calls.costs]).toEqual([name, [COST]])
    }
    // Entering, and claiming a name with a password, are no dearer.
    for (const name of ['with', 'another']) {
      calls.costs = []
      await attempt(name, RIGHT)
      expect([name, calls.costs]).toEqual([name, [COST]])
    }
  })

  it('costs no work at all where the name, the password or the rate is refused', async () => {
    await attempt('strict', RIGHT)
    const limited = createAccounts({
      store: opened.store,
      sessions: createSessions({ store: opened.store, sessionDays: 180 }),
      passwords: createPasswords(),
      limiter: createLimiter({
        sendsPerSecond: 0,
        searchesPerSecond: 0,
        enterPerMinute: 1,
        newNamesPerHour: 0,
        clock: () => time,
      }),
      registration: 'open',
    })
    expect(await codeOf(() => attempt('strict', WRONG, undefined, limited))).toBe('USERNAME_TAKEN')
    calls.costs = []
    expect(await codeOf(() => attempt('strict', WRONG, undefined, limited))).toBe('RATE_LIMITED')
    expect(await codeOf(() => attempt('strict', 'x'.repeat(257)))).toBe('PASSWORD_INVALID')
    expect(await codeOf(() => attempt('strict', 'x'.repeat(60 * 1024)))).toBe('PASSWORD_INVALID')
    expect(await codeOf(() => attempt('strict', '1234567'))).toBe('PASSWORD_INVALID')
    expect(await codeOf(() => attempt('\u202enome', WRONG))).toBe('USERNAME_INVALID')
    expect(await codeOf(() => attempt('strict', null))).toBe('USERNAME_TAKEN')
    expect(calls.costs).toEqual([])
  })

  it('is guessed at 60 times a minute by one address, however many names it tries', async () => {
    for (let name = 0; name < 61; name++) await attempt(`sprayed${name}`, null, `198.51.100.${name}`)
    await attempt('own', RIGHT)
    calls.costs = []
    for (let name = 0; name < 60; name++) {
      expect(await codeOf(() => attempt(`sprayed${name}`, WRONG))).toBe('USERNAME_TAKEN')
    }
    const refused = await refusal(() => attempt('sprayed60', WRONG))
    expect(refused).toMatchObject({ code: 'RATE_LIMITED', details: { retryAfterMs: 1000 } })
    expect(calls.costs.length).toBe(60)
    // Also with the right one: that it is right is not said.
    expect(await codeOf(() => attempt('own', RIGHT))).toBe('RATE_LIMITED')
    expect(await codeOf(() => attempt('sprayed60', WRONG, '203.0.113.9'))).toBe('USERNAME_TAKEN')
    expect(await codeOf(() => attempt('sprayed60', WRONG, '127.0.0.1'))).toBe('USERNAME_TAKEN')
    time += 1000
    expect((await attempt('own', RIGHT)).account.username).toBe('own')
  })

  it('counts no right password, and none that was never looked at', async () => {
    await attempt('often', RIGHT, '203.0.113.20')
    for (let time = 0; time < 65; time++) await attempt('often', RIGHT, '203.0.113.20')
    const busy = accountsOf('open', 0)
    // A turn takes as long as ever, so that the others come meanwhile.
    calls.isCheap = false
    const codes = await Promise.all(
      Array.from({ length: 80 }, () => attempt('often', WRONG, '203.0.113.20', busy).catch(error => error.code)),
    )
    calls.isCheap = true
    // Two at a time have their turn; who was told to come back did not guess.
    expect(codes.filter(code => code === 'USERNAME_TAKEN').length).toBe(2)
    expect(codes.filter(code => code === 'RATE_LIMITED').length).toBe(78)
    for (let miss = 2; miss < 60; miss++) {
      expect(await codeOf(() => attempt('often', WRONG, '203.0.113.20', busy))).toBe('USERNAME_TAKEN')
    }
    expect(await codeOf(() => attempt('often', WRONG, '203.0.113.20', busy))).toBe('RATE_LIMITED')
  })
})

describe('the queue of passwords', () => {
  it('is never filled by one address: it has a quarter, and others the rest', async () => {
    const passwords = createPasswords({ concurrency: 1, queue: 8 })
    const outcome = (by: string | null) =>
      passwords.hash(RIGHT, by).then(
        () => by,
        () => 'refused',
      )
    const flood = Array.from({ length: 20 }, () => outcome('flood'))
    const others = ['a', 'b', null, null].map(outcome)
    const flooded = await Promise.all(flood)
    // One that runs, and two that wait.
    expect(flooded.filter(one => one === 'flood').length).toBe(3)
    expect(await Promise.all(others)).toEqual(['a', 'b', null, null])
  })

  it('has a bound in all', async () => {
    const passwords = createPasswords({ concurrency: 1, queue: 8 })
    const all = await Promise.allSettled(Array.from({ length: 30 }, (_, by) => passwords.hash(RIGHT, String(by))))
    expect(all.filter(({ status }) => status === 'fulfilled').length).toBe(9)
  })
})

describe('a server under a flood of passwords', () => {
  let server: TestServer
  beforeAll(async () => {
    server = await startTestServer({ TRUST_PROXY: '127.0.0.1', NEW_NAMES_PER_HOUR: '0', ENTER_PER_MINUTE: '0' })
  })
  afterAll(() => server.close())

  const ENTER = 'mutation ($name: String!, $password: String) { enter(username: $name, password: $password) { token } }'
  const from = (address: string, name: string, password: string) =>
    request(server.graphql, ENTER, { variables: { name, password }, headers: { 'x-forwarded-for': address } })

  it('LIMIT-5 works at two at a time, tells the rest when to come back, and lets others in and go on', async () => {
    const bystander = await enter(server.graphql, 'bystander')
    const flood = Array.from({ length: 150 }, (_, index) => from('203.0.113.5', `flood${index}`, 'a password to hash'))
    const another = from('203.0.113.6', 'another', 'a password to hash')
    const goesOn = data(server.graphql, 'mutation { sendMessage(text: "oi") { id } }', { token: bystander.token })
    expect(codeOfResult(await another)).toBeNull()
    expect((await goesOn).sendMessage.id).toBeTruthy()
    expect((await fetch(`${server.url}/health/ready`)).status).toBe(200)

    const results = await Promise.all(flood)
    const refused = results.filter(result => result.errors)
    expect(new Set(refused.map(codeOfResult))).toEqual(new Set(['RATE_LIMITED']))
    expect(refused.length).toBeGreaterThan(0)
    for (const { errors } of refused) {
      const wait = Number(errors?.[0]?.extensions?.retryAfterMs)
      expect(wait).toBeGreaterThan(0)
      expect(wait).toBeLessThan(60_000)
    }
    expect(calls.most).toBeLessThanOrEqual(2)
    expect(calls.costs.length).toBe(results.length - refused.length + 1)
  })

  it('ENTER-5 refuses a password of 60 KiB without hashing it', async () => {
    expect(codeOfResult(await from('203.0.113.7', 'long', 'x'.repeat(60 * 1024)))).toBe('PASSWORD_INVALID')
    expect(calls.costs).toEqual([])
  })

  it('LIMIT-5 lets one address try 60 passwords a minute that are not right, whatever the names', async () => {
    calls.isCheap = true
    for (let name = 0; name < 10; name++) await enter(server.graphql, `wire${name}`)
    let tried = 0
    for (let code: string | null = 'USERNAME_TAKEN'; code === 'USERNAME_TAKEN' && tried < 200; tried++) {
      code = codeOfResult(await from('203.0.113.8', `wire${tried % 10}`, 'not the password'))
    }
    // The last one was refused; while it went on, time went by too.
    expect(tried).toBeGreaterThan(60)
    expect(tried).toBeLessThan(200)
    expect(codeOfResult(await from('203.0.113.9', 'wire0', 'not the password'))).toBe('USERNAME_TAKEN')
  })
})
