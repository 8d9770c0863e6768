// The main job, over stock graphql-ws: two people with several devices, private and public, and one device that drops
// and comes back.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { data, enter, request, send } from '../setup/request.ts'
import { startTestServer, type TestServer } from '../setup/server.ts'
import { EVENTS, live, type StockClient, stockClient, textsOf } from '../setup/stock.ts'
import { until } from '../setup/until.ts'

let server: TestServer
const devices: StockClient[] = []

beforeAll(async () => {
  server = await startTestServer()
})

afterAll(async () => {
  await Promise.all(devices.map(device => device.dispose()))
  await server.close()
})

function device(token: string | null): StockClient {
  const opened = stockClient(server.socket, token)
  devices.push(opened)
  return opened
}

describe('several devices of several people', () => {
  test('PROMISE-4 FEED-7 `/msg joao oi` arrives once at both devices of joao and at both of maria, and at nobody else', async () => {
    const joao = await enter(server.graphql, 'joao', 'uma senha boa')
    const joaoAgain = await enter(server.graphql, 'joao', 'uma senha boa')
    const maria = await enter(server.graphql, 'maria', 'outra senha boa')
    const mariaAgain = await enter(server.graphql, 'maria', 'outra senha boa')
    const ana = await enter(server.graphql, 'ana')
    expect(joaoAgain.id).toBe(joao.id)
    expect(joaoAgain.token).not.toBe(joao.token)

    const feeds = {
      joaoPhone: device(joao.token).subscribe(EVENTS),
      joaoLaptop: device(joaoAgain.token).subscribe(EVENTS),
      mariaPhone: device(maria.token).subscribe(EVENTS),
      mariaLaptop: device(mariaAgain.token).subscribe(EVENTS),
      ana: device(ana.token).subscribe(EVENTS),
    }
    const anonymous = device(null).subscribe(EVENTS)
    for (const feed of Object.values(feeds)) await live(feed)
    await until('the anonymous subscription is refused', () => anonymous.failure)
    expect(anonymous.failure).toMatchObject([{ extensions: { code: 'UNAUTHENTICATED' } }])

    const sent = await device(maria.token).send({ text: '/msg joao oi' })
    // A public message after it: whoever has this one would have had the private one before.
    await send(server.graphql, maria.token, { text: 'olá a todos' })
    for (const feed of Object.values(feeds)) await until('olá a todos', () => textsOf(feed).includes('olá a todos'))

    for (const [who, feed] of Object.entries(feeds)) {
      expect([who, textsOf(feed)]).toEqual([who, who === 'ana' ? ['olá a todos'] : ['oi', 'olá a todos']])
    }
    for (const who of ['joaoPhone', 'joaoLaptop', 'mariaPhone', 'mariaLaptop'] as const) {
      expect(feeds[who].items.find(({ onEvent }) => onEvent.message?.text === 'oi')?.onEvent).toEqual({
        __typename: 'MessageAdded',
        cursor: sent.cursor,
        message: {
          id: sent.id,
          cursor: sent.cursor,
          text: 'oi',
          from: { username: 'maria' },
          to: { username: 'joao' },
        },
      })
    }
    expect(anonymous.items).toEqual([])

    const pageOfAna = await data(server.graphql, '{ messages { nodes { text } } }', { token: ana.token })
    expect(pageOfAna.messages.nodes).toEqual([{ text: 'olá a todos' }])
    const stolen = await request(server.graphql, 'query ($c: Cursor) { messages(since: $c) { nodes { id } } }', {
      token: ana.token,
      variables: { c: sent.cursor },
    })
    expect(stolen.errors?.[0]?.extensions?.code).toBe('HISTORY_RESET')
  })

  test('FEED-1 a device that drops subscribes ten messages later with `since`, gets exactly those ten in order, then live ones', async () => {
    const joao = await enter(server.graphql, 'joao2', 'uma senha boa')
    const maria = await enter(server.graphql, 'maria2')
    const phone = device(joao.token)
    const laptop = device((await enter(server.graphql, 'joao2', 'uma senha boa')).token).subscribe(EVENTS)
    const before = phone.subscribe(EVENTS)
    await live(before)
    await live(laptop)
    await send(server.graphql, maria.token, { text: 'before the drop' })
    await until('the message before the drop', () => textsOf(before).length === 1)
    const since = before.items.at(-1)?.onEvent.cursor
    phone.client.terminate()
    before.stop()

    const missed: string[] = []
    for (let i = 0; i < 10; i++) {
      const text = `missed ${i}`
      missed.push(text)
      if (i % 2 === 0) await send(server.graphql, maria.token, { text })
      else await send(server.graphql, maria.token, { text: `/msg joao2 ${text}` })
    }
    await until('the laptop has them all', () => textsOf(laptop).length === 11)

    const after = device(joao.token).subscribe(EVENTS, { since })
    const mark = await live(after)
    expect(mark.replayed).toBe(10)
    await send(server.graphql, maria.token, { text: 'live again' })
    await until('the live message', () => textsOf(after).includes('live again'))
    expect(textsOf(after)).toEqual([...missed, 'live again'])
    expect(textsOf(before)).toEqual(['before the drop'])
    const cursors = after.items.map(({ onEvent }) => onEvent.cursor)
    expect(cursors[10]).toBe(cursors[9])
    expect(after.items[10]?.onEvent.__typename).toBe('CaughtUp')
  })
})
