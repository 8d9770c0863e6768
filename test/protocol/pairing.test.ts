// A second device gets in by a first one's word, over the wire. What codes are in detail: test/accounts/pairing.test.ts.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { codeOf, type Data, data, type Entered, enter, type Result, request } from '../setup/request.ts'
import { startTestServer, type TestServer } from '../setup/server.ts'
import { stockClient } from '../setup/stock.ts'
import { until } from '../setup/until.ts'

let server: TestServer
let people = 0

beforeAll(async () => {
  server = await startTestServer({ TRUST_PROXY: '127.0.0.1' })
})
afterAll(() => server.close())

const PAIR = 'mutation { pairDevice { code expiresAt } }'
const REQUEST =
  'mutation ($n: String!, $d: String) { requestDevice(username: $n, device: $d) { userCode deviceCode expiresAt } }'
const APPROVE = 'mutation ($c: String!) { approveDevice(userCode: $c) }'
const ENTER_WITH = `mutation ($c: String!, $d: String) {
  enterWithCode(code: $c, device: $d) { token expiresAt me { id username } }
}`

const person = (): Promise<Entered> => enter(server.graphql, `person${people++}`)
const pair = async ({ token }: Entered): Promise<string> =>
  (await data(server.graphql, PAIR, { token })).pairDevice.code
const ask = async (n: string, d?: string): Promise<Data> =>
  (await data(server.graphql, REQUEST, { variables: { n, d } })).requestDevice
const approve = ({ token }: Entered, c: string): Promise<Result> =>
  request(server.graphql, APPROVE, { token, variables: { c } })
const enterWith = (c: string, d?: string, headers: Record<string, string> = {}): Promise<Result> =>
  request(server.graphql, ENTER_WITH, { variables: { c, d }, headers })
const devicesOf = async ({ token }: Entered): Promise<string[]> =>
  (await data(server.graphql, '{ sessions { device } }', { token })).sessions.map(({ device }: Data) => device)

