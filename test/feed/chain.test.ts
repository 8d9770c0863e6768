// The chain on its own: what passes on at once, what waits, when the log is asked, and that it is asked no more than
// needed. What it comes to for feeds is in several-nodes.test.ts.
import { afterEach, describe, expect, test } from 'vitest'
import { type Entry, type Link, type LogItem, ORIGIN, type Position, UNREVISED } from '../../server/domain/entry.ts'
import { Refusal } from '../../server/domain/errors.ts'
import { type Chain, type ChainTimes, createChain } from '../../server/feed/chain.ts'
import { until } from '../setup/until.ts'

const [ANA, BIA, CLEO] = ['ana', 'bia', 'cleo'].map(id => ({ id, username: id })) as [Person, Person, Person]
type Person = { readonly id: string; readonly username: string }

const NEVER = 3_600_000

function entry(position: Position, to: Person | null = null, text = `at ${position}`): Entry {
  return {
    kind: 'added',
    position,
    messageId: `m${position}`,
    from: ANA,
    to,
    text,
    sentAt: 0,
    replyTo: null,
    ...UNREVISED,
  }
}

function stub({ position, from, to }: Entry): LogItem {
  return { kind: 'stub', position, from: { id: from.id }, to: { id: to?.id ?? '' } }
}

/** A log of entries at 10, 20, … and the chain that follows it, with its hands held. */
function rig(served: readonly Person[] = [], times: Partial<ChainTimes> = {}) {
  const log: Entry[] = []
  const passed: LogItem[] = []
  const errors: unknown[] = []
  const asked = { follow: 0, check: 0, entries: 0 }
  const world = { failing: false, flushed: Promise.resolve() }
  const chain: Chain = createChain({
    store: {
      async follow(after, limit) {
        asked.follow++
        if (world.failing) throw new Error('The disk is gone')
        const found = log.filter(({ position }) => position > after).slice(0, limit)
        asked.entries += found.length
        return found
      },
      async check() {
        asked.check++
        if (world.failing) throw new Error('The disk is gone')
        return log.at(-1)?.position ?? ORIGIN
      },
    },
    serves: id => served.some(person => person.id === id),
    pass: items => void passed.push(...items),
    flushed: () => world.flushed,
    renew: async () => null,
    onError: error => void errors.push(error),
    times: { holdMs: 20, quietMs: NEVER, minRetryMs: 5, maxRetryMs: 10, ...times },
  })
  chains.push(chain)
  return {
    chain,
    log,
    passed,
    errors,
    asked,
    world,
    /** Appends to the log, and answers with the link that tells of it. */
    append(to: Person | null = null, text?: string): Link & { entry: Entry } {
      const previous = log.at(-1)?.position ?? ORIGIN
      const added = entry(previous + 10, to, text)
      log.push(added)
      return { entry: added, previous }
    },
    positions: () => passed.map(({ position }) => position),
    whole: () => passed.every(({ kind }) => kind === 'added'),
  }
}

const chains: Chain[] = []
afterEach(() => {
  for (const chain of chains.splice(0)) chain.stop(new Refusal('DRAINING'))
})

const later = (ms: number): Promise<void> => new Promise(resolve => setTimeout(resolve, ms))

