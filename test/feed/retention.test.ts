// Feeds and pages over a log that is trimmed under them: each session gets everything that it may see after its place,
// or is told that it can't (CURSOR_EXPIRED), and is told so only where it is true. Never a silent hole.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Entry, maySee, ORIGIN, type Position } from '../../server/domain/entry.ts'
import type { Refusal } from '../../server/domain/errors.ts'
import type { Batch, Sink } from '../../server/feed/feed.ts'
import { createLog, type FeedHandle, type Log } from '../../server/feed/log.ts'
import type { Store } from '../../server/store/store.ts'
import { createTrimmingSpace, type TrimmingSpace } from './trimming-space.ts'

const PEOPLE = ['ana', 'joao', 'maria'].map(name => ({ id: name, username: name }))
const LANES = [0, 1].map(() => ({ prepare() {} }))
const SESSIONS = 5
const CHAIN_TIMES = { holdMs: 1, quietMs: 5, minRetryMs: 1, maxRetryMs: 2 }

type Command =
  | { kind: 'send'; from: number; to: number | null; count: number; isLost: boolean }
  /** `share`: how much of what is left goes, of ten. */
  | { kind: 'trim'; share: number; isForgotten: boolean }
  | { kind: 'connect' | 'drop' | 'stall' | 'drain' | 'page'; session: number }
  | { kind: 'turns'; count: number }

const session = fc.nat(SESSIONS - 1)
const command: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('send' as const),
      from: fc.nat(2),
      to: fc.option(fc.nat(2)),
      count: fc.oneof({ weight: 4, arbitrary: fc.integer({ min: 1, max: 30 }) }, fc.integer({ min: 200, max: 400 })),
      isLost: fc.boolean(),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('trim' as const),
      share: fc.integer({ min: 1, max: 10 }),
      isForgotten: fc.boolean(),
    }),
  },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('connect' as const), session }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('drop' as const), session }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('stall' as const), session }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('drain' as const), session }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('page' as const), session }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('turns' as const), count: fc.integer({ min: 1, max: 8 }) }) },
)

/** A device: from where it began, what it applied since, and what it was told. */
class Session {
  readonly accountId: string
  readonly lane: { prepare(): void }
  readonly #space: TrimmingSpace
  start: Position = ORIGIN
  applied: Entry[] = []
  /** How often it had to begin anew. */
  expired = 0
  handle: FeedHandle | null = null
  generation = 0
  stalled = false
  backlog = 0

  constructor(index: number, space: TrimmingSpace) {
    this.accountId = (PEOPLE[index % PEOPLE.length] as { id: string }).id
    this.lane = LANES[index % 2] as { prepare(): void }
    this.#space = space
  }

  get position(): Position {
    return this.applied.at(-1)?.position ?? this.start
  }

  /** All that it may see after a position, whether it is still there or not. */
  visibleAfter(position: Position): Entry[] {
    return this.#space.entries.filter(entry => entry.position > position && maySee(this.accountId, entry))
  }

  apply(entries: readonly Entry[]): void {
    // In order, and without a hole.
    expect(entries).toEqual(this.visibleAfter(this.position).slice(0, entries.length))
    this.applied.push(...entries)
  }

