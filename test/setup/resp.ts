// As much of Redis's wire protocol (RESP 2 and 3) as a relay needs: where one answer ends and the next begins, and which
// of them are notices. Bytes are never changed.

/** Answers with the whole values that have come so far, and keeps what is cut off for the next chunk. */
export function createRespSplitter(): (chunk: Buffer) => Buffer[] {
  let rest: Buffer = Buffer.alloc(0)
  return chunk => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    const values: Buffer[] = []
    let at = 0
    for (let end = endOf(rest, at); end !== -1; end = endOf(rest, at)) {
      values.push(rest.subarray(at, end))
      at = end
    }
    rest = rest.subarray(at)
    return values
  }
}

/** Where the value that begins here ends; -1: it is not all there. */
function endOf(bytes: Buffer, start: number): number {
  const lineEnd = bytes.indexOf('\r\n', start, 'latin1')
  if (lineEnd === -1) return -1
  const type = String.fromCharCode(bytes[start] ?? 0)
  const count = Number(bytes.toString('latin1', start + 1, lineEnd))
  let at = lineEnd + 2
  switch (type) {
    case '$':
    case '!':
    case '=':
      if (count < 0) return at
      return at + count + 2 <= bytes.length ? at + count + 2 : -1
    case '*':
    case '~':
    case '>':
    case '%':
    case '|': {
      const parts = type === '%' ? 2 * count : type === '|' ? 2 * count + 1 : count
      for (let n = 0; n < parts && at !== -1; n++) at = endOf(bytes, at)
      return at
    }
    default:
      return at
  }
}

export interface Push {
  readonly channel: string
  readonly payload: string
}

/** Reads a whole value as a published message; null: it is something else. */
export function pushOf(value: Buffer): Push | null {
  if (value[1] !== 0x33 || (value[0] !== 0x2a && value[0] !== 0x3e)) return null
  const parts: string[] = []
  let at = value.indexOf('\r\n') + 2
  for (let n = 0; n < 3; n++) {
    const end = endOf(value, at)
    if (end === -1 || value[at] !== 0x24) return null
    const text = value.indexOf('\r\n', at) + 2
    parts.push(value.toString('utf8', text, end - 2))
    at = end
  }
  const [kind, channel, payload] = parts as [string, string, string]
  return kind === 'message' ? { channel, payload } : null
}
