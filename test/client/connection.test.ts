// The connection against refusals, silence and blocked WebSockets: what it says it is, when it tries again, and over what.
import { describe, expect, test } from 'vitest'
import { createBackoff } from '../../client/core/backoff.ts'
import { OnEventDocument, OnPresenceDocument } from '../../client/core/generated/graphql.ts'
import type { ConnectionState } from '../../client/core/types.ts'
import { startTcpProxy } from '../setup/tcp-proxy.ts'
import { until, within } from '../setup/until.ts'
import { client, closing, cookieClient, fakeServer, record, texts } from './harness.ts'

describe('the connection', () => {
  test('is idle until somebody listens, then connecting, behind, live', async () => {
    const server = await fakeServer()
    const recado = client(server)
    const states: ConnectionState[] = []
    recado.onState(state => states.push(state))
    expect(recado.state).toBe('idle')
    expect(server.upgrades).toBe(0)
    record(recado)
    await until('live', () => recado.state === 'live')
    expect(states).toEqual(['connecting', 'behind', 'live'])
    states.length = 0
    recado.drop()
    await until('live again', () => states.at(-1) === 'live')
    expect(states).toEqual(['offline', 'connecting', 'behind', 'live'])
  })

  test('comes back when the server does, however long it was away', async () => {
    const server = await fakeServer()
    const recado = client(server)
    record(recado)
    await until('live', () => recado.state === 'live')
    await server.close()
    let attempts = 0
    const codes = new Set<string | undefined>()
    const off = recado.onState((state, reason) => {
      if (state === 'offline') attempts += 1
      codes.add(reason?.code)
    })
    await until('many attempts', () => attempts > 20)
    off()
    expect([...codes]).toEqual(['NETWORK'])
    await fakeServer(server.port)
    await until('live again', () => recado.state === 'live')
  })

  test.each([1001, 1011, 1012, 1013, 4400, 4406, 4429, 4500, 1008])('comes back after close code %i', async code => {
    const server = await fakeServer()
    const recado = client(server)
    const seen = record(recado)
    await until('live', () => recado.state === 'live')
    let said: string | undefined
    recado.onState((state, reason) => {
      if (state === 'offline') said = reason?.message
    })
    server.closeSockets(code)
    server.publish('maria', 'meanwhile')
    await until('live again', () => texts(seen).length === 1 && recado.state === 'live')
    expect(said).toBe(`The connection ended: ${code} as the test says`)
  })

  test('a session that has ended (4403) is final, and nobody hammers', async () => {
    const server = await fakeServer()
    server.faults.refuseSockets = 4403
    const recado = client(server)
    const reasons: (string | undefined)[] = []
    recado.onState((_state, reason) => reasons.push(reason?.code))
    record(recado)
    await until('closed', () => recado.state === 'closed')
    expect(reasons.at(-1)).toBe('UNAUTHENTICATED')
    expect(server.upgrades).toBe(1)
  })

  test('nobody’s cookie is UNAUTHENTICATED', async () => {
    const server = await fakeServer()
    const recado = cookieClient(server)
    let code: string | undefined
    recado.onState((_state, reason) => {
      code = reason?.code
    })
    record(recado)
    await until('closed', () => recado.state === 'closed')
    expect(code).toBe('UNAUTHENTICATED')
  })

  test('a cookie that became somebody else’s ends the client before it shows anything of theirs', async () => {
    const server = await fakeServer()
    server.cookie = 'joao'
    const recado = cookieClient(server)
    const seen = record(recado)
    await until('live', () => recado.state === 'live')
    server.cookie = 'ana'
    server.closeSockets(1001)
    server.publish('maria', 'for ana', 'ana')
    await until('closed', () => recado.state === 'closed')
    expect(texts(seen)).toEqual([])
  })

  test('a peer that has gone silent is noticed, and left for a new socket', async () => {
    const server = await fakeServer()
    const proxy = closing(await startTcpProxy(server))
    const recado = client({ url: `http://127.0.0.1:${proxy.port}` }, { pingIntervalMs: 60 })
    const begun = performance.now()
    const seen = record(recado)
    await until('live', () => recado.state === 'live')
    // Long enough for several pings, to see that an answered one costs nothing.
    await until('some pings', () => server.upgrades === 1 && performance.now() > begun + 300)
    expect(recado.state).toBe('live')
    proxy.judge = () => 'swallow'
    server.publish('maria', 'into the void')
    await until('offline', () => recado.state !== 'live')
    proxy.judge = () => 'pass'
    await until('live again', () => recado.state === 'live')
    expect(texts(seen)).toEqual(['into the void'])
  })

  test('unplugged, it opens nothing and sends nothing, whatever happens, until it is plugged in', async () => {
    const server = await fakeServer()
    const recado = client(server)
    const seen = record(recado)
    await until('live', () => recado.state === 'live')
    recado.unplug()
    await until('offline', () => recado.state === 'offline')
    const { upgrades } = server
    const states: ConnectionState[] = []
    recado.onState(state => states.push(state))
    void recado.sendPublic('later')
    recado.wake()
    recado.drop()
    // Far longer than the client of these tests waits between two attempts.
    const opened = until(
      'nothing is opened or sent',
      () => server.upgrades > upgrades || server.messages.length > 0,
      600,
    )
    await expect(opened).rejects.toThrow('nothing is opened or sent')
    expect([states, recado.state, recado.transport]).toEqual([[], 'offline', undefined])
    recado.plug()
    await until('it was sent', () => texts(seen).includes('later'))
    expect(recado.transport).toBe('websocket')
    recado.unplug()
    await recado.close()
    expect(recado.state).toBe('closed')
  })

  test('close is final, leaves nothing open, and may be called twice', async () => {
    const server = await fakeServer()
    const recado = client(server)
    record(recado)
    recado.onPresence(() => {})
    await until('live', () => recado.state === 'live')
    await recado.close()
    await recado.close()
    expect(recado.state).toBe('closed')
    await until('no socket', () => server.sockets.size === 0)
    const upgrades = server.upgrades
    recado.drop()
    record(recado)
    expect(server.upgrades).toBe(upgrades)
  })

  test('dropped before it is known whose it is, a socket makes room for another at once', async () => {
    const server = await fakeServer()
    server.cookie = 'joao'
    const proxy = closing(await startTcpProxy(server))
    const recado = cookieClient({ url: `http://127.0.0.1:${proxy.port}` })
    let swallowed = 0
    proxy.judge = chunk => {
      if (!chunk.includes('id-joao')) return 'pass'
      swallowed += 1
      return 'swallow'
    }
    record(recado)
    await until('the answer is lost', () => swallowed > 0)
    proxy.judge = () => 'pass'
    recado.drop()
    await until('live', () => recado.state === 'live')
    await until('the first is gone', () => server.sockets.size === 1)
    expect(server.upgrades).toBe(2)
  })

  test('closing while connecting ends the attempt', async () => {
    const server = await fakeServer()
    const recado = client(server)
    record(recado)
    expect(recado.state).toBe('connecting')
    await recado.close()
    expect(recado.state).toBe('closed')
    await until('no socket', () => server.sockets.size === 0)
  })
})

