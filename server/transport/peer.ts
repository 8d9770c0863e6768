// One WebSocket as the server sees it: whose it is, what runs on it, and how it is written to. Frames go straight to the
// TCP socket, whole, in order with ws's own frames (sound while there is no compression and no close frame was sent).
import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { WebSocket } from 'ws'
import { networkOf } from '../accounts/address.ts'
import { deviceLabelOf } from '../accounts/device-label.ts'
import type { Refusal } from '../domain/errors.ts'
import type { Stay } from '../feed/presence.ts'
import type { Viewer } from '../graphql/context.ts'
import type { Connection } from './connections.ts'
import { textFrames } from './fan-out/frame.ts'
import { Few } from './few.ts'
import { requestIdOf } from './request-id.ts'

/** Close codes and reasons: ASCII constants, listed in PROTOCOL.md. */
export const CLOSE = {
  sessionEnded: { code: 4403, reason: 'Session ended' },
  forbidden: { code: 4403, reason: 'Forbidden' },
  restart: { code: 1012, reason: 'Service restart' },
  tooMany: { code: 1013, reason: 'Too many connections' },
  unavailable: { code: 1013, reason: 'Storage unavailable' },
  notText: { code: 1003, reason: 'Text frames only' },
  badRequest: { code: 4400, reason: 'Bad request' },
  unauthorized: { code: 4401, reason: 'Unauthorized' },
  subprotocol: { code: 4406, reason: 'Subprotocol not acceptable' },
  initTimeout: { code: 4408, reason: 'Connection initialisation timeout' },
  idInUse: { code: 4409, reason: 'Subscriber already exists' },
  tooManyInits: { code: 4429, reason: 'Too many initialisation requests' },
  internal: { code: 4500, reason: 'Internal server error' },
} as const

/** Queries and mutations under way on one socket before it is read no further: enough to fill the next commit. */
const MOST_RUNNING = 2_048
/** A socket whose session ended has this long to take its last answer. */
const LAST_ANSWER_MS = 1_000

/** A subscription that runs on a socket. */
export interface Running {
  /** Ends it without a word: its client, its session or its socket has ended it. */
  stop(): void
  /** The socket has drained: what waited may go on. */
  drained(): void
}

/** What all sockets of a server share. */
export interface PeerSettings {
  /** How many bytes may wait for a live feed before it is demoted; 0: any. */
  readonly backlogBytes: number
  /** Milliseconds of silence after which a ping is due; 0: never. */
  readonly pingIntervalMs: number
}

export class Peer implements Connection {
  readonly address: string
  /** What kind of device it seems to be. */
  readonly device: string
  /** For the log: its upgrade's. */
  readonly requestId: string
  readonly socket: Socket
  readonly settings: PeerSettings
  viewer: Viewer | null = null
  /** `connection_init` has come; it is acknowledged once that was answered. */
  initialised = false
  acknowledged = false
  /** The upgrade request, until the socket is acknowledged. */
  request: IncomingMessage | null
  /** What presence knows of it. */
  stay: Stay | null = null
  /** By operation id: a running subscription, or the number of an operation that is being prepared or executed. */
  readonly operations = new Few<string, Running | number>()
  /** Of `operations`, the running subscriptions. */
  subscriptions = 0
  readonly #ws: WebSocket
  readonly #network: string
  #lastOperation = 0
  /** Queries and mutations that are being executed, also those that their client has completed meanwhile. */
  #running = 0
  #ending = false
  /** It is let go as soon as what is being executed was answered. */
  #draining = false
  #paused = false
  /** Messages that were read and wait for their turn: at most what came in one read. Null: none. */
  #held: string[] | null = null
  /** Messages of this turn that are to leave in one write. */
  #texts: string[] | null = null
  #corked = false
  // The heartbeat: bytes read, bytes that left while there was a backlog, and when either last moved.
  #read = 0
  #drained = 0
  #hadBacklog = false
  // Whole milliseconds: V8 keeps any other number in an object of its own.
  #aliveAt = Math.floor(performance.now())
  #pingedAt = 0

  constructor(ws: WebSocket, socket: Socket, request: IncomingMessage, address: string, settings: PeerSettings) {
    this.#ws = ws
    this.socket = socket
    this.request = request
    this.address = address
    this.#network = networkOf(address)
    this.device = deviceLabelOf(request.headers['user-agent'])
    this.settings = settings
    this.requestId = requestIdOf(request)
  }

  /** By whom its work is counted (turns.ts): its account, or the address of somebody who has none. */
  get owner(): string {
    return this.viewer?.account.id ?? this.#network
  }

  get sessionId(): string | null {
    return this.viewer?.sessionId ?? null
  }

  get accountId(): string | null {
    return this.viewer?.account.id ?? null
  }

  /** Whether frames may still be written: open, and its session not over. */
  get open(): boolean {
    return this.#ws.readyState === 1 && !this.#ending
  }

  get ending(): boolean {
    return this.#ending
  }