describe('the chain', () => {
  test('passes on what follows at once, and drops repeats, without asking the log', () => {
    const { chain, append, positions, asked } = rig()
    chain.start(ORIGIN)
    const links = [append(), append(), append()] as const
    chain.take(links)
    expect(positions()).toEqual([10, 20, 30])
    chain.take(links)
    chain.take([links[1]])
    expect(positions()).toEqual([10, 20, 30])
    expect(chain.head).toBe(30)
    expect(asked).toEqual({ follow: 0, check: 0, entries: 0 })
  })

  test('passes on what a bus vouches for, whatever it says came before', () => {
    const { chain, append, positions, asked } = rig()
    chain.take([{ entry: append().entry, previous: null }])
    chain.start(ORIGIN)
    append()
    chain.take([{ entry: append().entry, previous: null }])
    expect(positions()).toEqual([10, 30])
    expect(asked.follow).toBe(0)
  })

  test('holds what comes before the start, and takes of it what the start does not have', () => {
    const { chain, append, positions } = rig()
    const links = [append(), append(), append()]
    chain.take(links)
    expect(positions()).toEqual([])
    chain.start(20)
    expect(positions()).toEqual([30])
  })

  test('puts links that overtake each other in order, without asking the log', async () => {
    const { chain, append, positions, asked } = rig()
    chain.start(ORIGIN)
    const [first, second, third, fourth] = [append(), append(), append(), append()]
    chain.take([third, second])
    chain.take([fourth])
    expect(positions()).toEqual([])
    chain.take([first])
    expect(positions()).toEqual([10, 20, 30, 40])
    await later(60)
    expect(asked).toEqual({ follow: 0, check: 0, entries: 0 })
  })

  test('takes a private entry that comes after its stub as itself, without asking the log', async () => {
    const { chain, append, passed, asked } = rig([BIA])
    chain.start(ORIGIN)
    const link = append(BIA)
    const next = append()
    chain.take([{ entry: stub(link.entry), previous: link.previous }, next])
    expect(passed).toEqual([])
    chain.take([link, link, { entry: stub(link.entry), previous: link.previous }])
    expect(passed).toEqual([link.entry, next.entry])
    await later(60)
    expect(asked.follow).toBe(0)
  })

  test('keeps the better of the two while both wait for what comes before', async () => {
    const { chain, append, passed, asked } = rig([BIA])
    chain.start(ORIGIN)
    const first = append()
    const [one, other] = [append(BIA), append(BIA)]
    const asStub = (link: typeof one) => ({ entry: stub(link.entry), previous: link.previous })
    chain.take([asStub(one), one, other, asStub(other)])
    chain.take([first])
    expect(passed).toEqual([first.entry, one.entry, other.entry])
    await later(60)
    expect(asked.follow).toBe(0)
  })

  test('closes a hole from the log before anything passes it', async () => {
    const { chain, append, positions, asked } = rig()
    chain.start(ORIGIN)
    chain.take([append()])
    append()
    const after = append()
    chain.take([after])
    expect(positions()).toEqual([10])
    await until('the repair', () => positions().length === 3)
    expect(positions()).toEqual([10, 20, 30])
    chain.take([append()])
    expect(positions()).toEqual([10, 20, 30, 40])
    expect(asked.follow).toBe(1)
  })

  test('reads the private entry of somebody who is served here when only its stub came; of others the stub will do', async () => {
    const { chain, append, passed, asked } = rig([BIA])
    chain.start(ORIGIN)
    const foreign = append(CLEO)
    chain.take([{ entry: stub(foreign.entry), previous: foreign.previous }])
    expect(passed).toEqual([stub(foreign.entry)])
    const own = append(BIA)
    chain.take([{ entry: stub(own.entry), previous: own.previous }])
    await until('the repair', () => passed.length === 2)
    expect(passed[1]).toBe(own.entry)
    expect(asked.follow).toBe(1)
  })

  test('looks at the head where nothing comes, and reads what no link told of', async () => {
    const { chain, append, positions, asked } = rig([], { quietMs: 20 })
    chain.start(ORIGIN)
    await until('a look', () => asked.check > 1)
    expect(asked.follow).toBe(0)
    append()
    append(BIA)
    await until('the repair', () => positions().length === 2)
    expect(positions()).toEqual([10, 20])
  })

  test('does not look at the head while links come; repeats are none', async () => {
    const { chain, append, asked } = rig([], { quietMs: 100 })
    chain.start(ORIGIN)
    let last = append()
    for (let i = 0; i < 30; i++) {
      chain.take([last])
      last = append()
      await later(10)
    }
    expect(asked.check).toBe(0)
    for (let i = 0; i < 30 && asked.check === 0; i++) {
      chain.take([{ entry: entry(10), previous: ORIGIN }])
      await later(10)
    }
    expect(asked.check).toBe(1)
  })

  test('asks the log at once after a gap, also whether it is still the same history', async () => {
    const { chain, append, positions, asked } = rig()
    chain.start(ORIGIN)
    append()
    chain.gap()
    await until('the repair', () => positions().length === 1)
    expect(asked).toEqual({ follow: 1, check: 1, entries: 1 })
  })

  test('a gap before the start is not forgotten', async () => {
    const { chain, append, positions } = rig()
    chain.gap()
    chain.start(ORIGIN)
    append()
    await until('the repair', () => positions().length === 1)
  })

  test('asks whether it is still the same history when a link passes over its head', async () => {
    const { chain, append, asked } = rig()
    chain.start(ORIGIN)
    chain.take([append(), append()])
    chain.take([{ entry: entry(35), previous: 10 }])
    await until('the question', () => asked.check > 0)
  })

  test('drops a link that the log does not know, and asks for it once', async () => {
    const { chain, append, positions, asked } = rig()
    chain.start(ORIGIN)
    chain.take([append()])
    chain.take([{ entry: entry(500), previous: 400 }])
    await until('the repair', () => asked.follow === 1)
    await later(80)
    expect(asked.follow).toBe(1)
    expect(positions()).toEqual([10])
    chain.take([append()])
    expect(positions()).toEqual([10, 20])
  })

  test('tries again while the storage fails, and what comes meanwhile passes on once, in order', async () => {
    const { chain, append, positions, errors, world } = rig()
    chain.start(ORIGIN)
    world.failing = true
    append()
    chain.take([append()])
    await until('failures', () => errors.length > 2)
    chain.take([append(), append()])
    expect(positions()).toEqual([])
    world.failing = false
    await until('the repair', () => positions().length === 4)
    expect(positions()).toEqual([10, 20, 30, 40])
  })

  test('a gap while it waits to try again is a reason to try now', async () => {
    const { chain, append, positions, errors, world } = rig([], { minRetryMs: NEVER, maxRetryMs: NEVER })
    chain.start(ORIGIN)
    world.failing = true
    append()
    chain.gap()
    await until('the failure', () => errors.length === 1)
    world.failing = false
    chain.gap()
    await until('the repair', () => positions().length === 1)
  })

  test('keeps no more than its bound while the storage fails, and reads from the log what it dropped', async () => {
    const { chain, append, positions, errors, asked, world } = rig()
    chain.start(ORIGIN)
    world.failing = true
    append()
    chain.take([append()])
    await until('the failure', () => errors.length > 0)
    const text = 'x'.repeat(10_000)
    for (let i = 0; i < 2_000; i++) chain.take([append(null, text)])
    world.failing = false
    await until('the repair', () => positions().length === 2_002)
    expect(positions()).toEqual(Array.from({ length: 2_002 }, (_, i) => (i + 1) * 10))
    // 4 MiB are some 200 of these.
    expect(asked.entries).toBeGreaterThan(1_700)
  })

  test('reads a long stretch in pieces, each once what was passed is out', async () => {
    const { chain, append, positions, asked, world } = rig()
    chain.start(ORIGIN)
    for (let i = 0; i < 2_500; i++) append()
    let out = (): void => {}
    world.flushed = new Promise(resolve => {
      out = resolve
    })
    chain.gap()
    await until('the first piece', () => positions().length === 1_000)
    await later(20)
    expect(asked.follow).toBe(1)
    out()
    await until('all of it', () => positions().length === 2_500)
    expect(positions()).toEqual(Array.from({ length: 2_500 }, (_, i) => (i + 1) * 10))
  })

  test('reaches a position that no link has told of yet; one that the log has not is of another history', async () => {
    const { chain, append } = rig()
    chain.start(ORIGIN)
    expect(chain.reach(ORIGIN)).toBeUndefined()
    append()
    await chain.reach(10)
    expect(chain.head).toBe(10)
    const beyond = chain.reach(15)
    await expect(beyond).rejects.toMatchObject({ code: 'HISTORY_RESET' })
    const waiting = rig()
    const never = waiting.chain.reach(10)
    waiting.chain.stop(new Refusal('DRAINING'))
    await expect(never).rejects.toMatchObject({ code: 'DRAINING' })
  })

  test('once stopped, passes nothing on and asks nobody', async () => {
    const { chain, append, positions, asked } = rig([], { quietMs: 10 })
    chain.start(ORIGIN)
    const [first, second] = [append(), append()]
    chain.take([second])
    chain.stop(new Refusal('HISTORY_RESET'))
    const before = { ...asked }
    chain.take([first, second])
    chain.gap()
    await later(60)
    expect(positions()).toEqual([])
    expect(asked).toEqual(before)
  })

  test('stopped in the midst of a repair, passes on nothing of it', async () => {
    const { chain, append, positions } = rig()
    chain.start(ORIGIN)
    append()
    chain.gap()
    chain.stop(new Refusal('HISTORY_RESET'))
    await later(20)
    expect(positions()).toEqual([])
  })
})
