// Every scenario of several nodes in small; in full by hand (`npm run fault`). What is asserted is what is right, never
// how long it took.
import { describe, expect, test } from 'vitest'
import type { Report } from './nodes.ts'
import { drain } from './scenarios/drain.ts'
import { failover } from './scenarios/failover.ts'
import { hopping } from './scenarios/hopping.ts'
import { nodeKills } from './scenarios/node-kills.ts'
import { notices } from './scenarios/notices.ts'
import { races } from './scenarios/races.ts'
import { redisCuts } from './scenarios/redis-cuts.ts'
import { redisRestarts } from './scenarios/redis-restarts.ts'
import type { Scenario } from './scenarios/scenario.ts'

const TIMEOUT = 180_000

async function play({ run }: Scenario, scale: number): Promise<Report> {
  const report = await run({ scale, seed: Number(process.env.SEED ?? Date.now() % 2 ** 31) })
  expect(report.violations, `seed ${report.seed}`).toEqual([])
  expect(report.defects, `seed ${report.seed}`).toEqual([])
  expect(report.acknowledged).toBeGreaterThan(20)
  expect(report.applied).toBeGreaterThan(report.acknowledged)
  return report
}

describe('several nodes over one Redis', { timeout: TIMEOUT }, () => {
  // These two wait for most of their time.
  test.concurrent('PROMISE-1 PROMISE-2 SEND-1 Redis killed and restarted: nothing acknowledged is lost, nothing doubled', async () => {
    const report = await play(redisRestarts, 0.1)
    expect(report.resets).toBe(0)
  })

  test.concurrent('PROMISE-1 SEND-1 HTTP-7 CLOSE-3 the way to Redis cut, swallowed and slowed in each direction', async () => {
    const report = await play(redisCuts, 0.2)
    expect(report.resets).toBe(0)
  })

  test('PROMISE-1 notices lost, doubled and out of order are made good from the log', async () => {
    const report = await play(notices, 0.1)
    expect(report.resets).toBe(0)
  })

  test('PROMISE-1 CURSOR-7 nodes killed: their clients go on at others', async () => {
    const report = await play(nodeKills, 0.1)
    expect(report.resets).toBe(0)
  })

  test('SEND-1 two nodes with one nonce make one message; two nodes with one name have one winner', async () => {
    await play(races, 0.06)
  })

  test('CURSOR-7 a lagging replica is promoted: everybody is told, and nobody is fed another history in silence', async () => {
    const report = await play(failover, 0.1)
    expect(report.resets).toBeGreaterThanOrEqual(report.sessions)
  })

  test('PROMISE-1 PROMISE-2 clients hop between three nodes while messages pass', async () => {
    const report = await play(hopping, 0.1)
    expect(report.resets).toBe(0)
    expect(report.replayed).toBeGreaterThan(0)
  })

  test('SOCK-6 nodes drained one after another: what is in flight is answered, and everybody moves', async () => {
    const report = await play(drain, 0.1)
    expect(report.resets).toBe(0)
    expect(report.figures.inFlightAnswered).toBeGreaterThan(0)
  })
})
