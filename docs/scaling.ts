// The arithmetic of docs/scaling.md: measured unit costs in, tables out. Nothing here is measured; the figures come from
// bench/results (npm run bench, node bench/unit-costs.ts), and each can be replaced on the command line.
//   npm run scaling                              # prints the tables
//   npm run scaling -- --people 200000 --rate 5  # other questions
//   npm run scaling -- --write                   # puts them into docs/scaling.md
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

/** Microseconds of processor time, unless it says otherwise. */
export interface UnitCosts {
  /** A write of one message to one socket: nearly all of it is the system call. */
  readonly writeUs: number
  /** A further message in the same write. */
  readonly copyUs: number
  /** Accepting a connection, its handshake, its subscription. */
  readonly connectUs: number
  readonly replayUs: number
  /** Bytes of a node's memory that an idle connection keeps; the kernel's are not in it. */
  readonly connectionBytes: number
  /** A send over a WebSocket, from frame to answer, all threads of the node. */
  readonly sendUs: number
  /** Redis' thread: a public append, a private one, one more subscriber of a channel, a subscription. */
  readonly appendUs: number
  readonly privateAppendUs: number
  readonly noticeUs: number
  readonly subscribeUs: number
  /** A node that hears of an entry. */
  readonly hearUs: number
  /** Redis' memory: a message with its indexes and its nonce, an account's channel on one node. */
  readonly messageBytes: number
  readonly privateMessageBytes: number
  readonly channelBytes: number
  /** Bytes on the wire of a message to a client. An assumption: fields and text of the bench. */
  readonly frameBytes: number
}

/** A node's main thread and Redis' thread are not to be busier than this. */
export const BUSY = 0.6

/** After a flush follows a pause of half its length, at most this long, in seconds (server/feed/hub.ts). */
const MOST_PAUSE = 0.004

export interface NodeLoad {
  /** How often everybody is written to, in a second. */
  readonly flushesPerSecond: number
  readonly messagesPerFlush: number
  /** Of one core. Above 1 it can not keep up. */
  readonly busy: number
  /** Until the last socket of a flush has been written to, in milliseconds. */
  readonly lastSocketMs: number
  readonly deliveriesPerSecond: number
  readonly megabitsPerSecond: number
}

/** @param rate messages a second in the space, all public, each to everybody */
export function nodeLoad(sockets: number, rate: number, costs: UnitCosts): NodeLoad {
  // What comes during a round leaves together in the next one: the longer a round, the more share a write, until both fit.
  let messagesPerFlush = 1
  let flush = 0
  for (let n = 0; n < 10_000; n++) {
    flush = flushSeconds(sockets, messagesPerFlush, costs)
    const gathered = Math.max(1, rate * (flush + Math.min(flush / 2, MOST_PAUSE)))
    if (Math.abs(gathered - messagesPerFlush) < 1e-6 || gathered > 1e9) break
    messagesPerFlush = gathered
  }
  const flushesPerSecond = rate / messagesPerFlush
  return {
    flushesPerSecond,
    messagesPerFlush,
    busy: flushesPerSecond * flush,
    lastSocketMs: flush * 1e3,
    deliveriesPerSecond: sockets * rate,
    megabitsPerSecond: (sockets * rate * costs.frameBytes * 8) / 1e6,
  }
}

/** To write this many messages to each of these sockets. */
function flushSeconds(sockets: number, messages: number, { writeUs, copyUs }: UnitCosts): number {
  return (sockets * (writeUs + copyUs * (messages - 1))) / 1e6
}

/** How busy Redis' one thread is. */
export function redisLoad(nodes: number, publicRate: number, privateRate: number, costs: UnitCosts): number {
  const { appendUs, privateAppendUs, noticeUs } = costs
  // A private message is a stub on `all`, which every node hears, and itself on two channels that a node or two hear.
  return (publicRate * (appendUs + nodes * noticeUs) + privateRate * (privateAppendUs + (nodes + 2) * noticeUs)) / 1e6
}

/** Appends a second at which Redis' thread is as busy as `BUSY`. */
export function mostAppends(nodes: number, isPrivate: boolean, costs: UnitCosts): number {
  return BUSY / redisLoad(nodes, isPrivate ? 0 : 1, isPrivate ? 1 : 0, costs)
}

