// What a page of history costs as the history grows. Each length is filled once, through the store, and read by every
// run from a server that has just started.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createCursorCodec } from '../../server/domain/cursor.ts'
import { randomId } from '../../server/domain/message.ts'
import { openSqliteStore } from '../../server/store/sqlite/sqlite-store.ts'
import type { ChatMessage } from '../load/chat-client.ts'
import { enter, MESSAGE_FIELDS, openGraphqlSocket, subscribeMessage } from '../load/graphql-socket.ts'
import type { RawSocket } from '../load/raw-socket.ts'
import { createText, readText } from '../load/texts.ts'
import { quantile } from '../report/statistics.ts'
import type { Figures } from '../results.ts'
import { startServer } from '../server-process.ts'
import { interleave, type Scenario } from './scenario.ts'

const PAGE = 50
const QUERY = `query ($since: Cursor, $before: Cursor) {
  messages(since: $since, before: $before, limit: ${PAGE}) {
    nodes { ${MESSAGE_FIELDS} }
    pageInfo { startCursor endCursor hasNextPage hasPreviousPage }
  }
}`

const KINDS = [
  { id: 'newest', label: 'the newest page' },
  { id: 'middle', label: 'a page in the middle' },
  { id: 'start', label: 'a page at the start' },
] as const
type Kind = (typeof KINDS)[number]['id']

export const pages: Scenario = {
  name: 'pages',
  title: 'Growth of the history',
  method: `Pages of ${PAGE} messages over one WebSocket, one at a time, from a server that has just started; each at another place, except the newest. Every page is decoded and its numbers compared. The files of a history are in the system's cache.`,
  columns: [
    { figure: 'p50', label: 'p50, ms', digits: 3, better: 'less' },
    { figure: 'p99', label: 'p99, ms', digits: 3, better: 'less' },
    { figure: 'cpuPerPage', label: 'server CPU, µs a page', digits: 0, better: 'less' },
  ],
  ratioOf: 'p50',
  async measure(plan) {
    const sizes = plan.quick ? [1_000, 100_000] : [1_000, 10_000, 100_000, 1_000_000]
    if (plan.huge) sizes.push(10_000_000)
    const folder = mkdtempSync(join(tmpdir(), 'recado-bench-pages-'))
    try {
      const contestants = []
      for (const size of sizes) {
        plan.say(`writing ${size} messages`)
        const history = await fill(join(folder, String(size)), size)
        let run = 0
        contestants.push({
          name: `messages-${size}`,
          label: `${size.toLocaleString('en')} messages`,
          run: () => measureHistory(history, `reader${run++}`, plan.quick ? 200 : 500),
        })
      }
      return { cases: await interleave(plan, contestants, KINDS), missing: [] }
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  },
}

interface History {
  readonly dataDir: string
  readonly size: number
  /** Of the message with this number. */
  cursor(number: number): string
}

/** Messages numbered from 0, by one account. */
async function fill(dataDir: string, size: number): Promise<History> {
  const store = await openSqliteStore({ dataDir, events: { committed() {} } })
  const from = { id: randomId(), username: 'sender' }
  const claim = { ...from, key: 'sender', skeleton: 'sender', passwordHash: null, createdAt: Date.now() }
  if ((await store.claim(claim)) !== 'claimed') throw new Error('The sender could not be claimed')
  const positions = new Float64Array(size)
  const append = async (number: number): Promise<void> => {
    const text = createText(number)
    const draft = { messageId: randomId(), from, to: null, text, sentAt: Date.now(), replyTo: null, nonce: null }
    const appended = await store.append(draft)
    if (appended.status !== 'stored') throw new Error(`A message was not stored: ${appended.status}`)
    positions[number] = appended.entry.position
  }
  // As many as a transaction takes at most.
  const batch = 1_000
  for (let number = 0; number < size; number += batch) {
    await Promise.all(Array.from({ length: Math.min(batch, size - number) }, (_, index) => append(number + index)))
  }
  const codec = createCursorCodec(store.epoch)
  await store.close()
  return { dataDir, size, cursor: number => codec.encode(positions[number] ?? 0) }
}

async function measureHistory(history: History, username: string, count: number): Promise<Record<Kind, Figures>> {
  const server = await startServer('recado', { DATA_DIR: history.dataDir })
  try {
    const socket = await openGraphqlSocket({ port: server.port, token: await enter(server.port, username) })
    const ask = createAsk(socket)
    /** Another place each time: a stride that meets all of them. */
    const place = (index: number): number => (index * 37) % (Math.min(history.size, 1_000) - 2 * PAGE)
    const read: Record<Kind, (index: number) => Promise<void>> = {
      newest: async () => check(await ask({}), history.size - PAGE),
      middle: async index => {
        const number = Math.floor(history.size / 2) - 200 + (place(index) % 400)
        check(await ask({ before: history.cursor(number) }), number - PAGE)
      },
      start: async index => {
        const number = place(index)
        check(await ask({ since: history.cursor(number) }), number + 1)
      },
    }
    for (const { id } of KINDS) for (let index = 0; index < count / 2; index++) await read[id](index)
    const measured: Partial<Record<Kind, Figures>> = {}
    for (const { id } of KINDS) {
      const latencies: number[] = []
      const before = server.usage().cpuMs
      for (let index = 0; index < count; index++) {
        const at = performance.now()
        await read[id](index)
        latencies.push(performance.now() - at)
      }
      latencies.sort((a, b) => a - b)
      measured[id] = {
        p50: quantile(latencies, 0.5),
        p99: quantile(latencies, 0.99),
        cpuPerPage: ((server.usage().cpuMs - before) * 1_000) / count,
      }
    }
    socket.destroy()
    return measured as Record<Kind, Figures>
  } finally {
    await server.stop()
  }
}

/** One question at a time. */
function createAsk(socket: RawSocket): (variables: Record<string, string>) => Promise<readonly ChatMessage[]> {
  let answer = (_nodes: readonly ChatMessage[]): void => {}
  let fail = (_error: Error): void => {}
  socket.onText = text => {
    if (text.includes('"type":"complete"')) return
    const { payload } = JSON.parse(text) as { payload?: { data?: { messages?: { nodes: ChatMessage[] } } } }
    const nodes = payload?.data?.messages?.nodes
    if (nodes) answer(nodes)
    else fail(new Error(`A page was answered with ${text}`))
  }
  return variables =>
    new Promise((resolve, reject) => {
      answer = resolve
      fail = reject
      socket.send(subscribeMessage(QUERY, variables))
    })
}

/** @param first the number of the page's first message */
function check(nodes: readonly ChatMessage[], first: number): void {
  const isRight = nodes.length === PAGE && nodes.every(({ text }, index) => readText(text)?.number === first + index)
  if (!isRight)
    throw new Error(`Expected ${PAGE} messages from number ${first}, got ${JSON.stringify(nodes.slice(0, 2))}`)
}
