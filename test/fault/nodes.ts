// Several real nodes over one real Redis, each behind a relay of its own that can be made to fail; real clients on them,
// load that says everything it does, and a judgement at the end. The scenarios (scenarios/) are what happens in between.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { APPEND } from '../../server/store/redis/log-scripts.ts'
import { type ServerChild, startServerChild } from '../setup/child.ts'
import type { SendRecord, Violation } from '../setup/oracle.ts'
import { createRandom, pick } from '../setup/random.ts'
import { type RedisServer, startRedis } from '../setup/redis.ts'
import { type RedisRelay, startRedisRelay } from '../setup/redis-relay.ts'
import { type Entered, enter } from '../setup/request.ts'
import { until } from '../setup/until.ts'
import { agreementOf } from './agreement.ts'
import {
  type Device,
  type LibraryDevice,
  openLibraryDevice,
  openStockDevice,
  type Place,
  pause,
  type Tally,
} from './devices.ts'
import { createLedger, type Ledger } from './ledger.ts'
import { createSender, type Load, type LoadOptions, type Sender, startLoad } from './load.ts'
import { defectsOf, EXPECTED_CODES, isAt } from './verdict.ts'
import { createWire, type Wire } from './wire.ts'

export interface WorldOptions {
  readonly scenario: string
  readonly seed: number
  readonly nodes: number
  /** Accounts. */
  readonly people: number
  /** Stock clients of each. */
  readonly devices: number
  /** How many of them have our library, too. */
  readonly libraries?: number
  /** Of each node. */
  readonly env?: Record<string, string>
  /** Of this one, beside that. */
  envOf?(at: number): Record<string, string>
  onProgress?(what: string): void
}

export interface Report {
  readonly scenario: string
  readonly seed: number
  readonly nodes: number
  readonly sessions: number
  readonly sends: number
  readonly acknowledged: number
  /** Given up without an answer. */
  readonly unknown: number
  /** Attempts beyond the first of each send. */
  readonly repeats: number
  /** Messages, over all sessions. */
  readonly applied: number
  readonly replayed: number
  readonly resets: number
  readonly hops: number
  /** By what the scenario calls them; times in milliseconds. */
  readonly figures: Readonly<Record<string, number>>
  /** What the nodes logged that they must not. */
  readonly defects: readonly string[]
  readonly violations: readonly Violation[]
}

export interface World {
  readonly random: () => number
  readonly redis: RedisServer
  /** Where the relays lead. */
  readonly target: { port: number }
  readonly proxies: readonly RedisRelay[]
  readonly places: readonly Place[]
  readonly people: readonly Entered[]
  readonly stock: readonly Device[]
  readonly libraries: readonly LibraryDevice[]
  readonly ledger: Ledger
  readonly tally: Tally
  readonly sender: Sender
  readonly wire: Wire
  readonly figures: Record<string, number>
  node(at: number): ServerChild
  kill(at: number, signal?: NodeJS.Signals): Promise<number | NodeJS.Signals>
  /** Starts a node again that was ended, on its old port. */
  revive(at: number): Promise<void>
  load(options: LoadOptions): Load
  say(what: string): void
  /** A public message by way of each node that is up; resolves once every session has all of them. */
  reachEverybody(deadlineMs?: number): Promise<void>
  /** Resolves once each of these is live at another node than this; how long that took is a figure. */
  moved(devices: readonly (Device | LibraryDevice)[], from: number): Promise<void>
  /** The larger of what the figure was and this. */
  atLeast(figure: string, value: number): void
  /** Waits until everything that was said is answered, and everybody is at the end. */
  rest(): Promise<void>
  /** Lets everything come to rest, and judges. */
  finish(): Promise<Report>
  /** Is done at the end, once the nodes are gone. */
  atLast(action: () => Promise<void>): void
  dispose(): Promise<void>
}

/** Redis as it must be set for nothing to be lost. */
const STRICT = { appendfsync: 'always' }
const REST_MS = 30_000

