// Without a network, and without a server: what is written and read meanwhile is not lost, is done once, and is done in
// order, whichever tab it was.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { data, enter, send } from '../setup/request.ts'
import { startTestServer, type TestServer } from '../setup/server.ts'
import { until } from '../setup/until.ts'
import { launchBrowser } from './browser.ts'
import { type Device, expectNoComplaints, loseNetwork, openDevice, regainNetwork, returnNetwork } from './device.ts'

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

const waits = (device: Device, count: number) =>
  until(`${count} wait`, async () => (await device.page.locator('li.message[data-state=waiting]').count()) === count)

describe('without a network', () => {
  test('what several tabs wrote goes out once, in the order in which it was written, also of tabs that were closed', async () => {
    const first = await openDevice(browser, server.url)
    await first.enter('joao')
    const second = await first.newTab()
    const third = await first.newTab()
    for (const tab of [second, third]) await tab.becomes('live')
    await loseNetwork(first)
    for (const [index, tab] of [first, second, third, first, second].entries()) {
      await tab.say(`mensagem ${index + 1}`)
      // Each tab shows what any of them wrote.
      for (const each of [first, second, third]) await waits(each, index + 1)
    }
    await second.page.close()
    await third.page.close()
    await regainNetwork(first)
    const expected = [1, 2, 3, 4, 5].map(number => `mensagem ${number}`)
    await first.hasLast('mensagem 5')
    expect(await first.texts()).toEqual(expected)
    const reader = await enter(server.graphql, 'leitor')
    const { messages } = await data(server.graphql, '{ messages(limit: 50) { nodes { text } } }', {
      token: reader.token,
    })
    expect(messages.nodes.map((each: { text: string }) => each.text)).toEqual(expected)
    expectNoComplaints(first)
    await first.context.close()
  })

  test('what was read is told to the other devices when the network is back', async () => {
    const maria = await enter(server.graphql, 'maria')
    const laptop = await openDevice(browser, server.url)
    await laptop.enter('ana', PASSWORD)
    const phone = await openDevice(browser, server.url)
    await phone.enter('ana', PASSWORD)
    await send(server.graphql, maria.token, { text: 'um', to: 'ana' })
    await send(server.graphql, maria.token, { text: 'dois', to: 'ana' })
    const unread = (device: Device) => device.page.getByRole('link', { name: /2 mensagens não lidas/ })
    for (const device of [laptop, phone]) await unread(device).waitFor()
    await loseNetwork(laptop)
    await laptop.open('maria')
    await unread(laptop).waitFor({ state: 'detached' })
    expect(await unread(phone).count()).toBe(1)
    await returnNetwork(laptop)
    await unread(phone).waitFor({ state: 'detached' })
    await laptop.context.close()
    await phone.context.close()
  })
})

describe('a server that is started again', () => {
  test('is found again by all tabs, and gets what was written meanwhile', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'recado-again-'))
    let own = await startTestServer({}, folder)
    const port = new URL(own.url).port
    const device = await openDevice(browser, own.url)
    try {
      await device.enter('rui')
      const second = await device.newTab()
      await second.becomes('live')
      await device.say('antes')
      await second.hasLast('antes')
      await own.close()
      await second.becomes('offline')
      await second.say('durante')
      await waits(device, 1)
      own = await startTestServer({ PORT: port }, folder)
      for (const tab of [device, second]) {
        await tab.becomes('live')
        await until('it has been sent', async () => (await tab.texts()).at(-1) === 'durante')
        await tab.hasLast('durante')
        expect(await tab.texts()).toEqual(['antes', 'durante'])
      }
    } finally {
      await device.context.close()
      await own.close()
      await rm(folder, { recursive: true, force: true })
    }
  })
})
