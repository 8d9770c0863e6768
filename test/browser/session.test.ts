// Entering and leaving in a real browser: words for what stands in the way, several tabs, a password, the cookie.
import type { Browser } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { enter, send } from '../setup/request.ts'
import { startTestServer, type TestServer } from '../setup/server.ts'
import { until } from '../setup/until.ts'
import { launchBrowser, PHONE } from './browser.ts'
import { openDevice } from './device.ts'

const DAY = 24 * 60 * 60 * 1000

let server: TestServer
let browser: Browser

beforeAll(async () => {
  server = await startTestServer()
  browser = await launchBrowser()
})
afterEach(() => void vi.useRealTimers())
afterAll(async () => {
  await browser?.close()
  await server?.close()
})

describe('entering', () => {
  test('asks whether a taken name is one’s own, and lets its owner in', async () => {
    await enter(server.graphql, 'dona', 'a senha dela')
    const device = await openDevice(browser, server.url)
    const { page } = device
    const [name, password] = [page.getByLabel('Nome'), page.getByLabel('Senha', { exact: true })]
    await name.fill('Dóna')
    await name.press('Enter')
    await page.getByText('O nome Dóna já tem dono: é você?').waitFor()
    await page.getByLabel('Código de um aparelho seu').waitFor()

    await password.fill('não é esta')
    await password.press('Enter')
    await page.getByText('Essa não é a senha de Dóna.').waitFor()
    await until('the password has the focus', () => password.evaluate(box => box === document.activeElement))
    await device.enter('dona', 'a senha dela')
    await page.getByRole('button', { name: /^dona/ }).waitFor()
    await device.context.close()
  })

  test.each([
    { look: 'laptop', options: { viewport: { width: 1366, height: 768 } } },
    { look: 'phone', options: PHONE },
  ])('with a wrong password says so beside it, with the way on in sight ($look)', async ({ look, options }) => {
    await enter(server.graphql, `vera-${look}`, 'a senha dela')
    const { page, context } = await openDevice(browser, server.url, options)
    await page.getByLabel('Nome').fill(`vera-${look}`)
    await page.getByLabel('Nome').press('Enter')
    const ways = page.locator('.owner-ways')
    await ways.getByLabel('Senha', { exact: true }).fill('não é esta')
    const button = page.getByRole('button', { name: 'Entrar', exact: true })
    await button.click()
    const error = ways.getByText(`Essa não é a senha de vera-${look}.`)
    await error.waitFor()
    expect(await page.getByText('já tem dono').count()).toBe(0)
    expect(await page.getByText('opcional').count()).toBe(0)
    const height = page.viewportSize()?.height ?? 0
    for (const part of [error, button]) {
      await until('it is in sight', async () => {
        const box = await part.boundingBox()
        return box !== null && box.y >= 0 && box.y + box.height <= height
      })
    }
    await context.close()
  })

  test('says what is wrong with a name or a password before and after asking', async () => {
    const device = await openDevice(browser, server.url, { locale: 'en-GB' })
    const { page } = device
    const enterButton = page.getByRole('button', { name: 'Enter' })
    await enterButton.click()
    await page.getByText('Type a name to enter.').waitFor()
    await page.getByLabel('Name', { exact: true }).fill('two words')
    await enterButton.click()
    await page.getByText('That name won’t work.').waitFor()
    expect(await page.getByLabel('Name', { exact: true }).getAttribute('aria-invalid')).toBe('true')
    await page.getByLabel('Name', { exact: true }).fill('fine')
    await page.getByLabel('Password (optional)').fill('short')
    await enterButton.click()
    await page.getByText('A password needs 8 to 256 characters.').waitFor()
    await device.context.close()
  })

  test('leaves no token where a script could read it', async () => {
    const device = await openDevice(browser, server.url)
    await device.enter('discreta')
    const [cookie] = await device.context.cookies()
    expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Lax' })
    const readable = await device.page.evaluate(() =>
      [document.cookie, ...Object.values({ ...localStorage, ...sessionStorage })].join(' '),
    )
    expect(readable).not.toContain(cookie?.value)
    await device.context.close()
  })

  test('AUTH-8 a page that is opened again keeps its cookie, and one that stays open too', async () => {
    // Before the server starts: it takes its clock from what `Date` is then.
    vi.useFakeTimers({ toFake: ['Date'] })
    await using weekly = await startTestServer({ SESSION_DAYS: '7' })
    const device = await openDevice(browser, weekly.url)
    await device.enter('assídua')
    const endOf = async (): Promise<number> => ((await device.context.cookies())[0]?.expires ?? 0) * 1000
    const dueIn = (days: number): number => {
      vi.setSystemTime(Date.now() + days * DAY)
      return Date.now() + 7 * DAY - 60_000
    }
    await device.context.clock.install()
    const visited = dueIn(2)
    await device.page.reload()
    await until('a visit makes the cookie last a week again', async () => (await endOf()) > visited)
    await device.page.getByRole('button', { name: /^assídua/ }).waitFor()
    const stayed = dueIn(2)
    await until('so does an hour that the page stays open', async () => {
      await device.context.clock.fastForward('01:00:00')
      return (await endOf()) > stayed
    })
    await device.context.close()
  })
})

