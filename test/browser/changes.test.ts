// Edits and deletions without a network: shown at once as waiting, done once it is back, also where the page was closed
// meanwhile, and never in somebody else's name.
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { data, type Entered, enter } from '../setup/request.ts'
import { startTestServer, type TestServer } from '../setup/server.ts'
import { until } from '../setup/until.ts'
import { launchBrowser } from './browser.ts'
import { type Device, expectNoComplaints, loseNetwork, openDevice, regainNetwork, returnNetwork } from './device.ts'

const PASSWORD = 'uma senha boa'

let server: TestServer
let browser: Browser
let reader: Entered
beforeAll(async () => {
  server = await startTestServer()
  browser = await launchBrowser()
  reader = await enter(server.graphql, 'leitora')
})
afterAll(async () => {
  await browser?.close()
  await server?.close()
})

const row = (device: Device, text: string) => device.page.locator('li.message', { hasText: text }).last()
const box = (device: Device) => device.page.locator('.composer textarea')

/** What everybody else reads: texts, an empty one for what was deleted. */
async function readTexts(): Promise<string[]> {
  const { messages } = await data(server.graphql, '{ messages(scope: PUBLIC, limit: 100) { nodes { text } } }', {
    token: reader.token,
  })
  return messages.nodes.map((node: { text: string }) => node.text)
}

/** What a message is deleted with is fetched after what is seen first. */
const hasMenus = ({ page }: Device) =>
  page.waitForFunction(() =>
    ['message-menu', 'remove-dialog'].every(part =>
      performance.getEntriesByType('resource').some(({ name }) => name.includes(part)),
    ),
  )

async function remove(device: Device, text: string): Promise<void> {
  await row(device, text).hover()
  await row(device, text)
    .getByRole('button', { name: /O que fazer/ })
    .click()
  await device.page.getByRole('menuitem', { name: 'Apagar' }).click()
  await device.page.getByRole('button', { name: 'Apagar para todos' }).click()
  await device.page.locator('dialog').waitFor({ state: 'detached' })
}

describe('without a network', () => {
  test('an edit and a deletion show as waiting in every tab, and are done once it is back', async () => {
    const joao = await openDevice(browser, server.url)
    await joao.enter('joao')
    for (const text of ['apague-me', 'mude-me']) {
      await joao.say(text)
      await joao.hasLast(text)
    }
    const second = await joao.newTab()
    await second.hasLast('mude-me')
    await hasMenus(joao)
    await loseNetwork(joao)
    await box(joao).press('ArrowUp')
    await joao.say('mudada')
    await remove(joao, 'apague-me')
    for (const tab of [joao, second]) {
      await until('both wait', async () => (await tab.page.locator('li.message[data-state=waiting]').count()) === 2)
      expect(await tab.texts()).toEqual(['Mensagem apagada', 'mudada'])
      await row(tab, 'mudada').getByText('esperando a conexão').waitFor({ state: 'attached' })
    }
    expect(await joao.violations()).toEqual([])
    expect(await readTexts()).toEqual(['apague-me', 'mude-me'])
    await regainNetwork(joao)
    for (const tab of [joao, second]) await tab.hasLast('mudada')
    expect(await readTexts()).toEqual(['', 'mudada'])
    await row(joao, 'mudada').locator('.message-edited').waitFor()
    expectNoComplaints(joao, second)
    await joao.context.close()
  })

  test('either can be taken back before it is done', async () => {
    const bia = await openDevice(browser, server.url)
    await bia.enter('bia')
    await bia.say('fica como está')
    await bia.hasLast('fica como está')
    await hasMenus(bia)
    await loseNetwork(bia)
    await remove(bia, 'fica como está')
    await bia.page.locator('li.message[data-state=waiting]').getByRole('button', { name: 'Desfazer' }).click()
    await bia.hasLast('fica como está')
    await regainNetwork(bia)
    await bia.say('e pronto')
    await bia.hasLast('e pronto')
    expect((await readTexts()).slice(-2)).toEqual(['fica como está', 'e pronto'])
    await bia.context.close()
  })

  test('they outlive the page, and are done when the same account comes back, not while another one is here', async () => {
    const caio = await openDevice(browser, server.url)
    await caio.enter('caio', PASSWORD)
    await caio.say('antes')
    await caio.hasLast('antes')
    caio.network.isPageOnly = true
    await caio.page.reload()
    await caio.becomes('offline')
    await row(caio, 'antes').waitFor()
    await caio.say('/edit depois')
    await caio.page.locator('li.message[data-state=waiting]', { hasText: 'depois' }).waitFor()
    // The session ends elsewhere while the page is closed; somebody else is next here.
    const { context } = caio
    const other = await enter(server.graphql, 'caio', PASSWORD)
    await data(server.graphql, 'mutation { leave(everywhere: true) }', { token: other.token })
    await caio.page.close()
    caio.network.isPageOnly = false
    const again = await caio.newTab()
    await again.page.getByText('Sua sessão terminou em outro lugar.').waitFor()
    await again.enter('visita')
    await again.say('sou outra pessoa')
    await again.hasLast('sou outra pessoa')
    expect((await readTexts()).slice(-2)).toEqual(['antes', 'sou outra pessoa'])

    await data(server.graphql, 'mutation { leave }', {
      headers: {
        cookie: (await context.cookies()).map(({ name, value }) => `${name}=${value}`).join('; '),
        origin: server.url,
      },
    })
    await again.page.locator('input[name=username]').waitFor()
    await again.enter('caio', PASSWORD)
    await until('it is done', async () => (await readTexts()).at(-2) === 'depois')
    await again.hasLast('sou outra pessoa')
    await context.close()
  })
})

test('what the server refuses is said beside the message, which shows what it was, and can be dropped', async () => {
  const davi = await openDevice(browser, server.url)
  await davi.enter('davi', PASSWORD)
  await davi.say('some daqui a pouco')
  await davi.hasLast('some daqui a pouco')
  await loseNetwork(davi)
  await box(davi).press('ArrowUp')
  await davi.say('tarde demais')
  await davi.page.locator('li.message[data-state=waiting]').waitFor()
  const phone = await enter(server.graphql, 'davi', PASSWORD)
  const { messages } = await data(server.graphql, '{ messages(scope: PUBLIC, limit: 1) { nodes { id } } }', {
    token: phone.token,
  })
  await data(server.graphql, 'mutation ($id: ID!) { deleteMessage(id: $id) { id } }', {
    token: phone.token,
    variables: messages.nodes[0],
  })
  await returnNetwork(davi)
  const refusal = davi.page.locator('li.message .refusal')
  await refusal.getByText('A edição não foi salva.').waitFor()
  await davi.becomes('live')
  expect((await davi.texts()).at(-1)).toBe('Mensagem apagada')
  expect(await davi.violations()).toEqual([])
  await refusal.getByRole('button', { name: 'Descartar' }).click()
  await refusal.waitFor({ state: 'detached' })
  await davi.context.close()
})
