// The list of conversations: what is new moves up in it by itself, on every device.
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Entered, enter, send } from '../setup/request.ts'
import { startTestServer, type TestServer } from '../setup/server.ts'
import { until } from '../setup/until.ts'
import { launchBrowser, PHONE } from './browser.ts'
import { type Device, expectNoComplaints, openDevice } from './device.ts'

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

/** The names in the list, top to bottom. */
const listed = ({ page }: Device) => page.locator('.sidebar nav .row-name > bdi').allTextContents()

test('a new message moves its conversation to the top, below everyone’s, on every device and without a reload', async () => {
  const people: Entered[] = []
  await enter(server.graphql, 'joao', PASSWORD)
  for (const name of ['ana', 'bia', 'caio']) {
    const person = await enter(server.graphql, name)
    await send(server.graphql, person.token, { text: `oi de ${name}`, to: 'joao' })
    people.push(person)
  }
  const [ana, bia] = people as [Entered, Entered]
  const laptop = await openDevice(browser, server.url)
  const phone = await openDevice(browser, server.url, PHONE)
  for (const device of [laptop, phone]) await device.enter('joao', PASSWORD)
  const shows = async (...names: string[]) => {
    for (const device of [laptop, phone]) {
      await until(names.join(), async () => (await listed(device)).join() === names.join())
    }
  }
  await shows('Todos', 'caio', 'bia', 'ana')
  for (const device of [laptop, phone]) await device.page.evaluate(() => Object.assign(globalThis, { isSame: true }))

  await send(server.graphql, ana.token, { text: 'de novo', to: 'joao' })
  await shows('Todos', 'ana', 'caio', 'bia')
  // One’s own moves it too, wherever it was written.
  await laptop.open('bia')
  await laptop.say('respondo')
  await shows('Todos', 'bia', 'ana', 'caio')
  // What is said to everyone moves nothing.
  await send(server.graphql, bia.token, { text: 'para todos' })
  await laptop.page.locator('.sidebar nav a.row').first().getByText('para todos').waitFor()
  await shows('Todos', 'bia', 'ana', 'caio')
  for (const device of [laptop, phone]) expect(await device.page.evaluate(() => 'isSame' in globalThis)).toBe(true)
  expectNoComplaints(laptop, phone)
  for (const device of [laptop, phone]) await device.context.close()
})

describe.each([
  {
    locale: 'pt-BR',
    own: 'Você: ',
    refused: 'Você: segredo',
    sent: '“recado curto” vai só para rui.',
    note: 'Abrir as notas',
  },
  {
    locale: 'en-US',
    own: 'You: ',
    refused: 'You: segredo',
    sent: '“recado curto” goes to rui only.',
    note: 'Open your notes',
  },
])('what was refused ($locale)', ({ locale, own, refused, sent, note }) => {
  test('is the preview until something else is said, and stays in its conversation', async () => {
    const name = `pessoa${locale}`
    await enter(server.graphql, 'rui').catch(() => {})
    const device = await openDevice(browser, server.url, { locale })
    await device.enter(name)
    const preview = device.page.locator('.sidebar nav a.row').first().locator('.row-preview')
    await device.say('/msg ninguem segredo')
    await device.page.locator('li.message[data-state=refused]').waitFor()
    await preview.getByText(refused).waitFor()
    await device.say('depois disso')
    await preview.getByText(`${own}depois disso`).waitFor()
    // Of what waits: until it is sent, that one has its own.
    await preview.locator('.icon').waitFor({ state: 'detached' })
    expect(await device.texts()).toContain('segredo')

    // What goes elsewhere is told by its text.
    const notice = device.page.locator('.notice')
    await device.say('/msg rui recado curto')
    await notice.filter({ hasText: 'recado curto' }).waitFor()
    expect((await notice.innerText()).replace(/[\u2068\u2069]/g, '')).toContain(sent)
    await device.say(`/msg ${name} lembrar do leite`)
    await notice.getByRole('link', { name: note }).click()
    await device.hasLast('lembrar do leite')
    expectNoComplaints(device)
    await device.context.close()
  })
})
