// A hundred thousand messages: they open at once, scroll without a jump, and the page stays small.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, CDPSession } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { enter, send } from '../setup/request.ts'
import { startTestServer, type TestServer } from '../setup/server.ts'
import { until } from '../setup/until.ts'
import { launchBrowser } from './browser.ts'
import { type Device, expectNoComplaints, openDevice } from './device.ts'
import { fillFolder, places, stillness, wheel } from './reading.ts'

const COUNT = Number(process.env.COUNT ?? 100_000)
/** Rows that the page may hold at any moment. */
const ROWS = 120

let server: TestServer
let folder: string
let browser: Browser
let joao: Device
let token: string

/** Of many heights: one line, several, a paragraph. */
function* lines(): Generator<string> {
  for (let index = 1; index <= COUNT; index++) yield line(index)
}
const line = (index: number) =>
  `linha ${index}${index % 7 === 0 ? `\n${'bem mais longa '.repeat(30)}` : index % 5 === 0 ? '\n\nfim' : ''}`
const numberOf = (text: string) => Number(/^linha (\d+)/.exec(text)?.[1] ?? -1)

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'recado-long-'))
  server = await startTestServer({}, folder)
  token = (await enter(server.graphql, 'maria')).token
  await server.close()
  await fillFolder(folder, 'maria', lines())
  server = await startTestServer({}, folder)
  browser = await launchBrowser()
  joao = await openDevice(browser, server.url)
  await joao.enter('joao')
  await joao.hasLast(line(COUNT))
})
afterAll(async () => {
  await browser?.close()
  await server?.close()
  await rm(folder, { recursive: true, force: true })
})

test('scrolling up through many pages never moves what is read, and the page stays small', async () => {
  let first = COUNT
  let clamped = 0
  for (let step = 0; step < 80; step++) {
    const { error, isClamped, rows } = await wheel(joao, -450)
    expect(rows).toBeLessThanOrEqual(ROWS)
    if (isClamped) clamped++
    else expect(error, `step ${step}`).toBeLessThanOrEqual(2)
    first = numberOf((await places(joao.page)).rows[0]?.text ?? '')
  }
  // Several pages of the server, most of them loaded before anybody was stopped by their lack.
  expect(first).toBeLessThan(COUNT - 400)
  expect(clamped).toBeLessThan(10)
})

test('what comes meanwhile moves nothing, and one press leads back to it', async () => {
  await stillness(joao.page)
  const before = await places(joao.page)
  await send(server.graphql, token, { text: 'a mais nova' })
  const pill = joao.page.getByRole('button', { name: '1 nova mensagem' })
  await pill.waitFor()
  await stillness(joao.page)
  expect((await places(joao.page)).rows.filter(({ top }) => top >= 0)).toEqual(
    before.rows.filter(({ top }) => top >= 0),
  )
  await pill.click()
  await joao.hasLast('a mais nova')
  await stillness(joao.page)
  const now = await places(joao.page)
  expect(now.rows.at(-1)?.top).toBeLessThan(now.height)
})

test('memory does not grow with what was scrolled through', async () => {
  const devtools = await joao.context.newCDPSession(joao.page)
  const scrollThrough = async (rounds: number) => {
    for (let round = 0; round < rounds; round++) {
      await joao.page.locator('.scroller').evaluate(scroller => scroller.scrollTo(0, 0))
      await until('it goes on', () =>
        joao.page.locator('.scroller').evaluate(scroller => scroller.scrollTop > 0 || scroller.scrollHeight < 2_000),
      )
      await stillness(joao.page)
    }
  }
  await scrollThrough(30)
  const early = await heapBytes(devtools)
  await scrollThrough(40)
  const late = await heapBytes(devtools)
  expect(numberOf((await places(joao.page)).rows[0]?.text ?? '')).toBeLessThan(COUNT - 5_000)
  // Four thousand messages more would be some megabytes.
  expect(late - early).toBeLessThan(1_500_000)
  expectNoComplaints(joao)
})

async function heapBytes(devtools: CDPSession): Promise<number> {
  await devtools.send('HeapProfiler.collectGarbage')
  const { usedSize } = await devtools.send('Runtime.getHeapUsage')
  return usedSize
}
