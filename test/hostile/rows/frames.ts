// Frames that no client library would send (PROTOCOL.md: CLOSE-1, SOCK-9).
import { frame, OPCODE } from '../../../audit/wire/frame.ts'
import type { FrameRow } from '../row.ts'

const PING = JSON.stringify({ type: 'ping' })
const { continuation, text, binary, close, ping, pong } = OPCODE

function row(id: string, code: number, input: Buffer, reason = ''): FrameRow {
  return { room: 'frames', id: `frame: ${id}`, clause: 'CLOSE-1', input, expected: { code, reason } }
}

function closing(code: number, reason: Buffer = Buffer.alloc(0)): Buffer {
  return frame({ opcode: close, payload: Buffer.concat([Buffer.from([code >> 8, code & 255]), reason]) })
}

export const FRAMES: readonly FrameRow[] = [
  row('unmasked', 1002, frame({ opcode: text, payload: PING, masked: false })),
  row('first reserved bit', 1002, frame({ opcode: text, payload: PING, reserved: 4 })),
  row('second reserved bit', 1002, frame({ opcode: text, payload: PING, reserved: 2 })),
  row('third reserved bit', 1002, frame({ opcode: text, payload: PING, reserved: 1 })),
  row('reserved bit of a control frame', 1002, frame({ opcode: ping, reserved: 4 })),
  row('unknown data opcode 3', 1002, frame({ opcode: 3, payload: PING })),
  row('unknown data opcode 7', 1002, frame({ opcode: 7, payload: PING })),
  row('unknown control opcode 11', 1002, frame({ opcode: 11 })),
  row('unknown control opcode 15', 1002, frame({ opcode: 15 })),
  row('fragmented ping', 1002, frame({ opcode: ping, fin: false })),
  row('fragmented close', 1002, frame({ opcode: close, fin: false })),
  row('ping of 126 bytes', 1002, frame({ opcode: ping, payload: Buffer.alloc(126) })),
  row('pong of 126 bytes', 1002, frame({ opcode: pong, payload: Buffer.alloc(126) })),
  row('close of 126 bytes', 1002, frame({ opcode: close, payload: Buffer.alloc(126, 3) })),
  row('unmasked ping', 1002, frame({ opcode: ping, masked: false })),
  row('orphan continuation', 1002, frame({ opcode: continuation, payload: PING })),
  row('orphan continuation that goes on', 1002, frame({ opcode: continuation, payload: PING, fin: false })),
  row(
    'text inside a fragmented message',
    1002,
    Buffer.concat([frame({ opcode: text, fin: false, payload: '{' }), frame({ opcode: text, payload: PING })]),
  ),
  row(
    'binary inside a fragmented message',
    1002,
    Buffer.concat([frame({ opcode: text, fin: false, payload: '{' }), frame({ opcode: binary, payload: PING })]),
  ),
  row('close code 999', 1002, closing(999)),
  row('close code 1004, reserved', 1002, closing(1004)),
  row('close code 1005, never sent', 1002, closing(1005)),
  row('close code 1006, never sent', 1002, closing(1006)),
  row('close code 1015, never sent', 1002, closing(1015)),
  row('close code 2999', 1002, closing(2999)),
  row('close code 5000', 1002, closing(5000)),
  row('close of one byte', 1002, frame({ opcode: close, payload: Buffer.from([3]) })),
  row('text with bad UTF-8', 1007, frame({ opcode: text, payload: Buffer.from([0x22, 0xc3, 0x28, 0x22]) })),
  row('text with a surrogate', 1007, frame({ opcode: text, payload: Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22]) })),
  row('text with an overlong slash', 1007, frame({ opcode: text, payload: Buffer.from([0x22, 0xc0, 0xaf, 0x22]) })),
  row('text cut inside a character', 1007, frame({ opcode: text, payload: Buffer.from([0x22, 0xf0, 0x9f, 0x98]) })),
  row('close reason with bad UTF-8', 1007, closing(1000, Buffer.from([0xff, 0xfe]))),
  row('over the size', 1009, frame({ opcode: text, payload: 'x'.repeat(65_537) })),
  row('header that claims 65,537 bytes', 1009, frame({ opcode: text, claims: 65_537n })),
  row('header that claims 2^32 bytes', 1009, frame({ opcode: text, claims: 2n ** 32n })),
  row('header that claims 2^53 bytes', 1009, frame({ opcode: text, claims: 2n ** 53n })),
  row('header that claims 2^63 bytes', 1009, frame({ opcode: text, claims: 2n ** 63n })),
  row(
    'fragments over the size together',
    1009,
    Buffer.concat([
      frame({ opcode: text, fin: false, payload: 'x'.repeat(40_000) }),
      frame({ opcode: continuation, payload: 'x'.repeat(40_000) }),
    ]),
  ),
  row(
    '65 fragments',
    1008,
    Buffer.concat([
      frame({ opcode: text, fin: false, payload: '{' }),
      ...Array.from({ length: 64 }, () => frame({ opcode: continuation, fin: false, payload: ' ' })),
    ]),
  ),
  row(
    '65 empty fragments',
    1008,
    Buffer.concat([
      frame({ opcode: text, fin: false }),
      ...Array.from({ length: 64 }, () => frame({ opcode: continuation, fin: false })),
    ]),
  ),
  row('binary', 1003, frame({ opcode: binary, payload: PING }), 'Text frames only'),
  row('empty binary', 1003, frame({ opcode: binary }), 'Text frames only'),
  row('HTTP in place of a frame', 1002, Buffer.from('GET / HTTP/1.1\r\n\r\n')),
]
