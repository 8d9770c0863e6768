// What a server says of itself to its administrators (ADMIN-6), and `recado inspect`, which shows it.

import { print } from 'graphql'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { InspectionDocument } from '../../client/core/generated/graphql.ts'
import { operatorOf } from '../setup/operators.ts'
import { data, type Entered, enter, send } from '../setup/request.ts'
import { startTestServer, type TestServer } from '../setup/server.ts'
import { type StockClient, stockClient } from '../setup/stock.ts'
import { until } from '../setup/until.ts'
import { type Home, openHome } from '../terminal/program.ts'

const PASSWORD = 'a good password'
const FEED = 'subscription { onEvent { __typename } }'
const OTHER = 'subscription { onMessage { text } }'

let server: TestServer
let admin: Entered
let home: Home
const clients: StockClient[] = []

beforeAll(async () => {
  server = await startTestServer()
  admin = await enter(server.graphql, 'admin', PASSWORD)
  await (await operatorOf(server)).call('grant', { username: 'admin' })
  home = await openHome(server.url)
})
afterAll(async () => {
  await Promise.all(clients.map(client => client.dispose()))
  await home?.remove()
  await server?.close()
})

const inspect = async () => (await data(server.graphql, print(InspectionDocument), { token: admin.token })).inspection

describe('inspection', () => {
  test('ADMIN-6 has the log’s head, and feeds by operation with their accounts', async () => {
    const before = await inspect()
    expect(before).toMatchObject({ feedsLive: 0, feedsBehind: 0, groups: [], behind: [], logLagMs: 0 })
    const bia = await enter(server.graphql, 'bia')
    const started = Date.now()
    await send(server.graphql, bia.token, { text: 'oi' })
    for (const query of [FEED, FEED, OTHER]) {
      const client = stockClient(server.socket, bia.token)
      clients.push(client)
      client.subscribe(query)
    }
    const after = await until('all are live', async () => {
      const found = await inspect()
      return found.feedsLive === 3 ? found : null
    })
    expect(after.groups.map((group: { live: number; behind: number }) => [group.live, group.behind])).toEqual([
      [2, 0],
      [1, 0],
    ])
    expect(after.groups[0].operation).toContain('onEvent')
    expect(after).toMatchObject({ accounts: 1, connections: 3, version: expect.any(String), epoch: expect.any(String) })
    // Positions follow the clock, in whole milliseconds here.
    expect(Date.parse(after.headAt)).toBeGreaterThanOrEqual(started)
    expect(Date.parse(after.headAt)).toBeLessThanOrEqual(Date.parse(after.at))
    expect(Date.parse(after.startedAt)).toBeLessThanOrEqual(Date.parse(after.at))
  })

  test('has no cursor, and nothing of what was written', async () => {
    const ana = await enter(server.graphql, 'ana')
    await send(server.graphql, ana.token, { text: 'um segredo', to: 'bia' })
    const text = JSON.stringify(await inspect())
    expect(text).not.toContain('segredo')
    expect(text).not.toMatch(/[0-9a-z]{8}-[0-9a-z]{11}/)
  })
})

describe('recado inspect', () => {
  const run = (...words: string[]) =>
    home.run(['inspect', '--as', 'admin', '--password-stdin', ...words], { input: `${PASSWORD}\n` })

  test('shows it, in words and as JSON', async () => {
    const words = await run('--lang', 'en').ended()
    expect(words).toMatchObject({ code: 0 })
    expect(words.stdout).toMatch(/newest entry: /)
    expect(words.stdout).toMatch(/3 live, 0 behind; 1 accounts, 3 connections/)
    expect(words.stdout).toContain('onEvent')
    const json = await run('--json').ended()
    expect(JSON.parse(json.stdout)).toMatchObject({ feedsLive: 3 })
  })

  test('tells whoever is no administrator how to become one', async () => {
    const { code, stdout, stderr } = await home.run(['inspect', '--as', 'caio', '--lang', 'pt']).ended()
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toContain('recado admin grant caio')
  })

  test('goes on with --watch until it is stopped', async () => {
    const watching = run('--json', '--watch', '1')
    await until('two lines', () => watching.lines().length >= 2)
    watching.child.kill('SIGINT')
    expect(await watching.ended()).toMatchObject({ code: 0 })
  })
})
