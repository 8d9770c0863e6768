// Two nodes over one Redis: each has an index of its own, and word of who is writing passes between them, what is private
// only by the topic of whom it is for.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { allTopic, userTopic } from '../../server/domain/notice.ts'
import { type RedisServer, startRedis } from '../setup/redis.ts'
import { data, type Entered, enter, request, type Sent, send } from '../setup/request.ts'
import { startTestServer, type TestServer } from '../setup/server.ts'
import { stockClient } from '../setup/stock.ts'
import { until } from '../setup/until.ts'

const SPACE = 'searched'

let redis: RedisServer
let first: TestServer
let second: TestServer
let ana: Entered
let bia: Entered
let cleo: Entered

beforeAll(async () => {
  redis = await startRedis()
  const start = (): Promise<TestServer> =>
    startTestServer({ REDIS_URL: redis.url, SPACE, SEARCHES_PER_SECOND: '0', ENTER_PER_MINUTE: '0' })
  first = await start()
  second = await start()
  ana = await enter(first.graphql, 'ana')
  bia = await enter(first.graphql, 'bia')
  cleo = await enter(first.graphql, 'cleo')
})

afterAll(async () => {
  await Promise.all([first.close(), second.close()])
  await redis.dispose()
})

async function found(node: TestServer, who: Entered, text: string): Promise<string[] | null> {
  const { data: answer } = await request(
    node.graphql,
    'query ($text: String!) { search(text: $text) { nodes { text } } }',
    {
      token: who.token,
      variables: { text },
    },
  )
  return answer?.search?.nodes.map((node: Sent) => node.text) ?? null
}

test('SEARCH-4 SEARCH-5 what one node takes is found on both, by those who may see it', async () => {
  await send(first.graphql, ana.token, { text: 'Olá a todos', plain: true })
  await send(first.graphql, ana.token, { text: 'olá, segredo', to: 'bia' })
  for (const node of [first, second]) {
    await until('both', async () => (await found(node, bia, 'ola'))?.length === 2)
    expect(await found(node, bia, 'ola')).toEqual(['Olá a todos', 'olá, segredo'])
    expect(await found(node, cleo, 'ola')).toEqual(['Olá a todos'])
    expect(await found(node, cleo, 'segredo')).toEqual([])
  }
})

test('TYPING-1 TYPING-2 word of it reaches the other node; in private it is not on the channel that all nodes hear', async () => {
  const listener = redis.client.duplicate()
  const heard: [channel: string, text: string][] = []
  listener.on('message', (channel, text) => {
    if (text.startsWith('["t"')) heard.push([channel, text])
  })
  await listener.subscribe(allTopic(SPACE, 0), userTopic(SPACE, 0, bia.id), userTopic(SPACE, 0, cleo.id))
  const [there, elsewhere] = [stockClient(second.socket, bia.token), stockClient(second.socket, cleo.token)]
  const query = 'subscription { onTyping { from { username } private } }'
  const [toBia, toCleo] = [there.subscribe(query), elsewhere.subscribe(query)]
  await there.run('{ me { id } }')
  await elsewhere.run('{ me { id } }')
  const set = (who: Entered, to?: string) =>
    data(first.graphql, 'mutation ($to: String) { setTyping(to: $to) }', { token: who.token, variables: { to } })
  // The account's topic may not be subscribed to yet.
  await until('bia hears of ana', async () => {
    await set(ana, 'bia')
    return toBia.items.length > 0
  })
  expect(toBia.items[0]?.onTyping).toEqual([{ from: { username: 'ana' }, private: true }])
  await until('cleo hears of bia', async () => {
    await set(bia)
    return toCleo.items.length > 0
  })
  expect(toCleo.items.map(({ onTyping }) => onTyping)).toEqual([[{ from: { username: 'bia' }, private: false }]])
  expect([...new Set(heard.map(([channel]) => channel))].toSorted()).toEqual(
    [allTopic(SPACE, 0), userTopic(SPACE, 0, bia.id)].toSorted(),
  )
  expect(heard.filter(([channel]) => channel === allTopic(SPACE, 0)).map(([, text]) => JSON.parse(text))).toEqual([
    ['t', bia.id, 'bia'],
  ])
  listener.disconnect()
  await Promise.all([there.dispose(), elsewhere.dispose()])
})
