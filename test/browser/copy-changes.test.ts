// Edits and deletions reach the device's own copy: while the page is open, and when they happened while it was closed. A
// text that was deleted is then nowhere in the browser's database, nor on the screen.
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { data, type Entered, enter, send } from '../setup/request.ts'
import { startTestServer, type TestServer } from '../setup/server.ts'
import { until } from '../setup/until.ts'
import { launchBrowser } from './browser.ts'
import { openDevice } from './device.ts'
import { keptText } from './kept.ts'

let server: TestServer
let browser: Browser
let maria: Entered
beforeAll(async () => {
  server = await startTestServer()
  browser = await launchBrowser()
  maria = await enter(server.graphql, 'maria')
})
afterAll(async () => {
  await browser?.close()
  await server?.close()
})

const edit = (id: string, text: string) =>
  data(server.graphql, 'mutation ($id: ID!, $text: String!) { editMessage(id: $id, text: $text) { id } }', {
    token: maria.token,
    variables: { id, text },
  })
const remove = (id: string) =>
  data(server.graphql, 'mutation ($id: ID!) { deleteMessage(id: $id) { id } }', {
    token: maria.token,
    variables: { id },
  })

describe('what was changed', () => {
  test('while the page is open is changed in the copy', async () => {
    const device = await openDevice(browser, server.url)
    await device.enter('joao')
    const first = await send(server.graphql, maria.token, { text: 'arrependida', to: 'joao' })
    const second = await send(server.graphql, maria.token, { text: 'com um erro', to: 'joao' })
    await device.open('maria')
    await until('both are kept', async () => (await keptText(device)).includes('com um erro'))
    await remove(first.id)
    await edit(second.id, 'sem erro')
    await device.page.getByText('sem erro').first().waitFor()
    await until('the copy has the change', async () => (await keptText(device)).includes('sem erro'))
    const kept = await keptText(device)
    expect(kept).not.toContain('arrependida')
    expect(kept).not.toContain('com um erro')
    await device.context.close()
  })

  test('while the page was closed is changed once it is open, on the screen and in the copy', async () => {
    const device = await openDevice(browser, server.url)
    await device.enter('ana')
    const first = await send(server.graphql, maria.token, { text: 'arrependida', to: 'ana' })
    const second = await send(server.graphql, maria.token, { text: 'com um erro', to: 'ana' })
    await device.open('maria')
    await until('both are kept', async () => (await keptText(device)).includes('com um erro'))
    await device.page.close()
    await remove(first.id)
    await edit(second.id, 'sem erro')

    // Shown as it was, until the server is heard; then as it is.
    device.network.isPageOnly = true
    const again = await device.newTab('#/with/maria')
    await again.page.getByText('com um erro').first().waitFor()
    device.network.isPageOnly = false
    await again.page.getByText('sem erro').first().waitFor()
    await again.becomes('live')
    expect(await again.page.locator('body').textContent()).not.toContain('arrependida')
    expect(await again.page.locator('body').textContent()).not.toContain('com um erro')
    await until('the copy has the change', async () => {
      const kept = await keptText(again)
      return kept.includes('sem erro') && !kept.includes('arrependida') && !kept.includes('com um erro')
    })
    await device.context.close()
  })

  test('by deletion counts no longer as unread', async () => {
    const device = await openDevice(browser, server.url)
    await device.enter('rui')
    const { id } = await send(server.graphql, maria.token, { text: 'um', to: 'rui' })
    await send(server.graphql, maria.token, { text: 'dois', to: 'rui' })
    await device.page.getByRole('link', { name: /2 mensagens não lidas/ }).waitFor()
    await remove(id)
    await device.page.getByRole('link', { name: /1 mensagem não lida/ }).waitFor()
    await device.context.close()
  })
})
