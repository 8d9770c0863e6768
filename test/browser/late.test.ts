// What is fetched only when it is wanted, and can't be: the page says so, and goes on.
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestServer, type TestServer } from '../setup/server.ts'
import { chooseInMenu, closeDialog } from './account.ts'
import { launchBrowser } from './browser.ts'
import { openDevice } from './device.ts'

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

test('a dialog that can’t be fetched is said to be so, and comes once it can', async () => {
  const device = await openDevice(browser, server.url, { serviceWorkers: 'block' })
  await device.context.route(/devices-dialog/, route => route.abort())
  await device.enter('joao')
  await chooseInMenu(device, 'Aparelhos…')
  const notice = device.page.getByRole('alert').getByText('Não deu para abrir isto agora')
  await notice.waitFor()
  expect(await device.violations()).toEqual([])
  // The page goes on.
  await device.say('continuo aqui')
  await device.hasLast('continuo aqui')
  await device.page.getByRole('button', { name: 'Dispensar' }).click()
  await notice.waitFor({ state: 'detached' })

  // A newer page has other files: to load it again is always a way.
  await device.context.unroute(/devices-dialog/)
  await chooseInMenu(device, 'Aparelhos…')
  const dialog = device.page.getByRole('dialog', { name: 'Aparelhos' })
  if (!(await dialog.isVisible())) {
    await Promise.race([dialog.waitFor(), notice.waitFor()])
    if (await notice.isVisible()) {
      await device.page.getByRole('button', { name: 'Recarregar' }).click()
      await device.becomes('live')
      await chooseInMenu(device, 'Aparelhos…')
    }
  }
  await dialog.waitFor()
  await closeDialog(device.page)
  await device.context.close()
})
