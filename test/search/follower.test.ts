// How the log comes into the index: whatever a bus does, all of it, in order, once.
import { describe, expect, it } from 'vitest'
import { type Entry, type Link, ORIGIN, UNREVISED } from '../../server/domain/entry.ts'
import { createFollower } from '../../server/search/follower.ts'
import type { IndexItem } from '../../server/search/index-file.ts'
import { createRandom } from '../setup/random.ts'
import { until } from '../setup/until.ts'

const ANA = { id: 'ana', username: 'ana' }
const BIA = { id: 'bia', username: 'bia' }

const entryAt = (position: number, to: typeof BIA | null = null): Entry => ({
  kind: 'added',
  position,
  messageId: `m${position}`,
  from: ANA,
  to,
  text: `t${position}`,
  sentAt: 0,
  replyTo: null,
  ...UNREVISED,
})

function createLog() {
  const entries: Entry[] = []
  let floor = ORIGIN
  const indexed: number[] = []
  const batches: number[] = []
  let reads = 0
  let rebuilds = 0
  const errors: unknown[] = []
  const log = {
    entries,
    indexed,
    batches,
    errors,
    failing: 0,
    get reads() {
      return reads
    },
    get rebuilds() {
      return rebuilds
    },
    trimTo(position: number) {
      floor = position
    },
    append(to: typeof BIA | null = null): Link {
      const previous = entries.at(-1)?.position ?? ORIGIN
      const entry = entryAt(previous + 3, to)
      entries.push(entry)
      return { entry, previous }
    },
    follower: createFollower({
      store: {
        head: () => entries.at(-1)?.position ?? ORIGIN,
        trimmed: async () => floor,
        async follow(after, limit) {
          reads++
          const known = after === floor || (after > floor && entries.some(({ position }) => position === after))
          // As it was when it was asked; the answer takes its time.
          const found = entries.filter(({ position }) => position > after).slice(0, limit)
          await new Promise(resolve => setTimeout(resolve, reads % 3))
          if (log.failing > 0) {
            log.failing--
            throw new Error('the disk is away')
          }
          return known ? found : null
        },
      },
      async write(items: readonly IndexItem[], through) {
        batches.push(items.length)
        await new Promise(resolve => setTimeout(resolve, 1))
        expect(through).toBe(items.at(-1)?.position)
        indexed.push(...items.map(({ position }) => position))
        return 1
      },
      rebuild() {
        rebuilds++
        log.follower.stop()
        indexed.length = 0
        log.follower.start(ORIGIN)
      },
      onError: error => void errors.push(error),
      times: { gatherMs: 2, lookMs: 30, retryMs: 5 },
    }),
  }
  return log
}

const positions = (entries: readonly Entry[]): number[] => entries.map(({ position }) => position)

describe('a follower', () => {
  it.each([1, 2, 3, 4, 5, 6])(
    'misses and doubles nothing, whatever the bus loses, doubles or reorders (%i)',
    async seed => {
      const random = createRandom(seed)
      const log = createLog()
      const { follower } = log
      for (let n = 0; n < 700; n++) log.append()
      follower.start(ORIGIN)
      let held: Link[] = []
      for (let n = 0; n < 1_500; n++) {
        const link = log.append(random() < 0.2 ? BIA : null)
        const isStub = link.entry.to !== null && random() < 0.5
        const said: Link = isStub
          ? { previous: link.previous, entry: { kind: 'stub', position: link.entry.position, from: ANA, to: BIA } }
          : link
        const fate = random()
        if (fate < 0.02) held.push(said)
        else if (fate < 0.03) follower.take([said, said])
        else if (fate < 0.035) follower.gap()
        else if (fate > 0.01) follower.take([said])
        if (random() < 0.02) {
          follower.take(held)
          held = []
        }
        if (random() < 0.05) await new Promise(resolve => setTimeout(resolve, Math.floor(random() * 4)))
      }
      await follower.reach(log.entries.at(-1)?.position ?? 0, 20_000)
      expect(log.indexed).toEqual(positions(log.entries))
      expect(Math.max(...log.batches)).toBeLessThanOrEqual(500)
      await follower.close()
      expect(log.errors).toEqual([])
    },
  )

  it('takes from the bus what comes whole, and reads the log no more', async () => {
    const log = createLog()
    const { follower } = log
    log.append()
    follower.start(ORIGIN)
    await until('joined', () => follower.hasJoined && follower.lagSeconds === 0)
    const { reads } = log
    for (let n = 0; n < 50; n++) {
      // Of a bus that vouches for its order.
      follower.take([{ ...log.append(), previous: null }])
      await follower.reach(log.entries.at(-1)?.position ?? 0, 5_000)
    }
    expect(log.indexed).toEqual(positions(log.entries))
    expect(log.reads).toBe(reads)
    await follower.close()
  })

  it('finds what the bus lost while the log was being read', async () => {
    const log = createLog()
    const { follower } = log
    log.append()
    follower.start(ORIGIN)
    while (log.reads === 0) await Promise.resolve()
    // The read is under way: it will not have these. Of the first one nothing is heard.
    log.append()
    follower.take([log.append(), log.append()])
    await follower.reach(log.entries.at(-1)?.position ?? 0, 5_000)
    expect(log.indexed).toEqual(positions(log.entries))
    await follower.close()
  })

  it('finds by itself what the bus never told of, and goes on after errors', async () => {
    const log = createLog()
    const { follower } = log
    follower.start(ORIGIN)
    await until('joined', () => follower.hasJoined)
    log.append()
    log.failing = 2
    await until('it is found', () => log.indexed.length === 1)
    expect(log.errors).toHaveLength(2)
    await follower.close()
  })

  it('goes on from where the log was trimmed to, and begins anew with a log that is another', async () => {
    const log = createLog()
    const { follower } = log
    for (let n = 0; n < 10; n++) log.append()
    log.trimTo(9)
    follower.start(3)
    await follower.reach(30, 5_000)
    expect(log.indexed).toEqual([12, 15, 18, 21, 24, 27, 30])
    expect(log.rebuilds).toBe(0)
    follower.stop()
    // A position that this log never had.
    follower.start(100)
    await until('anew', () => log.rebuilds === 1 && log.indexed.length > 0)
    await follower.reach(30, 5_000)
    expect(log.indexed).toEqual([12, 15, 18, 21, 24, 27, 30])
    await follower.close()
  })

  it('lets nobody wait for ever', async () => {
    const log = createLog()
    await log.follower.reach(5, 20)
    expect(log.follower.hasJoined).toBe(false)
    await log.follower.close()
  })
})