describe('a code that a device shows', () => {
  test('DEVICE-6 DEVICE-7 lets another one in as the same account, once, in any spelling; all its devices hear of it', async () => {
    const ana = await person()
    const client = stockClient(server.socket, ana.token)
    const watched = client.subscribe('subscription { onSessions { device } }')
    await until('the list', () => watched.items.length === 1)
    const code = await pair(ana)
    expect(code).toMatch(/^[2-9A-HJKMNP-Z]{4}-[2-9A-HJKMNP-Z]{4}$/)
    const { data: entered } = await enterWith(` ${code.toLowerCase().replace('-', ' ')}`, 'phone')
    const { token, me } = entered.enterWithCode
    expect(me).toEqual({ id: ana.id, username: ana.username })
    expect((await data(server.graphql, '{ me { id } }', { token })).me).toEqual({ id: ana.id })
    expect(await devicesOf(ana)).toEqual(['phone', 'Node'])
    await until('the news', () => watched.items.length === 2)
    for (const used of [code, '2222-2222', 'nonsense', '']) expect(codeOf(await enterWith(used))).toBe('CODE_INVALID')
    await client.dispose()
  })

  test('DEVICE-6 of many who enter with one code at the same time one gets in', async () => {
    const ana = await person()
    const code = await pair(ana)
    const results = await Promise.all(Array.from({ length: 8 }, () => enterWith(code)))
    expect(results.map(codeOf).toSorted()).toEqual([...Array(7).fill('CODE_INVALID'), null].toSorted())
    expect(await devicesOf(ana)).toHaveLength(2)
  })

  test('DEVICE-9 is nothing once the session that showed it has ended, and is needed for no account of nobody', async () => {
    const ana = await person()
    const { data: entered } = await enterWith(await pair(ana))
    const phone = { ...ana, token: entered.enterWithCode.token as string }
    const code = await pair(phone)
    await data(server.graphql, 'mutation { leave }', phone)
    expect(codeOf(await enterWith(code))).toBe('CODE_INVALID')
    expect(await devicesOf(ana)).toHaveLength(1)
    expect(codeOf(await request(server.graphql, PAIR))).toBe('UNAUTHENTICATED')
    // Who has left can make none either.
    const revoked = await fetch(server.graphql, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${phone.token}` },
      body: JSON.stringify({ query: PAIR }),
    })
    expect([revoked.status, codeOf((await revoked.json()) as Result)]).toEqual([401, 'UNAUTHENTICATED'])
  })

  test('DEVICE-11 sets the cookie of a browser, and is not used up by one that is somebody already', async () => {
    const [ana, bia] = [await person(), await person()]
    const code = await pair(ana)
    for (const { token } of [bia, ana]) {
      const refused = await enterWith(code, undefined, { cookie: `recado=${token}`, origin: server.url })
      expect(codeOf(refused)).toBe('ALREADY_ENTERED')
    }
    const response = await fetch(server.graphql, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: server.url },
      body: JSON.stringify({ query: ENTER_WITH, variables: { c: code } }),
    })
    const { enterWithCode } = ((await response.json()) as Result).data
    expect(response.headers.get('set-cookie')).toMatch(new RegExp(`^recado=${enterWithCode.token}; .*HttpOnly`))
  })

  test('DEVICE-2 with a description that could hide is refused before it is used up', async () => {
    const code = await pair(await person())
    expect(codeOf(await enterWith(code, 'a\u202eb'))).toBe('BAD_USER_INPUT')
    expect(codeOf(await enterWith(code, 'plain'))).toBeNull()
  })
})

describe('a device that asks', () => {
  test('DEVICE-8 waits with CODE_PENDING, and gets in once a device of that very account has approved it', async () => {
    const [ana, bia] = [await person(), await person()]
    const { userCode, deviceCode, expiresAt } = await ask(ana.username.toUpperCase(), 'terminal')
    expect(deviceCode).toMatch(/^[\w-]{43}$/)
    expect(Math.abs(Date.parse(expiresAt) - Date.now() - 120_000)).toBeLessThan(10_000)
    const pending = await enterWith(deviceCode)
    expect(codeOf(pending)).toBe('CODE_PENDING')
    expect(pending.errors?.[0]?.extensions?.retryAfterMs).toBeGreaterThan(0)
    expect(codeOf(await approve(bia, userCode))).toBe('CODE_INVALID')
    expect(codeOf(await request(server.graphql, APPROVE, { variables: { c: userCode } }))).toBe('UNAUTHENTICATED')
    expect(codeOf(await enterWith(deviceCode))).toBe('CODE_PENDING')
    expect((await approve(ana, userCode.replace('-', '').toLowerCase())).data.approveDevice).toBe('terminal')
    const { data: entered } = await enterWith(deviceCode, 'something else')
    expect(entered.enterWithCode.me.id).toBe(ana.id)
    expect(await devicesOf(ana)).toEqual(['terminal', 'Node'])
    expect(codeOf(await enterWith(deviceCode))).toBe('CODE_INVALID')
    expect(codeOf(await approve(ana, userCode))).toBe('CODE_INVALID')
  })

  test('DEVICE-8 for a name that nobody has is answered alike, and stays outside', async () => {
    const ana = await person()
    const [known, unknown] = [await ask(ana.username), await ask('nobody.at.all')]
    expect(Object.keys(unknown)).toEqual(Object.keys(known))
    for (const { deviceCode } of [known, unknown]) expect(codeOf(await enterWith(deviceCode))).toBe('CODE_PENDING')
    expect(codeOf(await approve(ana, unknown.userCode))).toBe('CODE_INVALID')
    expect(codeOf(await request(server.graphql, REQUEST, { variables: { n: 'no name' } }))).toBe('USERNAME_INVALID')
  })

  test('DEVICE-9 stays outside when the session that approved it has ended', async () => {
    const ana = await person()
    const { data: entered } = await enterWith(await pair(ana))
    const phone = { ...ana, token: entered.enterWithCode.token as string }
    const { userCode, deviceCode } = await ask(ana.username)
    expect(codeOf(await approve(phone, userCode))).toBeNull()
    await data(server.graphql, 'mutation { leave }', phone)
    expect(codeOf(await enterWith(deviceCode))).toBe('CODE_INVALID')
  })
})

describe('limits', () => {
  const from = (address: string) => ({ 'x-forwarded-for': address })

  test('DEVICE-10 codes that are not good, of an address; other addresses and good codes are not held up', async () => {
    const ana = await person()
    for (let n = 0; n < 10; n++) {
      expect(codeOf(await enterWith('2222-2222', undefined, from('203.0.113.1')))).toBe('CODE_INVALID')
    }
    const code = await pair(ana)
    const refused = await enterWith(code, undefined, from('203.0.113.1'))
    expect(codeOf(refused)).toBe('RATE_LIMITED')
    expect(refused.errors?.[0]?.extensions?.retryAfterMs).toBeGreaterThan(0)
    expect(codeOf(await enterWith(code, undefined, from('203.0.113.2')))).toBeNull()
  })

  test('DEVICE-10 codes for an account, and requests of an address', async () => {
    const ana = await person()
    for (let n = 0; n < 10; n++) await pair(ana)
    expect(codeOf(await request(server.graphql, PAIR, { token: ana.token }))).toBe('RATE_LIMITED')
    const of = (n: number) =>
      request(server.graphql, REQUEST, { variables: { n: `name${n}` }, headers: from('203.0.113.9') })
    for (let n = 0; n < 10; n++) expect(codeOf(await of(n))).toBeNull()
    expect(codeOf(await of(11))).toBe('RATE_LIMITED')
  })
})
