// The load client counts what it is sent, however TCP cuts it.
import { describe, expect, test } from 'vitest'
import { FrameWalker, textFrame } from '../../bench/load/frame-walker.ts'
import { NatsWalker } from '../../bench/load/nats-walker.ts'

/** As a server sends it: not masked. */
function frame(opcode: number, payload: Buffer): Buffer {
  const { length } = payload
  const header = Buffer.alloc(length < 126 ? 2 : length < 65_536 ? 4 : 10)
  header[0] = 0x80 | opcode
  header[1] = length < 126 ? length : length < 65_536 ? 126 : 127
  if (header.length === 4) header.writeUInt16BE(length, 2)
  if (header.length === 10) header.writeBigUInt64BE(BigInt(length), 2)
  return Buffer.concat([header, payload])
}

const TEXTS = ['olá', 'x'.repeat(125), 'y'.repeat(126), 'ção '.repeat(100), 'z'.repeat(70_000), 'the last one']
const FRAMES = Buffer.concat([
  ...TEXTS.slice(0, 3).map(text => frame(1, Buffer.from(text))),
  frame(9, Buffer.from('still there?')),
  ...TEXTS.slice(3).map(text => frame(1, Buffer.from(text))),
  frame(8, Buffer.from([0x03, 0xf4])),
])

/** Cuts into chunks of this size, each in the same memory, as sockets read. */
function feed(bytes: Buffer, size: number, take: (chunk: Buffer) => void): void {
  const memory = Buffer.alloc(size)
  for (let at = 0; at < bytes.length; at += size) {
    const length = bytes.copy(memory, 0, at, Math.min(at + size, bytes.length))
    take(memory.subarray(0, length))
    memory.fill(0xff)
  }
}

describe('frames', () => {
  const sizes = [1, 2, 3, 5, 7, 13, 64, 129, 1_000, 65_536, FRAMES.length]

  test.each(sizes)('are counted and decoded in chunks of %i bytes', size => {
    const texts: string[] = []
    const pings: string[] = []
    let counted = 0
    let code = 0
    const walker = new FrameWalker(
      {
        onText: text => texts.push(text),
        onFrames: count => {
          counted += count
        },
      },
      {
        onPing: payload => pings.push(String(payload)),
        onClose: closeCode => {
          code = closeCode
        },
      },
    )
    feed(FRAMES, size, chunk => walker.take(chunk))
    expect(texts).toEqual(TEXTS)
    expect({ counted, code, pings }).toEqual({ counted: TEXTS.length, code: 1012, pings: ['still there?'] })
  })

  test.each(sizes)('are counted without decoding in chunks of %i bytes, small ones apart', size => {
    const small: string[] = []
    const walker = new FrameWalker({ smallBytes: 20, onSmall: text => small.push(text) }, { onPing() {}, onClose() {} })
    feed(FRAMES, size, chunk => walker.take(chunk))
    expect(small).toEqual(['olá', 'the last one'])
    expect(walker.frames).toBe(TEXTS.length - 2)
  })

  test('that are sent are masked and say their length', () => {
    for (const text of TEXTS) {
      const bytes = textFrame(text)
      const length = Buffer.byteLength(text)
      expect(bytes.subarray(bytes.length - length).toString()).toBe(text)
      expect((bytes[1] ?? 0) & 0x80).toBe(0x80)
      expect(bytes.length - length).toBe(length < 126 ? 6 : length < 65_536 ? 8 : 14)
    }
  })
})

describe('messages of NATS', () => {
  const payloads = ['{"text":"olá"}', 'x'.repeat(1_000), 'a payload\r\nof two lines', '']
  const bytes = Buffer.from(
    [
      'INFO {"max_payload":1048576}\r\n',
      ...payloads.slice(0, 2).map(text => `MSG chat 1 ${Buffer.byteLength(text)}\r\n${text}\r\n`),
      'PING\r\nPONG\r\n',
      ...payloads.slice(2).map(text => `MSG chat 1 ${Buffer.byteLength(text)}\r\n${text}\r\n`),
      "-ERR 'Slow Consumer'\r\n",
    ].join(''),
  )

  test.each([1, 2, 3, 7, 16, 100, 1_010, bytes.length])('are counted and decoded in chunks of %i bytes', size => {
    for (const isDecoding of [true, false]) {
      const seen: string[] = []
      const talk: string[] = []
      let counted = 0
      const walker = new NatsWalker({
        ...(isDecoding ? { onPayload: text => seen.push(text) } : {}),
        onMessages: count => {
          counted += count
        },
        onPing: () => talk.push('ping'),
        onPong: () => talk.push('pong'),
        onFault: fault => talk.push(fault),
      })
      feed(bytes, size, chunk => walker.take(chunk))
      expect(counted).toBe(payloads.length)
      expect(seen).toEqual(isDecoding ? payloads : [])
      expect(talk).toEqual(['ping', 'pong', "NATS said -ERR 'Slow Consumer'"])
    }
  })
})
