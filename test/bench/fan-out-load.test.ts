// The load finds out when a server loses, doubles, swaps or alters a message, and real peers do none of that.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { WebSocketServer } from 'ws'
import { Deliveries } from '../../bench/load/deliveries.ts'
import { FanOutLoad } from '../../bench/load/fan-out-load.ts'
import { createPlainClient } from '../../bench/load/plain-client.ts'
import { PEERS, type PeerName } from '../../bench/peers.ts'
import { readUsage, type ServerProcess } from '../../bench/server-process.ts'
import { createMessages } from '../../bench/servers/messages.ts'

const SPAN = { warmUpMs: 50, measureMs: 150 }
const stops: (() => Promise<void>)[] = []

afterEach(async () => {
  for (const stop of stops.splice(0)) await stop()
})

/**
 * The loop of raw ws, in this process, with a defect.
 * @param spoil answers with what a subscriber is sent instead of the n-th message
 */
async function startSpoiler(spoil: (json: string, n: number, subscriber: number) => readonly string[]) {
  const server = createServer()
  const [subscribers, senders] = [0, 1].map(() => new WebSocketServer({ noServer: true })) as [
    WebSocketServer,
    WebSocketServer,
  ]
  server.on('upgrade', (request, socket, head) => {
    const wss = request.url === '/chat?send' ? senders : subscribers
    wss.handleUpgrade(request, socket, head, ws => wss.emit('connection', ws, request))
  })
  const createMessage = createMessages()
  let n = 0
  senders.on('connection', ws => {
    ws.on('message', data => {
      const { text } = JSON.parse(String(data)) as { text: string }
      const json = JSON.stringify(createMessage(text))
      // Markers say who has joined; what follows them is numbered.
      const number = text.startsWith('marker') ? -1 : n++
      for (const [index, client] of [...subscribers.clients].entries()) {
        for (const each of number < 0 ? [json] : spoil(json, number, index)) client.send(each)
      }
    })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  stops.push(async () => {
    for (const client of [...subscribers.clients, ...senders.clients]) client.terminate()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  const process_: ServerProcess = {
    port,
    pid: process.pid,
    usage: () => readUsage(process.pid),
    async collect() {},
    async stop() {},
  }
  return process_
}

async function measure(server: ServerProcess): Promise<number> {
  const load = await FanOutLoad.open(server, createPlainClient(server.port, '/chat'), 12)
  const { checked } = await load.saturate(5, SPAN)
  load.close()
  return checked
}

describe('a server that', () => {
  test('does it right is measured', async () => {
    const server = await startSpoiler(json => [json])
    expect(await measure(server)).toBeGreaterThan(100)
  })

  test('sends a message twice is found out', async () => {
    const server = await startSpoiler((json, n) => (n === 30 ? [json, json] : [json]))
    await expect(measure(server)).rejects.toThrow('got message 30 instead of 31')
  })

  test('sends a message twice to one who only counts is found out', async () => {
    const server = await startSpoiler((json, n, subscriber) => (n === 3 && subscriber === 1 ? [json, json] : [json]))
    await expect(measure(server)).rejects.toThrow('Subscriber 1 got more messages than were sent')
  })

  test('swaps two messages is found out', async () => {
    let held = ''
    const server = await startSpoiler((json, n, subscriber) => {
      if (subscriber !== 0) return [json]
      if (n === 10) {
        held = json
        return []
      }
      return n === 11 ? [json, held] : [json]
    })
    await expect(measure(server)).rejects.toThrow('got message 11 instead of 10')
  })

  test('alters a message is found out', async () => {
    const server = await startSpoiler((json, n) => [n === 7 ? json.replace('"to":null', '"to":{}') : json])
    await expect(measure(server)).rejects.toThrow('a field missing or out of order')
  })

  test('sends something else is found out', async () => {
    const server = await startSpoiler((json, n) => (n === 7 ? [json, '{"error":true}'] : [json]))
    await expect(measure(server)).rejects.toThrow('was told {"error":true}')
  })

  test('goes away is found out', async () => {
    const server = await startSpoiler((json, n) => {
      if (n === 20) setImmediate(() => stops[0]?.())
      return [json]
    })
    await expect(measure(server)).rejects.toThrow('closed')
  })
})

describe('deliveries', () => {
  test('a message is completed by the last who gets it', () => {
    const deliveries = new Deliveries(3)
    deliveries.send(2)
    expect(deliveries.take(0, 2)).toBe(false)
    expect(deliveries.take(1, 1)).toBe(false)
    expect(deliveries.take(2, 2)).toBe(true)
    expect([deliveries.completed, deliveries.inFlight, deliveries.fewest]).toEqual([1, 1, 1])
    expect(deliveries.take(1, 1)).toBe(true)
    expect([deliveries.completed, deliveries.inFlight, deliveries.total]).toEqual([2, 0, 6])
    expect(deliveries.hasSurplus).toBe(false)
    deliveries.take(1, 1)
    expect(deliveries.hasSurplus).toBe(true)
  })

  test('counts go on beyond what can be under way at once', () => {
    const deliveries = new Deliveries(2)
    for (let round = 0; round < 30; round++) {
      deliveries.send(1_000)
      deliveries.take(0, 1_000)
      deliveries.take(1, 1_000)
    }
    expect([deliveries.completed, deliveries.inFlight]).toEqual([30_000, 0])
    expect(() => deliveries.send(10_000)).toThrow(RangeError)
  })
})

describe('a real server', () => {
  const names: readonly PeerName[] = ['recado', 'yoga', 'raw-ws', 'socket-io', 'faye-websocket', 'sockjs']

  test.each(names)('%s sends every message to everybody, once and in order', async name => {
    const peer = PEERS[name]
    const server = await peer.start()
    stops.push(() => server.stop())
    const load = await FanOutLoad.open(server, await peer.connect(server.port, 3), 12)
    const saturated = await load.saturate(5, SPAN)
    const paced = await load.pace(50, SPAN)
    load.close()
    expect(saturated.checked).toBeGreaterThan(0)
    expect(saturated.deliveriesPerSecond).toBeGreaterThan(0)
    expect(saturated.p99).toBeGreaterThanOrEqual(saturated.p50)
    expect(paced.checked).toBeGreaterThan(0)
  })
})
