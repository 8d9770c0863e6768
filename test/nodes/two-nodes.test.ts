// Two real nodes over one real Redis, and what pub/sub may do between them: whatever is lost, doubled or late, each device
// on either node gets everything that it may see, once, in one order, within two seconds.
import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { type Data, data, type Entered, enter, type Sent, send } from '../setup/request.ts'
import type { Push } from '../setup/resp.ts'
import { startTestServer, type TestServer } from '../setup/server.ts'
import { EVENTS, live, type Running, type StockClient, stockClient, textsOf } from '../setup/stock.ts'
import { until } from '../setup/until.ts'
import { type Fate, type Rig, startRig } from './rig.ts'

/** What the log brings when a notice is lost, it brings within this time. */
const PROMISED_MS = 2_000

let rig: Rig
let nodes: Rig['nodes']
let ana: Entered
let bia: Entered
let cleo: Entered

beforeAll(async () => {
  rig = await startRig({ SPACE: 'two-nodes' }, { appendfsync: 'always' })
  nodes = rig.nodes
  const people = await Promise.all(['ana', 'bia', 'cleo'].map(name => enter(nodeAt(0).graphql, name)))
  ;[ana, bia, cleo] = people as [Entered, Entered, Entered]
})

afterEach(() => rig.heal())

afterAll(() => rig.close())

function nodeAt(index: number): TestServer {
  return nodes[index] as TestServer
}

interface Device {
  readonly person: Entered
  readonly node: number
  readonly feed: Running
  readonly client: StockClient
}

/** A live feed of a person on a node, stopped after the test. */
async function device(person: Entered, node: number, since?: string): Promise<Device> {
  const client = stockClient(nodeAt(node).socket, person.token)
  onTestFinished(() => client.dispose())
  const feed = client.subscribe(EVENTS, since === undefined ? {} : { since })
  await live(feed)
  return { person, node, feed, client }
}

/** Everybody on both nodes. */
function everywhere(): Promise<Device[]> {
  return Promise.all([0, 1].flatMap(node => [ana, bia, cleo].map(person => device(person, node))))
}

interface Said {
  readonly sent: Sent
  readonly from: Entered
  readonly to: Entered | null
}

async function say(node: number, from: Entered, text: string, to: Entered | null = null): Promise<Said> {
  const variables = { text, nonce: text, ...(to === null ? { plain: true } : { to: to.username }) }
  return { sent: await send(nodeAt(node).graphql, from.token, variables), from, to }
}

/** Waits until each device has what it may see, and holds it to exactly that, in the order of the log. */
async function expectAll(devices: readonly Device[], said: readonly Said[], deadlineMs?: number): Promise<void> {
  const ordered = said.toSorted((a, b) => (a.sent.cursor < b.sent.cursor ? -1 : 1))
  const wanted = (person: Entered): string[] =>
    ordered
      .filter(({ from, to }) => to === null || from.id === person.id || to.id === person.id)
      .map(({ sent }) => sent.text)
  const has = ({ person, feed }: Device): boolean => textsOf(feed).length >= wanted(person).length
  await until('everybody has all', () => devices.every(has), deadlineMs).catch(() => {})
  for (const { person, node, feed } of devices) {
    expect(textsOf(feed), `${person.username} on node ${node}`).toEqual(wanted(person))
    const cursors = feed.items.map(({ onEvent }) => onEvent.cursor as string)
    expect(cursors).toEqual(cursors.toSorted())
  }
}

const isPrivate = ({ channel }: Push): boolean => channel.includes(':user:')

/** Public and private messages from both nodes, in turn; each is acknowledged before the next. */
async function talk(count: number, between: (n: number) => void = () => {}): Promise<Said[]> {
  const said: Said[] = []
  for (let n = 0; n < count; n++) {
    const people = [ana, bia, cleo] as const
    const from = people[n % 3] as Entered
    const to = n % 2 === 0 ? null : (people[(n + 1) % 3] as Entered)
    said.push(await say(n % 2, from, `${n} ${randomUUID()}`, to))
    between(n)
  }
  return said
}

