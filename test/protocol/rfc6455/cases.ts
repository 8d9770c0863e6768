// A set of cases equivalent to Autobahn's, by its numbers, against a server that is no echo: what Autobahn sends as a text
// and gets back goes here as the payload of a `ping` message of graphql-transport-ws, which comes back in its `pong`
// (SOCK-8). Each case is bytes to send and what must come, to the end: after the last of it the connection is gone, or
// answers a control ping at once.
import { frame, OPCODE } from '../../../audit/wire/frame.ts'
import { GROUPS } from './utf8.ts'

/**
 * `pass`: what Autobahn calls OK. `non-strict`: what it calls so, allowed but not the best. `own`: something else, that
 * PROTOCOL.md says, such as a size that is not taken.
 */
export type Kind = 'pass' | 'non-strict' | 'own'

export interface Case {
  readonly id: string
  readonly kind: Kind
  /** Why it is not `pass`. */
  readonly why?: Reason
  /** Written one after the other. */
  readonly writes: readonly Buffer[]
  /** `echo`: the payload as it was sent; `pong …`; `close CODE`. */
  readonly expected: readonly string[]
  /** Texts that must come back, one for each `echo`. */
  readonly echoes: readonly string[]
}

export type Reason = 'no-empty' | 'no-binary' | 'size' | 'json' | 'late'

const { continuation, text, binary, close, ping, pong } = OPCODE

/** The message whose answer has `x` again. */
export const message = (x: string | Buffer): Buffer =>
  Buffer.concat([Buffer.from('{"type":"ping","payload":{"x":"'), Buffer.from(x), Buffer.from('"}}')])
const ENVELOPE = message('').length

/** A text as long as makes a message of so many bytes. */
const stars = (bytes: number): string => '*'.repeat(bytes - ENVELOPE)

const said = (x: string | Buffer): Buffer => frame({ opcode: text, payload: message(x) })
const pinged = (payload: string | Buffer = ''): Buffer => frame({ opcode: ping, payload })
const closing = (code: number, reason: string | Buffer = ''): Buffer => {
  const head = Buffer.alloc(2)
  head.writeUInt16BE(code)
  return frame({ opcode: close, payload: Buffer.concat([head, Buffer.from(reason)]) })
}

/** The same bytes in several writes. */
function chopped(size: number, ...frames: readonly Buffer[]): Buffer[] {
  const all = Buffer.concat(frames)
  return Array.from({ length: Math.ceil(all.length / size) }, (_, i) => all.subarray(i * size, (i + 1) * size))
}

/** One message in frames of these payloads; `between` goes after each but the last. */
function fragments(
  payloads: readonly (string | Buffer)[],
  between: readonly Buffer[] = [],
  opcode: number = text,
): Buffer[] {
  return payloads.flatMap((payload, index) => [
    frame({ opcode: index === 0 ? opcode : continuation, fin: index === payloads.length - 1, payload }),
    ...(index < payloads.length - 1 ? between : []),
  ])
}

const cut = (bytes: Buffer, ...places: readonly number[]): Buffer[] =>
  [0, ...places].map((from, index) => bytes.subarray(from, places[index]))

const each = (bytes: Buffer, size: number): Buffer[] => chopped(size, bytes)

function passes(
  id: string,
  writes: readonly Buffer[],
  expected: readonly string[],
  ...echoes: readonly string[]
): Case {
  return { id, kind: 'pass', writes, expected, echoes }
}

function own(id: string, why: Reason, writes: readonly Buffer[], expected: readonly string[]): Case {
  return { id, kind: why === 'late' ? 'non-strict' : 'own', why, writes, expected, echoes: [] }
}

const SIZES = [0, 125, 126, 127, 128, 65_535, 65_536] as const

const framing: readonly Case[] = [
  own('1.1.1', 'no-empty', [frame({ opcode: text })], ['close 4400']),
  ...SIZES.slice(1).map((size, i) => passes(`1.1.${i + 2}`, [said(stars(size))], ['echo'], stars(size))),
  passes('1.1.8', chopped(997, said(stars(65_536))), ['echo'], stars(65_536)),
  ...SIZES.map((size, i) =>
    own(`1.2.${i + 1}`, 'no-binary', [frame({ opcode: binary, payload: Buffer.alloc(size, 0xfe) })], ['close 1003']),
  ),
  own('1.2.8', 'no-binary', chopped(997, frame({ opcode: binary, payload: Buffer.alloc(65_536, 0xfe) })), [
    'close 1003',
  ]),
]

