// What a reader of a long conversation does and sees: fills it, scrolls as a wheel does, and follows one message by its
// text to know where it went.
import type { Page } from 'playwright-core'
import { openSqliteStore } from '../../server/store/sqlite/sqlite-store.ts'
import { say } from '../contract/store.ts'
import type { TestServer } from '../setup/server.ts'
import { stockClient } from '../setup/stock.ts'
import { until } from '../setup/until.ts'
import type { Device } from './device.ts'

/** Sends that wait for their answer at the same time. */
const AT_ONCE = 400

/** Says all of it, in order, to everyone or to one person. */
export async function fill(server: TestServer, token: string, texts: Iterable<string>, to?: string): Promise<void> {
  const client = stockClient(server.socket, token)
  let waiting: Promise<unknown>[] = []
  for (const text of texts) {
    waiting.push(client.send(to === undefined ? { text, plain: true } : { text, to }))
    if (waiting.length < AT_ONCE) continue
    await Promise.all(waiting)
    waiting = []
  }
  await Promise.all(waiting)
  await client.dispose()
}

/**
 * As if it had said all of it to everyone, into the data folder of a server that does not run. It was an hour ago: that fast,
 * places in the log run ahead of the clock, and to whoever enters next some of it would be new.
 */
export async function fillFolder(dataDir: string, name: string, texts: Iterable<string>): Promise<void> {
  const store = await openSqliteStore({ dataDir, events: { committed() {} }, clock: () => Date.now() - 3_600_000 })
  try {
    const from = await store.accountByKey(name)
    if (!from) throw new Error(`${name} has no account`)
    let waiting: Promise<unknown>[] = []
    for (const text of texts) {
      waiting.push(say(store, from, null, text))
      if (waiting.length < 1_000) continue
      await Promise.all(waiting)
      waiting = []
    }
    await Promise.all(waiting)
  } finally {
    await store.close()
  }
}

export interface Place {
  readonly text: string
  /** Pixels below the top of the list. */
  readonly top: number
}

/** The texts of the rows in the page, top to bottom, with their places; the reader sees those between 0 and `height`. */
export function places(page: Page): Promise<{ height: number; scrolled: number; rows: Place[] }> {
  return page.locator('.scroller').evaluate(scroller => {
    const { top } = scroller.getBoundingClientRect()
    const rows = [...scroller.querySelectorAll('li.message')].map(row => {
      const copy = row.querySelector('.message-text')?.cloneNode(true)
      if (copy instanceof Element) copy.querySelector('.message-meta')?.remove()
      return { text: copy?.textContent ?? '', top: row.getBoundingClientRect().top - top }
    })
    return { height: scroller.clientHeight, scrolled: scroller.scrollTop, rows }
  })
}

/** Waits until nothing has moved for a few frames. */
export async function stillness(page: Page): Promise<void> {
  await page.locator('.scroller').evaluate(
    scroller =>
      new Promise<void>(resolve => {
        let last = ''
        let still = 0
        const look = () => {
          const row = scroller.querySelector('li.message')
          const now = `${scroller.scrollTop} ${scroller.scrollHeight} ${row?.textContent} ${row?.getBoundingClientRect().top}`
          still = now === last ? still + 1 : 0
          last = now
          if (still >= 4) resolve()
          else requestAnimationFrame(look)
        }
        look()
      }),
  )
}

/** Waits until the server knows that this device's account has read everything: by then any other device knows it too. */
export async function allRead({ page }: Device): Promise<void> {
  await until('the server knows that all is read', () =>
    page.evaluate(async () => {
      const response = await fetch('/graphql', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ query: '{ conversations { unread } }' }),
      })
      const { data } = (await response.json()) as { data: { conversations: { unread: number }[] } }
      return data.conversations.every(({ unread }) => unread === 0)
    }),
  )
}

export interface Step {
  /** How far the followed message is from where the wheel should have taken it, in pixels. */
  readonly error: number
  readonly isClamped: boolean
  readonly rows: number
}

/** Turns the wheel up, by less than a screen, and follows a message that stays on it. */
export async function wheel({ page }: Device, pixels: number): Promise<Step> {
  await stillness(page)
  const before = await places(page)
  const followed = before.rows.find(({ top }) => top > 0)
  if (!followed) throw new Error('There is no message on the screen')
  await page.locator('.scroller').hover()
  await page.mouse.wheel(0, pixels)
  await page
    .waitForFunction(from => document.querySelector('.scroller')?.scrollTop !== from, before.scrolled, {
      timeout: 2_000,
    })
    .catch(() => null)
  await stillness(page)
  const after = await places(page)
  const there = after.rows.find(({ text }) => text === followed.text)
  return {
    error: there ? Math.abs(there.top - followed.top + pixels) : Number.POSITIVE_INFINITY,
    isClamped: after.scrolled <= 0,
    rows: after.rows.length,
  }
}