describe('two nodes', () => {
  test('FEED-11 PROMISE-2 PROMISE-4 FEED-2 FEED-7 what is sent on one is live on both, for those who may see it, in one order', async () => {
    const devices = await everywhere()
    const said = await talk(30)
    await expectAll(devices, said)
    expect(rig.harmed).toEqual([0, 0])
    const PAGE = '{ messages(limit: 30) { nodes { text } } }'
    const pages = await Promise.all(nodes.map(({ graphql }) => data(graphql, PAGE, { token: ana.token })))
    expect(pages[0]).toEqual(pages[1])
  })

  test('PROMISE-2 sends of many at once, on both nodes, have one order for everybody', async () => {
    const devices = await everywhere()
    const said = await Promise.all(
      Array.from({ length: 200 }, (_, n) =>
        say(n % 2, [ana, bia, cleo][n % 3] as Entered, `${n} ${randomUUID()}`, n % 5 === 0 ? bia : null),
      ),
    )
    await expectAll(devices, said)
  })

  const faults: Record<string, (notice: Push) => Fate> = {
    'all are lost': () => 'lose',
    'only private messages are lost, under public load': notice => (isPrivate(notice) ? 'lose' : 'pass'),
    'only links of the chain are lost': notice => (isPrivate(notice) ? 'pass' : 'lose'),
    'each is doubled': () => 'double',
    'half of them are late, so that others overtake them': () => (Math.random() < 0.5 ? 'pass' : Math.random() * 60),
    'anything happens': () => {
      const dice = Math.random()
      return dice < 0.3 ? 'lose' : dice < 0.5 ? 'double' : dice < 0.8 ? dice * 50 : 'pass'
    },
  }
  for (const [name, judge] of Object.entries(faults)) {
    test(`FEED-11 PROMISE-2 deliver from the log within 2 s, once, in order, where notices fail: ${name}`, async () => {
      const devices = await everywhere()
      const before = [...rig.harmed]
      rig.judge(judge)
      const said = await talk(40)
      await expectAll(devices, said, PROMISED_MS)
      for (const [n, harmed] of rig.harmed.entries()) expect(harmed).toBeGreaterThan(before[n] ?? 0)
    })
  }

  test('FEED-11 PROMISE-2 deliver all within 2 s although their connections for notices are cut again and again', async () => {
    const devices = await everywhere()
    const said = await talk(60, n => {
      if (n % 10 === 5) void rig.redis.client.call('CLIENT', 'KILL', 'TYPE', 'pubsub')
    })
    await expectAll(devices, said, PROMISED_MS)
  })

  test('FEED-11 PROMISE-2 feeds outlive a Redis that is killed and comes back, with everything that was acknowledged', async () => {
    const devices = await everywhere()
    const said = await talk(6)
    await rig.redis.kill()
    // It can't be said now: whoever asks is told so, and asks again.
    const asking = [0, 1].map(async node => {
      const text = `meanwhile ${randomUUID()}`
      return until('accepted', () => say(node, bia, text, ana).catch(() => null))
    })
    await new Promise(resolve => setTimeout(resolve, 500))
    await rig.redis.start()
    said.push(...(await Promise.all(asking)), ...(await talk(6)))
    await expectAll(devices, said, PROMISED_MS)
    for (const { feed } of devices) expect([feed.failure, feed.completed]).toEqual([null, false])
  })

  test('FEED-11 FEED-1 CURSOR-6 a device that changes nodes goes on where it was, also ahead of what the other has heard of', async () => {
    let since: string | undefined
    const texts: string[] = []
    const said: Said[] = []
    for (let n = 0; n < 12; n++) {
      const node = n % 2
      // The node that it comes to next hears of nothing by itself.
      rig.judge(() => 'lose', 1 - node)
      const hopping = await device(ana, node, since)
      said.push(await say(node, ana, `${n} public ${randomUUID()}`), await say(node, bia, `${n} ${randomUUID()}`, ana))
      await until('both', () => textsOf(hopping.feed).length >= 2)
      since = hopping.feed.items.at(-1)?.onEvent.cursor
      const page = await data(
        nodeAt(1 - node).graphql,
        'query ($c: Cursor) { messages(since: $c) { nodes { text } } }',
        {
          token: ana.token,
          variables: { c: since },
        },
      )
      expect(page.messages.nodes).toEqual([])
      texts.push(...textsOf(hopping.feed))
      await hopping.client.dispose()
      rig.judge(() => 'pass', 1 - node)
    }
    expect(texts).toEqual(said.map(({ sent }) => sent.text))
  })

  test('FEED-11 FEED-1 PROMISE-4 a device gets what was private and passed a node that did not serve it then', async () => {
    const [dora, eva] = await Promise.all(['dora', 'eva'].map(name => enter(nodeAt(0).graphql, name)))
    if (!dora || !eva) throw new Error('two entered')
    // Somebody is there, so that the node follows the log; it has the text of none of this.
    const other = await device(cleo, 1)
    const begin = await say(0, dora, `begin ${randomUUID()}`)
    const said: Said[] = []
    for (let n = 0; n < 10; n++) {
      said.push(await say(0, dora, `${n} ${randomUUID()}`, eva), await say(0, eva, `${n} ${randomUUID()}`))
    }
    await expectAll([other], [begin, ...said])
    const devices = await Promise.all([dora, eva, cleo].map(person => device(person, 1, begin.sent.cursor)))
    await expectAll(devices, said)
    const PAGE = '{ messages(limit: 20, scope: PRIVATE) { nodes { text } } }'
    for (const { token } of [dora, eva]) {
      const { messages } = await data(nodeAt(1).graphql, PAGE, { token })
      expect(messages.nodes.map(({ text }: Data) => text)).toEqual(
        said.filter(({ to }) => to !== null).map(({ sent }) => sent.text),
      )
    }
  })

  test('PAGE-4 whoever sent something finds it on the next page of that node, and a feed from there repeats nothing', async () => {
    rig.judge(() => 'lose', 0)
    for (let n = 0; n < 10; n++) {
      const { sent } = await say(0, ana, `${n} ${randomUUID()}`)
      const page = await data(nodeAt(0).graphql, '{ messages(limit: 1) { nodes { text } pageInfo { endCursor } } }', {
        token: ana.token,
      })
      expect(page.messages).toEqual({ nodes: [{ text: sent.text }], pageInfo: { endCursor: sent.cursor } })
      const { feed, client } = await device(ana, 0, sent.cursor)
      expect(textsOf(feed)).toEqual([])
      await client.dispose()
    }
  })
})

