// A second device comes in, gently: by a code, by its QR's link, by asking the first one, by the password, or under
// another name.
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { enter } from '../setup/request.ts'
import { startTestServer, type TestServer } from '../setup/server.ts'
import { until } from '../setup/until.ts'
import { chooseInMenu, closeDialog, codeShown } from './account.ts'
import { launchBrowser, PHONE } from './browser.ts'
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

describe('a name that has an owner', () => {
  test('asks whether it is you, and lets you in with a code of the first device; the first one hears of it', async () => {
    const laptop = await openDevice(browser, server.url)
    await laptop.enter('dora')
    const code = await codeShown(laptop)
    expect(code).toMatch(/^[A-Z2-9]{4}-[A-Z2-9]{4}$/)
    await laptop.page.getByText(/Vale por mais \d+ segundos/).waitFor()
    // 127.0.0.1 is nobody else's way here.
    await laptop.page.getByText('npm start -- --lan').waitFor()

    const phone = await openDevice(browser, server.url, PHONE)
    await phone.page.getByLabel('Nome', { exact: true }).fill('Dóra')
    await phone.page.getByLabel('Nome', { exact: true }).press('Enter')
    await phone.page.getByText('O nome Dóra já tem dono: é você?').waitFor()
    const box = phone.page.getByLabel('Código de um aparelho seu')
    await until('the code has the focus', () => box.evaluate(element => element === document.activeElement))
    // However it is typed.
    await box.fill(code.toLowerCase().replace('-', ' '))
    await box.press('Enter')
    await phone.becomes('live')
    await phone.page.getByRole('button', { name: /^dora/ }).waitFor()

    await laptop.page
      .getByRole('dialog')
      .getByText(/Chrome.*entrou\./)
      .waitFor()
    // Who has shown the code knows who came by it.
    await closeDialog(laptop.page)
    expect(await laptop.page.getByText('Foi você?').count()).toBe(0)
    await laptop.page.reload()
    await laptop.becomes('live')
    await laptop.page.locator('.sidebar-count').waitFor()
    expect(await laptop.page.getByText('Foi você?').count()).toBe(0)
    expectNoComplaints(laptop, phone)
    await laptop.context.close()
    await phone.context.close()
  })

  test('whoever comes in by a code that was not meant for them is shown out where the code was shown', async () => {
    const laptop = await openDevice(browser, server.url)
    await laptop.enter('cora')
    const code = await codeShown(laptop)
    const other = await openDevice(browser, server.url, { path: `/#code=${code}` })
    await other.page.getByRole('button', { name: 'Entrar', exact: true }).click()
    await other.becomes('live')
    await laptop.page.getByRole('button', { name: 'Não fui eu: encerrar' }).click()
    await other.page.getByText('Sua sessão terminou em outro lugar.').waitFor()
    await laptop.page.locator('dialog').waitFor({ state: 'detached' })
    for (const device of [laptop, other]) await device.context.close()
  })

  test('a code that is wrong, or was used, is said to be so, and nobody is let in', async () => {
    const laptop = await openDevice(browser, server.url)
    await laptop.enter('elisa')
    const code = await codeShown(laptop)
    const first = await openDevice(browser, server.url)
    await first.page.getByRole('button', { name: 'Tenho um código de outro aparelho' }).click()
    await first.page.getByLabel('Código de um aparelho seu').fill('AAAA-AAAA')
    await first.page.getByRole('button', { name: 'Entrar', exact: true }).click()
    await first.page.getByText('O código está errado').waitFor()
    await first.page.getByLabel('Código de um aparelho seu').fill(code)
    await first.page.getByRole('button', { name: 'Entrar', exact: true }).click()
    await first.becomes('live')

    const second = await openDevice(browser, server.url)
    await second.page.getByRole('button', { name: 'Tenho um código de outro aparelho' }).click()
    await second.page.getByLabel('Código de um aparelho seu').fill(code)
    await second.page.getByRole('button', { name: 'Entrar', exact: true }).click()
    await second.page.getByText('já foi usado').waitFor()
    for (const device of [laptop, first, second]) await device.context.close()
  })

  test('the QR’s link fills the code in, and is in no address and no history a moment later', async () => {
    const laptop = await openDevice(browser, server.url)
    await laptop.enter('flora')
    const code = await codeShown(laptop)
    await laptop.page.getByRole('img', { name: /^Código QR/ }).waitFor()

    const phone = await openDevice(browser, server.url, { ...PHONE, path: `/#code=${code}` })
    const box = phone.page.getByLabel('Código de um aparelho seu')
    await until('the code is filled in', async () => (await box.inputValue()) === code)
    expect(phone.page.url()).toBe(`${phone.network.url}/`)
    const traces = await phone.page.evaluate(() => [location.href, JSON.stringify(history.state), document.referrer])
    expect(traces.join(' ')).not.toContain(code.slice(0, 4))
    await phone.page.getByRole('button', { name: 'Entrar', exact: true }).click()
    await phone.becomes('live')

    // Where somebody is in already, a link changes nothing by itself.
    await phone.page.evaluate(() => {
      location.hash = '#code=QRST-2345'
    })
    await phone.page.getByText('Este navegador já está com o nome flora').waitFor()
    expect(phone.page.url()).not.toContain('code=')
    expectNoComplaints(laptop, phone)
    await laptop.context.close()
    await phone.context.close()
  })

  test('the other way round: the new device shows a code, and waits until the first one approves it', async () => {
    const laptop = await openDevice(browser, server.url)
    await laptop.enter('gil')
    const other = await openDevice(browser, server.url)
    await other.page.getByLabel('Nome', { exact: true }).fill('gil')
    await other.page.getByLabel('Nome', { exact: true }).press('Enter')
    await other.page.getByRole('button', { name: 'Pedir ao meu outro aparelho' }).click()
    await other.page.getByRole('heading', { name: 'Aprove a entrada de gil' }).waitFor()
    const shown = other.page.locator('.code-shown')
    await until('a code is shown', async () => /^[A-Z2-9]{4}-/.test(await shown.innerText()))

    await chooseInMenu(laptop, 'Adicionar um aparelho…')
    await laptop.page.getByText('O aparelho novo mostra um código?').click()
    const box = laptop.page.getByLabel('Código que o aparelho novo mostra')
    await box.fill('AAAA-AAAA')
    await box.press('Enter')
    await laptop.page.getByText('O código está errado').waitFor()
    await box.fill(await shown.innerText())
    await box.press('Enter')
    await other.becomes('live')
    await laptop.page
      .getByText(/Chrome.*entrou\./)
      .first()
      .waitFor()
    expectNoComplaints(laptop, other)
    await laptop.context.close()
    await other.context.close()
  })

  test('free names are a click away', async () => {
    await enter(server.graphql, 'hugo')
    const device = await openDevice(browser, server.url)
    await device.page.getByLabel('Nome', { exact: true }).fill('hugo')
    await device.page.getByLabel('Nome', { exact: true }).press('Enter')
    await device.page.getByText('Estes nomes estão livres:').waitFor()
    const first = device.page.locator('.free-names button').first()
    const name = await first.innerText()
    expect(name).not.toBe('hugo')
    await first.click()
    await device.becomes('live')
    await device.page.getByRole('button', { name: new RegExp(`^${name}`) }).waitFor()
    await device.context.close()
  })
})

describe('another person in this tab', () => {
  test('has a session of the tab’s own, next to the browser’s, and the way back', async () => {
    const first = await openDevice(browser, server.url)
    await first.enter('iris')
    const second = await first.newTab()
    await second.becomes('live')
    await chooseInMenu(second, 'Outra pessoa nesta aba')
    await second.page.getByText('Esta aba é para outra pessoa.').waitFor()
    await second.enter('jonas')
    await second.page.getByRole('button', { name: /^jonas.*só nesta aba/ }).waitFor()

    await second.say('oi, sou outra pessoa')
    await first.hasLast('oi, sou outra pessoa')
    expect(await first.page.locator('li.message').last().getAttribute('data-own')).toBeNull()
    await second.page.reload()
    await second.page.getByRole('button', { name: /^jonas/ }).waitFor()
    await first.page.reload()
    await first.page.getByRole('button', { name: /^iris/ }).waitFor()

    await chooseInMenu(second, 'Voltar à conta do navegador')
    await second.page.getByRole('button', { name: /^iris/ }).waitFor()
    expectNoComplaints(first, second)
    await first.context.close()
  })
})
