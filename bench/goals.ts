// The goals as ratios within one run, and whether the figures meet them.
import { type Case, medianOf, medianRatio, type Results, type Row, type ScenarioResult } from './results.ts'

export interface Goal {
  /** What is compared, as a sentence's subject. */
  readonly text: string
  readonly bound: 'at most' | 'at least'
  readonly limit: number
  /** How the limit is written, where a decimal says less: `1/50`. */
  readonly shown?: string
  readonly unit?: string
  /** Undefined: not measured. */
  read(results: Results): number | undefined
}

export interface Verdict {
  readonly goal: Goal
  readonly value: number | undefined
  /** Undefined: not measured. */
  readonly met: boolean | undefined
}

const within = (results: Results, scenario: string): ScenarioResult | undefined =>
  results.scenarios.find(({ name }) => name === scenario)

/** A quick run has other sizes: where the case is missing, a scenario's only one is meant. */
function findCase(results: Results, scenario: string, id: string): Case | undefined {
  const cases = within(results, scenario)?.cases ?? []
  return cases.find(each => each.id === id) ?? (cases.length === 1 ? cases[0] : undefined)
}

const rowOf = (each: Case | undefined, name: string): Row | undefined => each?.rows.find(row => row.name === name)

/** Recado's figure divided by a peer's, in neighbouring runs. */
function toPeer(scenario: string, id: string, figure: string, peer: string) {
  return (results: Results): number | undefined => {
    const each = findCase(results, scenario, id)
    const [ours, theirs] = [rowOf(each, 'recado'), rowOf(each, peer)]
    return ours && theirs ? medianRatio(ours, theirs, figure) : undefined
  }
}

/** One row's figure divided by another's, in neighbouring runs. */
function between(scenario: string, id: string, figure: string, name: string, other: string) {
  return (results: Results): number | undefined => {
    const each = findCase(results, scenario, id)
    const [row, base] = [rowOf(each, name), rowOf(each, other)]
    return row && base ? medianRatio(row, base, figure) : undefined
  }
}

function figureOf(scenario: string, id: string, figure: string, name: string) {
  return (results: Results): number | undefined => {
    const row = rowOf(findCase(results, scenario, id), name)
    return row ? medianOf(row, figure) : undefined
  }
}

function ours(scenario: string, id: string, figure: string) {
  return (results: Results): number | undefined => {
    const row = rowOf(findCase(results, scenario, id), 'recado')
    return row ? medianOf(row, figure) : undefined
  }
}

/** The largest of a figure's medians over cases divided by the smallest. */
function spread(results: Results): number | undefined {
  const rooms = (within(results, 'growth')?.cases ?? []).filter(({ id }) => Number.parseInt(id, 10) >= 100)
  if (rooms.length < 2) return undefined
  const costs = rooms.flatMap(({ rows }) => rows.map(row => medianOf(row, 'cpuPerDelivery')))
  return Math.max(...costs) / Math.min(...costs)
}

/** A page of a million messages (or of the most there are) against one of the fewest. */
function pageGrowth(kind: string) {
  return (results: Results): number | undefined => {
    const each = within(results, 'pages')?.cases.find(({ id }) => id === kind)
    const first = each?.rows[0]
    const last = rowOf(each, 'messages-1000000') ?? each?.rows.at(-1)
    return first && last && first !== last ? medianRatio(last, first, 'p50') : undefined
  }
}

function replayedToLive(results: Results): number | undefined {
  const row = within(results, 'reconnect')
    ?.cases.flatMap(({ rows }) => rows)
    .find(({ name }) => name === 'recado')
  return row ? medianRatio(row, row, 'cpuPerReplayed', 'cpuPerLive') : undefined
}

const SATURATED = '1,000 subscribers, window 20'

