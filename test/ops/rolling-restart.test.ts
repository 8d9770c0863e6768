// A rolling restart under load: each node in turn is told to stop, lets its clients go in waves, and starts again, while
// people send. Nobody loses or doubles anything, and whoever was let go is live again on another node within seconds.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { createRecado } from '../../client/core/recado.ts'
import { enter } from '../../client/core/session.ts'
import type { Recado } from '../../client/core/types.ts'
import { type Cluster, startCluster } from '../../ops/cluster/cluster.ts'
import { gatherLogFiles } from '../setup/gathered-logs.ts'
import { createOracle } from '../setup/oracle.ts'
import { startRedis } from '../setup/redis.ts'
import { until } from '../setup/until.ts'

const opened: { close(): unknown }[] = []

afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one.close()
})

const NAMES = ['ana', 'bia', 'caio'] as const
const DEVICES = 6
/** What "within seconds" may be on a machine that does other things too. */
const BACK_MS = 10_000

async function cluster(): Promise<Cluster> {
  const dir = await mkdtemp(join(tmpdir(), 'recado-rolling-'))
  opened.push({
    close() {
      gatherLogFiles(dir)
      return rm(dir, { recursive: true, force: true })
    },
  })
  const redis = await startRedis({ config: { appendfsync: 'always' } })
  opened.push({ close: () => redis.dispose() })
  const failures: Error[] = []
  const started = await startCluster({
    dir,
    port: 0,
    redisUrl: redis.url,
    env: { DRAIN_SECONDS: '2', SENDS_PER_SECOND: '0', ENTER_PER_MINUTE: '0', LOG_LEVEL: 'info' },
    onFailure: error => failures.push(error),
  })
  opened.push(started, { close: () => expect(failures).toEqual([]) })
  return started
}

test('a rolling restart loses and doubles nothing, and everybody is live again within seconds', async () => {
  const { url, restartNodes } = await cluster()
  const oracle = createOracle()
  const sinceMs = performance.now()
  const outages: number[] = []
  const reasons = new Set<string>()
  let drops = 0

  interface Device {
    readonly account: string
    readonly recado: Recado
    readonly count: () => number
  }

  async function join(account: string, token: string, id: string, n: number): Promise<Device> {
    const recado = createRecado({ url, token, account: id })
    opened.push(recado)
    const session = oracle.session(`${account} ${n}`, account)
    let started = false
    recado.feed.subscribe(event => {
      if (event.__typename === 'Reset') throw new Error(`a reset: ${event.code}`)
      if (event.__typename === 'CaughtUp' && !started) {
        started = true
        session.startedAt(event.cursor)
      }
      if (event.__typename !== 'MessageAdded') return
      const { id, text, from, to } = event.message
      session.applied({ cursor: event.cursor, id, text, from: from.username, to: to?.username ?? null })
    })
    let lostAt: number | null = null
    recado.onState((state, reason) => {
      if (state === 'live' && lostAt !== null) {
        outages.push(performance.now() - lostAt)
        lostAt = null
      }
      if (state === 'offline' && lostAt === null) {
        lostAt = performance.now()
        drops++
        reasons.add(reason?.message ?? '')
      }
    })
    await until(`${account} ${n} is live`, () => started && recado.state === 'live')
    return { account, recado, count: () => session.count }
  }

  const devices: Device[] = []
  for (const account of NAMES) {
    const { token, me } = await enter({ url, username: account })
    for (let n = 0; n < DEVICES; n++) devices.push(await join(account, token, me.id, n))
  }

  // Each person sends from one device, one after the other, also private messages.
  let stopped = false
  let number = 0
  const lanes = NAMES.map(async (account, index) => {
    const device = devices.find(one => one.account === account)
    const to = NAMES[(index + 1) % NAMES.length] as string
    while (!stopped && device) {
      const nonce = `n${number++}`
      const text = `text ${nonce}`
      const isPrivate = number % 3 === 0
      oracle.sending({ nonce, from: account, to: isPrivate ? to : null, text })
      const message = await (isPrivate ? device.recado.sendTo(to, text) : device.recado.sendPublic(text))
      oracle.acknowledged(nonce, message)
      await new Promise(resolve => setTimeout(resolve, 5))
    }
  })
  await until('some load', () => oracle.counts.acknowledged > 100)
  const before = oracle.counts.acknowledged

  await restartNodes()

  const after = oracle.counts.acknowledged
  await until('load goes on', () => oracle.counts.acknowledged > after + 100)
  stopped = true
  await Promise.all(lanes)
  await until('all are live', () => devices.every(({ recado }) => recado.state === 'live'))
  await until('all have everything', () =>
    devices.every(({ account, count }) => count() >= oracle.expected(account, '')),
  )
  expect(oracle.judge()).toEqual([])
  expect(oracle.counts.refused).toBe(0)
  // People could send all the time, not only before and after.
  expect(after - before).toBeGreaterThan(100)
  // Each was let go at least once, and came back soon.
  expect(drops).toBeGreaterThanOrEqual(devices.length)
  expect(outages).toHaveLength(drops)
  expect([...reasons]).toEqual([expect.stringContaining('1012')])
  const worst = Math.max(...outages)
  expect(worst).toBeLessThan(BACK_MS)
  console.log(
    `rolling restart: ${drops} drops of ${devices.length} devices, live again after ${Math.round(median(outages))} ms ` +
      `(median), ${Math.round(worst)} ms (worst); ${oracle.counts.acknowledged} messages in ` +
      `${Math.round((performance.now() - sinceMs) / 1000)} s`,
  )
})

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}
