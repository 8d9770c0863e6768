// Sends, each told to the ledger before it leaves: by plain HTTP under a nonce, repeated at any node until it is
// answered, now and then given up or sent to two nodes at once; and by the library's outbox.
import { pick } from '../setup/random.ts'
import { codeOf, type Entered, type Result, type SendVariables } from '../setup/request.ts'
import { anyPlace, type Place, pause } from './devices.ts'
import type { Ledger } from './ledger.ts'
import type { World } from './nodes.ts'

/** After this long without an answer the client goes to another node. */
const PATIENCE_MS = 1_500
/** A beacon that nobody answers for so long is a defect. */
const BEACON_MS = 60_000
const RETRIED = new Set(['STORAGE_UNAVAILABLE', 'DRAINING', 'RATE_LIMITED'])
const SEND =
  'mutation ($text: String!, $to: String, $plain: Boolean, $nonce: ID) { sendMessage(text: $text, to: $to, plain: $plain, nonce: $nonce) { id cursor text } }'

export interface Sender {
  readonly repeats: number
  /** One attempt; null: no answer. */
  attempt(place: Place, token: string, variables: SendVariables): Promise<Result | null>
  /** Repeats until it is acknowledged. Null: it was given up. */
  send(
    send: { from: Entered; to: string | null; text: string },
    how: Persistence,
  ): Promise<{ id: string; cursor: string } | null>
  /** A message by way of this node alone, until it is acknowledged. */
  beacon(from: Entered, to: string | null, at: number): Promise<{ id: string; cursor: string; text: string }>
}

interface Persistence {
  /** From 0 to 1: how often it is given up after an attempt without an answer. */
  readonly givesUp: number
  /** The node to insist on. Default: any, another each time. */
  readonly at?: number
  /** From 0 to 1: how often an attempt goes to two nodes at once. */
  readonly twice?: number
  isOver(): boolean
}

export function createSender(options: { ledger: Ledger; places: readonly Place[]; random: () => number }): Sender {
  const { ledger, places, random } = options
  let repeats = 0
  let beacons = 0
  let count = 0

  async function attempt({ graphql }: Place, token: string, variables: SendVariables): Promise<Result | null> {
    try {
      const response = await fetch(graphql, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
        body: JSON.stringify({ query: SEND, variables }),
        signal: AbortSignal.timeout(PATIENCE_MS),
      })
      const text = await response.text()
      if (response.status === 500) ledger.violate('D', 'a send', `was answered with 500: ${text}`)
      return JSON.parse(text) as Result
    } catch {
      return null
    }
  }

  const send: Sender['send'] = async ({ from, to, text }, { givesUp, at, twice = 0, isOver }) => {
    const nonce = `nonce ${count++}`
    ledger.sending({ nonce, from: from.username, to, text })
    const variables = to === null ? { text, plain: true, nonce } : { text, to, nonce }
    for (let tries = 0; ; tries++) {
      if (tries > 0) repeats++
      const wanted = random() < twice ? 2 : 1
      const results = await Promise.all(
        Array.from({ length: wanted }, () => {
          const place = at === undefined ? anyPlace(places, random) : places[at]
          return place ? attempt(place, from.token, variables) : null
        }),
      )
      let acknowledged: { id: string; cursor: string } | null = null
      for (const result of results) {
        if (result?.data?.sendMessage) {
          acknowledged = result.data.sendMessage as { id: string; cursor: string }
          ledger.acknowledged(nonce, acknowledged)
        }
        const code = result && codeOf(result)
        if (code !== null && !RETRIED.has(code)) ledger.violate('D', from.username, `a send was refused with ${code}`)
      }
      if (acknowledged) return acknowledged
      if (isOver() || random() < givesUp) return null
      await pause(Math.min(400, 15 * 2 ** tries) * (0.5 + random()))
    }
  }

  return {
    get repeats() {
      return repeats
    },
    attempt,
    send,
    async beacon(from, to, at) {
      const text = `beacon ${beacons++}`
      const end = performance.now() + BEACON_MS
      const sent = await send({ from, to, text }, { givesUp: 0, at, isOver: () => performance.now() > end })
      if (!sent) throw new Error(`no send was acknowledged for ${BEACON_MS} ms`)
      return { ...sent, text }
    },
  }
}

export interface LoadOptions {
  /** Senders over HTTP; each sends one message after the other. */
  readonly lanes: number
  /** From 0 to 1. Default 0.4. */
  readonly private?: number
  /** The longest pause after a message, in milliseconds. Default 30. */
  readonly pauseMs?: number
  /** How many messages in all. Default: until `stop`. */
  readonly total?: number
  /** From 0 to 1: how often a send is given up when an attempt was not answered. Default 0.02. */
  readonly givesUp?: number
  /** From 0 to 1: how often an attempt goes to two nodes at once. Default 0.02. */
  readonly twice?: number
}

export interface Load {
  stop(): void
  /** Resolves once every lane has ended. */
  readonly done: Promise<void>
}

let texts = 0

/** Who sends, and by way of what. */
export type LoadWorld = Pick<World, 'random' | 'people' | 'ledger' | 'libraries' | 'sender'>

export function startLoad(options: LoadOptions & { world: LoadWorld }): Load {
  const { world, lanes, pauseMs = 30, total = Number.POSITIVE_INFINITY, givesUp = 0.02, twice = 0.02 } = options
  const { random, people, ledger, libraries, sender } = world
  const privately = options.private ?? 0.4
  let stopped = false
  let left = total
  const isOver = (): boolean => stopped

  function next(): { to: string | null; text: string } {
    const to = random() < privately ? pick(people, random).username : null
    return { to, text: `text ${texts++} ${'x'.repeat(Math.floor(random() * 120))}` }
  }

  async function lane(): Promise<void> {
    while (!stopped && left-- > 0) {
      await sender.send({ from: pick(people, random), ...next() }, { givesUp, twice, isOver })
      await pause(random() * pauseMs)
    }
  }

  /** Says the next thing when the last one was acknowledged; what is in the outbox at the end is still sent. */
  async function libraryLane(device: World['libraries'][number], index: number): Promise<void> {
    for (let i = 0; !stopped && left-- > 0; i++) {
      const { to, text } = next()
      const label = `outbox ${index} ${i} of ${text}`
      ledger.sending({ nonce: label, from: device.account, to, text })
      const answer = to === null ? device.recado.sendPublic(text) : device.recado.sendTo(to, text)
      const settled = answer.then(
        message => ledger.acknowledged(label, message),
        error => {
          if (error.code !== 'CLOSED') ledger.violate('D', device.name, `the outbox refused ${String(error.code)}`)
        },
      )
      await settled
      await pause(random() * pauseMs * 4)
    }
  }

  const done = Promise.all([
    ...Array.from({ length: lanes }, () => lane()),
    ...libraries.map((device, index) => libraryLane(device, index)),
  ]).then(() => {})
  return {
    stop() {
      stopped = true
    },
    done,
  }
}
