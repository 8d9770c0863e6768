// Where what is left begins, the page says how long the server keeps it; where all is kept, that the conversation begins.
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestServer } from '../setup/server.ts'
import { launchBrowser } from './browser.ts'
import { openDevice } from './device.ts'

let browser: Browser
beforeAll(async () => {
  browser = await launchBrowser()
})
afterAll(() => browser?.close())

test.each([
  [{ RETAIN_DAYS: '30' }, 'Este servidor guarda as mensagens por 30 dias. O que é mais antigo é removido.'],
  [{ RETAIN_MESSAGES: '5000' }, 'Este servidor guarda as últimas 5.000 mensagens. O que é mais antigo é removido.'],
  [{}, 'A conversa começa aqui. Diga oi!'],
] as const)('%o: “%s”', async (env, sentence) => {
  const server = await startTestServer(env)
  const device = await openDevice(browser, server.url)
  try {
    await device.enter('joao')
    await device.say('oi')
    await device.hasLast('oi')
    const start = device.page.locator('.messages-start')
    await start.getByText(sentence).waitFor()
    // From the device's own copy too, once the server has been heard.
    await device.page.reload()
    await device.becomes('live')
    await start.getByText(sentence).waitFor()
    expect(await start.textContent()).toBe(sentence)
  } finally {
    await device.context.close()
    await server.close()
  }
})
