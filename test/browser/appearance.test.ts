// What is chosen holds from the first paint on, and what the system asks for is done.
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestServer, type TestServer } from '../setup/server.ts'
import { until } from '../setup/until.ts'
import { chooseInMenu, closeDialog } from './account.ts'
import { launchBrowser } from './browser.ts'
import { type Device, openDevice } from './device.ts'

let server: TestServer
let browser: Browser
beforeAll(async () => {
  server = await startTestServer()
  browser = await launchBrowser()
})
afterAll(async () => {
  await browser?.close()
  await server?.close()
})

const ground = ({ page }: Device) => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor)

describe('the appearance', () => {
  test.each([
    ['Escura', 'light'],
    ['Clara', 'dark'],
  ] as const)(
    '%s on a system that is %s is there at the first paint, long before the page’s script',
    async (choice, system) => {
      const device = await openDevice(browser, server.url, { colorScheme: system, serviceWorkers: 'block' })
      await device.enter(`pessoa-${system}`)
      const byTheSystem = await ground(device)
      await chooseInMenu(device, 'Ajustes…')
      await device.page.getByRole('radio', { name: choice }).check()
      await closeDialog(device.page)
      const chosen = await ground(device)
      expect(chosen).not.toBe(byTheSystem)

      // The script of the page comes late; what is painted meanwhile is looked at.
      const { promise: late, resolve: letCome } = Promise.withResolvers<void>()
      await device.context.route(/\/assets\/index-[^/]*\.js$/, async route => {
        await late
        await route.continue()
      })
      await device.page.reload({ waitUntil: 'commit' })
      await until('it has been painted', () =>
        device.page.evaluate(
          () => performance.getEntriesByType('paint').length > 0 || document.readyState !== 'loading',
        ),
      )
      await until('its styles are there', async () => (await ground(device)) !== 'rgba(0, 0, 0, 0)')
      expect(await device.page.locator('#root').innerHTML()).toBe('')
      expect(await ground(device)).toBe(chosen)
      letCome()
      await device.becomes('live')
      expect(await ground(device)).toBe(chosen)
      await device.context.close()
    },
  )
})

describe('a system that asks for less motion', () => {
  /** What moves or fades, or could: running animations, and elements that would change little by little. */
  const moving = ({ page }: Device) =>
    page.evaluate(() => {
      const could = [...document.querySelectorAll('*')].filter(element => {
        const { transitionDuration, animationName } = getComputedStyle(element)
        return animationName !== 'none' || transitionDuration.split(', ').some(duration => duration !== '0s')
      })
      return document.getAnimations().length + could.length
    })

  test.each([
    ['reduce', false],
    ['no-preference', true],
  ] as const)('%s: things move: %s', async (reducedMotion, moves) => {
    const device = await openDevice(browser, server.url, { reducedMotion })
    await device.enter(`calma-${reducedMotion === 'reduce'}`)
    await device.say('oi')
    await device.hasLast('oi')
    device.network.down()
    await device.page.getByText('Sem conexão.').first().waitFor()
    expect((await moving(device)) > 0).toBe(moves)
    await device.context.close()
  })
})
