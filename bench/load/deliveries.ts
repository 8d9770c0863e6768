// Who has got how many of the messages sent: says when all subscribers have one, at the cost of an increment a frame.

/** Messages that may be under way at once. */
const MOST_IN_FLIGHT = 8_192

export class Deliveries {
  /** Messages that were sent. */
  sent = 0
  /** Messages that every subscriber has. */
  completed = 0
  /** Frames of all subscribers together. */
  total = 0
  /** A subscriber got more frames than messages were sent. */
  hasSurplus = false
  readonly #subscribers: number
  readonly #received: Uint32Array
  /** How many subscribers have the message of this number, for those under way. */
  readonly #having = new Uint32Array(MOST_IN_FLIGHT)

  constructor(subscribers: number) {
    this.#subscribers = subscribers
    this.#received = new Uint32Array(subscribers)
  }

  get inFlight(): number {
    return this.sent - this.completed
  }

  /** How many subscribers have got anything at all. */
  get joined(): number {
    return this.#received.reduce((sum, count) => sum + (count > 0 ? 1 : 0), 0)
  }

  /** The fewest frames that any subscriber has. */
  get fewest(): number {
    return this.#received.reduce((least, count) => Math.min(least, count), Number.POSITIVE_INFINITY)
  }

  /** @throws RangeError when more are under way than can be told apart */
  send(count: number): void {
    this.sent += count
    if (this.inFlight > MOST_IN_FLIGHT) throw new RangeError(`More than ${MOST_IN_FLIGHT} messages are under way`)
  }

  /** Takes note of so many frames for one subscriber. Answers whether this completed a message. */
  take(subscriber: number, frames: number): boolean {
    const having = this.#having
    const from = this.#received[subscriber] as number
    const to = from + frames
    this.#received[subscriber] = to
    this.total += frames
    if (to > this.sent) {
      this.hasSurplus = true
      return false
    }
    for (let message = from; message < to; message++) (having[message & (MOST_IN_FLIGHT - 1)] as number)++
    const before = this.completed
    let slot = before & (MOST_IN_FLIGHT - 1)
    while (having[slot] === this.#subscribers) {
      having[slot] = 0
      this.completed++
      slot = this.completed & (MOST_IN_FLIGHT - 1)
    }
    return this.completed > before
  }
}
