// Feeds against the oracle of the promise: whatever drops, stalls and appends happen in whatever order, each session
// gets every entry that it may see, once, in the order of the log, and nothing else.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createLocalBus } from '../../server/bus/local.ts'
import { type Entry, maySee, type Position } from '../../server/domain/entry.ts'
import type { Batch, CaughtUp, Sink } from '../../server/feed/feed.ts'
import { createLog, type FeedHandle, type Log } from '../../server/feed/log.ts'
import type { Store } from '../../server/store/store.ts'
import { createMemoryStore, type MemoryStore } from './memory-store.ts'

const PEOPLE = ['ana', 'joao', 'maria'].map(name => ({ id: name, username: name }))
const LANES = [0, 1].map(() => ({ prepare() {} }))
/** A lane whose operation has an asynchronous field. */
const ASYNC_LANE = { prepare: () => new Promise<void>(resolve => setImmediate(resolve)) }

type Command =
  | { kind: 'send'; from: number; to: number | null; count: number }
  | { kind: 'connect'; session: number }
  | { kind: 'drop'; session: number }
  | { kind: 'stall'; session: number }
  | { kind: 'drain'; session: number }
  | { kind: 'turns'; count: number }
  | { kind: 'fail' }

const SESSIONS = 5

const command: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('send' as const),
      from: fc.nat(2),
      to: fc.option(fc.nat(2)),
      count: fc.integer({ min: 1, max: 30 }),
    }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('connect' as const), session: fc.nat(SESSIONS - 1) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('drop' as const), session: fc.nat(SESSIONS - 1) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('stall' as const), session: fc.nat(SESSIONS - 1) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('drain' as const), session: fc.nat(SESSIONS - 1) }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('turns' as const), count: fc.integer({ min: 1, max: 5 }) }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'fail' as const }) },
)

/** A person's device: what it applied, and a sink that can be stalled. */
class Session implements Sink {
  readonly accountId: string
  readonly lane: { prepare(): void | Promise<void> }
  readonly applied: Entry[] = []
  readonly marks: CaughtUp[] = []
  start: Position | null = null
  handle: FeedHandle | null = null
  generation = 0
  stalled = false
  backlog = 0

  constructor(index: number) {
    this.accountId = (PEOPLE[index % PEOPLE.length] as { id: string }).id
    this.lane = index === 4 ? ASYNC_LANE : (LANES[index % 2] as { prepare(): void })
  }

  get congested(): boolean {
    return this.stalled
  }
  get overflowing(): boolean {
    return this.stalled && this.backlog > 20
  }
  deliver(batch: Batch): void {
    if (this.stalled) this.backlog += batch.entries.length
    this.applied.push(...batch.entries)
  }
  caughtUp(mark: CaughtUp): void {
    this.marks.push(mark)
  }
  ended(): void {}
}

async function settle(turns: number): Promise<void> {
  for (let i = 0; i < turns; i++) await new Promise(resolve => setImmediate(resolve))
}

async function connect(log: Log, session: Session, store: MemoryStore): Promise<void> {
  if (session.handle) return
  const since = session.applied.at(-1)?.position ?? session.start
  session.start ??= store.head()
  session.backlog = 0
  session.stalled = false
  const generation = ++session.generation
  const sink: Sink = {
    // What a dropped socket would still be given is not applied by the device: a new sink for each connection.
    deliver: batch => void (session.generation === generation && session.deliver(batch)),
    caughtUp: mark => session.caughtUp(mark),
    ended: () => {},
    get congested() {
      return session.congested
    },
    get overflowing() {
      return session.overflowing
    },
  }
  session.handle = await log.open({ accountId: session.accountId, lane: session.lane, sink, since })
}

function drain(session: Session): void {
  session.stalled = false
  session.backlog = 0
  session.handle?.resume()
}

