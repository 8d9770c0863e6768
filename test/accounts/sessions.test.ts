// Sessions on the real store: what a token opens, how long, what renews it, and that what ended stays ended.
import { createHash } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createSessions, type SessionsOptions } from '../../server/accounts/sessions.ts'
import { Refusal } from '../../server/domain/errors.ts'
import { randomId } from '../../server/domain/message.ts'
import type { Store } from '../../server/store/store.ts'
import { openTestStore, type TestStore } from './support.ts'

const DAY = 24 * 60 * 60 * 1000
const HOUR = 60 * 60 * 1000

let opened: TestStore
let store: Store
let now: number
const clock = () => now

beforeEach(async () => {
  now = Date.UTC(2025, 2, 1)
  opened = await openTestStore()
  store = opened.store
})
afterEach(() => opened.close())

async function account(username: string): Promise<string> {
  const id = randomId()
  await store.claim({ id, username, key: username, skeleton: username, passwordHash: null, createdAt: now })
  return id
}

function sessionsOf(options: Partial<SessionsOptions> = {}) {
  return createSessions({ store, sessionDays: 180, clock, ...options })
}

/** The store, with its calls counted, and some of them replaced. */
function watched(replaced: Partial<Store> = {}) {
  const calls = { findSession: 0, renewSession: 0 }
  const watchedStore: SessionsOptions['store'] = {
    ...store,
    ...replaced,
    findSession(...args) {
      calls.findSession++
      return (replaced.findSession ?? store.findSession)(...args)
    },
    renewSession(...args) {
      calls.renewSession++
      return (replaced.renewSession ?? store.renewSession)(...args)
    },
  }
  return { calls, store: watchedStore }
}

/** BAN-2, where the ban comes between the password and the session, which no race hits for sure. */
it('a session of an account that was banned while it was made is refused, and ended', async () => {
  const [ana, joao] = [await account('ana'), await account('joao')]
  const sessions = sessionsOf({
    async admit(accountId) {
      // It is there already: whoever ends all sessions of the account at this moment ends this one too.
      expect(await store.sessions(accountId, now)).toHaveLength(1)
      if (accountId === ana) throw new Refusal('BANNED')
    },
  })
  await expect(sessions.create(ana)).rejects.toMatchObject({ code: 'BANNED' })
  expect(await store.sessions(ana, now)).toEqual([])
  const { token } = await sessions.create(joao)
  expect((await sessions.find(token))?.account.id).toBe(joao)
})

const hashOf = (token: string) => createHash('sha256').update(token).digest()

describe('a token', () => {
  it('is 256 random bits, opens its session, and is kept nowhere but as SHA-256', async () => {
    const sessions = sessionsOf()
    const joao = await account('joao')
    const { token, sessionId, expiresAt } = await sessions.create(joao)
    expect(token).toMatch(/^[A-Za-z0-9_-]{43}$/)
    expect(expiresAt).toBe(now + 180 * DAY)
    const found = { sessionId, account: { id: joao, username: 'joao' }, createdAt: now, expiresAt }
    expect(await sessions.find(token)).toEqual(found)
    expect((await store.findSession(hashOf(token), now))?.session.id).toBe(sessionId)
    expect((await sessions.create(joao)).token).not.toBe(token)
  })

  it('that is malformed or unknown opens nothing, and a malformed one is not even looked up', async () => {
    const { calls, store } = watched()
    const sessions = sessionsOf({ store })
    const { token } = await sessions.create(await account('joao'))
    for (const bad of [
      '',
      'x',
      ` ${token}`,
      `${token}\n`,
      `${token}a`,
      token.slice(1),
      `${token.slice(1)}é`,
      'a'.repeat(60_000),
    ]) {
      expect(await sessions.find(bad)).toBeNull()
    }
    expect(calls.findSession).toBe(0)
    const other = `${token.slice(0, 20)}${token[20] === 'a' ? 'b' : 'a'}${token.slice(21)}`
    expect(await sessions.find(other)).toBeNull()
    expect(calls.findSession).toBe(1)
  })

  it('is looked up once for many uses, also when they come together, and so is an unknown one', async () => {
    const { calls, store } = watched()
    const sessions = sessionsOf({ store })
    const { token } = await sessions.create(await account('joao'))
    const found = await Promise.all(Array.from({ length: 20 }, () => sessions.find(token)))
    expect(found.every(session => session !== null)).toBe(true)
    await sessions.find(token)
    expect(calls.findSession).toBe(1)
    for (let index = 0; index < 20; index++) expect(await sessions.find('A'.repeat(43))).toBeNull()
    expect(calls.findSession).toBe(2)
  })

  it('is not forgotten for a flood of unknown ones', async () => {
    const { token } = await sessionsOf().create(await account('joao'))
    const { calls, store: counted } = watched({
      findSession: async (...args) => (hashOf(token).equals(args[0]) ? store.findSession(...args) : null),
    })
    const sessions = sessionsOf({ store: counted })
    await sessions.find(token)
    for (let index = 0; index < 25_000; index++) await sessions.find(String(index).padStart(43, 'A'))
    expect(calls.findSession).toBe(25_001)
    expect(await sessions.find(token)).not.toBeNull()
    expect(calls.findSession).toBe(25_001)
  })

  it('that could not be looked up is not taken for an unknown one', async () => {
    let failing = true
    const { store: flaky } = watched({
      findSession: async (...args) => {
        if (failing) throw new Refusal('STORAGE_UNAVAILABLE')
        return store.findSession(...args)
      },
    })
    const sessions = sessionsOf({ store: flaky })
    const { token } = await sessions.create(await account('joao'))
    await expect(sessions.find(token)).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE' })
    failing = false
    expect(await sessions.find(token)).not.toBeNull()
  })
})

