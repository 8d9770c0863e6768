// A history that becomes another one while a node starts: the parts that are there by then learn of it, and so do those
// that come after.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, onTestFinished, test } from 'vitest'
import { startServer } from '../../server/main.ts'
import { startRedis } from '../setup/redis.ts'
import { startRedisRelay } from '../setup/redis-relay.ts'
import { data, enter, type Sent, send } from '../setup/request.ts'
import { EVENTS, live, stockClient, textsOf } from '../setup/stock.ts'
import { until } from '../setup/until.ts'

const SPACE = 'starting'

test('CURSOR-8 a node that hears of another history between its log and its search serves that history', async () => {
  const redis = await startRedis()
  const relay = await startRedisRelay({ target: redis, marks: [] })
  const dataDir = await mkdtemp(join(tmpdir(), 'recado-starting-'))
  onTestFinished(async () => {
    await relay.close()
    await redis.dispose()
    await rm(dataDir, { recursive: true, force: true })
  })
  const lines: string[] = []
  const env = { HOST: '127.0.0.1', PORT: '0', DRAIN_SECONDS: '0', SENDS_PER_SECOND: '0', DATA_DIR: dataDir, SPACE }
  const start = () =>
    startServer(
      { ...env, REDIS_URL: `redis://127.0.0.1:${relay.port}` },
      { logTo: { write: line => void lines.push(line) } },
    )
  const first = await start()
  const { token } = await enter(`${first.url}/graphql`, 'ana')
  await send(`${first.url}/graphql`, token, { text: 'kept' })
  await first.close()

  // The log reads what it begins with once its notices come; from then on none do, and whoever needs them waits.
  let [isSubscribed, isHeld] = [false, false]
  relay.judge = ({ role, direction, bytes }) => {
    if (role === 'subscriber' && direction === 'answers' && bytes.includes(`{${SPACE}}:all`)) isSubscribed = true
    else if (role === 'commands' && direction === 'requests' && isSubscribed && !isHeld) {
      isHeld = true
      relay.cut('subscriber')
    }
    return isHeld && role === 'subscriber' ? 'cut' : 'pass'
  }
  const starting = start()
  await until('the log reads', () => isHeld)
  await redis.client.hset(`{${SPACE}}:meta`, 'epoch', 'another1')
  await until('the node has heard of it', () => lines.some(line => line.includes('Redis holds another history')))
  relay.heal()
  const second = await starting
  const graphql = `${second.url}/graphql`
  const ask = (query: string) => data(graphql, query, { token })
  const { server, messages } = await ask('{ server { epoch } messages { nodes { text } } }')
  expect([server.epoch, messages.nodes]).toEqual(['another1', [{ text: 'kept' }]])
  const device = stockClient(graphql.replace('http', 'ws'), token)
  const feed = device.subscribe(EVENTS)
  await live(feed)
  await send(graphql, token, { text: 'new' })
  await until('new', () => textsOf(feed).includes('new'))
  const found = async (): Promise<string[]> => {
    const { search } = await ask('{ search(text: "new") { nodes { text } } }').catch(() => ({ search: null }))
    return search?.nodes.map(({ text }: Sent) => text) ?? []
  }
  await until('the index has it', async () => (await found()).includes('new'))
  await device.dispose()
  await second.close()
  const index = new DatabaseSync(join(dataDir, SPACE, 'search.db'), { readOnly: true })
  expect(index.prepare(`SELECT value FROM meta WHERE key = 'epoch'`).get()).toEqual({ value: 'another1' })
  index.close()
})
