// What one audit works with: people, requests, sockets and streams at the server that is looked at. All that was opened
// is closed when the audit is over, and the people are given back.
import { randomUUID } from 'node:crypto'
import { Failed } from './audit.ts'
import { codeOf, same } from './check.ts'
import { ENTER, EVENTS, PAGE, SEND } from './documents.ts'
import type { People, Person, StrangerOptions } from './people.ts'
import {
  type Answer,
  type Data,
  fetchAnswer,
  headersOf,
  type PostOptions,
  postOperation,
  type Result,
  type Variables,
} from './wire/http.ts'
import { openRaw, type Raw, type UpgradeOptions, upgradeRequest } from './wire/raw.ts'
import { type Operation, Socket } from './wire/socket.ts'
import { openStream, type Stream } from './wire/stream.ts'

/** What the server says of itself. */
export interface ServerFacts {
  readonly protocol: string
  readonly epoch: string
  readonly limits: Readonly<
    Record<
      'textCodePoints' | 'textBytes' | 'page' | 'messageBytes' | 'sendsPerSecond' | 'subscriptionsPerSocket',
      number
    >
  >
}

export interface BenchOptions {
  /** Of GraphQL, http or https. */
  readonly endpoint: URL
  readonly people: People
  readonly server: ServerFacts
  /** Milliseconds that whatever is waited for may take. */
  readonly patienceMs: number
}

/** A feed of events that is live, and what was replayed before that. */
export interface LiveFeed {
  readonly operation: Operation
  readonly socket: Socket
  readonly replayed: readonly Data[]
  readonly caughtUp: Data
  /** All events up to now: whose feed it is sends a note to itself, and what came before it is the answer. */
  soFar(): Promise<Data[]>
}

export interface ConnectOptions extends UpgradeOptions {
  readonly payload?: unknown
  readonly pongs?: boolean
}

export class Bench {
  readonly endpoint: URL
  readonly server: ServerFacts
  readonly ms: number
  readonly #people: People
  readonly #taken: Person[] = []
  readonly #open: { destroy(): void }[] = []

  constructor({ endpoint, people, server, patienceMs }: BenchOptions) {
    this.endpoint = endpoint
    this.server = server
    this.ms = patienceMs
    this.#people = people
  }

  /** Where the server's own pages are from. */
  get origin(): string {
    return this.endpoint.origin
  }

  /** Milliseconds for what a server does by itself after this long, at the usual patience of 10 s. */
  long(ms: number): number {
    return Math.round((ms * this.ms) / 10_000)
  }

  /** A word that is in nobody else's texts. */
  word(): string {
    return `audit${randomUUID().replaceAll('-', '')}`
  }

  // People.

  async person(): Promise<Person> {
    const person = await this.#people.take()
    this.#taken.push(person)
    return person
  }

  async pair(): Promise<[Person, Person]> {
    return [await this.person(), await this.person()]
  }

  async three(): Promise<[Person, Person, Person]> {
    return [await this.person(), await this.person(), await this.person()]
  }

  /** Somebody new, of whom nobody else has heard, and who may be ended. */
  stranger(options?: StrangerOptions): Promise<Person> {
    return this.#people.stranger(options)
  }

  /** An account that the audit itself has made: it is deleted at the end. */
  remember(person: Person): void {
    this.#people.remember(person)
  }

  /** An account that the audit itself has deleted. */
  forget(person: Person): void {
    this.#people.forget(person)
  }

  /** One more session of somebody with a password. */
  async again({ username, password }: Person): Promise<Person> {
    const { enter } = await this.data(null, ENTER, { username, password })
    return { id: enter.me.id, username: enter.me.username, token: enter.token, password }
  }

  // HTTP.

  post(query: string, options: PostOptions = {}): Promise<Answer> {
    return postOperation(this.endpoint.href, query, options, this.ms)
  }

  /** Any request to the endpoint. @param query appended to the address */
  request(init: RequestInit, query = ''): Promise<Answer> {
    return fetchAnswer(this.endpoint.href + query, init, this.ms)
  }

  /** As somebody; null: as nobody. */
  async ask(who: Pick<Person, 'token'> | null, query: string, variables?: Variables): Promise<Result> {
    return (await this.post(query, { token: who?.token ?? null, ...(variables ? { variables } : {}) })).result
  }

  /** @throws Failed when there are errors */
  async data(who: Pick<Person, 'token'> | null, query: string, variables?: Variables): Promise<Data> {
    const result = await this.ask(who, query, variables)
    if (!result.data || result.errors) {
      throw new Failed(`expected ${nameOf(query)} to be answered, got ${JSON.stringify(result).slice(0, 200)}`)
    }
    return result.data
  }

