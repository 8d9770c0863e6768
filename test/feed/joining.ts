// The seam between replay and live: feeds become live between what is published and what is flushed, in every order
// that one turn of the loop allows, on lanes that are at work. What each got is compared with what it may see.
import { type Entry, maySee, ORIGIN, type Position, UNREVISED } from '../../server/domain/entry.ts'
import { Feed } from '../../server/feed/feed.ts'
import { createHub } from '../../server/feed/hub.ts'
import { createTail } from '../../server/feed/tail.ts'
import type { Violation } from '../setup/oracle.ts'
import { createRandom, pick } from '../setup/random.ts'

const PEOPLE = ['ana', 'bia', 'cleo'].map(id => ({ id, username: id }))
const LANES = [{ prepare() {} }, { prepare: () => new Promise<void>(resolve => setImmediate(resolve)) }]

export interface Joining {
  readonly violations: readonly Violation[]
  readonly entries: number
  /** Over all feeds. */
  readonly deliveries: number
}

interface Joined {
  readonly feed: Feed
  readonly got: Position[]
  readonly from: number
  until: number
}

/** So many feeds join. */
export async function joinFeeds(joins: number, seed: number): Promise<Joining> {
  const random = createRandom(seed)
  const tail = createTail({ capacity: 1_000_000, initial: [], whole: true, head: ORIGIN })
  const violations: Violation[] = []
  const hub = createHub({
    tail,
    onDemoted() {},
    onError: error => violations.push({ rule: 'A', session: 'the hub', detail: String(error) }),
  })
  const log: Entry[] = []
  let position = 0

  function publish(): void {
    const entries = Array.from({ length: 1 + Math.floor(random() * 3) }, (): Entry => {
      position += 1 + Math.floor(random() * 5)
      const to = random() < 0.5 ? null : pick(PEOPLE, random)
      const [from, text] = [pick(PEOPLE, random), `at ${position}`]
      return { kind: 'added', position, messageId: text, from, to, text, sentAt: 0, replyTo: null, ...UNREVISED }
    })
    log.push(...entries)
    hub.receive(entries)
  }

  const joined: Joined[] = []
  function join(): Joined {
    const got: Position[] = []
    const sink = {
      deliver: ({ entries }: { readonly entries: readonly Entry[] }) =>
        void got.push(...entries.map(entry => entry.position)),
      caughtUp() {},
      congested: false,
      overflowing: false,
      ended() {},
    }
    const feed = new Feed(pick(PEOPLE, random).id, pick(LANES, random), sink, tail.head, tail.head)
    hub.open(feed)
    hub.promote(feed)
    const one = { feed, got, from: log.length, until: Number.POSITIVE_INFINITY }
    joined.push(one)
    return one
  }

  // Some for good, so that every lane has somebody and nobody starts one anew.
  for (let i = 0; i < 40; i++) join()
  const present: Joined[] = []
  while (joined.length < joins) {
    const dice = random()
    if (dice < 0.45) publish()
    else if (dice < 0.8) present.push(join())
    else if (dice < 0.95)
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
  const byPosition = new Map(log.map(entry => [entry.position, entry]))
  for (const [n, one] of joined.entries()) violations.push(...judge(`feed ${n}`, one, log, byPosition))
  return { violations, entries: log.length, deliveries: joined.reduce((sum, { got }) => sum + got.length, 0) }
}

function judge(
  session: string,
  { feed, got, from, until }: Joined,
  log: readonly Entry[],
  byPosition: ReadonlyMap<Position, Entry>,
): Violation[] {
  const violations: Violation[] = []
  const expected = log.slice(from, until).filter(entry => maySee(feed.accountId, entry))
  const positions = new Set(expected.map(entry => entry.position))
  const seen = new Set<Position>()
  let last: Position = ORIGIN
  for (const position of got) {
    if (seen.has(position)) violations.push({ rule: 'D', session, detail: `got ${position} twice` })
    else if (position < last) violations.push({ rule: 'B', session, detail: `got ${position} after ${last}` })
    const entry = byPosition.get(position)
    if (!entry) violations.push({ rule: 'D', session, detail: `got ${position}, which is nothing` })
    else if (!maySee(feed.accountId, entry)) violations.push({ rule: 'F', session, detail: `got ${position}` })
    else if (!positions.has(position))
      violations.push({ rule: 'D', session, detail: `got ${position} before it joined` })
    seen.add(position)
    last = position
  }
  for (const position of positions) {
    if (!seen.has(position)) violations.push({ rule: 'E', session, detail: `lacks ${position}` })
  }
  return violations
}
