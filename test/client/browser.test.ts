// The client library in real Chromium, on a page of the real server's own origin: the cookie, tabs that share one outbox,
// a network that goes away, and a page without a secure context, as a phone gets it over plain HTTP.
import { fileURLToPath } from 'node:url'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import { build } from 'vite'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Recado } from '../../client/core/types.ts'
import { startTestServer, type TestServer } from '../setup/server.ts'
import { until } from '../setup/until.ts'
import { closing } from './harness.ts'

/** What the page's script has; `core` is the bundle, the rest the test puts there. */
declare const core: typeof import('./browser-entry.ts')
declare const tab: { recado: Recado; seen: string[] }

let browser: Browser | undefined
let script = ''

beforeAll(async () => {
  const entry = fileURLToPath(new URL('browser-entry.ts', import.meta.url))
  const bundle = await build({
    configFile: false,
    logLevel: 'silent',
    // As an application's own build does it for urql.
    define: { 'process.env.NODE_ENV': '"production"' },
    build: { write: false, lib: { entry, formats: ['iife'], name: 'core' } },
  })
  const [output] = Array.isArray(bundle) ? bundle : [bundle]
  if (output === undefined || !('output' in output)) throw new Error('no bundle')
  script = output.output[0].code
  browser = await chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: ['--no-sandbox', '--host-resolver-rules=MAP recado.test 127.0.0.1'],
  })
})

afterAll(() => browser?.close())

async function newContext(): Promise<BrowserContext> {
  if (browser === undefined) throw new Error('no browser')
  return closing(await browser.newContext({ bypassCSP: true }))
}

/** A tab on the server's origin, with the library and nothing else. */
async function openTab(context: BrowserContext, origin: string): Promise<Page> {
  const page = await context.newPage()
  // Any answer of the server will do; a made-up one would have no address, and Chromium would not let it in here.
  await page.goto(`${origin}/health/live`)
  await page.addScriptTag({ content: script })
  return page
}

/** Enters if need be, and listens. */
async function start(page: Page, username: string): Promise<void> {
  await page.evaluate(async name => {
    const me = (await core.whoAmI({ url: '/' })) ?? (await core.enterHere({ url: '/', username: name })).me
    const recado = core.createRecado({ url: '/', account: me.id, minBackoffMs: 10, maxBackoffMs: 200 })
    const seen: string[] = []
    recado.feed.subscribe(event => {
      if (event.__typename === 'MessageAdded') seen.push(event.message.text)
    })
    Object.assign(globalThis, { tab: { recado, seen } })
  }, username)
  await live(page)
}

const live = (page: Page) => until('live', () => page.evaluate(() => tab.recado.state === 'live'))
const seenBy = (page: Page) => page.evaluate(() => tab.seen)
const outboxOf = (page: Page) => page.evaluate(() => tab.recado.outbox.entries.map(({ text }) => text))

async function everything(username: string): Promise<{ server: TestServer; context: BrowserContext; tabs: Page[] }> {
  const server = closing(await startTestServer())
  const context = await newContext()
  const tabs = [await openTab(context, server.url), await openTab(context, server.url)]
  for (const page of tabs) await start(page, username)
  return { server, context, tabs }
}

describe('in a browser', () => {
  test('the cookie is enough, and what one tab says the other hears', async () => {
    const { tabs } = await everything('joao')
    const [left, right] = tabs as [Page, Page]
    const text = await left.evaluate(async () => (await tab.recado.sendPublic('oi')).text)
    expect(text).toBe('oi')
    for (const page of [left, right]) await until('heard', async () => (await seenBy(page)).join() === 'oi')
    expect(await left.evaluate(() => isSecureContext && typeof navigator.locks)).toBe('object')
  })

  test('two tabs that were offline send what both had waiting, once, in the order it was said', async () => {
    const { context, tabs } = await everything('joao')
    const [left, right] = tabs as [Page, Page]
    await context.setOffline(true)
    for (const page of tabs) await page.evaluate(() => tab.recado.drop())
    for (let i = 0; i < 10; i += 1) {
      await (i % 2 === 0 ? left : right).evaluate(n => void tab.recado.sendPublic(String(n)), i)
      // The outbox orders by milliseconds; within one, neither tab was first.
      const said = Date.now()
      await until('the next millisecond', () => Date.now() > said)
    }
    for (const page of tabs) await until('all known', async () => (await outboxOf(page)).length === 10)
    await context.setOffline(false)
    for (const page of tabs) await until('all sent', async () => (await outboxOf(page)).length === 0)
    for (const page of tabs) await until('all heard', async () => (await seenBy(page)).length >= 10)
    expect(await seenBy(left)).toEqual(['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'])
    expect(await seenBy(right)).toEqual(await seenBy(left))
  })

  test('what a closed page left unsent is sent by the next one', async () => {
    const { server, context, tabs } = await everything('joao')
    const [left, right] = tabs as [Page, Page]
    await context.setOffline(true)
    await left.evaluate(() => {
      tab.recado.drop()
      void tab.recado.sendPublic('left behind')
    })
    // It tells the others once it is kept.
    await until('known to the other tab', async () => (await outboxOf(right)).length === 1)
    for (const page of tabs) await page.close()
    await context.setOffline(false)
    const next = await openTab(context, server.url)
    await start(next, 'joao')
    await until('sent', async () => (await outboxOf(next)).length === 0)
    const texts = await next.evaluate(async () => {
      const { data } = await tab.recado.client.query(core.MessagesDocument, {}).toPromise()
      return data?.messages.nodes.map(({ text }) => text)
    })
    expect(texts).toEqual(['left behind'])
  })

  test('works over plain HTTP from another host, where browsers have neither locks nor randomUUID', async () => {
    const server = closing(await startTestServer())
    const origin = server.url.replace('127.0.0.1', 'recado.test')
    const context = await newContext()
    const [left, right] = [await openTab(context, origin), await openTab(context, origin)]
    for (const page of [left, right]) await start(page, 'joao')
    expect(await left.evaluate(() => [isSecureContext, navigator.locks, crypto.randomUUID])).toEqual([
      false,
      undefined,
      undefined,
    ])
    for (let i = 0; i < 10; i += 1) {
      await (i % 2 === 0 ? left : right).evaluate(n => void tab.recado.sendPublic(String(n)), i)
    }
    for (const page of [left, right]) await until('all sent', async () => (await outboxOf(page)).length === 0)
    for (const page of [left, right]) await until('all heard', async () => (await seenBy(page)).length >= 10)
    expect([...(await seenBy(left))].sort()).toEqual(['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'])
    expect(await seenBy(right)).toEqual(await seenBy(left))
  })
})
