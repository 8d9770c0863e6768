// The shape that all fan-outs share: for each number of subscribers, each peer is started afresh, everybody connects,
// and one load after the other is applied to the same connections.
import { FanOutLoad } from '../load/fan-out-load.ts'
import { available, type Peer, type PeerName } from '../peers.ts'
import type { Case, Column, Figures } from '../results.ts'
import { interleave, type Plan } from './scenario.ts'

export interface LoadKind {
  /** A case's id is the number of subscribers, a slash, and this. */
  readonly id: string
  readonly label: string
  /** Null: this peer is left out. */
  apply(load: FanOutLoad, peer: Peer): Promise<Figures> | null
}

export const FAN_OUT_COLUMNS: readonly Column[] = [
  { figure: 'cpuPerDelivery', label: 'server CPU, µs a delivery', digits: 2, better: 'less' },
  { figure: 'deliveriesPerSecond', label: 'deliveries/s', digits: 0, better: 'more' },
  { figure: 'p50', label: 'p50, ms', digits: 1, better: 'less' },
  { figure: 'p99', label: 'p99, ms', digits: 1, better: 'less' },
  { figure: 'serverCores', label: 'server, cores', digits: 2 },
  { figure: 'clientCores', label: 'load client, cores', digits: 2 },
]

export const FAN_OUT_METHOD =
  'Server CPU is the processor time, user and system, of all threads of the server’s process. Ten subscribers, spread evenly over the order of joining, decode every message and compare it (each one, once, in order); latency is from the send to there. All others count frames.'

export const WINDOW_METHOD =
  'The one sender keeps as many messages under way as the window says; a message is under way from its send until the last subscriber has it.'

export async function measureFanOut(
  plan: Plan,
  names: readonly PeerName[],
  sizes: readonly number[],
  kinds: readonly LoadKind[],
): Promise<{ cases: Case[]; missing: string[] }> {
  const { peers, missing } = available(names)
  const cases: Case[] = []
  for (const size of sizes) {
    plan.say(`${size} subscribers`)
    const contestants = peers.map(peer => ({
      name: peer.name,
      label: peer.label,
      run: () => measurePeer(peer, size, kinds),
    }))
    const loads = kinds.map(({ id, label }) => ({
      id: `${size}/${id}`,
      label: `${size.toLocaleString('en')} subscribers, ${label}`,
    }))
    cases.push(...(await interleave(plan, contestants, loads)))
  }
  return { cases, missing }
}

async function measurePeer(peer: Peer, size: number, kinds: readonly LoadKind[]): Promise<Record<string, Figures>> {
  const measured: Record<string, Figures> = {}
  const server = await peer.start()
  try {
    const load = await FanOutLoad.open(server, await peer.connect(server.port), size)
    for (const { id, apply } of kinds) {
      const figures = await apply(load, peer)
      if (figures) measured[`${size}/${id}`] = figures
    }
    load.close()
  } finally {
    await server.stop()
  }
  return measured
}
