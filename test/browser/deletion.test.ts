// Deleting the account from the page: it says exactly what goes and what stays, does nothing until told again, and then
// everything is as it said.
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { codeOf, data, enter, request, send } from '../setup/request.ts'
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
})
afterAll(async () => {
  await browser?.close()
  await server?.close()
})

async function openDeletion(device: Device) {
  await chooseInMenu(device, 'Ajustes…')
  await device.page.getByRole('button', { name: 'Apagar a conta…' }).click()
  const dialog = device.page.getByRole('dialog', { name: /^Apagar a conta/ })
  await dialog.waitFor()
  return dialog
}

test('an account with a password goes with it, and leaves what it said to whoever it was for', async () => {
  const maria = await enter(server.graphql, 'maria')
  const device = await openDevice(browser, server.url)
  await device.enter('joao', PASSWORD)
  const phone = await enter(server.graphql, 'joao', PASSWORD)
  await send(server.graphql, maria.token, { text: 'oi, joao', to: 'joao' })
  await device.open('maria')
  await device.hasLast('oi, joao')
  await device.say('oi, maria')
  await device.hasLast('oi, maria')
  await device.page.locator('.composer textarea').fill('um rascunho')

  let dialog = await openDeletion(device)
  for (const text of [
    'o nome, que fica livre',
    'em todos os aparelhos',
    'conversas particulares',
    'marcado como de uma conta apagada',
  ]) {
    await dialog.getByText(text).waitFor()
  }
  expect(await device.violations()).toEqual([])
  await dialog.getByRole('button', { name: 'Cancelar' }).click()
  await dialog.waitFor({ state: 'detached' })
  expect(codeOf(await request(server.graphql, '{ users { nodes { id } } }', { token: phone.token }))).toBeNull()

  dialog = await openDeletion(device)
  await dialog.getByLabel('Senha da conta').fill('outra senha qualquer')
  await dialog.getByRole('button', { name: 'Apagar a conta para sempre' }).click()
  await dialog.getByText('Essa não é a senha da conta.').waitFor()
  await dialog.getByLabel('Senha da conta').fill(PASSWORD)
  await dialog.getByRole('button', { name: 'Apagar a conta para sempre' }).click()
  await device.page.getByText('A conta joao foi apagada, e o nome está livre.').waitFor()
  expect(codeOf(await request(server.graphql, '{ users { nodes { id } } }', { token: phone.token }))).toBe(
    'UNAUTHENTICATED',
  )
  await until('no account is kept', async () => (await keptAccounts(device)).length === 0)
  expect(await device.page.evaluate(() => JSON.stringify({ ...localStorage }))).not.toContain('rascunho')
  const { conversations } = await data(
    server.graphql,
    '{ conversations { with { username deletedAt } latest { text } } }',
    { token: maria.token },
  )
  expect(conversations).toContainEqual({
    with: { username: 'joao', deletedAt: expect.any(String) },
    latest: { text: 'oi, maria' },
  })

  // Whoever takes the name gets nothing of it.
  await device.enter('joao')
  await device.say('sou outro joao')
  await device.hasLast('sou outro joao')
  expect(await device.page.locator('.chat').textContent()).not.toMatch(/oi, (joao|maria)|rascunho/)
  expectNoComplaints(device)
  await device.context.close()
})

test('an account without a password goes without one, and what it had still to send is not sent', async () => {
  const reader = await enter(server.graphql, 'leitora')
  const device = await openDevice(browser, server.url)
  await device.enter('efemera')
  await device.say('cheguei')
  await device.hasLast('cheguei')
  await device.page.getByRole('button', { name: 'Menu da conta' }).click()
  await device.page.getByRole('switch', { name: /Derrubar a conexão/ }).click()
  await device.becomes('offline')
  await device.say('nunca sai')
  await device.page.locator('li.message[data-state=waiting]').waitFor()
  const dialog = await openDeletion(device)
  await dialog.getByText('Uma mensagem ainda não saiu: ela se perde.').waitFor()
  expect(await dialog.getByLabel('Senha da conta').count()).toBe(0)
  await dialog.getByRole('button', { name: 'Apagar a conta para sempre' }).click()
  await device.page.getByText('A conta efemera foi apagada').waitFor()
  await device.enter('efemera')
  await device.say('outra pessoa')
  await device.hasLast('outra pessoa')
  const { messages } = await data(server.graphql, '{ messages(limit: 50) { nodes { text } } }', { token: reader.token })
  expect(messages.nodes.map((node: { text: string }) => node.text).slice(-2)).toEqual(['cheguei', 'outra pessoa'])
  await device.context.close()
})
