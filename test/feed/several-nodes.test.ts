// Feeds on one of several nodes, against the oracle of the promise: whatever the bus loses, doubles, delays and reorders,
// whoever appends, revises, fails, drops and stalls, and whenever the storage becomes another history: each session gets
// every entry that it may see, once, in the order of the log, and nothing else; or it is told that it has to begin anew.
// And once the node is past an edit or a deletion, whether or not it may know what that was, it has no older text.
import fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import { type CursorCodec, createCurrentCursors, createCursorCodec } from '../../server/domain/cursor.ts'
import { type Entry, maySee, messageOf, type Position } from '../../server/domain/entry.ts'
import { Refusal } from '../../server/domain/errors.ts'
import type { Batch, CaughtUp, Sink } from '../../server/feed/feed.ts'
import type { Generation, GenerationOptions } from '../../server/feed/generation.ts'
import { createLog, type FeedHandle, type Log } from '../../server/feed/log.ts'
import type { Draft, Store } from '../../server/store/store.ts'
import { createFaultyBus, WEATHERS, type Weather } from './faulty-bus.ts'
import { createMemoryStore, type MemoryStore } from './memory-store.ts'

/** What logs are made of, to look at: nothing is changed. */
const generations: Generation[] = []
vi.mock('../../server/feed/generation.ts', async original => {
  const real = await original<{ createGeneration(options: GenerationOptions): Promise<Generation | null> }>()
  return {
    async createGeneration(options: GenerationOptions) {
      const generation = await real.createGeneration(options)
      if (generation) generations.push(generation)
      return generation
    },
  }
})

const PEOPLE = ['ana', 'joao', 'maria', 'rui'].map(name => ({ id: name, username: name }))
const LANES = [0, 1].map(() => ({ prepare() {} }))
/** A lane whose operation has an asynchronous field. */
const ASYNC_LANE = { prepare: () => new Promise<void>(resolve => setImmediate(resolve)) }
const SESSIONS = 5

type Command =
  | { kind: 'send'; from: number; to: number | null; count: number; elsewhere: boolean }
  | { kind: 'revise'; target: number; change: 'edited' | 'deleted'; elsewhere: boolean }
  | { kind: 'drop' | 'stall' | 'drain'; session: number }
  | { kind: 'connect'; session: number; ahead: boolean }
  | { kind: 'turns'; count: number }
  | { kind: 'weather'; weather: Weather }
  | { kind: 'page' | 'glance'; viewer: number }
  | { kind: 'break' | 'fail' }
  | { kind: 'fork'; lost: number }
  | { kind: 'trim'; kept: number; isOurs: boolean }

/** What a device is told when it can't go on from where it was. */
const ANEW: readonly string[] = ['HISTORY_RESET', 'CURSOR_EXPIRED']

const session = fc.nat(SESSIONS - 1)
const one = (kind: 'drop' | 'stall' | 'drain') => fc.record({ kind: fc.constant(kind), session })
const command: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('send' as const),
      from: fc.nat(PEOPLE.length - 1),
      to: fc.option(fc.nat(PEOPLE.length - 1), { freq: 2 }),
      count: fc.integer({ min: 1, max: 12 }),
      elsewhere: fc.boolean(),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('revise' as const),
      target: fc.nat(300),
      change: fc.constantFrom('edited', 'edited', 'deleted'),
      elsewhere: fc.boolean(),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({ kind: fc.constant('connect' as const), session, ahead: fc.boolean() }),
  },
  { weight: 2, arbitrary: one('drop') },
  { weight: 1, arbitrary: one('stall') },
  { weight: 2, arbitrary: one('drain') },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('turns' as const), count: fc.integer({ min: 1, max: 6 }) }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('weather' as const), weather: fc.constantFrom(...WEATHERS) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constantFrom('page', 'glance'), viewer: fc.nat(PEOPLE.length - 1) }),
  },
  { weight: 1, arbitrary: fc.constantFrom({ kind: 'break' as const }, { kind: 'fail' as const }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('fork' as const), lost: fc.nat(4) }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('trim' as const), kept: fc.nat(30), isOurs: fc.boolean() }),
  },
)

/** What a device applied of one history. */
interface Chapter {
  epoch: string
  /** The log's end when it began: everything after it, at least. */
  begun: Position
  readonly applied: Entry[]
  /** The newest cursor that it was given. */
  cursor: string | null
}