/** Presence as the protocol has it: everybody is told of everybody, at most once a second. */
function presenceLoad(people: number, minutes: number, bytesEach: number) {
  const changesPerSecond = (2 * people) / (minutes * 60)
  return {
    changesPerSecond,
    listBytes: people * bytesEach,
    bytesPerSecondEach: changesPerSecond * bytesEach,
    bytesPerSecondInAll: changesPerSecond * bytesEach * people,
  }
}

interface BenchRow {
  readonly name: string
  readonly runs: readonly Readonly<Record<string, number>>[]
}

interface BenchResults {
  readonly scenarios: readonly {
    readonly name: string
    readonly cases: readonly { readonly id: string; readonly rows: readonly BenchRow[] }[]
  }[]
}

const read = (file: string): unknown =>
  JSON.parse(readFileSync(new URL(`../bench/results/${file}`, import.meta.url), 'utf8'))

/** Recado's figure in one case, the median of its runs. @throws Error when the results do not have it */
function figure(scenario: string, id: string, name: string): number {
  const bench = read('latest.json') as BenchResults
  const rows = bench.scenarios.find(one => one.name === scenario)?.cases.find(one => one.id === id)?.rows
  const values = rows?.find(row => row.name === 'recado')?.runs.flatMap(run => run[name] ?? []) ?? []
  const middle = values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]
  if (middle === undefined) throw new Error(`bench/results/latest.json has no ${name} of ${scenario} ${id}`)
  return middle
}

/** @throws Error for a figure that the results do not have */
export function readCosts(): UnitCosts {
  const unit = read('unit-costs.json') as {
    readonly bytesPerMessage: { readonly public: number; readonly private: number }
    readonly append: Readonly<Record<'everysec' | 'everysecPrivate', { readonly redisUs: number }>>
    readonly noticeRedisUs: number
    readonly noticeNodeUs: number
    readonly subscription: { readonly redisUs: number; readonly bytes: number }
  }
  const writeUs = figure('paced', '1000/50', 'cpuPerDelivery')
  return {
    writeUs,
    // Saturated, 100 messages share a write: what one of them costs is a hundredth of the write, and its own copy.
    copyUs: Math.max(0.01, figure('fan-out', '1000/100', 'cpuPerDelivery') - writeUs / 100),
    connectUs: figure('reconnect', '5000', 'cpuPerConnection'),
    replayUs: figure('reconnect', '5000', 'cpuPerReplayed'),
    connectionBytes: figure('idle', '10000', 'keptBytes'),
    sendUs: figure('sends', 'many', 'cpuPerSend'),
    appendUs: unit.append.everysec.redisUs,
    privateAppendUs: unit.append.everysecPrivate.redisUs,
    noticeUs: unit.noticeRedisUs,
    subscribeUs: unit.subscription.redisUs,
    hearUs: unit.noticeNodeUs,
    messageBytes: unit.bytesPerMessage.public,
    privateMessageBytes: unit.bytesPerMessage.private,
    channelBytes: unit.subscription.bytes,
    frameBytes: 350,
  }
}

type Align = 'l' | 'r'

function table(head: readonly string[], rows: readonly (readonly string[])[], align: Align = 'r'): string {
  const rule = head.map((_, n) => (n === 0 || align === 'l' ? '---' : '--:'))
  return [head, rule, ...rows].map(row => `| ${row.join(' | ')} |`).join('\n')
}

const whole = (value: number): string => Math.round(value).toLocaleString('en-US')
const percent = (value: number): string =>
  Number.isFinite(value) ? (value >= 1 ? 'too much' : `${(value * 100).toFixed(value < 0.1 ? 1 : 0)} %`) : 'too much'

function bytes(value: number): string {
  const units = ['B', 'KB', 'MB', 'GB', 'TB']
  const power = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log10(value) / 3)))
  return `${(value / 1000 ** power).toFixed(value / 1000 ** power < 10 && power > 0 ? 1 : 0)} ${units[power]}`
}

export interface Question {
  readonly people: number
  /** Messages a second in the space. */
  readonly rate: number
  /** Sockets of a node. */
  readonly sockets: number
}

