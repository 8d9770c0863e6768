// The device's own copy: shown before the network answers, brought up to date by what happened since, and gone with the
// account. What must not be there is looked for in the browser's database, not only on the screen.
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { data, type Entered, enter, send } from '../setup/request.ts'
import { startTestServer, type TestServer } from '../setup/server.ts'
import { until } from '../setup/until.ts'
import { launchBrowser } from './browser.ts'
import { type Device, expectNoComplaints, openDevice } from './device.ts'
import { keptAccounts, keptText } from './kept.ts'

const PASSWORD = 'uma senha boa'
const SLOW_MS = 5_000

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

/** In, with a private conversation with maria, all of it in the copy. */
async function openWithHistory(name: string, count = 3): Promise<Device> {
  const device = await openDevice(browser, server.url)
  await device.enter(name, PASSWORD)
  for (let index = 1; index <= count; index++) {
    await send(server.graphql, maria.token, { text: `segredo ${index} de ${name}`, to: name })
  }
  await device.open('maria')
  await device.hasLast(`segredo ${count} de ${name}`)
  await keeps(device, `segredo ${count} de ${name}`)
  return device
}

const keeps = (device: Device, text: string) =>
  until(`the copy has ${text}`, async () => (await keptText(device)).includes(text))
const keepsNot = (device: Device, text: string) =>
  until(`the copy has no ${text}`, async () => !(await keptText(device)).includes(text))

describe('a page that is opened again', () => {
  test('shows the last known messages before the network answers, then what happened since, once', async () => {
    const device = await openWithHistory('joao')
    await device.page.close()
    await send(server.graphql, maria.token, { text: 'enquanto fechada', to: 'joao' })

    device.network.delayMs = SLOW_MS
    const before = device.network.answerBytes
    const again = await device.newTab('#/with/maria')
    await again.page.getByText('segredo 3 de joao').first().waitFor()
    const texts = await again.texts()
    expect(device.network.answerBytes).toBe(before)
    expect(texts).toEqual([1, 2, 3].map(index => `segredo ${index} de joao`))
    // Who one is, is known too; so is what one may write.
    await again.page.getByRole('button', { name: /^joao/ }).waitFor()
    await again.page.locator('.composer textarea').waitFor()

    device.network.delayMs = 0
    await again.hasLast('enquanto fechada')
    expect(await again.texts()).toEqual([...texts, 'enquanto fechada'])
    await again.becomes('live')
    expectNoComplaints(again)
    await device.context.close()
  })

  test('shows it also while the server can’t be reached at all, and sends once what was written meanwhile', async () => {
    const device = await openWithHistory('ilha')
    await device.page.close()
    device.network.isPageOnly = true
    const again = await device.newTab('#/with/maria')
    await again.becomes('offline')
    await again.page.getByText('segredo 3 de ilha').first().waitFor()
    await again.say('sem rede')
    await again.page.locator('li.message[data-state=waiting]').waitFor()
    await again.page.close()

    device.network.isPageOnly = false
    const online = await device.newTab('#/with/maria')
    await online.hasLast('sem rede')
    const { messages } = await data(server.graphql, '{ messages(with: "ilha", limit: 100) { nodes { text } } }', {
      token: maria.token,
    })
    expect(messages.nodes.filter((each: { text: string }) => each.text === 'sem rede')).toHaveLength(1)
    await device.context.close()
  })

  test('knows what was read on this device and on others', async () => {
    const device = await openWithHistory('leitora')
    await device.open('everyone')
    await device.page.close()
    await send(server.graphql, maria.token, { text: 'um', to: 'leitora' })
    await send(server.graphql, maria.token, { text: 'dois', to: 'leitora' })
    const again = await device.newTab('#/everyone')
    await again.page.getByRole('link', { name: /2 mensagens não lidas/ }).waitFor()

    // Another device reads it: here it is read too, and stays so.
    const phone = await enter(server.graphql, 'leitora', PASSWORD)
    const { messages } = await data(server.graphql, '{ messages(with: "maria", limit: 1) { nodes { cursor } } }', {
      token: phone.token,
    })
    await data(server.graphql, 'mutation ($cursor: Cursor!) { markRead(cursor: $cursor, with: "maria") { cursor } }', {
      token: phone.token,
      variables: { cursor: messages.nodes[0].cursor },
    })
    await again.page.getByRole('link', { name: /não lidas/ }).waitFor({ state: 'detached' })
    await again.page.reload()
    await again.becomes('live')
    expect(await again.page.getByRole('link', { name: /não lidas/ }).count()).toBe(0)
    await device.context.close()
  })
})