describe('a session', () => {
  it('ends when it was not used for its days, and not a moment earlier', async () => {
    const sessions = sessionsOf()
    const { token, expiresAt } = await sessions.create(await account('joao'))
    const unused = await sessions.create(await account('maria'))
    now = expiresAt
    expect(await sessions.find(token)).not.toBeNull()
    now = unused.expiresAt + 1
    expect(await sessions.find(unused.token)).toBeNull()
  })

  it('is renewed by use, at most once an hour, without waiting for it', async () => {
    const { calls, store: counted } = watched()
    const sessions = sessionsOf({ store: counted })
    const { token } = await sessions.create(await account('joao'))
    now += HOUR - 1
    await sessions.find(token)
    expect(calls.renewSession).toBe(0)
    now += 1
    const renewedAt = now
    for (let index = 0; index < 5; index++) {
      expect(await sessions.find(token)).toMatchObject({ expiresAt: renewedAt + 180 * DAY })
    }
    expect(calls.renewSession).toBe(1)
    await expect
      .poll(async () => (await store.findSession(hashOf(token), now))?.session.expiresAt)
      .toBe(renewedAt + 180 * DAY)
    now += HOUR - 1
    await sessions.find(token)
    expect(calls.renewSession).toBe(1)
    now += 1
    await sessions.find(token)
    expect(calls.renewSession).toBe(2)
  })

  it('that another process renewed goes on, though this one remembers an earlier end', async () => {
    const sessions = sessionsOf()
    const { token, sessionId, expiresAt } = await sessions.create(await account('joao'))
    await sessions.find(token)
    await store.renewSession(sessionId, expiresAt + DAY, now)
    now = expiresAt + 1
    expect(await sessions.find(token)).toMatchObject({ expiresAt: now + 180 * DAY })
  })

  it('goes on when its renewal fails, which is logged and tried again', async () => {
    let failing = true
    const { calls, store: flaky } = watched({
      renewSession: async (...args) => {
        if (failing) throw new Refusal('STORAGE_UNAVAILABLE')
        return store.renewSession(...args)
      },
    })
    const warn = vi.fn()
    const sessions = sessionsOf({ store: flaky, log: { warn } })
    const { token, sessionId } = await sessions.create(await account('joao'))
    await sessions.find(token)
    now += HOUR
    expect(await sessions.find(token)).not.toBeNull()
    await expect.poll(() => warn.mock.calls.length).toBe(1)
    expect(warn.mock.calls[0]?.[0]).toMatchObject({ sessionId, err: { code: 'STORAGE_UNAVAILABLE' } })
    expect(JSON.stringify(warn.mock.calls)).not.toContain(token)
    await sessions.find(token)
    expect(calls.renewSession).toBe(1)
    failing = false
    now += 60_000
    await sessions.find(token)
    expect(calls.renewSession).toBe(2)
    await expect
      .poll(async () => (await store.findSession(hashOf(token), now))?.session.expiresAt)
      .toBe(now + 180 * DAY)
  })

  it('lasts for ever with 0 days, and an older one then becomes such a one by use', async () => {
    const older = await sessionsOf({ sessionDays: 1 }).create(await account('joao'))
    const sessions = sessionsOf({ sessionDays: 0 })
    await sessions.find(older.token)
    const { token, expiresAt } = await sessions.create(await account('maria'))
    expect(new Date(expiresAt).toISOString()).toMatch(/^9999-12-31T/)
    await expect
      .poll(async () => (await store.findSession(hashOf(older.token), now))?.session.expiresAt)
      .toBe(expiresAt)
    now += 1000 * 365 * DAY
    expect(await sessions.find(token)).not.toBeNull()
    expect(await sessions.find(older.token)).not.toBeNull()
  })

  it('made under more days gets the present ones by use', async () => {
    const { token } = await sessionsOf({ sessionDays: 0 }).create(await account('joao'))
    await sessionsOf({ sessionDays: 2 }).find(token)
    await expect.poll(async () => (await store.findSession(hashOf(token), now))?.session.expiresAt).toBe(now + 2 * DAY)
  })
})

