// One sender and many subscribers on one server. A window of W: the sender keeps at most W messages under way, and a
// message is under way until the last subscriber has it. The same for every peer.
import { setTimeout as delay } from 'node:timers/promises'
import { quantile } from '../report/statistics.ts'
import type { Figures } from '../results.ts'
import type { ServerProcess } from '../server-process.ts'
import type { ChatClient, ChatSocket, SendSocket } from './chat-client.ts'
import { Deliveries } from './deliveries.ts'
import { openMany } from './open-many.ts'
import { Samples } from './samples.ts'
import { createText, MARKER } from './texts.ts'

export interface FanOutFigures extends Figures {
  /** µs of the server's processor time. */
  readonly cpuPerDelivery: number
  readonly deliveriesPerSecond: number
  readonly messagesPerSecond: number
  /** Milliseconds from send to decoded at a sampled subscriber. */
  readonly p50: number
  readonly p99: number
  /** Cores that the server and the load client kept busy. */
  readonly serverCores: number
  readonly clientCores: number
  /** Messages that sampled sockets decoded and compared. */
  readonly checked: number
}

export interface Span {
  /** Milliseconds that run before anything is measured, and that are measured; longer if that is not a window yet. */
  readonly warmUpMs: number
  readonly measureMs: number
}

interface Snapshot {
  readonly at: number
  readonly serverMs: number
  readonly clientMs: number
  readonly deliveries: number
}

const SAMPLES = 10
/** Handshakes under way when everybody comes back: still below the backlog of a Node server, 511. */
const AT_ONCE = 400
const JOIN_MS = 60_000
const DRAIN_MS = 60_000

export class FanOutLoad {
  readonly #server: ServerProcess
  readonly #subscribers: number
  #sockets: ChatSocket[] = []
  #sender: SendSocket | null = null
  #deliveries: Deliveries
  readonly #samples = new Samples(fault => this.#fault(fault))
  readonly #faults: string[] = []
  #onCompleted: (() => void) | null = null

  private constructor(server: ServerProcess, subscribers: number) {
    this.#server = server
    this.#subscribers = subscribers
    this.#deliveries = new Deliveries(subscribers)
  }

  /** Connects everybody and waits until each of them gets what is sent. */
  static async open(server: ServerProcess, client: ChatClient, subscribers: number): Promise<FanOutLoad> {
    const load = new FanOutLoad(server, subscribers)
    await load.#connect(client)
    await load.#openSender(client)
    await load.#join()
    return load
  }

  /**
   * Connects everybody at once to feeds that have so many messages to replay, numbered from 0.
   * @param sender whose client sends what comes later; null: nothing will
   */
  static async openBehind(
    server: ServerProcess,
    client: ChatClient,
    sender: ChatClient | null,
    { subscribers, backlog }: { readonly subscribers: number; readonly backlog: number },
  ): Promise<{ readonly load: FanOutLoad; readonly caughtUpMs: number }> {
    const load = new FanOutLoad(server, subscribers)
    if (sender) await load.#openSender(sender)
    load.#samples.restart()
    load.#deliveries.send(backlog)
    let caughtUpAt = 0
    load.#onCompleted = () => {
      if (load.#deliveries.inFlight === 0) caughtUpAt = performance.now()
    }
    const started = performance.now()
    await load.#connect(client, AT_ONCE)
    await load.#drained()
    load.#onCompleted = null
    return { load, caughtUpMs: caughtUpAt - started }
  }

  get subscribers(): number {
    return this.#subscribers
  }

