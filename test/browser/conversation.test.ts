// The main job, on real screens: two people with three devices and a stranger; one device drops and comes back.
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { enter } from '../setup/request.ts'
import { startTestServer, type TestServer } from '../setup/server.ts'
import { until } from '../setup/until.ts'
import { launchBrowser, PHONE } from './browser.ts'
import { type Device, expectNoComplaints, loseNetwork, openDevice, regainNetwork } from './device.ts'

const TEN = Array.from({ length: 10 }, (_, index) => `enquanto você estava fora, ${index + 1}`)

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

async function open(name: string, password?: string, options = {}): Promise<Device> {
  const device = await openDevice(browser, server.url, options)
  await device.enter(name, password)
  return device
}

describe('two people with three devices', () => {
  let laptop: Device
  let phone: Device
  let maria: Device
  let ana: Device

  beforeAll(async () => {
    laptop = await open('joão', 'uma senha boa')
    phone = await open('joao', 'uma senha boa', PHONE)
    maria = await open('maria')
    ana = await open('ana')
    await phone.open('everyone')
  })

  test('what is said to everyone reaches every device, once', async () => {
    await maria.say('Bom dia, gente!')
    for (const device of [laptop, phone, maria, ana]) {
      await device.hasLast('Bom dia, gente!')
      expect(await device.texts()).toEqual(['Bom dia, gente!'])
    }
  })

  test('/msg reaches both devices of one person and the sender, and nobody else', async () => {
    await maria.say('/msg joao te guardei um pedaço de bolo')
    const notice = maria.page.locator('.notice')
    await notice.getByText(/te guardei um pedaço de bolo.{1,2} vai só para joão\.$/).waitFor()
    await notice.getByRole('link', { name: 'Abrir a conversa com joão' }).click()
    await maria.hasLast('te guardei um pedaço de bolo')

    await laptop.open('maria')
    await laptop.hasLast('te guardei um pedaço de bolo')
    await phone.page.getByRole('link', { name: 'Voltar às conversas' }).click()
    await phone.open('maria')
    await phone.hasLast('te guardei um pedaço de bolo')
    // All of it can be read, and the state of the connection is heard where there is no room for its words.
    const subtitle = phone.page.locator('.thread-subtitle span')
    expect(await subtitle.textContent()).toBe('Só vocês dois veem · online')
    expect(await subtitle.evaluate(element => element.scrollWidth <= element.clientWidth)).toBe(true)
    expect(await phone.page.locator('.connection-state').ariaSnapshot()).toContain('Conexão: Ao vivo')

    await laptop.say('Oba!')
    await maria.hasLast('Oba!')
    await phone.hasLast('Oba!')

    // Something public after it: had the private one gone to ana, it would have come before.
    await maria.open('everyone')
    await maria.say('agora para todos')
    await ana.hasLast('agora para todos')
    expect(await ana.texts()).toEqual(['Bom dia, gente!', 'agora para todos'])
    expect(await ana.page.locator('.sidebar').textContent()).not.toContain('bolo')
  })

  test('a device that loses its network has everything once it is back: nothing missed, nothing doubled', async () => {
    await laptop.open('everyone')
    await laptop.hasLast('agora para todos')
    await loseNetwork(laptop)
    for (const text of TEN) await maria.say(text)
    await maria.hasLast(TEN[9] ?? '')
    expect(await laptop.texts()).not.toContain(TEN[0])

    await regainNetwork(laptop)
    await laptop.page
      .getByText(/^10 mensagens recuperadas$/)
      .first()
      .waitFor()
    await laptop.hasLast(TEN[9] ?? '')
    expect(await laptop.texts()).toEqual(await maria.texts())

    await maria.say('e ao vivo de novo')
    await laptop.hasLast('e ao vivo de novo')
  })

  test('the switch drops the connection until it is switched back, and the page recovers', async () => {
    const states = await laptop.page.evaluateHandle(() => {
      const seen: (string | undefined)[] = []
      const element = document.querySelector<HTMLElement>('.connection')
      if (element) new MutationObserver(() => seen.push(element.dataset.state)).observe(element, { attributes: true })
      return seen
    })
    await laptop.page.getByRole('button', { name: 'Menu da conta' }).click()
    await laptop.page.getByRole('switch', { name: /Derrubar a conexão/ }).click()
    await laptop.becomes('offline')
    // Who is there is not known meanwhile.
    await until('nobody is said to be online', async () => (await laptop.page.locator('.avatar-dot').count()) === 0)
    expect(await laptop.page.locator('.sidebar-count').count()).toBe(0)
    expect(await laptop.page.locator('.people a.row').count()).toBe(2)
    await laptop.page.getByRole('button', { name: 'Religar' }).click()
    await until('it was offline, and live again', async () => {
      const seen = await states.jsonValue()
      return seen.includes('offline') && seen.at(-1) === 'live'
    })
    await laptop.page.locator('.sidebar-count').getByText('3 online').waitFor()
    await maria.say('voltou?')
    await laptop.hasLast('voltou?')
    expect(await laptop.texts()).toEqual(await maria.texts())
  })

  test('says who is online, and since when somebody is not', async () => {
    await ana.open('maria')
    await ana.page.getByText('Só vocês dois veem · online').waitFor()
    await maria.context.close()
    // Presence has some seconds of grace.
    await until('maria is away', () => ana.page.getByText('Só vocês dois veem · visto agora há pouco').isVisible())
  })

  test('no device complains about a script or the security policy', () => {
    expectNoComplaints(laptop, phone, ana)
  })
})

describe('a conversation in which nothing was said yet', () => {
  test('says so: by a click on somebody, by the switcher, and after a new start', async () => {
    const [rosa, iris] = [await open('rosa'), await open('íris')]
    await rosa.page.locator('.people a.row', { hasText: 'íris' }).click()
    await rosa.page.getByText('O começo da sua conversa com íris. Só vocês dois veem.').waitFor()

    await iris.page.keyboard.press('Control+k')
    await iris.page.getByRole('dialog').getByRole('combobox').fill('rosa')
    await iris.page.keyboard.press('Enter')
    await iris.page.getByText('O começo da sua conversa com rosa. Só vocês dois veem.').waitFor()
    await iris.page.reload()
    await iris.page.getByText('O começo da sua conversa com rosa. Só vocês dois veem.').waitFor()

    await iris.say('oi!')
    await rosa.hasLast('oi!')
    await rosa.page.getByText('O começo da sua conversa com íris. Só vocês dois veem.').waitFor()
    expect(await rosa.page.getByText('Carregando mensagens anteriores…').count()).toBe(0)
    expectNoComplaints(rosa, iris)
  })
  test('says so also to whoever opened it without a connection, once that is back', async () => {
    const luz = await open('luz')
    await enter(server.graphql, 'noa')
    await luz.page.getByRole('searchbox', { name: 'Procurar pessoa' }).fill('noa')
    await luz.page.locator('.people a.row', { hasText: 'noa' }).waitFor()
    await loseNetwork(luz)
    await luz.page.locator('.people a.row', { hasText: 'noa' }).click()
    await luz.page.getByText('Não deu para carregar as mensagens anteriores.').waitFor()
    await regainNetwork(luz)
    await luz.page.getByText('O começo da sua conversa com noa. Só vocês dois veem.').waitFor()
    await luz.context.close()
  })
})
