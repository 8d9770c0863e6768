// The main job, on real screens: two people with three devices and a stranger; one device drops and comes back.
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
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
    await notice.getByText('Isto vai só para joão.').waitFor()
    await notice.getByRole('link', { name: 'Abrir a conversa com joão' }).click()
    await maria.hasLast('te guardei um pedaço de bolo')

    await laptop.open('maria')
    await laptop.hasLast('te guardei um pedaço de bolo')
    await phone.page.getByRole('link', { name: 'Voltar às conversas' }).click()
    await phone.open('maria')
    await phone.hasLast('te guardei um pedaço de bolo')

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
    await laptop.page.getByText('10 mensagens recuperadas').first().waitFor()
    await laptop.hasLast(TEN[9] ?? '')
    expect(await laptop.texts()).toEqual(await maria.texts())

    await maria.say('e ao vivo de novo')
    await laptop.hasLast('e ao vivo de novo')
  })

  test('the drop button drops the connection, and the page recovers by itself', async () => {
    const states = await laptop.page.evaluateHandle(() => {
      const seen: (string | undefined)[] = []
      const element = document.querySelector<HTMLElement>('.connection')
      if (element) new MutationObserver(() => seen.push(element.dataset.state)).observe(element, { attributes: true })
      return seen
    })
    await laptop.page.getByRole('button', { name: 'Menu da conta' }).click()
    await laptop.page.getByRole('button', { name: /Derrubar a conexão/ }).click()
    await until('it was offline, and live again', async () => {
      const seen = await states.jsonValue()
      return seen.includes('offline') && seen.at(-1) === 'live'
    })
    await maria.say('voltou?')
    await laptop.hasLast('voltou?')
    expect(await laptop.texts()).toEqual(await maria.texts())
  })

  test('says who is online, and who gets it later', async () => {
    await ana.open('maria')
    await ana.page.getByText('Só vocês dois veem · online').waitFor()
    await maria.context.close()
    // Presence has some seconds of grace.
    await until('maria is away', () => ana.page.getByText('recebe quando voltar').isVisible(), 30_000)
  })

  test('no device complains about a script or the security policy', () => {
    expectNoComplaints(laptop, phone, ana)
  })
})
