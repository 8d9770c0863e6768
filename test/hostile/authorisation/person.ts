// An account with three ways in (a token over HTTP, a cookie over HTTP, connectionParams on a socket) and everything that
// listens: the log over a socket and over SSE, and each state that can be watched. Every byte that it ever got is kept.
import { openRawSocket, type RawSocket, type Received } from '../../setup/raw-socket.ts'
import { type Data, enter, type Result } from '../../setup/request.ts'
import { until, within } from '../../setup/until.ts'
import type { Target } from '../target.ts'

export type Via = 'bearer' | 'cookie' | 'socket'
export const VIAS: readonly Via[] = ['bearer', 'cookie', 'socket']

export interface LogEvent {
  readonly type: string
  readonly cursor: string
  readonly id: string
}

export interface Person {
  readonly id: string
  readonly username: string
  readonly token: string
  /** One operation; the answer's text is part of what this account knows. */
  ask(
    via: Via,
    query: string,
    variables?: Record<string, unknown>,
  ): Promise<{ readonly result: Result; readonly text: string }>
  /** Events of the log, live since it came. */
  readonly events: readonly LogEvent[]
  /** Ids of messages, live over SSE since it came. */
  readonly streamed: readonly string[]
  readonly typing: readonly { readonly from: string; readonly private: boolean }[]
  readonly positions: readonly { readonly with: string | null; readonly cursor: string }[]
  /** Ids of the sessions that it was shown. */
  readonly sessions: readonly string[]
  /** Everything that was ever received. */
  received(): string
  /** A feed from a place, up to where it is live: `result.errors`, or the events. */
  replay(
    via: 'socket' | 'sse',
    since: string,
  ): Promise<{ readonly code: string | null; readonly events: readonly LogEvent[] }>
  close(): void
}

const EVENTS = `subscription ($since: Cursor) { onEvent(since: $since) { __typename ... on LogEvent { cursor }
  ... on MessageAdded { message { ...m } } ... on MessageEdited { message { ...m } } ... on MessageDeleted { message { ...m } }
  ... on CaughtUp { replayed } } }
  fragment m on Message { id cursor text from { id } to { id } replyTo { id cursor from { id } } editedAt deletedAt }`
const MESSAGES = 'subscription { onMessage { id cursor text from { id } to { id } replyTo { id cursor } } }'

