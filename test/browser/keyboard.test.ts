// The keys that work anywhere, the help sheet that names them, and the switch that holds the connection down.
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { enter, send } from '../setup/request.ts'
import { startTestServer, type TestServer } from '../setup/server.ts'
import { until } from '../setup/until.ts'
import { chooseInMenu, closeDialog } from './account.ts'
import { launchBrowser } from './browser.ts'
import { type Device, expectNoComplaints, openDevice } from './device.ts'

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

describe('the keys', () => {
  let device: Device
  beforeAll(async () => {
    device = await openDevice(browser, server.url)
    await device.enter('teclas')
    for (const name of ['abel', 'bela']) {
      const { token } = await enter(server.graphql, name)
      await send(server.graphql, token, { text: `oi, de ${name}`, to: 'teclas' })
    }
    await device.page.locator('.sidebar nav .row').nth(2).waitFor()
  })
  afterAll(() => device.context.close())

  const isAt = (end: string) => until(`it is at ${end}`, async () => device.page.url().endsWith(end))

  test('Alt and the arrows go to the conversation above and below, and with Shift to an unread one', async () => {
    const { keyboard } = device.page
    // Also out of the text box.
    await device.page.locator('.composer textarea').focus()
    await keyboard.press('Alt+ArrowDown')
    await isAt('#/with/bela')
    await device.hasLast('oi, de bela')
    await keyboard.press('Alt+ArrowUp')
    await isAt('#/everyone')
    await until('bela is read', async () => (await device.page.title()).startsWith('(1)'))
    await keyboard.press('Alt+Shift+ArrowDown')
    await isAt('#/with/abel')
    await device.hasLast('oi, de abel')
    await keyboard.press('Alt+ArrowDown')
    await isAt('#/everyone')
  })

  test('Alt, Shift and ↓ go to the first unread message here, and then to the next conversation with any', async () => {
    const { page } = device
    const { token } = await enter(server.graphql, 'caio')
    const line = page.locator('.pill-top')
    const fill = async (name: string, count: number) => {
      const sender = name === 'caio' ? token : (await enter(server.graphql, name)).token
      for (let n = 1; n <= count; n++) await send(server.graphql, sender, { text: `${name} ${n}.`, to: 'teclas' })
      await page.locator('.sidebar nav').getByText(`${name} ${count}.`, { exact: true }).waitFor()
    }
    await fill('caio', 60)
    await fill('davi', 1)
    await page.keyboard.press('Alt+Shift+ArrowDown')
    await isAt('#/with/davi')
    await page.keyboard.press('Alt+Shift+ArrowDown')
    await isAt('#/with/caio')
    await page.getByText('60 mensagens não lidas').last().waitFor()
    // Whoever went to the end has the first unread message above the screen.
    await page.locator('.pill:not(.pill-top)').click()
    await device.hasLast('caio 60.')
    await fill('eva', 1)
    await line.waitFor()
    await page.keyboard.press('Alt+Shift+ArrowDown')
    await page.locator('.message-text', { hasText: 'caio 1.' }).waitFor()
    await line.waitFor({ state: 'detached' })
    await isAt('#/with/caio')
    await page.keyboard.press('Alt+Shift+ArrowDown')
    await isAt('#/with/eva')
    await device.hasLast('eva 1.')
    // The same with one button.
    await fill('fabi', 1)
    await page.getByRole('button', { name: 'Próxima não lida' }).click()
    await isAt('#/with/fabi')
    await device.hasLast('fabi 1.')
    await page.getByRole('button', { name: 'Próxima não lida' }).waitFor({ state: 'detached' })
  })

  test('? shows the help sheet, which names them all; in the text box it is a question mark', async () => {
    const { page } = device
    const box = page.locator('.composer textarea')
    await box.fill('')
    await box.press('?')
    expect(await box.inputValue()).toBe('?')
    await box.fill('')
    await page.locator('.sidebar a.row').first().focus()
    await page.keyboard.press('?')
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('heading', { name: 'Atalhos', exact: true }).waitFor()
    for (const key of ['Ctrl + K', 'Alt + ↑ · ↓', 'Esc', '?', 'Ctrl + ,'])
      await dialog.locator('kbd', { hasText: key }).last().waitFor()
    // What lies over the chat has the keys for itself.
    const before = page.url()
    await page.keyboard.press('Alt+ArrowDown')
    await closeDialog(page)
    expect(page.url()).toBe(before)
  })

  test('Escape goes to the text box, Ctrl and K to the switcher, Ctrl and comma to the settings', async () => {
    const { page } = device
    await page.locator('.sidebar a.row').first().focus()
    await page.keyboard.press('Escape')
    await until('the text box has the focus', () => page.evaluate(() => document.activeElement?.tagName === 'TEXTAREA'))
    await page.keyboard.press('Control+k')
    await page.getByRole('dialog', { name: 'Ir para uma conversa' }).waitFor()
    await closeDialog(page)
    await page.keyboard.press('Control+,')
    await page.getByRole('dialog', { name: 'Ajustes' }).waitFor()
    await closeDialog(page)
    expectNoComplaints(device)
  })

  test('what has the focus is seen', async () => {
    const { page } = device
    await page.locator('.sidebar a.row').first().focus()
    await page.keyboard.press('Tab')
    const outline = await page.evaluate(() => {
      const { outlineStyle, outlineWidth } = getComputedStyle(document.activeElement ?? document.body)
      return `${outlineStyle} ${Number.parseFloat(outlineWidth) >= 2}`
    })
    expect(outline).toBe('solid true')
  })
})

