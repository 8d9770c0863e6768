// What becomes of feeds, pages and places when the storage turns out to hold another history, at every moment that
// matters; and what a node does with what it has appended but not heard of over the bus yet.
import { afterEach, describe, expect, test } from 'vitest'
import type { Bus, BusListener } from '../../server/bus/bus.ts'
import { createCurrentCursors } from '../../server/domain/cursor.ts'
import { type Entry, messageOf, ORIGIN, type Position } from '../../server/domain/entry.ts'
import { Refusal } from '../../server/domain/errors.ts'
import type { CaughtUp, Lane, Sink } from '../../server/feed/feed.ts'
import { createLog, type Log } from '../../server/feed/log.ts'
import type { Store } from '../../server/store/store.ts'
import { until } from '../setup/until.ts'
import { createMemoryStore, type MemoryStore } from './memory-store.ts'

const [ANA, BIA] = ['ana', 'bia'].map(id => ({ id, username: id })) as [Person, Person]
type Person = { readonly id: string; readonly username: string }
const NEVER = 3_600_000
const LANE: Lane = { prepare() {} }

/** A device: what it was given, and how it ended. */
class Device implements Sink {
  readonly texts: string[] = []
  readonly positions: Position[] = []
  mark: CaughtUp | null = null
  cause: unknown
  congested = false
  readonly overflowing = false
  /** Deliveries after the end. */
  late = 0

  deliver({ entries }: { readonly entries: readonly Entry[] }): void {
    if (this.cause !== undefined) this.late++
    this.texts.push(...entries.map(entry => messageOf(entry).text))
    this.positions.push(...entries.map(({ position }) => position))
  }
  caughtUp(mark: CaughtUp): void {
    if (this.cause !== undefined) this.late++
    this.mark = mark
  }
  ended(cause: Refusal): void {
    this.cause = cause
  }
  get code(): string | null {
    return this.cause instanceof Refusal ? this.cause.code : null
  }
}

/** A bus that passes on everything, or is cut. Its topics are there once `topics` resolves. */
function simpleBus(): Bus & { cut: boolean; topics: Promise<void> | undefined; announce: Announce } {
  const listeners = new Set<BusListener>()
  return {
    cut: false,
    topics: undefined,
    announce(entries, previous) {
      if (this.cut) return
      for (const entry of entries) for (const listener of listeners) listener.links([{ entry, previous }])
    },
    publish() {},
    async subscribe(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    listen() {
      return this.topics
    },
    unlisten() {},
    async close() {},
  }
}
type Announce = (entries: readonly Entry[], previous: Position) => void

/** Holds back the calls of one method of the store: their answers, which were read already, or before they are read. */
function holding(
  store: MemoryStore,
  method: 'page' | 'at' | 'read' | 'newest' | 'lastVisible',
  when: 'read' | 'unread' = 'read',
): { release(): void; waiting(): number } {
  const real = store[method].bind(store) as (...args: unknown[]) => Promise<unknown>
  const waiting: (() => void)[] = []
  let open = false
  Object.assign(store, {
    async [method](...args: unknown[]) {
      const answer = when === 'read' ? await real(...args) : undefined
      if (!open) await new Promise<void>(resolve => waiting.push(resolve))
      return answer ?? real(...args)
    },
  })
  return {
    release() {
      open = true
      for (const resolve of waiting) resolve()
    },
    waiting: () => waiting.length,
  }
}

async function rig({ tailEntries = 16, onReset = (): void => {} } = {}) {
  const bus = simpleBus()
  const epochs: string[] = []
  const errors: unknown[] = []
  const store: MemoryStore = createMemoryStore(
    (entries, previous) => bus.announce(entries, previous),
    () => 0,
    () => log.reset(),
  )
  const log: Log = await createLog({
    store: store as unknown as Store,
    bus,
    tailEntries,
    onReset: () => {
      epochs.push(log.epoch)
      onReset()
    },
    onError: error => errors.push(error),
    chainTimes: { holdMs: 1, quietMs: NEVER, minRetryMs: 1, maxRetryMs: 2 },
  })
  logs.push(log)
  const cursors = createCurrentCursors(() => log.epoch)
  let sent = 0
  return {
    bus,
    store,
    log,
    epochs,
    errors,
    cursors,
    async send(text: string, to: Person | null = null, from = ANA): Promise<Position> {
      const draft = { messageId: `m${sent++}`, from, to, text, sentAt: 0, replyTo: null, nonce: null }
      const appended = await store.append(draft)
      if (appended.status !== 'stored') throw new Error(appended.status)
      return appended.entry.position
    },
    async open(since: Position | null = null, person = ANA, lane = LANE) {
      const device = new Device()
      const handle = await log.open({ accountId: person.id, lane, sink: device, since })
      return { device, handle }
    },
    /** The storage becomes another history, and this node finds out. */
    async fork(lost: number): Promise<void> {
      store.fork(lost)
      await store.check()
    },
  }
}

const logs: Log[] = []
afterEach(() => {
  for (const log of logs.splice(0)) log.close()
})

const codeOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'fine',
    error => (error instanceof Refusal ? error.code : String(error)),
  )

