// Walks through every screen and dialog of the page and every state of them (empty, loading, failed, offline …) on a real
// server, and stops at each: for the pictures of take.ts, and for the checks of test/browser/states.test.ts.
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { openDevice } from '../../test/browser/device.ts'
import { enter, send } from '../../test/setup/request.ts'
import { startTestServer } from '../../test/setup/server.ts'
import { until } from '../../test/setup/until.ts'

export interface State {
  readonly name: string
  readonly page: Page
}

const PASSWORD = 'uma senha só das fotos'

/** Who says what to everyone; `joão` is the one whose screen it is. */
export const TALK: readonly (readonly [name: string, text: string])[] = [
  ['ana', 'Bom dia! A reunião de hoje é às 15h ou às 16h?'],
  ['maria', 'Às 15h, na sala do fundo.'],
  ['maria', 'E a pauta está aqui: https://example.org/pauta'],
  ['rafael', 'Eu levo o café ☕'],
  ['joão', 'Perfeito. Alguém viu a chave do laboratório?'],
  ['ana', 'Na gaveta da entrada! Não é, @maria?'],
  ['joão', 'Achei, obrigado 💛'],
]
export const WHISPERS: readonly (readonly [from: string, to: string, text: string])[] = [
  ['rafael', 'joão', 'Você pega pão de queijo no caminho?'],
  ['maria', 'joão', 'Te guardei um pedaço de bolo de fubá 🍰'],
  ['joão', 'maria', 'Oba! Passo aí às quatro.'],
  ['maria', 'joão', 'Combinado. Está na geladeira, atrás do suco.'],
]

/** Makes every GraphQL request whose text matches wait for ever, or fail. Only the page's own: workers are taken away. */
async function hinder(page: Page, operation: RegExp, how: 'hang' | 'fail'): Promise<void> {
  await page.addInitScript(() => Reflect.deleteProperty(globalThis, 'SharedWorker'))
  await page.route('**/graphql', route => {
    if (!operation.test(route.request().postData() ?? '')) return route.fallback()
    return how === 'fail' ? route.abort() : new Promise(() => {})
  })
}

/** A browser of its own for each state that needs the server to be silent. */
async function* hindered(browser: Browser, url: string, options: BrowserContextOptions): AsyncGenerator<State> {
  const cases = [
    { name: 'opening', operation: /query Me\b/, how: 'hang', until: '.start' },
    { name: 'unreachable', operation: /query Me\b/, how: 'fail', until: '.start .button' },
    { name: 'chat-loading', operation: /query Messages\b|Server/, how: 'hang', until: '.thread-placeholder .spinner' },
    { name: 'chat-failed', operation: /query Messages\b|Server/, how: 'fail', until: '.thread-placeholder .button' },
  ] as const
  for (const { name, operation, how, until: sign } of cases) {
    const { page, context } = await openDevice(browser, url, {
      ...options,
      serviceWorkers: 'block',
      path: '/#/everyone',
    })
    await hinder(page, operation, how)
    await page.reload()
    if (name.startsWith('chat')) {
      await page.locator('input[name=username]').fill(name === 'chat-loading' ? 'lia' : 'rosa')
      await page.locator('button[type=submit]').click()
    }
    await page.locator(sign).waitFor()
    yield { name, page }
    await context.close()
  }
}

