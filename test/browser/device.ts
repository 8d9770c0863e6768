// One device of one person, as that person uses it: by what is on the screen and by its labels.
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core'
import { expect } from 'vitest'
import { keepSecretsIn } from '../setup/gathered-logs.ts'
import { until } from '../setup/until.ts'
import { objectionsTo } from './axe.ts'
import { LAPTOP } from './browser.ts'
import { type Network, startNetwork } from './network.ts'

export interface Device {
  readonly page: Page
  readonly context: BrowserContext
  /** All that it sends and gets goes through it. */
  readonly network: Network
  /** What the browser complained about: errors of scripts, and of the content security policy. */
  readonly complaints: readonly string[]
  enter(username: string, password?: string): Promise<void>
  /** Writes into the open conversation and presses Enter. */
  say(text: string): Promise<void>
  /** Opens a conversation by its name in the sidebar, or everyone's. */
  open(name: string): Promise<void>
  /** The texts of the open conversation from top to bottom, those that wait included. */
  texts(): Promise<string[]>
  /** Waits until the open conversation ends with this text and nothing waits any more. */
  hasLast(text: string): Promise<void>
  connection(): Promise<string | null>
  becomes(state: string, deadlineMs?: number): Promise<void>
  /** Violations that axe finds, each with the places where. */
  violations(): Promise<string[]>
  /** A second tab of the same browser; `path` is added to the address. */
  newTab(path?: string): Promise<Device>
}

export interface DeviceOptions extends BrowserContextOptions {
  /** Instead of 127.0.0.1: a name that the browser was started to know. */
  readonly host?: string
  /** Below the server's address. */
  readonly path?: string
}

/** What browsers say of requests, sockets and the service worker’s script when there is no network. */
const NETWORK_GONE = /ERR_|WebSocket connection|error occurred when fetching the script/
const EVERYONE = /^(Todos|Everyone)$/

export async function openDevice(browser: Browser, url: string, options: DeviceOptions = {}): Promise<Device> {
  const { path = '/', host = '127.0.0.1', ...contextOptions } = options
  const context = await browser.newContext({ reducedMotion: 'reduce', ...LAPTOP, ...contextOptions })
  const network = await startNetwork(url)
  context.on('close', () => void network.close())
  return openTab(context, network, network.url.replace('127.0.0.1', host) + path)
}

export async function openTab(context: BrowserContext, network: Network, address: string): Promise<Device> {
  const page = await context.newPage()
  page.setDefaultTimeout(60_000)
  const complaints: string[] = []
  page.on('pageerror', error => complaints.push(error.message))
  page.on('console', message => {
    // A network that is gone on purpose is no complaint.
    if (message.type() === 'error' && !NETWORK_GONE.test(message.text())) complaints.push(message.text())
  })
  await page.goto(address)

  /** Text and state of every row, all of one moment. */
  const rows = () =>
    page.locator('li.message').evaluateAll(all =>
      all.map(row => {
        const copy = row.querySelector('.message-text')?.cloneNode(true)
        if (copy instanceof Element) copy.querySelector('.message-meta')?.remove()
        return { text: copy?.textContent ?? '', state: row instanceof HTMLElement ? row.dataset.state : undefined }
      }),
    )
  const texts = async () => (await rows()).map(({ text }) => text)
  const connection = () => page.locator('.connection').first().getAttribute('data-state')
  const device: Device = {
    page,
    context,
    network,
    complaints,
    async enter(username, password) {
      keepSecretsIn({ password })
      await page.locator('input[name=username]').fill(username)
      if (password !== undefined) await page.locator('input[name=password]').fill(password)
      await page.locator('button[type=submit]').click()
      await device.becomes('live')
    },
    async say(text) {
      const box = page.locator('.composer textarea')
      await box.fill(text)
      await box.press('Enter')
    },
    async open(name) {
      const title = name === 'everyone' ? EVERYONE : new RegExp(`^${name}$`)
      const rows = page.locator('.sidebar a.row')
      await rows
        .filter({ has: page.locator('bdi', { hasText: title }) })
        .first()
        .click()
      // What was open before has a composer too.
      await page.locator('.thread-titles bdi', { hasText: title }).waitFor()
      await page.locator('.composer').waitFor()
    },
    texts,
    async hasLast(text) {
      await until(`the last message is ${JSON.stringify(text)}`, async () => {
        const now = await rows()
        return now.at(-1)?.text === text && now.every(({ state }) => state === 'sent')
      })
    },
    connection,
    async becomes(state, deadlineMs) {
      await until(
        `the connection is ${state}`,
        async () => (await connection().catch(() => null)) === state,
        deadlineMs,
      )
    },
    async violations() {
      return (await objectionsTo(page)).flatMap(({ id, nodes }) =>
        nodes.map(node => `${id}: ${node.target.join(' ')} ${node.failureSummary}`),
      )
    },
    newTab: (path = '') => openTab(context, network, address + path),
  }
  return device
}

/** Takes the network away from a device, and waits until its page has seen it. */
export async function loseNetwork(device: Device): Promise<void> {
  device.network.down()
  await tellPages(device, 'offline')
  await device.becomes('offline')
}

/** Gives it back; the browser tells its pages, as browsers do. */
export async function returnNetwork(device: Device): Promise<void> {
  device.network.up()
  await tellPages(device, 'online')
}

export async function regainNetwork(device: Device): Promise<void> {
  await returnNetwork(device)
  await device.becomes('live')
}

async function tellPages({ context }: Device, name: 'online' | 'offline'): Promise<void> {
  await Promise.all(context.pages().map(page => page.evaluate(event => dispatchEvent(new Event(event)), name)))
}

export function expectNoComplaints(...devices: readonly Device[]): void {
  expect(devices.flatMap(device => device.complaints)).toEqual([])
}
