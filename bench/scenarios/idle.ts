// Many subscribed connections that say nothing: what each keeps in memory, and what it cost to let it in.
import { setTimeout as delay } from 'node:timers/promises'
import { Deliveries } from '../load/deliveries.ts'
import { openMany } from '../load/open-many.ts'
import { MARKER } from '../load/texts.ts'
import { whenIdle } from '../load/when-idle.ts'
import { available, type Peer } from '../peers.ts'
import type { Figures } from '../results.ts'
import type { ServerProcess } from '../server-process.ts'
import { interleave, type Scenario } from './scenario.ts'

/** Opened and closed before anything is measured: code is compiled, pools exist. */
const WARM_UP = 100
const ALL_SUBSCRIBED_MS = 30_000

export const idle: Scenario = {
  name: 'idle',
  title: 'Idle connections',
  method: `Everybody connects, subscribes and waits; afterwards one message shows that all were subscribed. Memory is what the server's process has resident above what it had after ${WARM_UP} connections had come and gone, for each connection: as it is a second after the last one came (with the garbage of letting them in), and after the server collected its garbage (Node's only), which is what a connection keeps. CPU is that of the server from the first handshake until it is quiet.`,
  columns: [
    { figure: 'keptBytes', label: 'kept, KB a connection', digits: 1, divisor: 1_000, better: 'less' },
    { figure: 'residentBytes', label: 'before collection, KB', digits: 1, divisor: 1_000, better: 'less' },
    { figure: 'cpuPerConnection', label: 'server CPU, µs a connection', digits: 0, better: 'less' },
    { figure: 'connectionsPerSecond', label: 'connections/s', digits: 0, better: 'more' },
  ],
  ratioOf: 'keptBytes',
  async measure(plan) {
    const count = plan.quick ? 2_000 : 10_000
    const { peers, missing } = available(
      plan.quick
        ? ['recado', 'yoga', 'raw-ws', 'bare-ws']
        : ['recado', 'yoga', 'raw-ws', 'bare-ws', 'socket-io', 'nats'],
    )
    const contestants = peers.map(peer => ({
      name: peer.name,
      label: peer.label,
      run: async () => ({ [count]: await measurePeer(peer, count) }),
    }))
    const cases = [{ id: String(count), label: `${count.toLocaleString('en')} connections` }]
    return { cases: await interleave(plan, contestants, cases), missing }
  },
}

async function measurePeer(peer: Peer, count: number): Promise<Figures> {
  const server = await peer.start(['--expose-gc'])
  try {
    const client = await peer.connect(server.port)
    const faults: string[] = []
    const onFault = (fault: string): void => void faults.push(fault)
    const first = await openMany(WARM_UP, () => client.subscribe({ onFrames() {}, onFault }))
    await whenIdle(server)
    for (const socket of first) socket.destroy()
    await whenIdle(server)
    await collect(server)
    const before = server.usage()
    const started = performance.now()
    const deliveries = new Deliveries(count)
    deliveries.send(1)
    const sockets = await openMany(count, index =>
      client.subscribe({ onFrames: frames => void deliveries.take(index, frames), onFault }),
    )
    const ms = performance.now() - started
    await whenIdle(server)
    const opened = server.usage()
    await delay(1_000)
    const resident = server.usage().rss
    await collect(server)
    const kept = server.usage().rss

    let isAnswered = false
    const sender = await client.sender({
      onFault,
      onAcknowledged() {
        isAnswered = true
      },
    })
    sender.send([MARKER])
    const deadline = performance.now() + ALL_SUBSCRIBED_MS
    while (!(deliveries.completed === 1 && isAnswered) && faults.length === 0) {
      if (performance.now() > deadline) {
        throw new Error(`${peer.label}: only ${deliveries.joined} of ${count} connections were subscribed`)
      }
      await delay(20)
    }
    sender.destroy()
    for (const socket of sockets) socket.destroy()
    if (faults.length > 0) throw new Error(faults.slice(0, 5).join('\n'))
    return {
      keptBytes: (kept - before.rss) / count,
      residentBytes: (resident - before.rss) / count,
      cpuPerConnection: ((opened.cpuMs - before.cpuMs) * 1_000) / count,
      connectionsPerSecond: (count * 1_000) / ms,
    }
  } finally {
    await server.stop()
  }
}

async function collect(server: ServerProcess): Promise<void> {
  await server.collect()
  // Pages are given back by threads of their own.
  await delay(500)
}