describe('the settings', () => {
  test('stop all motion for those who choose so, and keep the choice', async () => {
    const device = await openDevice(browser, server.url, { reducedMotion: 'no-preference' })
    await device.enter('parada')
    const transition = () =>
      device.page.evaluate(() => getComputedStyle(document.querySelector('.row') ?? document.body).transitionDuration)
    expect(await transition()).not.toBe('0s')
    await chooseInMenu(device, 'Ajustes…')
    await device.page.getByRole('radio', { name: 'Reduzido' }).check()
    await closeDialog(device.page)
    expect(await transition()).toBe('0s')
    await device.page.reload()
    await device.becomes('live')
    expect(await transition()).toBe('0s')
    await device.context.close()
  })
})

describe('the switch that drops the connection', () => {
  test('holds it down until it is switched back, and then says what was recovered, and that nothing came twice', async () => {
    const device = await openDevice(browser, server.url)
    const { page } = device
    await device.enter('queda')
    const rui = await enter(server.graphql, 'rui')
    await chooseInMenu(device, 'Derrubar a conexão')
    await device.becomes('offline')
    await page.getByText('Você derrubou a conexão.').waitFor()
    for (let count = 1; count <= 10; count++) await send(server.graphql, rui.token, { text: `enquanto isso ${count}` })
    // A browser that sees its network return, or a page that is looked at again, does not undo what was chosen.
    await page.evaluate(() => dispatchEvent(new Event('online')))
    await page.evaluate(() => dispatchEvent(new Event('focus')))
    await device.say('daqui, sem conexão')
    await page.getByText('1 mensagem espera').waitFor()
    expect(await device.connection()).toBe('offline')
    expect(await device.violations()).toEqual([])
    await page.locator('.account-button').click()
    expect(await page.getByRole('switch', { name: /Derrubar a conexão/ }).getAttribute('aria-checked')).toBe('true')
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: 'Religar' }).click()
    await page
      .locator('.connection-recovered')
      .getByText(/^1[01] mensagens recuperadas, 0 repetidas$/)
      .waitFor()
    await device.hasLast('daqui, sem conexão')
    const all = [...Array.from({ length: 10 }, (_, index) => `enquanto isso ${index + 1}`), 'daqui, sem conexão']
    await until('all of it is there, once', async () => (await device.texts()).join() === all.join())
    expectNoComplaints(device)
    await device.context.close()
  })
})