/** A person's device: it keeps the newest cursor, comes back with it, and begins anew when told of a reset. */
class Session {
  readonly accountId: string
  readonly lane: { prepare(): void | Promise<void> }
  readonly chapters: Chapter[] = []
  chapter: Chapter | null = null
  handle: FeedHandle | null = null
  connecting: Promise<void> | null = null
  /** Of the connection; what an earlier one is still given is not applied. */
  connection = 0
  stalled = false
  backlog = 0
  readonly wrong: string[] = []

  constructor(index: number) {
    this.accountId = (PEOPLE[index % 3] as { id: string }).id
    this.lane = index === 4 ? ASYNC_LANE : (LANES[index % 2] as { prepare(): void })
  }

  /** @param ahead begins, if it does, with what another node has told: more than this one may have heard of */
  connect(log: Log, cursors: CursorCodec, store: MemoryStore, ahead = false): void {
    if (this.handle || this.connecting) return
    this.stalled = false
    this.backlog = 0
    const connection = ++this.connection
    this.connecting = this.#open(log, cursors, store, ahead, connection)
      .catch(error => this.#ended(error, connection))
      .finally(() => {
        this.connecting = null
      })
  }

  async #open(log: Log, cursors: CursorCodec, store: MemoryStore, ahead: boolean, connection: number): Promise<void> {
    if (!this.chapter && ahead) this.#begin(store, log.epoch)
    const cursor = this.chapter?.cursor ?? null
    let since: Position | null = null
    if (cursor !== null) {
      since = cursors.decode(cursor)
      await log.locate(this.accountId, since)
    }
    if (connection !== this.connection) return
    if (since === null) {
      // Where the storage has lost its newest entries already, this node still serves the history that had them.
      const begun = Math.max(store.entries.at(-1)?.position ?? 0, log.head)
      this.#start({ epoch: '', begun, cursor: null })
    }
    const handle = await log.open({
      accountId: this.accountId,
      lane: this.lane,
      sink: this.#sink(cursors, connection),
      since,
    })
    if (connection === this.connection) this.handle = handle
    else handle.close()
  }

  #begin(store: MemoryStore, epoch: string): void {
    const newest = store.histories.get(epoch)?.findLast(entry => maySee(this.accountId, entry))
    if (newest) this.#start({ epoch, begun: newest.position, cursor: createCursorCodec(epoch).encode(newest.position) })
  }

  #start(beginning: Omit<Chapter, 'applied'>): void {
    this.chapter = { ...beginning, applied: [] }
    this.chapters.push(this.chapter)
  }

  #sink(cursors: CursorCodec, connection: number): Sink {
    let over = false
    const self = this
    const note = (position: Position, isMark = false): void => {
      const { chapter } = self
      if (over) self.wrong.push(`${position} came after the end`)
      if (!chapter || connection !== self.connection) return
      const cursor = cursors.encode(position)
      const epoch = cursor.slice(0, 8)
      chapter.epoch ||= epoch
      if (epoch !== chapter.epoch) self.wrong.push(`a cursor of ${epoch} in the midst of ${chapter.epoch}`)
      // CaughtUp has the cursor of what came right before it.
      const rises = chapter.cursor === null || cursor > chapter.cursor || (isMark && cursor === chapter.cursor)
      if (!rises) self.wrong.push(`${cursor} after ${chapter.cursor}`)
      chapter.cursor = cursor
    }
    return {
      get congested() {
        return self.stalled
      },
      get overflowing() {
        return self.stalled && self.backlog > 20
      },
      deliver({ entries }: Batch) {
        for (const entry of entries) {
          note(entry.position)
          if (connection !== self.connection) continue
          if (self.stalled) self.backlog++
          self.chapter?.applied.push(entry)
        }
      },
      caughtUp: ({ position }: CaughtUp) => note(position, true),
      ended(cause) {
        over = true
        self.#ended(cause, connection)
      },
    }
  }

  #ended(cause: unknown, connection: number): void {
    if (connection !== this.connection) return
    this.handle = null
    this.connection++
    if (cause instanceof Refusal && ANEW.includes(cause.code)) this.chapter = null
    else if (!String(cause).includes('The disk is gone')) this.wrong.push(`ended by ${cause}`)
    // Nothing was applied, and nothing given to come back with: it begins from then.
    else if (this.chapter?.cursor === null) this.chapter = null
  }

  drop(): void {
    this.handle?.close()
    this.handle = null
    this.connection++
    if (this.chapter?.cursor === null) this.chapter = null
  }

  drain(): void {
    this.stalled = false
    this.backlog = 0
    this.handle?.resume()
  }
}