describe('without WebSockets', () => {
  test('auto goes on over SSE after three refusals, and back when they work again', async () => {
    const server = await fakeServer()
    server.faults.webSocketBlocked = true
    const recado = client(server)
    const seen = record(recado)
    await until('live', () => recado.state === 'live')
    expect(server.upgrades).toBe(3)
    server.publish('maria', 'by SSE')
    await recado.sendPublic('by POST')
    await until('both', () => texts(seen).length === 2)
    server.faults.webSocketBlocked = false
    await until('a socket', () => server.sockets.size === 1)
    await until('live on it', () => recado.state === 'live' && server.starts.length === 2)
    await recado.sendPublic('by WebSocket')
    await until('the third', () => texts(seen).length === 3)
    expect(texts(seen)).toEqual(['by SSE', 'by POST', 'by WebSocket'])
    expect(server.attempts.map(({ over }) => over)).toEqual(['http', 'websocket'])
  })

  test('once a proxy lets WebSockets through, one is opened beside the stream, and stays', async () => {
    const server = await fakeServer()
    const proxy = closing(await startTcpProxy(server))
    proxy.judgeRequest = chunk => (/^upgrade: websocket/im.test(chunk.toString()) ? 'cut' : 'pass')
    const recado = client({ url: `http://127.0.0.1:${proxy.port}` })
    const seen = record(recado)
    await until('live', () => recado.state === 'live')
    expect([recado.transport, server.upgrades]).toEqual(['sse', 0])
    const states: ConnectionState[] = []
    recado.onState(state => states.push(state))
    proxy.judgeRequest = () => 'pass'
    await until('a socket', () => recado.transport === 'websocket')
    // As it is opened, and then over and over.
    for (let said = 0; said < 10; said += 1) await recado.sendPublic(`${said}`)
    await until('all of it', () => texts(seen).length === 10)
    await until('live on it', () => recado.state === 'live')
    expect([server.upgrades, server.sockets.size]).toEqual([1, 1])
    expect(states).toEqual(['connecting', 'behind', 'live'])
    expect(server.attempts.map(({ text, over }) => `${text} ${over}`)).toEqual(
      texts(seen).map(text => `${text} websocket`),
    )
  })

  test('a drop over SSE brings exactly what was missed', async () => {
    const server = await fakeServer()
    const recado = client(server, { transport: 'sse' })
    const seen = record(recado)
    await until('live', () => recado.state === 'live')
    server.publish('maria', '0')
    await until('0', () => texts(seen).length === 1)
    recado.drop()
    for (let i = 1; i <= 10; i += 1) server.publish('maria', String(i))
    await until('all', () => texts(seen).length === 11)
    expect(texts(seen)).toEqual(['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', '10'])
    expect(server.upgrades).toBe(0)
  })

  test('a stream that has gone silent is left for a new one', async () => {
    const server = await fakeServer()
    const proxy = closing(await startTcpProxy(server))
    const recado = client({ url: `http://127.0.0.1:${proxy.port}` }, { pingIntervalMs: 100, transport: 'sse' })
    const seen = record(recado)
    await until('live', () => recado.state === 'live')
    proxy.judge = () => 'swallow'
    server.publish('maria', 'into the void')
    await until('offline', () => recado.state !== 'live')
    proxy.judge = () => 'pass'
    await until('the message', () => texts(seen).length === 1)
  })

  test('a session that has ended is told over SSE too', async () => {
    const server = await fakeServer()
    const recado = cookieClient(server, { transport: 'sse' })
    record(recado)
    await until('closed', () => recado.state === 'closed')
  })

  test('history that was reset is told over SSE too', async () => {
    const server = await fakeServer()
    const recado = client(server, { transport: 'sse', since: 'zzzzzzzz-00000001' })
    const seen = record(recado)
    await until('live', () => recado.state === 'live')
    expect(seen).toEqual(['Reset HISTORY_RESET', 'CaughtUp 0'])
  })
})

