// The timer that trims: what the limits mean in days and messages, that a round ends when all is done, and that it lets
// sends through. Against the real store, with a clock of the test's own.
import { describe, expect, onTestFinished, test } from 'vitest'
import { messageOf, ORIGIN, type Position } from '../../server/domain/entry.ts'
import { type RetentionOptions, startRetention } from '../../server/store/retention.ts'
import { draftOf, say } from '../contract/store.ts'
import { eventually, openWithPeople, temporaryFolder } from './support.ts'

const DAY = 24 * 60 * 60 * 1000
const MINUTE = 60_000

async function setUp(limits: Pick<RetentionOptions, 'messages' | 'days'> & Partial<RetentionOptions>) {
  let now = 1_700_000_000_000
  const clock = () => now
  const pass = (milliseconds: number) => {
    now += milliseconds
  }
  const opened = await openWithPeople(temporaryFolder(), { clock })
  const floors: Position[] = []
  const errors: unknown[] = []
  const timer = startRetention({
    store: opened.store,
    onTrimmed: floor => void floors.push(floor),
    onError: error => void errors.push(error),
    clock,
    intervalMs: 2 ** 30,
    ...limits,
  })
  onTestFinished(() => timer.close())
  // The first round begins at once.
  if ((limits.messages > 0 || limits.days > 0) && !limits.store) await eventually(() => floors.length > 0)
  floors.length = 0
  const texts = async () => (await opened.store.newest(100_000)).map(entry => messageOf(entry).text)
  return { ...opened, timer, floors, errors, texts, pass }
}

describe('retention', () => {
  test('by days: a message goes once it is that old, and not sooner', async () => {
    const { store, joao, timer, texts, floors, pass } = await setUp({ messages: 0, days: 30 })
    const first = await say(store, joao, null, 'first')
    pass(DAY)
    await say(store, joao, null, 'second')
    pass(29 * DAY - MINUTE)
    await timer.round()
    expect(await texts()).toEqual(['first', 'second'])
    pass(2 * MINUTE)
    await timer.round()
    expect(await texts()).toEqual(['second'])
    expect(floors).toEqual([ORIGIN, first.position])
  })

  test('by number: the newest stay, whatever their age; a message that is younger than a minute stays anyway', async () => {
    const { store, joao, timer, texts, pass } = await setUp({ messages: 3, days: 0 })
    for (let n = 0; n < 10; n++) await say(store, joao, null, `${n}`)
    await timer.round()
    expect(await texts()).toHaveLength(10)
    pass(MINUTE + 1_000)
    for (let n = 10; n < 12; n++) await say(store, joao, null, `${n}`)
    await timer.round()
    expect(await texts()).toEqual(['9', '10', '11'])
    pass(3_650 * DAY)
    await timer.round()
    expect(await texts()).toEqual(['9', '10', '11'])
  })

  test('by both: what either excludes goes', async () => {
    const { store, joao, timer, texts, pass } = await setUp({ messages: 6, days: 1 })
    for (let n = 0; n < 8; n++) {
      await say(store, joao, null, `${n}`)
      pass(6 * 60 * MINUTE)
    }
    await timer.round()
    expect(await texts()).toEqual(['4', '5', '6', '7'])
    for (let n = 8; n < 20; n++) await say(store, joao, null, `${n}`)
    pass(2 * MINUTE)
    await timer.round()
    expect(await texts()).toEqual(['14', '15', '16', '17', '18', '19'])
  })

  test('a round goes on until all is done, and sends go on meanwhile', async () => {
    const { store, joao, maria, timer, floors, pass, committed } = await setUp({ messages: 10, days: 0 })
    await Promise.all(Array.from({ length: 3_000 }, (_, n) => store.append(draftOf(joao, n % 2 ? null : maria))))
    pass(2 * MINUTE)
    let sent = 0
    let done = false
    const sending = (async () => {
      while (!done) {
        await say(store, joao, null, 'meanwhile')
        sent++
      }
    })()
    await timer.round()
    done = true
    await sending
    expect(sent).toBeGreaterThan(10)
    // All the old ones that the newest ten pushed out; none of what came meanwhile, for it is young.
    expect(await store.newest(100_000)).toEqual(committed.slice(-Math.max(10, sent)))
    expect(floors).toEqual([committed.at(-Math.max(10, sent) - 1)?.position])
  })

  test('runs by itself, again and again, and not after it was closed', async () => {
    const { store, joao, timer, floors, pass } = await setUp({ messages: 1, days: 0, intervalMs: 20 })
    await say(store, joao, null)
    await say(store, joao, null)
    pass(2 * MINUTE)
    await eventually(() => floors.length >= 3 && (floors.at(-1) ?? 0) > ORIGIN)
    await timer.close()
    const rounds = floors.length
    await say(store, joao, null)
    pass(2 * MINUTE)
    const head = store.head()
    await eventually(async () => (await store.newest(5)).length === 2)
    expect(store.head()).toBe(head)
    expect(floors).toHaveLength(rounds)
  })

  test('without limits there is no timer', async () => {
    const { store, joao, floors, pass } = await setUp({ messages: 0, days: 0, intervalMs: 1 })
    for (let n = 0; n < 50; n++) await say(store, joao, null)
    pass(10_000 * DAY)
    for (let n = 0; n < 50; n++) await say(store, joao, null)
    expect(floors).toEqual([])
  })

  test('a round that the store refuses is told and tried again', async () => {
    let refused = true
    const done = { floor: 7, removed: 0, more: false }
    const failing = { trim: () => (refused ? Promise.reject(new Error('no disk')) : Promise.resolve(done)) }
    const { errors, floors } = await setUp({ messages: 1, days: 0, store: failing, intervalMs: 5 })
    await eventually(() => errors.length > 1)
    expect(floors).toEqual([])
    refused = false
    await eventually(() => floors.length > 1)
    expect(new Set(floors)).toEqual(new Set([7]))
  })

  test('closing in the middle of a round stops it after the step under way', async () => {
    const { store, joao, pass, ...opened } = await setUp({ messages: 1, days: 0 })
    await Promise.all(Array.from({ length: 2_000 }, () => store.append(draftOf(joao, null))))
    pass(2 * MINUTE)
    const floors: Position[] = []
    let closed: Promise<void> | null = null
    const timer = startRetention({
      store: {
        trim(retention) {
          const step = store.trim(retention)
          closed ??= timer.close()
          return step
        },
      },
      messages: 1,
      days: 0,
      onTrimmed: floor => void floors.push(floor),
      onError: error => void opened.errors.push(error),
      clock: () => Date.now() + 3_650 * DAY,
      intervalMs: 2 ** 30,
    })
    // The first round begins at once.
    await timer.round()
    await closed
    const left = (await store.newest(10_000)).length
    expect(left).toBeGreaterThan(1)
    expect(left).toBeLessThan(2_000)
    expect([floors, opened.errors]).toEqual([[], []])
  })
})
