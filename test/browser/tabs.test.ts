// All tabs of a browser share one connection, whatever it goes over; a tab can be another person; a page that was built
// anew does not meet the worker of an old one.
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Entered, enter, send } from '../setup/request.ts'
import { startTestServer, type TestServer } from '../setup/server.ts'
import { until } from '../setup/until.ts'
import { LAPTOP, launchBrowser } from './browser.ts'
import { type Device, expectNoComplaints, loseNetwork, openDevice, openTab, regainNetwork } from './device.ts'
import { startFront } from './front.ts'
import { keptAccounts, keptText } from './kept.ts'
import { startNetwork } from './network.ts'

const TABS = 8

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

/** Eight tabs of one browser, all in. */
async function openTabs(name: string, prepare: (device: Device) => void = () => {}): Promise<readonly Device[]> {
  const first = await openDevice(browser, server.url)
  prepare(first)
  await first.enter(name)
  const tabs = [first]
  while (tabs.length < TABS) {
    const tab = await first.newTab()
    await tab.becomes('live')
    tabs.push(tab)
  }
  return tabs
}

describe('eight tabs of one browser', () => {
  test('have one WebSocket between them, and each has everything once', async () => {
    const tabs = await openTabs('abas')
    const [first, last] = [tabs[0], tabs.at(-1)] as [Device, Device]
    expect(first.network.webSockets).toBe(1)
    expect(first.network.webSocketsOpened).toBe(1)
    await send(server.graphql, maria.token, { text: 'oi, abas' })
    await last.say('oi da oitava')
    for (const tab of tabs) {
      await tab.hasLast('oi da oitava')
      expect(await tab.texts()).toEqual(['oi, abas', 'oi da oitava'])
    }

    // Lost by all, regained by all, over one again.
    await loseNetwork(last)
    for (const tab of tabs) await tab.becomes('offline')
    await send(server.graphql, maria.token, { text: 'enquanto isso' })
    await regainNetwork(last)
    for (const tab of tabs) await tab.hasLast('enquanto isso')
    // Perhaps after a while over SSE, where WebSockets failed three times meanwhile.
    const { network } = first
    await until('one WebSocket', () => network.webSockets === 1 && network.streams === 0)

    // The tab that began it all is closed: the others go on.
    await first.page.close()
    await send(server.graphql, maria.token, { text: 'sem a primeira' })
    await last.hasLast('sem a primeira')
    expectNoComplaints(...tabs)
    await last.context.close()
  })

  test('share one stream where WebSockets are blocked, and still read and write', async () => {
    const neighbour = await openDevice(browser, server.url)
    await neighbour.enter('vizinha')
    const tabs = await openTabs('sse', device => {
      device.network.blocksWebSockets = true
    })
    const [first, last] = [tabs[0], tabs.at(-1)] as [Device, Device]
    expect(first.network.webSockets).toBe(0)
    expect(first.network.streams).toBe(1)
    await send(server.graphql, maria.token, { text: 'por um fio só' })
    for (const tab of tabs) await tab.hasLast('por um fio só')
    for (const [index, tab] of tabs.entries()) await tab.say(`da aba ${index + 1}`)
    await last.hasLast(`da aba ${TABS}`)
    const all = await last.texts()
    expect(all.filter(text => /^da aba/.test(text))).toHaveLength(TABS)
    for (const tab of tabs) await until('all have all', async () => (await tab.texts()).join() === all.join())
    expect(first.network.streams).toBe(1)
    // What is not in the log is asked for now and then: who is online.
    await last.page.locator('.sidebar').getByText('vizinha').first().waitFor()
    await last.context.close()
    await neighbour.context.close()
  })

  test('are given up when they are gone, and the connection with the last of them', async () => {
    const first = await openDevice(browser, server.url)
    await first.enter('passageira')
    const second = await first.newTab()
    await second.becomes('live')
    const blank = await first.context.newPage()
    await first.page.close()
    await second.becomes('live')
    await second.page.close()
    await until('nobody is connected', () => first.network.webSockets === 0)
    await blank.close()
    await first.context.close()
  })
})

test('a tab that the worker has given up is heard all the same', async () => {
  const device = await openDevice(browser, server.url)
  await device.enter('dorminhoca')
  const other = await device.newTab()
  await other.becomes('live')
  // As into the back-forward cache, or after a sleep of minutes: nothing is told to this tab any more.
  await device.page.evaluate(() => void dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true })))
  await other.say('enquanto dormia')
  await other.hasLast('enquanto dormia')
  await device.say('acordei')
  for (const tab of [device, other]) {
    await tab.hasLast('acordei')
    expect((await tab.texts()).slice(-2)).toEqual(['enquanto dormia', 'acordei'])
  }
  await device.context.close()
})

