// Long conversations on the screen: paging up without a jump, a bounded page, unread counts, and a log that was reset.
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Entered, enter, send } from '../setup/request.ts'
import { startTestServer, type TestServer } from '../setup/server.ts'
import { until } from '../setup/until.ts'
import { launchBrowser } from './browser.ts'
import { type Device, expectNoComplaints, openDevice, returnNetwork } from './device.ts'
import { allRead } from './reading.ts'

const COUNT = 450
/** Rows that the page may hold, whatever there is to show. */
const ROWS = 320

let browser: Browser
beforeAll(async () => {
  browser = await launchBrowser()
})
afterAll(async () => {
  await browser?.close()
})

const line = (index: number) => `linha ${index}${index % 7 === 0 ? `\n${'bem mais longa '.repeat(30)}` : ''}`
const numberOf = (text: string) => Number(/^linha (\d+)/.exec(text)?.[1] ?? -1)
const numbers = async (device: Device) => (await device.texts()).map(numberOf)

/** The first message that can be seen, and how far below the top of the list it is, in pixels. */
function topRow(device: Device): Promise<{ text: string; top: number }> {
  return device.page.locator('.scroller').evaluate(scroller => {
    const { top } = scroller.getBoundingClientRect()
    for (const row of scroller.querySelectorAll('li.message')) {
      const place = row.getBoundingClientRect()
      if (place.bottom > top + 1) {
        return { text: row.querySelector('.message-text')?.textContent ?? '', top: Math.round(place.top - top) }
      }
    }
    return { text: '', top: 0 }
  })
}

interface Watched {
  /** How far from its place the row that is read was farthest, in pixels, in two painted frames one after another. */
  readonly moved: number
  /** By how much the list grew meanwhile. */
  readonly grown: number
}

/**
 * Scrolls, chooses the row at the top of what is seen, and looks at it after each painted frame until `watched`. (Between
 * two frames a page may be half way: rows are measured right before they are painted.)
 */
function watchFrom(device: Device, top: number): Promise<void> {
  return device.page.locator('.scroller').evaluate(async (scroller, to) => {
    const painted = () =>
      new Promise<void>(resolve => {
        requestAnimationFrame(() => {
          const { port1, port2 } = new MessageChannel()
          port1.onmessage = () => resolve()
          port2.postMessage(null)
        })
      })
    scroller.scrollTo(0, to)
    await painted()
    const { top: edge } = scroller.getBoundingClientRect()
    const rows = [...scroller.querySelectorAll<HTMLElement>('li.message')]
    const read = rows.find(row => row.getBoundingClientRect().bottom > edge + 1)?.dataset.anchor ?? ''
    const place = () => scroller.querySelector(`[data-anchor="${read}"]`)?.getBoundingClientRect().top
    const first = place() ?? Number.NaN
    const height = scroller.scrollHeight
    const state = { isOver: false, moved: 0, grown: 0 }
    Object.assign(globalThis, { watched: state })
    let before = 0
    void (async () => {
      while (!state.isOver) {
        await painted()
        const now = Math.abs((place() ?? Number.POSITIVE_INFINITY) - first)
        state.moved = Math.max(state.moved, Math.min(before, now))
        before = now
        state.grown = scroller.scrollHeight - height
      }
    })()
  }, top)
}

async function watched(device: Device): Promise<Watched> {
  // What was loaded is shown for some frames.
  await new Promise(resolve => setTimeout(resolve, 100))
  return device.page.evaluate(() => {
    const { watched: state } = globalThis as unknown as { watched: Watched & { isOver: boolean } }
    state.isOver = true
    return { moved: state.moved, grown: state.grown }
  })
}

const scrollTo = (device: Device, top: number) =>
  device.page.locator('.scroller').evaluate((scroller, to) => scroller.scrollTo(0, to), top)

