// What was begun and not sent waits where it was begun, in this browser, for this account, until it is sent or the
// account leaves.
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { enter, send } from '../setup/request.ts'
import { startTestServer, type TestServer } from '../setup/server.ts'
import { until } from '../setup/until.ts'
import { chooseInMenu } from './account.ts'
import { launchBrowser } from './browser.ts'
import { type Device, expectNoComplaints, openDevice } from './device.ts'
import { keptAccounts } from './kept.ts'

const PASSWORD = 'uma senha boa'

let server: TestServer
let browser: Browser
beforeAll(async () => {
  server = await startTestServer()
  browser = await launchBrowser()
  const maria = await enter(server.graphql, 'maria')
  await enter(server.graphql, 'nunca-falou')
  for (const name of ['joao', 'dono']) {
    await enter(server.graphql, name, PASSWORD)
    await send(server.graphql, maria.token, { text: 'oi', to: name })
  }
})
afterAll(async () => {
  await browser?.close()
  await server?.close()
})

const box = (device: Device) => device.page.locator('.composer textarea')
const inList = (device: Device, name: string) =>
  device.page.locator('.sidebar nav a.row', { has: device.page.locator('bdi', { hasText: name }) })
/** All that this browser's storages hold, as any script of the page could read it. */
const stored = ({ page }: Device) => page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }]))

async function leave(device: Device): Promise<void> {
  await chooseInMenu(device, 'Sair…')
  await device.page.getByRole('button', { name: 'Sair deste aparelho' }).click()
  await device.page.locator('input[name=username]').waitFor()
}

test('each conversation keeps its own, through a switch, a reload and a closed tab, and the list shows which', async () => {
  const joao = await openDevice(browser, server.url)
  await joao.enter('joao', PASSWORD)
  await joao.open('everyone')
  await box(joao).fill('para todos, um dia')
  await joao.open('maria')
  expect(await box(joao).inputValue()).toBe('')
  await box(joao).fill('querida maria')
  await inList(joao, 'Todos').getByText('Rascunho: para todos, um dia').waitFor()
  // Where it is open, it is in sight.
  expect(await inList(joao, 'maria').getByText('Rascunho').count()).toBe(0)
  // Somebody with whom nothing was ever said.
  await joao.page.goto(`${joao.page.url().split('#')[0]}#/with/nunca-falou`)
  await box(joao).fill('por onde começo')
  await joao.open('everyone')
  await inList(joao, 'nunca-falou').getByText('por onde começo').waitFor()
  expect(await joao.violations()).toEqual([])

  await joao.page.reload()
  await joao.becomes('live')
  expect(await box(joao).inputValue()).toBe('para todos, um dia')
  await joao.page.close()
  const again = await joao.newTab()
  await again.becomes('live')
  await inList(again, 'nunca-falou').getByText('Rascunho: por onde começo').waitFor()
  await again.open('maria')
  expect(await box(again).inputValue()).toBe('querida maria')
  await box(again).press('Enter')
  await again.hasLast('querida maria')
  await again.open('everyone')
  await inList(again, 'maria').getByText('Você: querida maria').waitFor()
  await again.page.reload()
  await again.becomes('live')
  await again.open('maria')
  expect(await box(again).inputValue()).toBe('')
  expectNoComplaints(joao, again)
  await joao.context.close()
})

test('another account on this browser neither sees them nor finds them, and a guest’s go with the tab', async () => {
  const device = await openDevice(browser, server.url)
  await device.enter('dono', PASSWORD)
  await device.open('maria')
  await box(device).fill('segredo pela metade')
  await until('it is kept', async () => (await stored(device)).includes('segredo pela metade'))

  const guest = await device.newTab('?as')
  await guest.enter('visita')
  await guest.open('everyone')
  await box(guest).fill('da visita')
  expect(await guest.page.locator('.sidebar').textContent()).not.toContain('segredo')
  await until('it is kept', async () => (await stored(guest)).includes('da visita'))
  expect(await device.page.evaluate(() => JSON.stringify({ ...localStorage }))).not.toContain('da visita')
  await guest.page.close()

  await leave(device)
  expect(await stored(device)).not.toContain('segredo')
  await device.enter('seguinte')
  await device.open('everyone')
  expect(await box(device).inputValue()).toBe('')
  expect(await device.page.locator('.sidebar').textContent()).not.toContain('Rascunho')
  await device.context.close()
})

test('a tab that slept while somebody left and somebody else entered takes nothing of theirs', async () => {
  const device = await openDevice(browser, server.url)
  await device.enter('dono', PASSWORD)
  const asleep = await device.newTab()
  await asleep.becomes('live')
  const debug = await device.context.newCDPSession(asleep.page)
  await debug.send('Debugger.enable')
  const paused = new Promise(resolve => debug.once('Debugger.paused', resolve))
  await debug.send('Debugger.pause')
  await paused

  await leave(device)
  await device.enter('joao', PASSWORD)
  await device.open('maria')
  await box(device).fill('de quem entrou')
  await until('it is kept', async () => (await stored(device)).includes('de quem entrou'))
  await until('there is a copy', async () => (await keptAccounts(device)).length === 1)
  await debug.send('Debugger.resume')
  await debug.send('Debugger.disable')
  await until('it knows', async () => (await asleep.page.getByRole('button', { name: /^dono/ }).count()) === 0)
  expect(await stored(device)).toContain('de quem entrou')
  expect(await keptAccounts(device)).toHaveLength(1)
  await device.page.reload()
  await device.becomes('live')
  await device.open('maria')
  expect(await box(device).inputValue()).toBe('de quem entrou')
  await device.context.close()
})