describe('a storage that becomes another history while nodes run', () => {
  /** All keys of a space as they are now; answers with what puts them back as they were. */
  async function snapshot(space: string): Promise<() => Promise<void>> {
    const { client } = rig.redis
    const pattern = `{${space}}*`
    const kept = await Promise.all(
      (await client.keys(pattern)).map(async key => [key, await client.dumpBuffer(key)] as const),
    )
    return async () => {
      const newer = await client.keys(pattern)
      const restore = client.multi().del(...newer)
      for (const [key, value] of kept) restore.restore(key, 0, value)
      await restore.exec()
    }
  }

  const SERVER = '{ server { epoch } }'
  const PAGE = '{ messages { nodes { text } pageInfo { endCursor } } }'

  interface History {
    readonly space: string
    readonly two: readonly [TestServer, TestServer]
    readonly ana: Entered
    readonly bia: Entered
    epochs(): Promise<string[]>
  }

  /** Two nodes of a space of their own. */
  async function open(): Promise<History> {
    const space = `history-${randomUUID()}`
    const start = () => startTestServer({ REDIS_URL: rig.redis.url, SPACE: space })
    const two = [await start(), await start()] as const
    onTestFinished(async () => {
      await Promise.all(two.map(node => node.close()))
    })
    const [ana, bia] = [await enter(two[0].graphql, 'ana'), await enter(two[0].graphql, 'bia')]
    const epochs = (): Promise<string[]> =>
      Promise.all(two.map(async ({ graphql }) => (await data(graphql, SERVER)).server.epoch))
    return { space, two, ana, bia, epochs }
  }

  test('CURSOR-8 CURSOR-7 CURSOR-6 FEED-9 SOCK-4 SSE-6 every running feed is told HISTORY_RESET, and nothing of the old one follows', async () => {
    const { space, two, ana, bia, epochs } = await open()
    const [first, second] = two
    const kept = await send(first.graphql, ana.token, { text: 'kept' })
    const restore = await snapshot(space)
    const clients = [
      stockClient(first.socket, ana.token),
      stockClient(second.socket, bia.token),
      stockClient(second.socket, ana.token),
    ]
    onTestFinished(async () => {
      for (const client of clients) await client.dispose()
    })
    const feeds = clients.map(client => client.subscribe(EVENTS, { since: kept.cursor }))
    const unshared = (clients[0] as StockClient).subscribe('subscription { onMessage @include(if: true) { text } }')
    for (const feed of feeds) await live(feed)
    const stream = await fetch(second.graphql, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'text/event-stream',
        authorization: `Bearer ${bia.token}`,
        'last-event-id': kept.cursor,
      },
      body: JSON.stringify({ query: 'subscription { onMessage { text } }' }),
    })
    const streamed = stream.text()
    const lost = await send(first.graphql, ana.token, { text: 'lost' })
    for (const feed of feeds) await until('lost', () => textsOf(feed).includes('lost'))
    const [before] = await epochs()

    await restore()
    for (const feed of [...feeds, unshared]) {
      await until('told', () => feed.failure, 3_000)
      expect(feed.failure).toMatchObject([{ extensions: { code: 'HISTORY_RESET' } }])
    }
    const lines = (await streamed).split('\n')
    expect(lines.filter(line => line.startsWith('data: {')).map(line => JSON.parse(line.slice(6)))).toEqual([
      { data: { onMessage: { text: 'lost' } } },
      { errors: [expect.objectContaining({ extensions: { code: 'HISTORY_RESET' } })] },
    ])
    expect(lines).toContain('event: complete')

    await until('both have the new history', async () => {
      const [one, other] = await epochs()
      return one === other && one !== before
    })
    // The sockets stayed open; the newest page is where everybody begins again.
    const device = clients[1] as StockClient
    const { messages } = (await device.run(PAGE)).data
    expect(messages.nodes).toEqual([{ text: 'kept' }])
    const again = device.subscribe(EVENTS, { since: messages.pageInfo.endCursor })
    await live(again)
    await send(first.graphql, ana.token, { text: 'new' })
    await until('new', () => textsOf(again).includes('new'))
    for (const cursor of [kept.cursor, lost.cursor]) {
      const refused = device.subscribe(EVENTS, { since: cursor })
      await until('refused', () => refused.failure)
      expect(refused.failure).toMatchObject([{ extensions: { code: 'HISTORY_RESET' } }])
    }
    expect(feeds.map(textsOf)).toEqual(Array(3).fill(['lost']))
    expect(again.items.map(({ onEvent }: Data) => onEvent.message?.text).filter(Boolean)).toEqual(['new'])
  })

  test('CURSOR-8 also by the first send that finds it out, which is stored in the new one', async () => {
    const { space, two, ana } = await open()
    const [first, second] = two
    await send(first.graphql, ana.token, { text: 'kept' })
    const restore = await snapshot(space)
    await send(first.graphql, ana.token, { text: 'lost' })
    const client = stockClient(second.socket, ana.token)
    onTestFinished(() => client.dispose())
    const feed = client.subscribe(EVENTS)
    await live(feed)
    await restore()
    const sent = await send(first.graphql, ana.token, { text: 'sent at once' })
    await until('told', () => feed.failure)
    const page = await until('the new page', async () => {
      const result = await client.run(PAGE)
      return result.data?.messages
    })
    expect(page.nodes).toEqual([{ text: 'kept' }, { text: 'sent at once' }])
    expect(page.pageInfo.endCursor).toBe(sent.cursor)
  })
})