describe('the urql client', () => {
  test('runs queries by POST and subscriptions on the same socket, again after a drop', async () => {
    const server = await fakeServer()
    const recado = client(server)
    record(recado)
    const users: string[][] = []
    const { unsubscribe } = recado.client.subscription(OnPresenceDocument, {}).subscribe(({ data }) => {
      if (data) users.push(data.onPresence.map(({ username }) => username))
    })
    await until('the snapshot', () => users.length === 1)
    expect(server.upgrades).toBe(1)
    server.presence('maria', true)
    await until('maria', () => users.length === 2)
    recado.drop()
    await until('the snapshot again', () => users.length === 3)
    unsubscribe()
    expect(users).toEqual([[], ['maria'], ['maria']])
  })

  test('an error of a subscription reaches its owner with its code, and does not come again', async () => {
    const server = await fakeServer()
    server.faults.feeds.push('SUBSCRIPTION_LIMIT')
    const recado = client(server)
    const result = await within('a result', recado.client.subscription(OnEventDocument, { since: null }).toPromise())
    expect(result.error?.graphQLErrors[0]?.extensions?.code).toBe('SUBSCRIPTION_LIMIT')
  })
})

describe('back-off', () => {
  test('grows from the minimum to the maximum, with full jitter, and starts again after a reset', () => {
    const highest = createBackoff(250, 15_000, () => 0.999_999)
    expect(Array.from({ length: 8 }, () => Math.round(highest.next()))).toEqual([
      500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000, 15_000,
    ])
    highest.reset()
    expect(Math.round(highest.next())).toBe(500)
    const lowest = createBackoff(250, 15_000, () => 0)
    expect(Array.from({ length: 3 }, () => lowest.next())).toEqual([250, 250, 250])
    expect(lowest.slow()).toBe(7_500)
  })
})
