// The devices of an account: listed, ended one by one or all the others, undone from the first one, and what leaving the
// last one means.
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { enter, send } from '../setup/request.ts'
import { startTestServer, type TestServer } from '../setup/server.ts'
import { chooseInMenu, closeDialog } from './account.ts'
import { launchBrowser, PHONE } from './browser.ts'
import { expectNoComplaints, openDevice } from './device.ts'

const PASSWORD = 'a senha de todos'

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

describe('the list of devices', () => {
  test('marks this one, says who is connected, and ends one', async () => {
    const laptop = await openDevice(browser, server.url)
    await laptop.enter('karla', PASSWORD)
    const phone = await openDevice(browser, server.url, PHONE)
    await phone.enter('karla', PASSWORD)
    await enter(server.graphql, 'karla', PASSWORD)

    await chooseInMenu(laptop, 'Aparelhos…')
    const rows = laptop.page.locator('.device')
    await rows.nth(2).waitFor()
    expect(await rows.first().innerText()).toContain('este aparelho')
    expect(await rows.locator('.device-online').count()).toBe(2)
    expect(await rows.first().getByRole('button').count()).toBe(0)

    // The program, which never connected.
    await rows
      .filter({ hasNot: laptop.page.locator('.device-online') })
      .getByRole('button')
      .click()
    await rows.nth(2).waitFor({ state: 'detached' })
    await laptop.page
      .getByRole('dialog')
      .getByRole('button', { name: /^Encerrar/ })
      .click()
    await rows.nth(1).waitFor({ state: 'detached' })
    await laptop.page.getByText('Só este aparelho está com este nome.').waitFor()
    await phone.page.getByText('Sua sessão terminou em outro lugar.').waitFor()
    await closeDialog(laptop.page)
    expectNoComplaints(laptop, phone)
    await laptop.context.close()
    await phone.context.close()
  })

  test('ends all the others, after asking once more', async () => {
    const laptop = await openDevice(browser, server.url)
    await laptop.enter('lia', PASSWORD)
    for (let more = 0; more < 3; more++) await enter(server.graphql, 'lia', PASSWORD)
    await chooseInMenu(laptop, 'Aparelhos…')
    await laptop.page.getByRole('button', { name: 'Encerrar os outros 3' }).click()
    await laptop.page.getByRole('button', { name: 'Encerrar mesmo' }).click()
    await laptop.page.getByText('Só este aparelho está com este nome.').waitFor()
    await laptop.becomes('live')
    await laptop.context.close()
  })

  test('the first device can undo at once that another one entered, also one that came while it was closed', async () => {
    const laptop = await openDevice(browser, server.url)
    await laptop.enter('mila', PASSWORD)
    await chooseInMenu(laptop, 'Aparelhos…')
    await laptop.page.locator('.device').waitFor()
    await closeDialog(laptop.page)
    await laptop.page.goto('about:blank')
    const phone = await openDevice(browser, server.url, PHONE)
    await phone.enter('mila', PASSWORD)
    await laptop.page.goto(laptop.network.url)
    await laptop.page.getByText(/entrou como mila\. Foi você\?/).waitFor()
    expect(await laptop.violations()).toEqual([])
    await laptop.page.locator('.bar').getByRole('button', { name: 'Encerrar' }).click()
    await phone.page.getByText('Sua sessão terminou em outro lugar.').waitFor()
    await laptop.page.getByText('Foi você?').waitFor({ state: 'detached' })
    await laptop.context.close()
    await phone.context.close()
  })
})

describe('leaving', () => {
  test('the last device of a name without a password says exactly what is lost', async () => {
    const laptop = await openDevice(browser, server.url)
    await laptop.enter('nara')
    for (const name of ['olavo', 'paula']) {
      const { token } = await enter(server.graphql, name)
      await send(server.graphql, token, { text: 'oi', to: 'nara' })
    }
    await laptop.page.locator('.sidebar nav .row').nth(2).waitFor()
    await chooseInMenu(laptop, 'Sair…')
    const dialog = laptop.page.getByRole('dialog')
    await dialog.getByText('Este nome não tem senha.').waitFor()
    await dialog.getByText('Você perde 2 conversas particulares (paula, olavo)').waitFor()
    expect(await laptop.violations()).toEqual([])
    await laptop.context.close()
  })

  test('says which devices go on where there are others', async () => {
    const laptop = await openDevice(browser, server.url)
    await laptop.enter('quim', PASSWORD)
    await enter(server.graphql, 'quim', PASSWORD)
    await laptop.page.getByText('Foi você?').waitFor()
    await chooseInMenu(laptop, 'Sair…')
    await laptop.page.getByRole('dialog').getByText('1 outro aparelho continua com este nome').waitFor()
    await laptop.context.close()
  })
})
