// kill -9 of the server at random points under load, and a restart each time; the oracle says whether the promise held.
// By hand: `npm run fault -- --only kill --seeds 50`.
import { cp, mkdtemp, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { startServerChild } from '../setup/child.ts'
import { diskFolder } from '../setup/folders.ts'
import { createOracle, type Oracle, type Violation } from '../setup/oracle.ts'
import { createRandom, pick } from '../setup/random.ts'
import { codeOf, type Data, data, enter, send, trySend } from '../setup/request.ts'
import { EVENTS, type StockClient, stockClient } from '../setup/stock.ts'
import { until } from '../setup/until.ts'
import { pause } from './devices.ts'

export interface KillOptions {
  readonly kills: number
  /** Says when the kills come and who writes to whom; default: another one each time. */
  readonly seed?: number
  onKill?(done: number): void
}

export interface KillReport {
  readonly seed: number
  readonly kills: number
  readonly sends: Oracle['counts']
  /** Times that a send was repeated because its outcome was unknown. */
  readonly repeats: number
  readonly sessions: number
  /** Messages applied, over all sessions. */
  readonly applied: number
  /** Milliseconds of the slowest start after a kill. */
  readonly slowestStartMs: number
  /** Starts that took over 5 s, and over three times what one on an empty folder took right afterwards. */
  readonly lateStarts: readonly string[]
  /** Anything but `ok` that `PRAGMA integrity_check` said of a copy of the file as the kill had left it. */
  readonly damage: readonly string[]
  readonly violations: readonly Violation[]
}

const NAMES = ['ana', 'bia', 'cleo'] as const
const DEVICES = 2
const LANES = 6
const START_MS = 5_000

export async function runKills({ kills, seed = Date.now() % 2 ** 31, onKill }: KillOptions): Promise<KillReport> {
  const random = createRandom(seed)
  const dataDir = await mkdtemp(join(diskFolder(), 'recado-kill-'))
  const oracle = createOracle()
  const clients: StockClient[] = []
  const sessions: { count(): number; isAt(cursor: string): boolean }[] = []
  const damage = new Set<string>()
  const failures: string[] = []
  const lateStarts: string[] = []
  let slowestStartMs = 0
  let repeats = 0
  let stopped = false
  let child = await startServerChild({ dataDir, env: { LOG_LEVEL: 'warn' } })

  async function listen(account: string, token: string, index: number): Promise<void> {
    const { messages } = await data(child.graphql, '{ messages { pageInfo { endCursor } } }', { token })
    let since: string = messages.pageInfo.endCursor
    const recorder = oracle.session(`${account} ${index}`, account)
    recorder.startedAt(since)
    sessions.push({ count: () => recorder.count, isAt: cursor => since >= cursor })
    const client = stockClient(child.socket, token, {
      retryAttempts: Number.POSITIVE_INFINITY,
      retryWait: tries => pause(Math.min(400, 20 * 2 ** tries) * (0.5 + Math.random())),
      shouldRetry: () => true,
    })
    clients.push(client)
    const variables = {
      get since() {
        return since
      },
    }
    client.client.subscribe(
      { query: EVENTS, variables },
      {
        next({ data, errors }) {
          if (errors) failures.push(`${account} ${index} was told ${JSON.stringify(errors)}`)
          const event = (data as Data)?.onEvent
          if (!event) return
          since = event.cursor
          if (event.__typename !== 'MessageAdded') return
          const { id, text, from, to } = event.message
          recorder.applied({ cursor: event.cursor, id, text, from: from.username, to: to?.username ?? null })
        },
        error: failure => void failures.push(`${account} ${index} has ended: ${JSON.stringify(failure)}`),
        complete: () => {
          if (!stopped) failures.push(`${account} ${index} was completed`)
        },
      },
    )
  }

  /** Sends one after another; repeats each with its nonce until it is answered, but gives one up now and then. */
  async function lane(lane: number, tokens: ReadonlyMap<string, string>): Promise<void> {
    for (let i = 0; !stopped; i++) {
      const from = pick(NAMES, random)
      const to = random() < 0.4 ? pick(NAMES, random) : null
      const nonce = `${lane}-${i}`
      const text = `text ${nonce} ${'x'.repeat(Math.floor(random() * 200))}`
      oracle.sending({ nonce, from, to, text })
      for (let tries = 0; ; tries++) {
        const result = await trySend(child.graphql, tokens.get(from), {
          text,
          nonce,
          plain: true,
          ...(to ? { to } : {}),
        }).catch(() => null)
        if (result?.data?.sendMessage) {
          oracle.acknowledged(nonce, result.data.sendMessage)
          break
        }
        const code = result && codeOf(result)
        if (code && code !== 'STORAGE_UNAVAILABLE') failures.push(`a send was refused with ${code}`)
        if (stopped || random() < 0.02) break
        repeats++
        await pause(Math.min(400, 10 * 2 ** tries) * (0.5 + random()))
      }
    }
  }

  try {
    const tokens = new Map<string, string>()
    for (const name of NAMES) tokens.set(name, (await enter(child.graphql, name, 'a good password')).token)
    for (const name of NAMES) {
      for (let i = 0; i < DEVICES; i++) {
        const { token } = await enter(child.graphql, name, 'a good password')
        await listen(name, token, i)
      }
    }
    const lanes = Array.from({ length: LANES }, (_, i) => lane(i, tokens))
    const { port } = child
    for (let done = 0; done < kills; done++) {
      // Sometimes at once, so that a start is killed in the middle of everybody's coming back.
      await new Promise(resolve => setTimeout(resolve, random() < 0.2 ? random() * 20 : 50 + random() * 400))
      await child.stop('SIGKILL')
      for (const said of await integrityOf(dataDir)) damage.add(said)
      child = await startServerChild({ dataDir, port, env: { LOG_LEVEL: 'warn' } })
      slowestStartMs = Math.max(slowestStartMs, child.startMs)
      if (child.startMs > START_MS) {
        const emptyMs = await startOnNothing()
        if (child.startMs > 3 * emptyMs) lateStarts.push(`${child.startMs} ms, and ${emptyMs} ms on an empty folder`)
      }
      onKill?.(done + 1)
    }
    await new Promise(resolve => setTimeout(resolve, 300))
    stopped = true
    await Promise.all(lanes)
    // Whoever has come to this one has everything before it, or never will.
    const last = { nonce: 'the last', from: 'ana', to: null, text: 'the last' }
    oracle.sending(last)
    const end = await send(child.graphql, tokens.get('ana') ?? '', { text: last.text, nonce: last.nonce })
    oracle.acknowledged(last.nonce, end)
    await until('every session is at the end', () => sessions.every(({ isAt }) => isAt(end.cursor)), 20_000).catch(
      error => failures.push(String(error)),
    )
    return {
      seed,
      kills,
      sends: oracle.counts,
      repeats,
      sessions: sessions.length,
      applied: sessions.reduce((sum, { count }) => sum + count(), 0),
      slowestStartMs: Math.round(slowestStartMs),
      lateStarts,
      damage: [...damage],
      violations: [
        ...oracle.judge(),
        ...failures.map(detail => ({ rule: 'E' as const, session: 'a stock client', detail })),
      ],
    }
  } finally {
    stopped = true
    await Promise.all(clients.map(client => client.dispose()))
    await child.stop('SIGKILL')
    await rm(dataDir, { recursive: true, force: true })
  }
}

/** Milliseconds of a start on an empty folder, now: on a machine that is busy every start takes long. */
async function startOnNothing(): Promise<number> {
  const dataDir = await mkdtemp(join(diskFolder(), 'recado-empty-'))
  try {
    const child = await startServerChild({ dataDir, env: { LOG_LEVEL: 'warn' } })
    await child.stop('SIGKILL')
    return child.startMs
  } finally {
    await rm(dataDir, { recursive: true, force: true })
  }
}

/** What SQLite says of a copy of each database, so that the server finds its own files untouched. */
async function integrityOf(dataDir: string): Promise<string[]> {
  const copy = await mkdtemp(join(diskFolder(), 'recado-copy-'))
  try {
    // But for the operator's socket, which is no file.
    await cp(dataDir, copy, { recursive: true, filter: path => !path.endsWith('.sock') })
    const files = (await readdir(copy, { recursive: true })).filter(name => name.endsWith('recado.db'))
    if (files.length === 0) return ['there is no database']
    return files.flatMap(name => {
      const database = new DatabaseSync(join(copy, name))
      const said = database
        .prepare('PRAGMA integrity_check')
        .all()
        .map(row => String(row.integrity_check))
      database.close()
      return said.filter(line => line !== 'ok')
    })
  } finally {
    await rm(copy, { recursive: true, force: true })
  }
}
