// Answering a message: the quote shows what was answered, follows what becomes of it, and leads to it.
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { data, type Entered, enter, type Sent, send } from '../setup/request.ts'
import { startTestServer, type TestServer } from '../setup/server.ts'
import { until } from '../setup/until.ts'
import { launchBrowser, PHONE } from './browser.ts'
import { type Device, expectNoComplaints, openDevice } from './device.ts'
import { fill, places } from './reading.ts'

let server: TestServer
let browser: Browser
let joao: Device
let ana: Device
let maria: Entered
let question: Sent

beforeAll(async () => {
  server = await startTestServer()
  browser = await launchBrowser()
  maria = await enter(server.graphql, 'maria')
  joao = await openDevice(browser, server.url)
  await joao.enter('joao')
  ana = await openDevice(browser, server.url, PHONE)
  await ana.enter('ana')
  await ana.open('everyone')
  question = await send(server.graphql, maria.token, { text: 'quem tem a chave?' })
  await joao.hasLast('quem tem a chave?')
})
afterAll(async () => {
  await browser?.close()
  await server?.close()
})

const message = (device: Device, text: string) =>
  device.page.locator('li.message', { has: device.page.locator('.message-text', { hasText: text }) }).last()

describe('an answer', () => {
  test('by the button quotes author and text for everybody', async () => {
    await message(joao, 'quem tem a chave?').hover()
    await message(joao, 'quem tem a chave?').getByRole('button', { name: 'Responder' }).click()
    await joao.page.getByText('Respondendo a maria').waitFor()
    await joao.say('eu!')
    for (const device of [joao, ana]) {
      await device.hasLast('eu!')
      await message(device, 'eu!').locator('.quote', { hasText: 'maria quem tem a chave?' }).waitFor()
    }
    expect(await joao.page.getByText('Respondendo a').count()).toBe(0)
  })

  test('by the keyboard alone', async () => {
    await joao.page.locator('.scroller').focus()
    await joao.page.keyboard.press('ArrowUp')
    await joao.page.keyboard.press('ArrowUp')
    await joao.page.keyboard.press('r')
    await joao.page.getByText('Respondendo a maria').waitFor()
    await joao.page.keyboard.type('pelo teclado')
    await joao.page.keyboard.press('Enter')
    await joao.hasLast('pelo teclado')
    await message(joao, 'pelo teclado').locator('.quote', { hasText: 'quem tem a chave?' }).waitFor()
  })

  test('is given up with Escape, and what was written stays', async () => {
    await joao.page.locator('.composer textarea').fill('ainda não')
    await message(joao, 'eu!').hover()
    await message(joao, 'eu!').getByRole('button', { name: 'Responder' }).click()
    await joao.page.getByText('Respondendo a você mesmo').waitFor()
    await joao.page.keyboard.press('Escape')
    expect(await joao.page.getByText('Respondendo a').count()).toBe(0)
    await joao.page.keyboard.press('Enter')
    await joao.hasLast('ainda não')
    expect(await message(joao, 'ainda não').locator('.quote').count()).toBe(0)
  })

  test('on a phone by pulling the message to the side', async () => {
    const bubble = message(ana, 'ainda não').locator('.bubble')
    const box = await bubble.boundingBox()
    if (!box) throw new Error('The message is not on the screen')
    const devtools = await ana.context.newCDPSession(ana.page)
    const [x, y] = [box.x + 10, box.y + 15]
    const touch = (type: string, dx: number) =>
      devtools.send('Input.dispatchTouchEvent', {
        type: type as 'touchStart',
        touchPoints: type === 'touchEnd' ? [] : [{ x: x + dx, y }],
      })
    await touch('touchStart', 0)
    for (const dx of [10, 25, 40, 60, 75]) await touch('touchMove', dx)
    await touch('touchEnd', 0)
    await ana.page.getByText('Respondendo a joao').waitFor()
    await ana.page.getByRole('button', { name: 'Cancelar a resposta' }).tap()
  })
})

describe('a quote', () => {
  test('follows the quoted message: its new text, and that it was deleted', async () => {
    await joao.say('original')
    await joao.hasLast('original')
    await message(ana, 'original').locator('.bubble').tap()
    await message(ana, 'original').getByRole('button', { name: 'Responder' }).tap()
    await ana.say('resposta da ana')
    await joao.hasLast('resposta da ana')
    const quote = message(joao, 'resposta da ana').locator('.quote')
    await quote.getByText('original').waitFor()

    await joao.page.locator('.composer textarea').press('ArrowUp')
    await joao.say('mudado')
    await quote.getByText('mudado').waitFor()
    await message(ana, 'resposta da ana').locator('.quote', { hasText: 'mudado' }).waitFor()

    await joao.say('/delete')
    await joao.page.getByRole('button', { name: 'Apagar para todos' }).click()
    await quote.getByText('Mensagem apagada').waitFor()
    await message(ana, 'resposta da ana').locator('.quote', { hasText: 'Mensagem apagada' }).waitFor()
    expect(await ana.page.locator('.thread').textContent()).not.toContain('mudado')
  })

  test('leads to its message, however far up, and back', async () => {
    await fill(
      server,
      maria.token,
      Array.from({ length: 500 }, (_, index) => `enchendo ${index}`),
    )
    await data(server.graphql, 'mutation ($id: ID!) { sendMessage(text: "achei", replyTo: $id) { id } }', {
      token: maria.token,
      variables: { id: question.id },
    })
    await joao.page.reload()
    await joao.becomes('live')
    // Before, the list may still move to the first unread message.
    await joao.page.locator('.messages[data-settled]').waitFor()
    const pill = joao.page.getByRole('button', { name: /novas? mensage/ })
    await until('the end', async () => {
      if (await pill.isVisible()) await pill.click()
      return (await joao.texts()).at(-1) === 'achei'
    })
    await joao.hasLast('achei')
    await message(joao, 'achei').locator('.quote', { hasText: 'quem tem a chave?' }).click()
    const shown = joao.page.locator('li.message[data-shown]')
    await shown.getByText('quem tem a chave?').waitFor()
    const { rows, height } = await places(joao.page)
    const place = rows.find(({ text }) => text === 'quem tem a chave?')?.top ?? -1
    expect(place).toBeGreaterThan(0)
    expect(place).toBeLessThan(height)
    await joao.page.getByRole('button', { name: 'Ir para a mais recente' }).click()
    await joao.hasLast('achei')
    expect(await joao.violations()).toEqual([])
    expectNoComplaints(joao, ana)
  })
})
