// The page as it is served: small, nothing inline, and at ease with a flood of messages.
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { enter, send } from '../setup/request.ts'
import { startTestServer, type TestServer } from '../setup/server.ts'
import { until } from '../setup/until.ts'
import { launchBrowser } from './browser.ts'
import { expectNoComplaints, openDevice } from './device.ts'

const BUILT = fileURLToPath(new URL('../../client/web/dist', import.meta.url))
const FIRST_LOAD_BYTES = 150 * 1024
const FLOOD = 3_000
const ROWS = 320

let server: TestServer
let browser: Browser
beforeAll(async () => {
  server = await startTestServer()
  browser = await launchBrowser()
})
afterAll(async () => {
  await browser?.close()
  await server?.close()
})

describe('the built page', () => {
  test('is at most 150 KiB of gzip to load', () => {
    const files = readdirSync(BUILT, { recursive: true, withFileTypes: true }).filter(
      file => file.isFile() && !/\.(br|gz)$/.test(file.name),
    )
    const bytes = files.map(file => gzipSync(readFileSync(`${file.parentPath}/${file.name}`)).length)
    expect(bytes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(FIRST_LOAD_BYTES)
  })

  test('has no script, style or handler inside it, and asks nobody else for anything', () => {
    const html = readFileSync(`${BUILT}/index.html`, 'utf8')
    expect(html).not.toMatch(/<script(?![^>]* src=)|<style|\sstyle=|\son[a-z]+=/i)
    expect(html).not.toMatch(/(src|href)="(https?:)?\/\//)
  })
})

describe('a flood of messages', () => {
  test('is all taken, in a page that stays small and answers meanwhile', async () => {
    const joao = await openDevice(browser, server.url)
    await joao.enter('joao')
    const maria = await enter(server.graphql, 'maria')
    const sending = (async () => {
      for (let from = 0; from < FLOOD; from += 50) {
        const batch = Array.from({ length: 50 }, (_, index) =>
          send(server.graphql, maria.token, { text: `${from + index}` }),
        )
        await Promise.all(batch)
      }
      await send(server.graphql, maria.token, { text: 'fim' })
    })()
    await joao.page.locator('.composer textarea').fill('ainda dá para escrever')
    await joao.page.locator('.composer textarea').press('Enter')
    await sending
    await until('the last one is shown', async () => (await joao.texts()).at(-1) === 'fim', 30_000)
    expect((await joao.texts()).length).toBeLessThanOrEqual(ROWS)
    await until('all are read', async () => (await joao.page.title()) === 'Todos · Recado')
    expectNoComplaints(joao)
    await joao.context.close()
  })
})