export async function createWorld(options: WorldOptions): Promise<World> {
  const { scenario, seed, nodes: count, libraries: libraryCount = 0, env = {}, onProgress } = options
  const random = createRandom(seed)
  const ledger = createLedger()
  const tally: Tally = { replayed: 0, resets: 0, hops: 0, refusedForNow: 0, closeCodes: new Map() }
  const wire = createWire(ledger)
  const figures: Record<string, number> = {}
  const dataDir = await mkdtemp(join(tmpdir(), 'recado-nodes-'))
  const redis = await startRedis({ config: STRICT })
  const target = { port: redis.port }
  const proxies: RedisRelay[] = []
  const children: ServerChild[] = []
  const outputs: string[] = []
  const loads: Load[] = []
  const down = new Set<number>()
  const lastActions: (() => Promise<void>)[] = []
  const stock: Device[] = []
  const libraries: LibraryDevice[] = []

  function start(at: number, port = 0): Promise<ServerChild> {
    const url = `redis://127.0.0.1:${proxies[at]?.port}`
    return startServerChild({
      dataDir,
      port,
      env: { LOG_LEVEL: 'warn', REDIS_URL: url, CONNECTIONS_PER_USER: '0', ...env, ...options.envOf?.(at) },
    })
  }

  async function dispose(): Promise<void> {
    for (const load of loads) load.stop()
    await Promise.all([...stock, ...libraries].map(device => device.stop()))
    await Promise.all(children.map(child => child.stop('SIGKILL')))
    await Promise.all(proxies.map(proxy => proxy.close()))
    for (const action of lastActions) await action()
    await redis.dispose()
    await rm(dataDir, { recursive: true, force: true })
  }

  try {
    for (let at = 0; at < count; at++) {
      const proxy = await startRedisRelay({ target, marks: [APPEND.sha] })
      proxy.onPush = wire.see
      proxies.push(proxy)
    }
    children.push(...(await Promise.all(proxies.map((_, at) => start(at)))))
    const places = children.map(({ graphql, socket }) => ({ graphql, socket }))
    const people: Entered[] = []
    for (let n = 0; n < options.people; n++) people.push(await enter(placeOf(places, n % count).graphql, `person-${n}`))
    const sender = createSender({ ledger, places, random })
    const opening = { places, ledger, tally, random }
    for (let n = 0; n < options.people * options.devices; n++) {
      const entered = people[n % people.length] as Entered
      stock.push(
        await openStockDevice({ ...opening, name: `stock ${n} of ${entered.username}`, entered, at: n % count }),
      )
    }
    for (let n = 0; n < libraryCount; n++) {
      const entered = people[n % people.length] as Entered
      libraries.push(
        await openLibraryDevice({
          ...opening,
          name: `library ${n} of ${entered.username}`,
          entered,
          at: (n + 1) % count,
        }),
      )
    }

    const world: World = {
      random,
      redis,
      target,
      proxies,
      places,
      people,
      stock,
      libraries,
      ledger,
      tally,
      sender,
      wire,
      figures,
      node(at) {
        const child = children[at]
        if (!child) throw new RangeError(`there is no node ${at}`)
        return child
      },
      async kill(at, signal = 'SIGKILL') {
        const child = world.node(at)
        down.add(at)
        const status = await child.stop(signal)
        outputs.push(child.output())
        return status
      },
      async revive(at) {
        children[at] = await start(at, world.node(at).port)
        down.delete(at)
      },
      load(loadOptions) {
        const load = startLoad({ world, ...loadOptions })
        loads.push(load)
        return load
      },
      atLast: action => void lastActions.push(action),
      say: what => onProgress?.(what),
      async reachEverybody(deadlineMs = REST_MS) {
        const up = places.flatMap((_, at) => (down.has(at) ? [] : [at]))
        const sent = await Promise.all(up.map(at => sender.beacon(pick(people, random), null, at)))
        const last = sent.reduce((newest, { cursor }) => (cursor > newest ? cursor : newest), '')
        const everybody = until('all have it', () => ledger.sessions.every(each => isAt(each, last)), deadlineMs)
        await everybody.catch(() => {
          for (const { name, session, at, isLive } of [...stock, ...libraries]) {
            if (isAt(session, last)) continue
            const where = `at node ${at}, ${isLive ? 'live' : 'not live'}`
            ledger.violate('A', name, `does not come to ${last}, is at ${session.cursor}, ${where}`)
          }
          throw new Error(`not every session has come to ${last}`)
        })
      },
      async moved(devices, from) {
        const began = performance.now()
        const moving = devices.map(async device => {
          const figure = 'recado' in device ? 'slowestMoveMs of libraries' : 'slowestMoveMs'
          try {
            await until('it has moved', () => device.at !== from && device.isLive, REST_MS)
            world.atLeast(figure, performance.now() - began)
          } catch {
            ledger.violate('A', device.name, `has not moved from node ${from}`)
          }
        })
        await Promise.all(moving)
      },
      atLeast(figure, value) {
        figures[figure] = Math.max(figures[figure] ?? 0, Math.round(value))
      },
      async rest() {
        try {
          const isEmpty = (): boolean => libraries.every(({ recado }) => recado.outbox.entries.length === 0)
          await until('the outboxes are empty', isEmpty, REST_MS)
          await world.reachEverybody()
        } catch (error) {
          ledger.violate('A', 'the world', `does not come to rest: ${String(error)}`)
          for (const device of [...stock, ...libraries]) {
            if (!device.isLive) ledger.violate('A', device.name, `is not live, at node ${device.at}`)
          }
        }
      },
      async finish() {
        for (const load of loads) load.stop()
        for (const proxy of proxies) proxy.heal()
        await Promise.all(loads.map(load => load.done))
        await world.rest()
        for (const said of await agreementOf({ places, people, ledger })) ledger.violate('B', 'the nodes', said)
        for (const [code, times] of tally.closeCodes) {
          if (!EXPECTED_CODES.has(code)) ledger.violate('E', 'sockets', `were closed ${times} times with ${code}`)
        }
        const all = [...outputs, ...children.map(child => child.output())].join('\n')
        return {
          scenario,
          seed,
          nodes: count,
          sessions: ledger.sessions.length,
          ...ledger.counts,
          repeats: sender.repeats,
          applied: ledger.applied,
          replayed: tally.replayed,
          resets: tally.resets,
          hops: tally.hops,
          figures: { ...figures, refusedForNow: tally.refusedForNow },
          defects: defectsOf(all),
          violations: ledger.judge(),
        }
      },
      dispose,
    }

    return world
  } catch (error) {
    await dispose()
    throw error
  }
}

export function placeOf(places: readonly Place[], at: number): Place {
  const place = places[at]
  if (!place) throw new RangeError(`there is no node ${at}`)
  return place
}

export type { SendRecord }
export { isAt, pause }
