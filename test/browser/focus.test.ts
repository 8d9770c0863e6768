// Where the focus goes when what lay over the chat is closed: back to where it came from, or to the text box, and never to
// nowhere, from where a keyboard or a screen reader would begin at the top of the page again.
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Entered, enter, send } from '../setup/request.ts'
import { startTestServer, type TestServer } from '../setup/server.ts'
import { until } from '../setup/until.ts'
import { launchBrowser } from './browser.ts'
import { type Device, expectNoComplaints, openDevice } from './device.ts'

let server: TestServer
let browser: Browser
let device: Device
let maria: Entered

beforeAll(async () => {
  server = await startTestServer()
  browser = await launchBrowser()
  maria = await enter(server.graphql, 'maria')
  await send(server.graphql, maria.token, { text: 'de maria para todos' })
  device = await openDevice(browser, server.url)
  await device.enter('foco')
  await device.say('de foco para todos')
  await device.hasLast('de foco para todos')
})
afterAll(async () => {
  expectNoComplaints(device)
  await browser?.close()
  await server?.close()
})

/** Gives the focus to this, as Tab would, and presses the key there. */
async function pressAt(selector: string, key: string): Promise<void> {
  await device.page.locator(selector).first().focus()
  await device.page.keyboard.press(key)
}

async function closes(): Promise<void> {
  await device.page.keyboard.press('Escape')
  await device.page.locator('dialog, [popover]:popover-open').waitFor({ state: 'detached' })
}

function isAt(selector: string): Promise<true> {
  return until(`the focus is at ${selector}`, async () =>
    device.page.evaluate(sought => document.activeElement?.matches(sought) ?? false, selector),
  )
}

describe('goes back from', () => {
  test.each([
    ['Ajustes…', 'Ajustes'],
    ['Aparelhos…', 'Aparelhos'],
    ['Adicionar um aparelho…', 'Adicionar um aparelho'],
    ['Definir senha…', 'Definir senha'],
    ['Comandos e atalhos', 'Comandos e atalhos'],
    ['Sair…', 'Sair'],
  ])('“%s” to the button of the menu', async (item, title) => {
    const { page } = device
    await pressAt('.account-button', 'Enter')
    await page.locator('.menu:popover-open').waitFor()
    await page.locator('.menu').getByRole('button', { name: item, exact: true }).focus()
    await page.keyboard.press('Enter')
    await page.getByRole('dialog', { name: title }).getByRole('heading', { level: 2 }).waitFor()
    await closes()
    await isAt('.account-button')
  })

  test('the menu itself to its button', async () => {
    await pressAt('.account-button', 'Enter')
    await device.page.locator('.menu:popover-open').waitFor()
    await device.page.keyboard.press('Tab')
    await device.page.keyboard.press('Escape')
    await isAt('.account-button')
  })

  test.each([
    ['.sidebar-find', 'Enter', 'Ir para uma conversa'],
    ['.sidebar-tools .button-icon', 'Enter', 'Buscar mensagens'],
    ['.sidebar a.row', '?', 'Comandos e atalhos'],
    ['.sidebar a.row', 'Control+k', 'Ir para uma conversa'],
    ['.sidebar a.row', 'Control+,', 'Ajustes'],
    ['.composer textarea', 'Control+k', 'Ir para uma conversa'],
    ['.composer textarea', 'Control+,', 'Ajustes'],
  ])('what is opened at %s by %s', async (selector, key, title) => {
    await pressAt(selector, key)
    await device.page.getByRole('dialog', { name: title }).waitFor()
    await closes()
    await isAt(selector)
  })

  test('the menu of a message to the message', async () => {
    await pressAt('li.message[data-own]', 'Enter')
    await device.page.getByRole('menu').waitFor()
    await closes()
    await isAt('li.message[data-own]')
  })

  test('the card of its author to the message', async () => {
    const { page } = device
    await pressAt('li.message:not([data-own])', 'Enter')
    await page.getByRole('menuitem', { name: 'Sobre maria' }).focus()
    await page.keyboard.press('Enter')
    await page.getByRole('dialog', { name: 'maria' }).waitFor()
    await closes()
    await isAt('li.message:not([data-own])')
  })

  test('the question whether to delete a message to the text box', async () => {
    const { page } = device
    await pressAt('li.message[data-own]', 'Enter')
    await page.getByRole('menuitem', { name: 'Apagar' }).focus()
    await page.keyboard.press('Enter')
    await page.getByRole('dialog').waitFor()
    await closes()
    await isAt('.composer textarea')
  })

  test('an answer and an edit that are given up to the text box', async () => {
    const { page } = device
    await pressAt('li.message[data-own]', 'r')
    await isAt('.composer textarea')
    await page.keyboard.press('Escape')
    await isAt('.composer textarea')
    await page.locator('.composer textarea').fill('')
    await page.keyboard.press('ArrowUp')
    expect(await page.locator('.composer textarea').inputValue()).toBe('de foco para todos')
    await page.keyboard.press('Escape')
    await isAt('.composer textarea')
  })
})
