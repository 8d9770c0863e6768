// Real clients of several nodes, which hop from one to another: stock graphql-ws clients that resume with `since`, which
// hide nothing of what the server sends, and our own library with its outbox. What each applies goes to the ledger.
import { type Client, createClient } from 'graphql-ws'
import { createRecado } from '../../client/core/recado.ts'
import type { Recado } from '../../client/core/types.ts'
import { pick } from '../setup/random.ts'
import {
  type Data,
  data,
  type Entered,
  type GraphQLErrorShape,
  type SendVariables,
  type Sent,
} from '../setup/request.ts'
import { EVENTS } from '../setup/stock.ts'
import type { Ledger, LedgerSession } from './ledger.ts'

/** What a device needs to know of a node. */
export interface Place {
  readonly graphql: string
  readonly socket: string
}

export interface Tally {
  replayed: number
  resets: number
  hops: number
  /** Subscriptions that were refused for the moment, and begun again. */
  refusedForNow: number
  /** Of sockets that were open. */
  readonly closeCodes: Map<number, number>
}

export interface DeviceOptions {
  readonly name: string
  readonly entered: Entered
  readonly places: readonly Place[]
  readonly ledger: Ledger
  readonly tally: Tally
  readonly random: () => number
  /** The node to begin with. */
  readonly at: number
}

export interface StockOptions extends DeviceOptions {
  /** Goes on with this session, which has begun, instead of one of its own. */
  readonly resumed?: LedgerSession
}

export interface Device {
  readonly name: string
  readonly account: string
  readonly session: LedgerSession
  /** The node that it is on, or tries. */
  readonly at: number
  /** Replay is over, on the connection that it has. */
  readonly isLive: boolean
  /** Drops its connection without a word, and goes to this node. */
  hop(to: number): void
  /** Sends over the connection that it has; null in the promise: the connection was lost before the answer. */
  send(variables: SendVariables): Promise<Sent | GraphQLErrorShape[] | null>
  stop(): Promise<void>
}

const FOR_NOW = new Set(['STORAGE_UNAVAILABLE', 'DRAINING', 'RATE_LIMITED'])
const NEWEST = '{ messages(limit: 1) { pageInfo { endCursor } } }'
const SEND =
  'mutation ($text: String!, $to: String, $plain: Boolean, $nonce: ID) { sendMessage(text: $text, to: $to, plain: $plain, nonce: $nonce) { id cursor text } }'

/** Resolves once it is live for the first time. */
export async function openStockDevice(options: StockOptions): Promise<Device> {
  const { name, entered, places, ledger, tally, random } = options
  const { token, username } = entered
  const session = options.resumed ?? ledger.session(name, username)
  let at = options.at
  let isLive = false
  let isConnected = false
  let stopped = false
  let failures = 0
  const first = Promise.withResolvers<void>()
  first.promise.catch(() => {})

  const client: Client = createClient({
    url() {
      // A node that could not be reached is left for any other.
      if (failures++ > 0) at = another(places, at, random)
      return placeAt(places, at).socket
    },
    connectionParams: { authorization: `Bearer ${token}` },
    retryAttempts: Number.POSITIVE_INFINITY,
    retryWait: tries => pause(Math.min(400, 25 * 2 ** tries) * (0.5 + random())),
    shouldRetry: () => true,
    on: {
      connected() {
        failures = 0
        isConnected = true
      },
      closed(event) {
        isLive = false
        const code = (event as { code?: number }).code ?? 1006
        // What could not be reached was never closed.
        if (!isConnected && code === 1006) return
        isConnected = false
        tally.closeCodes.set(code, (tally.closeCodes.get(code) ?? 0) + 1)
      },
    },
  })

  async function newest(): Promise<string> {
    for (;;) {
      try {
        const { messages } = await data(placeAt(places, at).graphql, NEWEST, { token })
        return messages.pageInfo.endCursor
      } catch (error) {
        if (stopped) throw error
        await pause(50 + random() * 50)
        at = another(places, at, random)
      }
    }
  }

  function subscribe(): void {
    const variables = {
      get since() {
        return session.cursor
      },
    }
    client.subscribe(
      { query: EVENTS, variables },
      {
        next({ data, errors }) {
          if (errors) ledger.violate('E', name, `was told ${JSON.stringify(errors)}`)
          const event = (data as Data)?.onEvent
          if (!event) return
          if (event.__typename === 'CaughtUp') {
            session.passed(event.cursor)
            tally.replayed += event.replayed
            isLive = true
            first.resolve()
          } else if (event.__typename === 'MessageAdded') {
            const { id, text, from, to } = event.message
            session.applied({ cursor: event.cursor, id, text, from: from.username, to: to?.username ?? null })
          }
        },
        error: failure => void refused(failure),
        complete() {
          if (!stopped) ledger.violate('E', name, 'its subscription was completed')
        },
      },
    )
  }

  async function refused(failure: unknown): Promise<void> {
    isLive = false
    if (stopped) return
    const code = Array.isArray(failure) ? String(failure[0]?.extensions?.code) : null
    try {
      if (code === 'HISTORY_RESET') {
        tally.resets++
        session.reset(await newest())
      } else if (code !== null && FOR_NOW.has(code)) {
        tally.refusedForNow++
        await pause(50 + random() * 100)
      } else {
        ledger.violate('E', name, `has ended: ${JSON.stringify(failure)}`)
        return
      }
    } catch {
      return
    }
    if (!stopped) subscribe()
  }

  if (!options.resumed) session.startedAt(await newest())
  subscribe()
  await first.promise
  return {
    name,
    account: username,
    session,
    get at() {
      return at
    },
    get isLive() {
      return isLive
    },
    hop(to) {
      at = to
      tally.hops++
      isLive = false
      client.terminate()
    },
    send(variables) {
      return new Promise(resolve => {
        const lost = client.on('closed', () => finish(null))
        let answer: Sent | GraphQLErrorShape[] | null = null
        function finish(value: Sent | GraphQLErrorShape[] | null): void {
          lost()
          end()
          resolve(value)
        }
        const end = client.subscribe(
          { query: SEND, variables: { ...variables } },
          {
            next({ data, errors }) {
              answer = errors ? (errors as GraphQLErrorShape[]) : (data as Data).sendMessage
            },
            error: failure => finish(Array.isArray(failure) ? (failure as GraphQLErrorShape[]) : null),
            complete: () => finish(answer),
          },
        )
      })
    },
    async stop() {
      stopped = true
      await Promise.resolve(client.dispose()).catch(() => {})
    },
  }
}

