// Feeds against the oracle of the promise: whatever drops, stalls, appends, edits and deletions happen in whatever order,
// each session gets every entry that it may see, once, in the order of the log, and nothing else; and no feed that is
// behind gets a text that has been replaced. One walk is a list of steps; the test takes a thousand short ones, the
// command (run-walks.ts) as many as one has time for.
import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { createLocalBus } from '../../server/bus/local.ts'
import { type Entry, type MessageEntry, maySee, messageOf, type Position } from '../../server/domain/entry.ts'
import { Refusal } from '../../server/domain/errors.ts'
import type { Batch, CaughtUp, Sink } from '../../server/feed/feed.ts'
import { createLog, type FeedHandle, type Log } from '../../server/feed/log.ts'
import type { Store } from '../../server/store/store.ts'
import { createMemoryStore, type MemoryStore } from './memory-store.ts'

export const PEOPLE = ['ana', 'joao', 'maria'].map(name => ({ id: name, username: name }))
const LANES = [0, 1].map(() => ({ prepare() {} }))
/** A lane whose operation has an asynchronous field, which fails now and then as the storage does. */
const ASYNC_LANE = {
  prepared: 0,
  async prepare(): Promise<void> {
    await new Promise(resolve => setImmediate(resolve))
    if (++ASYNC_LANE.prepared % 7 === 0) throw new Refusal('STORAGE_UNAVAILABLE')
  },
}

type Command =
  | { kind: 'send'; from: number; to: number | null; count: number }
  | { kind: 'revise'; target: number; change: 'edited' | 'deleted'; count: number }
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
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('revise' as const),
      target: fc.nat(300),
      change: fc.constantFrom('edited', 'edited', 'deleted'),
      count: fc.integer({ min: 1, max: 3 }),
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
export class Session implements Sink {
  readonly accountId: string
  readonly lane: { prepare(): void | Promise<void> }
  readonly applied: Entry[] = []
  /** What the device shows of each message. */
  readonly messageById = new Map<string, MessageEntry>()
  readonly marks: CaughtUp[] = []
  /** Of this connection: nothing has said yet that replay is over. */
  replaying = true
  /** What was replayed to it although it had been replaced. */
  readonly replaced: Entry[] = []
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
    for (const entry of batch.entries) this.messageById.set(messageOf(entry).messageId, messageOf(entry))
  }
  caughtUp(mark: CaughtUp): void {
    this.replaying = false
    this.marks.push(mark)
  }
  ended(): void {}
}

export async function settle(turns: number): Promise<void> {
  for (let i = 0; i < turns; i++) await new Promise(resolve => setImmediate(resolve))
}

export async function connect(log: Log, session: Session, store: MemoryStore): Promise<void> {
  if (session.handle) return
  const since = session.applied.at(-1)?.position ?? session.start
  session.start ??= store.head()
  session.backlog = 0
  session.stalled = false
  session.replaying = true
  const generation = ++session.generation
  const sink: Sink = {
    // What a dropped socket would still be given is not applied by the device: a new sink for each connection.
    deliver(batch) {
      if (session.generation !== generation) return
      // Thrown here, it would be taken for a failure of the sink, and tried again.
      const isOld = (entry: Entry): boolean => messageOf(entry) !== store.stateOf(entry)
      if (session.replaying) session.replaced.push(...batch.entries.filter(isOld))
      session.deliver(batch)
    },
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

function same(what: string, found: unknown, expected: unknown): void {
  if (isDeepStrictEqual(found, expected)) return
  throw new Error(`${what}: ${JSON.stringify(found)} instead of ${JSON.stringify(expected)}`)
}

export interface WalkOptions {
  /** Steps of one walk. Default 5 to 60. */
  readonly least?: number
  readonly most?: number
  onStep?(): void
}

/** The property, for `fc.assert` and `fc.check`. */
export function walks({ least = 5, most = 60, onStep = () => {} }: WalkOptions = {}) {
  return fc.asyncProperty(
    // By itself fast-check makes most of them short.
    fc.array(command, { minLength: least, maxLength: most, ...(most > 60 ? { size: 'max' as const } : {}) }),
    fc.integer({ min: 16, max: 64 }),
    fc.array(fc.nat(3), { minLength: 7, maxLength: 7 }),
    async (commands, tailEntries, waits) => {
      let turn = 0
      const bus = createLocalBus()
      const store = createMemoryStore(bus.publish, () => waits[turn++ % waits.length] as number)
      const log = await createLog({ store: store as unknown as Store, bus, tailEntries, onError() {} })
      const sessions = Array.from({ length: SESSIONS }, (_, index) => new Session(index))
      let sent = 0
      let revisions = 0
      for (const step of commands) {
        onStep()
        const session = 'session' in step ? (sessions[step.session] as Session) : null
        if (step.kind === 'send') {
          for (let i = 0; i < step.count; i++) {
            const to = step.to === null ? null : (PEOPLE[step.to] as { id: string; username: string })
            const from = PEOPLE[step.from] as { id: string; username: string }
            await store.append({
              messageId: `m${sent++}`,
              from,
              to,
              text: 'x',
              sentAt: 0,
              replyTo: null,
              nonce: null,
            })
          }
        } else if (step.kind === 'revise' && sent > 0) {
          const messageId = `m${step.target % sent}`
          for (let i = 0; i < step.count; i++) {
            // Whoever it is of: those that nobody may see to whom it is not are tried too.
            for (const { id: by } of PEOPLE) {
              const text = step.change === 'edited' ? `e${revisions}` : ''
              await store.revise({ messageId, by, kind: step.change, text, at: revisions++ })
            }
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
        const told = (entry: Entry) => [entry.position, entry.kind, messageOf(entry).messageId]
        same('replayed although it was replaced', session.replaced, [])
        same('applied', session.applied.map(told), expected[i]?.map(told))
        for (const [messageId, shown] of session.messageById) {
          same(messageId, shown, store.stateOf(shown))
        }
      })
      same('the feeds', { ...log.hub.counts }, { live: SESSIONS, behind: 0 })
      log.close()
    },
  )
}
