// A few kills in the suite; as many as one likes by hand (`npm run fault -- --only kill --seeds 50`).
import { describe, expect, test } from 'vitest'
import { runKills } from './kill.ts'

const KILLS = Number(process.env.KILLS ?? 5)

describe('kill -9 under load', () => {
  test(`PROMISE-1 PROMISE-2 SEND-1 CURSOR-7 ${KILLS} kills at random points: nothing acknowledged is lost, nothing doubled, and it starts again within 5 s`, {
    timeout: 60_000 + KILLS * 10_000,
  }, async () => {
    const report = await runKills({ kills: KILLS })
    expect(report.violations, `seed ${report.seed}`).toEqual([])
    expect(report.damage).toEqual([])
    expect(report.lateStarts).toEqual([])
    expect(report.sends.acknowledged).toBeGreaterThan(KILLS * 10)
    expect(report.applied).toBeGreaterThan(report.sends.acknowledged)
  })
})
