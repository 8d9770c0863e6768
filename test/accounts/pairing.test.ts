// Pairing on the real store: who gets in by a code, for how long, how often, and how often one may guess.
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createCodeBook, type Voucher } from '../../server/accounts/code-book.ts'
import { createLimiter } from '../../server/accounts/limiter.ts'
import { ALPHABET, createPairing, type Pairing, RETRY_AFTER_MS } from '../../server/accounts/pairing.ts'
import { createSessions, type Sessions } from '../../server/accounts/sessions.ts'
import { randomId } from '../../server/domain/message.ts'
import { codeOf, openTestStore, refusal, type TestStore } from './support.ts'

const ADDRESS = '192.0.2.1'
const MINUTE = 60_000

let opened: TestStore
let sessions: Sessions
let pairing: Pairing
let now: number
let joao: Voucher
let maria: Voucher

beforeEach(async () => {
  now = 1_000_000
  opened = await openTestStore()
  sessions = createSessions({ store: opened.store, sessionDays: 180 })
  const clock = () => now
  pairing = createPairing({
    book: createCodeBook({ clock }),
    sessions,
    limiter: createLimiter({ sendsPerSecond: 0, searchesPerSecond: 0, enterPerMinute: 0, newNamesPerHour: 0, clock }),
    secret: opened.store.secret,
    clock,
  })
  ;[joao, maria] = [await voucherOf('João', 'joao'), await voucherOf('maria', 'maria')]
})
afterEach(() => opened.close())

async function voucherOf(username: string, key: string): Promise<Voucher> {
  const id = randomId()
  await opened.store.claim({ id, username, key, skeleton: key, passwordHash: null, createdAt: now })
  const { sessionId } = await sessions.create(id, 'Chrome · Linux')
  return { account: { id, username }, sessionId }
}

const enter = (code: string, device = 'Firefox · Android', address = ADDRESS) =>
  pairing.enter({ code, device, address })
const ask = (username: string, address = ADDRESS) => pairing.request({ username, device: 'Terminal', address })
const devicesOf = async ({ account }: Voucher) => (await sessions.list(account.id)).map(({ device }) => device).sort()

