// Readers that do not read: one pauses for 20 s, one never reads again, one is behind a connection that has died in silence.
import { readFileSync } from 'node:fs'
import { OPCODE } from '../../../audit/wire/frame.ts'
import { openRawSocket, type RawSocket } from '../../setup/raw-socket.ts'
import { enter } from '../../setup/request.ts'
import { EVENTS } from '../../setup/stock.ts'
import { startTcpProxy } from '../../setup/tcp-proxy.ts'
import { until } from '../../setup/until.ts'
import { type Alone, inAlone } from '../alone.ts'
import { newestCursor, openStockDevice, pause } from '../devices.ts'
import type { LedgerSession } from '../ledger.ts'
import { isAt } from '../verdict.ts'
import type { Row } from './row.ts'

/** The server's own. A socket without a byte for twice that and a second is destroyed. */
const PING_MS = 12_000
const GONE_MS = 30_000
const FOR_EVER_MS = 2 ** 30
const PAUSE_MS = 20_000
/** Before, and again afterwards: the machine has other things to do, too. */
const BASELINE_MS = 8_000
/** Twice the baseline is nothing to mind while both are below this: one slow disk sync is as much. */
const LATE_MS = 50
/** Long, so that a backlog is more than the kernel's buffers take: 14 KB. */
const TEXT = '😀'.repeat(3_500)
const LANES = 10

export const readers: Row = {
  name: 'readers',
  fault: 'a reader paused for 20 s, one that is stuck, a half-open socket',
  also: 'the first gets everything; the others are gone within 30 s and get everything once they resume; the p99 of others is under twice the baseline (that memory is bounded takes longer to see: `npm run soak -- stalled-reader`)',
  run: options => {
    const env = { PING_INTERVAL_MS: `${PING_MS}` }
    return inAlone({ ...options, devices: 1, env }, async alone => {
      const { figures } = alone
      const writing = writeMuch(alone)
      const baseline = await latenciesFor(alone, BASELINE_MS)
      const before = memoryOf(alone.server.pid)
      const paused = await openReader(alone, 'paused', alone.server.socket)
      const stuck = await openReader(alone, 'stuck', alone.server.socket)
      const relay = await startTcpProxy({ port: alone.server.port })
      alone.atLast(() => relay.close())
      const halfOpen = await openReader(alone, 'half open', `ws://127.0.0.1:${relay.port}/graphql`)
      for (const reader of [paused, stuck, halfOpen]) await until('it reads', () => reader.session.count > 0)
      paused.socket.pause()
      stuck.socket.pause()
      // Neither end hears of it.
      relay.judge = () => 'swallow'
      relay.judgeRequest = () => 'swallow'
      const began = performance.now()
      const gone = mustGo(alone, began, GONE_MS)
      const meanwhile = await latenciesFor(alone, PAUSE_MS)
      figures.feedsBehind = await gaugeOf(alone, 'recado_feeds{state="behind"}')
      if (figures.feedsBehind === 0) alone.wrong('no reader was behind: the backlog was too small to judge anything')
      paused.socket.resume()
      await gone
      const after = await latenciesFor(alone, BASELINE_MS)
      await writing.stop()
      const resident = memoryOf(alone.server.pid)
      const usual = Math.max(p99(baseline), p99(after))
      Object.assign(figures, {
        messages: writing.count(),
        baselineP99Ms: usual,
        meanwhileP99Ms: p99(meanwhile),
        grownMiB: resident - before,
      })
      const isLate = p99(meanwhile) > 2 * usual && p99(meanwhile) > LATE_MS
      if (isLate) alone.wrong(`others waited ${p99(meanwhile)} ms instead of ${usual} ms`)
      const [somebody] = alone.people
      if (!somebody) return
      const { cursor } = await alone.sender.beacon(somebody, null, 0)
      await until('the paused reader has everything', () => isAt(paused.session, cursor), 30_000).catch(error =>
        alone.ledger.violate('A', 'paused', String(error)),
      )
      for (const { session, token } of [stuck, halfOpen]) await resume(alone, session, token)
      alone.atLast(() => {
        for (const { socket } of [paused, stuck, halfOpen]) socket.destroy()
      })
    })
  },
}

interface Reader {
  readonly socket: RawSocket
  readonly session: LedgerSession
  readonly token: string
}

