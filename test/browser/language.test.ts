// The language, changed while one is inside: everything changes at once, and nothing of the other language is loaded
// before it is wanted.
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestServer, type TestServer } from '../setup/server.ts'
import { until } from '../setup/until.ts'
import { chooseInMenu, closeDialog } from './account.ts'
import { launchBrowser } from './browser.ts'
import { expectNoComplaints, openDevice } from './device.ts'

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

test('changes all of the page at once, also for those who listen, and holds', async () => {
  // Without the service worker, which keeps both for a page that opens without a connection.
  const device = await openDevice(browser, server.url, { locale: 'pt-BR', serviceWorkers: 'block' })
  const { page } = device
  const loaded = (name: string) =>
    page.evaluate(
      part => performance.getEntriesByType('resource').some(({ name: address }) => address.includes(part)),
      `/assets/${name}-`,
    )
  await device.enter('poliglota')
  await device.say('texto que ninguém traduz')
  expect([await loaded('pt-br'), await loaded('en')]).toEqual([true, false])

  await chooseInMenu(device, 'Ajustes…')
  await page.getByRole('radio', { name: 'English' }).check()
  await page.getByRole('dialog', { name: 'Settings' }).waitFor()
  expect(await loaded('en')).toBe(true)
  await closeDialog(page)
  await until('the page says so', async () => (await page.locator('html').getAttribute('lang')) === 'en')
  const seen = await page.locator('body').innerText()
  for (const word of ['Conversations', 'Everyone', 'Live', 'Visible to everyone', 'texto que ninguém traduz']) {
    expect(seen).toContain(word)
  }
  expect(seen).not.toMatch(/Conversas|Ao vivo|Todos/)
  await page.getByRole('textbox', { name: 'Message to everyone' }).waitFor()
  expect(await page.title()).toBe('Everyone · Recado')
  await page.reload()
  await page.getByRole('textbox', { name: 'Message to everyone' }).waitFor()
  expect(await page.locator('html').getAttribute('lang')).toBe('en')
  expectNoComplaints(device)
  await device.context.close()
})

test.each([
  { locale: 'en-US', written: /^\d{1,2}:\d\d [AP]M$/ },
  { locale: 'pt-BR', written: /^\d\d:\d\d$/ },
])(
  'a time is written as the reader writes it, also below a text that runs the other way ($locale)',
  async ({ locale, written }) => {
    const device = await openDevice(browser, server.url, { locale })
    await device.enter(`leitora-${locale}`)
    await device.say('مرحبا بالجميع')
    await device.hasLast('مرحبا بالجميع')
    const time = device.page.locator('li.message').last().locator('time')
    const text = ((await time.textContent()) ?? '').replace(/\s/g, ' ')
    expect(text).toMatch(written)
    expect(text).not.toMatch(/^0\d.*M$/)
    // Each character stands to the right of the one before it.
    const places = await time.evaluate(({ firstChild }) =>
      [...(firstChild?.textContent ?? '')].map((_, index) => {
        const range = document.createRange()
        if (firstChild) range.setStart(firstChild, index)
        if (firstChild) range.setEnd(firstChild, index + 1)
        return range.getBoundingClientRect().left
      }),
    )
    expect(places).toEqual(places.toSorted((a, b) => a - b))
    await device.context.close()
  },
)
