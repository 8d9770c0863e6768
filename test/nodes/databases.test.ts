// Two chats of one name in two databases of one Redis: keys are apart by themselves, notices are not, for pub/sub does not
// know of databases.
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { type RedisServer, startRedis } from '../setup/redis.ts'
import { data, type Entered, enter, send } from '../setup/request.ts'
import { startTestServer, type TestServer } from '../setup/server.ts'
import { EVENTS, live, type Running, stockClient, textsOf } from '../setup/stock.ts'
import { until } from '../setup/until.ts'

const TYPING = 'subscription { onTyping { from { username } } }'

let redis: RedisServer
beforeAll(async () => {
  redis = await startRedis()
})
afterAll(() => redis.dispose())

/** A node of the space, closed after the test. */
async function start(space: string, database: number): Promise<TestServer> {
  const node = await startTestServer({ REDIS_URL: `${redis.url}/${database}`, SPACE: space })
  onTestFinished(() => node.close())
  return node
}

const typists = ({ items }: Running): string[] =>
  items.flatMap(({ onTyping }) => onTyping.map(({ from }: { from: Entered }) => from.username))

test('TYPING-1 whoever writes is told of in their own chat alone', async () => {
  const [zero, three, another] = [await start('twice', 0), await start('twice', 3), await start('twice', 3)]
  const biaOf = (node: TestServer) => enter(node.graphql, 'bia')
  const clients = [
    stockClient(zero.socket, (await biaOf(zero)).token),
    stockClient(three.socket, (await biaOf(three)).token),
  ]
  const [there, here] = clients.map(client => client.subscribe(TYPING)) as [Running, Running]
  for (const client of clients) await client.run('{ me { id } }')
  const [ana, cleo] = [await enter(zero.graphql, 'ana'), await enter(another.graphql, 'cleo')]
  const type = (node: TestServer, { token }: Entered) => data(node.graphql, 'mutation { setTyping }', { token })
  await until('the chat of ana has heard of ana', async () => {
    await type(zero, ana)
    return typists(there).length > 0
  })
  // Redis has told everybody who listens to that, and now tells this.
  await until('the chat of cleo has heard of cleo', async () => {
    await type(another, cleo)
    return typists(here).includes('cleo')
  })
  expect(new Set(typists(there))).toEqual(new Set(['ana']))
  expect(new Set(typists(here))).toEqual(new Set(['cleo']))
  await Promise.all(clients.map(client => client.dispose()))
})

test('FEED-11 nothing that is told in a database is told where another one’s nodes listen, and its own hear all of it', async () => {
  const [{ graphql }, other] = [await start('third', 3), await start('third', 3)]
  const listener = redis.client.duplicate()
  const channelsByKind = new Map<string, Set<string>>()
  listener.on('pmessage', (_pattern, channel: string, text: string) => {
    const [kind] = JSON.parse(text) as [string]
    channelsByKind.set(kind, (channelsByKind.get(kind) ?? new Set()).add(channel))
  })
  await listener.psubscribe('{third}*')
  const [eva, davi] = [await enter(graphql, 'eva', 'a good password'), await enter(graphql, 'davi')]
  const device = stockClient(other.socket, davi.token)
  const feed = device.subscribe(EVENTS)
  await live(feed)
  const act = (document: string, variables = {}) => data(graphql, document, { token: eva.token, variables })
  const { id, cursor } = await send(graphql, eva.token, { text: 'public' })
  await send(graphql, eva.token, { text: 'private', to: 'davi' })
  await until('both', () => textsOf(feed).length === 2)
  await act('mutation ($id: ID!) { editMessage(id: $id, text: "edited") { id } }', { id })
  await act('mutation ($cursor: Cursor!) { markRead(cursor: $cursor) { cursor } }', { cursor })
  await act('mutation { block(username: "davi") { username } }')
  await act('mutation { setTyping }')
  await act('mutation { leave(everywhere: true) }')
  const kinds = ['c', 'e', 'k', 'm', 'o', 'p', 's', 't', 'v']
  await until('every kind of notice', () => channelsByKind.size === kinds.length)
  expect([...channelsByKind.keys()].toSorted()).toEqual(kinds)
  const channels = new Set([...channelsByKind.values()].flatMap(each => [...each]))
  expect([...channels].filter(name => !name.startsWith('{third}:db3:'))).toEqual([])
  listener.disconnect()
  await device.dispose()
})
