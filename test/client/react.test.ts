// The hooks in a real React on a page of the real server: what they show follows the client, whatever mounts and unmounts.
import { fileURLToPath } from 'node:url'
import { type Browser, chromium, type Page } from 'playwright-core'
import { build } from 'vite'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Recado } from '../../client/core/types.ts'
import { enter, send } from '../setup/request.ts'
import { startTestServer, type TestServer } from '../setup/server.ts'
import { until } from '../setup/until.ts'
import { closing } from './harness.ts'

/** What the page's script has. */
declare const app: typeof import('./react-entry.ts')
declare const recado: Recado

let browser: Browser | undefined
let script = ''

beforeAll(async () => {
  const entry = fileURLToPath(new URL('react-entry.ts', import.meta.url))
  const bundle = await build({
    configFile: false,
    logLevel: 'silent',
    define: { 'process.env.NODE_ENV': '"development"' },
    build: { write: false, lib: { entry, formats: ['iife'], name: 'app' } },
  })
  const [output] = Array.isArray(bundle) ? bundle : [bundle]
  if (output === undefined || !('output' in output)) throw new Error('no bundle')
  script = output.output[0].code
  browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] })
})

afterAll(() => browser?.close())

async function openPage(server: TestServer): Promise<Page> {
  if (browser === undefined) throw new Error('no browser')
  const context = closing(await browser.newContext({ bypassCSP: true }))
  const page = await context.newPage()
  await page.goto(`${server.url}/health/live`)
  await page.addScriptTag({ content: script })
  return page
}

test('what the hooks show follows the client, each event once', async () => {
  const server = closing(await startTestServer())
  const page = await openPage(server)
  await page.evaluate(async () => Object.assign(globalThis, { recado: await app.show('joao') }))
  const shows = (id: string, text: string) =>
    until(`${id}: ${text}`, async () => (await page.locator(`#${id}`).textContent()) === text)
  await shows('connection', 'live')
  await shows('online', 'joao')
  await shows('me', 'joao')

  const ana = await enter(server.graphql, 'ana')
  await send(server.graphql, ana.token, { text: 'one' })
  await shows('texts', 'one')
  await page.evaluate(() => recado.drop())
  await send(server.graphql, ana.token, { text: 'two' })
  await shows('texts', 'one,two')
  await shows('connection', 'live')

  // What comes while nobody listens is brought to the next one.
  await page.locator('#toggle').click()
  await send(server.graphql, ana.token, { text: 'three' })
  await page.locator('#toggle').click()
  await shows('texts', 'three')

  await page.locator('#refused').click()
  await shows('outbox', 'refused lost')
  await page.evaluate(() => recado.close())
  await shows('connection', 'closed')
})

test('a hook without a client above it says so', async () => {
  const page = await openPage(closing(await startTestServer()))
  expect(await page.evaluate(async () => String(await app.showBare()))).toContain('<RecadoProvider value={recado}>')
})
