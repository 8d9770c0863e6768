// When somebody who is away was last there: in the list of people and at the head of the conversation.
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { enter, send } from '../setup/request.ts'
import { startTestServer, type TestServer } from '../setup/server.ts'
import { stockClient } from '../setup/stock.ts'
import { launchBrowser } from './browser.ts'
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

test('somebody who goes is “seen just now”, and some minutes ago later, also after a reload', async () => {
  const maria = await enter(server.graphql, 'maria')
  const device = await openDevice(browser, server.url)
  await device.enter('joao')
  const there = stockClient(server.socket, maria.token)
  there.subscribe('subscription { onMessage { id } }')
  await there.send({ text: 'oi', to: 'joao' })
  await device.open('maria')
  const subtitle = device.page.locator('.thread-subtitle')
  await subtitle.getByText('Só vocês dois veem · online').waitFor()
  await there.dispose()
  await subtitle.getByText('Só vocês dois veem · visto agora há pouco').waitFor()

  // Five minutes and a half later, by this device's clock.
  await device.context.addInitScript(() => {
    const now = Date.now.bind(Date)
    Date.now = () => now() + 330_000
  })
  await device.page.reload()
  await subtitle.getByText('visto há 5 min').waitFor()
  await device.page.getByRole('searchbox', { name: 'Procurar pessoa' }).fill('mar')
  const person = device.page.locator('.people a.row', { hasText: 'maria' })
  await person.getByText('visto há 5 min').waitFor()
  expect(await person.getAttribute('aria-label')).toMatch(/^Conversar com maria, visto há 5 min/)
  expect(await device.violations()).toEqual([])
  expectNoComplaints(device)

  // Who never came by a socket was never seen.
  const ana = await enter(server.graphql, 'ana')
  await send(server.graphql, ana.token, { text: 'oi', to: 'joao' })
  await device.open('ana')
  await subtitle.getByText('recebe quando voltar').waitFor()
  await device.context.close()
}, 90_000)
