// The contract of server/store/store.ts about trimming: what goes, what stays, and above all that no reader is ever
// given a hole without being told (`trimmed`). The same suite runs against every store, as store.ts beside this file.
import fc from 'fast-check'
import { beforeEach, describe, expect, test } from 'vitest'
import { type AccountRef, type Entry, maySee, ORIGIN, type Position, type Scope } from '../../server/domain/entry.ts'
import type { Retention, Store, TrimStep } from '../../server/store/store.ts'
import { openEach, type StoreFixture } from './fixture.ts'
import { draftOf, enter, enterThree, nonceOf, PATIENCE_MS, pageOf, say, stored } from './store.ts'

/** Nothing is excluded; each test says what is. */
const KEEP: Retention = { messages: 0, olderThan: ORIGIN, upTo: Number.MAX_SAFE_INTEGER }

/** Trims until there is nothing more to do. */
export async function trimAll(store: Store, retention: Partial<Retention>): Promise<TrimStep> {
  let removed = 0
  for (;;) {
    const step = await store.trim({ ...KEEP, ...retention })
    removed += step.removed
    if (!step.more) return { ...step, removed }
  }
}

const isOf = ({ to }: Entry, scope: Scope): boolean => scope === 'ALL' || (scope === 'PUBLIC') === (to === null)

/** What `trimmed` means, on a list of all that was ever stored. */
export function trimmedOf(log: readonly Entry[], floor: Position, viewer: string, scope: Scope = 'ALL'): Position {
  const gone = log.filter(entry => entry.position <= floor && isOf(entry, scope) && maySee(viewer, entry))
  return gone.at(-1)?.position ?? ORIGIN
}