describe('feeds', () => {
  test('deliver all that is visible, once, in order, through any drops, stalls and failures', {
    timeout: 240_000,
  }, async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(command, { minLength: 5, maxLength: 60 }),
        fc.integer({ min: 16, max: 64 }),
        fc.array(fc.nat(3), { minLength: 7, maxLength: 7 }),
        async (commands, tailEntries, waits) => {
          let turn = 0
          const bus = createLocalBus()
          const store = createMemoryStore(bus.publish, () => waits[turn++ % waits.length] as number)
          const log = await createLog({ store: store as unknown as Store, bus, tailEntries, onError() {} })
          const sessions = Array.from({ length: SESSIONS }, (_, index) => new Session(index))
          let sent = 0
          for (const step of commands) {
            const session = 'session' in step ? (sessions[step.session] as Session) : null
            if (step.kind === 'send') {
              for (let i = 0; i < step.count; i++) {
                const to = step.to === null ? null : (PEOPLE[step.to] as { id: string; username: string })
                const from = PEOPLE[step.from] as { id: string; username: string }
                await log.append({ messageId: `m${sent++}`, from, to, text: 'x', sentAt: 0, nonce: null })
              }
            } else if (step.kind === 'connect' && session) await connect(log, session, store)
            else if (step.kind === 'drop' && session) {
              session.handle?.close()
              session.handle = null
              session.generation++
            } else if (step.kind === 'stall' && session) session.stalled = true
            else if (step.kind === 'drain' && session) drain(session)
            else if (step.kind === 'turns') await settle(step.count)
            else if (step.kind === 'fail') store.failNext = true
          }
          // Everybody comes back and takes all.
          for (const session of sessions) {
            await connect(log, session, store)
            drain(session)
          }
          const deadline = Date.now() + 5_000
          const expected = sessions.map(({ accountId, start }) =>
            store.entries.filter(entry => entry.position > (start ?? 0) && maySee(accountId, entry)),
          )
          const isDone = (): boolean =>
            log.hub.counts.live === SESSIONS &&
            sessions.every((session, i) => session.applied.length >= (expected[i]?.length ?? 0))
          while (!isDone() && Date.now() < deadline) await settle(5)
          await settle(20)
          sessions.forEach((session, i) => {
            expect(session.applied.map(({ messageId }) => messageId)).toEqual(
              expected[i]?.map(({ messageId }) => messageId),
            )
          })
          expect(log.hub.counts).toMatchObject({ live: SESSIONS, behind: 0 })
          log.close()
        },
      ),
      { numRuns: 1_000 },
    )
  })

  test('a feed that is opened while entries are published but not flushed gets each of them once', async () => {
    const bus = createLocalBus()
    const store = createMemoryStore(bus.publish, () => 0)
    const log = await createLog({ store: store as unknown as Store, bus, tailEntries: 64, onError() {} })
    const watcher = new Session(0)
    await connect(log, watcher, store)
    await settle(5)
    const late: Session[] = []
    for (let i = 0; i < 10_000; i++) {
      const from = PEOPLE[0] as { id: string; username: string }
      await log.append({ messageId: `m${i}`, from, to: null, text: 'x', sentAt: 0, nonce: null })
      if (i % 10 === 5) {
        const session = new Session(0)
        session.start = store.entries.at(-3)?.position ?? 0
        await connect(log, session, store)
        late.push(session)
      }
      if (i % 3 === 0) await settle(1)
      if (late.length > 20) {
        const isDone = (session: Session): boolean => session.applied.at(-1) === store.entries.at(-1)
        while (!late.every(isDone)) await settle(1)
        await log.hub.flushed()
        for (const session of late.splice(0)) {
          session.handle?.close()
          const since = store.entries.filter(entry => entry.position > (session.start as number))
          expect(session.applied).toEqual(since)
          expect(session.marks).toHaveLength(1)
        }
      }
    }
    await log.hub.flushed()
    expect(watcher.applied).toEqual(store.entries)
    log.close()
  })
})
