// The seam between replay and live: feeds become live between what is published and what is flushed, in every order
// that one turn of the loop allows, on lanes that are at work. None may get an entry twice, or not at all.
import { describe, expect, test } from 'vitest'
import { type Entry, maySee, ORIGIN, type Position } from '../../server/domain/entry.ts'
import { Feed } from '../../server/feed/feed.ts'
import { createHub } from '../../server/feed/hub.ts'
import { createTail } from '../../server/feed/tail.ts'

const JOINS = 10_000
const PEOPLE = ['ana', 'bia', 'cleo'].map(id => ({ id, username: id }))
const LANES = [{ prepare() {} }, { prepare: () => new Promise<void>(resolve => setImmediate(resolve)) }]

function pick<T>(values: readonly T[]): T {
  const value = values[Math.floor(Math.random() * values.length)]
  if (value === undefined) throw new RangeError('nothing to pick from')
  return value
}

describe('joining', () => {
  test(`FEED-1 FEED-2 ${JOINS} feeds that become live exactly between publishing and flushing get each entry once`, async () => {
    const tail = createTail({ capacity: 1_000_000, initial: [], whole: true, head: ORIGIN })
    const errors: unknown[] = []
    const hub = createHub({ tail, onDemoted() {}, onError: error => errors.push(error) })
    const log: Entry[] = []
    let position = 0

    function publish(): void {
      const entries = Array.from({ length: 1 + Math.floor(Math.random() * 3) }, (): Entry => {
        position += 1 + Math.floor(Math.random() * 5)
        const to = Math.random() < 0.5 ? null : pick(PEOPLE)
        const [from, text] = [pick(PEOPLE), `at ${position}`]
        return { kind: 'added', position, messageId: text, from, to, text, sentAt: 0 }
      })
      log.push(...entries)
      hub.receive(entries)
    }

    const joined: { feed: Feed; got: Position[]; from: number; until: number }[] = []
    function join(): void {
      const got: Position[] = []
      const feed = new Feed(
        pick(PEOPLE).id,
        pick(LANES),
        {
          deliver: ({ entries }) => void got.push(...entries.map(entry => entry.position)),
          caughtUp() {},
          congested: false,
          overflowing: false,
          ended() {},
        },
        tail.head,
        tail.head,
      )
      hub.open(feed)
      hub.promote(feed)
      joined.push({ feed, got, from: log.length, until: Number.POSITIVE_INFINITY })
    }

    // One of each for good, so that every lane has somebody and nobody starts one anew.
    for (let i = 0; i < 40; i++) join()
    const present: typeof joined = []
    while (joined.length < JOINS) {
      const dice = Math.random()
      if (dice < 0.45) publish()
      else if (dice < 0.8) {
        join()
        const newest = joined.at(-1)
        if (newest) present.push(newest)
      } else if (dice < 0.95)
        await new Promise(resolve => (dice < 0.9 ? setImmediate(resolve) : queueMicrotask(() => resolve(null))))
      else {
        // Everything that was published is flushed; then most go again.
        await hub.flushed()
        for (const one of present.splice(0, present.length - 20)) {
          hub.close(one.feed)
          one.until = log.length
        }
      }
    }
    await hub.flushed()
    expect(errors).toEqual([])
    for (const { feed, got, from, until } of joined) {
      const expected = log.slice(from, until).filter(entry => maySee(feed.accountId, entry))
      expect(got).toEqual(expected.map(entry => entry.position))
    }
  })
})
