// What hostile clients at full speed cost the others: how long messages take with nobody hostile, with the same attack on
// another server of the same machine (what the machine itself loses), and with the attack on this one, in turns. Load goes
// to the loopback only, and is bounded.
//   node bench/fairness.ts [--connections 200] [--hostile 20] [--attack all|sends|enters|churn|documents|…]
//     [--seconds 4] [--rounds 3] [--rate 10] [--addresses 1] [--window 4] [--pin]
// `--pin` gives the servers the first processor and all clients the second one: on a machine of two, where clients and
// attackers otherwise take from the server what on a network they could not take.
// JSON goes to standard output: each phase's latencies in milliseconds, and the median of the rounds' ratios.
import { type ChildProcess, execFileSync, fork } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import type { HostilePlan } from './hostile-process.ts'
import { enter, openGraphqlSocket, subscribeMessage } from './load/graphql-socket.ts'
import { ATTACKS, type Attack } from './load/hostile.ts'
import { openMany } from './load/open-many.ts'
import type { RawSocket } from './load/raw-socket.ts'
import { describeMachine, ensureOpenFiles } from './machine.ts'
import { median, quantile } from './report/statistics.ts'
import { type ServerProcess, startServer } from './server-process.ts'

const { values } = parseArgs({
  options: {
    connections: { type: 'string', default: '200' },
    hostile: { type: 'string', default: '20' },
    attack: { type: 'string', default: 'all' },
    seconds: { type: 'string', default: '4' },
    rounds: { type: 'string', default: '3' },
    rate: { type: 'string', default: '10' },
    addresses: { type: 'string' },
    window: { type: 'string', default: '4' },
    pin: { type: 'boolean', default: false },
  },
})
const connections = Number(values.connections)
const hostile = Number(values.hostile)
const seconds = Number(values.seconds)
const rounds = Number(values.rounds)
const rate = Number(values.rate)
/** An address has a thousand connections at most. */
const addresses = Number(values.addresses ?? Math.max(1, Math.ceil(hostile / 900)))
const attacks: readonly Attack[] = values.attack === 'all' ? ATTACKS : ATTACKS.filter(name => name === values.attack)
if (attacks.length === 0 || hostile >= connections) {
  console.error(`Attacks are ${ATTACKS.join(', ')} and all; there are fewer hostile connections than connections.`)
  process.exit(2)
}

/** The limits are those that the server has by default: they are part of what is measured. */
const ENV = {
  TRUST_PROXY: '127.0.0.1',
  SENDS_PER_SECOND: '10',
  SEARCHES_PER_SECOND: '5',
  ENTER_PER_MINUTE: '5',
  NEW_NAMES_PER_HOUR: '0',
  CONNECTIONS_PER_USER: '50',
}
const PER_ACCOUNT = 40
const SENDERS = 4
const SAMPLED = 20
const FEED = 'subscription { onMessage { id cursor text from { id username } } }'
const SEND = 'mutation ($text: String!) { sendMessage(text: $text, plain: true) { id } }'

interface Latencies {
  /** From the send to a sampled reader. */
  readonly deliveryP50: number
  readonly deliveryP99: number
  /** From the send to its acknowledgement. */
  readonly ackP50: number
  readonly ackP99: number
  readonly deliveries: number
  readonly sends: number
  /** Milliseconds of processor time of the server for each of the phase. */
  readonly serverLoad: number
}

/** Everybody who is not hostile. */
async function openGood({ port }: ServerProcess, count: number) {
  const tokens: string[] = []
  for (let i = 0; i < Math.max(SENDERS, Math.ceil(count / PER_ACCOUNT)); i++) tokens.push(await enter(port, `good${i}`))
  let deliveries: number[] = []
  let acks: number[] = []
  const sentAt = new Map<string, number>()
  let n = 0
  const readers = await openMany(count, async index => {
    const socket = await openGraphqlSocket({ port, token: tokens[index % tokens.length] as string })
    if (index % Math.max(1, Math.floor(count / SAMPLED)) === 0) {
      socket.onText = text => {
        const at = /"text":"good (\d+\.?\d*) /.exec(text)?.[1]
        if (at !== undefined) deliveries.push(performance.now() - Number(at))
      }
    }
    socket.send(subscribeMessage(FEED))
    return socket
  })
  const senders: RawSocket[] = []
  for (let i = 0; i < SENDERS; i++) {
    const socket = await openGraphqlSocket({ port, token: tokens[i] as string })
    socket.onText = text => {
      const id = /"id":"(send \d+)"/.exec(text)?.[1] ?? ''
      const at = sentAt.get(id)
      if (at === undefined) return
      if (!text.includes('"data":{"sendMessage"')) throw new Error(`A good sender was told ${text}`)
      acks.push(performance.now() - at)
      sentAt.delete(id)
    }
    senders.push(socket)
  }

  const sampled = readers.filter(reader => reader.onText !== undefined).length
  function send(): void {
    const id = `send ${++n}`
    const now = performance.now()
    sentAt.set(id, now)
    senders[n % senders.length]?.send(subscribeMessage(SEND, { text: `good ${now.toFixed(3)} ${n}` }, id))
  }

  return {
    /** Subscriptions are on their way when the sockets are open: waits until a message reaches all who are looked at. */
    async subscribed(): Promise<void> {
      do {
        deliveries = []
        send()
        await delay(2_000)
      } while (deliveries.length < sampled)
    },
    async measure(server: ServerProcess): Promise<Latencies> {
      deliveries = []
      acks = []
      const before = server.usage().cpuMs
      const started = performance.now()
      const end = started + seconds * 1_000
      for (let due = started; due < end; due += 1_000 / rate) {
        const wait = due - performance.now()
        if (wait > 0) await delay(wait)
        send()
      }
      const load = (server.usage().cpuMs - before) / (performance.now() - started)
      // What is late is late: it counts, for as long as it takes.
      const wanted = Math.round(seconds * rate)
      for (const last = performance.now() + 30_000; performance.now() < last; ) {
        if (acks.length >= wanted && deliveries.length >= wanted * sampled) break
        await delay(20)
      }
      if (deliveries.length < wanted * sampled)
        throw new Error(`${deliveries.length} of ${wanted * sampled} deliveries`)
      const [byDelivery, byAck] = [deliveries, acks].map(each => each.sort((a, b) => a - b)) as [number[], number[]]
      return {
        deliveryP50: round(quantile(byDelivery, 0.5)),
        deliveryP99: round(quantile(byDelivery, 0.99)),
        ackP50: round(quantile(byAck, 0.5)),
        ackP99: round(quantile(byAck, 0.99)),
        deliveries: byDelivery.length,
        sends: byAck.length,
        serverLoad: round(load),
      }
    },
    close() {
      for (const socket of [...readers, ...senders]) socket.destroy()
    },
  }
}

