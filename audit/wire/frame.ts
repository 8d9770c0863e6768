// Frames of RFC 6455 by hand, right or wrong: what no client library would send.
import { randomBytes } from 'node:crypto'

export const OPCODE = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const

export interface Frame {
  readonly fin: boolean
  readonly opcode: number
  readonly payload: Buffer
}

export interface FrameParts {
  /** Default true. */
  readonly fin?: boolean
  /** The three reserved bits, 0 to 7. Default 0. */
  readonly reserved?: number
  readonly opcode: number
  /** Default empty. */
  readonly payload?: string | Buffer
  /** Default true, as clients must. */
  readonly masked?: boolean
  /** What the header claims. Default: the payload's length. */
  readonly claims?: bigint
}

/** The bytes of one frame. */
export function frame({ fin = true, reserved = 0, opcode, payload = '', masked = true, claims }: FrameParts): Buffer {
  const body = Buffer.from(payload)
  const length = claims ?? BigInt(body.length)
  const extended = length < 126n ? 0 : length < 65_536n ? 2 : 8
  const head = Buffer.alloc(2 + extended)
  head[0] = (fin ? 0x80 : 0) | (reserved << 4) | opcode
  head[1] = (masked ? 0x80 : 0) | (extended === 0 ? Number(length) : extended === 2 ? 126 : 127)
  if (extended === 2) head.writeUInt16BE(Number(length), 2)
  if (extended === 8) head.writeBigUInt64BE(length, 2)
  if (!masked) return Buffer.concat([head, body])
  const mask = randomBytes(4)
  return Buffer.concat([head, mask, body.map((byte, index) => byte ^ (mask[index % 4] ?? 0))])
}

export function textFrame(text: string): Buffer {
  return frame({ opcode: OPCODE.text, payload: text })
}
