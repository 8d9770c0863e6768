// Frames of graphql-transport-ws, built once for many sockets: `{"id":"…","type":"next","payload":…}` in a WebSocket
// text frame each. All that differs between sockets is the operation id; ids whose JSON has the same length leave equal
// holes, so a batch is built once for each length and only the holes are written for each socket.

/** Frames of a batch, one after the other, with holes for the operation id. */
export interface Template {
  /** Patched in place: see `fill`. */
  bytes: Buffer
  /** Where each hole begins. */
  readonly holes: readonly number[]
}

const PREFIX = Buffer.from('{"id":"')
const SUFFIX = Buffer.from('","type":"next","payload":')
const CLOSE = 0x7d // }
const FIN_TEXT = 0x81

/** The operation id as it stands inside the quotes of its JSON string: nearly always the very same string. */
export function encodeId(id: string): string {
  const json = JSON.stringify(id)
  return json.length === id.length + 2 ? id : json.slice(1, -1)
}

/** @param payloads execution results as JSON; @param idLength bytes of the encoded id */
export function buildTemplate(payloads: readonly Buffer[], idLength: number): Template {
  const fixed = PREFIX.length + idLength + SUFFIX.length + 1
  let total = 0
  for (const payload of payloads) {
    const length = fixed + payload.length
    total += headerLength(length) + length
  }
  const bytes = Buffer.allocUnsafe(total)
  const holes: number[] = []
  let offset = 0
  for (const payload of payloads) {
    offset = writeHeader(bytes, offset, fixed + payload.length)
    offset += PREFIX.copy(bytes, offset)
    holes.push(offset)
    offset += idLength
    offset += SUFFIX.copy(bytes, offset)
    offset += payload.copy(bytes, offset)
    bytes[offset++] = CLOSE
  }
  return { bytes, holes }
}

/** Writes the id, which has the length that the template was built for, into every hole. */
export function fill({ bytes, holes }: Template, id: string): void {
  const [first] = holes
  if (first === undefined) return
  // Encoded once, and copied from there.
  const end = first + bytes.write(id, first)
  for (let i = 1; i < holes.length; i++) bytes.copyWithin(holes[i] as number, first, end)
}

/** Messages as text frames, one after the other. */
export function textFrames(texts: readonly string[]): Buffer {
  let total = 0
  const lengths = texts.map(text => {
    const length = Buffer.byteLength(text)
    total += headerLength(length) + length
    return length
  })
  const bytes = Buffer.allocUnsafe(total)
  let offset = 0
  for (let i = 0; i < texts.length; i++) {
    offset = writeHeader(bytes, offset, lengths[i] as number)
    offset += bytes.write(texts[i] as string, offset)
  }
  return bytes
}

function headerLength(length: number): number {
  return length < 126 ? 2 : length < 65_536 ? 4 : 10
}

function writeHeader(bytes: Buffer, offset: number, length: number): number {
  bytes[offset] = FIN_TEXT
  if (length < 126) {
    bytes[offset + 1] = length
    return offset + 2
  }
  if (length < 65_536) {
    bytes[offset + 1] = 126
    bytes.writeUInt16BE(length, offset + 2)
    return offset + 4
  }
  bytes[offset + 1] = 127
  bytes.writeUInt32BE(Math.floor(length / 2 ** 32), offset + 2)
  bytes.writeUInt32BE(length >>> 0, offset + 6)
  return offset + 10
}
