// Feeds over the wire: from now or from a cursor, replay then live, CaughtUp once, the same order for everyone.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openRawSocket } from '../setup/raw-socket.ts'
import { data, type Entered, enter, send } from '../setup/request.ts'
import { startTestServer, type TestServer } from '../setup/server.ts'
import { EVENTS, live, stockClient, textsOf } from '../setup/stock.ts'
import { until } from '../setup/until.ts'

let server: TestServer
let ana: Entered
let bia: Entered

beforeAll(async () => {
  server = await startTestServer()
  ana = await enter(server.graphql, 'ana')
  bia = await enter(server.graphql, 'bia')
})

afterAll(async () => {
  await server.close()
})

const MESSAGES = 'subscription ($since: Cursor) { onMessage(since: $since) { cursor text } }'

describe('feeds', () => {
  test('FEED-3 without since, what is committed after the server has read the subscribe is delivered, and nothing before', async () => {
    await send(server.graphql, ana.token, { text: 'before' })
    const socket = await openRawSocket(server.socket)
    socket.send({ type: 'connection_init', payload: { authorization: ana.token } })
    await socket.receive()
    for (let round = 0; round < 50; round++) {
      // In one write: the send is read right after the subscribe.
      socket.send({ id: `f${round}`, type: 'subscribe', payload: { query: 'subscription { onMessage { text } }' } })
      const query = `mutation { sendMessage(text: "now ${round}") { cursor } }`
      socket.send({ id: `s${round}`, type: 'subscribe', payload: { query } })
      const texts: string[] = []
      let acknowledged = false
      while (texts.length === 0 || !acknowledged) {
        const { id, type, payload } = await socket.receive()
        if (id === `f${round}`) texts.push(payload.data.onMessage.text)
        if (id === `s${round}` && type === 'complete') acknowledged = true
      }
      expect(texts).toEqual([`now ${round}`])
      socket.send({ id: `f${round}`, type: 'complete' })
    }
    socket.destroy()
  })

  test('FEED-4 CaughtUp comes exactly once, where replay becomes live, with the cursor and the number that are promised', async () => {
    const device = stockClient(server.socket, ana.token)
    const { cursor } = await send(server.graphql, ana.token, { text: 'newest' })
    const now = device.subscribe(EVENTS)
    expect(await live(now)).toEqual({ __typename: 'CaughtUp', cursor, replayed: 0 })
    const at = device.subscribe(EVENTS, { since: cursor })
    expect(await live(at)).toEqual({ __typename: 'CaughtUp', cursor, replayed: 0 })
    const second = await send(server.graphql, ana.token, { text: 'one more' })
    const after = device.subscribe(EVENTS, { since: cursor })
    expect(await live(after)).toEqual({ __typename: 'CaughtUp', cursor: second.cursor, replayed: 1 })
    for (let i = 0; i < 20; i++) await send(server.graphql, ana.token, { text: `later ${i}` })
    for (const feed of [now, at, after]) {
      await until('the live ones', () => textsOf(feed).includes('later 19'))
      const types = feed.items.map(({ onEvent }) => onEvent.__typename)
      expect(types.filter(type => type === 'CaughtUp').length).toBe(1)
    }
    expect(after.items.map(({ onEvent }) => onEvent.__typename).indexOf('CaughtUp')).toBe(1)
    // Somebody who may see nothing of it all: the origin, as an empty page has it.
    const lonely = await startTestServer()
    const { token } = await enter(lonely.graphql, 'solo')
    const { messages } = await data(lonely.graphql, '{ messages { pageInfo { endCursor } } }', { token })
    const alone = stockClient(lonely.socket, token)
    expect(await live(alone.subscribe(EVENTS))).toEqual({
      __typename: 'CaughtUp',
      cursor: messages.pageInfo.endCursor,
      replayed: 0,
    })
    await alone.dispose()
    await device.dispose()
    await lonely.close()
  })

  test('FEED-5 every event’s cursor may be given as since, CaughtUp’s too: what follows is exactly the rest', async () => {
    const device = stockClient(server.socket, ana.token)
    const start = await send(server.graphql, ana.token, { text: 'start' })
    for (let i = 0; i < 5; i++) await send(server.graphql, ana.token, { text: `part ${i}` })
    const whole = device.subscribe(EVENTS, { since: start.cursor })
    await live(whole)
    await send(server.graphql, ana.token, { text: 'part 5' })
    await until('the live one', () => textsOf(whole).length === 6)
    for (const [i, { onEvent }] of whole.items.entries()) {
      const rest = device.subscribe(EVENTS, { since: onEvent.cursor })
      await live(rest)
      const follows = whole.items.slice(i + 1).flatMap(({ onEvent }) => onEvent.message?.text ?? [])
      expect([i, textsOf(rest)]).toEqual([i, follows])
      rest.stop()
    }
    await device.dispose()
  })

  test('FEED-6 onMessage is onEvent’s messages, in the same order, with the same cursors', async () => {
    const device = stockClient(server.socket, ana.token)
    const start = await send(server.graphql, ana.token, { text: 'both from here' })
    for (let i = 0; i < 3; i++)
      await send(server.graphql, bia.token, { text: `both ${i}`, ...(i === 1 ? { to: 'ana' } : {}) })
    const events = device.subscribe(EVENTS, { since: start.cursor })
    const messages = device.subscribe(MESSAGES, { since: start.cursor })
    await live(events)
    for (let i = 3; i < 6; i++)
      await send(server.graphql, bia.token, { text: `both ${i}`, ...(i === 4 ? { to: 'ana' } : {}) })
    await until('all of them', () => messages.items.length === 6 && textsOf(events).length === 6)
    expect(messages.items.map(({ onMessage }) => onMessage)).toEqual(
      events.items.flatMap(({ onEvent }) =>
        onEvent.message ? [{ cursor: onEvent.cursor, text: onEvent.message.text }] : [],
      ),
    )
    await device.dispose()
  })

  test('FEED-2 PROMISE-2 twenty devices see many senders’ public and private messages in one order, each once', async () => {
    const senders = await Promise.all(Array.from({ length: 5 }, (_, i) => enter(server.graphql, `sender${i}`)))
    const devices = Array.from({ length: 20 }, (_, i) => stockClient(server.socket, (i % 2 === 0 ? ana : bia).token))
    const feeds = devices.map(device => device.subscribe(EVENTS))
    for (const feed of feeds) await live(feed)
    const sent: { text: string; cursor: string; to: string | undefined }[] = []
    await Promise.all(
      senders.map(async ({ token }, s) => {
        const client = stockClient(server.socket, token)
        for (let i = 0; i < 60; i++) {
          const to = [undefined, 'ana', undefined, 'bia'][i % 4]
          const text = `s${s} ${i}`
          const { cursor } = await client.send({ text, ...(to ? { to } : {}) })
          sent.push({ text, to, cursor })
        }
        await client.dispose()
      }),
    )
    sent.sort((a, b) => (a.cursor < b.cursor ? -1 : 1))
    for (const [i, feed] of feeds.entries()) {
      const mine = i % 2 === 0 ? 'ana' : 'bia'
      const expected = sent.filter(({ to }) => to === undefined || to === mine).map(({ text }) => text)
      await until('all of them', () => textsOf(feed).length >= expected.length)
      expect(textsOf(feed)).toEqual(expected)
    }
    await Promise.all(devices.map(device => device.dispose()))
  })

  test('FEED-8 the sender’s own feed has the message once, under the id of its acknowledgement', async () => {
    const device = stockClient(server.socket, ana.token)
    const feed = device.subscribe(EVENTS)
    await live(feed)
    const sent = await Promise.all(Array.from({ length: 50 }, (_, i) => device.send({ text: `own ${i}` })))
    await until('all of them', () => textsOf(feed).length === 50)
    const ids = feed.items.flatMap(({ onEvent }) => onEvent.message?.id ?? [])
    expect(ids.toSorted()).toEqual(sent.map(({ id }) => id).toSorted())
    await device.dispose()
  })

  test('FEED-9 a feed that is refused leaves the socket and its other feeds as they are', async () => {
    const device = stockClient(server.socket, ana.token)
    const good = device.subscribe(EVENTS)
    await live(good)
    for (const since of ['damaged', 'aaaaaaaa-00000000000-000']) {
      const bad = device.subscribe(EVENTS, { since })
      await until('the refusal', () => bad.failure)
      expect(Array.isArray(bad.failure)).toBe(true)
    }
    await send(server.graphql, ana.token, { text: 'still good' })
    await until('the message', () => textsOf(good).includes('still good'))
    expect(good.items.filter(({ onEvent }) => onEvent.__typename === 'CaughtUp').length).toBe(1)
    await device.dispose()
  })
})
