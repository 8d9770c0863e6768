// The cheap rows of the fault table, a fraction of each with one seed; all of them, in full, by hand (`npm run fault`).
// Those that need several nodes are in nodes.test.ts, kill -9 is in kill.test.ts.
import { describe, expect, test } from 'vitest'
import { clientKilled } from './rows/client.ts'
import { clock } from './rows/clock.ts'
import { diskFull } from './rows/disk.ts'
import { backupRestored } from './rows/files.ts'
import { fsyncOrder } from './rows/fsync-order.ts'
import { lostAnswers } from './rows/lost-answers.ts'
import type { Row } from './rows/row.ts'
import { writerDies } from './rows/writer.ts'

const ROWS: readonly { readonly clauses: string; readonly row: Row; readonly scale: number }[] = [
  { clauses: 'PROMISE-1', row: fsyncOrder, scale: 0.1 },
  { clauses: 'PROMISE-1', row: diskFull, scale: 0.3 },
  { clauses: 'PROMISE-1', row: writerDies, scale: 0.2 },
  { clauses: 'CURSOR-4 CURSOR-7', row: backupRestored, scale: 0.3 },
  { clauses: 'SEND-1', row: lostAnswers, scale: 0.2 },
  { clauses: 'PROMISE-2', row: clock, scale: 0.3 },
  { clauses: 'PROMISE-1 SEND-1', row: clientKilled, scale: 0.25 },
]

describe('a fault', { timeout: 180_000 }, () => {
  test.for(ROWS)('$clauses $row.name: $row.fault', async ({ row, scale }, { skip }) => {
    const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31)
    const outcome = await row.run({ seed, scale })
    if (outcome.impossible !== undefined) skip(outcome.impossible)
    expect(outcome.violations, `seed ${seed}`).toEqual([])
    expect(outcome.defects, `seed ${seed}`).toEqual([])
    expect(outcome.acknowledged).toBeGreaterThan(0)
    expect(outcome.applied).toBeGreaterThan(outcome.acknowledged)
  })
})
