// The browser's cookie while it is used, over the server's HTTP with a clock that is moved, and a jar that drops what has
// ended, as a browser does.
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { keepSecretsIn } from '../setup/gathered-logs.ts'
import { codeOf, type Result } from '../setup/request.ts'
import { startTestServer, type TestServer } from '../setup/server.ts'
import { until } from '../setup/until.ts'

const HOUR = 60 * 60 * 1000
const DAY = 24 * HOUR
const ME = '{ me { username } }'

let server: TestServer
beforeAll(async () => {
  // Before the server starts: it takes its clock from what `Date` is then.
  vi.useFakeTimers({ toFake: ['Date'] })
  server = await startTestServer({ SESSION_DAYS: '7', ALLOWED_ORIGINS: 'https://friend.example' })
})
afterAll(async () => {
  vi.useRealTimers()
  await server.close()
})

/** Time passes. */
const pass = (ms: number): void => void vi.setSystemTime(Date.now() + ms)

interface Answer {
  /** `Set-Cookie`, as it came. */
  readonly set: string | null
  readonly result: Result
}

class Browser {
  readonly #server: TestServer
  #cookie: { readonly pair: string; readonly endsAt: number } | null = null

  constructor(server: TestServer) {
    this.#server = server
  }

  get pair(): string | null {
    return this.#cookie && this.#cookie.endsAt > Date.now() ? this.#cookie.pair : null
  }

  async ask(query: string, headers: Record<string, string> = {}): Promise<Answer> {
    const response = await fetch(this.#server.graphql, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        origin: this.#server.url,
        'sec-fetch-site': 'same-origin',
        ...(this.pair === null ? {} : { cookie: this.pair }),
        ...headers,
      },
      body: JSON.stringify({ query }),
    })
    const set = response.headers.get('set-cookie')
    if (set !== null) {
      const [pair = '', ...attributes] = set.split('; ')
      keepSecretsIn({ token: pair.split('=')[1] })
      const expires = attributes.find(attribute => attribute.startsWith('Expires='))?.slice('Expires='.length)
      this.#cookie = { pair, endsAt: expires === undefined ? 0 : Date.parse(expires) }
    }
    return { set, result: (await response.json()) as Result }
  }

  /** The store has it that the session was used just now, which no answer waits for. */
  async isRenewed(): Promise<void> {
    await until('the session is renewed', async () => {
      const { result } = await this.ask('{ sessions { lastUsedAt } }')
      return Date.parse(result.data.sessions[0].lastUsedAt) === Date.now()
    })
  }

  async nameOf(): Promise<string | null> {
    return (await this.ask(ME)).result.data.me?.username ?? null
  }
}

async function entered(username: string, at = server): Promise<{ browser: Browser; set: string }> {
  const browser = new Browser(at)
  const { set } = await browser.ask(`mutation { enter(username: "${username}") { me { id } } }`)
  expect(set).not.toBeNull()
  return { browser, set: set ?? '' }
}

/** Without what the day decides. */
const withoutEnd = (set: string | null): string => set?.replace(/Expires=[^;]+/, 'Expires=') ?? ''

/** Whole seconds, as in a cookie. */
const endOf = (set: string | null): number => Date.parse(/Expires=([^;]+)/.exec(set ?? '')?.[1] ?? '')
const aWeekFromNow = (): number => Math.floor((Date.now() + 7 * DAY) / 1000) * 1000

test('AUTH-8 whoever comes by every few days stays in, by the cookie that they entered with', async () => {
  const { browser, set: first } = await entered('ana')
  for (let visit = 0; visit < 4; visit++) {
    pass(6 * DAY)
    const { set, result } = await browser.ask(ME)
    expect(result.data).toEqual({ me: { username: 'ana' } })
    expect(withoutEnd(set)).toBe(withoutEnd(first))
    expect(endOf(set)).toBe(aWeekFromNow())
    await browser.isRenewed()
  }
  pass(7 * DAY + HOUR)
  expect(browser.pair).toBeNull()
})

test('AUTH-8 the cookie is set again once a day, and not with every answer', async () => {
  const { browser } = await entered('bia')
  const renewals: number[] = []
  for (let hour = 1; hour <= 72; hour++) {
    pass(HOUR)
    if ((await browser.ask(ME)).set !== null) renewals.push(hour)
    expect((await browser.ask(ME)).set).toBeNull()
  }
  expect(renewals.length).toBeGreaterThanOrEqual(3)
  expect(renewals.length).toBeLessThanOrEqual(4)
})

test('AUTH-8 also where a socket, or a program with the same token, has renewed the session a moment ago', async () => {
  const { browser } = await entered('caio')
  pass(6 * DAY)
  const token = browser.pair?.split('=')[1] ?? ''
  const other = await fetch(server.graphql, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}`, cookie: browser.pair ?? '' },
    body: JSON.stringify({ query: ME }),
  })
  expect(((await other.json()) as Result).data).toEqual({ me: { username: 'caio' } })
  // Who brings a token is no browser.
  expect(other.headers.get('set-cookie')).toBeNull()
  expect(endOf((await browser.ask(ME)).set)).toBe(aWeekFromNow())
})

test('AUTH-8 what ends or replaces the session has the last word, and a dead cookie is cleared', async () => {
  const { browser, set } = await entered('davi')
  pass(2 * DAY)
  const again = await browser.ask('mutation { enter(username: "davi") { token } }')
  expect(again.set).toMatch(`recado=${again.result.data.enter.token}; `)
  expect(again.set?.split(';')[0]).not.toBe(set.split(';')[0])
  pass(2 * DAY)
  const cookie = browser.pair ?? ''
  expect((await browser.ask('mutation { leave }')).set).toMatch(/^recado=; Max-Age=0/)
  expect((await browser.ask(ME, { cookie })).set).toMatch(/^recado=; Max-Age=0/)
})

test('AUTH-8 ORIGIN-1 what a page of another site asks renews no cookie', async () => {
  const { browser } = await entered('eva')
  pass(2 * DAY)
  const foreign = { 'sec-fetch-site': 'cross-site' }
  const refused = await browser.ask(ME, { ...foreign, origin: 'https://evil.example' })
  expect([refused.set, codeOf(refused.result)]).toEqual([null, 'FORBIDDEN'])
  expect((await browser.ask(ME, { ...foreign, origin: 'https://friend.example' })).set).toBeNull()
  expect((await browser.ask(ME)).set).not.toBeNull()
})

test('AUTH-8 sessions of one day, and those that last for ever', async () => {
  await using daily = await startTestServer({ SESSION_DAYS: '1' })
  const { browser: short } = await entered('ana', daily)
  for (let visit = 0; visit < 4; visit++) {
    pass(20 * HOUR)
    expect(await short.nameOf()).toBe('ana')
    await short.isRenewed()
  }
  await using endless = await startTestServer({ SESSION_DAYS: '0' })
  const { browser: long, set } = await entered('ana', endless)
  // Browsers keep none longer than 400 days, whatever it says.
  pass(300 * DAY)
  expect((await long.ask(ME)).set).toBe(set)
})
