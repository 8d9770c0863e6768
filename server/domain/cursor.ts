// Position in the log ⇄ cursor, the opaque string that clients keep: `epoch-position-check`, 24 characters. The check
// digits tell a cursor that was damaged on its way (CURSOR_INVALID) from a sound one of another history
// (HISTORY_RESET). They are no secret: whether a position was ever given to an account is the feed's question.
import type { Position } from './entry.ts'
import { Refusal } from './errors.ts'

/** Crockford's base 32 in lower case: in ASCII order, so that digits of a fixed width sort as the numbers do. */
const DIGITS = '0123456789abcdefghjkmnpqrstvwxyz'
const CURSOR = /^([0-9a-z]{8})-([0-9a-hjkmnp-tv-z]{11})-([0-9a-hjkmnp-tv-z]{3})$/
export const EPOCH = /^[0-9a-z]{8}$/

// Encoding is on the way of every delivered message: two digits at a time, from tables.
const PAIRS = Array.from({ length: 1024 }, (_, value) => digit(value >> 5) + digit(value & 31))
const VALUES = new Map(Array.from(DIGITS, (char, value) => [char, value]))

/**
 * CRC-15/CAN, ten bits at a step: it finds every burst of up to 15 bits, so any wrong digit and any two neighbours
 * swapped, and all but one in 32,768 of other damage.
 */
const CRC_POLYNOMIAL = 0x4599
const CRC_STEP = Uint16Array.from({ length: 1024 }, (_, value) => {
  let crc = value << 5
  for (let bit = 0; bit < 10; bit++) crc = crc & 0x4000 ? (crc << 1) ^ CRC_POLYNOMIAL : crc << 1
  return crc & 0x7fff
})

export interface CursorCodec {
  /** @param position an integer from 0 to 2^53 - 1 */
  encode(position: Position): string
  /** @throws Refusal `CURSOR_INVALID` (not a whole cursor), `HISTORY_RESET` (a sound one of another epoch) */
  decode(cursor: unknown): Position
}

/**
 * The cursors of whichever history is current: `epoch` is asked at each call, and compared by identity nearly always.
 */
export function createCurrentCursors(epoch: () => string): CursorCodec {
  let current = epoch()
  let codec = createCursorCodec(current)

  function follow(): CursorCodec {
    const now = epoch()
    if (now !== current) {
      current = now
      codec = createCursorCodec(now)
    }
    return codec
  }

  return {
    encode: position => follow().encode(position),
    decode: cursor => follow().decode(cursor),
  }
}

/**
 * The cursors of one history. Cursors of one epoch sort as strings in the order of their positions.
 * @param epoch the history's name, 8 characters of [0-9a-z]
 */
export function createCursorCodec(epoch: string): CursorCodec {
  if (!EPOCH.test(epoch)) throw new RangeError(`An epoch is 8 characters of [0-9a-z], not ${JSON.stringify(epoch)}.`)
  const prefix = `${epoch}-`
  const seed = checkOfEpoch(epoch)

  return {
    encode(position) {
      // 55 bits: one digit and two pairs (25 bits), then three pairs (30 bits).
      const high = Math.floor(position / 0x40000000)
      const low = position - high * 0x40000000
      return `${prefix}${DIGITS[high >>> 20]}${PAIRS[(high >>> 10) & 1023]}${PAIRS[high & 1023]}${PAIRS[low >>> 20]}${
        PAIRS[(low >>> 10) & 1023]
      }${PAIRS[low & 1023]}-${checkDigits(seed, high, low)}`
    },

    decode(cursor) {
      const parts = typeof cursor === 'string' ? CURSOR.exec(cursor) : null
      const [, itsEpoch, digits, check] = parts ?? []
      if (itsEpoch === undefined || digits === undefined || check === undefined) throw new Refusal('CURSOR_INVALID')
      const high = number(digits.slice(0, 5))
      const low = number(digits.slice(5))
      if (checkDigits(itsEpoch === epoch ? seed : checkOfEpoch(itsEpoch), high, low) !== check) {
        throw new Refusal('CURSOR_INVALID')
      }
      const position = high * 0x40000000 + low
      if (position > Number.MAX_SAFE_INTEGER) throw new Refusal('CURSOR_INVALID')
      if (itsEpoch !== epoch) throw new Refusal('HISTORY_RESET')
      return position
    },
  }
}

function checkDigits(seed: number, high: number, low: number): string {
  let crc = crcStep(seed, high >>> 20)
  crc = crcStep(crc, (high >>> 10) & 1023)
  crc = crcStep(crc, high & 1023)
  crc = crcStep(crc, low >>> 20)
  crc = crcStep(crc, (low >>> 10) & 1023)
  crc = crcStep(crc, low & 1023)
  return digit(crc >> 10) + PAIRS[crc & 1023]
}

function checkOfEpoch(epoch: string): number {
  let crc = 0x7fff
  for (let index = 0; index < epoch.length; index++) crc = crcStep(crc, epoch.charCodeAt(index))
  return crc
}

/** @param value ten bits */
function crcStep(crc: number, value: number): number {
  return ((crc << 10) & 0x7fff) ^ (CRC_STEP[(crc >> 5) ^ value] ?? 0)
}

function digit(value: number): string {
  return DIGITS.charAt(value)
}

function number(digits: string): number {
  let value = 0
  for (const char of digits) value = value * 32 + (VALUES.get(char) ?? 0)
  return value
}
