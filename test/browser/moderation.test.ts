// Administration, blocks and invitations in the page, as people use them: by what is on the screen, in both languages.
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { operatorOf } from '../setup/operators.ts'
import { codeOf, type Data, data, type Entered, enter, request, send, trySend } from '../setup/request.ts'
import { startTestServer, type TestServer } from '../setup/server.ts'
import { until } from '../setup/until.ts'
import { chooseInMenu, closeDialog } from './account.ts'
import { launchBrowser, PHONE } from './browser.ts'
import { type Device, expectNoComplaints, openDevice } from './device.ts'

let server: TestServer
let browser: Browser
let maria: Entered

const PASSWORD = 'uma senha boa'

beforeAll(async () => {
  server = await startTestServer()
  browser = await launchBrowser()
  maria = await enter(server.graphql, 'maria', PASSWORD)
})
afterAll(async () => {
  await browser?.close()
  await server?.close()
})

const last = (device: Device) => device.page.locator('li.message').last()

async function openMenu(device: Device): Promise<void> {
  await last(device).hover()
  await last(device)
    .getByRole('button', { name: /O que fazer/ })
    .click()
  await device.page.getByRole('menu').waitFor()
}

async function administrator(name: string): Promise<Device> {
  const device = await openDevice(browser, server.url)
  await device.enter(name)
  await (await operatorOf(server)).call('grant', { username: name })
  await device.page.reload()
  await device.becomes('live')
  return device
}

describe('blocking', () => {
  test('somebody is blocked from their message and let go from the conversation with them', async () => {
    const device = await openDevice(browser, server.url)
    await device.enter('joao')
    await send(server.graphql, maria.token, { text: 'para todos' })
    await device.hasLast('para todos')
    await openMenu(device)
    const items = device.page.getByRole('menuitem')
    expect(await items.allTextContents()).toEqual(['Responder', 'Copiar texto', 'Sobre maria'])
    await device.page.getByRole('menuitem', { name: 'Sobre maria' }).click()
    const dialog = device.page.getByRole('dialog', { name: 'maria' })
    await dialog.getByRole('button', { name: 'Bloquear' }).click()
    await dialog.getByText('Você bloqueou maria.').waitFor()
    expect(await device.violations()).toEqual([])
    expect(await dialog.getByText('Administração').count()).toBe(0)
    expect(codeOf(await trySend(server.graphql, maria.token, { text: 'x', to: 'joao' }))).toBe('RECIPIENT_UNAVAILABLE')
    await dialog.getByRole('link', { name: 'Conversar em particular' }).click()
    await dialog.waitFor({ state: 'detached' })
    await device.say('oi?')
    await device.page.getByText('Não dá para escrever a essa pessoa.').first().waitFor()
    await device.page.getByRole('button', { name: 'Sobre maria' }).click()
    // One is there already.
    expect(await dialog.getByRole('link', { name: 'Conversar em particular' }).count()).toBe(0)
    await dialog.getByRole('button', { name: 'Desbloquear' }).click()
    await dialog.getByRole('button', { name: 'Bloquear' }).waitFor()
    await closeDialog(device.page)
    await send(server.graphql, maria.token, { text: 'voltei', to: 'joao' })
    await until('it arrives', async () => (await device.texts()).includes('voltei'))
    expectNoComplaints(device)
    await device.context.close()
  })
})

