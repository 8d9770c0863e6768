// The account that docs/operations.md gives Recado in Redis: a node needs no more than that for anything it does.

import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { startServerChild } from '../setup/child.ts'
import { startRedis } from '../setup/redis.ts'
import { data, enter, send } from '../setup/request.ts'
import { EVENTS, live, stockClient, textsOf } from '../setup/stock.ts'
import { until } from '../setup/until.ts'

const page = readFileSync(fileURLToPath(new URL('../../docs/operations.md', import.meta.url)), 'utf8')

test.each([0, 3])('a node does all that it has to with the rights that the page gives it, in database %i', async db => {
  const [, line = ''] = /^ *ACL SETUSER (recado on >password .*)$/m.exec(page) ?? []
  const redis = await startRedis({ config: { appendfsync: 'always' } })
  const dataDir = await mkdtemp(join(tmpdir(), 'recado-rights-'))
  await redis.client.call('ACL', 'SETUSER', ...line.split(' '))
  const env = {
    REDIS_URL: `redis://recado:password@127.0.0.1:${redis.port}/${db}`,
    LOG_LEVEL: 'warn',
    SENDS_PER_SECOND: '100',
  }
  // Each has its own index of search.
  const start = (name: string) => startServerChild({ dataDir: join(dataDir, name), env })
  const nodes = [await start('one'), await start('two')] as const
  const [first, second] = nodes
  const ana = await enter(first.graphql, 'ana', 'a good password')
  const bia = await enter(second.graphql, 'bia')
  const device = stockClient(second.socket, ana.token)
  const feed = device.subscribe(EVENTS)
  const presence = device.subscribe('subscription { onPresence { username } }')
  await live(feed)
  await send(first.graphql, bia.token, { text: 'public' })
  await send(second.graphql, bia.token, { text: 'private', to: 'ana', nonce: 'once' })
  await until('both', () => textsOf(feed).length === 2)
  await until('presence', () => presence.items.length > 0)
  const { messages } = await data(first.graphql, '{ messages(with: "bia") { nodes { text } } }', { token: ana.token })
  expect(messages.nodes).toEqual([{ text: 'private' }])
  await data(first.graphql, 'mutation { leave(everywhere: true) }', { token: ana.token })
  await data(first.graphql, 'mutation { deleteAccount }', { token: bia.token })
  await device.dispose()
  for (const node of nodes) expect(await node.stop('SIGTERM')).toBe(0)
  for (const node of nodes) expect(node.output()).not.toMatch(/NOPERM|"level":"(warn|error)"/)
  await redis.dispose()
  await rm(dataDir, { recursive: true, force: true })
})
