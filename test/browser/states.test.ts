// Every screen and dialog of the page, in every state, is drawn, fits the screen, and has nothing that axe objects to:
// on a laptop and a phone, light and dark.
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { walkStates } from '../../docs/screenshots/states.ts'
import { objectionsTo } from './axe.ts'
import { LAPTOP, launchBrowser, PHONE } from './browser.ts'

let browser: Browser
beforeAll(async () => {
  browser = await launchBrowser()
})
afterAll(() => browser?.close())

const STATES = [
  ...['opening', 'unreachable', 'chat-loading', 'chat-failed'],
  ...['enter', 'enter-refused', 'enter-taken', 'enter-ask', 'enter-code'],
  ...['chat-empty', 'chat', 'chat-private', 'chat-refused'],
  ...['menu', 'settings', 'device-entered', 'devices', 'add-device', 'approve-device', 'password', 'help', 'switcher'],
  ...['dropped', 'leave', 'left'],
]

describe.each([
  { look: 'laptop', options: LAPTOP },
  { look: 'phone', options: PHONE },
])('on a $look', ({ options }) => {
  test('every state, light and dark', { timeout: 600_000 }, async () => {
    const seen: string[] = []
    const objections: string[] = []
    for await (const { name, page } of walkStates(browser, { ...options, colorScheme: 'light' })) {
      seen.push(name)
      const room = await page.evaluate(() => innerWidth - document.documentElement.scrollWidth)
      if (room < 0) objections.push(`${name}: ${-room} pixels wider than the screen`)
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
        for (const { id, nodes } of await objectionsTo(page)) {
          objections.push(`${name}, ${colorScheme}: ${id} ${nodes.map(({ target }) => target.join(' ')).join(', ')}`)
        }
      }
      await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' })
    }
    expect(objections).toEqual([])
    expect(seen.filter(name => name !== 'list')).toEqual(STATES)
  })
})
