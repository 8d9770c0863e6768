// Desktop notifications, as the browser itself lists them: only of what is for this account, never of what is on the
// screen, from one tab; offered when it makes sense; a click opens the conversation.
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Entered, enter, send } from '../setup/request.ts'
import { startTestServer, type TestServer } from '../setup/server.ts'
import { until } from '../setup/until.ts'
import { chooseInMenu, closeDialog } from './account.ts'
import { launchBrowser } from './browser.ts'
import { type Device, expectNoComplaints, openDevice } from './device.ts'

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

interface Shown {
  readonly title: string
  readonly body: string
}

/**
 * What the browser shows now, by way of the service worker. Chromium forgets a notification that is asked for between its
 * being noted down and its being on the screen: nobody asks then, nor often.
 */
async function shown(page: Page): Promise<Shown[]> {
  await new Promise(resolve => setTimeout(resolve, 100))
  for (const tab of page.context().pages()) await tab.waitForFunction(() => !('isShowing' in globalThis))
  return page.evaluate(async () => {
    const registration = await navigator.serviceWorker.ready
    return (await registration.getNotifications()).map(({ title, body }) => ({ title, body }))
  })
}

/** Tabs are in front or not, as in a person's browser; otherwise each one believes that it is looked at. */
async function beReal(page: Page): Promise<void> {
  const session = await page.context().newCDPSession(page)
  await session.send('Emulation.setFocusEmulationEnabled', { enabled: false })
  await page.evaluate(() => {
    if (!('ServiceWorkerRegistration' in globalThis)) return
    const { prototype } = ServiceWorkerRegistration
    const show = prototype.showNotification
    prototype.showNotification = async function (...parameters) {
      Object.assign(globalThis, { isShowing: true })
      await show.apply(this, parameters).finally(() => Reflect.deleteProperty(globalThis, 'isShowing'))
    }
  })
}

const isLookedAt = (page: Page) => page.evaluate(() => document.hasFocus() && document.visibilityState === 'visible')

async function lookAt(page: Page): Promise<void> {
  await page.bringToFront()
  await until('it is looked at', () => isLookedAt(page))
}

/** Another tab comes to the front, as when somebody works on something else. */
async function lookAway({ page, context }: Device): Promise<Page> {
  const other = await context.newPage()
  await beReal(other)
  await other.bringToFront()
  await until('nobody looks', async () => !(await isLookedAt(page)))
  return other
}

const tell = (text: string, to?: string) =>
  send(server.graphql, maria.token, to === undefined ? { text } : { text, to })

async function openAllowed(name: string): Promise<Device> {
  const device = await openDevice(browser, server.url, { permissions: ['notifications'] })
  await device.enter(name)
  await device.page.evaluate(async () => void (await navigator.serviceWorker.ready))
  await beReal(device.page)
  return device
}

