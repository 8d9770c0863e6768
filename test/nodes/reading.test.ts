// How far somebody has read, on two nodes over one Redis: a device on either hears what another read on the other, and
// what pub/sub loses is found all the same.
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { type Data, data, type Entered, enter, send } from '../setup/request.ts'
import type { TestServer } from '../setup/server.ts'
import { type Running, stockClient } from '../setup/stock.ts'
import { until } from '../setup/until.ts'
import { type Rig, startRig } from './rig.ts'

const MARK = 'mutation ($cursor: Cursor!, $with: String) { markRead(cursor: $cursor, with: $with) { cursor } }'
const WATCH = 'subscription { onReadPosition { with { username } cursor } }'

let rig: Rig
let nodes: Rig['nodes']
let ana: Entered
let bia: Entered

beforeAll(async () => {
  rig = await startRig({ SPACE: 'reading' }, { appendfsync: 'always' })
  nodes = rig.nodes
  ;[ana, bia] = [await enter(nodes[0].graphql, 'ana'), await enter(nodes[1].graphql, 'bia')]
})

afterEach(() => rig.heal())

afterAll(() => rig.close())

/** A device of ana's on each node, once it has been told everything. */
function bothDevices(): Promise<Running[]> {
  return Promise.all(
    nodes.map(async ({ socket }) => {
      const client = stockClient(socket, ana.token)
      onTestFinished(() => client.dispose())
      const running = client.subscribe(WATCH)
      await until('the first positions', () => running.items.length > 0)
      return running
    }),
  )
}

async function read(node: number, to?: string): Promise<string> {
  const { graphql } = nodes[node] as TestServer
  const { cursor } = await send(graphql, bia.token, { text: 'oi', ...(to ? { to } : {}) })
  const variables = { cursor, ...(to ? { with: 'bia' } : {}) }
  expect((await data(graphql, MARK, { token: ana.token, variables })).markRead.cursor).toBe(cursor)
  return cursor
}

const has = ({ items }: Running, cursor: string): boolean =>
  items.some(({ onReadPosition }) => onReadPosition.some((each: Data) => each.cursor === cursor))

describe('read positions on two nodes', () => {
  test('READ-4 FEED-11 what is read on one is told on both, and listed by both', async () => {
    const devices = await bothDevices()
    for (const [node, to] of [
      [0, undefined],
      [1, 'ana'],
      [1, undefined],
    ] as const) {
      const cursor = await read(node, to)
      await until('both have heard', () => devices.every(device => has(device, cursor)), 5_000)
      for (const { graphql } of nodes) {
        const { conversations } = await data(graphql, '{ conversations { with { username } readUpTo unread } }', {
          token: ana.token,
        })
        expect(conversations).toContainEqual({ with: to ? { username: 'bia' } : null, readUpTo: cursor, unread: 0 })
      }
    }
    expect(devices.flatMap(({ failure }) => failure ?? [])).toEqual([])
  })

  test('READ-4 a notice that is lost is made up for, without another move', async () => {
    const devices = await bothDevices()
    rig.judge(({ payload }) => (payload.startsWith('["c"') ? 'lose' : 'pass'))
    const before = rig.harmed[0] + rig.harmed[1]
    const cursor = await read(0)
    await until('both have heard', () => devices.every(device => has(device, cursor)))
    expect(rig.harmed[0] + rig.harmed[1]).toBeGreaterThan(before)
  })

  test('READ-4 what was missed before the connection for notices was cut is told when it is back', async () => {
    const devices = await bothDevices()
    rig.judge(({ payload }) => (payload.startsWith('["c"') ? 'lose' : 'pass'))
    const cursor = await read(0, 'ana')
    rig.cut(1)
    // Before all is read again as it is every ten seconds.
    await until('both have heard', () => devices.every(device => has(device, cursor)), 7_000)
  })
})