  /** It was told that it can't go on: that has to be so. */
  beExpired(): void {
    this.expired++
    expect(this.visibleAfter(this.position).some(({ position }) => position <= this.#space.floor)).toBe(true)
  }

  sink(): Sink {
    const generation = ++this.generation
    const isCurrent = () => generation === this.generation
    const self = this
    return {
      deliver(batch: Batch) {
        if (!isCurrent()) return
        if (self.stalled) self.backlog += batch.entries.length
        self.apply(batch.entries)
      },
      caughtUp() {},
      ended(cause: Refusal) {
        if (!isCurrent()) return
        expect(cause).toMatchObject({ code: 'CURSOR_EXPIRED' })
        self.handle = null
        self.generation++
        self.beExpired()
        self.mustBeginAnew = true
      },
      get congested() {
        return self.stalled
      },
      get overflowing() {
        return self.stalled && self.backlog > 20
      },
    }
  }

  mustBeginAnew = false

  /** As a client does: the newest page, and a feed from its end. */
  async beginAnew(log: Log): Promise<void> {
    const mark = await log.newestVisible(this.accountId)
    const page = await log.page({ viewer: this.accountId, scope: 'ALL', limit: 3 })
    // A page has no hole in it, either.
    const first = page.entries[0]?.position ?? ORIGIN
    expect(page.entries).toEqual(this.visibleAfter(first - 1).slice(0, page.entries.length))
    this.start = page.entries.at(-1)?.position ?? mark
    this.applied = []
    this.mustBeginAnew = false
  }

  async connect(log: Log): Promise<void> {
    if (this.handle) return
    this.stalled = false
    this.backlog = 0
    if (this.mustBeginAnew) await this.beginAnew(log)
    const since = this.position
    try {
      await log.locate(this.accountId, since)
    } catch (error) {
      expect(error).toMatchObject({ code: 'CURSOR_EXPIRED' })
      this.beExpired()
      this.mustBeginAnew = true
      return
    }
    const handle = await log.open({ accountId: this.accountId, lane: this.lane, sink: this.sink(), since })
    if (!this.mustBeginAnew) this.handle = handle
  }

  drop(): void {
    this.handle?.close()
    this.handle = null
    this.generation++
  }

  drain(): void {
    this.stalled = false
    this.backlog = 0
    this.handle?.resume()
  }

  /** Without a feed: a page of what follows. */
  async readPage(log: Log): Promise<void> {
    if (this.handle || this.mustBeginAnew) return
    const after = this.position
    try {
      await log.locate(this.accountId, after)
      this.apply((await log.page({ viewer: this.accountId, scope: 'ALL', after, limit: 3 })).entries)
    } catch (error) {
      expect(error).toMatchObject({ code: 'CURSOR_EXPIRED' })
      this.beExpired()
      this.mustBeginAnew = true
    }
  }
}

async function settle(turns: number): Promise<void> {
  for (let i = 0; i < turns; i++) await new Promise(resolve => setImmediate(resolve))
}

function openLog(space: TrimmingSpace, tailEntries: number): Promise<Log> {
  const { bus } = space
  const store = space.store as unknown as Store
  return createLog({ store, bus, tailEntries, onError() {}, chainTimes: CHAIN_TIMES })
}

const draft = (n: number, from: number, to: number | null) => ({
  messageId: `m${n}`,
  from: PEOPLE[from] as { id: string; username: string },
  to: to === null ? null : (PEOPLE[to] as { id: string; username: string }),
  text: 'x',
  sentAt: 0,
  replyTo: null,
  nonce: null,
})

describe('a log that is trimmed', () => {
  test('CURSOR-5 CURSOR-6 each session gets all that it may see after its place, or is told, and rightly', {
    timeout: 240_000,
  }, async () => {
    let [told, trims] = [0, 0]
    await fc.assert(
      fc.asyncProperty(
        fc.array(command, { minLength: 5, maxLength: 50 }),
        fc.integer({ min: 16, max: 64 }),
        fc.array(fc.nat(3), { minLength: 7, maxLength: 7 }),
        async (commands, tailEntries, waits) => {
          let turn = 0
          let sent = 0
          const space = createTrimmingSpace(() => waits[turn++ % waits.length] as number)
          const log = await openLog(space, tailEntries)
          const sessions = Array.from({ length: SESSIONS }, (_, index) => new Session(index, space))
          for (const step of commands) {
            const one = 'session' in step ? (sessions[step.session] as Session) : null
            if (step.kind === 'send') {
              for (let i = 0; i < step.count; i++) {
                space.appendElsewhere(draft(sent++, step.from, step.to), step.isLost)
              }
            } else if (step.kind === 'trim') {
              const left = space.entries.filter(({ position }) => position > space.floor)
              const last = left[Math.ceil((left.length * step.share) / 10) - 1]
              if (last) space.trimTo(last.position)
              if (step.isForgotten) log.forget(space.floor)
              trims++
            } else if (step.kind === 'turns') await settle(step.count)
            else if (one && step.kind === 'connect') await one.connect(log)
            else if (one && step.kind === 'drop') one.drop()
            else if (one && step.kind === 'stall') one.stalled = true
            else if (one && step.kind === 'drain') one.drain()
            else if (one) await one.readPage(log)
          }
          // Everybody comes back, as often as it takes, and takes all.
          const isDone = (one: Session): boolean => one.visibleAfter(one.position).length === 0
          const deadline = Date.now() + 5_000
          while (Date.now() < deadline && !(log.hub.counts.live === SESSIONS && sessions.every(isDone))) {
            for (const one of sessions) {
              await one.connect(log)
              one.drain()
            }
            await settle(5)
            // The chain looks at the head of the log after some quiet milliseconds.
            await new Promise(resolve => setTimeout(resolve, 1))
          }
          for (const one of sessions) {
            expect(one.applied).toEqual(one.visibleAfter(one.start))
            told += one.expired
          }
          expect(log.hub.counts).toMatchObject({ live: SESSIONS, behind: 0 })
          log.close()
        },
      ),
      { numRuns: 1_000 },
    )
    expect(trims).toBeGreaterThan(1_000)
    expect(told).toBeGreaterThan(500)
  })
})
