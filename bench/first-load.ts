// How long the page takes until it can be used, on a processor four times as slow: `node bench/first-load.ts [runs]`,
// after a build. Each run is a browser that has never been there; then the same browser again. Needs Chromium.
import type { Page } from 'playwright-core'
import { LAPTOP, launchBrowser } from '../test/browser/browser.ts'
import { startNetwork } from '../test/browser/network.ts'
import { enter, send } from '../test/setup/request.ts'
import { startTestServer } from '../test/setup/server.ts'

const RUNS = Number(process.argv[2] ?? 5)
const SLOWER = 4
const PASSWORD = 'a senha das medidas'
/** Nothing may keep the page busy for so long afterwards. */
const QUIET_MS = 1_000

/**
 * Milliseconds from the navigation's start until this is there and no task of 50 ms or more has run for a second: the end
 * of the last such task, or when it appeared.
 */
async function interactiveMs(page: Page, address: string, selector: string): Promise<number> {
  await page.addInitScript(sought => {
    const marks = { shownAt: 0, busyUntil: 0 }
    Object.assign(globalThis, { marks })
    new PerformanceObserver(list => {
      for (const { startTime, duration } of list.getEntries()) marks.busyUntil = startTime + duration
    }).observe({ type: 'longtask', buffered: true })
    new MutationObserver((_, observer) => {
      if (!document.querySelector(sought)) return
      marks.shownAt = performance.now()
      observer.disconnect()
    }).observe(document, { childList: true, subtree: true })
  }, selector)
  await page.goto(address)
  return page.evaluate(
    quiet =>
      new Promise<number>(resolve => {
        const { marks } = globalThis as unknown as { marks: { shownAt: number; busyUntil: number } }
        const look = () => {
          const readyAt = Math.max(marks.shownAt, marks.busyUntil)
          if (marks.shownAt > 0 && performance.now() - readyAt > quiet) resolve(readyAt)
          else setTimeout(look, 50)
        }
        look()
      }),
    QUIET_MS,
  )
}

const median = (values: readonly number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0

await using server = await startTestServer()
const { token } = await enter(server.graphql, 'medidas', PASSWORD)
for (let count = 0; count < 100; count++) await send(server.graphql, token, { text: `mensagem ${count}` })
const browser = await launchBrowser()
try {
  const door: number[] = []
  const again: number[] = []
  const bytes: number[] = []
  for (let run = 0; run < RUNS; run++) {
    const network = await startNetwork(server.url)
    const context = await browser.newContext(LAPTOP)
    const open = async () => {
      const page = await context.newPage()
      const session = await context.newCDPSession(page)
      await session.send('Emulation.setCPUThrottlingRate', { rate: SLOWER })
      return page
    }
    const first = await open()
    door.push(await interactiveMs(first, network.url, 'input[name=username]'))
    await first.locator('input[name=username]').fill('medidas')
    await first.locator('input[name=password]').fill(PASSWORD)
    await first.locator('button[type=submit]').click()
    await first.locator('.connection[data-state=live]').first().waitFor()
    bytes.push(network.bytes)
    await first.close()
    const second = await open()
    again.push(await interactiveMs(second, network.url, '.composer textarea'))
    await context.close()
    await network.close()
  }
  console.log(`processor ${SLOWER} times slower, ${RUNS} runs, median (worst)`)
  console.log(`  the door, first visit:  ${median(door).toFixed(0)} ms (${Math.max(...door).toFixed(0)} ms)`)
  console.log(`  the chat, once inside:  ${median(again).toFixed(0)} ms (${Math.max(...again).toFixed(0)} ms)`)
  console.log(`  bytes until it is live: ${median(bytes).toFixed(0)} (answers, headers and all)`)
} finally {
  await browser.close()
}
