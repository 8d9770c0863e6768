// The seam between replay and live (joining.ts). None may get an entry twice, or not at all.
import { describe, expect, test } from 'vitest'
import { joinFeeds } from './joining.ts'

const JOINS = 10_000

describe('joining', () => {
  test(`FEED-1 FEED-2 ${JOINS} feeds that become live exactly between publishing and flushing get each entry once`, async () => {
    const seed = Date.now() % 2 ** 31
    const { violations, deliveries, entries } = await joinFeeds(JOINS, seed)
    expect(violations, `seed ${seed}`).toEqual([])
    expect(deliveries).toBeGreaterThan(entries)
  })
})
