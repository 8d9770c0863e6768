// What two nodes over one Redis share beside the log: who is online, who may go on, and how much anybody may ask for.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { codeOf, type Data, data, type Entered, enter, request, send } from '../setup/request.ts'
import type { TestServer } from '../setup/server.ts'
import { EVENTS, live, type StockClient, stockClient, textsOf } from '../setup/stock.ts'
import { until } from '../setup/until.ts'
import { type Rig, startRig } from './rig.ts'

let rig: Rig
let first: TestServer
let second: TestServer

beforeAll(async () => {
  rig = await startRig({ SPACE: 'shared', ENTER_PER_MINUTE: '5' })
  ;[first, second] = rig.nodes
})

afterAll(() => rig.close())

/** Notices of every kind are lost from here on: what is left is what nodes read. */
function loseAllNotices(): () => void {
  rig.judge(() => 'lose')
  return rig.heal
}

/** When a socket of this person on the second node is closed, and with what. */
async function watchedSocket({ token }: Entered): Promise<{ client: StockClient; closed: Promise<number> }> {
  const client = stockClient(second.socket, token, { retryAttempts: 0 })
  const closed = new Promise<number>(resolve => {
    client.client.on('closed', event => resolve((event as { code: number }).code))
  })
  await live(client.subscribe(EVENTS))
  return { client, closed }
}

test('PRESENCE-1 who is connected to one node is online on the other, until the last connection on any has gone', async () => {
  const [ana, bia] = [await enter(first.graphql, 'ana'), await enter(first.graphql, 'bia')]
  const here = stockClient(first.socket, bia.token)
  const there = stockClient(second.socket, bia.token)
  await live(here.subscribe(EVENTS))
  await live(there.subscribe(EVENTS))
  const isOnline = async (node: TestServer): Promise<boolean> => {
    const { users }: Data = await data(node.graphql, '{ users(online: true) { nodes { username } } }', {
      token: ana.token,
    })
    return users.nodes.some(({ username }: { username: string }) => username === 'bia')
  }
  await until('bia is online on both', async () => (await isOnline(first)) && (await isOnline(second)))
  await here.dispose()
  // Longer than the grace: the other connection holds.
  await new Promise(resolve => setTimeout(resolve, 6_500))
  expect(await Promise.all([isOnline(first), isOnline(second)])).toEqual([true, true])
  await there.dispose()
  await until('bia has gone on both', async () => !(await isOnline(first)) && !(await isOnline(second)))
})

test.each([
  ['', 'carla', false],
  [', also when every notice is lost', 'celia', true],
])('CLOSE-2 whoever leaves everywhere on one node is out on the other%s', async (_, name, isLossy) => {
  const carla = await enter(first.graphql, name)
  const { client, closed } = await watchedSocket(carla)
  const restore = isLossy ? loseAllNotices() : () => {}
  await data(first.graphql, 'mutation { leave(everywhere: true) }', { token: carla.token })
  expect(await closed).toBe(4403)
  const asked = await request(second.graphql, '{ me { id } }', { token: carla.token })
  expect(codeOf(asked)).toBe('UNAUTHENTICATED')
  restore()
  await client.dispose()
})

test('CLOSE-2 a deleted account is out on the other node, and its name is free for somebody else', async () => {
  const dora = await enter(first.graphql, 'dora')
  await send(second.graphql, dora.token, { text: 'dora foi', plain: true })
  const { client, closed } = await watchedSocket(dora)
  await data(first.graphql, 'mutation { deleteAccount }', { token: dora.token })
  expect(await closed).toBe(4403)
  const again = await enter(second.graphql, 'dora')
  expect(again.id).not.toBe(dora.id)
  // The old owner's name does not lead to the old owner, on either node.
  const elis = await enter(first.graphql, 'elis')
  const mail = stockClient(second.socket, again.token)
  const feed = mail.subscribe(EVENTS)
  await live(feed)
  await send(first.graphql, elis.token, { text: 'para a nova dora', to: 'dora' })
  await until('it came', () => textsOf(feed).includes('para a nova dora'))
  await mail.dispose()
  await client.dispose()
})

test('LIMIT-5 attempts with one name from one address are counted over both nodes', async () => {
  const query = 'mutation { enter(username: "alvo", password: "12345678") { token } }'
  await data(first.graphql, 'mutation { enter(username: "alvo", password: "a senha certa") { token } }', {})
  const codes: (string | null)[] = []
  for (let attempt = 0; attempt < 8; attempt++) {
    codes.push(codeOf(await request((attempt % 2 ? first : second).graphql, query)))
  }
  // Entering with it the first time was an attempt, too.
  expect(codes.filter(code => code === 'USERNAME_TAKEN')).toHaveLength(4)
  expect(codes.filter(code => code === 'RATE_LIMITED')).toHaveLength(4)
})