describe('the tabs of one browser', () => {
  test('each have everything, share what is read, and leave together', async () => {
    const first = await openDevice(browser, server.url)
    await first.enter('abas', 'senha das abas')
    const second = await first.newTab()
    await second.becomes('live')
    const rui = await enter(server.graphql, 'rui')
    await send(server.graphql, rui.token, { text: 'oi, abas', to: 'abas' })
    for (const tab of [first, second]) await tab.page.getByRole('link', { name: /1 mensagem não lida/ }).waitFor()

    await first.open('rui')
    await first.hasLast('oi, abas')
    await second.page.getByRole('link', { name: /1 mensagem não lida/ }).waitFor({ state: 'detached' })
    await second.open('rui')
    await second.say('oi, rui')
    await first.hasLast('oi, rui')
    expect(await first.texts()).toEqual(await second.texts())

    await first.page.getByRole('button', { name: 'Menu da conta' }).click()
    await first.page.getByRole('button', { name: 'Sair…' }).click()
    await first.page.getByText('Para voltar, entre com o nome e a senha.').waitFor()
    await first.page.getByRole('button', { name: 'Sair deste aparelho' }).click()
    await first.page.getByText('Você saiu deste aparelho.').waitFor()
    await second.page.getByText('Sua sessão terminou em outro lugar.').waitFor()

    // Entering in one lets the other in.
    await first.enter('abas', 'senha das abas')
    await second.becomes('live')
    await first.context.close()
  })
})

describe('leaving', () => {
  test.each([
    { locale: 'pt-BR', menu: 'Sair…', lost: 'Você perde 1 conversa particular (eva)', cancel: 'Cancelar' },
    { locale: 'en-US', menu: 'Leave…', lost: 'You lose 1 private conversation (eva)', cancel: 'Cancel' },
  ])('counts what is lost, and can be thought over ($locale)', async ({ locale, menu, lost, cancel }) => {
    const eva = await enter(server.graphql, 'eva', 'a senha dela')
    await enter(server.graphql, 'ninguem-disse-nada').catch(() => {})
    const name = `indecisa-${locale}`
    const device = await openDevice(browser, server.url, { locale, path: '/#/with/ninguem-disse-nada' })
    const { page } = device
    await device.enter(name)
    await send(server.graphql, eva.token, { text: 'oi', to: name })
    await page.locator('.sidebar nav a.row').nth(2).waitFor()
    await page.locator('.account-button').click()
    await page.locator('.menu').getByText(menu).click()
    await page.getByRole('dialog').getByText(lost).waitFor()
    await page.getByRole('dialog').getByRole('button', { name: cancel }).click()
    await page.locator('dialog').waitFor({ state: 'detached' })
    expect(await device.connection()).toBe('live')
    await device.context.close()
  })
})

describe('a password', () => {
  test('can be set later, and then opens the name on another device', async () => {
    const device = await openDevice(browser, server.url)
    await device.enter('tarde')
    await device.page.getByRole('button', { name: 'Menu da conta' }).click()
    await device.page.getByRole('button', { name: 'Sair…' }).click()
    await device.page.getByText('Este nome não tem senha.').waitFor()
    await device.page.getByRole('button', { name: 'Definir senha antes' }).click()
    await device.page.getByLabel('Nova senha').fill('agora tem senha')
    await device.page.getByRole('button', { name: 'Salvar senha' }).click()
    await device.page.getByText('Senha salva.').waitFor()
    await device.page.getByRole('dialog').getByRole('button', { name: 'Fechar' }).last().click()

    const other = await openDevice(browser, server.url)
    await other.enter('tarde', 'agora tem senha')
    await other.page.getByRole('button', { name: 'Menu da conta' }).click()
    await other.page.getByRole('button', { name: 'Sair…' }).click()
    await other.page.getByRole('button', { name: 'Sair de todos os aparelhos' }).click()
    await other.page.getByText('Você saiu de todos os aparelhos.').waitFor()
    await device.page.getByText('Sua sessão terminou em outro lugar.').waitFor()
    await device.context.close()
    await other.context.close()
  })
})
