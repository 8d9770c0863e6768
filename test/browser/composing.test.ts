// Writing: keys that send and keys that don't, a paste of several lines, and an input method that composes.
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestServer, type TestServer } from '../setup/server.ts'
import { launchBrowser } from './browser.ts'
import { type Device, expectNoComplaints, openDevice } from './device.ts'

let server: TestServer
let browser: Browser
let joao: Device
beforeAll(async () => {
  server = await startTestServer()
  browser = await launchBrowser()
  joao = await openDevice(browser, server.url)
  await joao.enter('joao')
})
afterAll(async () => {
  await browser?.close()
  await server?.close()
})

const box = () => joao.page.locator('.composer textarea')

test('Enter belongs to an input method while it composes, and sends what it has made afterwards', async () => {
  await box().focus()
  const devtools = await joao.context.newCDPSession(joao.page)
  await devtools.send('Input.imeSetComposition', { text: 'にほん', selectionStart: 3, selectionEnd: 3 })
  expect(await box().inputValue()).toBe('にほん')
  await joao.page.evaluate(() => {
    addEventListener('keydown', event => Object.assign(globalThis, { wasComposing: event.isComposing }), true)
  })
  // The key alone: what an input method takes leaves no line break.
  const enter = { key: 'Enter', code: 'Enter', windowsVirtualKeyCode: 13 }
  await devtools.send('Input.dispatchKeyEvent', { type: 'rawKeyDown', ...enter })
  await devtools.send('Input.dispatchKeyEvent', { type: 'keyUp', ...enter })
  expect(await joao.page.evaluate(() => Reflect.get(globalThis, 'wasComposing'))).toBe(true)
  // Nothing was sent, and what is composed is still there.
  expect(await box().inputValue()).toBe('にほん')
  expect(await joao.texts()).toEqual([])
  await devtools.send('Input.insertText', { text: '日本' })
  await box().press('Enter')
  expect(await joao.page.evaluate(() => Reflect.get(globalThis, 'wasComposing'))).toBe(false)
  await joao.hasLast('日本')
  expect(await joao.texts()).toEqual(['日本'])
  expect(await box().inputValue()).toBe('')
})

test('Shift and Enter breaks the line, a paste keeps its lines, and emoji go through unharmed', async () => {
  await box().focus()
  await joao.page.keyboard.type('uma')
  await joao.page.keyboard.press('Shift+Enter')
  await joao.page.keyboard.type('duas')
  await joao.page.keyboard.press('Enter')
  await joao.hasLast('uma\nduas')
  const lines = 'primeira\n\n  terceira, com espaço\n👩🏽‍🚀 🇧🇷 👨‍👩‍👧'
  await box().evaluate((element, text) => {
    const data = new DataTransfer()
    data.setData('text/plain', text)
    const event = new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true })
    // What the page does not take itself, the browser puts in.
    if (element.dispatchEvent(event)) document.execCommand('insertText', false, text)
  }, lines)
  await box().press('Enter')
  await joao.hasLast(lines)
  expectNoComplaints(joao)
})
