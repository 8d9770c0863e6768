// WebSocket frames out of whatever chunks TCP makes of them: counted without decoding, unless `onText` asks for it.

export interface FrameEvents {
  /** How many whole messages a chunk held. Called once a chunk, after `onText` of each. */
  onFrames?: ((count: number) => void) | undefined
  /** Each message's text; costs a copy and a decode for each. */
  onText?: ((text: string) => void) | undefined
  /**
   * Frames of fewer than `smallBytes` bytes are the protocol's own talk: decoded, handed over here and not counted.
   * Default 0: there are none.
   */
  smallBytes?: number
  onSmall?: ((text: string) => void) | undefined
}

export interface ControlEvents {
  onPing(payload: Buffer): void
  onClose(code: number): void
}

/** The code of a close frame without one. */
const NO_CODE = 1005

export class FrameWalker {
  /** Messages so far. */
  frames = 0
  readonly #events: FrameEvents
  readonly #control: ControlEvents
  #rest: Buffer | null = null
  /** Bytes of the current frame's payload that are still to come, while they are only skipped. */
  #skip = 0

  /** @param events may be changed while it walks */
  constructor(events: FrameEvents, control: ControlEvents) {
    this.#events = events
    this.#control = control
  }

  /** @param chunk may be used again afterwards: what must be kept of it is copied */
  take(chunk: Buffer): void {
    let data = chunk
    if (this.#rest) {
      data = Buffer.concat([this.#rest, chunk])
      this.#rest = null
    }
    const events = this.#events
    const smallBytes = events.smallBytes ?? 0
    let offset = Math.min(this.#skip, data.length)
    this.#skip -= offset
    let count = 0
    while (offset + 2 <= data.length) {
      const opcode = (data[offset] as number) & 0x0f
      let length = (data[offset + 1] as number) & 0x7f
      let start = offset + 2
      if (length === 126) {
        if (offset + 4 > data.length) break
        length = data.readUInt16BE(offset + 2)
        start = offset + 4
      } else if (length === 127) {
        if (offset + 10 > data.length) break
        length = data.readUInt32BE(offset + 2) * 2 ** 32 + data.readUInt32BE(offset + 6)
        start = offset + 10
      }
      const end = start + length
      const isSmall = length < smallBytes
      if (end > data.length && (opcode >= 8 || isSmall || events.onText !== undefined)) break
      offset = end
      if (opcode >= 8) {
        if (opcode === 9) this.#control.onPing(data.subarray(start, end))
        else if (opcode === 8) this.#control.onClose(length >= 2 ? data.readUInt16BE(start) : NO_CODE)
      } else if (isSmall) events.onSmall?.(data.toString('utf8', start, end))
      else {
        count++
        events.onText?.(data.toString('utf8', start, end))
      }
    }
    if (offset > data.length) this.#skip = offset - data.length
    else if (offset < data.length) this.#rest = Buffer.from(data.subarray(offset))
    if (count === 0) return
    this.frames += count
    events.onFrames?.(count)
  }
}

/** A masked text frame. The mask is zero: allowed, and the load client need not spend time on it. */
export function textFrame(text: string): Buffer {
  const payload = Buffer.from(text)
  const { length } = payload
  const header = Buffer.alloc(length < 126 ? 6 : length < 65_536 ? 8 : 14)
  header[0] = 0x81
  if (length < 126) header[1] = 0x80 | length
  else if (length < 65_536) {
    header[1] = 0x80 | 126
    header.writeUInt16BE(length, 2)
  } else {
    header[1] = 0x80 | 127
    header.writeBigUInt64BE(BigInt(length), 2)
  }
  return Buffer.concat([header, payload])
}

export function pongFrame(payload: Buffer): Buffer {
  return Buffer.concat([Buffer.from([0x8a, 0x80 | payload.length, 0, 0, 0, 0]), payload])
}
