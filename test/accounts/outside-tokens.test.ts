// Tokens of somebody else's on the real store, where making their session fails: they are no session less for it, and never
// one more. (PROTOCOL.md: TOKEN-4, TOKEN-5)
import { hash } from 'node:crypto'
import { SignJWT } from 'jose'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { createOutsideTokens } from '../../server/accounts/outside-tokens.ts'
import { createSessions, type Sessions, type SessionsOptions } from '../../server/accounts/sessions.ts'
import { Refusal } from '../../server/domain/errors.ts'
import { randomId } from '../../server/domain/message.ts'
import type { Store } from '../../server/store/store.ts'
import { openTestStore, refusal, type TestStore } from './support.ts'

const SECRET = 'thirty-two bytes of shared secret'
const ISSUER = 'my-app'
const SECONDS = 1_000

let opened: TestStore
let store: Store
let now: number
let token: string
const open: Sessions[] = []
const clock = () => now

beforeEach(async () => {
  opened = await openTestStore()
  store = opened.store
  now = Date.now()
  token = await signed()
})
afterEach(async () => {
  for (const sessions of open.splice(0)) sessions.close()
  await opened.close()
})

function signed(claims: Record<string, unknown> = {}): Promise<string> {
  return new SignJWT({ iss: ISSUER, sub: randomId(), ...claims })
    .setProtectedHeader({ alg: 'HS256' })
    .setExpirationTime(Math.floor(now / 1000) + 3600)
    .sign(new TextEncoder().encode(SECRET))
}

/** What a node has, of which some calls of the store are others. */
function node(replaced: Partial<Store> = {}, admit: SessionsOptions['admit'] = async () => {}) {
  const own: Store = { ...store, ...replaced }
  const outside = createOutsideTokens({
    issuer: ISSUER,
    audience: null,
    secret: SECRET,
    jwksUrl: null,
    nameClaim: 'name',
    store: own,
    accounts: {
      async claimFree() {
        const id = randomId()
        await store.claim({ id, username: id, key: id, skeleton: id, passwordHash: null, createdAt: now })
        return { id, username: id }
      },
    },
    admit,
    clock,
  })
  const sessions = createSessions({ store: own, sessionDays: 180, clock, outside, admit })
  open.push(sessions)
  return { sessions, outside }
}

const failing = async (): Promise<never> => {
  throw new Refusal('STORAGE_UNAVAILABLE')
}
/** A promise that nothing keeps: the process died over it. */
const dying = (): Promise<never> => new Promise(() => {})

const tokenHash = (): Uint8Array => hash('sha256', token, 'buffer')

it('TOKEN-4 a token whose session could not be made has it the next time', async () => {
  let isFailing = true
  const { sessions, outside } = node({
    createSession: (...args) => (isFailing ? failing() : store.createSession(...args)),
  })
  expect((await refusal(() => sessions.find(token))).code).toBe('STORAGE_UNAVAILABLE')
  isFailing = false
  const holder = await outside.holder(token)
  expect((await sessions.find(token))?.account).toEqual(holder)
})

it('TOKEN-4 also where it was made and only the answer was lost', async () => {
  let answers = 0
  const lost = node({
    async createSession(...args) {
      const ended = await store.createSession(...args)
      return answers++ === 0 ? failing() : ended
    },
  })
  expect((await refusal(() => lost.sessions.find(token))).code).toBe('STORAGE_UNAVAILABLE')
  const found = await lost.sessions.find(token)
  expect(found).not.toBeNull()
  await lost.sessions.endAll(found?.account.id ?? '')
  expect(await node().sessions.find(token)).toBeNull()
})

it('TOKEN-4 also where it could not be read whether the account may enter', async () => {
  let reads = 0
  const { sessions } = node({}, async () => {
    if (reads++ === 0) await failing()
  })
  expect((await refusal(() => sessions.find(token))).code).toBe('STORAGE_UNAVAILABLE')
  expect(await sessions.find(token)).not.toBeNull()
})

it('TOKEN-4 a node that died over making it is waited for some seconds, then another one makes it', async () => {
  void node({ createSession: dying }).sessions.find(token)
  await expect.poll(() => store.records({ kind: 'spent', limit: 1 })).toHaveLength(1)
  const { sessions } = node()
  expect((await refusal(() => sessions.find(token))).code).toBe('STORAGE_UNAVAILABLE')
  now += 11 * SECONDS
  const found = await sessions.find(token)
  expect(found).not.toBeNull()
  await sessions.end(found?.sessionId ?? '', found?.account.id ?? '')
  now += 11 * SECONDS
  expect(await node().sessions.find(token)).toBeNull()
})

it('TOKEN-4 a session whose maker died before it could say so is the only one all the same', async () => {
  let writes = 0
  void node({
    writeRecords: changes =>
      changes.some(({ kind }) => kind === 'spent') && writes++ > 0 ? dying() : store.writeRecords(changes),
  }).sessions.find(token)
  await expect.poll(() => store.findSession(tokenHash(), now)).not.toBeNull()
  const { sessions } = node()
  const found = await sessions.find(token)
  await sessions.end(found?.sessionId ?? '', found?.account.id ?? '')
  now += 11 * SECONDS
  expect(await node().sessions.find(token)).toBeNull()
})

it('TOKEN-4 whoever was taken for dead and comes back gives it no second session', async () => {
  let goOn: () => void = () => {}
  const held = new Promise<void>(resolve => {
    goOn = resolve
  })
  const slow = node({
    async createSession(...args) {
      await held
      return store.createSession(...args)
    },
  }).sessions.find(token)
  await expect.poll(() => store.records({ kind: 'spent', limit: 1 })).toHaveLength(1)
  now += 11 * SECONDS
  const { sessions } = node()
  const found = await sessions.find(token)
  await sessions.end(found?.sessionId ?? '', found?.account.id ?? '')
  goOn()
  expect(await slow).toBeNull()
  expect(await store.findSession(tokenHash(), now)).toBeNull()
})

