// Sending from the page when it can't be sent: without a network, to nobody, and after the session has ended.
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { data, enter as enterOverHttp } from '../setup/request.ts'
import { startTestServer, type TestServer } from '../setup/server.ts'
import { launchBrowser } from './browser.ts'
import { type Device, expectNoComplaints, loseNetwork, openDevice, regainNetwork, returnNetwork } from './device.ts'

const PASSWORD = 'uma senha boa'

let server: TestServer
let browser: Browser
let joao: Device
let maria: Device

beforeAll(async () => {
  browser = await launchBrowser()
})
afterAll(async () => {
  await browser?.close()
})

beforeEach(async () => {
  server = await startTestServer()
  joao = await openDevice(browser, server.url)
  maria = await openDevice(browser, server.url)
  await joao.enter('joao', PASSWORD)
  await maria.enter('maria')
  return async () => {
    await joao.context.close()
    await maria.context.close()
    await server.close()
  }
})

const marks = (device: Device) =>
  device.page
    .locator('li.message')
    .evaluateAll(rows => rows.map(row => (row instanceof HTMLElement ? row.dataset.state : '')))

describe('without a network', () => {
  test('messages wait with a mark, in their conversations, and go out once and in order when it returns', async () => {
    await joao.page.getByRole('link', { name: 'Conversar com maria' }).waitFor()
    await loseNetwork(joao)
    await joao.say('um')
    await joao.say('/msg maria segredo')
    await joao.say('dois')
    await joao.page.getByText('3 mensagens esperam para sair.').waitFor()
    expect(await joao.texts()).toEqual(['um', 'dois'])
    expect(await marks(joao)).toEqual(['waiting', 'waiting'])
    await joao.open('maria')
    expect(await joao.texts()).toEqual(['segredo'])
    expect(await marks(joao)).toEqual(['waiting'])

    await regainNetwork(joao)
    await joao.hasLast('segredo')
    await joao.open('everyone')
    await joao.hasLast('dois')
    await maria.hasLast('dois')
    for (const device of [joao, maria]) expect(await device.texts()).toEqual(['um', 'dois'])
    await maria.open('joao')
    expect(await maria.texts()).toEqual(['segredo'])
    expectNoComplaints(joao, maria)
  })

  test('they also last when the page is closed before the network returns', async () => {
    await loseNetwork(joao)
    await joao.say('escrita antes de fechar')
    await joao.page.locator('li.message[data-state=waiting]').waitFor()
    await joao.page.close()
    await returnNetwork(joao)
    const again = await joao.newTab()
    await again.becomes('live')
    await again.hasLast('escrita antes de fechar')
    await maria.hasLast('escrita antes de fechar')
    expect(await maria.texts()).toEqual(['escrita antes de fechar'])
  })
})

describe('a message that is refused', () => {
  test('stays with the reason, and can be tried again, edited or discarded', async () => {
    await joao.say('/msg ana oi, ana')
    const refused = joao.page.locator('li.message[data-state=refused]')
    await refused.getByText('Não foi enviada. Ninguém tem esse nome.').waitFor()
    await refused.getByText('só para ana').waitFor()

    await refused.getByRole('button', { name: 'Editar' }).click()
    await refused.waitFor({ state: 'detached' })
    expect(await joao.page.locator('.composer textarea').inputValue()).toBe('/msg ana oi, ana')

    await joao.page.locator('.composer textarea').press('Enter')
    await refused.getByRole('button', { name: 'Descartar' }).click()
    await refused.waitFor({ state: 'detached' })

    await joao.say('/msg ana de novo')
    await refused.waitFor()
    await enterOverHttp(server.graphql, 'ana')
    await refused.getByRole('button', { name: 'Tentar de novo' }).click()
    await joao.page.locator('.notice').getByRole('link', { name: 'Abrir a conversa com ana' }).click()
    await joao.hasLast('de novo')
    await maria.say('para todos')
    await maria.hasLast('para todos')
    expect(await maria.texts()).toEqual(['para todos'])
  })
})

describe('a session that ends elsewhere', () => {
  test('shows the door with words, keeps what was not sent, and sends it when its account returns', async () => {
    const other = await enterOverHttp(server.graphql, 'joao', PASSWORD)
    await loseNetwork(joao)
    await joao.say('quase perdida')
    await joao.page.locator('li.message[data-state=waiting]').waitFor()
    await data(server.graphql, 'mutation { leave(everywhere: true) }', { token: other.token })
    await returnNetwork(joao)

    await joao.page.getByText('Sua sessão terminou em outro lugar.').waitFor()
    await joao.page.getByText('serão enviadas quando joao voltar').waitFor()
    expect(await joao.page.locator('input[name=username]').inputValue()).toBe('joao')
    await joao.enter('joao', PASSWORD)
    await joao.hasLast('quase perdida')
    await maria.hasLast('quase perdida')
  })

  test('another account on the same browser does not send it', async () => {
    const other = await enterOverHttp(server.graphql, 'joao', PASSWORD)
    await loseNetwork(joao)
    await joao.say('do joao, não da ana')
    await joao.page.locator('li.message[data-state=waiting]').waitFor()
    await data(server.graphql, 'mutation { leave(everywhere: true) }', { token: other.token })
    await returnNetwork(joao)
    await joao.page.getByText('Sua sessão terminou em outro lugar.').waitFor()
    await joao.enter('ana')
    await joao.say('oi da ana')
    await maria.hasLast('oi da ana')
    expect(await maria.texts()).toEqual(['oi da ana'])
  })
})
