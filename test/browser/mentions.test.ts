// Speaking to somebody by `@name`: completed while one types, marked for who reads, counted for who is meant.
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Entered, enter, send } from '../setup/request.ts'
import { startTestServer, type TestServer } from '../setup/server.ts'
import { launchBrowser } from './browser.ts'
import { type Device, expectNoComplaints, openDevice } from './device.ts'

let server: TestServer
let browser: Browser
let joao: Device
let maria: Entered

beforeAll(async () => {
  server = await startTestServer()
  browser = await launchBrowser()
  maria = await enter(server.graphql, 'maria')
  await enter(server.graphql, 'Ana-Clara')
  joao = await openDevice(browser, server.url)
  await joao.enter('João')
  await send(server.graphql, maria.token, { text: 'bom dia' })
  await joao.hasLast('bom dia')
})
afterAll(async () => {
  await browser?.close()
  await server?.close()
})

test('names are completed after an @, by the keyboard', async () => {
  const box = joao.page.locator('.composer textarea')
  await box.pressSequentially('oi @an')
  await joao.page.getByRole('option', { name: 'Ana-Clara' }).waitFor()
  await box.press('Enter')
  expect(await box.inputValue()).toBe('oi @Ana-Clara ')
  await box.pressSequentially('e @MARIA')
  await joao.page.getByRole('option', { name: 'maria' }).waitFor()
  // What is whole is sent as it is.
  await box.press('Enter')
  await joao.hasLast('oi @Ana-Clara e @MARIA')
})

test('who is mentioned leads to the conversation with them; what only looks so does not', async () => {
  await joao.say('e-mail: x@maria.org, @ninguem e @maria.')
  await joao.hasLast('e-mail: x@maria.org, @ninguem e @maria.')
  const links = joao.page.locator('li.message').last().locator('a.mention')
  expect(await links.allTextContents()).toEqual(['@maria'])
  await links.click()
  await joao.page.getByRole('heading', { name: 'maria' }).waitFor()
})

test('in private, only the other one is offered: nobody else would see it', async () => {
  await joao.open('maria')
  const box = joao.page.locator('.composer textarea')
  await box.pressSequentially('oi @')
  await joao.page.getByRole('option', { name: 'maria' }).waitFor()
  expect(await joao.page.getByRole('option').count()).toBe(1)
  await box.fill('')
})

test('whoever is meant sees it marked, however the name is spelled, and counted where they are not looking', async () => {
  await send(server.graphql, maria.token, { text: 'nada para você' })
  await send(server.graphql, maria.token, { text: 'viu isso, @JOAO?' })
  const row = joao.page.locator('.sidebar a.row').filter({ hasText: 'Todos' })
  await row.getByText('mencionaram você').waitFor({ state: 'attached' })
  await joao.open('everyone')
  await joao.hasLast('viu isso, @JOAO?')
  const last = joao.page.locator('li.message').last()
  expect(await last.locator('mark.mention').textContent()).toBe('@JOAO')
  await last.getByText('Menciona você.').waitFor({ state: 'attached' })
  expect(await joao.page.locator('mark.mention').count()).toBe(1)
  await row.getByText('mencionaram você').waitFor({ state: 'detached' })
  expect(await joao.violations()).toEqual([])
  expectNoComplaints(joao)
})
