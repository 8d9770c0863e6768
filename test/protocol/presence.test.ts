// Who is online, over the wire: everyone first, then what changed, in batches; grace for those who come right back.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Data, data, type Entered, enter } from '../setup/request.ts'
import { startTestServer, type TestServer } from '../setup/server.ts'
import { EVENTS, live, type StockClient, stockClient } from '../setup/stock.ts'
import { until } from '../setup/until.ts'

let server: TestServer
let watcher: StockClient
let ana: Entered

beforeAll(async () => {
  server = await startTestServer()
  ana = await enter(server.graphql, 'ana')
  watcher = stockClient(server.socket, ana.token)
})

afterAll(async () => {
  await watcher.dispose()
  await server.close()
})

interface Seen {
  readonly username: string
  readonly online: boolean
  readonly lastSeenAt: string | null
}

describe('presence', () => {
  test('PRESENCE-1 PRESENCE-2 first everyone who is online, then each who comes, and, after some seconds, who went', async () => {
    const presence = watcher.subscribe('subscription { onPresence { username online lastSeenAt } }')
    await until('the first', () => presence.items.length > 0)
    expect(presence.items[0]?.onPresence).toEqual([{ username: 'ana', online: true, lastSeenAt: null }])
    const changes = (): Seen[] =>
      presence.items.slice(1).flatMap(({ onPresence }) => onPresence.filter(({ username }: Seen) => username === 'bia'))

    const bia = await enter(server.graphql, 'bia')
    const phone = stockClient(server.socket, bia.token)
    const laptop = stockClient(server.socket, bia.token)
    await live(phone.subscribe(EVENTS))
    await live(laptop.subscribe(EVENTS))
    await until('bia is here', () => changes().some(({ username, online }) => username === 'bia' && online))
    await phone.dispose()
    // One device is still there: nothing changes. A reload is not an absence.
    await laptop.dispose()
    const back = stockClient(server.socket, bia.token)
    await live(back.subscribe(EVENTS))
    await back.dispose()
    const left = Date.now()
    await until('bia has gone', () => changes().some(({ username, online }) => username === 'bia' && !online))
    expect(Date.now() - left).toBeGreaterThan(2_000)
    expect(changes().map(({ username, online }) => `${username} ${online}`)).toEqual(['bia true', 'bia false'])
    const lastSeenAt = changes().at(-1)?.lastSeenAt ?? ''
    expect(Math.abs(Date.parse(lastSeenAt) - left)).toBeLessThan(3_000)
    const { users } = await data(server.graphql, '{ users { nodes { username online lastSeenAt } } }', {
      token: ana.token,
    })
    expect(users.nodes).toEqual([
      { username: 'ana', online: true, lastSeenAt: null },
      { username: 'bia', online: false, lastSeenAt },
    ])
    presence.stop()
  })

  test('PRESENCE-1 a hundred who come at once are a few events, not a hundred', async () => {
    const presence = watcher.subscribe('subscription { onPresence { username online } }')
    await until('the first', () => presence.items.length > 0)
    const crowd = await Promise.all(Array.from({ length: 100 }, (_, i) => enter(server.graphql, `crowd${i}`)))
    const clients = crowd.map(({ token }) => stockClient(server.socket, token, { lazy: false }))
    const seen = (): Set<string> =>
      new Set(presence.items.flatMap(({ onPresence }: Data) => onPresence.map(({ username }: Seen) => username)))
    await until('all have been seen', () => seen().size >= 101)
    expect(presence.items.length).toBeLessThan(10)
    await Promise.all(clients.map(client => client.dispose()))
    presence.stop()
  })
})