describe('notifications', () => {
  test('come of private messages and mentions only, with what was said, and none of what is on the screen', async () => {
    const device = await openAllowed('ana')
    const { page } = device
    expect(await page.evaluate(() => Notification.permission)).toBe('granted')
    const other = await lookAway(device)
    await tell('para todos, sem nome')
    await tell('só para você', 'ana')
    await until('the private one is shown', async () => (await shown(page)).length === 1)
    expect(await shown(page)).toEqual([{ title: 'maria', body: 'só para você' }])
    await tell('e você, @Ana?')
    await until('the mention is shown', async () => (await shown(page)).length === 2)
    expect(await shown(page)).toContainEqual({ title: 'maria, para todos', body: 'e você, @Ana?' })

    // Back in the page, at everyone's: that one is read, and goes; what comes there now is on the screen.
    await other.close()
    await lookAt(page)
    await until('the mention is gone', async () => (await shown(page)).every(({ title }) => title === 'maria'))
    await tell('@ana, você está vendo isto')
    await device.hasLast('@ana, você está vendo isto')
    await tell('isto não está na tela', 'ana')
    await until('the other conversation is', async () => (await shown(page)).at(0)?.body === 'isto não está na tela')
    expect(await shown(page)).toHaveLength(1)
    expectNoComplaints(device)
    await device.context.close()
  })

  test('come once, however many tabs there are, and not while another tab shows that conversation', async () => {
    const first = await openAllowed('bia')
    const second = await first.newTab()
    await second.becomes('live')
    await beReal(second.page)
    await lookAt(second.page)
    await tell('oi, bia', 'bia')
    await second.open('maria')
    await until('it was read', async () => (await shown(first.page)).length === 0)
    // The first tab notifies, for it was there first; the second one is looked at.
    await tell('isto o segundo mostra', 'bia')
    await second.hasLast('isto o segundo mostra')
    await tell('e isto, de todos, @bia')
    await until('the mention is shown', async () => (await shown(first.page)).length > 0)
    expect(await shown(first.page)).toEqual([{ title: 'maria, para todos', body: 'e isto, de todos, @bia' }])
    await first.context.close()
  })

  test('say nothing of the content, or come of everything, or of nothing, as one likes', async () => {
    const device = await openAllowed('clara')
    await chooseInMenu(device, 'Ajustes…')
    await device.page.getByRole('switch', { name: 'Esconder o conteúdo nos avisos' }).check()
    await closeDialog(device.page)
    const other = await lookAway(device)
    await tell('um segredo', 'clara')
    await until('it is shown', async () => (await shown(device.page)).length === 1)
    expect(await shown(device.page)).toEqual([{ title: 'Recado', body: 'Mensagem nova' }])
    await lookAt(device.page)

    await chooseInMenu(device, 'Ajustes…')
    await device.page.getByRole('radio', { name: 'Tudo' }).check()
    await closeDialog(device.page)
    await other.bringToFront()
    await tell('para qualquer um')
    await until('everyone’s is shown', async () => (await shown(device.page)).length === 2)
    await lookAt(device.page)
    await chooseInMenu(device, 'Ajustes…')
    await device.page.getByRole('radio', { name: 'Nada' }).check()
    await closeDialog(device.page)
    await until('everyone’s was read', async () => (await shown(device.page)).length === 1)
    await other.bringToFront()
    await tell('isto não avisa')
    await device.hasLast('isto não avisa')
    expect(await shown(device.page)).toHaveLength(1)
    await device.context.close()
  })

  test('open their conversation when they are clicked', async () => {
    const device = await openAllowed('dulce')
    await lookAway(device)
    await tell('abra-me', 'dulce')
    await until('it is shown', async () => (await shown(device.page)).length === 1)
    const [worker] = device.context.serviceWorkers()
    if (!worker) throw new Error('no service worker')
    await worker.evaluate(async () => {
      const scope = globalThis as unknown as { registration: ServiceWorkerRegistration }
      const [notification] = await scope.registration.getNotifications()
      const Click = (globalThis as unknown as { NotificationEvent: new (name: string, init: object) => Event })
        .NotificationEvent
      dispatchEvent(new Click('notificationclick', { notification }))
    })
    await until('its conversation is open', async () => device.page.url().endsWith('#/with/maria'))
    await device.hasLast('abra-me')
    expect(await shown(device.page)).toEqual([])
    await device.context.close()
  })
})

describe('the permission', () => {
  test('is never asked for on load, and offered in the page after a private message came unseen, once', async () => {
    const device = await openDevice(browser, server.url)
    await device.page.addInitScript(() => {
      // Headless browsers answer for themselves: what is looked at is when they are asked.
      Object.defineProperty(Notification, 'permission', { get: () => 'default' })
      Notification.requestPermission = async () => {
        Object.assign(globalThis, { asked: true })
        return 'default'
      }
    })
    await device.page.reload()
    await beReal(device.page)
    await device.enter('elsa')
    await tell('ninguém perguntou nada')
    const other = await lookAway(device)
    await tell('isto é para todos')
    await tell('isto é para você', 'elsa')
    await device.page.getByText('Quer um aviso').waitFor()
    const wasAsked = () => device.page.evaluate(() => 'asked' in globalThis)
    expect(await wasAsked()).toBe(false)
    await other.close()
    await lookAt(device.page)
    expect(await device.violations()).toEqual([])
    await device.page.getByRole('button', { name: 'Quero avisos' }).click()
    await until('the browser is asked', wasAsked)
    await device.page.getByText('Quer um aviso').waitFor({ state: 'detached' })
    await device.page.reload()
    await device.becomes('live')
    await beReal(device.page)
    await lookAway(device)
    await tell('outra', 'elsa')
    await until('it has come', async () => (await device.page.title()).startsWith('('))
    expect(await device.page.getByText('Quer um aviso').count()).toBe(0)
    await device.context.close()
  })
})

test('unread messages are counted in the title, and dotted on the tab’s icon', async () => {
  const device = await openDevice(browser, server.url)
  await device.enter('fani')
  const icon = () => device.page.locator('link[rel=icon]').getAttribute('href')
  expect(await icon()).toBe('./favicon.svg')
  await tell('um', 'fani')
  await tell('dois', 'fani')
  await until('both are counted', async () => (await device.page.title()).startsWith('(2) '))
  await until('there is a dot', async () => (await icon()) === './favicon-unread.svg')
  await device.open('maria')
  await until('the dot is gone', async () => (await icon()) === './favicon.svg')
  expect(await device.page.title()).toBe('maria · Recado')
  // Of what is said to everyone, the number has only what mentions this account.
  await tell('para todos')
  await tell('para todos e @Fani')
  await device.page.getByRole('link', { name: /2 mensagens não lidas/ }).waitFor()
  await until('one is counted', async () => (await device.page.title()) === '(1) maria · Recado')
  expect(await icon()).toBe('./favicon-unread.svg')
  await device.context.close()
})
