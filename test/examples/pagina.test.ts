// The page of the staircase, in a real browser, on its last step: two tabs talk, one drops and comes back.
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { launchBrowser } from '../browser/browser.ts'
import { until } from '../setup/until.ts'
import { type Step, startStep } from './staircase.ts'

let chat: Step
let browser: Browser

beforeAll(async () => {
  chat = await startStep('4-cursor.mjs')
  browser = await launchBrowser([], { anyAge: true })
})

afterAll(async () => {
  await browser?.close()
  await chat?.close()
})

async function enter(name: string): Promise<Page> {
  const tab = await browser.newPage()
  await tab.goto(chat.page)
  await tab.getByLabel('Nome').fill(name)
  await tab.getByLabel('Senha').fill('segredo de sempre')
  await tab.getByRole('button', { name: 'Entrar' }).click()
  await until('connected', async () => (await tab.getByRole('status').textContent()) === 'conectado')
  return tab
}

async function say(tab: Page, text: string): Promise<void> {
  await tab.getByLabel('Texto').fill(text)
  await tab.getByRole('button', { name: 'Enviar' }).click()
  await until(text, async () => (await lines(tab)).some(line => line.endsWith(text.replace(/^\/msg \S+ /, ''))))
}

const lines = (tab: Page): Promise<string[]> => tab.locator('#linhas li').allTextContents()

test('a tab that drops comes back and has what was said meanwhile, once', async () => {
  const [ana, joao] = [await enter('ana'), await enter('joao')]
  await say(ana, 'antes')
  await until('antes', async () => (await lines(joao)).length === 1)
  await joao.getByRole('button', { name: 'Cair' }).click()
  await until('away', async () => (await joao.getByRole('status').textContent())?.startsWith('fora') === true)
  await say(ana, '<b>um</b>')
  await say(ana, '/msg joao dois')
  await joao.getByRole('button', { name: 'Voltar' }).click()
  await until('all', async () => (await lines(joao)).length >= 3)
  await say(joao, 'três')
  expect(await lines(joao)).toEqual(['ana: antes', 'ana: <b>um</b>', 'ana → joao: dois', 'joao: três'])
})