const BYTES = Buffer.from([0x00, 0xff, 0xfe, 0xfd, 0xfc, 0xfb, 0x00, 0xff])
const LONGEST = Buffer.alloc(125, 0xfe)
const TEN = Array.from({ length: 10 }, (_, i) => `payload-${i}`)

const pings: readonly Case[] = [
  passes('2.1', [pinged()], ['pong ']),
  passes('2.2', [pinged('Hello, world!')], [`pong ${hex('Hello, world!')}`]),
  passes('2.3', [pinged(BYTES)], [`pong ${hex(BYTES)}`]),
  passes('2.4', [pinged(LONGEST)], [`pong ${hex(LONGEST)}`]),
  passes('2.5', [pinged(Buffer.alloc(126, 0xfe))], ['close 1002']),
  passes('2.6', chopped(1, pinged(LONGEST)), [`pong ${hex(LONGEST)}`]),
  passes('2.7', [frame({ opcode: pong })], []),
  passes('2.8', [frame({ opcode: pong, payload: 'unsolicited' })], []),
  passes('2.9', [frame({ opcode: pong, payload: 'unsolicited' }), pinged('asked')], [`pong ${hex('asked')}`]),
  passes(
    '2.10',
    TEN.map(each => pinged(each)),
    TEN.map(each => `pong ${hex(each)}`),
  ),
  passes(
    '2.11',
    chopped(1, ...TEN.map(each => pinged(each))),
    TEN.map(each => `pong ${hex(each)}`),
  ),
]

const HELLO = 'Hello, world!'
const bad = (reserved: number, opcode: number = text): Buffer => frame({ opcode, reserved, payload: message(HELLO) })

const reserved: readonly Case[] = [
  passes('3.1', [bad(1)], ['close 1002']),
  passes('3.2', [Buffer.concat([said(HELLO), bad(2), pinged()])], ['echo', 'close 1002'], HELLO),
  passes('3.3', [said(HELLO), bad(3), pinged()], ['echo', 'close 1002'], HELLO),
  passes('3.4', chopped(1, said(HELLO), bad(4), pinged()), ['echo', 'close 1002'], HELLO),
  passes('3.5', [bad(5, binary)], ['close 1002']),
  passes('3.6', [frame({ opcode: ping, reserved: 6, payload: HELLO })], ['close 1002']),
  passes('3.7', [frame({ opcode: close, reserved: 7 })], ['close 1002']),
]

const opcodes: readonly Case[] = [
  ...[
    { opcodes: [3, 4, 5, 6, 7], group: '4.1' },
    { opcodes: [11, 12, 13, 14, 15], group: '4.2' },
  ].flatMap(({ opcodes: [a = 0, b = 0, c = 0, d = 0, e = 0], group }) => [
    passes(`${group}.1`, [frame({ opcode: a })], ['close 1002']),
    passes(`${group}.2`, [frame({ opcode: b, payload: 'reserved' })], ['close 1002']),
    passes(`${group}.3`, [said(HELLO), frame({ opcode: c }), pinged()], ['echo', 'close 1002'], HELLO),
    passes(`${group}.4`, [said(HELLO), frame({ opcode: d, payload: HELLO }), pinged()], ['echo', 'close 1002'], HELLO),
    passes(
      `${group}.5`,
      chopped(1, said(HELLO), frame({ opcode: e, payload: HELLO }), pinged()),
      ['echo', 'close 1002'],
      HELLO,
    ),
  ]),
]

const SPLIT = 'fragment1fragment2'
const TWO = cut(message(SPLIT), 20)
const FIVE = cut(message(SPLIT), 9, 18, 27, 36)
const orphan = (fin: boolean): Buffer => frame({ opcode: continuation, fin, payload: 'non-continuation payload' })

/** Frames of one connection: at once, a write for each, a byte for each. */
function threeWays(
  ids: readonly [string, string, string],
  frames: readonly Buffer[],
  expected: string[],
  ...echoes: string[]
) {
  return [[Buffer.concat(frames)], frames, chopped(1, ...frames)].map((writes, i) =>
    passes(ids[i] ?? '', writes, expected, ...echoes),
  )
}