  /** Sends with at most `window` messages under way. */
  saturate(window: number, span: Span): Promise<FanOutFigures> {
    let number = 0
    const fill = (): void => {
      const room = window - this.#deliveries.inFlight
      if (room <= 0) return
      const texts = Array.from({ length: room }, () => createText(number++))
      this.#send(texts)
    }
    return this.#run(span, window, () => {
      this.#onCompleted = fill
      fill()
      return () => {
        this.#onCompleted = null
      }
    })
  }

  /** Sends so many messages a second, evenly. */
  pace(perSecond: number, span: Span): Promise<FanOutFigures> {
    let number = 0
    return this.#run(span, 1, () => {
      const started = performance.now()
      let timer: NodeJS.Timeout
      const tick = (): void => {
        this.#send([createText(number++)])
        timer = setTimeout(tick, Math.max(0, started + (number * 1_000) / perSecond - performance.now()))
      }
      tick()
      return () => clearTimeout(timer)
    })
  }

  close(): void {
    this.#sender?.destroy()
    for (const socket of this.#sockets) socket.destroy()
  }

  async #connect(client: ChatClient, atOnce?: number): Promise<void> {
    const onFault = (fault: string): void => this.#fault(fault)
    // Spread evenly: the first that a server writes to gets a message long before the last one.
    const samples = Math.min(SAMPLES, this.#subscribers)
    const sampled = new Set(
      Array.from({ length: samples }, (_, index) =>
        Math.floor((index * (this.#subscribers - 1)) / Math.max(1, samples - 1)),
      ),
    )
    this.#sockets = await openMany(
      this.#subscribers,
      index =>
        client.subscribe({
          onFrames: count => this.#take(index, count),
          onFault,
          ...(sampled.has(index) ? { onMessage: this.#samples.socket(`Subscriber ${index}`) } : {}),
        }),
      atOnce,
    )
  }

  async #openSender(client: ChatClient): Promise<void> {
    this.#sender = await client.sender({ onFault: fault => this.#fault(fault) })
  }

  /** Starts, warms up, measures, stops, and waits until everything sent was delivered to all. */
  async #run({ warmUpMs, measureMs }: Span, messages: number, start: () => () => void): Promise<FanOutFigures> {
    this.#deliveries = new Deliveries(this.#subscribers)
    this.#samples.restart()
    const stop = start()
    const [before, after] = await this.#measure(warmUpMs, measureMs, messages).finally(stop)
    await this.#drained()
    const deliveries = after.deliveries - before.deliveries
    const ms = after.at - before.at
    const latencies = this.#samples.latencies.sort((a, b) => a - b)
    return {
      cpuPerDelivery: ((after.serverMs - before.serverMs) * 1_000) / deliveries,
      deliveriesPerSecond: (deliveries * 1_000) / ms,
      messagesPerSecond: (deliveries * 1_000) / ms / this.#subscribers,
      p50: quantile(latencies, 0.5),
      p99: quantile(latencies, 0.99),
      serverCores: (after.serverMs - before.serverMs) / ms,
      clientCores: (after.clientMs - before.clientMs) / ms,
      checked: this.#samples.checked,
    }
  }

  async #measure(warmUpMs: number, measureMs: number, messages: number): Promise<readonly [Snapshot, Snapshot]> {
    await this.#go(warmUpMs, messages)
    this.#samples.isMeasuring = true
    const before = this.#snapshot()
    await this.#go(measureMs, messages)
    const after = this.#snapshot()
    this.#samples.isMeasuring = false
    return [before, after]
  }

  /** Resolves after so long, and not before so many messages were completed: a slow peer's window takes seconds. */
  async #go(ms: number, messages: number): Promise<void> {
    const deadline = performance.now() + DRAIN_MS
    const enough = this.#deliveries.completed + messages
    await delay(ms)
    while (this.#deliveries.completed < enough && performance.now() < deadline) {
      this.#check()
      await delay(10)
    }
  }

  #snapshot(): Snapshot {
    const { user, system } = process.cpuUsage()
    return {
      at: performance.now(),
      serverMs: this.#server.usage().cpuMs,
      clientMs: (user + system) / 1_000,
      deliveries: this.#deliveries.total,
    }
  }

  #send(texts: readonly string[]): void {
    this.#deliveries.send(texts.length)
    this.#sender?.send(texts)
  }

  #take(subscriber: number, frames: number): void {
    if (this.#deliveries.take(subscriber, frames)) this.#onCompleted?.()
    else if (this.#deliveries.hasSurplus) this.#fault(`Subscriber ${subscriber} got more messages than were sent`)
  }

  /** No protocol here acknowledges a subscription alike: markers are sent until everybody gets them. */
  async #join(): Promise<void> {
    const deadline = performance.now() + JOIN_MS
    for (let rest = 1; this.#deliveries.joined < this.#subscribers; rest = Math.min(rest * 2, 64)) {
      this.#check()
      if (performance.now() > deadline) {
        throw new Error(`Only ${this.#deliveries.joined} of ${this.#subscribers} subscribers get messages`)
      }
      this.#send([MARKER])
      // Twice the time each round: a slow server is not buried under markers.
      await this.#quiet(rest * 10)
    }
    // Those that joined late miss markers, so nothing is counted yet; once it is quiet, everything is from here on.
    await this.#quiet(1_000)
  }

  /** Resolves once nothing was received for so long. */
  async #quiet(ms: number): Promise<void> {
    for (let total = -1; total !== this.#deliveries.total; ) {
      total = this.#deliveries.total
      await delay(ms)
    }
  }

  async #drained(): Promise<void> {
    const deadline = performance.now() + DRAIN_MS
    while (this.#deliveries.inFlight > 0) {
      this.#check()
      if (performance.now() > deadline) {
        const { sent, completed } = this.#deliveries
        throw new Error(`Only ${completed} of ${sent} messages reached every subscriber`)
      }
      await delay(5)
    }
    await this.#quiet(50)
    const expected = this.#deliveries.sent * Math.min(SAMPLES, this.#subscribers)
    if (this.#samples.checked !== expected) {
      this.#fault(`Sampled sockets decoded ${this.#samples.checked} messages of ${expected}`)
    }
    this.#check()
  }

  #fault(fault: string): void {
    if (this.#faults.length < 5) this.#faults.push(fault)
  }

  /** @throws the first faults: figures of a server that loses or doubles messages are worth nothing */
  #check(): void {
    if (this.#faults.length > 0) throw new Error(this.#faults.join('\n'))
  }
}
