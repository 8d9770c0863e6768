// "maria is writing": seen by those it is meant for, in the conversation and beside it, and gone when she stops or sends.
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestServer, type TestServer } from '../setup/server.ts'
import { launchBrowser } from './browser.ts'
import { type Device, expectNoComplaints, openDevice } from './device.ts'

let server: TestServer
let browser: Browser
let joao: Device
let maria: Device
let ana: Device

beforeAll(async () => {
  server = await startTestServer()
  browser = await launchBrowser()
  const names = ['joao', 'maria', 'ana']
  const devices = await Promise.all(
    names.map(async name => {
      const device = await openDevice(browser, server.url)
      await device.enter(name)
      return device
    }),
  )
  ;[joao, maria, ana] = devices as [Device, Device, Device]
})
afterAll(async () => {
  await browser?.close()
  await server?.close()
})

const typingLine = ({ page }: Device) => page.locator('.typing-line')

test('who writes to everyone is seen writing by everyone, until it is sent', async () => {
  const box = maria.page.locator('.composer textarea')
  await box.pressSequentially('bom d')
  for (const device of [joao, ana]) await typingLine(device).getByText('maria está escrevendo…').waitFor()
  expect(await typingLine(maria).textContent()).toBe('')
  await joao.page.locator('.sidebar a.row', { hasText: 'Todos' }).getByText('maria está escrevendo…').waitFor()
  await box.fill('bom dia')
  await box.press('Enter')
  await joao.hasLast('bom dia')
  await typingLine(joao).getByText('escrevendo').waitFor({ state: 'detached' })
})

test('who writes to one person is seen by that person alone, and only as long as it goes on', async () => {
  await maria.page.goto(`${server.url}/#/with/joao`)
  await maria.page.getByRole('heading', { name: 'joao' }).waitFor()
  await maria.say('oi')
  await maria.hasLast('oi')
  const box = maria.page.locator('.composer textarea')
  // As people type: the server takes no more than one word of it in two seconds.
  const writing = box.pressSequentially('um segredo bem guardado', { delay: 150 })
  const row = joao.page.locator('nav a.row', { has: joao.page.locator('bdi', { hasText: /^maria$/ }) })
  await row.getByText('escrevendo…').waitFor()
  await writing
  expect(await typingLine(joao).textContent()).toBe('')
  expect(await typingLine(ana).textContent()).toBe('')
  // She goes away without sending.
  await box.fill('')
  await row.getByText('escrevendo…').waitFor({ state: 'detached' })
  expect(await ana.page.locator('.sidebar').textContent()).not.toContain('escrevendo')
  expectNoComplaints(joao, maria, ana)
})

test('commands and edits tell nobody', async () => {
  await maria.open('everyone')
  await joao.open('everyone')
  const box = maria.page.locator('.composer textarea')
  await box.pressSequentially('/msg joao segr', { delay: 50 })
  await box.fill('')
  await box.press('ArrowUp')
  await maria.page.getByText('Editando a sua mensagem').waitFor()
  await box.pressSequentially(' a todos', { delay: 50 })
  await box.press('Escape')
  // What is told after them is told alone.
  await joao.page.locator('.composer textarea').pressSequentially('e aí')
  await typingLine(ana).getByText('joao está escrevendo…').waitFor()
  expect(await typingLine(ana).textContent()).toBe('joao está escrevendo…')
})