describe('a code that a device shows', () => {
  it('has eight characters that are not mistaken for each other, and says when it ends', async () => {
    const { code, expiresAt } = await pairing.offer(joao)
    expect(code).toMatch(new RegExp(`^[${ALPHABET}]{4}-[${ALPHABET}]{4}$`))
    expect(ALPHABET).not.toMatch(/[01OIL]/)
    expect(new Set(ALPHABET).size).toBe(31)
    expect(expiresAt).toBe(now + 2 * MINUTE)
  })

  it.each([
    ['as it is', (code: string) => code],
    ['in small letters', (code: string) => code.toLowerCase()],
    ['without the dash', (code: string) => code.replace('-', '')],
    ['with spaces', (code: string) => ` ${code.replace('-', ' ')}\n`],
    ['with another dash', (code: string) => code.replace('-', '–')],
    ['in full width', (code: string) => code.replace(/[A-Z0-9]/g, c => String.fromCharCode(c.charCodeAt(0) + 0xfee0))],
  ])('lets another device in, typed %s', async (_, typed) => {
    const { code } = await pairing.offer(joao)
    const { account, token } = await enter(typed(code))
    expect(account).toEqual(joao.account)
    expect((await sessions.find(token))?.account.id).toBe(joao.account.id)
    expect(await devicesOf(joao)).toEqual(['Chrome · Linux', 'Firefox · Android'])
  })

  it('is good once, for one of those who come together', async () => {
    const { code } = await pairing.offer(joao)
    const outcomes = await Promise.allSettled(Array.from({ length: 5 }, () => enter(code)))
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    expect(await codeOf(() => enter(code))).toBe('CODE_INVALID')
    expect(await devicesOf(joao)).toHaveLength(2)
  })

  it('is good for two minutes, and not a moment longer', async () => {
    const [first, second] = [await pairing.offer(joao), await pairing.offer(joao)]
    now += 2 * MINUTE - 1
    await enter(first.code)
    now += 1
    expect(await codeOf(() => enter(second.code))).toBe('CODE_INVALID')
  })

  it('is good no more once the session that showed it has ended, by itself or with the account', async () => {
    const { code } = await pairing.offer(joao)
    await sessions.end(joao.sessionId, joao.account.id)
    expect(await codeOf(() => enter(code))).toBe('CODE_INVALID')
    expect(await devicesOf(joao)).toEqual([])
    const { code: hers } = await pairing.offer(maria)
    await opened.store.deleteAccount(maria.account.id, now)
    expect(await codeOf(() => enter(hers))).toBe('CODE_INVALID')
  })

  it('is refused alike when it is wrong, used, too old, too long or none at all', async () => {
    const [used, old] = [await pairing.offer(joao), await pairing.offer(joao)]
    await enter(used.code)
    now += 2 * MINUTE
    const refusals = []
    for (const code of [
      '2222-2222',
      used.code,
      old.code,
      '',
      'x'.repeat(60_000),
      '2222',
      '2222-222O',
      'A'.repeat(43),
    ]) {
      const { code: name, message, details } = await refusal(() => enter(code))
      refusals.push(JSON.stringify({ name, message, details }))
    }
    expect(new Set(refusals).size).toBe(1)
    expect(refusals[0]).toContain('CODE_INVALID')
  })

  it('is given to an account ten times a minute', async () => {
    for (let n = 0; n < 10; n++) await pairing.offer(joao)
    const { code, details } = await refusal(() => pairing.offer(joao))
    expect([code, details.retryAfterMs]).toEqual(['RATE_LIMITED', MINUTE / 10])
    await pairing.offer(maria)
    now += MINUTE / 10
    await pairing.offer(joao)
  })
})

describe('guessing', () => {
  it('is limited for an address, and codes that are good count nowhere', async () => {
    for (let n = 0; n < 9; n++) expect(await codeOf(() => enter('2222-2222'))).toBe('CODE_INVALID')
    for (let n = 0; n < 5; n++) await enter((await pairing.offer(joao)).code)
    expect(await codeOf(() => enter('2222-2222'))).toBe('CODE_INVALID')
    const { code } = await pairing.offer(joao)
    expect(await codeOf(() => enter(code))).toBe('RATE_LIMITED')
    // It was not used up.
    await enter(code, 'x', '192.0.2.2')
  })

  it('is limited for everybody together: 120 at once, then two a second', async () => {
    const codes: string[] = []
    for (let n = 0; n < 130; n++) codes.push(await codeOf(() => enter('2222-2222', 'x', `198.51.100.${n}`)))
    expect(codes.filter(code => code === 'CODE_INVALID')).toHaveLength(120)
    expect(codes.at(-1)).toBe('RATE_LIMITED')
    now += 1_000
    const more: string[] = []
    for (let n = 0; n < 4; n++) more.push(await codeOf(() => enter('2222-2222', 'x', `203.0.113.${n}`)))
    expect(more).toEqual(['CODE_INVALID', 'CODE_INVALID', 'RATE_LIMITED', 'RATE_LIMITED'])
  })
})

