// Devices of one account at two nodes over one Redis: a code of one node is good at the other, once, and who comes or goes
// at one is told at the other, also when every notice of it is lost.
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { codeOf, type Data, data, type Entered, enter, request } from '../setup/request.ts'
import type { TestServer } from '../setup/server.ts'
import { EVENTS, live, type StockClient, stockClient } from '../setup/stock.ts'
import { until } from '../setup/until.ts'
import { type Rig, startRig } from './rig.ts'

let rig: Rig
let first: TestServer
let second: TestServer
const clients: StockClient[] = []

beforeAll(async () => {
  rig = await startRig({ SPACE: 'devices', SESSIONS_PER_USER: '4' })
  ;[first, second] = rig.nodes
})
afterEach(async () => {
  rig.heal()
  await Promise.all(clients.splice(0).map(client => client.dispose()))
})
afterAll(() => rig.close())

const PASSWORD = 'a good password'
const ENTER_WITH = 'mutation ($c: String!) { enterWithCode(code: $c, device: "new") { token me { id } } }'

function connect(node: TestServer, token: string): { client: StockClient; closed: Promise<number> } {
  const client = stockClient(node.socket, token, { retryAttempts: 0 })
  clients.push(client)
  const closed = new Promise<number>(resolve => {
    client.client.on('closed', event => resolve((event as { code: number }).code))
  })
  return { client, closed }
}

/** The devices of every list that is told at the node. */
async function watch(node: TestServer, { token }: Entered): Promise<() => string[][]> {
  const { items } = connect(node, token).client.subscribe('subscription { onSessions { id device } }')
  await until('the first list', () => items.length > 0)
  return () => items.map(({ onSessions }) => onSessions.map(({ id }: Data) => id))
}

test('DEVICE-6 DEVICE-7 a code of one node is good at the other, for one of those who try both', async () => {
  const ana = await enter(first.graphql, 'ana', PASSWORD)
  const told = await watch(second, ana)
  const { pairDevice } = await data(first.graphql, 'mutation { pairDevice { code } }', { token: ana.token })
  const tries = [first, second, first, second].map(node =>
    request(node.graphql, ENTER_WITH, { variables: { c: pairDevice.code } }),
  )
  const results = await Promise.all(tries)
  expect(results.filter(result => codeOf(result) === null)).toHaveLength(1)
  expect(results.filter(result => codeOf(result) === 'CODE_INVALID')).toHaveLength(3)
  await until('the news', () => told().at(-1)?.length === 2)
})

test('DEVICE-8 a device that asked at one node is approved at the other', async () => {
  const bia = await enter(second.graphql, 'bia', PASSWORD)
  const ask = 'mutation { requestDevice(username: "bia") { userCode deviceCode } }'
  const { userCode, deviceCode } = (await data(first.graphql, ask)).requestDevice
  expect(codeOf(await request(second.graphql, ENTER_WITH, { variables: { c: deviceCode } }))).toBe('CODE_PENDING')
  await data(second.graphql, `mutation { approveDevice(userCode: "${userCode}") }`, { token: bia.token })
  const { enterWithCode } = await data(first.graphql, ENTER_WITH, { variables: { c: deviceCode } })
  expect(enterWithCode.me.id).toBe(bia.id)
})

test('DEVICE-3 DEVICE-4 who comes and goes at one node is told at the other, and ended from there, though notices are lost', async () => {
  const cleo = await enter(first.graphql, 'cleo', PASSWORD)
  const told = await watch(second, cleo)
  rig.judge(() => 'lose')
  const phone = await enter(first.graphql, 'cleo', PASSWORD)
  await until('the phone', () => told().at(-1)?.length === 2, 3_000)
  const { client, closed } = connect(first, phone.token)
  await live(client.subscribe(EVENTS))
  const [id] = told().at(-1) as [string]
  const end = await data(second.graphql, 'mutation ($id: ID!) { endSession(id: $id) }', {
    token: cleo.token,
    variables: { id },
  })
  expect(end.endSession).toBe(true)
  expect(await closed).toBe(4403)
  await until('its end', () => told().length === 3, 3_000)
  expect(told().map(list => list.length)).toEqual([1, 2, 1])
  expect(codeOf(await request(first.graphql, '{ me { id } }', { token: phone.token }))).toBe('UNAUTHENTICATED')
})

test('DEVICE-5 one session too many at one node ends the longest unused one at the other', async () => {
  const oldest = await enter(first.graphql, 'duda', PASSWORD)
  const { client, closed } = connect(first, oldest.token)
  await live(client.subscribe(EVENTS))
  for (let n = 0; n < 3; n++) await enter(second.graphql, 'duda', PASSWORD)
  expect(codeOf(await request(first.graphql, '{ me { id } }', { token: oldest.token }))).toBeNull()
  const newest = await enter(second.graphql, 'duda', PASSWORD)
  expect(await closed).toBe(4403)
  const { sessions } = await data(first.graphql, '{ sessions { id current } }', { token: newest.token })
  expect(sessions).toHaveLength(4)
})