describe('a reset', () => {
  test('ends every feed of the old history with HISTORY_RESET, whatever its state, and delivers nothing afterwards', async () => {
    const { log, send, open, fork, store, bus } = await rig()
    const first = await send('first')
    for (let i = 0; i < 40; i++) await send(`m${i}`)
    const live = await open()
    await until('live', () => live.device.mark)
    const behind = await open(first)
    behind.device.congested = true
    const reads = holding(store, 'read')
    const reading = await open(first, BIA)
    await until('a read', () => reads.waiting() > 0)
    let topic = (): void => {}
    bus.topics = new Promise(resolve => {
      topic = resolve
    })
    const opening = new Device()
    const opened = log.open({ accountId: BIA.id, lane: LANE, sink: opening, since: null })
    const devices = [live.device, behind.device, reading.device, opening]
    await fork(1)
    expect(devices.map(({ code }) => code)).toEqual(Array(4).fill('HISTORY_RESET'))
    topic()
    bus.topics = undefined
    reads.release()
    const handle = await opened
    behind.device.congested = false
    behind.handle.resume()
    await send('of the new one')
    const next = await open()
    await until('live again', () => next.device.mark)
    await log.hub.flushed()
    expect(devices.map(({ late }) => late)).toEqual([0, 0, 0, 0])
    expect(log.hub.counts).toEqual({ live: 1, behind: 0 })
    for (const each of [live.handle, behind.handle, reading.handle, handle]) each.close()
    expect(log.hub.counts).toEqual({ live: 1, behind: 0 })
  })

  test('delivers nothing of a flush that was under way', async () => {
    const { send, open, fork } = await rig()
    let ready = (): void => {}
    const lane: Lane = { prepare: () => new Promise<void>(resolve => (ready = resolve)) }
    const { device } = await open(null, ANA, lane)
    await until('live', () => device.mark)
    await send('lost')
    await new Promise(resolve => setImmediate(resolve))
    await fork(1)
    ready()
    await new Promise(resolve => setTimeout(resolve, 20))
    expect(device).toMatchObject({ texts: [], late: 0, code: 'HISTORY_RESET' })
  })

  test('has feeds, pages and cursors of the new history afterwards', async () => {
    const { log, send, open, fork, cursors } = await rig()
    await send('kept')
    const cursor = cursors.encode(await send('lost'))
    await fork(1)
    expect(await codeOf(log.page({ viewer: 'ana', scope: 'ALL', limit: 10 }))).toBe('fine')
    expect(() => cursors.decode(cursor)).toThrow(expect.objectContaining({ code: 'HISTORY_RESET' }))
    const position = await send('new')
    const { entries } = await log.page({ viewer: 'ana', scope: 'ALL', limit: 10 })
    expect(entries.map(entry => messageOf(entry).text)).toEqual(['kept', 'new'])
    expect(cursors.decode(cursors.encode(position))).toBe(position)
    const { device } = await open(entries[0]?.position ?? null)
    await until('all', () => device.mark)
    expect(device.texts).toEqual(['new'])
  })

  test('changes the epoch in a turn of its own, and says so in that turn', async () => {
    const { log, store, epochs } = await rig()
    const old = log.epoch
    store.fork(0)
    const checked = store.check()
    await checked
    expect([store.epoch === old, log.epoch === old, epochs]).toEqual([false, true, []])
    await new Promise(resolve => setImmediate(resolve))
    expect(epochs).toEqual([log.epoch])
    expect(log.epoch).toBe(store.epoch)
  })

  test('refuses positions of the old history in the turn in which it happens', async () => {
    const { log, send, fork } = await rig()
    const kept = await send('kept')
    await send('lost')
    await log.locate('ana', kept)
    await fork(1)
    const sink = new Device()
    const codes = await Promise.all([
      codeOf(log.locate('ana', kept)),
      codeOf(log.locate('ana', ORIGIN)),
      codeOf(log.page({ viewer: 'ana', scope: 'ALL', limit: 1, after: kept })),
      codeOf(log.page({ viewer: 'ana', scope: 'ALL', limit: 1, before: kept })),
      codeOf(log.open({ accountId: 'ana', lane: LANE, sink, since: kept })),
      codeOf(log.page({ viewer: 'ana', scope: 'ALL', limit: 1 })),
    ])
    expect(codes).toEqual([...Array(5).fill('HISTORY_RESET'), 'fine'])
    // A place that both histories have: by now its cursor would be of the new one.
    expect(await codeOf(log.locate('ana', kept))).toBe('fine')
    expect(sink.texts).toEqual([])
  })

  test('answers no page from a read that was under way: the newest is read anew, one with a place is refused', async () => {
    const { log, send, fork, store } = await rig()
    for (let i = 0; i < 40; i++) await send(`m${i}`)
    const place = store.entries[1]?.position ?? 0
    await send('lost')
    const pages = holding(store, 'page')
    const newest = log.page({ viewer: 'ana', scope: 'ALL', limit: 30 })
    const placed = codeOf(log.page({ viewer: 'ana', scope: 'ALL', limit: 30, before: place }))
    await until('both reads', () => pages.waiting() === 2)
    await fork(1)
    pages.release()
    expect((await newest).entries.at(-1)?.text).toBe('m39')
    expect(await placed).toBe('HISTORY_RESET')
  })

  test('locates no place by a read that was under way, nor under a history that has gone while it waited', async () => {
    const { log, send, fork, store } = await rig()
    for (let i = 0; i < 40; i++) await send(`m${i}`)
    const place = store.entries[1]?.position ?? 0
    const places = holding(store, 'at')
    const located = codeOf(log.locate('ana', place))
    await until('the read', () => places.waiting() === 1)
    await fork(1)
    places.release()
    expect(await located).toBe('HISTORY_RESET')

    await until('the new one', () => log.epoch === store.epoch)
    const builds = holding(store, 'newest')
    await codeOf(log.page({ viewer: 'ana', scope: 'ALL', limit: 1 }))
    await fork(1)
    await until('being built', () => builds.waiting() === 1)
    expect(log.epoch).toBe(store.epoch)
    const waiting = codeOf(log.locate('ana', place))
    await fork(1)
    builds.release()
    expect(await waiting).toBe('HISTORY_RESET')
  })

  test('a feed from now that is opened meanwhile begins at that moment of the new history', async () => {
    const { log, send, fork, open, store } = await rig()
    await send('lost')
    await fork(1)
    const opening = open()
    await send('after')
    const { device } = await opening
    await until('live', () => device.mark)
    await log.hub.flushed()
    expect(device.texts).toEqual(['after'])

    // Of the one that has come to be while it waited it knows no such moment.
    const builds = holding(store, 'newest')
    await fork(1)
    await until('being built', () => builds.waiting() === 1)
    const late = codeOf(open())
    await fork(0)
    builds.release()
    expect(await late).toBe('HISTORY_RESET')
  })

  test('two in a row are one for whoever waits', async () => {
    const { log, send, store, epochs } = await rig()
    await send('lost')
    const builds = holding(store, 'newest')
    store.fork(1)
    await store.check()
    await until('being built', () => builds.waiting() === 1)
    store.fork(0)
    await store.check()
    builds.release()
    const page = await log.page({ viewer: 'ana', scope: 'ALL', limit: 1 })
    expect(page.entries).toEqual([])
    expect(log.epoch).toBe(store.epoch)
    expect(epochs.at(-1)).toBe(store.epoch)
  })

  test('whose storage fails is tried again: whoever came meanwhile waits, and gets all', async () => {
    const { log, send, store, open, errors } = await rig()
    await send('lost')
    store.fork(1)
    await store.check()
    store.failNext = true
    const { device } = await open()
    await send('after')
    await until('delivered', () => device.texts.length === 1)
    expect(errors).toHaveLength(1)
    expect(log.hub.counts.live).toBe(1)
  })

  test('of which somebody can not be told is told again: the node serves the new history in the end', async () => {
    let failures = 2
    const { log, send, store, open, errors, epochs } = await rig({
      onReset() {
        if (failures-- > 0) throw new Error('not now')
      },
    })
    await send('lost')
    store.fork(1)
    await store.check()
    const { device } = await open()
    await send('after')
    await until('delivered', () => device.texts.length === 1)
    expect(errors).toEqual([new Error('not now'), new Error('not now')])
    expect(epochs).toEqual([log.epoch, log.epoch, log.epoch])
  })
})