describe('an administrator', () => {
  let chief: Device
  beforeAll(async () => {
    chief = await administrator('chefe')
  })

  test('mutes for a day with a reason, which the muted reads, and takes it back', async () => {
    await send(server.graphql, maria.token, { text: 'spam, spam' })
    await chief.hasLast('spam, spam')
    await openMenu(chief)
    await chief.page.getByRole('menuitem', { name: 'Sobre maria' }).click()
    const dialog = chief.page.getByRole('dialog', { name: 'maria' })
    await dialog.getByRole('heading', { name: 'Administração' }).waitFor()
    await dialog.getByLabel('Motivo').fill('muito spam')
    expect(await chief.violations()).toEqual([])
    await dialog.getByRole('button', { name: 'Silenciar' }).click()
    await dialog.getByText(/^Está silenciado até /).waitFor()
    const refused = await trySend(server.graphql, maria.token, { text: 'mais' })
    expect(refused.errors?.[0]?.extensions).toMatchObject({ code: 'MUTED', reason: 'muito spam' })
    await dialog.getByRole('button', { name: 'Deixar escrever de novo' }).click()
    await dialog.getByRole('button', { name: 'Silenciar' }).waitFor()
    expect(codeOf(await trySend(server.graphql, maria.token, { text: 'obrigada' }))).toBeNull()
    await closeDialog(chief.page)
  })

  test('for an hour is for an hour, also by a device whose clock is two days late', async () => {
    const late = await administrator('atrasada')
    await late.page.addInitScript(() => {
      const now = Date.now.bind(Date)
      Date.now = () => now() - 2 * 24 * 60 * 60 * 1000
    })
    await late.page.reload()
    const lia = await enter(server.graphql, 'lia', PASSWORD)
    await send(server.graphql, lia.token, { text: 'de lia' })
    await late.hasLast('de lia')
    await openMenu(late)
    await late.page.getByRole('menuitem', { name: 'Sobre lia' }).click()
    const dialog = late.page.getByRole('dialog', { name: 'lia' })
    await dialog.getByLabel('1 hora').check()
    await dialog.getByRole('button', { name: 'Silenciar' }).click()
    await dialog.getByText(/^Está silenciado até /).waitFor()
    const { extensions } = (await trySend(server.graphql, lia.token, { text: 'mais' })).errors?.[0] ?? {}
    const minutes = (Date.parse(String(extensions?.until)) - Date.now()) / 60_000
    expect(minutes).toBeGreaterThan(50)
    expect(minutes).toBeLessThanOrEqual(61)
    await late.context.close()
  })

  test('removes a public message of somebody else, and is not offered to in a private conversation', async () => {
    await send(server.graphql, maria.token, { text: 'feio' })
    await chief.hasLast('feio')
    await openMenu(chief)
    await chief.page.getByRole('menuitem', { name: 'Apagar' }).click()
    await chief.page.getByRole('button', { name: 'Apagar para todos' }).click()
    await until('it is gone', async () => (await chief.texts()).at(-1) === 'Mensagem apagada')
    await send(server.graphql, maria.token, { text: 'só para você', to: 'chefe' })
    await chief.open('maria')
    await chief.hasLast('só para você')
    await openMenu(chief)
    expect(await chief.page.getByRole('menuitem').allTextContents()).toEqual([
      'Responder',
      'Copiar texto',
      'Sobre maria',
    ])
    await chief.page.keyboard.press('Escape')
    await chief.open('everyone')
  })

  test('bans, and the banned is out and told why in their language, on a phone', async () => {
    const banned = await openDevice(browser, server.url, { ...PHONE, locale: 'en-US' })
    await banned.enter('zeca', PASSWORD)
    await send(server.graphql, (await enter(server.graphql, 'zeca', PASSWORD)).token, { text: 'olá' })
    await chief.hasLast('olá')
    await openMenu(chief)
    await chief.page.getByRole('menuitem', { name: 'Sobre zeca' }).click()
    const dialog = chief.page.getByRole('dialog', { name: 'zeca' })
    await dialog.getByLabel('Sem fim').check()
    await dialog.getByLabel('Motivo').fill('golpe')
    await dialog.getByRole('button', { name: 'Banir' }).click()
    await dialog.getByText('Está banido, sem fim.').waitFor()
    await banned.page.locator('input[name=username]').fill('zeca')
    await banned.page.locator('input[name=password]').fill(PASSWORD)
    await banned.page.locator('button[type=submit]').click()
    await banned.page.getByText('This account was closed by those who run the server. Why: golpe').waitFor()
    expectNoComplaints(chief)
    await chief.context.close()
    await banned.context.close()
  })

  test('invites by a link, with which one person gets in where it is by invitation; the secret leaves the address', async () => {
    const closed = await startTestServer({ REGISTRATION: 'invite' })
    const { token } = (await (await operatorOf(closed)).call('invite', {})) as Data
    const first = await openDevice(browser, closed.url)
    await first.page.locator('input[name=username]').fill('bia')
    await first.page.locator('button[type=submit]').click()
    await first.page.getByText(/Aqui pessoas novas entram só com convite/).waitFor()
    expect(await first.violations()).toEqual([])
    // A whole link is pasted as well as the secret alone.
    await first.page.getByLabel('Convite').fill(`${closed.url}/#convite=${token}`)
    await first.page.locator('button[type=submit]').click()
    await first.becomes('live')
    await (await operatorOf(closed)).call('grant', { username: 'bia' })
    await first.page.reload()
    await first.becomes('live')
    await until('the menu has it', async () => {
      await first.page.locator('.account-button').click()
      const isThere = (await first.page.locator('.menu').getByText('Convidar alguém').count()) > 0
      await first.page.keyboard.press('Escape')
      return isThere
    })
    await chooseInMenu(first, 'Convidar alguém')
    const dialog = first.page.getByRole('dialog', { name: 'Convidar alguém' })
    await dialog.getByRole('button', { name: 'Convidar alguém' }).click()
    const link = (await dialog.locator('output.invite-link').textContent()) ?? ''
    expect(link).toMatch(/\/#convite=[\w-]{22}$/)
    const second = await openDevice(browser, closed.url, { path: new URL(link).pathname + new URL(link).hash })
    await second.page.getByText('Você tem um convite').waitFor()
    expect(second.page.url()).not.toContain('convite')
    await second.enter('caio')
    const third = await openDevice(browser, closed.url, { path: new URL(link).pathname + new URL(link).hash })
    await third.page.locator('input[name=username]').fill('davi')
    await third.page.locator('button[type=submit]').click()
    await third.page.getByText(/O convite está errado, já foi usado/).waitFor()
    expect((await request(closed.graphql, 'mutation { enter(username: "davi") { token } }')).errors).toBeDefined()
    expect((await data(closed.graphql, '{ server { registration } }')).server.registration).toBe('INVITE')
    expectNoComplaints(first, second)
    for (const device of [first, second, third]) await device.context.close()
    await closed.close()
  })
})