  /** Takes an operation id, which is free. Answers with the number by which `holds` knows whether it is still this one. */
  begin(id: string): number {
    this.operations.set(id, ++this.#lastOperation)
    return this.#lastOperation
  }

  /** Whether the operation that took the id is still wanted: neither its client nor its session has ended it. */
  holds(id: string, operation: number): boolean {
    return this.operations.get(id) === operation
  }

  /** The operation goes on as a subscription. */
  run(id: string, running: Running): void {
    this.operations.set(id, running)
    this.subscriptions++
  }

  /** Frees the id of a subscription, if it still has it. */
  finished(id: string, running: Running): void {
    if (this.operations.get(id) !== running) return
    this.operations.delete(id)
    this.subscriptions--
  }

  /** Ends an operation without a word; an unknown id is ignored. */
  stop(id: string): void {
    const operation = this.operations.get(id)
    if (typeof operation === 'object') operation.stop()
    this.operations.delete(id)
  }

  stopAll(): void {
    for (const operation of this.operations.values()) if (typeof operation === 'object') operation.stop()
  }

  /** A query or a mutation is being executed from now on. */
  executing(): void {
    if (++this.#running >= MOST_RUNNING) this.#pause()
  }

  /** Messages wait for their turn: what comes has to wait behind them. */
  get isHeld(): boolean {
    return this.#held !== null
  }

  /** A message has to wait for its turn: until it has come nothing more is read. */
  hold(text: string): void {
    if (this.#held) return void this.#held.push(text)
    this.#held = [text]
    this.#pause()
  }

  /** The next of those that wait, which is taken; null: there is none (any more), and reading goes on. */
  release(): string | null {
    const text = this.#held?.shift()
    if (text !== undefined) return text
    this.#held = null
    this.#goOn()
    return null
  }

  executed(): void {
    this.#running--
    if (this.#running === 0 && this.#ending) this.close(CLOSE.sessionEnded)
    else if (this.#running === 0 && this.#draining) this.close(CLOSE.restart)
    if (this.#running < MOST_RUNNING / 2) this.#goOn()
  }

  /** Sends a message of the protocol that is not the fan-out's. It leaves at the end of this turn, with all others. */
  send(text: string): void {
    if (this.#ws.readyState !== 1) return
    if (this.#texts) return void this.#texts.push(text)
    this.#texts = [text]
    process.nextTick(flushTexts, this)
  }

  /**
   * Writes whole frames. Answers whether `bytes` is free to be used again: it left at once, nothing holds on to it.
   */
  write(bytes: Buffer): boolean {
    if (this.#texts) this.flush()
    const { socket } = this
    // A single feed writes once in a flush; gathering would only hold on to bytes that others are waiting to use.
    if (this.subscriptions > 1 && !this.#corked) {
      this.#corked = true
      socket.cork()
      process.nextTick(uncork, this)
    }
    socket.write(bytes)
    return socket.writableLength === 0
  }

  flush(): void {
    const texts = this.#texts
    this.#texts = null
    if (!texts || this.#ws.readyState !== 1) return
    this.socket.write(textFrames(texts))
    // Whoever asks without reading the answers is asked to wait: what it sends next stays in its own buffers.
    if (this.socket.writableNeedDrain) this.#pause()
  }

  uncork(): void {
    this.#corked = false
    this.socket.uncork()
  }

  close({ code, reason }: { readonly code: number; readonly reason: string }): void {
    this.flush()
    this.#ws.close(code, reason)
  }

  endSession(_cause: Refusal): void {
    if (this.#ending) return
    this.#ending = true
    this.stopAll()
    if (this.#running === 0) return this.close(CLOSE.sessionEnded)
    setTimeout(() => this.close(CLOSE.sessionEnded), LAST_ANSWER_MS).unref()
  }

  /** What it asked for is answered first: a send may be in the log already. */
  drain(): void {
    if (this.#running === 0) return this.close(CLOSE.restart)
    if (this.#draining) return
    this.#draining = true
    setTimeout(() => this.close(CLOSE.restart), LAST_ANSWER_MS).unref()
  }

  beat(now: number): void {
    const { pingIntervalMs } = this.settings
    if (pingIntervalMs === 0) return
    const { bytesRead, bytesWritten, writableLength } = this.socket
    const drained = bytesWritten - writableLength
    // What leaves without a backlog may be lying in the kernel's buffer: only draining a backlog shows a reader.
    // What is not read, because what was read waits for its turn, can't show a client that is there.
    const isHeard = bytesRead !== this.#read || this.#held !== null
    if (isHeard || (this.#hadBacklog && drained !== this.#drained)) this.#aliveAt = now
    this.#read = bytesRead
    this.#drained = drained
    this.#hadBacklog = writableLength > 0
    const silent = now - this.#aliveAt
    if (silent > pingIntervalMs * 2 + 1_000) return void this.socket.destroy()
    if (silent >= pingIntervalMs && now - this.#pingedAt >= pingIntervalMs && this.#ws.readyState === 1) {
      this.#pingedAt = now
      this.#ws.ping()
    }
  }

  /** The TCP socket has taken everything. */
  onDrain(): void {
    this.#goOn()
    for (const operation of this.operations.values()) if (typeof operation === 'object') operation.drained()
  }

  #pause(): void {
    if (this.#paused) return
    this.#paused = true
    this.#ws.pause()
  }

  /** Reads on, if nothing speaks against it. */
  #goOn(): void {
    if (!this.#paused || this.#held || this.#running >= MOST_RUNNING || this.socket.writableNeedDrain) return
    this.#paused = false
    this.#ws.resume()
  }
}

// For `process.nextTick`: functions of the module, since there is no need of a closure for each turn.
function flushTexts(peer: Peer): void {
  peer.flush()
}

function uncork(peer: Peer): void {
  peer.uncork()
}