describe('a device that asks to be let in', () => {
  it('waits until a device of that account approves it, gets in once, and is what it said that it is', async () => {
    const { userCode, deviceCode, expiresAt } = await ask('JOAO')
    expect(deviceCode).toMatch(/^[A-Za-z0-9_-]{43}$/)
    expect(expiresAt).toBe(now + 2 * MINUTE)
    const pending = await refusal(() => enter(deviceCode))
    expect([pending.code, pending.details]).toEqual(['CODE_PENDING', { retryAfterMs: RETRY_AFTER_MS }])
    expect(await pairing.approve(joao, userCode.toLowerCase().replace('-', ''))).toBe('Terminal')
    const { account } = await enter(deviceCode, 'something else')
    expect(account).toEqual(joao.account)
    expect(await devicesOf(joao)).toEqual(['Chrome · Linux', 'Terminal'])
    expect(await codeOf(() => enter(deviceCode))).toBe('CODE_INVALID')
    expect(await codeOf(() => pairing.approve(joao, userCode))).toBe('CODE_INVALID')
  })

  it('is approved by no other account, whose try takes nothing from it', async () => {
    const { userCode, deviceCode } = await ask('joao')
    expect(await codeOf(() => pairing.approve(maria, userCode))).toBe('CODE_INVALID')
    expect(await codeOf(() => enter(deviceCode))).toBe('CODE_PENDING')
    await pairing.approve(joao, userCode)
    expect((await enter(deviceCode)).account.id).toBe(joao.account.id)
  })

  it('can’t get in by the code that it shows, nor be approved by its secret', async () => {
    const { userCode, deviceCode } = await ask('joao')
    expect(await codeOf(() => enter(userCode))).toBe('CODE_INVALID')
    expect(await codeOf(() => pairing.approve(joao, deviceCode))).toBe('CODE_INVALID')
    const { code } = await pairing.offer(joao)
    expect(await codeOf(() => pairing.approve(joao, code))).toBe('CODE_INVALID')
  })

  it('is answered alike whether or not anybody has the name', async () => {
    const [known, unknown] = [await ask('joao'), await ask('nobody')]
    expect(Object.keys(unknown)).toEqual(Object.keys(known))
    expect(await codeOf(() => enter(unknown.deviceCode))).toBe('CODE_PENDING')
    expect(await codeOf(() => ask('not a name'))).toBe('USERNAME_INVALID')
  })

  it('stays outside when the session that approved it has ended meanwhile', async () => {
    const { userCode, deviceCode } = await ask('joao')
    await pairing.approve(joao, userCode)
    await sessions.end(joao.sessionId, joao.account.id)
    expect(await codeOf(() => enter(deviceCode))).toBe('CODE_INVALID')
  })

  it('waits two minutes at most', async () => {
    const { userCode, deviceCode } = await ask('joao')
    now += 2 * MINUTE
    expect(await codeOf(() => pairing.approve(joao, userCode))).toBe('CODE_INVALID')
    expect(await codeOf(() => enter(deviceCode))).toBe('CODE_INVALID')
  })

  it('may ask as often as it was told to', async () => {
    const { deviceCode } = await ask('joao')
    for (let n = 0; n < 60; n++) expect(await codeOf(() => enter(deviceCode))).toBe('CODE_PENDING')
  })

  it('is one of few: of an address, and for a name', async () => {
    for (let n = 0; n < 10; n++) await ask(`name${n}`)
    expect(await codeOf(() => ask('joao'))).toBe('RATE_LIMITED')
    for (let n = 0; n < 20; n++) await ask('joao', `198.51.100.${n}`)
    expect(await codeOf(() => ask('João', '203.0.113.1'))).toBe('RATE_LIMITED')
    // What was refused for the name is not held against the address.
    for (let n = 0; n < 10; n++) await ask(`other${n}`, '203.0.113.1')
  })

  it('is guessed at by an account ten times a minute, and what was right does not count', async () => {
    for (let n = 0; n < 9; n++) expect(await codeOf(() => pairing.approve(joao, '2222-2222'))).toBe('CODE_INVALID')
    for (let n = 0; n < 3; n++) await pairing.approve(joao, (await ask('joao')).userCode)
    expect(await codeOf(() => pairing.approve(joao, '2222-2222'))).toBe('CODE_INVALID')
    const { userCode } = await ask('joao')
    expect(await codeOf(() => pairing.approve(joao, userCode))).toBe('RATE_LIMITED')
  })
})
