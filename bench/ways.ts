// The same chat received in five ways: polling each second, each five, long polling, SSE, WebSocket. Measures requests,
// bytes on the wire, latency and the server's processor time.
//   npm run ways                 # measures and shows; about 7 minutes
//   npm run ways -- --write      # also keeps bench/results/ways.json, and writes the tables and charts of the pages
//   npm run ways -- --show       # measures nothing: shows what that file has; with --write writes the pages from it
//   npm run ways -- --people 20 --seconds 10
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { loadavg } from 'node:os'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { whenIdle } from './load/when-idle.ts'
import { describeMachine, type Machine } from './machine.ts'
import { quantile } from './report/statistics.ts'
import { startServer } from './server-process.ts'
import { noCosts } from './ways/meter.ts'
import { type Reader, WAYS, type Way } from './ways/readers.ts'
import { waysTable, writePages } from './ways/report.ts'

export interface WayRow {
  readonly way: Way
  /** Of all people together, in the measured time. */
  readonly requests: number
  readonly connections: number
  readonly upBytes: number
  readonly downBytes: number
  /** Milliseconds from the send to the reader's having the text. */
  readonly p50: number
  readonly p95: number
  readonly deliveries: number
  /** Milliseconds of processor time of all the server's threads, in the measured time. */
  readonly cpuMs: number
}

export interface WaysChat {
  readonly id: 'quiet' | 'busy'
  readonly messages: number
  readonly rows: readonly WayRow[]
}

export interface WaysResults {
  readonly people: number
  readonly seconds: number
  /** RFC 3339. */
  readonly measuredAt: string
  readonly machine: Machine
  /** Processes that wanted a core in the minute before: above its cores, latency and CPU say less. */
  readonly loadBefore: number
  readonly chats: readonly WaysChat[]
}

const FILE = new URL('results/ways.json', import.meta.url)

/** Messages a second. */
const CHATS = { quiet: 0.1, busy: 1 } as const
/** Slowest: a message right after a poll of five seconds. */
const LAST_MS = 30_000

/** Nanoseconds that all threads of a process have run so far: finer than the ticks of /proc/PID/stat. */
function threadTime(pid: number): number {
  return readdirSync(`/proc/${pid}/task`).reduce((sum, task) => {
    const [ran = '0'] = readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'utf8').split(' ')
    return sum + Number(ran)
  }, 0)
}

async function measure(way: Way, messages: number, people: number, seconds: number): Promise<WayRow> {
  const server = await startServer('long-polling')
  const readers: Reader[] = []
  try {
    const recado = await (await fetch(`http://127.0.0.1:${server.port}/`)).text()
    const port = Number(new URL(recado).port)
    const ask = async (query: string, token?: string) => {
      const response = await fetch(`${recado}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...(token ? { authorization: `Bearer ${token}` } : {}) },
        body: JSON.stringify({ query }),
      })
      const { data, errors } = (await response.json()) as {
        data: Record<string, Record<string, unknown>>
        errors?: unknown
      }
      if (errors) throw new Error(JSON.stringify(errors))
      return data
    }
    const enter = async (name: string): Promise<string> =>
      String((await ask(`mutation { enter(username: "${name}") { token } }`)).enter?.token)

    const sender = await enter('sender')
    // The first message makes a place to begin from.
    const first = await ask('mutation { sendMessage(text: "begin") { cursor } }', sender)
    const since = String(first.sendMessage?.cursor)

    const costs = noCosts()
    const sentAt: number[] = []
    const latencies: number[] = []
    /** How many messages each reader has had, in order. */
    const heard = Array.from({ length: people }, () => 0)
    let fault: Error | undefined
    for (let i = 0; i < people; i++) {
      const token = await enter(`reader-${i}`)
      const reader = WAYS[way]({
        port,
        doorPort: server.port,
        token,
        since,
        phase: i / people,
        costs,
        onText(text) {
          const number = Number(/^#(\d+) /.exec(text)?.[1] ?? -1)
          if (number !== heard[i]) fault ??= new Error(`${way}: reader ${i} got ${text} after ${heard[i]} messages`)
          heard[i] = number + 1
          latencies.push(performance.now() - (sentAt[number] ?? Number.NaN))
        },
        onFault(error) {
          fault ??= error
        },
      })
      readers.push(reader)
      await reader.start()
    }
    if (!way.startsWith('polling')) await whenIdle(server)

    Object.assign(costs, noCosts())
    const began = performance.now()
    const cpuBefore = threadTime(server.pid)
    for (let n = 0; n < messages; n++) {
      // One in each part of the time, anywhere in it: polls must not fall in step with sends.
      const at = ((n + Math.random()) / messages) * seconds * 1_000
      await delay(Math.max(0, at - (performance.now() - began)))
      sentAt[n] = performance.now()
      // Not awaited: the next one comes when it comes.
      ask(
        `mutation { sendMessage(text: "#${n} ${'uma frase como as que as pessoas escrevem'.padEnd(60, '.')}") { id } }`,
        sender,
      ).catch(error => {
        fault ??= error
      })
    }
    await delay(Math.max(0, seconds * 1_000 - (performance.now() - began)))
    const cpuMs = (threadTime(server.pid) - cpuBefore) / 1e6
    const spent = { ...costs }

    const deadline = performance.now() + LAST_MS
    while (fault === undefined && heard.some(count => count < messages)) {
      if (performance.now() > deadline) throw new Error(`${way}: not every message has arrived`)
      await delay(20)
    }
    if (fault) throw fault
    latencies.sort((a, b) => a - b)
    return {
      way,
      requests: spent.requests,
      connections: spent.connections,
      upBytes: spent.up,
      downBytes: spent.down,
      p50: quantile(latencies, 0.5),
      p95: quantile(latencies, 0.95),
      deliveries: latencies.length,
      cpuMs,
    }
  } finally {
    for (const reader of readers) reader.stop()
    await server.stop()
  }
}

async function measureAll(people: number, seconds: number): Promise<WaysResults> {
  const chats: WaysChat[] = []
  const [loadBefore = 0] = loadavg()
  for (const [id, rate] of Object.entries(CHATS) as [WaysChat['id'], number][]) {
    const messages = Math.max(1, Math.round(rate * seconds))
    const rows: WayRow[] = []
    for (const way of Object.keys(WAYS) as Way[]) {
      console.error(`${id}: ${way}, ${messages} messages to ${people} people in ${seconds} s …`)
      rows.push(await measure(way, messages, people, seconds))
    }
    chats.push({ id, messages, rows })
  }
  return { people, seconds, measuredAt: new Date().toISOString(), machine: describeMachine(), loadBefore, chats }
}

/** What was measured last and kept. */
export function readWays(): WaysResults {
  return JSON.parse(readFileSync(FILE, 'utf8')) as WaysResults
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      people: { type: 'string', default: '100' },
      seconds: { type: 'string', default: '30' },
      show: { type: 'boolean', default: false },
      write: { type: 'boolean', default: false },
    },
  })
  const [people, seconds] = [Number(values.people), Number(values.seconds)]
  if (!(people >= 1 && people <= 1_000 && seconds >= 1)) throw new Error('--people 1 to 1000, --seconds from 1')
  const results = values.show ? readWays() : await measureAll(people, seconds)
  for (const chat of results.chats) console.log(`\n${chat.id}\n${waysTable(results, chat.id, 'en')}`)
  if (!values.write) return
  if (!values.show) writeFileSync(FILE, `${JSON.stringify(results, null, 2)}\n`)
  writePages(results)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main()
