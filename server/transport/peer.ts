// One WebSocket as the server sees it: whose it is, its feeds, what is under way, and how it is written to. Frames of
// the fan-out go straight to the TCP socket, whole, in order with ws's own frames (sound while there is no compression
// and no close frame was sent).
import type { Socket } from 'node:net'
import type { WebSocket } from 'ws'
import type { Refusal } from '../domain/errors.ts'
import type { Batch, CaughtUp, Sink } from '../feed/feed.ts'
import type { FeedHandle } from '../feed/log.ts'
import type { Viewer } from '../graphql/context.ts'
import type { Connection } from './connections.ts'
import { buildTemplate, encodeId, fill } from './fan-out/frame.ts'
import type { Group } from './fan-out/group.ts'

/** Close codes and reasons: ASCII constants, listed in PROTOCOL.md. */
export const CLOSE = {
  sessionEnded: { code: 4403, reason: 'Session ended' },
  restart: { code: 1012, reason: 'Service restart' },
  tooMany: { code: 1013, reason: 'Too many connections' },
  notText: { code: 1003, reason: 'Text frames only' },
  badRequest: { code: 4400, reason: 'Bad request' },
  internal: { code: 4500, reason: 'Internal server error' },
} as const

/** Operations under way on one socket before it is read no further: enough to fill the next commit while one runs. */
const MOST_OPERATIONS = 2_048
/** A socket whose session ended has this long to take its last answer. */
const LAST_ANSWER_MS = 1_000

export interface PeerOptions {
  readonly ws: WebSocket
  readonly socket: Socket
  readonly address: string
  /** How many bytes may wait for a live feed before it is demoted; 0: any. */
  readonly backlogBytes: number
  /** Milliseconds of silence after which a ping is due; 0: never. */
  readonly pingIntervalMs: number
}

export class Peer implements Connection {
  readonly address: string
  readonly socket: Socket
  readonly backlogBytes: number
  viewer: Viewer | null = null
  /** Feeds and watchers by operation id. */
  readonly feeds = new Map<string, SocketFeed>()
  /** Running subscriptions that the fan-out does not serve. */
  unshared = 0
  readonly #ws: WebSocket
  readonly #pingIntervalMs: number
  /** Messages of the client that are being handled, running subscriptions among them. */
  #handling = 0
  #ending = false
  /** Feeds that were stopped without a word when the session ended: what handles them goes on until the close. */
  #stopped = 0
  #paused = false
  #corked = false
  // The heartbeat: bytes read, bytes that left while there was a backlog, and when either last moved.
  #read = 0
  #drained = 0
  #hadBacklog = false
  #aliveAt = performance.now()
  #pingedAt = 0