/** Everything that is printed, by the name of its place in docs/scaling.md. */
export function describe(costs: UnitCosts, { people, rate, sockets }: Question): ReadonlyMap<string, string> {
  const nodes = Math.ceil(people / sockets)
  const rates = [...new Set([0.1, 1, 10, 100, rate])].sort((a, b) => a - b)

  const unit = table(
    ['unit', 'cost', 'from'],
    [
      ['a message written to a socket, alone in its write', `${costs.writeUs.toFixed(2)} µs`, 'paced 1000/50'],
      ['a further message in the same write', `${costs.copyUs.toFixed(2)} µs`, 'fan-out 1000/100, less 1/100 write'],
      ['a connection accepted and subscribed', `${whole(costs.connectUs)} µs`, 'reconnect 5000'],
      ['a message replayed', `${costs.replayUs.toFixed(2)} µs`, 'reconnect 5000'],
      ['memory of an idle connection, in the node', bytes(costs.connectionBytes), 'idle 10000'],
      ['a send answered, node, all threads', `${whole(costs.sendUs)} µs`, 'sends many (SQLite)'],
      ['a public append, Redis’ thread', `${costs.appendUs.toFixed(1)} µs`, 'unit-costs'],
      ['a private append, Redis’ thread', `${costs.privateAppendUs.toFixed(1)} µs`, 'unit-costs'],
      ['the notice of an append to one more node, Redis’ thread', `${costs.noticeUs.toFixed(2)} µs`, 'unit-costs'],
      ['a node that hears a notice', `${costs.hearUs.toFixed(1)} µs`, 'unit-costs'],
      ['an account’s channel subscribed, Redis’ thread', `${costs.subscribeUs.toFixed(1)} µs`, 'unit-costs'],
      ['memory of that channel, Redis', bytes(costs.channelBytes), 'unit-costs'],
      [
        'memory of a message with nonce and indexes, Redis',
        `${bytes(costs.messageBytes)}; private ${bytes(costs.privateMessageBytes)}`,
        'unit-costs',
      ],
      ['a message on the wire to a client', bytes(costs.frameBytes), 'assumed'],
    ],
    'l',
  )

  const checked = table(
    ['saturated fan-out, people / window', 'reckoned', 'measured'],
    ['100/20', '1000/20', '1000/100', '5000/20', '5000/100'].map(id => {
      const [count = 0, window = 0] = id.split('/').map(Number)
      const reckoned = (flushSeconds(count, window, costs) / count / window) * 1e6
      return [id, `${reckoned.toFixed(2)} µs`, `${figure('fan-out', id, 'cpuPerDelivery').toFixed(2)} µs`]
    }),
  )

  const one = table(
    [
      'people on the node',
      'messages/s',
      'deliveries/s',
      'writes/s',
      'main thread',
      'last socket after',
      'memory',
      'network',
    ],
    [1_000, 5_000, 20_000, 50_000].flatMap(count =>
      [1, 10, 50].map(each => {
        const load = nodeLoad(count, each, costs)
        return [
          whole(count),
          whole(each),
          whole(load.deliveriesPerSecond),
          whole(load.flushesPerSecond * count),
          percent(load.busy),
          `${whole(load.lastSocketMs)} ms`,
          bytes(count * costs.connectionBytes),
          `${whole(load.megabitsPerSecond)} Mbit/s`,
        ]
      }),
    ),
  )

  const redis = table(
    ['nodes', 'public appends/s', 'private appends/s', 'of these, a node spends hearing'],
    [1, 3, 10, 50, 200, 1_000].map(count => [
      whole(count),
      whole(mostAppends(count, false, costs)),
      whole(mostAppends(count, true, costs)),
      percent((mostAppends(count, true, costs) * costs.hearUs) / 1e6),
    ]),
  )

  const million = table(
    [
      'messages/s',
      'deliveries/s',
      'network, all nodes',
      'a node’s main thread',
      'last socket after',
      'Redis’ thread',
      'Redis’ network',
      'history a year',
    ],
    rates.map(each => {
      const load = nodeLoad(sockets, each, costs)
      return [
        String(each),
        whole(people * each),
        `${((load.megabitsPerSecond * nodes) / 1e3).toFixed(1)} Gbit/s`,
        percent(load.busy),
        `${whole(load.lastSocketMs)} ms`,
        percent(redisLoad(nodes, each, 0, costs)),
        `${bytes(each * nodes * costs.frameBytes)}/s`,
        bytes(each * 86_400 * 365 * costs.messageBytes),
      ]
    }),
  )

  const privateRates = [1_000, 60, 10, 1].map(minutes => people / (minutes * 60))
  const privately = table(
    ['each person sends one every', 'private messages/s', 'Redis’ thread', 'a node spends hearing'],
    privateRates.map((each, n) => [
      `${[1_000, 60, 10, 1][n]} min`,
      whole(each),
      percent(redisLoad(nodes, 0, each, costs)),
      percent((each * costs.hearUs) / 1e6),
    ]),
  )

  const presence = table(
    ['people', 'the list, each', 'changes/s', 'to each', 'to all'],
    [1_000, 10_000, 100_000, people].map(count => {
      const load = presenceLoad(count, 30, 90)
      return [
        whole(count),
        bytes(load.listBytes),
        whole(load.changesPerSecond),
        `${bytes(load.bytesPerSecondEach)}/s`,
        `${bytes(load.bytesPerSecondInAll)}/s`,
      ]
    }),
  )

  const storm = table(
    ['', ''],
    [
      [
        'its people, spread over the others',
        `${whole(sockets)} over ${whole(nodes - 1)}: ${whole(sockets / Math.max(1, nodes - 1))} each`,
      ],
      [
        'CPU to take them, 50 missed messages each',
        `${((sockets * (costs.connectUs + 50 * costs.replayUs)) / 1e6).toFixed(1)} s in all, ${whole((sockets * (costs.connectUs + 50 * costs.replayUs)) / 1e3 / Math.max(1, nodes - 1))} ms on each`,
      ],
      ['channels subscribed, Redis’ thread', `${whole((sockets * costs.subscribeUs) / 1e3)} ms`],
      [
        `all nodes at once: channels of ${whole(people)}`,
        `${((people * costs.subscribeUs) / 1e6).toFixed(1)} s of Redis’ thread, ${bytes(people * costs.channelBytes)}`,
      ],
    ],
    'l',
  )

  return new Map([
    ['unit costs', unit],
    ['check', checked],
    ['one node', one],
    ['one redis', redis],
    ['a million', `${whole(people)} people, ${whole(sockets)} on a node: ${whole(nodes)} nodes.\n\n${million}`],
    ['private', privately],
    ['presence', presence],
    ['a node dies', storm],
  ])
}

