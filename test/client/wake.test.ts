// What a browser knows of its network: an event of the window stands for a phone that comes out of a tunnel.
import { afterEach, expect, test, vi } from 'vitest'
import { startTcpProxy } from '../setup/tcp-proxy.ts'
import { until } from '../setup/until.ts'
import { client, closing, fakeServer, record } from './harness.ts'

afterEach(() => {
  vi.unstubAllGlobals()
})

/** Node has no window; this is as much of one as the client looks at. */
function stubWindow(): EventTarget {
  const window = new EventTarget()
  vi.stubGlobal('addEventListener', window.addEventListener.bind(window))
  return window
}

test('online ends the wait for the next attempt', async () => {
  const window = stubWindow()
  const server = await fakeServer()
  const recado = client(server, { minBackoffMs: 3_600_000, maxBackoffMs: 3_600_000, account: 'id-joao' })
  record(recado)
  await until('live', () => recado.state === 'live')
  await server.close()
  await until('offline', () => recado.state === 'offline')
  const said = recado.sendPublic('in the tunnel')
  await until('given up for now', () => recado.outbox.entries[0]?.state === 'waiting')
  const again = await fakeServer(server.port)
  window.dispatchEvent(new Event('online'))
  await until('live again', () => recado.state === 'live')
  await said
  expect(again.messages.map(({ text }) => text)).toEqual(['in the tunnel'])
})

test('online makes sure that the socket still works, long before the next ping', async () => {
  const window = stubWindow()
  const server = await fakeServer()
  const proxy = closing(await startTcpProxy(server))
  const recado = client({ url: `http://127.0.0.1:${proxy.port}` }, { pingIntervalMs: 600_000 })
  record(recado)
  await until('live', () => recado.state === 'live')
  window.dispatchEvent(new Event('online'))
  proxy.judge = () => 'swallow'
  // However often it is asked, the first deadline stands.
  const asking = setInterval(() => window.dispatchEvent(new Event('online')), 500)
  await until('noticed', () => recado.state !== 'live').finally(() => clearInterval(asking))
  proxy.judge = () => 'pass'
  await until('live again', () => recado.state === 'live')
})

test('a closed client no longer listens', async () => {
  const window = stubWindow()
  const server = await fakeServer()
  const recado = client(server)
  record(recado)
  await until('live', () => recado.state === 'live')
  await recado.close()
  const upgrades = server.upgrades
  window.dispatchEvent(new Event('online'))
  expect(recado.state).toBe('closed')
  expect(server.upgrades).toBe(upgrades)
})
