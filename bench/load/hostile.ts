// What hostile clients do at full speed, each on a socket of its own: as soon as one thing is answered, the next.
import { randomUUID } from 'node:crypto'
import { openGraphqlSocket, subscribeMessage } from './graphql-socket.ts'
import type { RawSocket } from './raw-socket.ts'

export const ATTACKS = ['sends', 'enters', 'churn', 'documents', 'introspection', 'replays', 'slow'] as const
export type Attack = (typeof ATTACKS)[number]

export interface HostileOptions {
  readonly port: number
  readonly token: string
  /** As a trusted proxy says it. */
  readonly address: string
  /** Names that somebody has, to be entered with wrong passwords. */
  readonly names: readonly string[]
  /** Unanswered at a time. */
  readonly window: number
}

export interface Hostile {
  readonly attack: Attack
  start(): void
  stop(): void
  /** What was answered so far. */
  readonly answers: number
  destroy(): void
}

const SEND = 'mutation ($text: String!) { sendMessage(text: $text, plain: true) { id } }'
const ENTER = 'mutation ($u: String!) { enter(username: $u, password: "not the password") { token } }'
const FEED = 'subscription { onMessage { id cursor text from { id username } } }'
const REPLAY = 'subscription ($since: Cursor) { onEvent(since: $since) { __typename ... on LogEvent { cursor } } }'
const PAGES = `{ ${Array.from({ length: 6 }, (_, i) => `a${i}: messages(limit: 100) { nodes { id text cursor sentAt from { id username } } }`).join(' ')} }`
const TYPES = `{ ${Array.from({ length: 4 }, (_, i) => `a${i}: __schema { types { name fields { name type { name } } } }`).join(' ')} }`

export async function openHostile(attack: Attack, options: HostileOptions): Promise<Hostile> {
  const { port, token, address, names, window } = options
  const socket: RawSocket = await openGraphqlSocket({ port, token, headers: { 'X-Forwarded-For': address } })
  let isRunning = false
  let answers = 0
  let n = 0
  const open = new Set<string>()

  /** The next thing to ask; its operation id. */
  function ask(): void {
    const id = randomUUID()
    open.add(id)
    n++
    switch (attack) {
      case 'sends':
        return socket.send(subscribeMessage(SEND, { text: `spam ${n}` }, id))
      case 'enters':
        return socket.send(subscribeMessage(ENTER, { u: names[n % names.length] }, id))
      case 'documents':
        // Another text each time, nearly as large as may be: nothing that was prepared can be used again.
        return socket.send(subscribeMessage(`${PAGES} #${n}${'x'.repeat(n % 3 === 0 ? 60_000 : 10)}`, {}, id))
      case 'introspection':
        return socket.send(subscribeMessage(`${TYPES} #${n}`, {}, id))
      case 'churn':
        // It says nothing until a message comes: ended right away, and a query behind it tells that both were read.
        socket.sendAll([
          subscribeMessage(FEED, {}, `${id}-`),
          JSON.stringify({ id: `${id}-`, type: 'complete' }),
          subscribeMessage('{ __typename }', {}, id),
        ])
        return
      case 'replays':
        return socket.send(subscribeMessage(REPLAY, { since: names[0] }, id))
      case 'slow':
        return
    }
  }

  function fill(): void {
    while (isRunning && open.size < window) ask()
  }

  socket.onText = text => {
    const id = /^\{"id":"([0-9a-f-]{36})"/.exec(text)?.[1] ?? /"id":"([0-9a-f-]{36})"/.exec(text)?.[1]
    if (id === undefined || !open.has(id)) return
    if (attack === 'replays') {
      if (!text.includes('"CaughtUp"') && !text.includes('"type":"error"')) return
      socket.send(JSON.stringify({ id, type: 'complete' }))
    } else if (text.includes('"type":"next"')) return
    open.delete(id)
    answers++
    // Many messages of one read are answered with one write.
    setImmediate(fill)
  }

  return {
    attack,
    start() {
      isRunning = true
      if (attack !== 'slow') return fill()
      // Wants everything, and takes nothing.
      socket.send(subscribeMessage(FEED, {}, 'slow'))
      socket.tcp.pause()
    },
    stop() {
      isRunning = false
      if (attack !== 'slow') return
      socket.tcp.resume()
      socket.send(JSON.stringify({ id: 'slow', type: 'complete' }))
    },
    get answers() {
      return answers
    },
    destroy: () => socket.destroy(),
  }
}
