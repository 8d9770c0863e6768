// What several nodes over Redis cost beside one with its own file, and how they compare with Socket.IO's.
import { type Deployment, spread, startDeployment } from '../deployment.ts'
import type { ChatClient } from '../load/chat-client.ts'
import { FanOutLoad } from '../load/fan-out-load.ts'
import { createGraphqlClient, enterAll } from '../load/graphql-client.ts'
import { measureSends } from '../load/send-load.ts'
import { createSocketIoClient } from '../load/socket-io-client.ts'
import { PEERS } from '../peers.ts'
import type { Figures } from '../results.ts'
import type { ServerProcess } from '../server-process.ts'
import { FAN_OUT_COLUMNS, FAN_OUT_METHOD } from './measure-fan-out.ts'
import { measureRecovery } from './recovery.ts'
import { interleave, type Plan, type Scenario } from './scenario.ts'

const SUBSCRIBERS = 1_000
const ACCOUNTS = 50
const PER_SECOND = 50
const WINDOW = 20

const CASES = [
  { id: `${SUBSCRIBERS}/${WINDOW}`, label: `${SUBSCRIBERS.toLocaleString('en')} subscribers, window ${WINDOW}` },
  {
    id: `${SUBSCRIBERS}/${PER_SECOND}`,
    label: `${SUBSCRIBERS.toLocaleString('en')} subscribers, ${PER_SECOND} messages/s`,
  },
  { id: 'sends', label: '1 sender, pipelined' },
  { id: 'recovery', label: 'Redis killed, and back after 10 s' },
]

interface Nodes {
  readonly name: string
  readonly label: string
  start(): Promise<ServerProcess & Partial<Deployment>>
  connect(server: ServerProcess & Partial<Deployment>): Promise<ChatClient>
  /** Sends last before they are answered, and feeds resume: the others have no such cases. */
  readonly lasts: boolean
}

async function connectRecado({ port, ports = [port] }: ServerProcess & Partial<Deployment>): Promise<ChatClient> {
  const tokens = await enterAll(port, ACCOUNTS)
  return spread(ports.map(each => createGraphqlClient({ port: each, tokens })))
}

const connectSocketIo = async ({ port, ports = [port] }: ServerProcess & Partial<Deployment>): Promise<ChatClient> =>
  spread(ports.map(createSocketIoClient))

const NODES: readonly Nodes[] = [
  { name: 'embedded', label: 'Recado, its own file', start: PEERS.recado.start, connect: connectRecado, lasts: true },
  {
    name: 'one',
    label: 'Recado, one node over Redis',
    start: () => startDeployment('recado', 1),
    connect: connectRecado,
    lasts: true,
  },
  {
    name: 'two',
    label: 'Recado, two nodes over Redis',
    start: () => startDeployment('recado', 2),
    connect: connectRecado,
    lasts: true,
  },
  {
    name: 'socket-io-one',
    label: 'Socket.IO, one node, Redis Streams adapter',
    start: () => startDeployment('socket-io-redis', 1),
    connect: connectSocketIo,
    lasts: false,
  },
  {
    name: 'socket-io-two',
    label: 'Socket.IO, two nodes, Redis Streams adapter',
    start: () => startDeployment('socket-io-redis', 2),
    connect: connectSocketIo,
    lasts: false,
  },
]

export const nodes: Scenario = {
  name: 'nodes',
  title: 'Several nodes over Redis',
  method: `Redis keeps an append-only file that is synced each second. Subscribers take turns over the nodes, the sender is on the first; the nodes’ processor time is added up, Redis’s is beside it. Socket.IO’s adapter passes messages through a capped stream and acknowledges before they are in it. Recovery: Redis is killed under ${SUBSCRIBERS.toLocaleString('en')} subscribers and started again on its files after 10 s; the time is from when it answers until everybody has a message that was sent after it came back, and every message that was acknowledged before. ${FAN_OUT_METHOD}`,
  columns: [
    ...FAN_OUT_COLUMNS,
    { figure: 'redisCores', label: 'Redis, cores', digits: 2 },
    { figure: 'sendsPerSecond', label: 'answered sends/s', digits: 0, better: 'more' },
    { figure: 'cpuPerSend', label: 'node CPU, µs a send', digits: 1, better: 'less' },
    { figure: 'liveAgainMs', label: 'all live again after, ms', digits: 0, better: 'less' },
  ],
  ratioOf: 'cpuPerDelivery',
  async measure(plan) {
    const contestants = NODES.filter(({ name }) => !plan.quick || name !== 'socket-io-one').map(each => ({
      name: each.name,
      label: each.label,
      run: () => measureNodes(each, plan),
    }))
    return { cases: await interleave(plan, contestants, CASES), missing: [] }
  },
}

async function measureNodes(kind: Nodes, plan: Plan): Promise<Record<string, Figures>> {
  const span = plan.quick ? { warmUpMs: 300, measureMs: 700 } : { warmUpMs: 1_000, measureMs: 3_000 }
  const measured: Record<string, Figures> = {}
  const server = await kind.start()
  const { redisMs } = server
  try {
    const client = await kind.connect(server)
    const load = await FanOutLoad.open(server, client, SUBSCRIBERS)
    const beside = async (work: Promise<Figures>): Promise<Figures> => {
      const [before, started] = [redisMs?.() ?? 0, performance.now()]
      const figures = await work
      return redisMs ? { ...figures, redisCores: (redisMs() - before) / (performance.now() - started) } : figures
    }
    measured[`${SUBSCRIBERS}/${WINDOW}`] = await beside(load.saturate(WINDOW, span))
    measured[`${SUBSCRIBERS}/${PER_SECOND}`] = await beside(load.pace(PER_SECOND, span))
    load.close()
    if (!kind.lasts) return measured
    measured.sends = await measureSends(server, client.sender, { senders: 1, inFlight: 1_000, span })
    const { ports, interruptRedis } = server
    if (ports && interruptRedis) {
      measured.recovery = await measureRecovery({ ports, subscribers: SUBSCRIBERS, interrupt: interruptRedis })
    }
  } finally {
    await server.stop()
  }
  return measured
}