/** All threads of a process, and whatever it starts afterwards. */
function pin(pid: number, processor: number): void {
  execFileSync('taskset', ['--all-tasks', '--cpu-list', '--pid', String(processor), String(pid)], { stdio: 'pipe' })
}

function round(value: number): number {
  return Math.round(value * 100) / 100
}

async function openHostiles({ port }: ServerProcess, prefix: string) {
  const plan: HostilePlan = { port, attacks, sockets: hostile, addresses, window: Number(values.window), prefix }
  const script = fileURLToPath(new URL('hostile-process.ts', import.meta.url))
  const child: ChildProcess = fork(script, { env: { ...process.env, HOSTILE_PLAN: JSON.stringify(plan) } })
  const ready = once(child, 'message')
  const failed = once(child, 'exit').then(([code]) =>
    Promise.reject(new Error(`The hostile process ended with ${code}`)),
  )
  failed.catch(() => {})
  await Promise.race([ready, failed])
  return {
    start: () => void child.send('start'),
    async stop(): Promise<Record<string, number>> {
      const answer = once(child, 'message')
      child.send('stop')
      const [{ answers }] = (await Promise.race([answer, failed])) as [{ answers: Record<string, number> }]
      return answers
    },
    close: () => void child.kill(),
  }
}

// Of each process: the server has the most.
ensureOpenFiles(connections + 2_000)
if (values.pin) pin(process.pid, 1)
const server = await startServer('recado', ENV)
const other = await startServer('recado', ENV)
if (values.pin) for (const { pid } of [server, other]) pin(pid, 0)
console.error(`${connections - hostile} good and ${hostile} hostile connections (${attacks.join(', ')})`)
const good = await openGood(server, connections - hostile)
const [hostiles, elsewhere] = [await openHostiles(server, 'hostile'), await openHostiles(other, 'hostile')]
const phases: { baseline: Latencies; control: Latencies; attacked: Latencies }[] = []
let answers: Record<string, number> = {}
await good.subscribed()
// Everything is compiled, and every cache is warm.
await good.measure(server)
for (let i = 0; i < rounds; i++) {
  const baseline = await good.measure(server)
  elsewhere.start()
  await delay(500)
  const control = await good.measure(server)
  await elsewhere.stop()
  await delay(500)
  hostiles.start()
  await delay(500)
  const attacked = await good.measure(server)
  answers = await hostiles.stop()
  await delay(1_000)
  phases.push({ baseline, control, attacked })
  console.error(JSON.stringify({ round: i + 1, baseline, control, attacked }))
}
const ratio = (name: 'deliveryP99' | 'ackP99', than: 'baseline' | 'control'): number =>
  round(median(phases.map(({ attacked, [than]: before }) => attacked[name] / before[name])))
const ratios = {
  deliveryP99: ratio('deliveryP99', 'baseline'),
  ackP99: ratio('ackP99', 'baseline'),
  deliveryP99ToControl: ratio('deliveryP99', 'control'),
  ackP99ToControl: ratio('ackP99', 'control'),
}
good.close()
hostiles.close()
elsewhere.close()
await Promise.all([server.stop(), other.stop()])
const setting = {
  connections,
  hostile,
  attacks,
  addresses,
  rate,
  seconds,
  rounds,
  window: Number(values.window),
  pin: values.pin,
}
console.log(JSON.stringify({ setting, phases, ratios, answers, machine: describeMachine() }, null, 2))
console.error(
  `p99 under attack: ${ratios.deliveryP99} × the baseline (${ratios.deliveryP99ToControl} × the control) to readers`,
)
process.exit()
