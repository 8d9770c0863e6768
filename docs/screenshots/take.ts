// Takes the README's pictures from the real page on a real server: `node docs/screenshots/take.ts`, after a build. It
// needs Chromium, and a sans-serif font with emoji makes them prettier.
import type { BrowserContextOptions, Page } from 'playwright-core'
import { LAPTOP, launchBrowser, PHONE } from '../../test/browser/browser.ts'
import { enter, send } from '../../test/setup/request.ts'
import { startTestServer } from '../../test/setup/server.ts'
import { until } from '../../test/setup/until.ts'
import { TALK, WHISPERS } from './states.ts'

const FOLDER = import.meta.dirname
const PASSWORD = 'uma senha só das fotos'

await using server = await startTestServer()
const browser = await launchBrowser()
try {
  const tokens = new Map<string, string>()
  for (const name of ['joão', 'maria', 'ana', 'rafael']) {
    tokens.set(name, (await enter(server.graphql, name, PASSWORD)).token)
  }
  const tokenOf = (name: string) => tokens.get(name) ?? ''

  async function open(options: BrowserContextOptions): Promise<Page> {
    const context = await browser.newContext({ reducedMotion: 'reduce', deviceScaleFactor: 1.5, ...options })
    const page = await context.newPage()
    await page.goto(server.url)
    await page.locator('form').waitFor()
    return page
  }
  async function openAs(name: string, options: BrowserContextOptions): Promise<Page> {
    const page = await open(options)
    await page.locator('input[name=username]').fill(name)
    await page.locator('input[name=password]').fill(PASSWORD)
    await page.locator('button[type=submit]').click()
    await page.locator('.connection[data-state=live]').first().waitFor()
    return page
  }
  async function take(page: Page, name: string): Promise<void> {
    // Without a blinking caret, so that a picture changes only when the page does.
    await page.screenshot({ path: `${FOLDER}/${name}.png`, caret: 'hide' })
  }

  const door = await open({ ...LAPTOP, colorScheme: 'light' })
  await take(door, 'enter')

  const laptop = await openAs('joão', { ...LAPTOP, colorScheme: 'light' })
  const phone = await openAs('joão', { ...PHONE, colorScheme: 'light' })
  await openAs('maria', LAPTOP)
  await openAs('ana', LAPTOP)
  for (const [name, text] of TALK) await send(server.graphql, tokenOf(name), { text })
  for (const [from, to, text] of WHISPERS) await send(server.graphql, tokenOf(from), { to, text })

  await laptop.locator('.bar-actions button').last().click()
  await laptop.locator('.message-text', { hasText: 'Achei, obrigado' }).waitFor()
  await until('both whispers are there', async () => (await laptop.locator('.sidebar nav .row').count()) === 3)
  await until('maria and ana are online', async () => (await laptop.locator('.people .row').count()) === 2)
  await take(laptop, 'chat-light')

  await laptop.locator('.sidebar nav .row', { hasText: 'maria' }).click()
  await laptop.getByText('atrás do suco').last().waitFor()
  await laptop.emulateMedia({ colorScheme: 'dark' })
  await laptop.locator('.composer textarea').fill('/msg an')
  await laptop.getByRole('option').first().waitFor()
  await take(laptop, 'chat-dark')

  await phone.locator('.sidebar .row').first().click()
  await phone.getByText('Achei, obrigado').waitFor()
  await take(phone, 'chat-phone')
} finally {
  await browser.close()
}
