// A server that is told to stop under load: it answers what it has accepted, refuses the rest so that it can be
// repeated, lets everybody go, and nobody misses anything on the next one.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type ServerChild, startServerChild } from '../setup/child.ts'
import { createOracle } from '../setup/oracle.ts'
import { openRawSocket, type RawSocket } from '../setup/raw-socket.ts'
import { codeOf, type Data, data, enter, type SendVariables, send, trySend } from '../setup/request.ts'
import { EVENTS, live, stockClient, textsOf } from '../setup/stock.ts'
import { until } from '../setup/until.ts'

let dataDir: string
let child: ServerChild

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'recado-drain-'))
})

afterAll(async () => {
  await child.stop('SIGKILL')
  await rm(dataDir, { recursive: true, force: true })
})

describe('drain', () => {
  test('DRAIN-1 DRAIN-2 CLOSE-3 SEND-5 HTTP-7 SIGTERM under load: not ready, upgrades 503, sends answered or DRAINING, 1012 in waves, exit 0, nothing lost', async () => {
    child = await startServerChild({ dataDir, env: { DRAIN_SECONDS: '3' } })
    expect((await fetch(`${child.url}/health/live`)).status).toBe(200)
    expect((await fetch(`${child.url}/health/ready`)).status).toBe(200)
    const { token } = await enter(child.graphql, 'ana', 'a good password')

    const oracle = createOracle()
    const closes: { code: number; at: number }[] = []
    const devices = Array.from({ length: 20 }, () => {
      let since: string | null = null
      const device = stockClient(child.socket, token, {
        retryAttempts: 100,
        retryWait: () => new Promise(resolve => setTimeout(resolve, 200)),
        shouldRetry: () => true,
        on: { closed: event => closes.push({ code: (event as CloseEvent).code, at: performance.now() }) },
      })
      const variables = {
        get since() {
          return since
        },
      }
      const session = oracle.session('device', 'ana')
      let started = false
      const stop = device.client.subscribe(
        { query: EVENTS, variables },
        {
          next(result) {
            const { onEvent } = result.data as Data
            since = onEvent.cursor
            if (onEvent.__typename === 'CaughtUp' && !started) {
              started = true
              session.startedAt(onEvent.cursor)
            }
            if (onEvent.__typename !== 'MessageAdded') return
            const { id, text } = onEvent.message
            session.applied({ cursor: onEvent.cursor, id, text, from: 'ana', to: null })
          },
          error() {},
          complete() {},
        },
      )
      return { device, session, stop, isLive: () => started }
    })
    await until('all are live', () => devices.every(({ isLive }) => isLive()))
    const streamText = (async () => {
      const response = await fetch(child.graphql, {
        method: 'POST',
        headers: { 'content-type': 'application/json', accept: 'text/event-stream', authorization: `Bearer ${token}` },
        body: JSON.stringify({ query: 'subscription { onEvent { __typename } }' }),
      })
      return response.text()
    })()

    // Sends over HTTP, eight at a time, each repeated with its nonce until it is answered.
    let stopped = false
    let number = 0
    const codes = new Map<string, number>()
    const lane = async (): Promise<void> => {
      while (!stopped) {
        const nonce = `n${number++}`
        const variables: SendVariables = { text: `text ${nonce}`, nonce }
        oracle.sending({ nonce, from: 'ana', to: null, text: variables.text })
        for (;;) {
          const result = await trySend(child.graphql, token, variables).catch(() => null)
          const code = result ? codeOf(result) : 'NETWORK'
          codes.set(String(code), (codes.get(String(code)) ?? 0) + 1)
          if (result?.data?.sendMessage) {
            oracle.acknowledged(nonce, result.data.sendMessage)
            break
          }
          expect(['NETWORK', 'DRAINING']).toContain(code)
          await new Promise(resolve => setTimeout(resolve, 50))
        }
      }
    }
    const lanes = Array.from({ length: 8 }, lane)
    await until('some load', () => oracle.counts.acknowledged > 100)

    // A connection that is there already still says how it stands.
    const idle = await openRawSocket(child.socket)
    const stopping = child.stop('SIGTERM', 12_000)
    const signalled = performance.now()
    const { port } = child
    await until('the first socket is let go', () => closes.length > 0)
    const late = await openRawSocket(child.socket).then(
      socket => socket.status,
      () => 'refused',
    )
    expect([503, 'refused']).toContain(late)
    expect(await stopping).toBe(0)
    expect(performance.now() - signalled).toBeLessThan(10_000)
    const told = closes.filter(({ code }) => code === 1012)
    expect(told.length).toBeGreaterThanOrEqual(20)
    const times = told.map(({ at }) => at)
    expect(Math.max(...times) - Math.min(...times)).toBeGreaterThan(800)
    const text = await streamText
    expect(text).toContain('CaughtUp')
    expect(text).not.toContain('event: complete')
    idle.destroy()

    child = await startServerChild({ dataDir, port })
    await until('load goes on', () => oracle.counts.acknowledged > 300)
    stopped = true
    await Promise.all(lanes)
    await until('all have everything', () => {
      const expected = oracle.counts.acknowledged
      return devices.every(({ session }) => session.count >= expected)
    })
    expect(oracle.judge()).toEqual([])
    expect(codes.get('null')).toBeGreaterThan(300)
    for (const { stop, device } of devices) {
      stop()
      await device.dispose()
    }
  })

  test('DRAIN-1 SEND-5 a send on a socket that is still there is DRAINING, and its nonce is free for the next server', async () => {
    const { token } = await enter(child.graphql, 'bia')
    const { messages } = await data(child.graphql, '{ messages { pageInfo { endCursor } } }', { token })
    const since: string = messages.pageInfo.endCursor
    const sockets: RawSocket[] = []
    for (let i = 0; i < 30; i++) {
      const socket = await openRawSocket(child.socket)
      socket.send({ type: 'connection_init', payload: { authorization: token } })
      await socket.receive()
      sockets.push(socket)
    }
    // The last one to come is in the last wave.
    const last = sockets.at(-1)
    if (!last) throw new Error('no socket')
    const stopping = child.stop('SIGTERM', 12_000)
    let refused: { nonce: string; code: string } | null = null
    for (let i = 0; refused === null; i++) {
      const nonce = `late ${i}`
      const query = `mutation { sendMessage(text: "${nonce}", nonce: "${nonce}") { id } }`
      last.send({ id: nonce, type: 'subscribe', payload: { query } })
      const { payload } = await last.receive()
      expect((await last.receive()).type).toBe('complete')
      if (payload.errors) refused = { nonce, code: payload.errors[0].extensions.code }
    }
    expect(refused.code).toBe('DRAINING')
    for (const socket of sockets) socket.destroy()
    expect(await stopping).toBe(0)

    child = await startServerChild({ dataDir, port: child.port })
    const { nonce } = refused
    const first = await send(child.graphql, token, { text: nonce, nonce })
    expect(await send(child.graphql, token, { text: nonce, nonce })).toEqual(first)
    const reader = stockClient(child.socket, token)
    const replay = reader.subscribe(EVENTS, { since })
    await live(replay)
    expect(textsOf(replay).filter(text => text === nonce)).toEqual([nonce])
    await reader.dispose()
  })
})
