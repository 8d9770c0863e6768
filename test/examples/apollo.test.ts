// The application on Apollo Client: its types come from the schema by its own codegen, it compiles, and in a real browser
// it misses nothing and repeats nothing when its connection drops.
import { execFile } from 'node:child_process'
import { cpSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { Browser, Page } from 'playwright-core'
import { build, type PreviewServer, preview } from 'vite'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { launchBrowser } from '../browser/browser.ts'
import { enter, send } from '../setup/request.ts'
import { startTestServer, type TestServer } from '../setup/server.ts'
import { startTcpProxy, type TcpProxy } from '../setup/tcp-proxy.ts'
import { until } from '../setup/until.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

const folder = mkdtempSync(join(tmpdir(), 'recado-apollo-'))
const app = join(folder, 'examples/apollo')

let server: TestServer
let proxy: TcpProxy
let page: PreviewServer
let browser: Browser

/** The application's own command, with the packages that it names (this repository has them too). */
async function run(program: string, ...words: string[]): Promise<void> {
  try {
    await promisify(execFile)(process.execPath, [join(ROOT, 'node_modules', program), ...words], { cwd: app })
  } catch (error) {
    // A compiler complains on standard output.
    throw new Error(`${program}: ${(error as { stdout?: string }).stdout}`, { cause: error })
  }
}

beforeAll(async () => {
  cpSync(join(ROOT, 'schema.graphql'), join(folder, 'schema.graphql'))
  cpSync(join(ROOT, 'examples/apollo'), app, {
    recursive: true,
    filter: path => !/\/(node_modules|dist|generated)$/.test(path),
  })
  symlinkSync(join(ROOT, 'node_modules'), join(app, 'node_modules'))
  await run('@graphql-codegen/cli/cjs/bin.js', '--config', 'codegen.ts', '--silent')
  server = await startTestServer()
  proxy = await startTcpProxy({ port: Number(new URL(server.url).port) })
  process.env.RECADO_URL = `http://127.0.0.1:${proxy.port}`
  const options = { root: app, logLevel: 'silent', configLoader: 'native' } as const
  await build(options)
  page = await preview({ ...options, preview: { host: '127.0.0.1', port: 0 } })
  browser = await launchBrowser()
})

afterAll(async () => {
  await browser?.close()
  await page?.close()
  await proxy?.close()
  await server?.close()
  rmSync(folder, { recursive: true, force: true })
})

/** The page, with somebody in it. */
async function openTab(username: string): Promise<Page> {
  const tab = await browser.newPage()
  const address = page.httpServer.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  await tab.goto(`http://127.0.0.1:${address.port}/`)
  await tab.getByLabel('Name').fill(username)
  await tab.getByRole('button', { name: 'Enter' }).click()
  return tab
}

test('compiles with the types that its own codegen made', async () => {
  await run('typescript/bin/tsc', '-p', '.')
})

test('shows each message once, in order, across a drop', async () => {
  const ana = await enter(server.graphql, 'ana')
  await send(server.graphql, ana.token, { text: 'before' })
  const tab = await openTab('joao')
  const rows = () => tab.locator('li').allTextContents()
  const state = () => tab.locator('#state').textContent()
  await until('the page of messages', async () => (await rows()).join() === 'ana: before')
  await send(server.graphql, ana.token, { text: 'live' })
  await until('live', async () => (await rows()).includes('ana: live'))

  proxy.judge = () => 'cut'
  proxy.cutAll()
  await until('offline', async () => (await state()) === 'offline')
  for (const text of ['1', '2', '3']) await send(server.graphql, ana.token, { text })
  await tab.getByLabel('Message').fill('said offline')
  await tab.getByRole('button', { name: 'Send' }).click()
  proxy.judge = () => 'pass'
  await until('its own message', async () => (await rows()).includes('joao: said offline'))
  await send(server.graphql, ana.token, { text: 'after' })
  await until('the last', async () => (await rows()).includes('ana: after'))
  expect(await rows()).toEqual([
    'ana: before',
    'ana: live',
    'ana: 1',
    'ana: 2',
    'ana: 3',
    'joao: said offline',
    'ana: after',
  ])
})

test('a send that may have been kept goes on under its nonce, after the pause that was asked for; a refusal is told', async () => {
  const tab = await openTab('lia')
  const rows = () => tab.locator('li').allTextContents()
  const say = async (text: string) => {
    await tab.getByLabel('Message').fill(text)
    await tab.getByRole('button', { name: 'Send' }).click()
  }
  const retryAfterMs = 1_500
  const answers = [
    { code: 'STORAGE_UNAVAILABLE' },
    { code: 'RATE_LIMITED', retryAfterMs },
    { code: 'DRAINING' },
    { code: 'INTERNAL_SERVER_ERROR' },
  ]
  const attempts: { readonly nonce: string; readonly at: number }[] = []
  await tab.route('**/graphql', async route => {
    const { operationName, variables } = route.request().postDataJSON()
    if (operationName !== 'Send') return route.continue()
    attempts.push({ nonce: variables.nonce, at: performance.now() })
    const extensions = answers.shift()
    if (extensions === undefined) return route.continue()
    // Kept all the same, at the first of them.
    if (attempts.length === 1) await route.fetch()
    return route.fulfill({ json: { errors: [{ message: 'later', extensions }], data: null } })
  })
  await say('uma vez')
  await until('the last attempt', () => attempts.length === 5)
  await until('its message', async () => (await rows()).includes('lia: uma vez'))
  expect(new Set(attempts.map(({ nonce }) => nonce)).size).toBe(1)
  expect((attempts[2]?.at ?? 0) - (attempts[1]?.at ?? 0)).toBeGreaterThanOrEqual(retryAfterMs)

  await say('x'.repeat(4_001))
  await until('the refusal', async () => /4,?000/.test((await tab.locator('#state').textContent()) ?? ''))
  expect(attempts).toHaveLength(6)
  await say('depois')
  await until('the next', async () => (await rows()).includes('lia: depois'))
  expect((await rows()).filter(row => row.startsWith('lia'))).toEqual(['lia: uma vez', 'lia: depois'])
})
