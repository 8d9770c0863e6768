// Coming back: the page opens where one stopped reading, says how much was missed, and leads to either end of it. How far
// somebody has read is theirs on every device.
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Entered, enter, send } from '../setup/request.ts'
import { startTestServer, type TestServer } from '../setup/server.ts'
import { until } from '../setup/until.ts'
import { launchBrowser, PHONE } from './browser.ts'
import { type Device, expectNoComplaints, openDevice } from './device.ts'
import { allRead, fill, stillness } from './reading.ts'

const PASSWORD = 'uma senha boa'

let server: TestServer
let browser: Browser
let maria: Entered
let count = 0
let name: string

beforeAll(async () => {
  server = await startTestServer()
  browser = await launchBrowser()
  maria = await enter(server.graphql, 'maria')
})
afterAll(async () => {
  await browser?.close()
  await server?.close()
})
beforeEach(() => {
  name = `joao${++count}`
})

async function open(options = {}): Promise<Device> {
  const device = await openDevice(browser, server.url, options)
  await device.enter(name, PASSWORD)
  return device
}

/** Long enough that a dozen of them do not fit on a screen. */
const line = (index: number) => `perdida ${index}\n${'com bastante texto '.repeat(20)}`
const many = (length: number) => Array.from({ length }, (_, index) => line(index + 1))

/** Where the line of the first unread message is, as a share of the list's height; null: not in the page. */
const linePlace = ({ page }: Device) =>
  page.locator('.scroller').evaluate(scroller => {
    const row = scroller.querySelector('.unread-line')
    if (!row) return null
    return (row.getBoundingClientRect().top - scroller.getBoundingClientRect().top) / scroller.clientHeight
  })

/** What is said in the first message below the line. */
const textAfterLine = ({ page }: Device) =>
  page.locator('.unread-line').evaluate(row => {
    const copy = row.nextElementSibling?.querySelector('.message-text')?.cloneNode(true)
    if (copy instanceof Element) copy.querySelector('.message-meta')?.remove()
    return copy?.textContent
  })

/** The numbers beside the conversations, summed up; 0: none. */
const unreadInList = ({ page }: Device) =>
  page
    .locator('.sidebar nav .badge:not(.badge-mention) [aria-hidden]')
    .evaluateAll(badges => badges.reduce((sum, badge) => sum + Number.parseInt(badge.textContent ?? '', 10), 0))

/** He has read everything, went away, and comes back after `texts` were said to everyone. */
async function comeBackAfter(texts: readonly string[], options = {}): Promise<Device> {
  const device = await open(options)
  const mark = `tudo lido por ${name}`
  await send(server.graphql, maria.token, { text: mark })
  await device.open('everyone').catch(() => {})
  await device.hasLast(mark)
  await allRead(device)
  await device.page.goto('about:blank')
  await fill(server, maria.token, texts)
  await device.page.goto(server.url)
  await device.page.locator('.unread-line').waitFor()
  await stillness(device.page)
  return device
}

describe('who comes back', () => {
  test('lands at the first message that was missed, under a line that counts them', async () => {
    const joao = await comeBackAfter(many(14))
    await joao.page.locator('.unread-line').getByText('14 mensagens não lidas').waitFor()
    const place = (await linePlace(joao)) ?? -1
    expect(place).toBeGreaterThanOrEqual(0)
    expect(place).toBeLessThan(0.5)
    expect(await textAfterLine(joao)).toBe(line(1))
    expect(await unreadInList(joao)).toBe(14)
    expectNoComplaints(joao)
    await joao.context.close()
  })

  test('jumps to the newest, which reads them all, and back to the first', async () => {
    const joao = await comeBackAfter(many(14))
    await joao.page.getByRole('button', { name: '14 novas mensagens' }).click()
    await joao.hasLast(line(14))
    await until('they are read', async () => (await unreadInList(joao)) === 0)
    const back = joao.page.getByRole('button', { name: 'Ir para a primeira não lida' })
    await back.click()
    await until('the line is seen', async () => {
      const place = await linePlace(joao)
      return place !== null && place >= 0 && place < 1
    })
    await joao.page.locator('.unread-line').getByText('14 mensagens não lidas').waitFor()
    await joao.context.close()
  })

  test('lands there also when it is many pages up', async () => {
    const joao = await comeBackAfter(many(340))
    await joao.page.locator('.unread-line').getByText('340 mensagens não lidas').waitFor()
    expect(await textAfterLine(joao)).toBe(line(1))
    expect((await linePlace(joao)) ?? -1).toBeGreaterThanOrEqual(0)
    expect(await joao.page.locator('li.message').count()).toBeLessThan(120)
    await joao.page.getByRole('button', { name: '340 novas mensagens' }).click()
    await joao.hasLast(line(340))
    await until('they are read', async () => (await unreadInList(joao)) === 0)
    await joao.context.close()
  })

  test('finds no line where nothing was missed, and the end on the screen', async () => {
    const joao = await comeBackAfter(['só uma'])
    await joao.hasLast('só uma')
    await allRead(joao)
    await joao.page.reload()
    await joao.hasLast('só uma')
    await stillness(joao.page)
    expect(await joao.page.locator('.unread-line').count()).toBe(0)
    await joao.context.close()
  })
})

describe('what is read on one device', () => {
  test('is read on the other, as it happens', async () => {
    const laptop = await open()
    const phone = await openDevice(browser, server.url, PHONE)
    await phone.enter(name, PASSWORD)
    await send(server.graphql, maria.token, { text: 'um recado', to: name })
    for (const device of [laptop, phone]) await device.page.getByRole('link', { name: /1 mensagem não lida/ }).waitFor()
    await phone.open('maria')
    await phone.hasLast('um recado')
    await until('the laptop knows', async () => (await unreadInList(laptop)) === 0)
    await phone.context.close()
    await laptop.context.close()
  })
})