export const GOALS: readonly Goal[] = [
  {
    text: `${SATURATED}: CPU a delivery, to Yoga + graphql-ws`,
    bound: 'at most',
    limit: 1 / 50,
    shown: '1/50',
    read: toPeer('fan-out', '1000/20', 'cpuPerDelivery', 'yoga'),
  },
  {
    text: `${SATURATED}: CPU a delivery, to raw ws`,
    bound: 'at most',
    limit: 1 / 7,
    shown: '1/7',
    read: toPeer('fan-out', '1000/20', 'cpuPerDelivery', 'raw-ws'),
  },
  {
    text: `${SATURATED}: CPU a delivery, to Socket.IO`,
    bound: 'at most',
    limit: 1 / 7,
    shown: '1/7',
    read: toPeer('fan-out', '1000/20', 'cpuPerDelivery', 'socket-io'),
  },
  {
    text: `${SATURATED}: CPU a delivery, to NATS`,
    bound: 'at most',
    limit: 1,
    read: toPeer('fan-out', '1000/20', 'cpuPerDelivery', 'nats'),
  },
  {
    text: `${SATURATED}: p99, to raw ws`,
    bound: 'at most',
    limit: 1,
    read: toPeer('fan-out', '1000/20', 'p99', 'raw-ws'),
  },
  {
    text: '1,000 subscribers, window 100: CPU a delivery, to NATS',
    bound: 'at most',
    limit: 1.1,
    read: toPeer('fan-out', '1000/100', 'cpuPerDelivery', 'nats'),
  },
  {
    text: `${SATURATED}: deliveries a second, to NATS`,
    bound: 'at least',
    limit: 1,
    read: toPeer('fan-out', '1000/20', 'deliveriesPerSecond', 'nats'),
  },
  {
    text: '50 messages/s to 1,000: CPU a delivery, to raw ws',
    bound: 'at most',
    limit: 1,
    read: toPeer('paced', '1000/50', 'cpuPerDelivery', 'raw-ws'),
  },
  {
    text: '50 messages/s to 1,000: p99, to raw ws',
    bound: 'at most',
    limit: 1.2,
    read: toPeer('paced', '1000/50', 'p99', 'raw-ws'),
  },
  {
    text: 'Durable sends over one WebSocket, pipelined',
    bound: 'at least',
    limit: 30_000,
    unit: '/s',
    read: ours('sends', 'pipelined', 'sendsPerSecond'),
  },
  {
    text: 'The same, to Yoga’s in memory',
    bound: 'at least',
    limit: 1.5,
    read: toPeer('sends', 'pipelined', 'sendsPerSecond', 'yoga'),
  },
  {
    text: '10,000 idle connections: memory each, to raw ws',
    bound: 'at most',
    limit: 1.5,
    read: toPeer('idle', '10000', 'keptBytes', 'raw-ws'),
  },
  {
    text: 'CPU to accept a connection, init and subscribe, to Yoga',
    bound: 'at most',
    limit: 1 / 3,
    shown: '1/3',
    read: toPeer('idle', '10000', 'cpuPerConnection', 'yoga'),
  },
  {
    text: '5,000 clients 200 messages behind: until all are live, to the bare floor',
    bound: 'at most',
    limit: 2,
    read: toPeer('reconnect', '5000', 'caughtUpMs', 'floor'),
  },
  {
    text: 'CPU of a replayed message, to a live one',
    bound: 'at most',
    limit: 2,
    read: replayedToLive,
  },
  {
    text: 'CPU a delivery from 100 to 10,000 subscribers: the highest, to the lowest',
    bound: 'at most',
    limit: 1.3,
    read: spread,
  },
  {
    text: 'The newest page at 10⁶ messages, to 10³',
    bound: 'at most',
    limit: 1.5,
    read: pageGrowth('newest'),
  },
  {
    text: 'A page in the middle at 10⁶ messages, to 10³',
    bound: 'at most',
    limit: 1.5,
    read: pageGrowth('middle'),
  },
  {
    text: 'One node over Redis: CPU a delivery (window 20), to the embedded file',
    bound: 'at most',
    limit: 1.25,
    read: between('nodes', '1000/20', 'cpuPerDelivery', 'one', 'embedded'),
  },
  {
    text: 'Durable sends from one node over Redis, pipelined',
    bound: 'at least',
    limit: 20_000,
    unit: '/s',
    read: figureOf('nodes', 'sends', 'sendsPerSecond', 'one'),
  },
  {
    text: 'Two nodes, 50 messages/s to 1,000: p50, to one node over Redis',
    bound: 'at most',
    limit: 1.5,
    read: between('nodes', '1000/50', 'p50', 'two', 'one'),
  },
  {
    text: 'The same: CPU of both nodes a delivery, to one node',
    bound: 'at most',
    limit: 1.25,
    read: between('nodes', '1000/50', 'cpuPerDelivery', 'two', 'one'),
  },
  {
    text: 'Redis back after 10 s: until everybody is live again (two nodes)',
    bound: 'at most',
    limit: 3_000,
    unit: ' ms',
    read: figureOf('nodes', 'recovery', 'liveAgainMs', 'two'),
  },
]

export function judge(results: Results): Verdict[] {
  return GOALS.map(goal => {
    const value = goal.read(results)
    if (value === undefined || Number.isNaN(value)) return { goal, value: undefined, met: undefined }
    return { goal, value, met: goal.bound === 'at most' ? value <= goal.limit : value >= goal.limit }
  })
}
