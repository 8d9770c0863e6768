// The page as it is served: small, nothing inline, and at ease with a flood of messages.
import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
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
  test('takes at most 150 KiB from the network until one is in the chat, the worker and every answer included', async () => {
    const device = await openDevice(browser, server.url)
    await device.enter('primeira')
    expect(device.network.bytes).toBeGreaterThan(50 * 1024)
    expect(device.network.bytes).toBeLessThanOrEqual(FIRST_LOAD_BYTES)
    await device.context.close()
  })

  test('has files of at most 150 KiB over plain HTTP, where browsers know gzip only', async () => {
    const insecure = await launchBrowser(['--host-resolver-rules=MAP recado.test 127.0.0.1'])
    try {
      const device = await openDevice(insecure, server.url, { host: 'recado.test' })
      await device.enter('primeiro')
      const files = [...device.network.paths].map(path => join(BUILT, path === '/' ? 'index.html' : path))
      const sizes = files.map(file => statSync(existsSync(`${file}.gz`) ? `${file}.gz` : file).size)
      const encoding = await device.page.evaluate(async () => {
        const part = document.querySelector<HTMLLinkElement>('link[rel=modulepreload][href*=parts]')
        return (await fetch(part?.href ?? '')).headers.get('content-encoding')
      })
      expect(encoding).toBe('gzip')
      // The page, its styles and scripts, the worker’s too, and the words.
      expect(files.length).toBeGreaterThan(7)
      const bytes = sizes.reduce((sum, size) => sum + size, 0)
      expect(bytes).toBeGreaterThan(50 * 1024)
      expect(bytes).toBeLessThanOrEqual(FIRST_LOAD_BYTES)
    } finally {
      await insecure.close()
    }
  })

  test('is served with nothing that the browser does not know', async () => {
    const device = await openDevice(browser, server.url)
    const said: string[] = []
    device.page.on('console', message => said.push(message.text()))
    await device.page.reload()
    await device.page.locator('form').waitFor()
    expect(said).toEqual([])
    await device.context.close()
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
    await until('the last one is shown', async () => (await joao.texts()).at(-1) === 'fim')
    expect((await joao.texts()).length).toBeLessThanOrEqual(ROWS)
    await until('all are read', async () => (await joao.page.getByRole('link', { name: /não lidas?/ }).count()) === 0)
    expectNoComplaints(joao)
    await joao.context.close()
  })
})