it('TOKEN-4 many requests at many nodes come to one session', async () => {
  const nodes = Array.from({ length: 4 }, () => node())
  const found = await Promise.all(nodes.map(({ sessions }) => sessions.find(token)))
  expect(new Set(found.map(each => each?.sessionId)).size).toBe(1)
})

it('TOKEN-4 a refused ban is no reason to try again', async () => {
  const { sessions } = node({}, async () => {
    throw new Refusal('BANNED')
  })
  expect(await sessions.find(token)).toBeNull()
  expect(await node().sessions.find(token)).toBeNull()
})

/** The same token with its signature spelled otherwise: the last character of a 32-byte one has two bits that say nothing. */
function respelled(jwt: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  return jwt.slice(0, -1) + alphabet[alphabet.indexOf(jwt.at(-1) ?? '') ^ 1]
}

/** A `spent` record as version 0.4 wrote it: empty, under the digest of the whole token. */
async function spentByVersion04(): Promise<void> {
  const expiresAt = (Math.floor(now / 1000) + 3600) * 1000
  const key = `${String(expiresAt).padStart(15, '0')}-${Buffer.from(tokenHash()).toString('hex')}`
  await store.writeRecords([{ kind: 'spent', key, value: '' }])
}

it('TOKEN-4 a token with its signature spelled otherwise is the same session, and is ended with it', async () => {
  const { sessions } = node()
  const found = await sessions.find(token)
  expect(await sessions.find(respelled(token))).toEqual(found)
  expect(await sessions.list(found?.account.id ?? '')).toHaveLength(1)
  await sessions.end(found?.sessionId ?? '', found?.account.id ?? '')
  for (const { sessions, outside } of [node(), node()]) {
    expect(await sessions.find(respelled(token))).toBeNull()
    expect((await refusal(() => outside.holder(respelled(token)))).code).toBe('TOKEN_INVALID')
  }
})

it('TOKEN-4 two spellings that come at once to many nodes come to one session', async () => {
  const nodes = Array.from({ length: 4 }, () => node())
  const found = await Promise.all(
    nodes.flatMap(({ sessions }) => [sessions.find(token), sessions.find(respelled(token))]),
  )
  expect(new Set(found.map(each => each?.sessionId)).size).toBe(1)
})

it('TOKEN-4 a session whose maker died is the only one for another spelling too', async () => {
  let writes = 0
  void node({
    writeRecords: changes =>
      changes.some(({ kind }) => kind === 'spent') && writes++ > 0 ? dying() : store.writeRecords(changes),
  }).sessions.find(token)
  await expect.poll(() => store.findSession(tokenHash(), now)).not.toBeNull()
  now += 11 * SECONDS
  const { sessions } = node()
  const found = await sessions.find(respelled(token))
  expect(await node().sessions.find(token)).toEqual(found)
  expect(await sessions.list(found?.account.id ?? '')).toHaveLength(1)
})

it('TOKEN-4 a token that was ended before the upgrade stays ended, in any spelling', async () => {
  await spentByVersion04()
  for (const each of [token, respelled(token)]) {
    const { sessions, outside } = node()
    expect(await sessions.find(each)).toBeNull()
    expect((await refusal(() => outside.holder(each))).code).toBe('TOKEN_INVALID')
  }
})

it('TOKEN-4 a session that was made before the upgrade is the only one of its token', async () => {
  const first = await node().sessions.find(token)
  for (const { key } of await store.records({ kind: 'spent', limit: 10 })) {
    await store.writeRecords([{ kind: 'spent', key, value: null }])
  }
  await spentByVersion04()
  const { sessions } = node()
  expect(await sessions.find(token)).toEqual(first)
  expect(await node().sessions.find(respelled(token))).toEqual(first)
  await sessions.end(first?.sessionId ?? '', first?.account.id ?? '')
  for (const each of [token, respelled(token)]) expect(await node().sessions.find(each)).toBeNull()
})

it('TOKEN-4 a token whose session was ended is refused at once, without waiting for anybody who might be making it', async () => {
  const first = node().sessions
  const found = await first.find(token)
  await first.end(found?.sessionId ?? '', found?.account.id ?? '')
  let reads = 0
  const counting: Partial<Store> = {
    findSession(...args) {
      reads++
      return store.findSession(...args)
    },
  }
  expect(await node(counting).sessions.find(token)).toBeNull()
  expect(reads).toBe(2)
})

it('TOKEN-4 a session that a node of version 0.4 is making is waited for', async () => {
  const { account } = (await node().sessions.find(await signed({ first: true }))) ?? {}
  await spentByVersion04()
  const found = node().sessions.find(token)
  await store.createSession(
    {
      id: 'outside_old',
      tokenHash: tokenHash(),
      accountId: account?.id ?? '',
      device: '',
      createdAt: now,
      lastUsedAt: now,
      expiresAt: now + 3600 * SECONDS,
    },
    {},
  )
  expect(await found).toMatchObject({ sessionId: 'outside_old' })
})

it('TOKEN-2 what has the claims of a token that is in, and no signature of the issuer, is refused', async () => {
  const { sessions } = node()
  expect(await sessions.find(token)).not.toBeNull()
  const forged = `${token.slice(0, token.lastIndexOf('.'))}.${Buffer.alloc(32).toString('base64url')}`
  expect(await sessions.find(forged)).toBeNull()
})
