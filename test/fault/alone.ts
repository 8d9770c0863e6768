// One real server on its data folder, behind a relay that can be made to fail; real clients on it, load that says
// everything it does, and a judgement at the end. Several nodes over Redis are in nodes.ts.
import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { type ServerChild, startServerChild } from '../setup/child.ts'
import { diskFolder } from '../setup/folders.ts'
import { createRandom, pick } from '../setup/random.ts'
import { data, type Entered, enter } from '../setup/request.ts'
import { startTcpProxy, type TcpProxy } from '../setup/tcp-proxy.ts'
import { until } from '../setup/until.ts'
import { agreementOf } from './agreement.ts'
import {
  type Device,
  type LibraryDevice,
  openLibraryDevice,
  openStockDevice,
  type Place,
  type Tally,
} from './devices.ts'
import { createLedger, type Ledger } from './ledger.ts'
import { createSender, type Load, type LoadOptions, type Sender, startLoad } from './load.ts'
import type { Outcome, RowOptions } from './rows/row.ts'
import { defectsOf, EXPECTED_CODES, isAt } from './verdict.ts'

export interface AloneOptions extends RowOptions {
  /** Accounts. Default 4. */
  readonly people?: number
  /** Stock clients of each. Default 2. */
  readonly devices?: number
  /** How many of them have our library, too. Default 1. */
  readonly libraries?: number
  readonly env?: Record<string, string>
  /** Default: a new folder, removed at the end. */
  readonly dataDir?: string
  /** Logged, and foreseen by the row. */
  readonly foreseen?: RegExp
}

export interface Alone {
  readonly random: () => number
  readonly dataDir: string
  readonly proxy: TcpProxy
  /** By way of the relay. */
  readonly place: Place
  readonly people: readonly Entered[]
  readonly stock: readonly Device[]
  readonly libraries: readonly LibraryDevice[]
  readonly ledger: Ledger
  readonly tally: Tally
  readonly sender: Sender
  readonly figures: Record<string, number>
  /** The process that runs, or ran last. */
  readonly server: ServerChild
  stop(signal: NodeJS.Signals, deadlineMs?: number): Promise<number | NodeJS.Signals>
  /** Starts it again on the same port; further settings stay for later starts, too. */
  start(env?: Record<string, string>): Promise<void>
  load(options: LoadOptions): Load
  /** Ends all load and waits for what is under way. */
  quiet(): Promise<void>
  say(what: string): void
  /** What else the row promises, and is not so. */
  wrong(what: string): void
  /** The larger of what the figure was and this. */
  atLeast(figure: string, value: number): void
  /** The newest page, asked past the relay; rejects when it is refused. */
  page(): Promise<readonly { id: string }[]>
  /** A public message is sent; resolves once every session has it. */
  reachEverybody(deadlineMs?: number): Promise<void>
  /** Is done at the end, once the server is gone. */
  atLast(action: () => unknown): void
}

const REST_MS = 30_000

