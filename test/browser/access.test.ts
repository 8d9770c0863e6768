// The page for everybody: axe finds nothing on any screen, light or dark, wide or narrow, in either language; all of it
// works by keyboard; news is told to those who listen.
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Entered, enter, send } from '../setup/request.ts'
import { startTestServer, type TestServer } from '../setup/server.ts'
import { until } from '../setup/until.ts'
import { LAPTOP, launchBrowser, PHONE } from './browser.ts'
import { type Device, expectNoComplaints, loseNetwork, openDevice, returnNetwork } from './device.ts'

let server: TestServer
let browser: Browser
let maria: Entered
let names = 0

beforeAll(async () => {
  server = await startTestServer()
  browser = await launchBrowser()
  maria = await enter(server.graphql, 'maria')
  await send(server.graphql, maria.token, { text: 'Olá! Veja https://example.org' })
})
afterAll(async () => {
  await browser?.close()
  await server?.close()
})

const newName = () => `pessoa${++names}`
const looks = [
  { look: 'light, wide, Portuguese', options: { ...LAPTOP, colorScheme: 'light', locale: 'pt-BR' } },
  { look: 'dark, wide, English', options: { ...LAPTOP, colorScheme: 'dark', locale: 'en-US' } },
  { look: 'light, phone, English', options: { ...PHONE, colorScheme: 'light', locale: 'en-US' } },
  { look: 'dark, phone, Portuguese', options: { ...PHONE, colorScheme: 'dark', locale: 'pt-BR' } },
] as const

describe.each(looks)('axe finds nothing: $look', ({ options }) => {
  test('on the enter screen, before and after a refusal', async () => {
    const device = await openDevice(browser, server.url, options)
    await device.page.locator('form').waitFor()
    expect(await device.violations()).toEqual([])
    await device.page.locator('input[name=username]').fill('maria')
    await device.page.locator('button[type=submit]').click()
    await device.page.locator('.field-error').waitFor()
    expect(await device.violations()).toEqual([])
    expect(await device.page.locator('html').getAttribute('lang')).toBe(options.locale === 'pt-BR' ? 'pt-BR' : 'en')
    await device.context.close()
  })

  test('in the chat: list, everyone, a private conversation, completion, refusal, menu, dialogs, offline', async () => {
    const device = await openDevice(browser, server.url, options)
    const { page } = device
    await device.enter(newName())
    const isPhone = options.isMobile === true
    if (isPhone) {
      expect(await device.violations()).toEqual([])
      await page.locator('.sidebar a.row').first().click()
    }
    await page.locator('.message-text').first().waitFor()
    expect(await device.violations()).toEqual([])

    await device.say('/msg niguem oi')
    await page.locator('li.message[data-state=refused] .refusal').waitFor()
    await device.say('/nada')
    await page.locator('.composer-problem').waitFor()
    expect(await device.violations()).toEqual([])
    await page.locator('.composer textarea').fill('/msg mar')
    await page.getByRole('option').first().waitFor()
    expect(await device.violations()).toEqual([])
    await page.getByRole('option').first().click()
    await page.locator('.composer textarea').pressSequentially('oi')
    expect(await device.violations()).toEqual([])
    await page.locator('.composer textarea').press('Enter')
    await page.locator('.notice a').click()
    await device.hasLast('oi')
    expect(await device.violations()).toEqual([])

    await loseNetwork(device)
    await device.say('espera')
    await page.locator('li.message[data-state=waiting]').waitFor()
    expect(await device.violations()).toEqual([])
    await returnNetwork(device)
    await device.becomes('live')

    if (isPhone) await page.locator('.thread-header a').click()
    await page.locator('.account-button').click()
    await page.locator('.menu').waitFor()
    expect(await device.violations()).toEqual([])
    await page.locator('.menu-items button').first().click()
    await page.locator('dialog[open]').waitFor()
    expect(await device.violations()).toEqual([])
    await page.keyboard.press('Escape')
    await page.locator('dialog').waitFor({ state: 'detached' })
    await page.locator('.account-button').click()
    await page.locator('.menu-items button').last().click()
    await page.locator('dialog[open]').waitFor()
    expect(await device.violations()).toEqual([])
    expectNoComplaints(device)
    await device.context.close()
  })
})