/** What a chapter must be, or the beginning of it when it was broken off. */
function expectedOf({ epoch, begun, applied }: Chapter, accountId: string, store: MemoryStore): Entry[] {
  const history = store.histories.get(epoch) ?? []
  // From now may begin a little earlier: with what this node had not heard of yet when it was asked.
  const start = Math.min(begun, (applied[0]?.position ?? Number.POSITIVE_INFINITY) - 1)
  return history.filter(entry => entry.position > start && maySee(accountId, entry))
}

const idsOf = (entries: readonly Entry[]): string[] =>
  entries.map(entry => `${entry.position} ${messageOf(entry).messageId}`)

/** Where the last edit or deletion up to a position is, of each message that has one. */
function lastRevisions(history: readonly Entry[], through: Position): ReadonlyMap<string, Position> {
  const revisions = history.filter(({ kind, position }) => kind !== 'added' && position <= through)
  return new Map(revisions.map(entry => [messageOf(entry).messageId, entry.position]))
}

async function settle(turns: number): Promise<void> {
  for (let i = 0; i < turns; i++) await new Promise(resolve => setImmediate(resolve))
}

describe('feeds on one of several nodes', () => {
  test('get all that is visible, once, in order, or are told that they have to begin anew', {
    timeout: 240_000,
  }, async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(command, { minLength: 5, maxLength: 60 }),
        fc.integer({ min: 16, max: 64 }),
        fc.array(fc.nat(3), { minLength: 7, maxLength: 7 }),
        fc.array(fc.nat(9), { minLength: 31, maxLength: 31 }),
        async (commands, tailEntries, waits, fates) => {
          generations.length = 0
          let turn = 0
          let fate = 0
          const bus = createFaultyBus(
            () => store.epoch,
            () => fates[fate++ % fates.length] as number,
          )
          const store: MemoryStore = createMemoryStore(
            bus.announce,
            () => waits[turn++ % waits.length] as number,
            () => log.reset(),
          )
          const log: Log = await createLog({
            store: store as unknown as Store,
            bus,
            tailEntries,
            onError() {},
            chainTimes: { holdMs: 1, quietMs: 4, minRetryMs: 1, maxRetryMs: 2 },
          })
          const cursors = createCurrentCursors(() => log.epoch)
          const sessions = Array.from({ length: SESSIONS }, (_, index) => new Session(index))
          const asked: Promise<void>[] = []
          const glances: string[] = []
          let sent = 0

          /** Who is live here has everything that it may see whole in memory. */
          function checkTail(): void {
            for (const { hub, tail } of generations) {
              for (const { id } of PEOPLE) {
                if (hub.feedsOf(id).some(({ state }) => state === 'live')) expect(tail.firstStub(id)).toBeNull()
              }
            }
            const latest = generations.at(-1)
            if (!latest || latest.epoch !== log.epoch) return
            const { tail } = latest
            const revised = lastRevisions(store.histories.get(latest.epoch) ?? [], tail.head)
            for (const item of tail.range(tail.floor, tail.head)) {
              if (item.kind === 'stub') continue
              const message = messageOf(item)
              // Of one that was trimmed there is nothing later.
              if (message.deletedAt !== null) expect(message.text).toBe('')
              else expect(message.revised).toBeGreaterThanOrEqual(revised.get(message.messageId) ?? 0)
            }
          }

          const draft = (from: number, to: number | null): Draft => ({
            messageId: `m${sent++}`,
            from: PEOPLE[from] as { id: string; username: string },
            to: to === null ? null : (PEOPLE[to] as { id: string; username: string }),
            text: 'x',
            sentAt: 0,
            replyTo: null,
            nonce: null,
          })

          for (const step of commands) {
            const device = 'session' in step ? (sessions[step.session] as Session) : null
            if (step.kind === 'send') {
              for (let i = 0; i < step.count; i++) {
                if (step.elsewhere) store.appendElsewhere(draft(step.from, step.to))
                else await store.append(draft(step.from, step.to))
              }
            } else if (step.kind === 'revise') {
              const messages = store.entries.filter(({ kind }) => kind === 'added').map(messageOf)
              const message = messages[step.target % messages.length]
              if (message) {
                const { messageId, from } = message
                const text = step.change === 'edited' ? `edit ${sent++}` : ''
                const revision = { messageId, by: from.id, kind: step.change, text, at: 1 }
                if (step.elsewhere) store.reviseElsewhere(revision)
                else await store.revise(revision)
              }
            } else if (step.kind === 'connect') device?.connect(log, cursors, store, step.ahead)
            else if (step.kind === 'drop') device?.drop()
            else if (step.kind === 'stall' && device) device.stalled = true
            else if (step.kind === 'drain') device?.drain()
            else if (step.kind === 'turns') await settle(step.count)
            else if (step.kind === 'weather') bus.weather = step.weather
            else if (step.kind === 'break') bus.breakDown()
            else if (step.kind === 'fail') store.failNext = true
            else if (step.kind === 'fork') store.fork(step.lost)
            else if (step.kind === 'trim') {
              const floor = store.entries.at(-1 - step.kept)?.position ?? 0
              store.trimTo(floor)
              if (step.isOurs && store.epoch === [...store.histories.keys()].at(-1)) log.forget(floor)
            } else if (step.kind === 'page') {
              // Whoever has just sent something finds it on the newest page, whether or not the bus has told of it.
              const viewer = (PEOPLE[step.viewer] as { id: string }).id
              store.failNext = false
              await store.append(draft(step.viewer, null))
              const page = await log.page({ viewer, scope: 'ALL', limit: 3 })
              const visible = store.entries.filter(entry => entry.kind === 'added' && maySee(viewer, entry))
              // It may be shorter, for what was trimmed.
              expect(page.entries.length).toBeGreaterThan(0)
              expect(idsOf(page.entries)).toEqual(idsOf(visible.slice(-page.entries.length)))
            } else if (step.kind === 'glance') {
              // A page that is asked for while anything happens is of the history that its cursors will be of.
              const viewer = (PEOPLE[step.viewer] as { id: string }).id
              const glance = log.page({ viewer, scope: 'ALL', limit: 5 }).then(
                ({ entries }) => {
                  const history = new Set(idsOf(store.histories.get(log.epoch) ?? []))
                  if (!idsOf(entries).every(entry => history.has(entry))) glances.push('a page of another history')
                },
                () => {},
              )
              asked.push(glance)
            }
            checkTail()
          }

          // Everybody comes back and takes all, whatever the weather.
          store.failNext = false
          const deadline = performance.now() + 5_000
          const isDone = (): boolean =>
            sessions.every(one => {
              one.connect(log, cursors, store)
              one.drain()
              const { chapter, accountId } = one
              // A reset may be unheard of yet: nobody is done before.
              return (
                one.handle !== null &&
                chapter !== null &&
                log.epoch === [...store.histories.keys()].at(-1) &&
                chapter.cursor !== null &&
                chapter.applied.length >= expectedOf(chapter, accountId, store).length
              )
            }) && log.hub.counts.live === SESSIONS
          while (!isDone() && performance.now() < deadline) {
            await new Promise(resolve => setTimeout(resolve, 1))
            checkTail()
          }
          await settle(10)
          const floor = await store.trimmed(null)
          for (const { wrong, chapters, chapter, accountId } of sessions) {
            expect(wrong).toEqual([])
            for (const each of chapters) {
              const expected = expectedOf(each, accountId, store)
              const isLast = each === chapter
              expect(idsOf(each.applied)).toEqual(idsOf(isLast ? expected : expected.slice(0, each.applied.length)))
            }
            expect(chapter?.epoch).toBe(log.epoch)
            const shown = new Map(chapter?.applied.map(entry => [messageOf(entry).messageId, entry]))
            for (const entry of shown.values()) {
              if (messageOf(entry).position > floor) expect(messageOf(entry)).toEqual(store.stateOf(entry))
            }
          }
          expect(log.epoch).toBe([...store.histories.keys()].at(-1))
          expect(log.hub.counts).toMatchObject({ live: SESSIONS, behind: 0 })
          checkTail()
          await Promise.all(asked)
          expect(glances).toEqual([])
          for (const one of sessions) one.drop()
          expect(bus.listened).toEqual([])
          log.close()
        },
      ),
      { numRuns: Number(process.env.RUNS ?? 600), endOnFailure: true },
    )
  })
})