describe('ending', () => {
  it('one session leaves the others, and says which one ended', async () => {
    const sessions = sessionsOf()
    const ended: (readonly string[])[] = []
    const stop = sessions.onEnded(ids => ended.push(ids))
    const joao = await account('joao')
    const [phone, laptop] = [await sessions.create(joao), await sessions.create(joao)]
    await Promise.all([sessions.find(phone.token), sessions.find(laptop.token)])
    await sessions.end(phone.sessionId, joao)
    expect(ended).toEqual([[phone.sessionId]])
    expect(await sessions.find(phone.token)).toBeNull()
    expect(await sessions.find(laptop.token)).not.toBeNull()
    stop()
    await sessions.end(laptop.sessionId, joao)
    expect(ended).toHaveLength(1)
  })

  it('all sessions of an account leaves those of others, and tells of each, also of one never used here', async () => {
    const sessions = sessionsOf()
    const ended: string[] = []
    sessions.onEnded(ids => ended.push(...ids))
    const [joao, maria] = [await account('joao'), await account('maria')]
    const [phone, laptop, hers] = [
      await sessions.create(joao),
      await sessions.create(joao),
      await sessions.create(maria),
    ]
    await Promise.all([sessions.find(phone.token), sessions.find(hers.token)])
    await sessions.endAll(joao)
    expect(ended.sort()).toEqual([phone.sessionId, laptop.sessionId].sort())
    expect(await sessions.find(phone.token)).toBeNull()
    expect(await sessions.find(laptop.token)).toBeNull()
    expect(await sessions.find(hers.token)).not.toBeNull()
    await sessions.endAll(joao)
    expect(ended).toHaveLength(2)
  })

  it('is not undone by a look-up that began before it', async () => {
    const read = Promise.withResolvers<void>()
    const held = Promise.withResolvers<void>()
    const { store: slow } = watched({
      findSession: async (...args) => {
        const found = await store.findSession(...args)
        read.resolve()
        await held.promise
        return found
      },
    })
    const sessions = sessionsOf({ store: slow })
    const joao = await account('joao')
    const { token, sessionId } = await sessions.create(joao)
    const looking = sessions.find(token)
    await read.promise
    await sessions.end(sessionId, joao)
    held.resolve()
    expect(await looking).toBeNull()
    expect(await sessions.find(token)).toBeNull()
  })

  it('that the store could not do is said, and tells nobody', async () => {
    const sessions = sessionsOf({
      store: { ...store, endSession: () => Promise.reject(new Refusal('STORAGE_UNAVAILABLE')) },
    })
    const listener = vi.fn()
    sessions.onEnded(listener)
    const joao = await account('joao')
    const { token, sessionId } = await sessions.create(joao)
    await expect(sessions.end(sessionId, joao)).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE' })
    expect(listener).not.toHaveBeenCalled()
    expect(await sessions.find(token)).not.toBeNull()
  })
})
