// Each line of the table of bad inputs gets its exact answer, from a server in a process of its own; after each, the
// process lives and a bystander goes on receiving in order; after all of them, nothing is kept.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { until } from '../setup/until.ts'
import { type Bystander, callBystander } from './bystander.ts'
import { createDriver, type Driver, settingsFor } from './driver.ts'
import type { Row } from './row.ts'
import { ROWS } from './rows/all.ts'
import { openStranger, type Stranger } from './stranger.ts'
import { type Holdings, startTarget, type Target } from './target.ts'

/** Times that the table is sent again, without waiting for anybody, to see what is kept. */
const REPEATS = 3
/** What caches and V8 itself may come to hold meanwhile. */
const SLACK_BYTES = 3 * 1024 * 1024

let stranger: Stranger
let target: Target
let bystander: Bystander
let driver: Driver
let before: Holdings
const slow = new Map<Row, Promise<Row['expected']>>()

beforeAll(async () => {
  stranger = await openStranger()
  target = await startTarget({ env: settingsFor(stranger) })
  driver = await createDriver(target, stranger)
  bystander = await callBystander(target, { alone: true })
  before = await settled(holdings => holdings.websockets === 1 && holdings.feeds === 1)
})

afterAll(async () => {
  await bystander?.dispose()
  await driver?.close()
  await target?.close()
  await stranger?.close()
})

/** What the server holds, once that is so. Connections that HTTP keeps alive are let go after some seconds. */
async function settled(isSettled: (holdings: Holdings) => boolean): Promise<Holdings> {
  let holdings: Holdings | null = null
  const wait = until('the server to hold no more than that', async () => {
    holdings = await target.holdings()
    return isSettled(holdings) && holdings
  })
  return wait.catch((cause: Error) => {
    throw new Error(`It holds ${JSON.stringify(holdings)}`, { cause })
  })
}

test('every row has an id of its own', () => {
  expect(ROWS.length).toBeGreaterThan(250)
  expect(new Set(ROWS.map(({ id }) => id)).size).toBe(ROWS.length)
})

// Those that take seconds wait while others go on; probes one after the other, since there is one challenge server.
test('rows that take seconds are under way', () => {
  let probed: Promise<unknown> = Promise.resolve()
  for (const row of ROWS) {
    if (row.room !== 'probe' && !row.isSlow) continue
    const answer = row.room === 'probe' ? probed.then(() => driver.answerTo(row)) : driver.answerTo(row)
    // It is heard of in the row's own test.
    const settled = answer.catch(() => {})
    if (row.room === 'probe') probed = settled
    slow.set(row, answer)
  }
  expect(slow.size).toBeGreaterThan(15)
})

function testRows(room: Row['room']): void {
  for (const row of ROWS.filter(each => each.room === room)) {
    test(`${row.clause} ${row.id}`, async () => {
      const answer = await (slow.get(row) ?? driver.answerTo(row))
      expect(answer).toEqual(row.expected)
      await bystander.isUnharmed()
    })
  }
}

describe('CLOSE-1 SOCK-9 frames', () => testRows('frames'))
describe('ORIGIN-1 ORIGIN-2 AUTH-7 HTTP-6 SOCK-1 upgrades', () => testRows('upgrade'))
describe('SOCK-1 SOCK-2 SOCK-5 AUTH-3 AUTH-4 AUTH-5 messages that break the protocol', () => testRows('protocol'))
describe('SOCK-4 SOCK-7 LIMIT-2 ENTER-10 operations that are refused, on a socket that goes on', () =>
  testRows('operation'))
describe('HTTP-1 HTTP-2 HTTP-3 HTTP-4 HTTP-5 HTTP-6 ORIGIN-4 SSE-1 SSE-6 requests', () => testRows('http'))
describe('ENTER-3 ENTER-4 ENTER-5 COMMAND-4 TEXT-1 TEXT-2 TEXT-3 CURSOR-3 CURSOR-4 SEND-3 SEND-8 PAGE-1 what people type', () =>
  testRows('chat'))
describe('ERROR-1 probes of a challenge server that misbehaves', () => testRows('probe'))

describe('afterwards', () => {
  test('sockets, streams, feeds and groups are what they were before', async () => {
    const after = await settled(({ websockets, feeds, tcp }) => websockets === 1 && feeds === 1 && tcp <= before.tcp)
    expect({ ...after, tcp: 0 }).toEqual({ ...before, tcp: 0 })
  })

  test('the heap is what it was, however often the table is sent', async () => {
    // Who is writing is looked at once in two seconds: the next time there is no answer to compare.
    const quick = ROWS.filter(({ isSlow, room, clause }) => !isSlow && room !== 'probe' && clause !== 'TYPING-1')
    const heaps = [await target.heap()]
    for (let repeat = 0; repeat < REPEATS; repeat++) {
      for (const row of quick) await driver.answerTo(row)
      await settled(({ websockets, feeds }) => websockets === 1 && feeds === 1)
      heaps.push(await target.heap())
    }
    const [, first = 0] = heaps
    const growth = (heaps.at(-1) ?? 0) - first
    expect(growth, `heaps of ${heaps.map(bytes => (bytes / 2 ** 20).toFixed(1)).join(', ')} MiB`).toBeLessThan(
      SLACK_BYTES,
    )
    await bystander.isUnharmed()
  })

  test('nothing was unexpected', async () => {
    expect(target.unexpected()).toEqual([])
    const metrics = await (await fetch(`${target.url}/metrics`)).text()
    expect(metrics).toContain('recado_refused_total{code="INTERNAL_SERVER_ERROR"} 0')
  })
})