export async function enterPerson(target: Target, username: string): Promise<Person> {
  const { token, id } = await enter(target.graphql, username)
  const texts: string[] = []
  const events: LogEvent[] = []
  const streamed: string[] = []
  const typing: { from: string; private: boolean }[] = []
  const positions: { with: string | null; cursor: string }[] = []
  const sessions: string[] = []
  const cancelled = new AbortController()
  const waiting = new Map<string, (message: Received) => void>()
  let lastId = 0
  const socket: RawSocket = await openRawSocket(target.socket)

  function note(text: string): string {
    texts.push(text)
    return text
  }

  async function listen(): Promise<void> {
    for (;;) {
      const message = await socket.receive(600_000)
      note(JSON.stringify(message))
      waiting.get(message.id ?? '')?.(message)
    }
  }

  function subscribe(operationId: string, query: string, variables: object, take: (data: Data) => void): void {
    waiting.set(operationId, ({ payload }) => payload?.data && take(payload.data))
    socket.send({ id: operationId, type: 'subscribe', payload: { query, variables } })
  }

  async function post(headers: Record<string, string>, query: string, variables: object): Promise<string> {
    const response = await fetch(target.graphql, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ query, variables }),
      signal: cancelled.signal,
    })
    return note(await response.text())
  }

  async function askSocket(query: string, variables: object): Promise<string> {
    const operationId = `ask ${++lastId}`
    let answer: unknown
    await within(
      `an answer to ${query}`,
      new Promise<void>(resolve => {
        waiting.set(operationId, ({ type, payload }) => {
          if (type === 'error') answer = { errors: payload }
          else if (type === 'next') answer = payload
          if (type !== 'next') resolve()
        })
        socket.send({ id: operationId, type: 'subscribe', payload: { query, variables } })
      }),
    )
    waiting.delete(operationId)
    return JSON.stringify(answer)
  }

  /** Results of a stream, until `take` says that it has enough. */
  async function stream(query: string, variables: object, take: (result: Result) => boolean): Promise<void> {
    const own = new AbortController()
    const response = await fetch(target.graphql, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'text/event-stream', authorization: `Bearer ${token}` },
      body: JSON.stringify({ query, variables }),
      signal: AbortSignal.any([cancelled.signal, own.signal]),
    })
    let rest = ''
    for await (const chunk of response.body ?? []) {
      rest += note(Buffer.from(chunk).toString())
      for (let end = rest.indexOf('\n\n'); end >= 0; end = rest.indexOf('\n\n')) {
        const line = /^data: (.+)$/m.exec(rest.slice(0, end))?.[1]
        rest = rest.slice(end + 2)
        if (line !== undefined && take(JSON.parse(line) as Result)) return own.abort()
      }
    }
  }

  socket.send({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } })
  await socket.receive()
  void listen().catch(() => {})
  let isLive = false
  subscribe('events', EVENTS, {}, ({ onEvent }) => {
    if (onEvent.__typename === 'CaughtUp') isLive = true
    else events.push(eventOf(onEvent))
  })
  subscribe('typing', 'subscription { onTyping { from { id } private } }', {}, ({ onTyping }) => {
    for (const each of onTyping) typing.push({ from: each.from.id, private: each.private })
  })
  subscribe('positions', 'subscription { onReadPosition { with { id } cursor } }', {}, ({ onReadPosition }) => {
    for (const each of onReadPosition) positions.push({ with: each.with?.id ?? null, cursor: each.cursor })
  })
  subscribe('sessions', 'subscription { onSessions { id device current } }', {}, ({ onSessions }) => {
    for (const each of onSessions) sessions.push(each.id)
  })
  await until(`${username} is live`, () => isLive && sessions.length > 0)
  let isStreaming = false
  void stream(MESSAGES, {}, ({ data }) => {
    if (data) streamed.push(data.onMessage.id)
    return false
  }).catch(() => {})
  // The stream's first byte is a comment: it is let in.
  await until(`${username}'s stream`, () => {
    isStreaming ||= texts.some(text => text.startsWith(':'))
    return isStreaming
  })

  return {
    id,
    username,
    token,
    async ask(via, query, variables = {}) {
      const credentials = via === 'cookie' ? { cookie: `recado=${token}` } : { authorization: `Bearer ${token}` }
      const text = via === 'socket' ? await askSocket(query, variables) : await post(credentials, query, variables)
      return { result: JSON.parse(text) as Result, text }
    },
    events,
    streamed,
    typing,
    positions,
    sessions,
    received: () => texts.join('\n'),
    async replay(via, since) {
      const replayed: LogEvent[] = []
      let code: string | null = null
      const take = ({ data, errors }: Result): boolean => {
        if (errors) code = String(errors[0]?.extensions?.code)
        else if (data.onEvent.__typename !== 'CaughtUp') replayed.push(eventOf(data.onEvent))
        return errors !== undefined || data.onEvent.__typename === 'CaughtUp'
      }
      if (via === 'sse') {
        await within('a replay over SSE', stream(EVENTS, { since }, take).catch(ignoreAbort))
        return { code, events: replayed }
      }
      const operationId = `replay ${++lastId}`
      await within(
        'a replay',
        new Promise<void>(resolve => {
          waiting.set(operationId, ({ type, payload }) => {
            if (take(type === 'error' ? { errors: payload } : payload)) resolve()
          })
          socket.send({ id: operationId, type: 'subscribe', payload: { query: EVENTS, variables: { since } } })
        }),
      )
      waiting.delete(operationId)
      socket.send({ id: operationId, type: 'complete' })
      return { code, events: replayed }
    },
    close() {
      cancelled.abort()
      socket.destroy()
    },
  }
}

function eventOf({ __typename, cursor, message }: Data): LogEvent {
  return { type: __typename, cursor, id: message.id }
}

function ignoreAbort(error: unknown): void {
  if (!(error instanceof Error) || error.name !== 'AbortError') throw error
}