describe('what this node appended', () => {
  test('is on the newest page before the bus has told of it', async () => {
    const { log, send, bus } = await rig()
    bus.cut = true
    const position = await send('mine')
    const { entries } = await log.page({ viewer: 'ana', scope: 'ALL', limit: 10 })
    expect(entries.map(entry => messageOf(entry).text)).toEqual(['mine'])
    expect(await log.newestVisible('ana')).toBe(position)
  })

  test('is not given to a feed from now that comes after it, though the bus has not told of it', async () => {
    const { log, send, open, bus } = await rig()
    bus.cut = true
    const position = await send('before')
    const { device } = await open()
    await until('live', () => device.mark)
    expect(device.mark).toEqual({ position, replayed: 0 })
    bus.cut = false
    await send('after')
    await log.hub.flushed()
    expect(device.texts).toEqual(['after'])
  })

  test('is delivered before a server that drains says that it has delivered all', async () => {
    const { log, send, open, bus } = await rig()
    const { device } = await open()
    await until('live', () => device.mark)
    bus.cut = true
    await send('mine')
    await log.hub.flushed()
    expect(device.texts).toEqual(['mine'])
  })
})

describe('a feed', () => {
  test('may begin at what another node has told of, before this one has heard of it', async () => {
    const { log, send, store, open, bus } = await rig()
    const known = await send('known')
    bus.cut = true
    store.appendElsewhere({
      messageId: 'x',
      from: BIA,
      to: null,
      text: 'elsewhere',
      sentAt: 0,
      replyTo: null,
      nonce: null,
    })
    bus.cut = false
    const ahead = store.entries.at(-1)?.position ?? 0
    expect(ahead).toBeGreaterThan(known)
    await log.locate('ana', ahead)
    const { device } = await open(ahead)
    await until('live', () => device.mark)
    await send('after')
    await log.hub.flushed()
    expect(device.texts).toEqual(['after'])
    expect(device.mark).toEqual({ position: ahead, replayed: 0 })
  })

  test('from now never has a mark that names what it delivers afterwards', async () => {
    const { log, send, store, open, bus } = await rig()
    const first = await send('to bia', BIA, BIA)
    let topic = (): void => {}
    bus.topics = new Promise(resolve => {
      topic = resolve
    })
    const opening = open()
    const [while1, while2] = [await send('one'), await send('two')]
    topic()
    const { device } = await opening
    await until('live', () => device.mark)
    expect(device.mark).toEqual({ position: while2, replayed: 2 })
    expect(device.positions).toEqual([while1, while2])
    expect(first).toBeLessThan(while1)

    // The same where the storage has to be asked for the newest that is visible.
    for (let i = 0; i < 40; i++) await send(`secret ${i}`, BIA, BIA)
    bus.topics = undefined
    await log.hub.flushed()
    const pages = holding(store, 'lastVisible', 'unread')
    const asking = open()
    await until('the question', () => pages.waiting() === 1)
    bus.cut = true
    const three = await send('three')
    pages.release()
    const second = (await asking).device
    await until('live', () => second.mark)
    bus.cut = false
    await send('four')
    await log.hub.flushed()
    expect(second.texts).toEqual(['three', 'four'])
    expect(second.mark).toMatchObject({ replayed: 0 })
    expect(second.mark?.position).toBeLessThan(three)
  })
})
