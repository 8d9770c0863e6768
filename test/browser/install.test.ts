// The page as an app: it opens without a connection, keeps nothing that is somebody's, and waits with a new version until
// somebody says so.
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { request as ask, createServer, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Browser, Page } from 'playwright-core'
import sirv from 'sirv'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestServer, type TestServer } from '../setup/server.ts'
import { until } from '../setup/until.ts'
import { launchBrowser } from './browser.ts'
import { openDevice } from './device.ts'

const BUILT = fileURLToPath(new URL('../../client/web/dist', import.meta.url))

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

const ready = (page: Page) => page.evaluate(async () => void (await navigator.serviceWorker.ready))

/** The addresses of everything that is in any cache. */
const kept = (page: Page): Promise<string[]> =>
  page.evaluate(async () => {
    const caches = await Promise.all((await globalThis.caches.keys()).map(name => globalThis.caches.open(name)))
    return (await Promise.all(caches.map(cache => cache.keys()))).flat().map(({ url }) => url)
  })

describe('the installed page', () => {
  test('has a manifest that a browser takes: names, colours, and icons of the sizes it says', async () => {
    const answer = await fetch(`${server.url}/manifest.webmanifest`)
    expect(answer.headers.get('content-type')).toMatch(/^application\/manifest\+json/)
    const manifest = await answer.json()
    expect(manifest).toMatchObject({ name: 'Recado', display: 'standalone', start_url: './', scope: './' })
    const page = await browser.newPage()
    await page.goto(server.url)
    for (const { src, sizes, type } of manifest.icons) {
      if (type !== 'image/png') continue
      const size = await page.evaluate(async url => {
        const image = new Image()
        image.src = url
        await image.decode()
        return `${image.naturalWidth}x${image.naturalHeight}`
      }, src)
      expect(size).toBe(sizes)
    }
    expect(manifest.icons.some(({ purpose }: { purpose?: string }) => purpose === 'maskable')).toBe(true)
    const session = await page.context().newCDPSession(page)
    const { errors } = await session.send('Page.getAppManifest')
    expect(errors).toEqual([])
    await page.close()
  })

  test('opens without a connection, with what was last seen, and goes on when it returns', async () => {
    const device = await openDevice(browser, server.url)
    await device.enter('gilda')
    await device.say('antes do túnel')
    await device.hasLast('antes do túnel')
    await ready(device.page)
    await until('the page is kept', async () => (await kept(device.page)).some(url => url.endsWith('.css')))
    device.network.down()
    await device.page.reload()
    await device.page.getByText('antes do túnel').first().waitFor()
    await device.say('do túnel')
    device.network.up()
    await device.page.evaluate(() => dispatchEvent(new Event('online')))
    await device.becomes('live')
    await device.hasLast('do túnel')
    await device.context.close()
  })

  test('keeps the page alone: no answer of GraphQL, nothing that is somebody’s, also below another address', async () => {
    const device = await openDevice(browser, server.url)
    await device.enter('helga')
    await ready(device.page)
    await device.page.reload()
    await device.becomes('live')
    await device.say('isto não fica guardado ali')
    await device.hasLast('isto não fica guardado ali')
    // Asked from a page that the worker controls.
    const answers = await device.page.evaluate(async () => {
      const query = encodeURIComponent('{ me { username } }')
      const seen = []
      for (const path of [`graphql?query=${query}`, 'graphql', 'health/live']) {
        const { status } = await fetch(path, { headers: { accept: 'application/json' } })
        seen.push(status)
      }
      return seen
    })
    expect(answers.length).toBe(3)
    const addresses = (await kept(device.page)).map(url => new URL(url).pathname)
    expect(addresses.length).toBeGreaterThan(5)
    const allowed =
      /^\/($|appearance\.js$|assets\/[\w-]+\.(js|css)$|favicon(-unread)?\.svg$|manifest\.webmanifest$|icons\/192\.png$)/
    expect(addresses.filter(path => !allowed.test(path))).toEqual([])
    const bodies = await device.page.evaluate(async () => {
      const texts = []
      for (const name of await caches.keys()) {
        const cache = await caches.open(name)
        for (const request of await cache.keys()) texts.push(await (await cache.match(request))?.text())
      }
      return texts.join('\n')
    })
    expect(bodies).not.toContain('helga')
    expect(bodies).not.toContain('isto não fica guardado ali')

    // And what is not there is not answered from memory.
    device.network.down()
    const lost = await device.page.evaluate(() =>
      fetch('graphql?query=%7Bme%7Bid%7D%7D').then(
        () => 'answered',
        () => 'lost',
      ),
    )
    expect(lost).toBe('lost')
    await device.context.close()
  })
})

describe('a new version', () => {
  let folder: string
  let site: Server
  let address: string
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'recado-page-'))
    cpSync(BUILT, folder, { recursive: true })
    // The page's files of a server that is updated, and GraphQL of the real one.
    const files = sirv(folder, { dev: true, etag: true })
    site = createServer((request, response) => {
      if (!request.url?.startsWith('/graphql')) return files(request, response)
      // As it came, with the host of this site: the page is of the same host.
      const { url, method, headers } = request
      const upstream = ask(new URL(url, server.url), { method, headers }, answer => {
        response.writeHead(answer.statusCode ?? 502, answer.headers)
        answer.pipe(response)
      })
      upstream.on('error', () => response.destroy())
      request.pipe(upstream)
    })
    // The page does without WebSockets where it has to.
    site.on('upgrade', (_, socket) => socket.destroy())
    await new Promise<void>(resolve => site.listen(0, '127.0.0.1', resolve))
    const place = site.address()
    if (place === null || typeof place === 'string') throw new Error('no port')
    address = `http://127.0.0.1:${place.port}/`
  })
  afterAll(() => {
    site?.closeAllConnections()
    site?.close()
    rmSync(folder, { recursive: true, force: true })
  })

  test('waits, says so, and comes when one reloads', async () => {
    const context = await browser.newContext({ locale: 'pt-BR' })
    const page = await context.newPage()
    await page.goto(address)
    await page.locator('input[name=username]').fill('inês')
    await page.locator('button[type=submit]').click()
    await page.locator('.composer').waitFor()
    await ready(page)
    await page.reload()
    await page.locator('.composer').waitFor()
    expect(await page.getByText('Há uma versão nova').count()).toBe(0)

    const worker = join(folder, 'service-worker.js')
    writeFileSync(worker, readFileSync(worker, 'utf8').replace(/SHELL_VERSION="[^"]+"/, 'SHELL_VERSION="another"'))
    writeFileSync(
      join(folder, 'index.html'),
      readFileSync(join(folder, 'index.html'), 'utf8').replace(
        '<head>',
        '<head><meta name="version" content="another">',
      ),
    )
    await page.evaluate(async () => void (await (await navigator.serviceWorker.ready).update()))
    await page.getByText('Há uma versão nova do Recado.').waitFor()
    expect(await page.locator('meta[name=version]').count()).toBe(0)
    await page.getByRole('button', { name: 'Recarregar' }).click()
    await page.locator('meta[name=version]').waitFor({ state: 'attached' })
    await page.locator('.composer').waitFor()
    expect(await page.getByText('Há uma versão nova').count()).toBe(0)
    await context.close()
  })
})