describe('a long conversation', () => {
  let server: TestServer
  let maria: Entered
  let joao: Device

  beforeAll(async () => {
    server = await startTestServer()
    maria = await enter(server.graphql, 'maria')
    for (let index = 1; index <= COUNT; index++) await send(server.graphql, maria.token, { text: line(index) })
    joao = await openDevice(browser, server.url)
    await joao.enter('joao')
    await joao.hasLast(line(COUNT))
  })
  afterAll(async () => {
    await joao?.context.close()
    await server?.close()
  })

  test('opens at its end, with a page of it only', async () => {
    const shown = await numbers(joao)
    expect(shown.at(-1)).toBe(COUNT)
    expect(shown.length).toBeLessThanOrEqual(100)
    const below = await joao.page
      .locator('.scroller')
      .evaluate(scroller => scroller.scrollHeight - scroller.clientHeight - scroller.scrollTop)
    expect(below).toBeLessThan(2)
  })

  test('loads what came before on scrolling up, and the row that is read keeps its place', async () => {
    let loadedInSight = 0
    for (let round = 0; round < 40; round++) {
      const before = await numbers(joao)
      if (before[0] === 1) break
      await watchFrom(joao, 300)
      await until('earlier messages', async () => ((await numbers(joao))[0] ?? 0) < (before[0] ?? 0))
      const { moved, grown } = await watched(joao)
      expect(moved).toBeLessThanOrEqual(1.5)
      if (grown > 1_000) loadedInSight += 1
      const shown = await numbers(joao)
      expect(shown.length).toBeLessThanOrEqual(ROWS)
      expect(shown).toEqual(Array.from(shown, (_, index) => (shown[0] ?? 0) + index))
    }
    expect(loadedInSight).toBeGreaterThan(0)
    expect((await numbers(joao))[0]).toBe(1)
    await joao.page.getByText('A conversa começa aqui. Diga oi!').waitFor()
  })

  test('counts below what comes while one reads further up, without moving, and leads back to it', async () => {
    await scrollTo(joao, 400)
    const reading = await until('it stands still', async () => {
      const first = await topRow(joao)
      const second = await topRow(joao)
      return first.top === second.top && first.text === second.text ? first : null
    })
    await send(server.graphql, maria.token, { text: 'nova um' })
    await send(server.graphql, maria.token, { text: 'nova dois' })
    const pill = joao.page.getByRole('button', { name: '2 novas mensagens' })
    await pill.waitFor()
    expect(await topRow(joao)).toEqual(reading)
    const counted = joao.page.getByRole('link', { name: /2 mensagens não lidas/ })
    await counted.waitFor()
    // The title counts what is for this account: private messages and mentions.
    expect(await joao.page.title()).toBe('Todos · Recado')

    await pill.click()
    await joao.hasLast('nova dois')
    await pill.waitFor({ state: 'detached' })
    await counted.waitFor({ state: 'detached' })
    expect((await joao.texts()).slice(-2)).toEqual(['nova um', 'nova dois'])
  })

  test('scrolls down again through all of it, each message once', async () => {
    await scrollTo(joao, 0)
    await until('the top', async () => {
      await scrollTo(joao, 0)
      return (await numbers(joao))[0] === 1
    })
    const seen = new Set<number>()
    await until('the end', async () => {
      await joao.page.locator('.scroller').evaluate(scroller => scroller.scrollBy(0, scroller.clientHeight))
      const shown = await joao.texts()
      for (const text of shown) seen.add(numberOf(text))
      expect(shown.length).toBeLessThanOrEqual(ROWS)
      return shown.at(-1) === 'nova dois'
    })
    expect([...seen].filter(number => number > 0)).toHaveLength(COUNT)
    expectNoComplaints(joao)
  })
})

describe('unread counts', () => {
  test('are kept for each conversation, last a reload, and go when it is read', async () => {
    await using server = await startTestServer()
    const maria = await enter(server.graphql, 'maria')
    const joao = await openDevice(browser, server.url)
    await joao.enter('joao')
    await send(server.graphql, maria.token, { text: 'um', to: 'joao' })
    await send(server.graphql, maria.token, { text: 'dois', to: 'joao' })
    const row = joao.page.getByRole('link', { name: /2 mensagens não lidas/ })
    await row.waitFor()
    expect(await joao.page.title()).toBe('(2) Todos · Recado')

    await joao.page.reload()
    await row.waitFor()
    await row.click()
    await joao.hasLast('dois')
    await joao.page.locator('.unread-line').waitFor()
    await until('they are read', async () => (await joao.page.title()) === 'maria · Recado')
    await allRead(joao)
    await joao.page.reload()
    await joao.hasLast('dois')
    expect(await joao.page.title()).toBe('maria · Recado')
    expect(await joao.page.locator('.unread-line').count()).toBe(0)
    await joao.context.close()
  })
})

const RESET = 'O histórico do servidor mudou. As mensagens foram carregadas de novo.'

describe('a server whose history was reset', () => {
  test('is told to the reader, and the messages are loaded again', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'recado-reset-'))
    const live = join(folder, 'live')
    const backup = join(folder, 'backup')
    let server = await startTestServer({}, live)
    const port = new URL(server.url).port
    const joao = await openDevice(browser, server.url)
    try {
      await joao.enter('joao')
      await joao.say('antes do backup')
      await joao.hasLast('antes do backup')
      await server.close()
      await cp(live, backup, { recursive: true })
      server = await startTestServer({ PORT: port }, live)
      await returnNetwork(joao)
      await joao.becomes('live')
      await joao.say('depois do backup')
      await joao.hasLast('depois do backup')
      await server.close()
      server = await startTestServer({ PORT: port }, backup)
      const told = await elementsWith(joao.page, RESET)
      await returnNetwork(joao)

      const notice = joao.page.locator('.notice').getByText(RESET)
      await notice.waitFor()
      await joao.hasLast('antes do backup')
      expect(await joao.texts()).toEqual(['antes do backup'])
      await joao.becomes('live')
      await joao.say('e a vida continua')
      await joao.hasLast('e a vida continua')
      // Never beside it, for a moment, as what is wrong with the connection.
      expect(await told()).toEqual(['notice'])
    } finally {
      await joao.context.close()
      await server.close()
      await rm(folder, { recursive: true, force: true })
    }
  })
})

/** Watches which kinds of elements have a paragraph with this text, however briefly. @returns what has seen them */
async function elementsWith(page: Page, text: string): Promise<() => Promise<string[]>> {
  await page.evaluate(sought => {
    const seen = new Set<string>()
    Object.assign(globalThis, { seen })
    new MutationObserver(() => {
      for (const paragraph of document.querySelectorAll('p')) {
        if (paragraph.textContent?.includes(sought)) seen.add(paragraph.parentElement?.className ?? '')
      }
    }).observe(document.body, { subtree: true, childList: true, characterData: true })
  }, text)
  return () => page.evaluate(() => [...(globalThis as unknown as { seen: Set<string> }).seen])
}