  async codeOf(who: Pick<Person, 'token'> | null, query: string, variables?: Variables): Promise<string | null> {
    return codeOf(await this.ask(who, query, variables))
  }

  /** @throws Failed unless it is refused with this code */
  async refuses(
    who: Pick<Person, 'token'> | null,
    query: string,
    variables: Variables,
    code: string,
    what: string,
  ): Promise<void> {
    same(await this.codeOf(who, query, variables), code, what)
  }

  /** Sends, and answers with the message. A text for everyone is sent `plain`. */
  async send(who: Person, text: string, to?: Person, more: Variables = {}): Promise<Data> {
    const variables = { text, ...(to ? { to: to.username } : { plain: true }), ...more }
    return (await this.data(who, SEND, variables)).sendMessage
  }

  async page(who: Person, variables: Variables): Promise<Data> {
    return (await this.data(who, PAGE, variables)).messages
  }

  // Sockets, streams, raw bytes.

  #keep<Opened extends { destroy(): void }>(opened: Opened): Opened {
    this.#open.push(opened)
    return opened
  }

  /** Sends the bytes of a request, and reads the head of the answer. */
  async raw(request: string, ms = this.ms): Promise<Raw> {
    return this.#keep(await openRaw(this.endpoint, request, ms))
  }

  /** Asks for a WebSocket; the answer may be a refusal. */
  upgrade(options: UpgradeOptions = {}): Promise<Raw> {
    return this.raw(upgradeRequest(this.endpoint, options))
  }

  /** A WebSocket that has said nothing yet. @throws Failed when it is refused */
  async connect(options: ConnectOptions = {}): Promise<Socket> {
    const raw = await this.upgrade(options)
    same(raw.status, 101, 'the status of an upgrade')
    return new Socket(raw, { ms: this.ms, ...(options.pongs === undefined ? {} : { pongs: options.pongs }) })
  }

  /** A WebSocket of somebody, acknowledged; null: of nobody. */
  async socket(who: Pick<Person, 'token'> | null, options: ConnectOptions = {}): Promise<Socket> {
    const socket = await this.connect(options)
    await socket.initialise(who ? { authorization: `Bearer ${who.token}` } : undefined)
    return socket
  }

  /** A feed of somebody's events on a socket of its own, once it is live. */
  async feed(who: Person, since?: string): Promise<LiveFeed> {
    return this.feedOn(await this.socket(who), who, since)
  }

  async feedOn(socket: Socket, who: Person, since?: string): Promise<LiveFeed> {
    const operation = socket.subscribe(EVENTS, since === undefined ? {} : { since })
    const events = await operation.until(({ __typename }) => __typename === 'CaughtUp', 'CaughtUp')
    const soFar = async (): Promise<Data[]> => {
      const note = await this.send(who, this.word(), who)
      const taken = await operation.until(
        ({ __typename, message }) => __typename === 'MessageAdded' && message.id === note.id,
        'a note to oneself in the feed',
      )
      return taken.slice(0, -1)
    }
    return { operation, socket, replayed: events.slice(0, -1), caughtUp: events.at(-1), soFar }
  }

  /** A subscription over SSE. */
  async stream(who: Pick<Person, 'token'> | null, query: string, options: PostOptions = {}): Promise<Stream> {
    const headers = { accept: 'text/event-stream', ...options.headers }
    const body = JSON.stringify({ query, variables: options.variables })
    const init = { method: 'POST', headers: headersOf({ ...options, headers, token: who?.token ?? null }), body }
    return this.#keep(await openStream(this.endpoint.href, init, this.ms))
  }

  /** A subscription over SSE by GET, as EventSource opens it. */
  async streamByGet(query: string, headers: Record<string, string>): Promise<Stream> {
    const init = { headers: { accept: 'text/event-stream', ...headers } }
    return this.#keep(await openStream(this.endpoint.href + query, init, this.ms))
  }

  close(): void {
    for (const opened of this.#open.splice(0)) opened.destroy()
    for (const person of this.#taken.splice(0)) this.#people.give(person)
  }
}

/** The first field that a document asks for. */
function nameOf(query: string): string {
  return /\{\s*(\w+)/.exec(query)?.[1] ?? 'a query'
}

/** The texts of the messages that were added, in order, of those that have this word in them. */
export function textsOf(events: readonly Data[], word: string): string[] {
  return events.flatMap(({ __typename, message }) =>
    __typename === 'MessageAdded' && message.text.includes(word) ? [message.text] : [],
  )
}

/** The events about this message. */
export function about(events: readonly Data[], id: string): Data[] {
  return events.filter(({ message }) => message?.id === id)
}
