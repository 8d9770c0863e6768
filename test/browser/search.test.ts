// Searching the history: hits from everywhere or from one conversation, in any case and accent, and the way to each.
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { enter, send } from '../setup/request.ts'
import { startTestServer, type TestServer } from '../setup/server.ts'
import { until } from '../setup/until.ts'
import { launchBrowser } from './browser.ts'
import { type Device, expectNoComplaints, loseNetwork, openDevice, regainNetwork } from './device.ts'
import { fill, places } from './reading.ts'

let server: TestServer
let browser: Browser
let joao: Device

beforeAll(async () => {
  server = await startTestServer()
  browser = await launchBrowser()
  const maria = await enter(server.graphql, 'maria')
  const ana = await enter(server.graphql, 'ana')
  await send(server.graphql, maria.token, { text: 'A REUNIÃO será na quinta' })
  await send(server.graphql, maria.token, { text: 'reunião secreta com ana', to: 'ana' })
  joao = await openDevice(browser, server.url)
  await joao.enter('joao')
  await send(server.graphql, ana.token, { text: 'sobre a reuniao: leva o bolo', to: 'joao' })
  await fill(
    server,
    maria.token,
    Array.from({ length: 400 }, (_, index) => `assunto comum ${index}`),
  )
  await joao.page.reload()
  await joao.becomes('live')
})
afterAll(async () => {
  await browser?.close()
  await server?.close()
})

const dialog = () => joao.page.getByRole('dialog', { name: 'Buscar mensagens' })
const field = () => dialog().getByRole('searchbox')

async function search(text: string): Promise<void> {
  await field().fill(text)
}

test('finds words in any case and accent, grouped by conversation, and nobody else’s', async () => {
  await joao.page.getByRole('button', { name: 'Buscar mensagens' }).first().click()
  await dialog().getByText('Busca em todas as mensagens').waitFor()
  await search('reuniao')
  await dialog().getByText('2 mensagens encontradas').waitFor()
  expect(await dialog().locator('.search-group').allTextContents()).toEqual(['Aana', 'Todos'])
  expect(await dialog().locator('.hit-text').allTextContents()).toEqual([
    'sobre a reuniao: leva o bolo',
    'A REUNIÃO será na quinta',
  ])
  expect(await dialog().locator('mark').allTextContents()).toEqual(['reuniao', 'REUNIÃO'])
  expect(await joao.violations()).toEqual([])
})

test('looks in one conversation only, where that is wanted', async () => {
  await dialog().getByRole('radio', { name: 'Só em Todos' }).check()
  await dialog().getByText('1 mensagem encontrada').waitFor()
  await dialog().getByRole('radio', { name: 'Em tudo' }).check()
  await dialog().getByText('2 mensagens encontradas').waitFor()
})

test('shows more, page by page', async () => {
  await search('assunto comum')
  const more = dialog().getByRole('button', { name: 'Mostrar mais antigas' })
  await more.waitFor()
  const before = await dialog().locator('.hit').count()
  await more.click()
  await until('more hits', async () => (await dialog().locator('.hit').count()) > before)
})

test('leads from a hit to its message, far up or in another conversation', async () => {
  await search('quinta')
  await dialog().getByText('1 mensagem encontrada').waitFor()
  await dialog().locator('.hit').click()
  const shown = joao.page.locator('li.message[data-shown]')
  await shown.getByText('A REUNIÃO será na quinta').waitFor()
  const { rows, height } = await places(joao.page)
  const place = rows.find(({ text }) => text === 'A REUNIÃO será na quinta')?.top ?? -1
  expect(place).toBeGreaterThan(0)
  expect(place).toBeLessThan(height)
  expect(await dialog().count()).toBe(0)

  await joao.say('/search bolo')
  await dialog().getByText('1 mensagem encontrada').waitFor()
  await dialog().locator('.hit').click()
  await joao.page.getByRole('heading', { name: 'ana' }).waitFor()
  await shown.getByText('leva o bolo').waitFor()
})

test('leads from the name of whoever said it to everyone to the conversation with them', async () => {
  await joao.say('/search quinta')
  await dialog().getByText('1 mensagem encontrada').waitFor()
  await dialog().getByRole('link', { name: 'maria' }).click()
  await joao.page.getByRole('heading', { name: 'maria' }).waitFor()
  await dialog().waitFor({ state: 'detached' })
  // What was said in private is in that conversation already.
  await joao.say('/search bolo')
  await dialog().getByText('1 mensagem encontrada').waitFor()
  expect(await dialog().getByRole('link').count()).toBe(0)
  await joao.page.keyboard.press('Escape')
})

test('says when there is nothing, and when there is no connection', async () => {
  await joao.say('/search xyzzy')
  await dialog().getByText('Nada encontrado para “xyzzy”.').waitFor()
  await loseNetwork(joao)
  await search('bolo')
  await dialog().getByRole('alert').getByText('A busca não deu certo.').waitFor()
  await regainNetwork(joao)
  await dialog().getByRole('button', { name: 'Tentar de novo' }).click()
  await dialog().getByText('1 mensagem encontrada').waitFor()
  await joao.page.keyboard.press('Escape')
  await dialog().waitFor({ state: 'detached' })
  expectNoComplaints(joao)
})
