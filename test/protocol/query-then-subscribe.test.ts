// The newest page, then a feed from its endCursor, while somebody else sends flat out: nothing missed, nothing doubled.
// COUNT says how often (default 60 here; 1000 for the full proof).
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Entered, enter } from '../setup/request.ts'
import { startTestServer, type TestServer } from '../setup/server.ts'
import { type StockClient, stockClient } from '../setup/stock.ts'
import { until } from '../setup/until.ts'

const COUNT = Number(process.env.COUNT ?? 60)
/** How many messages each feed has to bring after the page. */
const FOLLOWING = 40

const FEED = 'subscription ($since: Cursor) { onMessage(since: $since) { text cursor } }'

let server: TestServer
let joao: Entered
let sender: StockClient
let stopped = false
let flood: Promise<void>
/** Every acknowledged text that joao may see, in the order of the log. */
const acknowledged: { text: string; cursor: string }[] = []

beforeAll(async () => {
  server = await startTestServer()
  joao = await enter(server.graphql, 'joao')
  await enter(server.graphql, 'ana')
  const maria = await enter(server.graphql, 'maria')
  sender = stockClient(server.socket, maria.token)
  flood = sendFlatOut()
})

afterAll(async () => {
  stopped = true
  await flood
  await sender.dispose()
  await server.close()
})

/** Sixteen sends under way at any time; one in three private to joao, one in three to ana. */
async function sendFlatOut(): Promise<void> {
  let number = 0
  const lane = async (): Promise<void> => {
    while (!stopped) {
      const text = `n${number++}`
      const to = number % 3 === 0 ? 'joao' : number % 3 === 1 ? 'ana' : undefined
      const { cursor } = await sender.send({ text, plain: true, ...(to ? { to } : {}) })
      if (to !== 'ana') acknowledged.push({ text, cursor })
    }
  }
  await Promise.all(Array.from({ length: 16 }, lane))
}

describe('query, then subscribe', () => {
  test(`PAGE-4 FEED-1 FEED-2 a feed from the endCursor of the newest page misses and doubles nothing, ${COUNT} times`, {
    timeout: 60_000 + COUNT * 500,
  }, async () => {
    const device = stockClient(server.socket, joao.token)
    // Somebody listens all the time with the same operation: feeds then join one that is in the middle of its work.
    const other = stockClient(server.socket, joao.token)
    const always = other.subscribe(FEED)
    await until('some messages', () => acknowledged.length > 100)
    for (let round = 0; round < COUNT; round++) {
      const page = await device.run('{ messages(limit: 20) { nodes { text cursor } pageInfo { endCursor } } }')
      const { nodes, pageInfo } = page.data.messages
      const feed = device.subscribe(FEED, {
        since: pageInfo.endCursor,
      })
      await until('what follows the page', () => {
        expect(feed.failure).toBeNull()
        return feed.items.length >= FOLLOWING
      })
      feed.stop()
      const seen: { text: string; cursor: string }[] = [...nodes, ...feed.items.map(({ onMessage }) => onMessage)]
      const [from = '', to = ''] = [seen[0]?.cursor, seen.at(-1)?.cursor]
      await until('the acknowledgements of all that was seen', () => {
        const known = new Set(acknowledged.map(({ cursor }) => cursor))
        return seen.every(({ cursor }) => known.has(cursor))
      })
      const expected = acknowledged
        .filter(({ cursor }) => cursor >= from && cursor <= to)
        .toSorted((a, b) => (a.cursor < b.cursor ? -1 : 1))
      expect(seen).toEqual(expected)
    }
    const all: string[] = always.items.map(({ onMessage }) => onMessage.cursor)
    expect(all).toEqual([...new Set(all)].toSorted())
    await device.dispose()
    await other.dispose()
  })
})
