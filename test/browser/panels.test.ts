// The quick way to anybody, the help of the composer, people who are gone: and axe on each of them, in both appearances
// and languages, on a narrow screen and enlarged.
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { data, type Entered, enter, send } from '../setup/request.ts'
import { startTestServer, type TestServer } from '../setup/server.ts'
import { launchBrowser, PHONE } from './browser.ts'
import { type Device, expectNoComplaints, openDevice } from './device.ts'

let server: TestServer
let browser: Browser
let maria: Entered
let joao: Device
let eyes = 0

beforeAll(async () => {
  server = await startTestServer()
  browser = await launchBrowser()
  maria = await enter(server.graphql, 'maria')
  await enter(server.graphql, 'Zoé')
  joao = await openDevice(browser, server.url)
  await joao.enter('joao')
  await send(server.graphql, maria.token, { text: 'oi, @joao', to: 'joao' })
  await joao.page.getByRole('link', { name: /1 mensagem não lida/ }).waitFor()
})
afterAll(async () => {
  await browser?.close()
  await server?.close()
})

describe('Ctrl and K', () => {
  test('lead to a conversation, or to a person there is none with yet, by a few letters', async () => {
    // What it is made of is fetched after what is seen first.
    await joao.page.waitForFunction(() =>
      performance.getEntriesByType('resource').some(({ name }) => /switcher/.test(name)),
    )
    await joao.page.keyboard.press('Control+k')
    const dialog = joao.page.getByRole('dialog', { name: 'Ir para uma conversa' })
    // What is unread comes first.
    await dialog.getByRole('option').first().getByText('maria').waitFor()
    await joao.page.keyboard.type('zoe')
    await dialog.getByRole('option', { name: 'Zoé' }).waitFor()
    expect(await dialog.getByRole('option').count()).toBe(1)
    await joao.page.keyboard.press('Enter')
    await joao.page.getByRole('heading', { name: 'Zoé' }).waitFor()
    expect(await dialog.count()).toBe(0)
    // Also the keys that came right after them went there.
    const box = joao.page.locator('.composer textarea')
    expect(await box.inputValue()).toBe('')
    expect(await box.evaluate(element => element === document.activeElement)).toBe(true)
  })

  test('say when there is nobody, and go away with Escape', async () => {
    await joao.page.keyboard.press('Control+k')
    const dialog = joao.page.getByRole('dialog', { name: 'Ir para uma conversa' })
    // No hand types within the same frame: the first letters would stay in the text box.
    await dialog.waitFor()
    await joao.page.keyboard.type('xyzzy')
    await dialog.locator('p.quiet', { hasText: 'Ninguém com esse nome.' }).waitFor()
    await joao.page.keyboard.press('Escape')
    await dialog.waitFor({ state: 'detached' })
    await joao.page.getByRole('heading', { name: 'Zoé' }).waitFor()
  })
})

describe('commands', () => {
  test('are offered after a slash and chosen by the keyboard', async () => {
    const box = joao.page.locator('.composer textarea')
    await box.pressSequentially('/')
    await joao.page.getByRole('option').first().waitFor()
    const names = await joao.page.getByRole('option').locator('code').allTextContents()
    expect(names).toEqual(['/msg', '/w', '/dm', '/search', '/edit', '/delete', '/help'])
    await box.press('ArrowUp')
    await box.press('Tab')
    expect(await box.inputValue()).toBe('/help ')
    await box.press('Enter')
    const help = joao.page.getByRole('dialog', { name: 'Comandos' })
    for (const name of names) await help.getByText(name, { exact: true }).first().waitFor()
    await joao.page.keyboard.press('Escape')
    expect(await box.inputValue()).toBe('')
  })

  test('of the page never leave it', async () => {
    await joao.open('everyone')
    await joao.say('/delete')
    await joao.page.getByRole('alert').getByText('Você ainda não tem mensagem aqui para apagar.').waitFor()
    await joao.say('/edit novo')
    await joao.page.getByRole('alert').getByText('Você ainda não tem mensagem aqui para editar.').waitFor()
    await joao.page.locator('.composer textarea').fill('')
    expect(await joao.texts()).toEqual([])
  })
})

describe('an account that was deleted', () => {
  test('is shown as such, and its conversation can only be read', async () => {
    await joao.open('maria')
    await joao.hasLast('oi, @joao')
    await data(server.graphql, 'mutation { deleteAccount }', { token: maria.token })
    await joao.page.reload()
    await joao.becomes('live')
    const row = joao.page.locator('.sidebar a.row', { hasText: 'maria' })
    await row.getByText('conta apagada').waitFor()
    await row.first().click()
    await joao.page.getByText('A conta maria foi apagada.').waitFor()
    expect(await joao.page.locator('.composer').count()).toBe(0)
    expect(await joao.texts()).toEqual(['oi, @joao'])
    expect(await joao.violations()).toEqual([])
  })
})

describe('axe finds nothing on any message and dialog', () => {
  test.each([
    ['light, wide, Portuguese', { colorScheme: 'light', locale: 'pt-BR' }],
    ['dark, phone, English', { ...PHONE, colorScheme: 'dark', locale: 'en' }],
    ['dark, narrow, Portuguese', { viewport: { width: 320, height: 640 }, colorScheme: 'dark', locale: 'pt-BR' }],
    [
      'light, enlarged to 200 %, English',
      { viewport: { width: 640, height: 400 }, deviceScaleFactor: 2, locale: 'en' },
    ],
  ] as const)('%s', async (_, options) => {
    const device = await openDevice(browser, server.url, options)
    const name = `olhos${++eyes}`
    await device.enter(name)
    await device.open('everyone').catch(() => {})
    await device.page.goto(`${server.url}/#/everyone`)
    const zoe = await enter(server.graphql, `z${name}`)
    await send(server.graphql, zoe.token, { text: `@${name} 🎉 https://exemplo.org` })
    await device.page.locator('mark.mention').first().waitFor()
    await device.say('resposta')
    await device.hasLast('resposta')
    const own = device.page.locator('li.message').last()
    await own.focus()
    const found: string[] = []
    const look = async (what: string) => {
      for (const violation of await device.violations()) found.push(`${what}: ${violation}`)
      const overflow = await device.page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
      if (overflow > 0) found.push(`${what}: ${overflow} px too wide`)
    }
    await look('a message with its buttons')
    await own.press('Enter')
    await device.page.getByRole('menu').waitFor()
    await look('its menu')
    await device.page.keyboard.press('Escape')
    await own.press('r')
    await look('an answer')
    await device.page.locator('.composer textarea').fill('/')
    await device.page.locator('.suggestions').waitFor()
    await look('commands')
    await device.page.locator('.composer textarea').fill('/help')
    await device.page.keyboard.press('Enter')
    await device.page.getByRole('dialog').waitFor()
    // Where there are no keys, none are explained.
    const keys = device.page.getByRole('dialog').locator('kbd')
    expect(await keys.count()).toBe('isMobile' in options ? 0 : 10)
    await look('help')
    await device.page.keyboard.press('Escape')
    await device.page.keyboard.press('Control+k')
    await device.page.getByRole('option').first().waitFor()
    await look('the switcher')
    await device.page.keyboard.press('Escape')
    await device.page.locator('.composer textarea').fill('/search resposta')
    await device.page.keyboard.press('Enter')
    await device.page.getByRole('dialog').getByRole('searchbox').waitFor()
    await look('search')
    expect(found).toEqual([])
    expectNoComplaints(device)
    await device.context.close()
  })
})