function main(): void {
  const costs = readCosts()
  const { values } = parseArgs({
    options: {
      people: { type: 'string', default: '1000000' },
      rate: { type: 'string', default: '1' },
      sockets: { type: 'string', default: '20000' },
      write: { type: 'boolean', default: false },
      ...Object.fromEntries(Object.keys(costs).map(name => [name, { type: 'string' as const }])),
    },
  })
  const given = Object.entries(values as Record<string, string | boolean | undefined>)
  const replaced = Object.fromEntries(
    given.filter(([name]) => name in costs).map(([name, text]) => [name, Number(text)]),
  )
  const question = { people: Number(values.people), rate: Number(values.rate), sockets: Number(values.sockets) }
  for (const [name, value] of Object.entries({ ...question, ...replaced })) {
    if (!(value > 0)) throw new Error(`--${name} must be a number above 0`)
  }
  const parts = describe({ ...costs, ...replaced }, question)
  if (!values.write) {
    for (const [name, text] of parts) console.log(`## ${name}\n\n${text}\n`)
    return
  }
  const file = fileURLToPath(new URL('./scaling.md', import.meta.url))
  let page = readFileSync(file, 'utf8')
  for (const [name, text] of parts) {
    const place = new RegExp(`<!-- ${name} -->[\\s\\S]*?<!-- /${name} -->`)
    if (!place.test(page)) throw new Error(`docs/scaling.md has no place for "${name}"`)
    page = page.replace(place, () => `<!-- ${name} -->\n${text}\n<!-- /${name} -->`)
  }
  writeFileSync(file, page)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main()
