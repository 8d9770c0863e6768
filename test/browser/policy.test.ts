// The content security policies in a browser: the page and GraphiQL work under them without a complaint, and what they are
// there to stop is stopped, for somebody whose script got in after all.
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { WebSocketServer } from 'ws'
import { startTestServer, type TestServer } from '../setup/server.ts'
import { until } from '../setup/until.ts'
import { LAPTOP, launchBrowser } from './browser.ts'
import { type Device, expectNoComplaints, openDevice } from './device.ts'

let server: TestServer
/** Anywhere else: it lets in whoever comes, and counts them. */
let elsewhere: Server
let other: string
let visits = 0
let browser: Browser

beforeAll(async () => {
  server = await startTestServer()
  elsewhere = createServer(({ url }, response) => {
    if (url === '/page') {
      response.writeHead(200, { 'content-type': 'text/html' })
      return response.end('<!doctype html><title>No policy</title>')
    }
    if (url !== '/favicon.ico') visits++
    response.writeHead(200, { 'content-type': 'image/svg+xml', 'access-control-allow-origin': '*' })
    response.end('<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"/>')
  })
  const sockets = new WebSocketServer({ server: elsewhere })
  sockets.on('connection', () => visits++)
  await new Promise<void>(resolve => elsewhere.listen(0, '127.0.0.1', resolve))
  other = `http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}`
  browser = await launchBrowser()
})
afterAll(async () => {
  await browser?.close()
  elsewhere?.closeAllConnections()
  elsewhere?.close()
  await server?.close()
})

/** What a script in the page can do that would be of use to whoever got it in. Answers with what worked. */
const tryAll = (page: Page): Promise<string[]> =>
  page.evaluate(async other => {
    // What is run for a test may do more than what the page runs, until it waits.
    await new Promise(resolve => setTimeout(resolve))
    const TRIES: Record<string, () => unknown> = {
      // biome-ignore lint/security/noGlobalEval: that it is stopped is what is tested
      eval: () => globalThis.eval('1'),
      Function: () => new Function('return 1')(),
      'text that becomes markup': () => {
        document.createElement('div').innerHTML = '<b>x</b>'
      },
      'a frame of text': () => {
        document.createElement('iframe').srcdoc = '<b>x</b>'
      },
      'a worker of text': () => new Worker(URL.createObjectURL(new Blob(['1']))),
      'a policy of its own': () =>
        (
          globalThis as unknown as { trustedTypes: { createPolicy(name: string, rules: object): object } }
        ).trustedTypes.createPolicy('mine', {}),
      'a fetch to elsewhere': () => fetch(other, { mode: 'no-cors' }),
      'a socket to elsewhere': () =>
        new Promise((resolve, reject) => {
          const socket = new WebSocket(`${other.replace('http', 'ws')}/graphql`, 'graphql-transport-ws')
          socket.onopen = resolve
          socket.onerror = reject
        }),
      'an inline script': async () => {
        const script = document.createElement('script')
        script.append('document.documentElement.dataset.ran = "yes"')
        document.head.append(script)
        if (document.documentElement.dataset.ran !== 'yes') throw new Error('it did not run')
      },
      'an image to elsewhere': () =>
        new Promise((resolve, reject) => {
          const image = new Image()
          image.onload = resolve
          image.onerror = reject
          image.src = `${other}/icons/192.png?stolen`
        }),
    }
    const worked: string[] = []
    for (const [name, attempt] of Object.entries(TRIES)) {
      try {
        await attempt()
        worked.push(name)
      } catch {
        // It was stopped.
      }
    }
    return worked
  }, other)

describe('the page', () => {
  let device: Device
  beforeAll(async () => {
    device = await openDevice(browser, server.url)
    await device.enter('ana')
  })

  test('works under its policy: its worker, its socket, its service worker, its manifest', async () => {
    await device.say('oi')
    await device.hasLast('oi')
    await until('the shared worker has the connection', () => device.network.webSockets === 1)
    const scripts = await device.page.evaluate(async () => {
      const { active } = await navigator.serviceWorker.ready
      return active?.scriptURL.replace(location.origin, '')
    })
    expect(scripts).toBe('/service-worker.js')
    // From the service worker's own copy too.
    await device.page.reload()
    await device.becomes('live')
    expect(await device.page.evaluate(() => navigator.serviceWorker.controller !== null)).toBe(true)
    expectNoComplaints(device)
  })

  test('lets nothing that got in run more, nor send anything elsewhere', async () => {
    expect(await tryAll(device.page)).toEqual([])
    expect(visits).toBe(0)
  })

  test('the same would all work without a policy', async () => {
    const context = await browser.newContext(LAPTOP)
    const page = await context.newPage()
    // Another origin than the one that is tried.
    await page.goto(`${other.replace('127.0.0.1', 'localhost')}/page`)
    expect((await tryAll(page)).toSorted()).toEqual(
      [
        ...['Function', 'a fetch to elsewhere', 'a frame of text', 'a policy of its own', 'a worker of text'],
        ...['a socket to elsewhere', 'an image to elsewhere', 'an inline script', 'eval', 'text that becomes markup'],
      ].toSorted(),
    )
    expect(visits).toBe(3)
    await context.close()
  })
})

describe('GraphiQL', () => {
  test('works under its policy, and nothing else does in its page', async () => {
    const context = await browser.newContext(LAPTOP)
    const page = await context.newPage()
    const complaints: string[] = []
    page.on('pageerror', error => complaints.push(error.message))
    page.on('console', message => {
      if (message.type() === 'error') complaints.push(message.text())
    })
    // A link may bring an operation along; it runs when somebody runs it.
    const operation = 'mutation { enter(username: "cleo") { me { username } } }'
    await page.goto(`${server.graphql}?query=${encodeURIComponent(operation)}`)
    const run = page.getByRole('button', { name: /execute/i })
    await run.waitFor()
    await page.locator('.graphiql-query-editor', { hasText: 'cleo' }).waitFor()
    expect(await context.cookies()).toEqual([])
    await run.click()
    await page.locator('.graphiql-response', { hasText: '"username": "cleo"' }).waitFor()
    expect((await context.cookies()).map(({ name }) => name)).toEqual(['recado'])
    expect(complaints).toEqual([])
    const worked = await tryAll(page)
    // Its editor has a worker of text, and makes markup; scripts, and addresses elsewhere, it has no need of.
    const USEFUL = ['a worker of text', 'a policy of its own', 'a frame of text', 'text that becomes markup']
    expect(worked.filter(name => !USEFUL.includes(name))).toEqual([])
    await context.close()
  })
})