describe('the copy goes', () => {
  test('with those who leave: neither the screen nor the database has anything for whoever enters next', async () => {
    const device = await openWithHistory('sai')
    await device.page.getByRole('button', { name: 'Menu da conta' }).click()
    await device.page.getByRole('button', { name: 'Sair…' }).click()
    await device.page.getByRole('button', { name: 'Sair deste aparelho' }).click()
    await device.page.getByText('Você saiu deste aparelho.').waitFor()
    await until('no account is kept', async () => (await keptAccounts(device)).length === 0)
    expect(await keptText(device)).not.toContain('segredo')

    // In the very tab, and nothing of the one who left lies over it.
    await device.enter('entra')
    expect(await device.page.locator('dialog').count()).toBe(0)
    await device.say('oi')
    await device.hasLast('oi')
    await keeps(device, 'oi')
    expect(await keptText(device)).not.toContain('segredo')
    expect(await keptAccounts(device)).toHaveLength(1)
    expect(await device.page.locator('body').textContent()).not.toContain('segredo')
    await device.context.close()
  })

  test('and so does what they had open over it, when the session is ended elsewhere meanwhile', async () => {
    const device = await openWithHistory('buscava')
    await device.page.getByRole('button', { name: 'Buscar mensagens' }).first().click()
    await device.page.locator('dialog').waitFor()
    const other = await enter(server.graphql, 'buscava', PASSWORD)
    await data(server.graphql, 'mutation { leave(everywhere: true) }', { token: other.token })
    await device.page.getByText('Sua sessão terminou em outro lugar.').waitFor()
    await device.enter('chega')
    expect(await device.page.locator('dialog').count()).toBe(0)
    await device.say('oi, gente')
    await device.hasLast('oi, gente')
    await device.context.close()
  })

  test('when the session is ended elsewhere, also where the page was closed meanwhile', async () => {
    const device = await openWithHistory('perdida')
    await device.page.close()
    const other = await enter(server.graphql, 'perdida', PASSWORD)
    await data(server.graphql, 'mutation { leave(everywhere: true) }', { token: other.token })
    const again = await device.newTab()
    await again.page.getByText('Sua sessão terminou em outro lugar.').waitFor()
    await until('no account is kept', async () => (await keptAccounts(again)).length === 0)
    expect(await keptText(again)).not.toContain('segredo')
    await device.context.close()
  })

  test('for all tabs, when one of them leaves', async () => {
    const device = await openWithHistory('duas')
    const second = await device.newTab()
    await second.becomes('live')
    await second.page.getByRole('button', { name: 'Menu da conta' }).click()
    await second.page.getByRole('button', { name: 'Sair…' }).click()
    await second.page.getByRole('button', { name: 'Sair deste aparelho' }).click()
    await device.page.locator('input[name=username]').waitFor()
    await until('no account is kept', async () => (await keptAccounts(device)).length === 0)
    // Nothing that was still under way puts it back.
    await device.enter('outra')
    await device.say('e eu')
    await device.hasLast('e eu')
    expect(await keptText(device)).not.toContain('segredo')
    await device.context.close()
  })
})

describe('a server whose history was reset while the page was closed', () => {
  test('has its own history shown, and nothing of the other one stays in the copy', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'recado-copy-'))
    const live = join(folder, 'live')
    const backup = join(folder, 'backup')
    let own = await startTestServer({}, live)
    const port = new URL(own.url).port
    const device = await openDevice(browser, own.url)
    try {
      await device.enter('ana')
      await device.say('antes do backup')
      await device.hasLast('antes do backup')
      await own.close()
      await cp(live, backup, { recursive: true })
      own = await startTestServer({ PORT: port }, live)
      await device.becomes('live')
      await device.say('depois do backup')
      await device.hasLast('depois do backup')
      await keeps(device, 'depois do backup')
      await device.page.close()
      await own.close()
      own = await startTestServer({ PORT: port }, backup)

      const again = await device.newTab()
      const notice = again.page.getByText('O histórico do servidor mudou.').first()
      await notice.waitFor()
      await again.hasLast('antes do backup')
      expect(await again.texts()).toEqual(['antes do backup'])
      await keepsNot(again, 'depois do backup')
      await keeps(again, 'antes do backup')
    } finally {
      await device.context.close()
      await own.close()
      await rm(folder, { recursive: true, force: true })
    }
  })
})
