// A phone in the same house: the page comes over plain HTTP from an address that is not this computer's own name, where
// browsers take away crypto.randomUUID, the clipboard, Web Locks, service workers and notifications. It works without.
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestServer, type TestServer } from '../setup/server.ts'
import { chooseInMenu, closeDialog } from './account.ts'
import { launchBrowser, PHONE } from './browser.ts'
import { loseNetwork, openDevice, regainNetwork } from './device.ts'

const HOST = 'recado.lan'

let server: TestServer
let browser: Browser
beforeAll(async () => {
  server = await startTestServer({ HOST: '0.0.0.0' })
  browser = await launchBrowser([`--host-resolver-rules=MAP ${HOST} 127.0.0.1`])
})
afterAll(async () => {
  await browser?.close()
  await server?.close()
})

test('one enters, talks in two tabs, loses the network and gets it back, and lets another device in', async () => {
  const laptop = await openDevice(browser, server.url, { host: HOST })
  const missing = await laptop.page.evaluate(() => ({
    isSecure: isSecureContext,
    randomUUID: typeof crypto.randomUUID,
    locks: typeof navigator.locks,
    clipboard: typeof navigator.clipboard,
    serviceWorker: typeof navigator.serviceWorker,
  }))
  expect(missing).toEqual({
    isSecure: false,
    randomUUID: 'undefined',
    locks: 'undefined',
    clipboard: 'undefined',
    serviceWorker: 'undefined',
  })
  await laptop.enter('vera')
  await laptop.say('da sala')
  const second = await laptop.newTab()
  await second.becomes('live')
  await second.hasLast('da sala')
  await second.say('da outra aba')
  await laptop.hasLast('da outra aba')

  await loseNetwork(laptop)
  await laptop.say('guardada')
  await regainNetwork(laptop)
  await second.hasLast('guardada')
  await laptop.page.reload()
  await laptop.hasLast('guardada')

  // There are no notifications to choose, and nothing to install; and nobody says a word about it.
  await chooseInMenu(laptop, 'Ajustes…')
  await laptop.page.getByRole('radio', { name: 'Reduzido' }).waitFor()
  expect(await laptop.page.getByText('Avisar de').count()).toBe(0)
  expect(await laptop.page.getByText('Instalar').count()).toBe(0)
  await closeDialog(laptop.page)

  await chooseInMenu(laptop, 'Adicionar um aparelho…')
  const code = await laptop.page.locator('dialog .code-shown').innerText()
  // Others reach this address.
  expect(await laptop.page.getByText('npm start -- --lan').count()).toBe(0)
  await laptop.page.getByRole('button', { name: 'Copiar o endereço para o aparelho novo' }).click()
  await laptop.page.getByText('Endereço para o aparelho novo copiado.').waitFor()
  const phone = await openDevice(browser, server.url, { ...PHONE, host: HOST, path: `/#code=${code}` })
  await phone.page.getByRole('button', { name: 'Entrar', exact: true }).click()
  await phone.becomes('live')
  await phone.open('everyone')
  await phone.hasLast('guardada')
  await phone.say('do celular')
  await laptop.page
    .getByRole('dialog')
    .getByText(/entrou\.$/)
    .waitFor()
  await closeDialog(laptop.page)
  await laptop.hasLast('do celular')
  // The server says how its page may be opened by others, which such a page can't heed.
  const complaints = [laptop, second, phone].flatMap(device => device.complaints)
  expect(complaints.filter(complaint => !complaint.startsWith('The Cross-Origin-Opener-Policy header'))).toEqual([])
  await laptop.context.close()
  await phone.context.close()
})
