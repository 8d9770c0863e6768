// graphql-transport-ws over a raw connection: every message is seen, by operation or as it comes, and so is the close.
import { randomUUID } from 'node:crypto'
import { Failed } from '../audit.ts'
import { same, within } from '../check.ts'
import { frame, OPCODE, textFrame } from './frame.ts'
import type { Data, ErrorShape, Result, Variables } from './http.ts'
import { patiently } from './http.ts'
import { Inbox } from './inbox.ts'
import { answerClose, type Ending, type Raw } from './raw.ts'

/** A message of the protocol, from the server. */
export interface Received {
  readonly type: string
  readonly id?: string
  readonly payload?: Data
}

/** One operation that runs on a socket. */
export class Operation {
  readonly id: string
  readonly inbox = new Inbox<Received>()
  readonly #socket: Socket
  readonly #ms: number

  constructor(socket: Socket, id: string, ms: number) {
    this.#socket = socket
    this.id = id
    this.#ms = ms
  }

  /** The next message for its id. */
  message(what = `a message for ${JSON.stringify(this.id).slice(0, 40)}`, ms = this.#ms): Promise<Received> {
    return this.inbox.take(what, ms)
  }

  /** The value of the only field of the next result. @throws Failed when something else comes */
  async next(what = 'a result', ms = this.#ms): Promise<Data> {
    const { type, payload } = await this.message(what, ms)
    if (type !== 'next' || payload?.errors) {
      throw new Failed(`${what}: expected a result, got ${type} ${JSON.stringify(payload ?? null).slice(0, 160)}`)
    }
    return Object.values(payload.data)[0]
  }

  /** The results up to the first that fits, and that one. */
  async until(fits: (value: Data) => boolean, what: string): Promise<Data[]> {
    const taken: Data[] = []
    // Others may keep it busy without end.
    const end = performance.now() + 2 * this.#ms
    for (;;) {
      taken.push(await this.next(what, Math.min(this.#ms, Math.max(1, end - performance.now()))))
      if (fits(taken.at(-1))) return taken
    }
  }

  /** The code of the error that the operation is refused or ended with. */
  async refusal(what: string): Promise<string> {
    const { type, payload } = await this.message(what)
    same(type, 'error', `${what}: the message`)
    return String((payload as ErrorShape[])[0]?.extensions?.code)
  }

  /** Ends it. */
  stop(): void {
    this.#socket.send({ id: this.id, type: 'complete' })
    this.#socket.forget(this.id)
  }
}

export interface SocketOptions {
  /** Payload of connection_init; undefined: none. */
  readonly payload?: unknown
  /** Whether control pings are answered. Default true. */
  readonly pongs?: boolean
  /** Milliseconds that each answer may take. */
  readonly ms: number
}

export class Socket {
  readonly raw: Raw
  /** Messages for no operation that was begun here. */
  readonly inbox = new Inbox<Received>()
  /** Control pings that came, as times of performance.now(). */
  readonly pings = new Inbox<number>()
  readonly #ms: number
  readonly #pongs: boolean
  readonly #operations = new Map<string, Operation>()
  readonly #ended: Promise<Ending>

  constructor(raw: Raw, { pongs = true, ms }: SocketOptions) {
    this.raw = raw
    this.#ms = ms
    this.#pongs = pongs
    this.#ended = this.#read()
  }

  async #read(): Promise<Ending> {
    let ending: Ending = { code: null, reason: '' }
    try {
      for (;;) {
        // For as long as the socket lives: whoever waits for something has a bound of its own.
        const next = await this.raw.frame(2 ** 31 - 1)
        if (next.opcode === OPCODE.close) {
          ending = answerClose(bytes => this.raw.write(bytes), next)
          break
        }
        if (next.opcode === OPCODE.ping) this.#onPing(next.payload)
        if (next.opcode === OPCODE.text) this.#onText(next.payload.toString())
      }
    } catch {
      // It was cut.
    }
    const why = ending.code === null ? 'the connection was cut' : `closed with ${ending.code} ${ending.reason}`
    for (const inbox of [this.inbox, this.pings, ...[...this.#operations.values()].map(each => each.inbox)])
      inbox.end(why)
    return ending
  }

  #onPing(payload: Buffer): void {
    this.pings.push(performance.now())
    if (this.#pongs) this.raw.write(frame({ opcode: OPCODE.pong, payload }))
  }

  #onText(text: string): void {
    let message: Received
    try {
      message = JSON.parse(text) as Received
    } catch {
      message = { type: `not JSON: ${text.slice(0, 80)}` }
    }
    const operation = message.id === undefined ? undefined : this.#operations.get(message.id)
    ;(operation?.inbox ?? this.inbox).push(message)
  }

  /** Sends a value as one text frame of JSON, a string as it is. */
  send(message: unknown): void {
    this.raw.write(textFrame(typeof message === 'string' ? message : JSON.stringify(message)))
  }

  write(bytes: Buffer): void {
    this.raw.write(bytes)
  }

  /** The next message that belongs to no operation. */
  receive(what = 'a message', ms = this.#ms): Promise<Received> {
    return this.inbox.take(what, ms)
  }

  /** Says who it is, and waits for the acknowledgement. */
  async initialise(payload?: unknown): Promise<void> {
    this.send({ type: 'connection_init', ...(payload === undefined ? {} : { payload }) })
    same((await this.receive('connection_ack')).type, 'connection_ack', 'the answer to connection_init')
  }

  /** Begins an operation. @param id default: a random one that is no UUID */
  subscribe(query: string, variables?: Variables, id = `op-${randomUUID()}`): Operation {
    const operation = new Operation(this, id, this.#ms)
    this.#operations.set(id, operation)
    this.send({ id, type: 'subscribe', payload: { query, ...(variables ? { variables } : {}) } })
    return operation
  }

  /** Runs a query or a mutation, waiting out rate limits. @throws Failed unless it is one `next`, then `complete` */
  async run(query: string, variables?: Variables, options: { id?: string; impatient?: boolean } = {}): Promise<Result> {
    const act = async (): Promise<Result> => {
      const operation = this.subscribe(query, variables, options.id)
      const first = await operation.message('a result')
      if (first.type === 'error') return { errors: first.payload as ErrorShape[] }
      same(first.type, 'next', 'the first message of a result')
      same((await operation.message('complete')).type, 'complete', 'the message after a result')
      this.forget(operation.id)
      return first.payload as Result
    }
    return patiently(act, result => result, options.impatient === true)
  }

  forget(id: string): void {
    this.#operations.delete(id)
  }

  /** Resolves with the close, or with a code of null when it was cut. */
  ended(what = 'the end of the socket', ms = this.#ms): Promise<Ending> {
    return within(this.#ended, ms, what)
  }

  destroy(): void {
    this.raw.destroy()
  }
}
