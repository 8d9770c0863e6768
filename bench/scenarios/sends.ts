// How fast sends are answered. Recado answers once a message is on disk and synced; the others keep nothing.
import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { SendOptions, SendSocket } from '../load/chat-client.ts'
import type { Span } from '../load/fan-out-load.ts'
import { enterAll, SEND } from '../load/graphql-client.ts'
import { HttpSocket } from '../load/http-socket.ts'
import { measureSends } from '../load/send-load.ts'
import { available, PEERS, type Peer } from '../peers.ts'
import { quantile } from '../report/statistics.ts'
import type { Figures } from '../results.ts'
import { type Contestant, interleave, type Scenario } from './scenario.ts'

interface Kind {
  readonly id: string
  readonly label: string
  readonly senders: number
  /** Unanswered sends of each sender. */
  readonly inFlight: number
  readonly transport: 'socket' | 'http'
}

const KINDS: readonly Kind[] = [
  { id: 'alone', label: '1 sender, one at a time', senders: 1, inFlight: 1, transport: 'socket' },
  { id: 'pipelined', label: '1 sender, pipelined', senders: 1, inFlight: 1_000, transport: 'socket' },
  { id: 'many', label: '64 senders, pipelined', senders: 64, inFlight: 16, transport: 'socket' },
  { id: 'http', label: '1 sender over HTTP', senders: 1, inFlight: 1, transport: 'http' },
  { id: 'http-many', label: '64 senders over HTTP', senders: 64, inFlight: 1, transport: 'http' },
]
const SENDERS = Math.max(...KINDS.map(({ senders }) => senders))

export const sends: Scenario = {
  name: 'sends',
  title: 'Sends',
  method:
    'Senders without subscribers, over WebSockets (NATS: TCP, with a PING behind each publication) and over HTTP. “Pipelined” leaves at most 1,000 sends unanswered on the one socket, 16 on each of 64; over HTTP each sender has one request under way. Latency is from a send to its answer. The bare operation is a write of 4 KiB and its fdatasync, one after the other, on the same disk.',
  columns: [
    { figure: 'sendsPerSecond', label: 'answered sends/s', digits: 0, better: 'more' },
    { figure: 'cpuPerSend', label: 'server CPU, µs a send', digits: 1, better: 'less' },
    { figure: 'p50', label: 'p50, ms', digits: 2, better: 'less' },
    { figure: 'p99', label: 'p99, ms', digits: 2, better: 'less' },
    { figure: 'serverCores', label: 'server, cores', digits: 2 },
    { figure: 'clientCores', label: 'load client, cores', digits: 2 },
  ],
  ratioOf: 'sendsPerSecond',
  async measure(plan) {
    const span = plan.quick ? { warmUpMs: 200, measureMs: 500 } : { warmUpMs: 1_000, measureMs: 2_000 }
    const { peers, missing } = available(
      plan.quick ? ['recado', 'yoga'] : ['recado', 'yoga', 'raw-ws', 'socket-io', 'nats'],
    )
    const bare: Contestant = {
      name: 'bare-sync',
      label: 'bare write + fdatasync',
      run: async () => ({ alone: measureSyncs(plan.quick ? 200 : 1_000) }),
    }
    const contestants = peers.map(
      (peer): Contestant => ({ name: peer.name, label: peer.label, run: () => measurePeer(peer, span) }),
    )
    return { cases: await interleave(plan, [...contestants, bare], KINDS), missing }
  },
}

async function measurePeer(peer: Peer, span: Span): Promise<Record<string, Figures>> {
  const measured: Record<string, Figures> = {}
  const server = await peer.start()
  try {
    const client = await peer.connect(server.port, SENDERS)
    for (const { id, senders, inFlight, transport } of KINDS) {
      if (transport === 'socket') {
        measured[id] = await measureSends(server, client.sender, { senders, inFlight, span })
      } else if (peer === PEERS.recado || peer === PEERS.yoga) {
        // The same names cannot be entered twice: HTTP has its own accounts.
        const tokens = peer === PEERS.recado ? await enterAll(server.port, senders, `${id}-`) : []
        const open = (options: SendOptions): Promise<SendSocket> => openHttpSender(server.port, tokens, options)
        measured[id] = await measureSends(server, open, { senders, inFlight, span })
      }
    }
  } finally {
    await server.stop()
  }
  return measured
}

async function openHttpSender(
  port: number,
  tokens: readonly string[],
  { account = 0, onAcknowledged, onFault }: SendOptions,
): Promise<SendSocket> {
  const token = tokens[account]
  const socket = await HttpSocket.open(port, {
    path: '/graphql',
    ...(token === undefined ? {} : { headers: { Authorization: `Bearer ${token}` } }),
    onAnswer(body) {
      if (body.includes('"errors"')) onFault(`A sender was told ${body}`)
      else onAcknowledged?.(1)
    },
    onFault,
  })
  return {
    send(texts) {
      for (const text of texts) socket.post(JSON.stringify({ query: SEND, variables: { text } }))
    },
    destroy: () => socket.destroy(),
  }
}

/** What the disk gives to whoever waits for it each time. */
function measureSyncs(count: number): Figures {
  const folder = mkdtempSync(join(tmpdir(), 'recado-bench-sync-'))
  const file = openSync(join(folder, 'file'), 'w')
  const page = Buffer.alloc(4_096, 1)
  const latencies: number[] = []
  const started = performance.now()
  for (let index = 0; index < count; index++) {
    const at = performance.now()
    writeSync(file, page)
    fdatasyncSync(file)
    latencies.push(performance.now() - at)
  }
  const ms = performance.now() - started
  closeSync(file)
  rmSync(folder, { recursive: true, force: true })
  latencies.sort((a, b) => a - b)
  return {
    sendsPerSecond: (count * 1_000) / ms,
    p50: quantile(latencies, 0.5),
    p99: quantile(latencies, 0.99),
  }
}
