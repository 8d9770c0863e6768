// Who watches how far an account has read: everything first, then what moves, whatever is lost, late or repeated on the
// way. The store and the bus are played here, since a real one does not fail at the moment that a test wants.
import { setImmediate as turn } from 'node:timers/promises'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { AccountRef, Position } from '../../server/domain/entry.ts'
import { Refusal } from '../../server/domain/errors.ts'
import { createReadPositions, type ReadPositions } from '../../server/reading/read-positions.ts'
import { READ_POSITIONS_MOST, type ReadPosition } from '../../server/store/conversations.ts'

const BIA = { id: 'bia', username: 'bia' }

let noted: Map<string, ReadPosition>
let listened: string[]
let failing: number
let readings: number
let errors: unknown[]
let positions: ReadPositions

function note(peer: AccountRef | null, position: Position): boolean {
  const before = noted.get(peer?.id ?? '')?.position ?? 0
  if (position > before) noted.set(peer?.id ?? '', { peer, position })
  return position > before
}

function create(isShared = true): ReadPositions {
  return createReadPositions({
    store: {
      async markRead(_, peer, position) {
        const moved = note(peer, position)
        await turn()
        if (failing-- > 0) throw new Refusal('STORAGE_UNAVAILABLE')
        return { position: noted.get(peer?.id ?? '')?.position ?? 0, moved }
      },
      async readPositions() {
        readings++
        const found = [...noted.values()]
        await turn()
        if (failing-- > 0) throw new Refusal('STORAGE_UNAVAILABLE')
        return found
      },
    },
    bus: {
      listen(accountId) {
        listened.push(accountId)
        return turn()
      },
      unlisten: accountId => void listened.splice(listened.indexOf(accountId), 1),
    },
    isShared,
    onError: error => errors.push(error),
  })
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'performance'] })
  noted = new Map()
  listened = []
  errors = []
  failing = 0
  readings = 0
  positions = create()
})

afterEach(() => {
  positions.close()
  vi.useRealTimers()
})

/** Lets this much time pass, and everything happen that follows from it. */
async function pass(ms: number): Promise<void> {
  for (let left = ms; ; left -= 250) {
    await vi.advanceTimersByTimeAsync(Math.max(0, Math.min(left, 250)))
    for (let n = 0; n < 5; n++) await turn()
    if (left <= 250) return
  }
}

interface Device {
  readonly events: (readonly ReadPosition[])[]
  stop(): void
}

async function device(accountId = 'ana'): Promise<Device> {
  const own = positions.of(accountId)
  const events: (readonly ReadPosition[])[] = []
  const stop = await own.watch(moved => events.push(moved))
  events.unshift(own.current())
  return { events, stop }
}

/** What a device knows, having applied all that it was told. */
function known({ events }: Device): Record<string, Position> {
  return Object.fromEntries(events.flat().map(({ peer, position }) => [peer?.id ?? '', position]))
}

