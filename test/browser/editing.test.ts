// Changing and deleting one's own messages: by keyboard, mouse and touch; said where it shows, and gone everywhere.
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Entered, enter, send } from '../setup/request.ts'
import { startTestServer, type TestServer } from '../setup/server.ts'
import { until } from '../setup/until.ts'
import { launchBrowser, PHONE } from './browser.ts'
import { type Device, expectNoComplaints, openDevice } from './device.ts'

let server: TestServer
let browser: Browser
let joao: Device
let ana: Device
let maria: Entered

beforeAll(async () => {
  server = await startTestServer()
  browser = await launchBrowser()
  maria = await enter(server.graphql, 'maria')
  joao = await openDevice(browser, server.url)
  await joao.enter('joao')
  ana = await openDevice(browser, server.url, PHONE)
  await ana.enter('ana')
  await ana.open('everyone')
})
afterAll(async () => {
  await browser?.close()
  await server?.close()
})

const last = (device: Device) => device.page.locator('li.message').last()
const box = (device: Device) => device.page.locator('.composer textarea')

describe('one’s own message', () => {
  test('is changed with the arrow up and Enter, and says so to everybody, with the time', async () => {
    await joao.say('bom dai')
    await ana.hasLast('bom dai')
    await box(joao).press('ArrowUp')
    await joao.page.getByText('Editando a sua mensagem').waitFor()
    expect(await box(joao).inputValue()).toBe('bom dai')
    await joao.say('bom dia')
    for (const device of [joao, ana]) {
      await device.hasLast('bom dia')
      const edited = last(device).locator('.message-edited')
      expect(await edited.textContent()).toBe('editada')
      expect(await edited.getAttribute('title')).toMatch(/^editada em .*\d{2}:\d{2}/)
    }
    expect(await joao.page.getByText('Editando').count()).toBe(0)
    expect(await box(joao).inputValue()).toBe('')
  })

  test('is changed in its place, not sent again, and shows its latest text after a reload', async () => {
    await ana.page.reload()
    await ana.hasLast('bom dia')
    expect(await ana.texts()).toEqual(['bom dia'])
    expect(await last(ana).locator('.message-edited').textContent()).toBe('editada')
  })

  test('is left alone with Escape, and the draft comes back', async () => {
    await last(joao).hover()
    await last(joao)
      .getByRole('button', { name: /O que fazer/ })
      .click()
    await joao.page.keyboard.press('Escape')
    await box(joao).fill('rascunho')
    await last(joao).hover()
    await last(joao)
      .getByRole('button', { name: /O que fazer/ })
      .click()
    await joao.page.getByRole('menuitem', { name: 'Editar' }).click()
    expect(await box(joao).inputValue()).toBe('bom dia')
    await box(joao).fill('não quero')
    await box(joao).press('Escape')
    expect(await box(joao).inputValue()).toBe('rascunho')
    await joao.hasLast('bom dia')
    await box(joao).fill('')
  })

  test('is changed by /edit, and not where the server refuses, which is said', async () => {
    await joao.say('/edit boa tarde')
    await ana.hasLast('boa tarde')
    await joao.hasLast('boa tarde')
    // Invisible characters alone are no text, which the server knows better than the page.
    await joao.say('/edit \u{1D159}')
    await joao.page.getByRole('alert').getByText('A edição não foi salva.').waitFor()
    await joao.hasLast('boa tarde')
    // It was said where it was asked for: not beside the message as well.
    expect(await joao.page.locator('.refusal').count()).toBe(0)
    await box(joao).fill('')
  })

  test('is deleted after a question, for everybody, and leaves its place', async () => {
    await last(joao).hover()
    await last(joao)
      .getByRole('button', { name: /O que fazer/ })
      .click()
    await joao.page.getByRole('menuitem', { name: 'Apagar' }).click()
    const dialog = joao.page.getByRole('dialog', { name: 'Apagar esta mensagem?' })
    await dialog.getByText('boa tarde').waitFor()
    expect(await joao.violations()).toEqual([])
    await dialog.getByRole('button', { name: 'Cancelar' }).click()
    // It gives the keys back to the composer once it has closed.
    await dialog.waitFor({ state: 'detached' })
    expect((await joao.texts()).at(-1)).toBe('boa tarde')

    await joao.page.locator('.scroller').focus()
    await joao.page.keyboard.press('ArrowUp')
    await joao.page.keyboard.press('Delete')
    await dialog.getByRole('button', { name: 'Apagar para todos' }).click()
    await dialog.waitFor({ state: 'detached' })
    for (const device of [joao, ana]) {
      await last(device).getByText('Mensagem apagada').waitFor()
      expect(await device.page.locator('.chat').textContent()).not.toContain('boa tarde')
      expect(await last(device).getByRole('button').count()).toBe(0)
    }
    await joao.page.locator('.sidebar a.row', { hasText: 'Todos' }).getByText('Mensagem apagada').waitFor()
  })
})

describe('the menu of a message', () => {
  test('offers what may be done with it, by keyboard', async () => {
    await send(server.graphql, maria.token, { text: 'da maria' })
    await joao.hasLast('da maria')
    await joao.page.locator('.scroller').focus()
    await joao.page.keyboard.press('ArrowUp')
    await joao.page.keyboard.press('Enter')
    const menu = joao.page.getByRole('menu')
    await menu.waitFor()
    expect(await menu.getByRole('menuitem').allTextContents()).toEqual(['Responder', 'Copiar texto', 'Sobre maria'])
    expect(await joao.violations()).toEqual([])
    await joao.page.keyboard.press('ArrowDown')
    await joao.page.keyboard.press('Enter')
    await joao.page
      .getByRole('status')
      .getByText(/Texto copiado|não deixou copiar/)
      .waitFor()
    expect(await menu.count()).toBe(0)
  })

  test('offers the same by touch', async () => {
    await ana.say('da ana')
    await ana.hasLast('da ana')
    await last(ana).locator('.bubble').tap()
    await last(ana)
      .getByRole('button', { name: /O que fazer/ })
      .tap()
    await ana.page.getByRole('menu').waitFor()
    const items = ana.page.getByRole('menuitem')
    expect(await items.allTextContents()).toEqual(['Responder', 'Copiar texto', 'Editar', 'Apagar'])
    await items.filter({ hasText: 'Apagar' }).tap()
    await ana.page.getByRole('button', { name: 'Apagar para todos' }).tap()
    await until('it is gone', async () => !(await joao.texts()).includes('da ana'))
  })

  test('every message keeps its mark, wherever it was changed', () => {
    expectNoComplaints(joao, ana)
  })
})