describe('a tab without a shared worker', () => {
  /** Two tabs, each on its own, of one person: both have everything, what they write is sent once, and a copy is kept. */
  async function worksAlone(device: Device, name: string): Promise<void> {
    await device.enter(name)
    const second = await device.newTab()
    await second.becomes('live')
    expect(device.network.webSockets).toBe(2)
    await device.say('da primeira')
    await second.hasLast('da primeira')
    await second.say('da segunda')
    await device.hasLast('da segunda')
    expect((await device.texts()).slice(-2)).toEqual(['da primeira', 'da segunda'])
    await until('it is kept', async () => (await keptText(device)).includes('da segunda'))
    await second.page.reload()
    await second.hasLast('da segunda')
  }

  test('has a connection of its own, where browsers have none', async () => {
    const device = await openDevice(browser, server.url)
    await device.context.addInitScript(() => Reflect.deleteProperty(globalThis, 'SharedWorker'))
    await device.page.reload()
    await worksAlone(device, 'antiga')
    expectNoComplaints(device)
    await device.context.close()
  })

  test('has one too where the worker can’t be loaded', async () => {
    const front = await startFront(server.url)
    await front.loseWorker()
    const device = await openDevice(browser, front.url)
    try {
      await worksAlone(device, 'azarada')
    } finally {
      await device.context.close()
      await front.close()
    }
  })

  test('gets another worker when the one that there was has died', async () => {
    const device = await openDevice(browser, server.url)
    await device.enter('renascida')
    const second = await device.newTab()
    await second.becomes('live')
    const session = await browser.newBrowserCDPSession()
    const { targetInfos } = await session.send('Target.getTargets')
    const own = device.network.url
    const workers = targetInfos.filter(({ type, url }) => type === 'shared_worker' && url.startsWith(own))
    expect(workers).toHaveLength(1)
    for (const { targetId } of workers) await session.send('Target.closeTarget', { targetId })
    // Nobody knows yet that nobody hears it.
    await device.say('dito a ninguém')
    await until('it is gone', () => device.network.webSockets === 0)
    await until('there is another', () => device.network.webSockets === 1)
    for (const tab of [device, second]) await tab.becomes('live')
    await device.say('de novo')
    for (const tab of [device, second]) {
      await tab.hasLast('de novo')
      expect((await tab.texts()).slice(-2)).toEqual(['dito a ninguém', 'de novo'])
    }
    expect(device.network.webSockets).toBe(1)
    await device.context.close()
  })
})

describe('a page over plain HTTP, where browsers hide locks and more', () => {
  test('shares one connection too, keeps a copy, and lets go of tabs that were closed', async () => {
    const insecure = await launchBrowser(['--host-resolver-rules=MAP recado.test 127.0.0.1'])
    try {
      const network = await startNetwork(server.url)
      const context = await insecure.newContext(LAPTOP)
      const first = await openTab(context, network, network.url.replace('127.0.0.1', 'recado.test'))
      expect(await first.page.evaluate(() => [isSecureContext, 'locks' in navigator])).toEqual([false, false])
      await first.enter('simples')
      const second = await first.newTab()
      await second.becomes('live')
      await first.say('sem tranca')
      await second.hasLast('sem tranca')
      expect(network.webSockets).toBe(1)
      await until('it is kept', async () => (await keptText(second)).includes('sem tranca'))
      await first.page.close()
      await second.say('ainda')
      await second.hasLast('ainda')
      // That the browser ignores one header of protection there is what it says itself.
      const complaints = [first, second].flatMap(device => device.complaints)
      expect(complaints.filter(text => !text.includes('Cross-Origin-Opener-Policy'))).toEqual([])
      const blank = await context.newPage()
      await second.page.close()
      await until('nobody is connected', () => network.webSockets === 0)
      await blank.close()
    } finally {
      await insecure.close()
    }
  })
})

describe('another person in one tab', () => {
  test('has a session and a connection of their own, for as long as the tab', async () => {
    const device = await openDevice(browser, server.url)
    await device.enter('dono')
    const guest = await device.newTab('?as')
    await guest.enter('visita')
    expect(device.network.webSockets).toBe(2)
    expect((await device.context.cookies()).length).toBe(1)
    await guest.say('oi, sou a visita')
    await device.hasLast('oi, sou a visita')
    expect(await device.page.locator('li.message[data-own]').count()).toBe(0)

    // Both are who they were after a reload; the guest leaves nothing behind.
    await guest.page.reload()
    await guest.becomes('live')
    await guest.page.getByRole('button', { name: /^visita/ }).waitFor()
    await device.page.reload()
    await device.becomes('live')
    await device.page.getByRole('button', { name: /^dono/ }).waitFor()
    expect(await keptAccounts(device)).toHaveLength(1)

    // The guest's leaving is nobody else's.
    await guest.page.getByRole('button', { name: 'Menu da conta' }).click()
    await guest.page.getByRole('button', { name: 'Sair…' }).click()
    await guest.page.getByRole('button', { name: 'Sair deste aparelho' }).click()
    await guest.page.locator('input[name=username]').waitFor()
    await device.say('ainda aqui')
    await device.hasLast('ainda aqui')
    expectNoComplaints(device, guest)
    await device.context.close()
  })
})

describe('a page that was built anew', () => {
  test('has a worker of its own beside that of the old page, and nothing is sent or shown twice', async () => {
    const front = await startFront(server.url)
    const device = await openDevice(browser, front.url)
    try {
      await device.enter('construtora')
      await device.say('da página velha')
      await device.hasLast('da página velha')
      await front.rebuild()
      const newer = await device.newTab()
      await newer.becomes('live')
      const script = (tab: Device) => tab.page.locator('script').first().getAttribute('src')
      expect(await script(newer)).not.toBe(await script(device))
      expect(device.network.webSockets).toBe(2)

      await loseNetwork(device)
      await newer.becomes('offline')
      await newer.say('uma vez só')
      await newer.page.locator('li.message[data-state=waiting]').waitFor()
      await regainNetwork(device)
      for (const tab of [device, newer]) {
        await tab.hasLast('uma vez só')
        expect((await tab.texts()).slice(-2)).toEqual(['da página velha', 'uma vez só'])
      }
      // The old one ends with its last tab.
      await device.page.close()
      await until('one worker is left', () => device.network.webSockets === 1)
      await newer.say('só a nova')
      await newer.hasLast('só a nova')
    } finally {
      await device.context.close()
      await front.close()
    }
  })
})