/** Plays in a world of its own, lets everything come to rest, and judges. */
export async function inAlone(options: AloneOptions, play: (alone: Alone) => Promise<void>): Promise<Outcome> {
  const { seed, people: peopleCount = 4, devices: deviceCount = 2, libraries: libraryCount = 1, onProgress } = options
  const random = createRandom(seed)
  const ledger = createLedger()
  const tally: Tally = { replayed: 0, resets: 0, hops: 0, refusedForNow: 0, closeCodes: new Map() }
  const figures: Record<string, number> = {}
  const defects: string[] = []
  const outputs: string[] = []
  const loads: Load[] = []
  const lastActions: (() => unknown)[] = []
  const stock: Device[] = []
  const libraries: LibraryDevice[] = []
  const dataDir = options.dataDir ?? (await mkdtemp(join(diskFolder(), 'recado-fault-')))
  const env: Record<string, string> = { LOG_LEVEL: 'warn', CONNECTIONS_PER_USER: '0', ...options.env }
  let server = await startServerChild({ dataDir, env })
  let isDown = false
  const target = { port: server.port }
  const proxy = await startTcpProxy(target)
  const url = `127.0.0.1:${proxy.port}/graphql`
  const place = { graphql: `http://${url}`, socket: `ws://${url}` }
  const places = [place]
  const people: Entered[] = []
  const sender = createSender({ ledger, places, random })

  const alone: Alone = {
    random,
    dataDir,
    proxy,
    place,
    people,
    stock,
    libraries,
    ledger,
    tally,
    sender,
    figures,
    get server() {
      return server
    },
    async stop(signal, deadlineMs) {
      isDown = true
      const status = await server.stop(signal, deadlineMs)
      outputs.push(server.output())
      return status
    },
    async start(more = {}) {
      Object.assign(env, more)
      server = await startServerChild({ dataDir, port: server.port, env })
      isDown = false
      alone.atLeast('slowestStartMs', server.startMs)
    },
    load(loadOptions) {
      const load = startLoad({ world: alone, ...loadOptions })
      loads.push(load)
      return load
    },
    async quiet() {
      for (const load of loads) load.stop()
      await Promise.all(loads.map(load => load.done))
    },
    say: what => onProgress?.(what),
    wrong: what => void defects.push(what),
    atLeast(figure, value) {
      figures[figure] = Math.max(figures[figure] ?? 0, Math.round(value))
    },
    async page() {
      const query = '{ messages(limit: 20) { nodes { id } } }'
      return (await data(server.graphql, query, { token: people[0]?.token })).messages.nodes
    },
    async reachEverybody(deadlineMs = REST_MS) {
      const { cursor } = await sender.beacon(pick(people, random), null, 0)
      await until('all have it', () => ledger.sessions.every(each => isAt(each, cursor)), deadlineMs).catch(() => {
        for (const { name, session, isLive } of [...stock, ...libraries]) {
          if (isAt(session, cursor)) continue
          const where = isLive ? 'live' : 'not live'
          ledger.violate('A', name, `does not come to ${cursor}, is at ${session.cursor}, ${where}`)
        }
      })
    },
    atLast: action => void lastActions.push(action),
  }

  async function rest(): Promise<void> {
    const isEmpty = (): boolean => libraries.every(({ recado }) => recado.outbox.entries.length === 0)
    await until('the outboxes are empty', isEmpty, REST_MS).catch(error => ledger.violate('A', 'an outbox', `${error}`))
    await alone.reachEverybody()
    for (const said of await agreementOf({ places, people, ledger })) ledger.violate('B', 'the pages', said)
    for (const [code, count] of tally.closeCodes) {
      if (!EXPECTED_CODES.has(code)) ledger.violate('E', 'sockets', `were closed ${count} times with ${code}`)
    }
  }

  try {
    for (let n = 0; n < peopleCount; n++) people.push(await enter(server.graphql, `person-${n}`))
    const opening = { places, ledger, tally, random, at: 0 }
    for (let n = 0; n < peopleCount * deviceCount; n++) {
      const entered = pick(people.slice(n % peopleCount), () => 0)
      stock.push(await openStockDevice({ ...opening, name: `stock ${n} of ${entered.username}`, entered }))
    }
    for (let n = 0; n < libraryCount; n++) {
      const entered = pick(people.slice(n % peopleCount), () => 0)
      libraries.push(await openLibraryDevice({ ...opening, name: `library ${n} of ${entered.username}`, entered }))
    }
    // What was recorded until then says more than that it went no further.
    await play(alone).catch(error => ledger.violate('A', 'the row', String(error?.stack ?? error)))
    proxy.judge = () => 'pass'
    proxy.judgeRequest = () => 'pass'
    if (isDown) await alone.start()
    await alone.quiet()
    await rest().catch(error => ledger.violate('A', 'the row', `does not come to rest: ${error}`))
    const logged = defectsOf([...outputs, server.output()].join('\n'))
    return {
      acknowledged: ledger.counts.acknowledged,
      applied: ledger.applied,
      sessions: ledger.sessions.length,
      figures: { ...figures, repeats: sender.repeats, replayed: tally.replayed, resets: tally.resets },
      violations: ledger.judge(),
      defects: [...defects, ...logged.filter(line => !options.foreseen?.test(line))],
    }
  } finally {
    for (const load of loads) load.stop()
    await Promise.all([...stock, ...libraries].map(device => device.stop()))
    await server.stop('SIGKILL')
    await proxy.close()
    for (const action of lastActions) await action()
    if (options.dataDir === undefined) await rm(dataDir, { recursive: true, force: true })
  }
}