  constructor({ ws, socket, address, backlogBytes, pingIntervalMs }: PeerOptions) {
    this.#ws = ws
    this.socket = socket
    this.address = address
    this.backlogBytes = backlogBytes
    this.#pingIntervalMs = pingIntervalMs
    socket.on('drain', () => this.#onDrain())
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

  /** Sends a message of the protocol that is not the fan-out's. */
  send(text: string): void {
    if (this.#ws.readyState !== 1) return
    this.#gather()
    this.#ws.send(text)
    // Whoever asks without reading the answers is asked to wait: what it sends next stays in its own buffers.
    if (this.socket.writableNeedDrain) this.#pause()
  }

  /**
   * Writes whole frames. Answers whether `bytes` is free to be used again: it left at once, nothing holds on to it.
   */
  write(bytes: Buffer): boolean {
    const { socket } = this
    // A single feed writes once in a flush; gathering would only hold on to bytes that others are waiting to use.
    if (this.feeds.size > 1) this.#gather()
    socket.write(bytes)
    return socket.writableLength === 0
  }

  /** What is written in this turn, promises that follow from it included, leaves in one system call. */
  #gather(): void {
    if (this.#corked) return
    this.#corked = true
    this.socket.cork()
    process.nextTick(() => {
      this.#corked = false
      this.socket.uncork()
    })
  }

  close({ code, reason }: { readonly code: number; readonly reason: string }): void {
    this.#ws.close(code, reason)
  }

  /** Counts a message of the client as being handled, until the promise settles. */
  async handle(work: Promise<void>): Promise<void> {
    this.#handling++
    if (this.#operations >= MOST_OPERATIONS) this.#pause()
    try {
      await work
    } finally {
      this.#handling--
      if (this.#ending && this.#operations <= 0) this.close(CLOSE.sessionEnded)
      if (this.#paused && !this.socket.writableNeedDrain && this.#operations < MOST_OPERATIONS / 2) this.#resume()
    }
  }

  get #operations(): number {
    return this.#handling - this.feeds.size - this.unshared - this.#stopped
  }

  endSession(_cause: Refusal): void {
    if (this.#ending) return
    this.#ending = true
    this.#stopped = this.feeds.size
    for (const feed of [...this.feeds.values()]) feed.stop()
    if (this.#operations <= 0) return this.close(CLOSE.sessionEnded)
    setTimeout(() => this.close(CLOSE.sessionEnded), LAST_ANSWER_MS).unref()
  }

  get ending(): boolean {
    return this.#ending
  }

  drain(): void {
    this.close(CLOSE.restart)
  }

  beat(now: number): void {
    if (this.#pingIntervalMs === 0) return
    const { bytesRead, bytesWritten, writableLength } = this.socket
    const drained = bytesWritten - writableLength
    // What leaves without a backlog may be lying in the kernel's buffer: only draining a backlog shows a reader.
    if (bytesRead !== this.#read || (this.#hadBacklog && drained !== this.#drained)) this.#aliveAt = now
    this.#read = bytesRead
    this.#drained = drained
    this.#hadBacklog = writableLength > 0
    const silent = now - this.#aliveAt
    if (silent > this.#pingIntervalMs * 2 + 1_000) return void this.socket.destroy()
    if (silent >= this.#pingIntervalMs && now - this.#pingedAt >= this.#pingIntervalMs && this.#ws.readyState === 1) {
      this.#pingedAt = now
      this.#ws.ping()
    }
  }

  #onDrain(): void {
    if (this.#paused && this.#operations < MOST_OPERATIONS) this.#resume()
    for (const feed of this.feeds.values()) feed.drained()
  }

  #pause(): void {
    if (this.#paused) return
    this.#paused = true
    this.#ws.pause()
  }

  #resume(): void {
    this.#paused = false
    this.#ws.resume()
  }
}

/**
 * A subscription of the fan-out on a socket, and what graphql-ws iterates over: `next()` stays pending while frames are
 * written past it; it settles when the feed ends (`complete`), or is refused (`error`).
 */
export class SocketFeed implements Sink, AsyncIterableIterator<never> {
  readonly #peer: Peer
  readonly #operationId: string
  readonly #id: Buffer
  readonly #group: Group
  readonly #release: () => void
  #handle: Pick<FeedHandle, 'resume' | 'close'> | null = null
  #ended = false
  #settle: { resolve(result: IteratorResult<never>): void; reject(error: unknown): void } | null = null
  #refusal: unknown = null

  constructor(peer: Peer, operationId: string, group: Group, release: () => void) {
    this.#peer = peer
    this.#operationId = operationId
    this.#id = encodeId(operationId)
    this.#group = group
    this.#release = release
    peer.feeds.set(operationId, this)
  }

  /** Ties it to its feed; at once closed again if the client has gone meanwhile. */
  attach(handle: Pick<FeedHandle, 'resume' | 'close'>): void {
    this.#handle = handle
    if (this.#ended) handle.close()
  }

  get congested(): boolean {
    return this.#peer.socket.writableNeedDrain
  }

  get overflowing(): boolean {
    const { backlogBytes } = this.#peer
    return backlogBytes > 0 && this.#peer.socket.writableLength > backlogBytes
  }

  deliver(batch: Batch): void {
    if (this.#ended || !this.#peer.open) return
    const template = this.#group.template(batch, this.#id.length)
    fill(template, this.#id)
    if (!this.#peer.write(template.bytes)) template.bytes = Buffer.from(template.bytes)
  }

  caughtUp(mark: CaughtUp): void {
    const payload = this.#group.caughtUp(mark)
    if (payload) this.deliverValue(payload)
  }

  /** Writes one encoded result that is no entry of the log. */
  deliverValue(payload: Buffer): void {
    if (this.#ended || !this.#peer.open) return
    const template = buildTemplate([payload], this.#id.length)
    fill(template, this.#id)
    this.#peer.write(template.bytes)
  }

  ended(cause: unknown): void {
    if (!this.#finish()) return
    this.#refusal = cause
    if (!this.#settle) return
    if (cause) this.#settle.reject(cause)
    else this.#settle.resolve({ value: undefined, done: true })
  }

  /** Delivers no more, and says nothing. */
  stop(): void {
    this.#finish()
  }

  drained(): void {
    this.#handle?.resume()
  }

  next(): Promise<IteratorResult<never>> {
    if (this.#ended) {
      const refusal = this.#refusal
      this.#refusal = null
      return refusal ? Promise.reject(refusal) : Promise.resolve({ value: undefined, done: true })
    }
    return new Promise((resolve, reject) => {
      this.#settle = { resolve, reject }
    })
  }

  async return(): Promise<IteratorResult<never>> {
    this.#finish()
    this.#settle?.resolve({ value: undefined, done: true })
    return { value: undefined, done: true }
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  #finish(): boolean {
    if (this.#ended) return false
    this.#ended = true
    if (this.#peer.feeds.get(this.#operationId) === this) this.#peer.feeds.delete(this.#operationId)
    this.#handle?.close()
    this.#release()
    return true
  }
}
