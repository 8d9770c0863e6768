// NATS's text protocol out of whatever chunks TCP makes of it: `MSG` is counted without decoding, as FrameWalker does
// with frames. https://docs.nats.io/reference/reference-protocols/nats-protocol

export interface NatsEvents {
  /** How many whole messages a chunk held. Called once a chunk, after `onPayload` of each. */
  onMessages?: ((count: number) => void) | undefined
  /** Each payload; costs a copy and a decode for each. */
  onPayload?: ((text: string) => void) | undefined
  onPing(): void
  /** An answer to our PING. */
  onPong?: (() => void) | undefined
  onFault(fault: string): void
}

const CR = 13
const SPACE = 32

export class NatsWalker {
  readonly #events: NatsEvents
  #rest: Buffer | null = null
  /** Bytes of the current payload that are still to come, while they are only skipped. */
  #skip = 0

  constructor(events: NatsEvents) {
    this.#events = events
  }

  /** @param chunk may be used again afterwards: what must be kept of it is copied */
  take(chunk: Buffer): void {
    let data = chunk
    if (this.#rest) {
      data = Buffer.concat([this.#rest, chunk])
      this.#rest = null
    }
    const { onPayload } = this.#events
    let offset = Math.min(this.#skip, data.length)
    this.#skip -= offset
    let count = 0
    while (offset < data.length) {
      const end = data.indexOf(CR, offset)
      if (end < 0 || end + 2 > data.length) break
      // 'M', 'S': a message, whose line ends with its payload's length.
      if (data[offset] === 0x4d && data[offset + 1] === 0x53) {
        let length = 0
        let unit = 1
        for (let at = end - 1; data[at] !== SPACE; at--) {
          length += ((data[at] as number) - 48) * unit
          unit *= 10
        }
        const next = end + 2 + length + 2
        if (next > data.length && onPayload) break
        count++
        onPayload?.(data.toString('utf8', end + 2, end + 2 + length))
        offset = next
      } else {
        this.#talk(data.toString('latin1', offset, end))
        offset = end + 2
      }
    }
    if (offset > data.length) this.#skip = offset - data.length
    else if (offset < data.length) this.#rest = Buffer.from(data.subarray(offset))
    if (count > 0) this.#events.onMessages?.(count)
  }

  #talk(line: string): void {
    if (line === 'PING') this.#events.onPing()
    else if (line === 'PONG') this.#events.onPong?.()
    else if (!line.startsWith('INFO') && line !== '+OK') this.#events.onFault(`NATS said ${line}`)
  }
}