export interface LibraryDevice extends Omit<Device, 'send'> {
  readonly recado: Recado
}

/** Our own client, as an app has it; another node behind the same address each time, as behind a balancer. */
export async function openLibraryDevice(options: DeviceOptions): Promise<LibraryDevice> {
  const { name, entered, places, ledger, tally, random } = options
  const { token, id, username } = entered
  // It waits longer and longer before it connects again: what it has late says nothing of the nodes.
  const session = ledger.session(name, username, false)
  let at = options.at
  let failures = 0
  class Balanced extends WebSocket {
    constructor(_: string | URL, protocols?: string | string[]) {
      if (failures++ > 0) at = another(places, at, random)
      super(placeAt(places, at).socket, protocols)
    }
  }
  const recado = createRecado({
    url: 'http://recado.test',
    token,
    account: id,
    transport: 'websocket',
    webSocket: Balanced as unknown as typeof WebSocket,
    fetch: (_, init) => fetch(placeAt(places, at).graphql, init),
  })
  recado.onState(state => {
    if (state === 'behind' || state === 'live') failures = 0
  })
  const first = Promise.withResolvers<void>()
  const { messages } = await data(placeAt(places, at).graphql, NEWEST, { token })
  session.startedAt(messages.pageInfo.endCursor)
  record(recado, { name, session, ledger, tally }, messages.pageInfo.endCursor, () => first.resolve())
  await first.promise
  return {
    name,
    account: username,
    session,
    recado,
    get at() {
      return at
    },
    get isLive() {
      return recado.state === 'live'
    },
    hop(to) {
      at = to
      tally.hops++
      recado.drop()
    },
    stop: () => recado.close(),
  }
}

/** Tells the session of everything that the library's feed says, from this cursor on. */
export function record(
  recado: Recado,
  { name, session, ledger, tally }: Pick<DeviceOptions, 'name' | 'ledger' | 'tally'> & { session: LedgerSession },
  since: string,
  onCaughtUp = (): void => {},
): void {
  recado.feed.subscribe(event => {
    switch (event.__typename) {
      case 'Reset':
        tally.resets++
        if (event.code !== 'HISTORY_RESET') ledger.violate('E', name, `was told ${event.code}`)
        if (event.cursor !== null) session.reset(event.cursor)
        return
      case 'CaughtUp':
        session.passed(event.cursor)
        tally.replayed += event.replayed
        onCaughtUp()
        return
      case 'MessageAdded': {
        const { id, text, from, to } = event.message
        session.applied({ cursor: event.cursor, id, text, from: from.username, to: to?.username ?? null })
      }
    }
  }, since)
}

/** Where a feed may begin, so that nothing said from now on is missed. */
export async function newestCursor(graphql: string, token: string): Promise<string> {
  return (await data(graphql, NEWEST, { token })).messages.pageInfo.endCursor
}

/** Somebody's node, at random. */
export function anyPlace(places: readonly Place[], random: () => number): Place {
  return pick(places, random)
}

function another(places: readonly Place[], at: number, random: () => number): number {
  return (at + 1 + Math.floor(random() * (places.length - 1))) % places.length
}

function placeAt(places: readonly Place[], at: number): Place {
  const place = places[at]
  if (!place) throw new RangeError(`there is no node ${at}`)
  return place
}

export function pause(milliseconds: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, milliseconds))
}