const fragmentation: readonly Case[] = [
  passes('5.1', fragments(['fragment1', 'fragment2'], [], ping), ['close 1002']),
  passes('5.2', fragments(['fragment1', 'fragment2'], [], pong), ['close 1002']),
  ...threeWays(['5.3', '5.4', '5.5'], fragments(TWO), ['echo'], SPLIT),
  ...threeWays(['5.6', '5.7', '5.8'], fragments(TWO, [pinged('between')]), [`pong ${hex('between')}`, 'echo'], SPLIT),
  ...threeWays(['5.9', '5.10', '5.11'], [orphan(true), said(HELLO)], ['close 1002']),
  ...threeWays(['5.12', '5.13', '5.14'], [orphan(false), said(HELLO)], ['close 1002']),
  passes('5.15', [...fragments(TWO), orphan(false), said(HELLO)], ['echo', 'close 1002'], SPLIT),
  passes('5.16', [orphan(false), ...fragments(TWO)], ['close 1002']),
  passes('5.17', [orphan(true), ...fragments(TWO)], ['close 1002']),
  passes('5.18', [frame({ opcode: text, fin: false, payload: 'fragment1' }), said('fragment2')], ['close 1002']),
  ...['5.19', '5.20'].map(id =>
    passes(
      id,
      id === '5.19'
        ? fragments(FIVE, [pinged('1'), pinged('2')])
        : [Buffer.concat(fragments(FIVE, [pinged('1'), pinged('2')]))],
      [...Array.from({ length: 4 }, () => [`pong ${hex('1')}`, `pong ${hex('2')}`]).flat(), 'echo'],
      SPLIT,
    ),
  ),
]

const VALID = 'Hello-µ@ßöäüàá-UTF-8!!'
const COSMOS = 'κόσμε'
/** A valid beginning, something that makes it invalid, and a rest. */
const BROKEN = cut(Buffer.from('cebae1bdb9cf83cebcceb5f4908080656469746564', 'hex'), 11, 15)
const SURROGATE = Buffer.from('cebae1bdb9cf83cebcceb5eda080656469746564', 'hex')

const utf8: readonly Case[] = [
  own('6.1.1', 'no-empty', [frame({ opcode: text })], ['close 4400']),
  own('6.1.2', 'no-empty', fragments(['', '', '']), ['close 4400']),
  passes('6.1.3', fragments(['', message('middle frame payload'), '']), ['echo'], 'middle frame payload'),
  passes('6.2.1', [said(VALID)], ['echo'], VALID),
  passes('6.2.2', fragments(cut(message(VALID), message(VALID).indexOf('ö'))), ['echo'], VALID),
  passes('6.2.3', fragments(each(message(VALID), 1)), ['echo'], VALID),
  passes('6.2.4', fragments(each(message(COSMOS), 1)), ['echo'], COSMOS),
  passes('6.3.1', [frame({ opcode: text, payload: SURROGATE })], ['close 1007']),
  passes('6.3.2', fragments(each(SURROGATE, 1)), ['close 1007']),
  // Fail fast is what Autobahn hopes for: here the answered ping after the second part says that the server still waits.
  ...['6.4.1', '6.4.2'].map(id =>
    own(id, 'late', fragments(id === '6.4.1' ? BROKEN : cut(Buffer.concat(BROKEN), 12, 13), [pinged('still there')]), [
      `pong ${hex('still there')}`,
      `pong ${hex('still there')}`,
      'close 1007',
    ]),
  ),
  // The same inside one frame: half of it has come, and nothing was said yet.
  ...[15, 12].map((place, i) =>
    own(`6.4.${i + 3}`, 'late', cut(frame({ opcode: text, payload: Buffer.concat(BROKEN) }), 6 + place), [
      'close 1007',
    ]),
  ),
  ...GROUPS.flatMap(({ id, sequences }) =>
    sequences.map(({ bytes, isValid }, i) => {
      const number = `${id}.${i + 1}`
      if (!isValid) return passes(number, [frame({ opcode: text, payload: bytes })], ['close 1007'])
      // RFC 8259: a control character in a string is escaped.
      if (bytes.some(byte => byte < 0x20)) return own(number, 'json', [said(bytes)], ['close 4400'])
      return passes(number, [said(bytes)], ['echo'], bytes.toString())
    }),
  ),
]