export async function* walkStates(browser: Browser, options: BrowserContextOptions): AsyncGenerator<State> {
  await using server = await startTestServer()
  const tokens = new Map<string, string>()
  for (const name of ['joão', 'maria', 'ana', 'rafael']) {
    tokens.set(name, (await enter(server.graphql, name, name === 'joão' ? PASSWORD : undefined)).token)
  }
  const say = (name: string, text: string, to?: string) =>
    send(server.graphql, tokens.get(name) ?? '', to === undefined ? { text } : { text, to })
  yield* hindered(browser, server.url, options)

  // ---- the door
  const door = await openDevice(browser, server.url, options)
  const { page } = door
  await page.locator('input[name=username]').waitFor()
  yield { name: 'enter', page }
  await page.locator('input[name=username]').fill('duas palavras')
  await page.locator('button[type=submit]').click()
  await page.locator('.field-error').waitFor()
  yield { name: 'enter-refused', page }
  await page.locator('input[name=username]').fill('maria')
  await page.locator('button[type=submit]').click()
  await page.locator('.owner-ways').waitFor()
  yield { name: 'enter-taken', page }
  await page.locator('.owner-ways .button-link').click()
  await until('the code is there', async () => /\w{4}-/.test(await page.locator('.code-shown').innerText()))
  yield { name: 'enter-ask', page }
  await page.locator('.enter-card .button').first().click()
  await page.locator('.enter-card > .button-link').last().click()
  await page.locator('input[name=code]').waitFor()
  yield { name: 'enter-code', page }
  await page.locator('.enter-card > .button-link').last().click()

  // ---- the chat, empty and full
  await door.enter('joão', PASSWORD)
  if (options.isMobile) yield { name: 'list', page }
  await door.open('everyone')
  await page.locator('.messages-start p').waitFor()
  yield { name: 'chat-empty', page }
  for (const [name, text] of TALK) await say(name, text)
  for (const [from, to, text] of WHISPERS) await say(from, text, to)
  await page.locator('.message-text', { hasText: 'obrigado' }).waitFor()
  yield { name: 'chat', page }
  await page.goto(`${page.url().replace(/#.*/, '')}#/with/maria`)
  await page.locator('.message-text', { hasText: 'atrás do suco' }).waitFor()
  yield { name: 'chat-private', page }
  await page.locator('.composer textarea').fill('/nada')
  await page.locator('.composer textarea').press('Enter')
  await page.locator('.composer-problem').waitFor()
  yield { name: 'chat-refused', page }
  await page.locator('.composer textarea').fill('')

  // ---- menu and dialogs
  const openMenu = async () => {
    if (options.isMobile) await page.goto(`${page.url().replace(/#.*/, '')}#/`)
    await page.locator('.account-button').click()
    await page.locator('.menu').waitFor()
  }
  const choose = async (item: number) => {
    await openMenu()
    await page.locator('.menu-items button').nth(item).click()
    await page.locator('dialog[open]').waitFor()
  }
  const close = async () => {
    await page.keyboard.press('Escape')
    await page.locator('dialog').waitFor({ state: 'detached' })
  }
  await openMenu()
  yield { name: 'menu', page }
  await page.keyboard.press('Escape')
  await choose(0)
  yield { name: 'settings', page }
  await close()
  await enter(server.graphql, 'joão', PASSWORD)
  await page.locator('.bar').waitFor()
  yield { name: 'device-entered', page }
  await choose(1)
  await page.locator('.device').nth(1).waitFor()
  yield { name: 'devices', page }
  await close()
  await page.locator('.bar-actions button').last().click()
  await choose(2)
  await page.locator('dialog .qr').waitFor()
  yield { name: 'add-device', page }
  await page.locator('.approve summary').click()
  yield { name: 'approve-device', page }
  await close()
  await choose(3)
  yield { name: 'password', page }
  await close()
  await choose(5)
  yield { name: 'help', page }
  await close()
  await page.keyboard.press('Control+k')
  await page.locator('.switcher').waitFor()
  yield { name: 'switcher', page }
  await close()

  // ---- the connection
  await openMenu()
  await page.locator('.menu-items [role=switch]').click()
  if (options.isMobile) await page.goto(`${page.url().replace(/#.*/, '')}#/everyone`)
  await page.locator('.banner').waitFor()
  await door.say('Isto fica guardado até religar.')
  await page.locator('li.message[data-state=waiting]').waitFor()
  yield { name: 'dropped', page }
  await page.locator('.banner button').click()
  await door.becomes('live')

  // ---- leaving, and what is left behind
  await door.context.close()
  const last = await openDevice(browser, server.url, options)
  await last.enter('solange')
  await last.page.locator('.account-button').waitFor()
  for (const name of ['ana', 'rafael']) await say(name, 'Até amanhã!', 'solange')
  await last.page.locator('.sidebar nav .row').nth(2).waitFor()
  await last.page.locator('.account-button').click()
  await last.page.locator('.menu-items button').last().click()
  await last.page.locator('dialog[open]').waitFor()
  yield { name: 'leave', page: last.page }
  await last.page.locator('.dialog-choices button').nth(1).click()
  await last.page.locator('.enter-card .callout').waitFor()
  yield { name: 'left', page: last.page }
  await last.context.close()
}