describe('read positions', () => {
  test('are told as they are, then as they move, at once the first time and then once a second', async () => {
    note(null, 5)
    const [one, two] = [await device(), await device()]
    expect(one.events).toEqual([[{ peer: null, position: 5 }]])
    await positions.mark('ana', BIA, 7)
    await pass(0)
    for (let position = 8; position < 30; position++) await positions.mark('ana', position % 2 ? BIA : null, position)
    await pass(900)
    expect(one.events).toHaveLength(2)
    await pass(100)
    expect(one.events.slice(1)).toEqual([
      [{ peer: BIA, position: 7 }],
      [
        { peer: null, position: 28 },
        { peer: BIA, position: 29 },
      ],
    ])
    expect(two.events[2]).toBe(one.events[2])
    expect((await device()).events[0]).toEqual([
      { peer: BIA, position: 29 },
      { peer: null, position: 28 },
    ])
  })

  test('that come late, again or in another order take nothing back, and are not told again', async () => {
    const phone = await device()
    for (const position of [9, 7, 9, 8]) positions.hear('ana', { peer: BIA, position })
    positions.hear('cleo', { peer: BIA, position: 99 })
    await pass(2_000)
    expect(phone.events.slice(1)).toEqual([[{ peer: BIA, position: 9 }]])
    positions.hear('ana', { peer: BIA, position: 9 })
    await pass(2_000)
    expect(phone.events).toHaveLength(2)
  })

  test('whose notice was lost are read again: within some seconds, and at once after a gap', async () => {
    const phone = await device()
    note(BIA, 7)
    await pass(11_000)
    expect(known(phone)).toEqual({ bia: 7 })
    note(BIA, 8)
    positions.gap()
    await pass(0)
    await pass(1_000)
    expect(known(phone)).toEqual({ bia: 8 })
  })

  test('are not read again by a node that is alone', async () => {
    positions.close()
    positions = create(false)
    await device()
    await pass(60_000)
    expect(readings).toBe(1)
  })

  test('that were noted by a mark of which nobody knows whether it was kept are told', async () => {
    positions.close()
    positions = create(false)
    const phone = await device()
    failing = 1
    await expect(positions.mark('ana', BIA, 7)).rejects.toThrow(Refusal)
    await pass(1_000)
    expect(known(phone)).toEqual({ bia: 7 })
  })

  test('are read until it works', async () => {
    const phone = await device()
    note(BIA, 7)
    failing = 3
    positions.gap()
    await pass(0)
    await pass(1_500)
    expect(known(phone)).toEqual({})
    await pass(3_000)
    expect(known(phone)).toEqual({ bia: 7 })
    expect(errors).toHaveLength(3)
  })

  test('can not be watched while they can not be read; afterwards they can', async () => {
    failing = 1
    await expect(Promise.all([device(), device()])).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE' })
    await turn()
    expect(listened).toEqual([])
    note(null, 3)
    expect((await device()).events).toEqual([[{ peer: null, position: 3 }]])
  })

  test('of another history are told anew, also where they are lower', async () => {
    note(null, 100)
    const phone = await device()
    noted.clear()
    note(BIA, 50)
    positions.reset()
    await pass(1_000)
    expect(phone.events.at(-1)).toEqual([{ peer: BIA, position: 50 }])
    expect((await device()).events[0]).toEqual([{ peer: BIA, position: 50 }])
    note(null, 60)
    await positions.mark('ana', null, 60)
    await pass(1_000)
    expect(phone.events.at(-1)).toEqual([{ peer: null, position: 60 }])
  })

  test('of an account that nobody watches any more are neither listened to, kept nor read', async () => {
    const [one, two] = [await device(), await device()]
    expect(listened).toEqual(['ana'])
    one.stop()
    one.stop()
    expect(listened).toEqual(['ana'])
    two.stop()
    expect(listened).toEqual([])
    const before = readings
    await positions.mark('ana', BIA, 7)
    await pass(60_000)
    expect(readings).toBe(before)
    expect(one.events).toHaveLength(1)
    note(BIA, 9)
    expect(known(await device())).toEqual({ bia: 9 })
  })

  test('of more conversations than are kept: the newest are', async () => {
    const phone = await device()
    for (let n = 1; n <= READ_POSITIONS_MOST + 10; n++) {
      positions.hear('ana', { peer: { id: `p${n}`, username: `p${n}` }, position: n })
    }
    await pass(1_000)
    expect(phone.events[1]?.length).toBe(READ_POSITIONS_MOST + 10)
    const current = (await device()).events[0]
    expect(current).toHaveLength(READ_POSITIONS_MOST)
    expect(current?.at(-1)?.position).toBe(11)
  })

  test('are in the end what the store has, on every device, whatever is lost', async () => {
    const step = fc.record({
      kind: fc.constantFrom('mark', 'elsewhere', 'lost', 'device', 'leave', 'pass', 'gap', 'fail'),
      peer: fc.nat({ max: 3 }),
      position: fc.integer({ min: 1, max: 50 }),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async steps => {
        positions.close()
        noted = new Map()
        listened = []
        failing = 0
        positions = create()
        let devices: Device[] = []
        for (const { kind, peer, position } of steps) {
          const ref = peer === 0 ? null : { id: `p${peer}`, username: `p${peer}` }
          if (kind === 'mark') await positions.mark('ana', ref, position).catch(() => {})
          else if (kind === 'elsewhere' && note(ref, position)) positions.hear('ana', { peer: ref, position })
          else if (kind === 'lost') note(ref, position)
          else if (kind === 'device') devices.push(...(await Promise.all([device()]).catch(() => [])))
          else if (kind === 'leave') for (const each of devices.splice(0, 1)) each.stop()
          else if (kind === 'pass') await pass(position * 20)
          else if (kind === 'gap') positions.gap()
          else if (kind === 'fail') failing = 1
        }
        failing = 0
        await pass(15_000)
        await pass(2_000)
        const truth = Object.fromEntries([...noted].map(([key, { position }]) => [key, position]))
        for (const each of devices) expect(known(each)).toEqual(truth)
        for (const each of devices) each.stop()
        devices = []
        expect(listened).toEqual([])
      }),
      { numRuns: 100 },
    )
  })
})