const VALID_CODES = [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999]
const INVALID_CODES = [0, 999, 1004, 1005, 1006, 1016, 1100, 2000, 2999]

const closes: readonly Case[] = [
  passes('7.1.1', [said(HELLO), closing(1000)], ['echo', 'close 1000'], HELLO),
  passes('7.1.2', [closing(1000), closing(1000)], ['close 1000']),
  passes('7.1.3', [closing(1000), pinged()], ['close 1000']),
  passes('7.1.4', [closing(1000), said(HELLO)], ['close 1000']),
  passes('7.1.5', [...fragments(TWO).slice(0, 1), closing(1000), ...fragments(TWO).slice(1)], ['close 1000']),
  own('7.1.6', 'size', [said(stars(256 * 1024)), closing(1000), pinged()], ['close 1009']),
  passes('7.3.1', [frame({ opcode: close })], ['close 1005']),
  passes('7.3.2', [frame({ opcode: close, payload: 'a' })], ['close 1002']),
  passes('7.3.3', [closing(1000)], ['close 1000']),
  passes('7.3.4', [closing(1000, HELLO)], ['close 1000']),
  passes('7.3.5', [closing(1000, '*'.repeat(123))], ['close 1000']),
  passes('7.3.6', [closing(1000, '*'.repeat(124))], ['close 1002']),
  passes('7.5.1', [closing(1000, SURROGATE)], ['close 1007']),
  ...VALID_CODES.map((code, i) => passes(`7.7.${i + 1}`, [closing(code)], [`close ${code}`])),
  ...INVALID_CODES.map((code, i) => passes(`7.9.${i + 1}`, [closing(code)], ['close 1002'])),
  passes('7.13.1', [closing(5000)], ['close 1002']),
  passes('7.13.2', [closing(65_535)], ['close 1002']),
]

const KIB = 1024
/** What Autobahn sends here is 64 KiB to 16 MiB. Only the header is needed to refuse what is too large. */
const claim = (bytes: number, opcode: number = text): Buffer =>
  frame({ opcode, claims: BigInt(bytes), payload: '*'.repeat(64) })

const limits: readonly Case[] = [
  passes('9.1.1', [said(stars(64 * KIB))], ['echo'], stars(64 * KIB)),
  ...[256, 1024, 4096, 8192, 16_384].map((kib, i) => own(`9.1.${i + 2}`, 'size', [claim(kib * KIB)], ['close 1009'])),
  ...[64, 256, 1024, 4096, 8192, 16_384].map((kib, i) =>
    own(
      `9.2.${i + 1}`,
      kib === 64 ? 'no-binary' : 'size',
      kib === 64 ? [frame({ opcode: binary, payload: Buffer.alloc(64 * KIB) })] : [claim(kib * KIB, binary)],
      [kib === 64 ? 'close 1003' : 'close 1009'],
    ),
  ),
  ...[64, 256, 1024, 4096, 8192, 16_384].map((bytes, i) => {
    // A message of more than 64 fragments is refused before one that is too large, where they are small.
    const payload = Buffer.alloc(Math.min(bytes * 70, 80 * KIB), 0x2a)
    return own(
      `9.3.${i + 1}`,
      'size',
      [Buffer.concat(fragments(each(payload, bytes)))],
      [bytes < 1024 ? 'close 1008' : 'close 1009'],
    )
  }),
  own('9.5.1', 'size', chopped(64, claim(1024 * KIB)), ['close 1009']),
  ...[64, 256, 1024, 4096].map((size, i) =>
    passes(
      `9.7.${i + 3}`,
      [Buffer.concat(Array.from({ length: 1000 }, () => said(stars(size))))],
      Array.from({ length: 1000 }, () => 'echo'),
      ...Array.from({ length: 1000 }, () => stars(size)),
    ),
  ),
  passes('10.1.1', fragments(each(message(stars(64 * KIB)), 1300)), ['echo'], stars(64 * KIB)),
]

export const CASES: readonly Case[] = [
  ...framing,
  ...pings,
  ...reserved,
  ...opcodes,
  ...fragmentation,
  ...utf8,
  ...closes,
  ...limits,
]

function hex(payload: string | Buffer): string {
  return Buffer.from(payload).toString('hex')
}
