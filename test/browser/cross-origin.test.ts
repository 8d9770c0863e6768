// A page of another origin, in the browser of somebody who has entered: on another site, and on the same site (another
// port), where the browser sends the cookie along. It gets nothing and does nothing. The same attacks on a server without
// protection all succeed, so each of them works.
import { createServer, type Server } from 'node:http'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { data, type Entered, enter, send } from '../setup/request.ts'
import { startTestServer, type TestServer } from '../setup/server.ts'
import { ATTACKS } from './attacks.ts'
import { LAPTOP, launchBrowser } from './browser.ts'
import { startWeakServer, type WeakServer } from './weak-server.ts'

let browser: Browser
let server: TestServer
let weak: WeakServer
let elsewhere: Server
let bystander: Entered

beforeAll(async () => {
  // GraphiQL, which a link would open, is looked at in policy.test.ts.
  server = await startTestServer({ GRAPHIQL: 'off' })
  weak = await startWeakServer(server.url)
  elsewhere = createServer((_, response) => {
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' })
    response.end('<!doctype html><title>Another page</title><body></body>')
  })
  await new Promise<void>(resolve => elsewhere.listen(0, '127.0.0.1', resolve))
  browser = await launchBrowser()
  bystander = await enter(server.graphql, 'bystander')
})
afterAll(async () => {
  await browser?.close()
  elsewhere?.closeAllConnections()
  elsewhere?.close()
  await weak?.close()
  await server?.close()
})

const ENTER = 'mutation ($name: String!) { enter(username: $name) { me { id } } }'

/** Somebody who has entered in a browser of their own, and looks at another page in it. */
async function visit(victim: string, url: string, host: string): Promise<{ context: BrowserContext; page: Page }> {
  const context = await browser.newContext(LAPTOP)
  const page = await context.newPage()
  await page.goto(`${url}/favicon.svg`)
  await page.evaluate(
    async ({ query, name }) => {
      const headers = { 'content-type': 'application/json' }
      await fetch('/graphql', { method: 'POST', headers, body: JSON.stringify({ query, variables: { name } }) })
    },
    { query: ENTER, name: victim },
  )
  expect((await context.cookies()).map(({ name }) => name)).toEqual(['recado'])
  const address = elsewhere.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  await page.goto(`http://${host}:${address.port}/`)
  return { context, page }
}

/** What each attack has done, by its name. */
async function attackAll(victim: string, url: string, host: string): Promise<Record<string, string[]>> {
  const { context, page } = await visit(victim, url, host)
  const before = await context.cookies()
  const happen = () => send(server.graphql, bystander.token, { text: 'secret', to: victim })
  const done: Record<string, string[]> = {}
  for (const { name, run } of ATTACKS) done[name] = (await run(page, { url, victim, happen })) ? ['reads'] : []
  const { messages } = await data(
    server.graphql,
    '{ messages(scope: PUBLIC, limit: 100) { nodes { text from { username } } } }',
    {
      token: bystander.token,
    },
  )
  for (const { text, from } of messages.nodes) if (from.username === victim) done[text]?.push('sends')
  // Whoever it was, it still is.
  expect(await context.cookies()).toEqual(before)
  await context.close()
  return done
}

const NOTHING = Object.fromEntries(ATTACKS.map(({ name }) => [name, []]))
const ALL = Object.fromEntries(ATTACKS.map(({ name, wants }) => [name, wants]))

describe.each([
  ['of another site', 'localhost', 'away'],
  ['of the same site', '127.0.0.1', 'near'],
])('a page %s', (_, host, name) => {
  test('ORIGIN-1 ORIGIN-2 ORIGIN-4 reads nothing and sends nothing, whatever it tries', async () => {
    expect(await attackAll(`${name}-safe`, server.url, host)).toEqual(NOTHING)
  })

  test('could read and send by each of these ways, if the server let it', async () => {
    expect(await attackAll(`${name}-weak`, weak.url, host)).toEqual(ALL)
  })
})

test('ORIGIN-1 ORIGIN-3 a listed page may call, and read, with the cookie', async () => {
  const address = elsewhere.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  const origin = `http://127.0.0.1:${address.port}`
  const friendly = await startTestServer({ ALLOWED_ORIGINS: origin })
  try {
    const { context, page } = await visit('listed', friendly.url, '127.0.0.1')
    const who = await page.evaluate(
      async url =>
        fetch(`${url}/graphql`, {
          ...{ method: 'POST', credentials: 'include', headers: { 'content-type': 'application/json' } },
          body: JSON.stringify({ query: '{ me { username } }' }),
        }).then(answer => answer.json()),
      friendly.url,
    )
    expect(who).toEqual({ data: { me: { username: 'listed' } } })
    await context.close()
  } finally {
    await friendly.close()
  }
})