export function describeRetention(name: string, create: () => Promise<StoreFixture>): void {
  describe(`store contract, retention: ${name}`, () => {
    let store: Store
    let log: Entry[]
    let joao: AccountRef
    let maria: AccountRef
    let ana: AccountRef
    const storage = openEach(create, opened => {
      ;({ store, log } = opened)
    })

    beforeEach(async () => {
      ;({ joao, maria, ana } = await enterThree(store))
    })

    async function fill(count: number): Promise<void> {
      const people = [null, maria, null, joao]
      await Promise.all(Array.from({ length: count }, (_, n) => say(store, joao, people[n % 4] ?? null, `${n}`)))
    }

    const positions = (entries: readonly Entry[]): Position[] => entries.map(({ position }) => position)
    const position = (index: number): Position => log.at(index)?.position ?? ORIGIN

    describe('what goes', () => {
      test('nothing, as long as nothing excludes it', async () => {
        expect(await trimAll(store, { messages: 5 })).toEqual({ floor: ORIGIN, removed: 0, more: false })
        await fill(10)
        for (const retention of [{}, { messages: 10 }, { messages: 11 }, { olderThan: position(0) - 1 }]) {
          expect(await trimAll(store, retention)).toEqual({ floor: ORIGIN, removed: 0, more: false })
        }
        expect(await store.newest(20)).toEqual(log)
        for (const viewer of [joao.id, maria.id, ana.id, 'nobody', null])
          expect(await store.trimmed(viewer)).toBe(ORIGIN)
      })

      test('all but the newest messages, whoever may see them, however many there are', async () => {
        await fill(2_345)
        const step = await trimAll(store, { messages: 100 })
        expect(step).toEqual({ floor: position(-101), removed: 2_245, more: false })
        expect(await store.newest(5_000)).toEqual(log.slice(-100))
        await fill(7)
        expect(await trimAll(store, { messages: 100 })).toMatchObject({ floor: position(-101), removed: 7 })
        expect(await trimAll(store, { messages: 3 })).toMatchObject({ floor: position(-4), removed: 97 })
        expect(await store.newest(5_000)).toEqual(log.slice(-3))
      })

      test('what is too old, up to and including that position', async () => {
        await fill(20)
        expect(await trimAll(store, { olderThan: position(4) })).toEqual({
          floor: position(4),
          removed: 5,
          more: false,
        })
        expect(await trimAll(store, { olderThan: position(6) - 1 })).toMatchObject({ floor: position(5), removed: 1 })
        expect(await trimAll(store, { olderThan: position(2) })).toMatchObject({ floor: position(5), removed: 0 })
        expect(await store.newest(50)).toEqual(log.slice(6))
      })

      test('what either of the two excludes, and nothing that both allow', async () => {
        await fill(20)
        await trimAll(store, { messages: 15, olderThan: position(2) })
        expect(await store.newest(50)).toEqual(log.slice(5))
        await trimAll(store, { messages: 15, olderThan: position(9) })
        expect(await store.newest(50)).toEqual(log.slice(10))
      })

      test('nothing after `upTo`, whatever excludes it', async () => {
        await fill(20)
        const upTo = position(7)
        expect(await trimAll(store, { messages: 1, upTo })).toMatchObject({ floor: upTo, removed: 8 })
        expect(await trimAll(store, { olderThan: position(-1), upTo })).toMatchObject({ floor: upTo, removed: 0 })
        expect(await store.newest(50)).toEqual(log.slice(8))
      })

      test('the number that is left is known after a restart, and after trimming by age alone', async () => {
        await fill(30)
        await trimAll(store, { messages: 25 })
        await storage.reopen()
        await fill(5)
        await trimAll(store, { olderThan: position(9) })
        expect(await trimAll(store, { messages: 20 })).toMatchObject({ removed: 5, floor: position(14) })
        await trimAll(store, { olderThan: position(-1) })
        await fill(4)
        expect(await trimAll(store, { messages: 3 })).toMatchObject({ removed: 1 })
        expect(await store.newest(50)).toEqual(log.slice(-3))
      })

      test('steps of different trimmers at once remove nothing twice, and sends go on between them', async () => {
        await fill(1_500)
        const sends = Array.from({ length: 100 }, (_, n) => say(store, maria, null, `during ${n}`))
        const trims = Array.from({ length: 3 }, () => trimAll(store, { messages: 200, upTo: position(-1) }))
        await Promise.all([...sends, ...trims])
        expect(await store.newest(5_000)).toEqual(log.slice(-200))
        const removed = (await Promise.all(trims)).reduce((sum, step) => sum + step.removed, 0)
        expect(removed).toBe(1_400)
      })
    })

    describe('what stays', () => {
      test('the head, also when nothing is left: positions go on rising, also after a restart', async () => {
        await fill(10)
        const head = store.head()
        await trimAll(store, { olderThan: head })
        expect(await store.newest(10)).toEqual([])
        for (let round = 0; round < 2; round++) {
          expect(store.head()).toBe(head)
          expect(await store.check()).toBe(head)
          expect(await store.read(joao.id, head, 10)).toMatchObject({ entries: [], through: head, trimmed: head })
          expect(await store.follow(head, 10)).toEqual([])
          await storage.reopen()
        }
        storage.now -= 3_600_000
        const next = await say(store, joao, null)
        expect(next.position).toBeGreaterThan(head)
        expect(await store.follow(head, 10)).toEqual([next])
        expect(await store.newest(10)).toEqual([next])
      })

      test('accounts and sessions, and every nonce: it answers with the first message and appends nothing', async () => {
        const text = 'olá “maria” 👩‍👩‍👧'
        const drafts = [
          draftOf(joao, maria, text, nonceOf('private')),
          draftOf(joao, null, text, nonceOf('public')),
          draftOf(joao, joao, text, nonceOf('note')),
        ]
        for (const draft of drafts) await store.append(draft)
        const first = [...log]
        await store.deleteAccount(maria.id, 5_000)
        await trimAll(store, { olderThan: store.head() })
        const later = await say(store, joao, null, 'later')
        for (let round = 0; round < 2; round++) {
          for (const [n, draft] of drafts.entries()) {
            const retry = { ...draft, messageId: `retry-${n}-${round}`, sentAt: draft.sentAt + 60_000 }
            expect(await store.append(retry)).toEqual({ status: 'stored', repeated: true, entry: first[n] })
            expect(await store.findNonce(joao.id, draft.nonce?.key ?? '')).toEqual({
              entry: { ...first[n], text: null },
              digest: draft.nonce?.digest,
            })
          }
          const other = nonceOf('public', new Uint8Array(32).fill(8))
          expect(await store.append(draftOf(joao, null, 'other', other))).toEqual({ status: 'nonce-reused' })
          await storage.reopen()
        }
        expect(log).toEqual([...first, later])
        expect(await store.newest(10)).toEqual([later])
        await store.deleteAccount(joao.id, 6_000)
        expect(await store.findNonce(joao.id, 'public')).toBeNull()
      })
    })

    describe('what is told', () => {
      test('each account is told of what it could see itself, in the scope that it reads', async () => {
        const secret = await say(store, joao, maria)
        const note = await say(store, ana, ana)
        const open = await say(store, joao, null)
        const last = await say(store, maria, joao)
        await say(store, ana, null, 'stays')
        const told = async (viewer: AccountRef | null) => [
          await store.trimmed(viewer?.id ?? null),
          ...(viewer
            ? await Promise.all(
                (['ALL', 'PUBLIC', 'PRIVATE'] as const).map(
                  async scope => (await store.read(viewer.id, ORIGIN, 10, scope)).trimmed,
                ),
              )
            : []),
        ]
        const expected: [Position, AccountRef | null, Position[]][] = [
          [secret.position, joao, [secret.position, secret.position, ORIGIN, secret.position]],
          [secret.position, ana, [ORIGIN, ORIGIN, ORIGIN, ORIGIN]],
          [note.position, ana, [note.position, note.position, ORIGIN, note.position]],
          [note.position, maria, [secret.position, secret.position, ORIGIN, secret.position]],
          [open.position, ana, [open.position, open.position, open.position, note.position]],
          [open.position, maria, [open.position, open.position, open.position, secret.position]],
          [last.position, ana, [open.position, open.position, open.position, note.position]],
          [last.position, joao, [last.position, last.position, open.position, last.position]],
          [last.position, null, [last.position]],
        ]
        for (const [olderThan, viewer, positions] of expected) {
          await trimAll(store, { olderThan })
          expect([olderThan, viewer, await told(viewer)]).toEqual([olderThan, viewer, positions])
        }
        const newcomer = await enter(store, 'newcomer')
        await storage.reopen()
        expect(await told(joao)).toEqual([last.position, last.position, open.position, last.position])
        expect(await told(null)).toEqual([last.position])
        expect(await told(newcomer)).toEqual([open.position, open.position, open.position, ORIGIN])
        expect(await store.trimmed('nobody')).toBe(open.position)
      })

      test('pages end where the log does; none announces what is gone', async () => {
        await fill(40)
        const mine = log.filter(entry => maySee(maria.id, entry))
        await trimAll(store, { olderThan: position(19) })
        const left = mine.filter(entry => entry.position > position(19))
        const query = { viewer: maria.id, scope: 'ALL', limit: 5 } as const
        const trimmed = trimmedOf(log, position(19), maria.id)
        for (const edge of [
          {},
          { before: left[3]?.position ?? 0 },
          { before: left[0]?.position ?? 0 },
          { before: mine[2]?.position ?? 0 },
          { before: ORIGIN },
          { after: left[2]?.position ?? 0 },
          { after: trimmed },
          { after: mine[0]?.position ?? 0 },
          { after: ORIGIN },
        ]) {
          const page = await store.page({ ...query, ...edge })
          expect([edge, page]).toEqual([edge, { ...pageOf(left, { ...query, ...edge }), trimmed }])
        }
        for (const entry of mine.slice(0, 8)) expect(await store.at(maria.id, entry.position)).toBeNull()
      })

      test('the log is followed from its floor on, and not from what lies before something that is gone', async () => {
        await fill(20)
        await trimAll(store, { olderThan: position(9) })
        expect(await store.follow(position(9), 50)).toEqual(log.slice(10))
        expect(await store.follow(position(12), 3)).toEqual(log.slice(13, 16))
        for (const below of [ORIGIN, position(0), position(8), position(9) - 1]) {
          expect(await store.follow(below, 50)).toBeNull()
        }
        for (const never of [position(12) + 1, store.head() + 1]) {
          if (positions(log).includes(never)) continue
          expect(await store.follow(never, 50)).toBeNull()
        }
        expect(await store.follow(store.head(), 50)).toEqual([])
      })

      test('no read that runs while messages are trimmed has a hole that it does not tell of', async () => {
        await fill(4_000)
        const all = [...log]
        let done = false
        const trimming = (async () => {
          for (let n = 0; n < all.length - 10; n += 3) {
            await store.trim({ ...KEEP, olderThan: all[n]?.position ?? ORIGIN })
          }
          done = true
        })()
        const visibleByScope = new Map<Scope, Entry[]>()
        for (const scope of ['ALL', 'PUBLIC', 'PRIVATE'] as const) {
          visibleByScope.set(
            scope,
            all.filter(entry => isOf(entry, scope) && maySee(maria.id, entry)),
          )
        }
        let [holes, whole] = [0, 0]
        async function readOn(scope: Scope): Promise<void> {
          const visible = visibleByScope.get(scope) ?? []
          while (!done) {
            // Right at the edge of what is being trimmed.
            const edge = await store.trimmed(maria.id)
            for (const after of [edge, edge + 1, edge + 300]) {
              const following = visible.filter(entry => entry.position > after).slice(0, 5)
              const stretch = await store.read(maria.id, after, 5, scope)
              const page = await store.page({ viewer: maria.id, after, scope, limit: 5 })
              for (const { entries, trimmed } of [stretch, page]) {
                if (trimmed > after) {
                  holes++
                  expect(entries.every(entry => entry.position > after)).toBe(true)
                } else {
                  whole++
                  expect(positions(entries)).toEqual(positions(following))
                }
              }
            }
          }
        }
        await Promise.all([trimming, readOn('ALL'), readOn('PUBLIC'), readOn('PRIVATE')])
        expect(holes).toBeGreaterThan(0)
        expect(whole).toBeGreaterThan(0)
      })

      test('random histories that are trimmed at random are those of a list in memory', {
        timeout: PATIENCE_MS,
      }, async () => {
        const steps = fc.array(
          fc.oneof(
            { weight: 5, arbitrary: fc.record({ from: fc.nat(2), to: fc.option(fc.nat(2), { freq: 2 }) }) },
            {
              weight: 2,
              arbitrary: fc.record({ keep: fc.nat(12), olderThan: fc.nat(60), upTo: fc.nat(60) }),
            },
          ),
          { minLength: 5, maxLength: 60 },
        )
        // A restart costs more than all the rest of a history: two of them at most, anywhere in it.
        const restarts = fc.uniqueArray(fc.nat(59), { maxLength: 2 })
        const questions = fc.array(
          fc.record({
            viewer: fc.nat(2),
            scope: fc.constantFrom<Scope>('ALL', 'PUBLIC', 'PRIVATE'),
            edge: fc.constantFrom<'after' | 'before' | 'newest'>('after', 'before', 'newest'),
            entry: fc.nat(60),
            offset: fc.integer({ min: -1, max: 1 }),
            limit: fc.integer({ min: 1, max: 12 }),
          }),
          { minLength: 20, maxLength: 40 },
        )
        await fc.assert(
          fc.asyncProperty(steps, restarts, questions, async (history, reopened, asked) => {
            const own = await create()
            const all: Entry[] = []
            const told = { committed: (entries: readonly Entry[]) => void all.push(...entries) }
            let model = await own.open(told, () => storage.now)
            let floor: Position = ORIGIN
            const edgeOf = (n: number): Position => all[n % (all.length || 1)]?.position ?? ORIGIN
            try {
              const people = [await enter(model, 'ana'), await enter(model, 'joao'), await enter(model, 'maria')]
              const person = (n: number): AccountRef => people[n] ?? { id: 'nobody', username: '' }
              for (const [index, step] of history.entries()) {
                if (reopened.includes(index)) {
                  await model.close()
                  model = await own.open(told, () => storage.now)
                }
                if ('from' in step) {
                  await model.append(draftOf(person(step.from), step.to === null ? null : person(step.to)))
                } else {
                  const retention = { messages: step.keep, olderThan: edgeOf(step.olderThan), upTo: edgeOf(step.upTo) }
                  const left = all.filter(entry => entry.position > floor)
                  const goes = (entry: Entry, n: number): boolean =>
                    entry.position <= retention.upTo &&
                    (entry.position <= retention.olderThan || (step.keep > 0 && n < left.length - step.keep))
                  const gone = left.filter(goes)
                  floor = gone.at(-1)?.position ?? floor
                  expect(await trimAll(model, retention)).toEqual({ floor, removed: gone.length, more: false })
                }
              }
              const left = all.filter(entry => entry.position > floor)
              expect(await model.newest(100)).toEqual(left)
              expect(await model.trimmed(null)).toBe(floor)
              for (const { viewer: n, scope, edge, entry, offset, limit } of asked) {
                const viewer = person(n).id
                const visible = left.filter(each => maySee(viewer, each))
                const at = Math.max(0, edgeOf(entry) + offset)
                const trimmed = trimmedOf(all, floor, viewer)
                expect(await model.trimmed(viewer)).toBe(trimmed)
                const following = visible.filter(each => each.position > at && isOf(each, scope))
                const stretch = await model.read(viewer, at, limit, scope)
                expect(stretch).toEqual({
                  entries: following.slice(0, limit),
                  through: following.length < limit ? Math.max(at, model.head()) : stretch.entries.at(-1)?.position,
                  trimmed: trimmedOf(all, floor, viewer, scope),
                })
                const query = { viewer, scope, limit, ...(edge === 'newest' ? {} : { [edge]: at }) }
                expect(await model.page(query)).toEqual({ ...pageOf(visible, query), trimmed })
                expect(await model.at(viewer, at)).toEqual(visible.find(each => each.position === at) ?? null)
                const inLog = at === floor || left.some(each => each.position === at)
                expect(await model.follow(at, 100)).toEqual(inLog ? left.filter(each => each.position > at) : null)
              }
            } finally {
              await model.close()
              await own.dispose()
            }
          }),
          { numRuns: 20 },
        )
      })

      test('a message that a nonce made is found by its nonce until it is trimmed', async () => {
        const entry = stored(await store.append(draftOf(joao, maria, 'oi', nonceOf('n'))))
        expect((await store.findNonce(joao.id, 'n'))?.entry).toEqual(entry)
        await trimAll(store, { olderThan: entry.position })
        expect((await store.findNonce(joao.id, 'n'))?.entry).toEqual({ ...entry, text: null })
      })
    })
  })
}