async function openReader(alone: Alone, name: string, url: string): Promise<Reader> {
  const { server, ledger } = alone
  const { token, username } = await enter(server.graphql, name.replace(' ', '-'))
  const session = ledger.session(name, username, false)
  session.startedAt(await newestCursor(server.graphql, token))
  const socket = await openRawSocket(url)
  socket.send({ type: 'connection_init', payload: { authorization: token } })
  await socket.receive()
  socket.send({ id: 'f', type: 'subscribe', payload: { query: EVENTS, variables: { since: session.cursor } } })
  void read(socket, session)
  return { socket, session, token }
}

/** Until the socket is gone. Whoever reads answers pings, too. */
async function read(socket: RawSocket, session: LedgerSession): Promise<void> {
  for (;;) {
    const frame = await socket.receiveFrame(FOR_EVER_MS).catch(() => null)
    if (!frame) return
    if (frame.opcode === OPCODE.ping) socket.sendFrame({ opcode: OPCODE.pong, payload: frame.payload })
    if (frame.opcode !== OPCODE.text) continue
    const event = JSON.parse(frame.payload.toString()).payload?.data?.onEvent
    if (event?.__typename !== 'MessageAdded') continue
    const { id, text, from, to } = event.message
    session.applied({ cursor: event.cursor, id, text, from: from.username, to: to?.username ?? null })
  }
}

/** Two of them are destroyed by the server, by its own account. */
async function mustGo(alone: Alone, began: number, withinMs: number): Promise<void> {
  const at = await connectionsOf(alone)
  await until('the stuck and the half-open one are gone', async () => (await connectionsOf(alone)) <= at - 2, withinMs)
    .then(() => alone.atLeast('goneMs', performance.now() - began))
    .catch(async () =>
      alone.wrong(`after ${withinMs} ms there are ${await connectionsOf(alone)} sockets, of ${at} at first`),
    )
}

function connectionsOf(alone: Alone): Promise<number> {
  return gaugeOf(alone, 'recado_connections{transport="websocket"}')
}

async function gaugeOf({ server }: Alone, name: string): Promise<number> {
  const text = await (await fetch(`${server.url}/metrics`)).text()
  const line = text.split('\n').find(each => each.startsWith(`${name} `))
  if (line === undefined) throw new Error(`the server does not tell ${name}`)
  return Number(line.slice(name.length + 1))
}

/** What it missed comes by its cursor, on a new connection. */
async function resume(alone: Alone, session: LedgerSession, token: string) {
  const { place, ledger, tally, random } = alone
  const entered = { token, username: session.account, id: '' }
  const name = `${session.account} again`
  const device = await openStockDevice({
    name,
    places: [place],
    ledger,
    tally,
    random,
    at: 0,
    entered,
    resumed: session,
  })
  const cursor = await newestCursor(place.graphql, token)
  alone.atLast(() => device.stop())
  await until('it has what it missed', () => isAt(session, cursor), 30_000).catch(error =>
    ledger.violate('A', name, String(error)),
  )
}

function writeMuch({ sender, people, random }: Alone) {
  let stopped = false
  let count = 0
  async function lane(n: number): Promise<void> {
    while (!stopped) {
      const from = people[n % people.length]
      if (!from) return
      const to = random() < 0.2 ? (people[(n + 1) % people.length]?.username ?? null) : null
      await sender.send({ from, to, text: `much ${count++} ${TEXT}` }, { givesUp: 0, isOver: () => false })
      await pause(random() * 20)
    }
  }
  const lanes = Promise.all(Array.from({ length: LANES }, (_, n) => lane(n)))
  return {
    count: () => count,
    async stop() {
      stopped = true
      await lanes
    },
  }
}

/** Milliseconds from an acknowledgement asked for until a bystander has the message, again and again for so long. */
async function latenciesFor({ ledger, sender, people }: Alone, ms: number): Promise<number[]> {
  const latencies: number[] = []
  const end = performance.now() + ms
  const from = people[0]
  if (!from) return latencies
  while (performance.now() < end) {
    const began = performance.now()
    const { text } = await sender.beacon(from, null, 0)
    while (!ledger.wasApplied(text)) await pause(1)
    latencies.push(performance.now() - began)
    await pause(10)
  }
  return latencies
}

function p99(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return Math.round(sorted[Math.floor(sorted.length * 0.99)] ?? 0)
}

function memoryOf(pid: number): number {
  const found = /^VmRSS:\s*(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))
  return Math.round(Number(found?.[1] ?? 0) / 1024)
}