describe('by keyboard alone', () => {
  /** Presses Tab until this has the focus. */
  async function tabTo(page: Page, selector: string): Promise<void> {
    for (let presses = 0; presses < 40; presses++) {
      if (await page.evaluate(sought => document.activeElement?.matches(sought) ?? false, selector)) return
      await page.keyboard.press('Tab')
    }
    throw new Error(`Tab never reaches ${selector}`)
  }

  test('one enters, writes, completes a name, opens a conversation, scrolls, and leaves', async () => {
    const device = await openDevice(browser, server.url)
    const { page } = device
    await page.locator('form').waitFor()
    await tabTo(page, 'input[name=username]')
    await page.keyboard.type(newName())
    await page.keyboard.press('Enter')
    await device.becomes('live')
    await until('the composer has the focus', () => page.evaluate(() => document.activeElement?.tagName === 'TEXTAREA'))

    await page.keyboard.type('/m')
    await page.getByRole('option').first().waitFor()
    await page.keyboard.press('Tab')
    await page.keyboard.type('ma')
    const option = page.getByRole('option', { name: 'maria' })
    await option.waitFor()
    const active = await page.locator('.composer textarea').getAttribute('aria-activedescendant')
    expect(active).toBe(await option.getAttribute('id'))
    await page.keyboard.press('Enter')
    await page.keyboard.type('por teclado')
    expect(await page.locator('.composer textarea').inputValue()).toBe('/msg maria por teclado')
    await page.keyboard.press('Enter')
    await tabTo(page, '.notice a')
    await page.keyboard.press('Enter')
    await device.hasLast('por teclado')

    await tabTo(page, '.account-button')
    await page.keyboard.press('Enter')
    await tabTo(page, '.menu-items li:last-child button')
    await page.keyboard.press('Enter')
    await page.locator('dialog[open]').waitFor()
    await page.keyboard.press('Escape')
    await page.locator('dialog').waitFor({ state: 'detached' })
    await tabTo(page, '.scroller')
    await device.context.close()
  })

  test('Escape closes the completion, and the text stays', async () => {
    const device = await openDevice(browser, server.url)
    await device.enter(newName())
    const box = device.page.locator('.composer textarea')
    await box.pressSequentially('/msg m')
    await device.page.getByRole('option').first().waitFor()
    await box.press('Escape')
    await device.page.getByRole('option').first().waitFor({ state: 'detached' })
    expect(await box.inputValue()).toBe('/msg m')
    await device.context.close()
  })
})

describe('those who listen', () => {
  let device: Device
  beforeAll(async () => {
    device = await openDevice(browser, server.url)
    await device.enter('ouvinte')
  })
  afterAll(() => device.context.close())

  test('hear new messages, and which are private', async () => {
    const log = device.page.locator('[role=log]')
    await send(server.graphql, maria.token, { text: 'boa tarde' })
    await log.getByText('maria: boa tarde').waitFor({ state: 'attached' })
    await send(server.graphql, maria.token, { text: 'psiu', to: 'ouvinte' })
    await log.getByText('maria, em particular: psiu').waitFor({ state: 'attached' })
  })
})

describe('the choices', () => {
  test('of language and appearance hold after a reload', async () => {
    const device = await openDevice(browser, server.url, { locale: 'pt-BR', colorScheme: 'light' })
    const { page } = device
    await page.getByText('Entrar no Recado').waitFor()
    await page.getByRole('radio', { name: 'English' }).check()
    await page.getByRole('heading', { name: 'Enter Recado' }).waitFor()
    await page.getByRole('radio', { name: 'Dark' }).check()
    const ground = () =>
      page.evaluate(() => getComputedStyle(document.body.parentElement ?? document.body).backgroundColor)
    const dark = await ground()
    await page.reload()
    await page.getByRole('heading', { name: 'Enter Recado' }).waitFor()
    expect(await ground()).toBe(dark)
    await page.getByRole('radio', { name: 'Light' }).check()
    expect(await ground()).not.toBe(dark)
    await device.context.close()
  })

  test('on a phone there is one pane at a time, nothing wider than the screen, and the way back', async () => {
    const device = await openDevice(browser, server.url, PHONE)
    const { page } = device
    await device.enter(newName())
    expect(await page.locator('.thread').count()).toBe(0)
    await device.open('everyone')
    expect(await page.locator('.sidebar').count()).toBe(0)
    await device.say(`${'x'.repeat(300)} https://example.org/${'y'.repeat(200)}`)
    await page.locator('li.message[data-own]').first().waitFor()
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390)
    await page.goBack()
    await page.locator('.sidebar').waitFor()
    await device.context.close()
  })
})
