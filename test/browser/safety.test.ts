// Nothing private becomes public by a slip of the page, and nothing that is written becomes anything but text.
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestServer, type TestServer } from '../setup/server.ts'
import { launchBrowser } from './browser.ts'
import { type Device, expectNoComplaints, openDevice } from './device.ts'

let server: TestServer
let browser: Browser
let joao: Device
let maria: Device
let ana: Device

beforeAll(async () => {
  server = await startTestServer()
  browser = await launchBrowser()
  const open = async (name: string) => {
    const device = await openDevice(browser, server.url)
    await device.enter(name)
    return device
  }
  joao = await open('joao')
  maria = await open('maria')
  ana = await open('ana')
})
afterAll(async () => {
  await browser?.close()
  await server?.close()
})

describe('what is written in a private conversation', () => {
  test('goes to that person alone, as it is written', async () => {
    await joao.open('maria')
    await joao.say('só para você')
    await joao.say('//barra')
    await joao.hasLast('/barra')
    await maria.open('joao')
    await maria.hasLast('/barra')
    expect(await maria.texts()).toEqual(['só para você', '/barra'])
  })

  test('with a command goes to the one it names, in their conversation, and says so', async () => {
    await joao.say('/msg ana oi, ana')
    await joao.page.locator('.notice').getByRole('link', { name: 'Abrir a conversa com ana' }).waitFor()
    await ana.open('joao')
    await ana.hasLast('oi, ana')
    expect(await joao.texts()).toEqual(['só para você', '/barra'])
  })

  test('with a command that there is not is not sent at all, and stays to be mended', async () => {
    await joao.say('  ／segredo nosso')
    await joao.page.getByRole('alert').getByText('O comando /segredo não existe.').waitFor()
    await joao.say('/mgs maria segredo')
    await joao.page.getByRole('alert').getByText('O comando /mgs não existe. Você quis dizer /msg?').waitFor()
    expect(await joao.page.locator('.composer textarea').inputValue()).toBe('/mgs maria segredo')
    await joao.page.locator('.composer textarea').fill('')
  })

  test('never reaches everyone', async () => {
    await maria.open('everyone')
    await maria.say('para todos')
    await ana.open('everyone')
    await ana.hasLast('para todos')
    expect(await ana.texts()).toEqual(['para todos'])
  })
})

describe('what is written to everyone', () => {
  test('is not sent when it begins with a slash in disguise', async () => {
    await joao.open('everyone')
    for (const [text, words] of [
      ['\u200b/msg', 'Para quem?'],
      ['／msg maria ', 'Falta o texto'],
      ['\u00a0/nada', 'não existe'],
    ] as const) {
      await joao.say(text)
      await joao.page.getByRole('alert').getByText(words).waitFor()
      await joao.page.locator('.composer textarea').fill('')
    }
    await joao.say('visível')
    await ana.hasLast('visível')
    expect(await ana.texts()).toEqual(['para todos', 'visível'])
  })

  test('is shown as text, whatever it looks like', async () => {
    const text = '<img src=x onerror=alert(1)> **não** &amp; <b>isto</b>'
    await joao.say(text)
    await ana.hasLast(text)
    expect(await ana.page.locator('.message-text img, .message-text b').count()).toBe(0)
  })

  test('has links to the web only, which tell the other page nothing', async () => {
    await joao.say('veja https://example.org/a. e javascript:alert(1)')
    await ana.hasLast('veja https://example.org/a. e javascript:alert(1)')
    const links = ana.page.locator('.message-text a')
    expect(await links.count()).toBe(1)
    expect(await links.getAttribute('href')).toBe('https://example.org/a')
    expect(await links.getAttribute('rel')).toBe('noopener noreferrer nofollow')
  })

  test('keeps to its own direction', async () => {
    await joao.say('مرحبا بالعالم')
    await joao.say('\u202eodnum od oirártnoc oa')
    await ana.hasLast('\u202eodnum od oirártnoc oa')
    const rows = ana.page.locator('.message-text')
    const directions = await rows.evaluateAll(all => all.slice(-2).map(row => getComputedStyle(row).direction))
    expect(directions[0]).toBe('rtl')
    expect(await rows.last().evaluate(row => getComputedStyle(row).unicodeBidi)).toMatch(/isolate|plaintext/)
    // The name and the time beside it stand as ever.
    expect(await ana.page.locator('.message-author').last().textContent()).toBe('joao')
  })

  test('has lines where they were broken', async () => {
    const box = joao.page.locator('.composer textarea')
    await box.fill('uma')
    await box.press('Shift+Enter')
    await box.pressSequentially('outra')
    await box.press('Enter')
    await ana.hasLast('uma\noutra')
  })
})

test('no device complains about a script or the security policy', () => {
  expectNoComplaints(joao, maria, ana)
})
