// What a load balancer is told: alive while it runs, ready while it can keep what it acknowledges.
import { expect, onTestFinished, test } from 'vitest'
import { startTestServer } from '../setup/server.ts'
import { until } from '../setup/until.ts'
import { catchThreads } from '../store/support.ts'

test('HTTP-7 ready turns to 503 while the log cannot be written, and back by itself; live stays 200', async () => {
  const writers = catchThreads('recado-writer')
  const server = await startTestServer()
  onTestFinished(server.close)
  const status = async (what: string): Promise<number> => (await fetch(`${server.url}/health/${what}`)).status
  expect(await status('ready')).toBe(200)
  await writers.at(-1)?.terminate()
  await until('not ready', async () => (await status('ready')) === 503)
  expect(await status('live')).toBe(200)
  await until('ready again', async () => (await status('ready')) === 200)
  expect(writers.length).toBeGreaterThan(1)
})
